import { ChunkExecution } from "@recourse/engine";
import { type ChunkKind, Reason, type StepContext } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { context } from "../../test/support/world.ts";
import type { ProvableChunk } from "../evm/machine.ts";

/** Transactions cut into chunks as a sequencer cuts them. */
export interface CutStream {
  /** All but the last are full. */
  readonly chunks: readonly ProvableChunk[];
  /** Transactions of each chunk. */
  readonly counts: readonly number[];
}

/**
 * Executes transactions of one kind on a state and cuts them into full chunks.
 * @param store is left in the state after the last chunk
 * @throws Error where one is refused: a chunk would not be what it seems
 */
export function cutIntoChunks(
  store: OrderedStore,
  kind: ChunkKind,
  transactions: readonly Uint8Array[],
  stepContext: StepContext = context(),
): CutStream {
  const chunks: ProvableChunk[] = [];
  const counts: number[] = [];
  let preRoot = store.root();
  let execution = new ChunkExecution(store, stepContext, kind);
  let count = 0;
  const end = () => {
    execution.finish();
    const postRoot = store.root();
    const { bytes } = execution;
    chunks.push({ kind, preRoot, postRoot, context: stepContext, bytes, witness: store.witness() });
    counts.push(count);
    preRoot = postRoot;
    count = 0;
  };
  for (const transaction of transactions) {
    let outcome = execution.run(transaction);
    if (outcome === undefined) {
      end();
      execution = new ChunkExecution(store, stepContext, kind);
      outcome = execution.run(transaction);
    }
    if (outcome?.reason !== Reason.Ok) throw new Error(`A transaction was refused for reason ${outcome?.reason}.`);
    count++;
  }
  end();
  return { chunks, counts };
}

/** Chunks that are full, and how many transactions they hold together. */
export function fullChunks({ chunks, counts }: CutStream, most: number) {
  const full = chunks.slice(0, -1).slice(0, most);
  const transactions = counts.slice(0, full.length).reduce((sum, count) => sum + count, 0);
  return { chunks: full, transactions };
}
