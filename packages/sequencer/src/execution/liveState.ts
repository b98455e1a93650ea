import { ChunkExecution, type Outcome, readGlobal, type SignatureRecovery } from "@recourse/engine";
import {
  ChunkKind,
  chunkKindOf,
  encodeMessages,
  type Hash,
  type InboxMessage,
  MAX_CALLDATA_BYTES,
  MAX_CHUNK_MESSAGES,
  Reason,
  recoverSigner,
  type StepContext,
  type TransactionKind,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Execution } from "../history/execution.ts";
import { type Cut, isSameCut } from "../journal/cut.ts";
import type { TermRecord } from "../journal/terms.ts";
import { postCalldataBytes } from "../posting/calldata.ts";
import { InstrumentDirectory } from "./instrumentDirectory.ts";

/** Until a batch is posted its time is not known; no tick is refused for being later. */
const UNKNOWN_BATCH_TIME = 2 ** 32 - 1;

/** A finished chunk. */
export interface ClosedChunk {
  readonly kind: ChunkKind;
  /** Inbox messages of a bridge chunk, else 0. */
  readonly messages: number;
  /** What the step contract executes: for a bridge chunk, its messages. */
  readonly bytes: Uint8Array;
  readonly preRoot: Hash;
  readonly postRoot: Hash;
  readonly context: StepContext;
  readonly from: Cut;
  readonly to: Cut;
}

/** What is needed beside a chunk to have the contract execute it. */
export interface ChunkProof {
  readonly witness: Uint8Array;
  /** The units it used. */
  readonly meter: number;
}

/** A list of chunks that is going to be posted as it is. */
export interface SealedBatch {
  readonly term: TermRecord;
  readonly index: number;
  readonly from: Cut;
  readonly to: Cut;
  /** The engine's clock after it, in seconds. */
  readonly time: number;
  readonly chunks: readonly ClosedChunk[];
}

export interface Executed {
  readonly outcome: Outcome;
  /** Transactions of the term's stream so far, and their running hash. */
  readonly position: number;
  readonly runningHash: Uint8Array;
}

export interface LiveStateOptions {
  readonly store: OrderedStore;
  readonly term: TermRecord;
  /** How much of the journal the store has executed. */
  readonly at: Cut;
  readonly domainSeparator: Uint8Array;
  /** The index on L1 of the batch that begins here. */
  readonly nextBatchIndex: number;
  /** Chunks in a batch, at most. */
  readonly maxChunks: number;
  /** The instruments at that place, which the state keeps up from then on; left out where none has ever been removed. */
  readonly instruments?: InstrumentDirectory;
  /** Told of each entry of the stream when it has been executed. */
  onExecuted?(execution: Execution): void;
  onChunkClosed(chunk: ClosedChunk, proof: ChunkProof, batchIndex: number): void;
  /** Store and instruments are as after the batch, and change when the call has returned. */
  onBatchSealed(batch: SealedBatch, store: OrderedStore, instruments: InstrumentDirectory): void;
}

/**
 * The state that the stream has led to, and the cutting of the stream into chunks and batches. It has one writer, and
 * everything in it is synchronous.
 */
export class LiveState {
  readonly store: OrderedStore;
  readonly #options: LiveStateOptions;
  #term: TermRecord;
  #recover: SignatureRecovery = recoverSigner;
  #at: Cut;
  #nextBatchIndex: number;
  #chunk: ChunkExecution | undefined;
  #chunkFrom: Cut;
  #closed: ClosedChunk[] = [];
  #batchFrom: Cut;
  #root: Hash;
  readonly #instruments: InstrumentDirectory;

  constructor(options: LiveStateOptions) {
    this.#options = options;
    this.store = options.store;
    this.#term = options.term;
    this.#at = options.at;
    this.#chunkFrom = options.at;
    this.#batchFrom = options.at;
    this.#nextBatchIndex = options.nextBatchIndex;
    this.#root = toHex(this.store.root());
    this.#instruments = options.instruments ?? InstrumentDirectory.of(this.store);
  }

  get term(): TermRecord {
    return this.#term;
  }

  /** How much of the journal has been executed. */
  get at(): Cut {
    return this.#at;
  }

  /** Transactions of the term's stream so far. */
  get position(): number {
    return this.#at.sequence - this.term.from.sequence;
  }

