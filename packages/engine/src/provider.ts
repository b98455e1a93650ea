import { type Provider, Reason, type ReasonCode } from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { writeAccount } from "./book.ts";
import type { Step } from "./step.ts";

/** Declares an account a liquidity provider, to which liquidations may hand positions, or no longer one. */
export function provider(step: Step, transaction: Provider): ReasonCode {
  const { account: number, active } = transaction;
  if (active > 1) return Reason.MalformedProvider;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const isProvider = active === 1;
  useNonce(step, transaction);
  writeAccount(step, number, { ...account!, isProvider });
  step.events.push({ type: "providerChanged", account: number, isProvider });
  return Reason.Ok;
}
