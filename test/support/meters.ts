import { ChunkExecution } from "@recourse/engine";
import { type ChunkKind, transactionLength } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { context } from "./world.ts";

/**
 * What the dearest transaction of a chunk uses, as the limits count it. It is asked after each, as a chunk's end begins
 * the meter anew.
 * @param before is left as it is
 */
export function dearestTransaction(before: OrderedStore, kind: ChunkKind, chunk: Uint8Array): number {
  const store = before.clone();
  const execution = new ChunkExecution(store, context(), kind);
  let dearest = 0;
  let offset = 0;
  for (let length = transactionLength(chunk, 0); length !== undefined; length = transactionLength(chunk, offset)) {
    if (execution.run(chunk.subarray(offset, offset + length)) === undefined) break;
    dearest = Math.max(dearest, store.transactionMeter);
    offset += length;
  }
  return dearest;
}
