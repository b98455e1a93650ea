import {
  type Admission,
  FIRST_QUOTE_ID,
  MAX_ORDER_VALUE,
  MAX_PRICE,
  MAX_RESTING_ORDERS,
  ORDER_LIMIT,
  type Order,
  type OrderTerms,
  POST_ONLY_OPTION,
  priceQuantityPerCash,
  Reason,
  type ReasonCode,
  SELF_TRADE_PREVENTION_SHIFT,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { priceBand } from "./band.ts";
import { findOrder, type RestingOrder, writeAccount } from "./book.ts";
import { instrumentKey, marketKey, underlyingKey } from "./keys.ts";
import { isTooOld } from "./margin.ts";
import { matchBook, type Stop } from "./matching.ts";
import { isReduceOnly, noteReplaced, type Plan, partyOf, readPosition, writePlan } from "./plan.ts";
import {
  type AccountRecord,
  decodeInstrument,
  decodeMarket,
  decodeUnderlying,
  type InstrumentRecord,
} from "./records.ts";
import { type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { readMaxMarkAge } from "./tradable.ts";
import { isTriggered, type Trigger } from "./trigger.ts";

const LAST_SECOND = 2 ** 32 - 1;

/** Executes an order: judges it, matches it in price-time priority, and lets a good-till-cancelled remainder rest. */
export function order(step: Step, transaction: Order): ReasonCode | NextChunk {
  if (!isWellFormed(transaction)) return Reason.MalformedOrder;
  const { reason, account } = admit(step, transaction);
  return reason === Reason.Ok ? executeOrder(step, transaction, account!, ORDER_LIMIT) : reason;
}

/** Whether the fields of an order are within their ranges, whatever the state. */
export function isWellFormed({ timeInForce, options, priceRank, lots, clientOrderId }: OrderTerms): boolean {
  const isPostOnly = (options & POST_ONLY_OPTION) !== 0;
  return (
    timeInForce <= TimeInForce.fillOrKill &&
    !(isPostOnly && timeInForce !== TimeInForce.goodTilCancelled) &&
    // Options have one bit more than these, which has no meaning yet.
    options >> SELF_TRADE_PREVENTION_SHIFT <= SelfTradePrevention.cancelBoth &&
    priceRank !== 0 &&
    lots !== 0 &&
    clientOrderId < FIRST_QUOTE_ID
  );
}

/** What distinguishes replacements and conditional orders from other orders. */
interface OrderConditions {
  /** A resting order of the account that goes if the order is not refused. */
  readonly replaced?: RestingOrder | undefined;
  /** What the mark has to have reached. */
  readonly trigger?: Trigger | undefined;
}

/**
 * Executes an order of an account that has been admitted.
 * @param limit what the transaction may use
 */
export function executeOrder(
  step: Step,
  transaction: OrderTerms & Admission,
  record: AccountRecord,
  limit: number,
  { replaced, trigger }: OrderConditions = {},
): ReasonCode | NextChunk {
  if (replaced !== undefined) record.restingOrders--;
  const judged = judge(step, transaction, record, limit, { replaced, trigger });
  if (typeof judged === "number") return judged;
  const plan = judged;
  const { taker } = plan;
  const stop = matchBook(plan);
  if (stop === "chunk") return nextChunk;

  const { account, clientOrderId, instrument, side, priceRank, timeInForce } = transaction;
  const rests = plan.remaining > 0 && stop === undefined && timeInForce === TimeInForce.goodTilCancelled;
  if (plan.remaining > 0 && !rests) {
    // Taking dead orders out of the way is worth a transaction, but not to whom it may cost a place in the book.
    const isOfUse = replaced === undefined ? plan.metOrders.length > 0 : plan.isFilled;
    if (!isOfUse || stop === "post-only" || timeInForce === TimeInForce.fillOrKill) return reasonOfStop(stop);
    const cause = stop ?? "immediate-or-cancel";
    plan.events.push({ type: "remainderCancelled", account, clientOrderId, lots: plan.remaining, cause });
  } else if (rests) {
    plan.events.push({ type: "rested", account, clientOrderId, instrument, side, priceRank, lots: plan.remaining });
  }
  writePlan(plan, goodTillOf(transaction), rests);
  useNonce(step, transaction);
  writeAccount(step, account, taker.record);
  return Reason.Ok;
}

/** Judges an order by its instrument and its account, and begins its plan, or says why there will be none. */
function judge(
  step: Step,
  transaction: OrderTerms & Admission,
  record: AccountRecord,
  limit: number,
  { replaced, trigger }: OrderConditions,
): Plan | ReasonCode {
  const { account, instrument: number, side, clientOrderId, priceRank } = transaction;
  const { time } = step.global;
  const instrumentValue = step.store.get(instrumentKey(number));
  if (instrumentValue === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(instrumentValue);
  if (instrument.expiry !== 0 && time >= instrument.expiry) return Reason.InstrumentExpired;
  const marketValue = step.store.get(marketKey(number));
  if (marketValue === undefined) return Reason.InstrumentNotMarked;
  const market = decodeMarket(marketValue);
  const maxMarkAgeSeconds = readMaxMarkAge(step);
  const mayBeStale = isReduceOnly(transaction) && trigger === undefined;
  if (!mayBeStale && isTooOld(market.reportTime, time, maxMarkAgeSeconds)) return Reason.MarkTooOld;
  if (trigger !== undefined && !isTriggered(trigger, market)) return Reason.TriggerNotReached;
  const tickValue = tickValueOf(instrument);
  // Products of positive integers in doubles: monotone, and exact wherever they are at most 2^53.
  if (priceRank * instrument.tick >= MAX_PRICE || priceRank * tickValue * transaction.lots > MAX_ORDER_VALUE) {
    return Reason.ValueOutOfRange;
  }
  const underlying = decodeUnderlying(step.store.get(underlyingKey(instrument.underlying))!);
  const notional = BigInt(transaction.lots) * BigInt(instrument.lot) * BigInt(underlying.index);
  if (notional < BigInt(instrument.minimumNotional) * priceQuantityPerCash) return Reason.BelowMinimumNotional;
  const band = priceBand(market, underlying.index, tickValue);
  const isOutside = side === Side.buy ? priceRank > band.highest : priceRank < band.lowest;
  if (isOutside) return Reason.OutsidePriceBand;
  const isIdFree = clientOrderId === replaced?.clientOrderId || findOrder(step, account, clientOrderId) === undefined;
  if (!isIdFree) return Reason.DuplicateClientOrderId;
  const mayRest = transaction.timeInForce === TimeInForce.goodTilCancelled;
  if (mayRest && record.restingOrders >= MAX_RESTING_ORDERS) return Reason.TooManyRestingOrders;

  const plan: Plan = {
    step,
    order: transaction,
    limit,
    instrument,
    marketValue,
    traded: { market, underlying, maxMarkAgeSeconds },
    band,
    tickValue,
    taker: partyOf(account, record),
    replaced,
    takerPortfolio: undefined,
    makers: new Map(),
    metOrders: [],
    events: [],
    openInterest: market.openInterest,
    insurance: step.global.insurance,
    claims: step.global.claims,
    remaining: transaction.lots,
    isFilled: false,
    reserve: 0,
    positionWrites: 0,
    newPositions: 0,
  };
  readPosition(plan, plan.taker);
  if (replaced !== undefined) noteReplaced(plan, replaced);
  if (isReduceOnly(transaction)) {
    const reducible = side === Side.buy ? -plan.taker.lots : plan.taker.lots;
    if (reducible <= 0) return Reason.WouldNotReduce;
    plan.remaining = Math.min(transaction.lots, reducible);
    const lots = transaction.lots - plan.remaining;
    if (lots > 0) plan.events.push({ type: "remainderCancelled", account, clientOrderId, lots, cause: "reduce-only" });
  }
  return plan;
}

/** Cash for one lot and one rank of price: whole, as the listing demands. */
export function tickValueOf({ tick, lot }: InstrumentRecord): number {
  return Number((BigInt(tick) * BigInt(lot)) / priceQuantityPerCash);
}

/** When an order that rests dies by itself: some minutes after its admission deadline; 0 for never. */
export function goodTillOf({
  deadline,
  restMinutes,
}: Pick<OrderTerms & Admission, "deadline" | "restMinutes">): number {
  return restMinutes === 0 ? 0 : Math.min(deadline + 60 * restMinutes, LAST_SECOND);
}

function reasonOfStop(stop: Stop | undefined): ReasonCode {
  switch (stop) {
    case "margin":
      return Reason.InsufficientMargin;
    case "stale":
      return Reason.MarkTooOld;
    case "positions":
      return Reason.TooManyPositions;
    case "range":
      return Reason.ValueOutOfRange;
    case "limit":
      return Reason.ExceedsLimit;
    case "self-trade":
      return Reason.SelfTrade;
    case "post-only":
      return Reason.WouldCross;
    case undefined:
      return Reason.NotFilled;
  }
}
