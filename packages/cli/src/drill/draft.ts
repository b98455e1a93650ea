import { ChunkExecution, type ChunkResult, executeChunk, readGlobal } from "@recourse/engine";
import { type ChunkKind, concatBytes, type Hash, type StepContext, toHex, transactionLength } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { BatchClaim, ChunkPlan } from "./rollup.ts";

/** What is claimed of a chunk in place of the truth. */
export type Lie =
  /** The state is left as the lie would have it, or another one is given, and what follows is executed on that. */
  | { readonly tell: (store: OrderedStore, chunk: ChunkPlan, context: StepContext) => OrderedStore | undefined }
  /** A root is named of which nobody has a state; what follows is executed on the truth. */
  | { readonly name: (rootBefore: Hash, rightRoot: Hash) => Hash };

/** A batch in the making. */
export class Draft {
  readonly time: number;
  readonly context: StepContext;
  /** The state before the batch. */
  readonly before: OrderedStore;
  /** The right state after the chunks so far. */
  readonly state: OrderedStore;
  readonly chunks: ChunkPlan[] = [];
  readonly rightRoots: Hash[] = [];
  readonly #lies = new Map<number, Lie>();

  constructor(before: OrderedStore, context: StepContext) {
    this.time = context.batchTime;
    this.context = context;
    this.before = before;
    this.state = before.clone();
  }

  /** The engine's clock at the start of the next chunk. */
  get clock(): number {
    const { time, era } = readGlobal(this.state);
    return era === this.context.era ? time : Math.max(time, this.context.eraStart);
  }

  /** Adds a chunk and executes it. */
  add(chunk: ChunkPlan, lie?: Lie): ChunkResult {
    if (lie !== undefined) this.#lies.set(this.chunks.length, lie);
    const result = executeChunk(this.state, this.context, chunk.kind, chunk.bytes);
    this.chunks.push(chunk);
    this.rightRoots.push(toHex(this.state.root()));
    return result;
  }

  addTransactions(kind: ChunkKind, transactions: readonly Uint8Array[], lie?: Lie): ChunkResult {
    return this.add(chunkOf(kind, transactions), lie);
  }

  /** Adds a chunk of as many transactions as fit it, which are taken from the front of a list. */
  addFitting(kind: ChunkKind, transactions: Uint8Array[]): void {
    const execution = new ChunkExecution(this.state, this.context, kind);
    let count = 0;
    while (count < transactions.length && execution.run(transactions[count]!) !== undefined) count++;
    execution.finish();
    this.chunks.push(chunkOf(kind, transactions.splice(0, count)));
    this.rightRoots.push(toHex(this.state.root()));
  }

  /** Adds as many chunks as it takes to execute all of some transactions of one kind. */
  addAll(kind: ChunkKind, transactions: readonly Uint8Array[]): void {
    const rest = transactions.slice();
    while (rest.length > 0) this.addFitting(kind, rest);
  }

  /** The root before a chunk. */
  rootBefore(place: number): Hash {
    return place === 0 ? toHex(this.before.root()) : this.rightRoots[place - 1]!;
  }

  /** What is posted, and the state behind its last root: the right one, or the one that the lies would leave. */
  claim(): { readonly batch: BatchClaim; readonly state: OrderedStore } {
    const { time, chunks, context } = this;
    if (this.#lies.size === 0) return { batch: { time, chunks, postRoots: this.rightRoots }, state: this.state };
    let store = this.before.clone();
    const postRoots = chunks.map((chunk, place) => {
      const lie = this.#lies.get(place);
      if (lie !== undefined && "tell" in lie) {
        store = lie.tell(store, chunk, context) ?? store;
      } else {
        executeChunk(store, context, chunk.kind, chunk.bytes);
      }
      return lie !== undefined && "name" in lie
        ? lie.name(this.rootBefore(place), this.rightRoots[place]!)
        : toHex(store.root());
    });
    return { batch: { time, chunks, postRoots }, state: store };
  }
}

export function chunkOf(kind: ChunkKind, transactions: readonly Uint8Array[]): ChunkPlan {
  return { kind, bytes: concatBytes(...transactions), messages: 0 };
}

/** The transactions of a chunk's bytes, up to where they do not decode. */
export function splitTransactions(bytes: Uint8Array): Uint8Array[] {
  const transactions: Uint8Array[] = [];
  let offset = 0;
  for (let length = transactionLength(bytes, offset); length !== undefined; length = transactionLength(bytes, offset)) {
    transactions.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  return transactions;
}
