import { setImmediate as nextTurn } from "node:timers/promises";
import { ChunkKind, type InboxMessage, MAX_CHUNKS, RecourseError } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Execution } from "../history/execution.ts";
import type { BatchRecord } from "../journal/batches.ts";
import { beginning, type Cut, isAtOrBefore } from "../journal/cut.ts";
import type { Journal } from "../journal/journal.ts";
import type { TermRecord } from "../journal/terms.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { LiveState, type LiveStateOptions } from "./liveState.ts";

/** Transactions that are replayed before the event loop gets its turn. */
const TRANSACTIONS_A_TURN = 64;

export interface RebuildOptions {
  readonly journal: Journal;
  readonly checkpoints: Checkpoints;
  /** The terms that count today, by beginning. */
  readonly terms: readonly TermRecord[];
  /** The batches that count today, by index; their cuts are kept as they are. */
  readonly batches: readonly BatchRecord[];
  readonly domainSeparator: Uint8Array;
  readonly maxChunks: number;
  onExecuted(execution: Execution): void;
  /** Resolves when the rest of the process has room for more executions. */
  room(): Promise<void>;
  onChunkClosed: LiveStateOptions["onChunkClosed"];
  onBatchSealed: LiveStateOptions["onBatchSealed"];
}

/**
 * Executes the journal anew, from the nearest state that is known to its end: first the batches that have been cut
 * already, chunk by chunk, then the rest, which is cut as if it had just come.
 * @throws RecourseError `JournalDiffers` where a batch does not come to the root that it was sealed with
 */
export async function rebuildState(options: RebuildOptions): Promise<LiveState> {
  const lastBatch = options.batches.at(-1);
  const checkpoint = options.checkpoints.nearest(lastBatch?.to ?? beginning);
  const state = new LiveState({
    store: checkpoint.store.clone(),
    instruments: checkpoint.instruments.copy(),
    term: termAt(options.terms, checkpoint.at),
    at: checkpoint.at,
    domainSeparator: options.domainSeparator,
    nextBatchIndex: checkpoint.batchIndex + 1,
    maxChunks: options.maxChunks,
    onExecuted: options.onExecuted,
    onChunkClosed: options.onChunkClosed,
    onBatchSealed: options.onBatchSealed,
  });
  const items = new JournalItems(options.journal, checkpoint.at);
  for (const batch of options.batches) {
    if (batch.index <= checkpoint.batchIndex) continue;
    await options.room();
    await replayBatch(state, items, batch, options.terms);
  }
  await replayRest(state, items, options);
  return state;
}

/** Executes the journal from the nearest known state up to the end of a batch, for its state alone. */
export async function rebuildStateAt(
  options: Pick<RebuildOptions, "journal" | "checkpoints" | "terms" | "batches" | "domainSeparator">,
  batchIndex: number,
): Promise<OrderedStore> {
  const batches = options.batches.filter(({ index }) => index <= batchIndex);
  const checkpoint = options.checkpoints.nearest(batches.at(-1)?.to ?? beginning);
  if (checkpoint.batchIndex === batchIndex) return checkpoint.store;
  const state = new LiveState({
    store: checkpoint.store.clone(),
    instruments: checkpoint.instruments.copy(),
    term: termAt(options.terms, checkpoint.at),
    at: checkpoint.at,
    domainSeparator: options.domainSeparator,
    nextBatchIndex: checkpoint.batchIndex + 1,
    maxChunks: MAX_CHUNKS,
    onChunkClosed: () => {},
    onBatchSealed: () => {},
  });
  const items = new JournalItems(options.journal, checkpoint.at);
  for (const batch of batches) {
    if (batch.index > checkpoint.batchIndex) await replayBatch(state, items, batch, options.terms);
  }
  return state.store;
}

async function replayBatch(
  state: LiveState,
  items: JournalItems,
  batch: BatchRecord,
  terms: readonly TermRecord[],
): Promise<void> {
  if (state.term.term !== batch.term) state.enterTerm(terms.find(({ term }) => term === batch.term)!);
  for (const chunk of batch.chunks) {
    if (chunk.kind === ChunkKind.bridge) state.consume(await items.takeMessages(chunk.amount));
    else state.replayChunk(chunk.kind, await items.takeTransactions(chunk.amount));
    if (state.root.root !== chunk.postRoot) {
      throw new RecourseError(
        "JournalDiffers",
        `Batch ${batch.index} comes to the root ${state.root.root}, but was sealed with ${chunk.postRoot}.`,
      );
    }
    await nextTurn();
  }
  state.seal();
}

async function replayRest(state: LiveState, items: JournalItems, { terms, room }: RebuildOptions): Promise<void> {
  const newest = terms.at(-1)!;
  if (state.term.term !== newest.term) state.enterTerm(newest);
  for (let count = 1; ; count++) {
    const item = await items.take();
    if (item === undefined) return;
    if (item.kind === "transaction") state.replay(item.transaction);
    else state.consume(item.messages);
    if (count % TRANSACTIONS_A_TURN !== 0) continue;
    await nextTurn();
    await room();
  }
}

/** The term whose stream runs at a place in the journal. */
function termAt(terms: readonly TermRecord[], at: Cut): TermRecord {
  return terms.findLast((term) => isAtOrBefore(term.from, at)) ?? terms[0]!;
}

type JournalItem =
  | { readonly kind: "transaction"; readonly transaction: Uint8Array }
  | { readonly kind: "messages"; readonly messages: readonly InboxMessage[] };

/** The journal from a place on, handed out piece by piece. */
class JournalItems {
  readonly #records: AsyncGenerator<JournalItem, void>;
  #messages: InboxMessage[] = [];

  constructor(journal: Journal, from: Cut) {
    this.#records = flatten(journal, from);
  }

  /** The next transaction, or all messages up to it; undefined at the end. */
  async take(): Promise<JournalItem | undefined> {
    if (this.#messages.length > 0) {
      const messages = this.#messages;
      this.#messages = [];
      return { kind: "messages", messages };
    }
    return (await this.#records.next()).value ?? undefined;
  }

  async takeTransactions(amount: number): Promise<Uint8Array[]> {
    const transactions: Uint8Array[] = [];
    while (transactions.length < amount) {
      const item = await this.take();
      if (item?.kind !== "transaction") throw new Error("The journal and its batches do not agree on transactions.");
      transactions.push(item.transaction);
    }
    return transactions;
  }

  async takeMessages(amount: number): Promise<InboxMessage[]> {
    while (this.#messages.length < amount) {
      const { value: item } = await this.#records.next();
      if (item?.kind !== "messages") throw new Error("The journal and its batches do not agree on inbox messages.");
      this.#messages.push(...item.messages);
    }
    return this.#messages.splice(0, amount);
  }
}

async function* flatten(journal: Journal, from: Cut): AsyncGenerator<JournalItem, void> {
  for await (const record of journal.readFrom(from)) {
    if (record.kind === "messages") yield record;
    else for (const transaction of record.transactions) yield { kind: "transaction", transaction };
  }
}
