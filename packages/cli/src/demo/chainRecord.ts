import { type BatchSummary, type Hash, rollupAbi } from "@recourse/protocol";
import { createL1Reader, type L1Event } from "@recourse/verifier";
import type { PublicClient } from "viem";

type BatchPosted = Extract<L1Event, { type: "batchPosted" }>;
type BatchReverted = Extract<L1Event, { type: "batchReverted" }>;

/** What the rollup's contract says about a run, whoever else says what. */
export interface ChainRecord {
  readonly posted: readonly BatchPosted[];
  readonly reverted: readonly BatchReverted[];
  /** The batches that stand, oldest first. */
  readonly standing: readonly BatchSummary[];
  /** Of those, the ones that can no longer be proved wrong. */
  readonly finalized: number;
  /** The state root after the newest standing batch, if the contract's own hash of it agrees. */
  readonly root: Hash | undefined;
}

/** Reads a run from the contract: its logs, and what it holds now. */
export async function readChainRecord(client: PublicClient, rollup: Hash, fromBlock: bigint): Promise<ChainRecord> {
  const reader = createL1Reader(client, rollup);
  const { number } = await reader.latestBlock();
  const posted: BatchPosted[] = [];
  const reverted: BatchReverted[] = [];
  let standing: BatchPosted[] = [];
  for (const event of await reader.events(Number(fromBlock), number)) {
    if (event.type === "batchPosted") {
      posted.push(event);
      standing.push(event);
    } else if (event.type === "batchReverted") {
      reverted.push(event);
      standing = standing.filter(({ summary }) => summary.index < event.index);
    }
  }
  const finality = await Promise.all(
    standing.map(({ summary }) =>
      client.readContract({ address: rollup, abi: rollupAbi, functionName: "isFinal", args: [summary] }),
    ),
  );
  const newest = standing.at(-1);
  const { head, batchHash } = await reader.contractView(Number(newest?.summary.index ?? 0n));
  const isNewest = newest !== undefined && BigInt(head) === newest.summary.index && batchHash === newest.batchHash;
  return {
    posted,
    reverted,
    standing: standing.map(({ summary }) => summary),
    finalized: finality.filter(Boolean).length,
    root: isNewest ? newest.summary.stateRoot : undefined,
  };
}
