import { setTimeout as sleep } from "node:timers/promises";
import { type BatchSummary, type Hash, RecourseError, rollupAbi } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Logger } from "pino";
import { createPublicClient, http, type Transport } from "viem";
import { parseConfiguration } from "./configuration.ts";
import { createLog } from "./start.ts";
import { Verifier } from "./verifier.ts";

export interface FinalStateOptions {
  readonly rpcUrl: string;
  readonly rollup: Hash;
  /** No event of the rollup is older than this block. */
  readonly fromBlock?: number;
  readonly pollIntervalMs?: number;
  readonly log?: Logger;
  /** How the endpoint is reached; by HTTP where it is left out. */
  readonly transport?: Transport;
}

/** A batch that can no longer be proved wrong, and the state after it. */
export interface FinalState {
  readonly summary: BatchSummary;
  readonly store: OrderedStore;
}

/** States kept of batches that are old enough: a batch of long ago may have been reverted all the same. */
const KEPT_STATES = 4;
/** How long what stands may stay unknown before that is the answer. */
const PATIENCE_MS = 30_000;

/**
 * Derives the newest final state from L1 alone, executing every batch.
 * @throws RecourseError `NotFinal` where no batch is final, `NotVerified` where a batch cannot be judged
 */
export async function deriveFinalState(options: FinalStateOptions): Promise<FinalState> {
  const {
    rpcUrl,
    rollup,
    fromBlock,
    pollIntervalMs,
    log = createLog(),
    transport = http(rpcUrl, { retryCount: 1 }),
  } = options;
  const configuration = parseConfiguration({
    rpcUrls: [rpcUrl],
    rollup,
    ...(fromBlock !== undefined && { fromBlock }),
    ...(pollIntervalMs !== undefined && { pollIntervalMs }),
  });
  const client = createPublicClient({ transport, cacheTime: 0 });
  const contract = { address: rollup, abi: rollupAbi } as const;
  const [{ timestamp }, window] = await Promise.all([
    client.getBlock(),
    client.readContract({ ...contract, functionName: "challengeWindow" }),
  ]);
  const old: FinalState[] = [];
  const onVerified = (summary: BatchSummary, store: OrderedStore): void => {
    if (summary.postedAt + window >= timestamp) return;
    old.push({ summary, store });
    if (old.length > KEPT_STATES) old.shift();
  };
  const announce = () => {};
  const verifier = new Verifier(configuration, { announce, log, transports: [transport], onVerified });
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!verifier.isReady) {
    const outcome = await verifier.tick();
    if (outcome === "unknown" && performance.now() > deadlineMs) break;
    if (outcome !== "busy") await sleep(configuration.pollIntervalMs);
  }
  for (const state of old.reverse()) {
    if (await client.readContract({ ...contract, functionName: "isFinal", args: [state.summary] })) return state;
  }
  if (verifier.doubt !== undefined) {
    throw new RecourseError("NotVerified", `What L1 holds could not be judged: ${verifier.doubt}`);
  }
  throw new RecourseError("NotFinal", "No batch of the rollup is final yet.");
}
