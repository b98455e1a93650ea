import {
  BLOCK_START,
  CANCEL_ALL_LIMIT,
  CANCEL_LIMIT,
  CHUNK_BASE,
  CHUNK_BYTE,
  CHUNK_LIMIT,
  ChunkKind,
  CONDITIONAL_START,
  chunkKindOf,
  concatBytes,
  decodeDeposit,
  decodeMessage,
  decodeTransaction,
  extendRunningHash,
  HOUSE_ORDER_START,
  type InboxMessage,
  keccak256,
  LIQUIDATE_START,
  LIST_INSTRUMENT_LIMIT,
  LIST_UNDERLYING_LIMIT,
  MARK_START,
  MAX_CHUNK_BYTES,
  MessageKind,
  ORDER_START,
  PROVIDER_LIMIT,
  PRUNE_LIMIT,
  QUOTES_START,
  REPLACE_START,
  REPORT_LIMIT,
  REVOKE_LIMIT,
  Reason,
  type ReasonCode,
  recoverSigner,
  SESSION_LIMIT,
  SETTLE_LIMIT,
  SETTLEMENT_LIMIT,
  type Seconds,
  type StepContext,
  TICK_LIMIT,
  TRANSACTION_BASE,
  type Transaction,
  TransactionKind,
  transactionLength,
  WITHDRAW_START,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { blockTrade } from "./blockTrade.ts";
import { cancel } from "./cancel.ts";
import { cancelAll } from "./cancelAll.ts";
import { conditional } from "./conditional.ts";
import { deposit } from "./deposit.ts";
import type { Outcome } from "./events.ts";
import { houseOrder } from "./houseOrder.ts";
import { globalKey } from "./keys.ts";
import { liquidate } from "./liquidate.ts";
import { listInstrument, listUnderlying } from "./listing.ts";
import { mark } from "./mark.ts";
import { order } from "./order.ts";
import { provider } from "./provider.ts";
import { prune } from "./prune.ts";
import { quotes } from "./quotes.ts";
import { decodeGlobal, encodeGlobal } from "./records.ts";
import { replace } from "./replace.ts";
import { report } from "./report.ts";
import { revoke } from "./revoke.ts";
import { type NextChunk, nextChunk } from "./room.ts";
import { session } from "./session.ts";
import { settle } from "./settle.ts";
import { settlement } from "./settlement.ts";
import type { SignatureRecovery, Step } from "./step.ts";
import { tick } from "./tick.ts";
import { withdraw } from "./withdraw.ts";

/** What a transaction of each kind needs to start in a chunk. Those that may need more find out before they write. */
const startingUnits: Readonly<Record<TransactionKind, number>> = {
  [TransactionKind.order]: ORDER_START,
  [TransactionKind.cancel]: CANCEL_LIMIT,
  [TransactionKind.replace]: REPLACE_START,
  [TransactionKind.cancelAll]: CANCEL_ALL_LIMIT,
  [TransactionKind.session]: SESSION_LIMIT,
  [TransactionKind.conditional]: CONDITIONAL_START,
  [TransactionKind.revoke]: REVOKE_LIMIT,
  [TransactionKind.blockTrade]: BLOCK_START,
  [TransactionKind.quotes]: QUOTES_START,
  [TransactionKind.tick]: TICK_LIMIT,
  [TransactionKind.report]: REPORT_LIMIT,
  [TransactionKind.listUnderlying]: LIST_UNDERLYING_LIMIT,
  [TransactionKind.listInstrument]: LIST_INSTRUMENT_LIMIT,
  [TransactionKind.mark]: MARK_START,
  [TransactionKind.withdraw]: WITHDRAW_START,
  [TransactionKind.settlement]: SETTLEMENT_LIMIT,
  [TransactionKind.liquidate]: LIQUIDATE_START,
  [TransactionKind.houseOrder]: HOUSE_ORDER_START,
  [TransactionKind.settle]: SETTLE_LIMIT,
  [TransactionKind.prune]: PRUNE_LIMIT,
  [TransactionKind.provider]: PROVIDER_LIMIT,
};

/** The rules, one operation a kind. */
function executeTransaction(step: Step, transaction: Transaction): ReasonCode | NextChunk {
  switch (transaction.kind) {
    case TransactionKind.order:
      return order(step, transaction);
    case TransactionKind.cancel:
      return cancel(step, transaction);
    case TransactionKind.replace:
      return replace(step, transaction);
    case TransactionKind.cancelAll:
      return cancelAll(step, transaction);
    case TransactionKind.session:
      return session(step, transaction);
    case TransactionKind.tick:
      return tick(step, transaction);
    case TransactionKind.report:
      return report(step, transaction);
    case TransactionKind.listUnderlying:
      return listUnderlying(step, transaction);
    case TransactionKind.listInstrument:
      return listInstrument(step, transaction);
    case TransactionKind.mark:
      return mark(step, transaction);
    case TransactionKind.withdraw:
      return withdraw(step, transaction);
    case TransactionKind.conditional:
      return conditional(step, transaction);
    case TransactionKind.revoke:
      return revoke(step, transaction);
    case TransactionKind.blockTrade:
      return blockTrade(step, transaction);
    case TransactionKind.quotes:
      return quotes(step, transaction);
    case TransactionKind.settlement:
      return settlement(step, transaction);
    case TransactionKind.liquidate:
      return liquidate(step, transaction);
    case TransactionKind.houseOrder:
      return houseOrder(step, transaction);
    case TransactionKind.settle:
      return settle(step, transaction);
    case TransactionKind.prune:
      return prune(step, transaction);
    case TransactionKind.provider:
      return provider(step, transaction);
  }
}

/** The rules for what comes from L1. */
function executeMessage(step: Step, message: InboxMessage): ReasonCode {
  const money = message.kind === MessageKind.deposit ? decodeDeposit(message.body) : undefined;
  return money === undefined ? Reason.UnknownMessage : deposit(step, money);
}

/** Opens a chunk on a state: a new era or term begins with its first chunk. */
function beginStep(store: OrderedStore, context: StepContext, recover: SignatureRecovery): Step {
  store.beginChunk();
  store.beginTransaction();
  store.charge(CHUNK_BASE);
  // INVARIANT: the global record is part of the genesis and never removed.
  const global = decodeGlobal(store.get(globalKey)!);
  if (global.era !== context.era) {
    global.era = context.era;
    global.time = Math.max(global.time, context.eraStart) as Seconds;
  }
  if (global.term !== context.term) {
    global.term = context.term;
    global.position = 0;
    global.runningHash = new Uint8Array(32);
  }
  return { store, context, global, recover, events: [] };
}

/**
 * One open chunk on a live state. Transactions are taken one by one; the state is whole, and its root the chunk's
 * post-root, after {@link finish}. How a stream is cut into chunks changes nothing in the state.
 */
export class ChunkExecution {
  readonly kind: ChunkKind;
  readonly #step: Step;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(store: OrderedStore, context: StepContext, kind: ChunkKind, recover: SignatureRecovery = recoverSigner) {
    this.kind = kind;
    this.#step = beginStep(store, context, recover);
  }

  /**
   * Executes a transaction and takes it into the stream, whatever becomes of it.
   * @returns undefined where the chunk has no room for it: it has changed nothing, and is the next chunk's
   */
  run(transaction: Uint8Array): Outcome | undefined {
    const outcome = this.#execute(transaction);
    if (outcome !== undefined) this.#take(transaction);
    return outcome;
  }

  /**
   * Executes a transaction; one that is refused is left out of chunk and stream, as if it had never come: it leaves no
   * trace in the state, the meter or the witness.
   * @returns undefined where the chunk has no room for it: it leaves no trace either, and is the next chunk's
   * @throws Error where it has changed the state all the same
   */
  tryRun(transaction: Uint8Array): Outcome | undefined {
    const outcome = this.#execute(transaction);
    if (outcome?.reason === Reason.Ok) this.#take(transaction);
    else this.#step.store.forgetTransaction();
    return outcome;
  }

  #execute(bytes: Uint8Array): Outcome | undefined {
    const decoded = decodeTransaction(bytes);
    if (decoded === undefined || decoded.length !== bytes.length)
      throw new RangeError("These bytes are no transaction.");
    const step = this.#step;
    step.store.beginTransaction();
    if (this.#length + bytes.length > MAX_CHUNK_BYTES) return undefined;
    if (step.store.chunkMeter + startingUnits[decoded.transaction.kind] > CHUNK_LIMIT) return undefined;
    step.store.charge(TRANSACTION_BASE + CHUNK_BYTE * bytes.length);
    step.events = [];
    const { transaction } = decoded;
    const reason =
      chunkKindOf(transaction.kind) === this.kind ? executeTransaction(step, transaction) : Reason.WrongChunkKind;
    return reason === nextChunk ? undefined : { reason, events: step.events };
  }

  #take(transaction: Uint8Array): void {
    const { global } = this.#step;
    global.position++;
    global.runningHash = extendRunningHash(global.runningHash, keccak256(transaction));
    this.#parts.push(transaction);
    this.#length += transaction.length;
  }

  /** Executes an inbox message; the stream does not count it, but the inbox cursor does. */
  runMessage(message: InboxMessage): Outcome {
    const step = this.#step;
    step.store.beginTransaction();
    step.store.charge(TRANSACTION_BASE + CHUNK_BYTE * message.body.length);
    step.events = [];
    step.global.inboxCursor++;
    const reason = executeMessage(step, message);
    return { reason, events: step.events };
  }

  /** Writes the global record: the state is whole after this. */
  finish(): void {
    // Not as a part of the last transaction: what it costs must not depend on whether one was left out.
    this.#step.store.beginTransaction();
    this.#step.store.put(globalKey, encodeGlobal(this.#step.global));
  }

  /** The chunk's bytes: what was taken into the stream. */
  get bytes(): Uint8Array {
    return concatBytes(...this.#parts);
  }

  get byteLength(): number {
    return this.#length;
  }

  /** The engine's clock. */
  get time(): Seconds {
    return this.#step.global.time;
  }

  get term(): number {
    return this.#step.global.term;
  }

  get position(): number {
    return this.#step.global.position;
  }

  get runningHash(): Uint8Array {
    return this.#step.global.runningHash;
  }
}

