import { Reason, type ReasonCode, type Report, type Settlement } from "@recourse/protocol";
import { isSignedBy } from "./admission.ts";
import type { GenesisParameters } from "./records.ts";
import type { Step } from "./step.ts";

/** Whether enough distinct oracles of the set have signed: each bit names one, each named one must have signed. */
export function judgeQuorum(step: Step, transaction: Report | Settlement, parameters: GenesisParameters): ReasonCode {
  const { signers, signatures } = transaction;
  if (signers >= 2 ** parameters.oracles.length || signatures.length < parameters.oracleThreshold)
    return Reason.BadQuorum;
  let place = 0;
  for (const [number, oracle] of parameters.oracles.entries()) {
    if (((signers >> number) & 1) === 0) continue;
    if (!isSignedBy(step, transaction, signatures[place]!, oracle)) return Reason.BadSignature;
    place++;
  }
  return Reason.Ok;
}