  get runningHash(): Uint8Array {
    if (this.#chunk) return this.#chunk.runningHash;
    const global = readGlobal(this.store);
    return global.term === this.term.term ? global.runningHash : new Uint8Array(32);
  }

  /** The engine's clock, in seconds. */
  get time(): number {
    return this.#chunk?.time ?? readGlobal(this.store).time;
  }

  /** The root after the last closed chunk, and how much of the journal it covers. */
  get root(): { readonly root: Hash; readonly at: Cut } {
    return { root: this.#root, at: this.#chunk ? this.#chunkFrom : this.#at };
  }

  get nextBatchIndex(): number {
    return this.#nextBatchIndex;
  }

  get instruments(): InstrumentDirectory {
    return this.#instruments;
  }

  /** Whether anything has been executed since the last sealed batch. */
  get hasOpenBatch(): boolean {
    return this.#closed.length > 0 || !isSameCut(this.#at, this.#batchFrom);
  }

  /** Executes a transaction that has just come; where it changes nothing, it is left out of the stream. */
  submit(transaction: Uint8Array, recover: SignatureRecovery): Executed {
    this.#recover = recover;
    const { chunk, outcome } = this.#run(transaction, (open) => open.tryRun(transaction));
    if (outcome.reason === Reason.Ok) this.#advance(transaction, outcome);
    return { outcome, position: chunk.position, runningHash: chunk.runningHash };
  }

  /** Executes a transaction that the journal holds; whatever becomes of it now, it keeps its place in the stream. */
  replay(transaction: Uint8Array): void {
    this.#recover = recoverSigner;
    this.#advance(transaction, this.#run(transaction, (chunk) => chunk.run(transaction)).outcome);
  }

  /** Executes transactions that the journal holds, as one chunk, as they were cut before. */
  replayChunk(kind: ChunkKind, transactions: readonly Uint8Array[]): void {
    this.#recover = recoverSigner;
    const chunk = this.#openChunk(kind);
    for (const transaction of transactions) {
      const outcome = chunk.run(transaction);
      if (outcome === undefined) throw new Error("The journal's chunk has no room for a transaction that it held.");
      this.#advance(transaction, outcome);
    }
    this.#closeChunk();
  }

  /** Executes inbox messages, in chunks of their own. */
  consume(messages: readonly InboxMessage[]): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let start = 0; start < messages.length; start += MAX_CHUNK_MESSAGES) {
      const part = messages.slice(start, start + MAX_CHUNK_MESSAGES);
      const chunk = this.#openChunk(ChunkKind.bridge);
      for (const message of part) {
        const outcome = chunk.runMessage(message);
        const at = this.#at;
        this.#at = { ...at, inboxCursor: at.inboxCursor + 1 };
        this.#report(at, undefined, outcome);
        outcomes.push(outcome);
      }
      this.#finishChunk(chunk, encodeMessages(part), part.length);
    }
    return outcomes;
  }

  /** Ends the open batch; without effect where nothing has been executed since the last one. */
  seal(): void {
    this.#closeChunk();
    if (this.#closed.length === 0) return;
    const batch: SealedBatch = {
      term: this.#term,
      index: this.#nextBatchIndex++,
      from: this.#batchFrom,
      to: this.#at,
      time: this.time,
      chunks: this.#closed,
    };
    this.#closed = [];
    this.#batchFrom = this.#at;
    this.#options.onBatchSealed(batch, this.store, this.#instruments);
  }

  /** Goes on under another term; what has been executed so far is sealed in a batch of the present one. */
  enterTerm(term: TermRecord): void {
    this.seal();
    this.#term = term;
  }

  #context(): StepContext {
    const { era, eraStart, term } = this.#term;
    return { era, eraStart, term, batchTime: UNKNOWN_BATCH_TIME, domainSeparator: this.#options.domainSeparator };
  }

  #advance(transaction: Uint8Array, outcome: Outcome): void {
    const at = this.#at;
    this.#at = { ...at, sequence: at.sequence + 1 };
    this.#instruments.follow(this.store, outcome.events);
    this.#report(at, transaction, outcome);
  }

  #report(at: Cut, transaction: Uint8Array | undefined, outcome: Outcome): void {
    const { position, time } = this;
    this.#options.onExecuted?.({ at, transaction, outcome, term: this.#term.term, position, time });
  }

  /** Executes a transaction in the open chunk, if it belongs into it and fits it and the batch, else in a new one. */
  #run(
    transaction: Uint8Array,
    execute: (chunk: ChunkExecution) => Outcome | undefined,
  ): { readonly chunk: ChunkExecution; readonly outcome: Outcome } {
    const kind = chunkKindOf(transaction[0] as TransactionKind);
    const open = this.#chunk;
    if (open?.kind === kind && this.#hasRoom(open.byteLength + transaction.length)) {
      const outcome = execute(open);
      if (outcome !== undefined) return { chunk: open, outcome };
      // The contract will see the chunk without it.
      this.store.forgetTransaction();
    }
    const chunk = this.#openChunk(kind, transaction.length);
    const outcome = execute(chunk);
    if (outcome === undefined) throw new Error("An empty chunk has room for any transaction.");
    return { chunk, outcome };
  }

  /** Opens a chunk, in a new batch where the present one is full. */
  #openChunk(kind: ChunkKind, firstBytes = 0): ChunkExecution {
    this.#closeChunk();
    if (this.#closed.length === this.#options.maxChunks || !this.#hasRoom(firstBytes)) this.seal();
    this.#chunkFrom = this.#at;
    this.#chunk = new ChunkExecution(this.store, this.#context(), kind, (digest, signature) =>
      this.#recover(digest, signature),
    );
    return this.#chunk;
  }

  /** Whether the open batch can be posted with one more chunk of so many bytes. */
  #hasRoom(bytes: number): boolean {
    const sizes = this.#closed.map((chunk) => dataBytes(chunk));
    return postCalldataBytes([...sizes, bytes]) <= MAX_CALLDATA_BYTES;
  }

  #closeChunk(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    // A chunk in which everything was refused has changed nothing, and never was.
    if (chunk.byteLength === 0) this.#chunk = undefined;
    else this.#finishChunk(chunk, chunk.bytes, 0);
  }

  #finishChunk(chunk: ChunkExecution, bytes: Uint8Array, messages: number): void {
    chunk.finish();
    this.#chunk = undefined;
    const preRoot = this.#root;
    this.#root = toHex(this.store.root());
    const closed: ClosedChunk = {
      kind: chunk.kind,
      messages,
      bytes,
      preRoot,
      postRoot: this.#root,
      context: this.#context(),
      from: this.#chunkFrom,
      to: this.#at,
    };
    this.#closed.push(closed);
    const proof: ChunkProof = { witness: this.store.witness(), meter: this.store.chunkMeter };
    this.#options.onChunkClosed(closed, proof, this.#nextBatchIndex);
  }
}

/** Bytes that a chunk brings into the calldata of a post: a bridge chunk's content is the inbox's. */
export function dataBytes(chunk: ClosedChunk): number {
  return chunk.kind === ChunkKind.bridge ? 0 : chunk.bytes.length;
}
