import {
  FIRST_QUOTE_ID,
  type InstrumentNumber,
  MAX_RESTING_ORDERS,
  type PriceRank,
  QUOTE_BOUND,
  QUOTE_EVENT,
  QUOTES_END,
  QUOTES_LIMIT,
  type Quote,
  type Quotes,
  Reason,
  type ReasonCode,
  Side,
} from "@recourse/protocol";
import { LEAF_BYTE, NODE_CREATE, VISIT, WRITE } from "@recourse/store";
import { admit, useNonce } from "./admission.ts";
import { findOrder, keyAfter, nextOrder, type RestingOrder, readOrder, restOrder, writeAccount } from "./book.ts";
import type { EngineEvent } from "./events.ts";
import { accountOrderKey, bookKey, bookSideKey } from "./keys.ts";
import { goodTillOf } from "./order.ts";
import { ACCOUNT_ORDER_BYTES, type AccountRecord, BOOK_RECORD_BYTES } from "./records.ts";
import { type Full, fullness, type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { judgeTerms, readMaxMarkAge, readTradable, type Tradable } from "./tradable.ts";

/** A side of a quote: what is to stand there, and what stands there now. */
interface QuoteSide {
  readonly instrument: InstrumentNumber;
  readonly side: number;
  readonly rank: PriceRank;
  readonly lots: number;
  readonly clientOrderId: number;
  readonly old: RestingOrder | undefined;
  /** Whether the new one is placed. */
  isPlaced: boolean;
}

/** What the quotes will do, found out before anything is written. */
interface QuotePlan {
  readonly step: Step;
  readonly transaction: Quotes;
  readonly maxMarkAge: number;
  readonly record: AccountRecord;
  /** Those that have been planned, in order. */
  readonly sides: QuoteSide[];
  placed: number;
  removed: number;
  readonly events: EngineEvent[];
  /** Why the first side was left out that was wanted. */
  cause: ReasonCode | undefined;
  /** Units that writing the plan may cost, at most, but for the branches that its new entries add: see {@link keptBack}. */
  reserve: number;
  bookWrites: number;
  /** Instruments of which no order may be in the books. */
  newBooks: number;
  idWrites: number;
  newIds: number;
}

/**
 * Replaces an account's quotes in some instruments: in each, both old quotes go, and the new ones are placed, post-only and
 * at the end of the queue at their prices. A side without lots, or that cannot be placed, is empty afterwards. As many
 * quotes as fit the transaction's limit are replaced, in order; the others stay as they were.
 */
export function quotes(step: Step, transaction: Quotes): ReasonCode | NextChunk {
  if (!isWellFormed(transaction)) return Reason.MalformedQuotes;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const plan: QuotePlan = {
    step,
    transaction,
    maxMarkAge: readMaxMarkAge(step),
    record: account!,
    sides: [],
    placed: 0,
    removed: 0,
    events: [],
    cause: undefined,
    reserve: 0,
    bookWrites: 0,
    newBooks: 0,
    idWrites: 0,
    newIds: 0,
  };
  for (const [place, quote] of transaction.quotes.entries()) {
    const full = roomForQuote(plan);
    if (full === "chunk") return nextChunk;
    if (full === "limit") {
      plan.cause ??= Reason.ExceedsLimit;
      plan.events.push({ type: "quotesStopped", account: transaction.account, place });
      break;
    }
    planQuote(plan, quote);
  }
  if (plan.placed === 0 && plan.removed === 0) return plan.cause ?? Reason.NothingToCancel;
  write(plan);
  return Reason.Ok;
}

/** Whether the fields of the quotes are within their ranges, whatever the state. */
function isWellFormed({ quotes }: Quotes): boolean {
  let previous = 0;
  for (const { instrument, bidPriceRank, bidLots, askPriceRank, askLots } of quotes) {
    if (instrument <= previous) return false;
    if ((bidPriceRank === 0) !== (bidLots === 0) || (askPriceRank === 0) !== (askLots === 0)) return false;
    if (bidLots !== 0 && askLots !== 0 && bidPriceRank >= askPriceRank) return false;
    previous = instrument;
  }
  return quotes.length > 0;
}

/** Whether the transaction has room for one more quote, and the chunk. */
function roomForQuote(plan: QuotePlan): Full | undefined {
  return fullness(plan.step.store, keptBack(plan) + QUOTE_BOUND + QUOTES_END, QUOTES_LIMIT);
}

/**
 * Units that writing the plan may cost, at most, beside its end. All nodes on the way to what is written were touched
 * before, as in the plan of an order (see `plan.ts`), and what is new is written first. Only new entries put branches on
 * the way to others: those of the account's list on the way to each other; those of the books, where a book is empty, on
 * the way to all in the books, and else on the way to the one other side of the same book, which is counted with the rest.
 */
function keptBack({ reserve, bookWrites, newBooks, idWrites, newIds }: QuotePlan): number {
  return reserve + 2 * VISIT * (bookWrites * newBooks + idWrites * newIds);
}

/** Branches that may come to lie on the way to an entry whichever way it is: of whole tables, of a book's other side. */
const NEW_BRANCHES = 3;

/** Keeps back what rewriting, or taking away, the entry costs that was looked at last. */
function keepBack(plan: QuotePlan): void {
  plan.reserve += WRITE + VISIT * (plan.step.store.depth + 1 + NEW_BRANCHES);
}

/** Keeps back what a new entry costs where none was found. */
function keepNew(plan: QuotePlan, bytes: number): void {
  plan.reserve +=
    WRITE + VISIT * (2 * (plan.step.store.depth + NEW_BRANCHES) + 1) + 2 * NODE_CREATE + bytes * LEAF_BYTE;
}

/** Finds what stands where a side of a quote is to stand. */
function readSide(
  plan: QuotePlan,
  instrument: InstrumentNumber,
  side: number,
  rank: PriceRank,
  lots: number,
): QuoteSide {
  const { step, transaction, record } = plan;
  const clientOrderId = FIRST_QUOTE_ID + 2 * instrument + side;
  const key = findOrder(step, transaction.account, clientOrderId);
  plan.idWrites++;
  let old: RestingOrder | undefined;
  if (key === undefined) {
    keepNew(plan, ACCOUNT_ORDER_BYTES);
    plan.newIds++;
  } else {
    keepBack(plan);
    old = readOrder(step, key);
    keepBack(plan);
    plan.bookWrites++;
    record.restingOrders--;
  }
  const found = { instrument, side, rank, lots, clientOrderId, old, isPlaced: false };
  plan.sides.push(found);
  return found;
}

/** Plans the quote of one instrument. */
function planQuote(plan: QuotePlan, quote: Quote): void {
  const { step, transaction } = plan;
  const { instrument } = quote;
  step.store.charge(QUOTE_EVENT);
  const bid = readSide(plan, instrument, Side.buy, quote.bidPriceRank, quote.bidLots);
  const ask = readSide(plan, instrument, Side.sell, quote.askPriceRank, quote.askLots);
  for (const { old, lots, clientOrderId } of [bid, ask]) {
    if (old === undefined) continue;
    const cause = lots === 0 ? "requested" : "replaced";
    const { account } = transaction;
    plan.events.push({ type: "cancelled", account, clientOrderId, instrument, lots: old.lots, cause });
  }
  const isOffered = bid.lots !== 0 || ask.lots !== 0;
  const tradable = isOffered ? readTradable(step, instrument, plan.maxMarkAge) : Reason.NothingToCancel;
  const book = { isEmpty: bid.old === undefined && ask.old === undefined };
  for (const [side, other] of [
    [bid, ask],
    [ask, bid],
  ] as const) {
    const reason = typeof tradable === "number" ? tradable : judgeSide(plan, side, other, tradable, book);
    if (reason === Reason.Ok) place(plan, side);
    else leaveOut(plan, side, reason);
  }
  if (book.isEmpty) plan.newBooks++;
}

/** Whether a side of a quote can be placed. */
function judgeSide(
  plan: QuotePlan,
  side: QuoteSide,
  other: QuoteSide,
  tradable: Tradable,
  book: { isEmpty: boolean },
): ReasonCode {
  if (side.lots === 0) return Reason.NothingToCancel;
  const reason = judgeTerms(tradable, side.rank, side.lots);
  if (reason !== Reason.Ok) return reason;
  const { lowest, highest } = tradable.band;
  if (side.side === Side.buy ? side.rank > highest : side.rank < lowest) return Reason.OutsidePriceBand;
  if (plan.record.restingOrders >= MAX_RESTING_ORDERS) return Reason.TooManyRestingOrders;
  let best = nextOrder(plan.step, bookSideKey(side.instrument, other.side));
  if (best !== undefined) book.isEmpty = false;
  // The old quote is gone by then. Whatever else stands there keeps the price out, dead orders too: it stays simple, and
  // any order that may trade takes those away.
  if (
    best !== undefined &&
    crosses(side, best) &&
    best.account === plan.transaction.account &&
    best.clientOrderId === other.clientOrderId
  )
    best = nextOrder(plan.step, keyAfter(best.key));
  return best !== undefined && crosses(side, best) ? Reason.WouldCross : Reason.Ok;
}

function crosses({ side, rank }: QuoteSide, resting: RestingOrder): boolean {
  return side === Side.buy ? resting.rank <= rank : resting.rank >= rank;
}

/** Plans a side of a quote to rest; the way to its place in the book is touched. */
function place(plan: QuotePlan, side: QuoteSide): void {
  const { step, record } = plan;
  step.store.get(bookKey(side.instrument, side.side, side.rank, step.global.nextSequence + plan.placed));
  keepNew(plan, BOOK_RECORD_BYTES);
  plan.bookWrites++;
  record.restingOrders++;
  plan.placed++;
  side.isPlaced = true;
}

/** Leaves a side of a quote out; where it was wanted, somebody wants to know why. */
function leaveOut(plan: QuotePlan, { instrument, side, lots, old }: QuoteSide, reason: ReasonCode): void {
  const { account } = plan.transaction;
  if (old !== undefined) plan.removed++;
  if (lots === 0) return;
  plan.cause ??= reason;
  plan.events.push({ type: "quoteLeftOut", account, instrument, side, reason });
}

/** Writes the quotes: first what may be new, then what goes. */
function write({ step, transaction, record, sides, events }: QuotePlan): void {
  const { account } = transaction;
  const goodTill = goodTillOf(transaction);
  for (const { isPlaced, instrument, side, rank, clientOrderId, lots } of sides) {
    if (!isPlaced) continue;
    const order = { account, clientOrderId, lots, goodTill, era: step.global.era, isReduceOnly: false };
    // The sequence numbers that this gives are those with which the ways were touched.
    restOrder(step, instrument, side, rank, order);
    events.push({ type: "rested", account, clientOrderId, instrument, side, priceRank: rank, lots });
  }
  for (const { old, isPlaced, clientOrderId } of sides) {
    if (old === undefined) continue;
    step.store.delete(old.key);
    // The account's list names the new quote already where there is one.
    if (!isPlaced) step.store.delete(accountOrderKey(account, clientOrderId));
  }
  useNonce(step, transaction);
  writeAccount(step, account, record);
  step.events.push(...events);
}
