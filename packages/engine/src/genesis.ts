import type { Cash, Seconds } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import { globalKey, parametersKey } from "./keys.ts";
import { encodeGlobal, encodeParameters, type GenesisParameters } from "./records.ts";

/** The state before the first batch: the global record and the parameters, nothing else. */
export function createGenesis(parameters: GenesisParameters): OrderedStore {
  const global = encodeGlobal({
    time: 0 as Seconds,
    era: 0,
    term: 0,
    position: 0,
    runningHash: new Uint8Array(32),
    nextInstrument: 1,
    nextSequence: 1,
    inboxCursor: 0,
    nextWithdrawal: 1,
    insurance: 0 as Cash,
    deficit: 0 as Cash,
    deposits: 0 as Cash,
    withdrawals: 0 as Cash,
    underlyingCount: 0,
    claims: 0n,
    margin: 0n,
    notional: 0n,
  });
  return OrderedStore.fromEntries([
    [globalKey, global],
    [parametersKey, encodeParameters(parameters)],
  ]);
}
