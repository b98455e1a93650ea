import { executeChunk } from "@recourse/engine";
import {
  ChunkKind,
  encodeMessages,
  type Hash,
  type InboxMessage,
  keccak256,
  type StepContext,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { PostedBatch } from "./derivation/events.ts";

/** Why nothing can be said of a batch at present. */
export type UnknownReason =
  /** Something that the batch was posted with is not at hand, or is not what its header names. */
  | "data-missing"
  /** The state at hand is not the one that the batch builds on. */
  | "parent-state"
  /** The batch builds on one that has not been verified, or that is wrong. */
  | "parent-unverified"
  /** The engine threw, which it never should. */
  | "execution-failed"
  /** The contract executes a chunk to another root than the engine, or refuses the proof. */
  | "contract-disagrees"
  /** The logs do not fit together, or endpoints differ. */
  | "logs-incomplete"
  /** An endpoint did not answer. */
  | "endpoint-failed";

/** Everything that proves one chunk's root wrong. */
export interface FraudEvidence {
  readonly chunkIndex: number;
  readonly claimedRoot: Hash;
  readonly correctRoot: Hash;
  /** The chunk's bytes as the contract executes them; for a bridge chunk, its messages. */
  readonly chunk: Uint8Array;
  readonly witness: Uint8Array;
}

/** What re-execution says of a batch. There is no verdict by default: whatever is not sure is unknown. */
export type Verdict =
  | {
      readonly verdict: "valid";
      /** The state after the batch. */
      readonly store: OrderedStore;
      readonly chunks: number;
      /** The executed bytes of each chunk, without undecodable tails; empty for bridge chunks. */
      readonly executed: readonly Uint8Array[];
    }
  | ({ readonly verdict: "fraud" } & FraudEvidence)
  | { readonly verdict: "unknown"; readonly reason: UnknownReason; readonly detail: string };

const unknown = (reason: UnknownReason, detail: string): Verdict => ({ verdict: "unknown", reason, detail });

const chunkKinds = new Set<number>(Object.values(ChunkKind));

/**
 * Judges a batch by executing it. A pure function: it leaves the parent's state as it is.
 * @param parent the state that the batch builds on
 * @param batch the batch as posted
 * @param messages the inbox messages that the batch names, [inboxFrom, inboxTo)
 * @param domainSeparator of the deployment, 32 bytes
 */
export function judgeBatch(
  parent: OrderedStore,
  batch: PostedBatch,
  messages: readonly InboxMessage[],
  domainSeparator: Uint8Array,
): Verdict {
  const { header, data } = batch;
  if (toHex(parent.root()) !== header.preRoot) {
    return unknown("parent-state", "The state at hand has another root than the batch's pre-root.");
  }
  const missing = missingData(batch, messages);
  if (missing !== undefined) return unknown("data-missing", missing);
  const context: StepContext = {
    era: header.era,
    eraStart: header.eraStart,
    term: header.term,
    batchTime: header.time,
    domainSeparator,
  };
  const store = parent.clone();
  const executed: Uint8Array[] = [];
  let consumed = 0;
  for (const [chunkIndex, { kind, messages: count, postRoot: claimedRoot }] of header.chunks.entries()) {
    const isBridge = kind === ChunkKind.bridge;
    const chunk = isBridge ? encodeMessages(messages.slice(consumed, consumed + count)) : data[chunkIndex]!;
    consumed += count;
    try {
      const { executedBytes } = executeChunk(store, context, kind, chunk);
      executed.push(isBridge ? new Uint8Array(0) : chunk.subarray(0, executedBytes));
      const correctRoot = toHex(store.root());
      if (correctRoot !== claimedRoot) {
        return { verdict: "fraud", chunkIndex, claimedRoot, correctRoot, chunk, witness: store.witness() };
      }
    } catch (error) {
      return unknown("execution-failed", `Chunk ${chunkIndex}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { verdict: "valid", store, chunks: header.chunks.length, executed };
}

/** What of a batch is missing or is not what its header names; undefined where all is there. */
function missingData({ header, data }: PostedBatch, messages: readonly InboxMessage[]): string | undefined {
  if (header.chunks.length === 0) return "The batch has no chunks.";
  if (data.length !== header.chunks.length) return "There are not as many pieces of data as chunks.";
  let named = 0;
  for (const [place, { kind, messages: count, dataHash }] of header.chunks.entries()) {
    if (!chunkKinds.has(kind)) return `Chunk ${place} is of a kind that this version does not know.`;
    if (toHex(keccak256(data[place]!)) !== dataHash) return `The data of chunk ${place} is not what its header names.`;
    if (kind !== ChunkKind.bridge && count !== 0) return `Chunk ${place} names inbox messages, but is no bridge chunk.`;
    named += count;
  }
  return named === messages.length ? undefined : `Of ${named} inbox messages, ${messages.length} are at hand.`;
}