/** What executing a whole chunk came to; the store holds the state after it. */
export interface ChunkResult {
  /** The units that the chunk used. */
  readonly meter: number;
  /** One reason code for each transaction or message executed, in order. */
  readonly reasons: Uint8Array;
  readonly outcomes: readonly Outcome[];
  /** Bytes executed: fewer than the chunk has where the rest does not decode or no longer fits. */
  readonly executedBytes: number;
}

/**
 * The step function: total, so any bytes give one root. Bytes that do not decode, or a transaction that the chunk has no
 * room for, end the chunk there. A bridge chunk's bytes are inbox messages.
 */
export function executeChunk(
  store: OrderedStore,
  context: StepContext,
  kind: ChunkKind,
  chunk: Uint8Array,
  recover: SignatureRecovery = recoverSigner,
): ChunkResult {
  const execution = new ChunkExecution(store, context, kind, recover);
  const outcomes: Outcome[] = [];
  let offset = 0;
  if (kind === ChunkKind.bridge) {
    for (let decoded = decodeMessage(chunk, 0); decoded !== undefined; decoded = decodeMessage(chunk, offset)) {
      outcomes.push(execution.runMessage(decoded.message));
      offset += decoded.length;
    }
  } else {
    for (;;) {
      const length = transactionLength(chunk, offset);
      if (length === undefined) break;
      const outcome = execution.run(chunk.subarray(offset, offset + length));
      if (outcome === undefined) break;
      outcomes.push(outcome);
      offset += length;
    }
  }
  execution.finish();
  return {
    meter: store.chunkMeter,
    reasons: Uint8Array.from(outcomes, ({ reason }) => reason),
    outcomes,
    executedBytes: offset,
  };
}
