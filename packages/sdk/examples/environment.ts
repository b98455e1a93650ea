import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** What the examples find in the environment, under the names that the command line uses. */

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name} first.`);
  return value;
}

/** The L1 chain. */
export const rpcUrl = variable("RECOURSE_RPC_URL");
export const rollup = variable("RECOURSE_ROLLUP") as Hex;
/** The sequencer. */
export const url = variable("RECOURSE_SEQUENCER");
/** Who signs. */
export const owner = privateKeyToAccount(variable("RECOURSE_PRIVATE_KEY") as Hex);
