import { CHUNK_LIMIT } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";

/**
 * What an operation says instead of a reason code where the chunk has no room for the rest of it: it has changed nothing,
 * the chunk ends before the transaction, and the transaction is the next chunk's.
 */
export const nextChunk = "next-chunk";
export type NextChunk = typeof nextChunk;

/** What is full: what the transaction may use, or the chunk. */
export type Full = "limit" | "chunk";

/**
 * Whether there is room for so many units more. A transaction's own limit comes first: it depends on the state alone, so
 * what becomes of the transaction does not depend on where the stream is cut. The first transaction of a chunk always
 * meets its own limit first, as CHUNK_LIMIT is above CHUNK_BASE and any limit, and the chunk counts no more than the
 * transaction does.
 * @param units what comes next may use, and all that has to follow it
 * @param limit what the transaction may use
 */
export function fullness(store: OrderedStore, units: number, limit: number): Full | undefined {
  if (store.transactionMeter + units > limit) return "limit";
  if (store.chunkMeter + units > CHUNK_LIMIT) return "chunk";
  return undefined;
}
