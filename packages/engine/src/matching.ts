import {
  type Cash,
  FILL_EVENT,
  MAKER_BASE,
  MAX_CASH,
  MAX_OPEN_INTEREST,
  MAX_POSITION_LOTS,
  ORDER_END,
  POST_ONLY_OPTION,
  SELF_TRADE_PREVENTION_SHIFT,
  SelfTradePrevention,
  Side,
  UNDER_MARGINED_MAKER_FEE,
} from "@recourse/protocol";
import { keyAfter, nextOrder, type RestingOrder } from "./book.ts";
import type { CancelCause, RemainderCause } from "./events.ts";
import { bookSideKey } from "./keys.ts";
import { meetsInitialMargin, readPortfolio, withPosition } from "./margin.ts";
import {
  dropOrder,
  keepOrder,
  keptBack,
  mayHold,
  meetMaker,
  noteCancelled,
  type Party,
  type Plan,
  readPosition,
  setLeft,
  setLots,
} from "./plan.ts";
import { type Full, fullness } from "./room.ts";
import type { Step } from "./step.ts";

const FEE_SCALE = 1_000_000n;

/** Why an order may be filled no further, and may not rest. */
export type Stop = Extract<RemainderCause, "margin" | "limit" | "positions" | "range" | "self-trade"> | "post-only";

/** That the chunk has no room for the next order or position: the transaction is the next chunk's. */
type ChunkFull = Extract<Full, "chunk">;

/**
 * Plans the fills of an order against the best orders of the other side, one after the other, until nothing is left,
 * nothing crosses, or a rule stops it.
 * @returns why the rest may neither be filled nor rest; undefined where it may
 */
export function matchBook(plan: Plan): Stop | ChunkFull | undefined {
  const { step, order, limit, replaced } = plan;
  let from = bookSideKey(order.instrument, order.side === Side.buy ? Side.sell : Side.buy);
  while (plan.remaining > 0) {
    const full = fullness(step.store, keptBack(plan) + MAKER_BASE + ORDER_END, limit);
    if (full !== undefined) return full;
    const resting = nextOrder(step, from);
    if (resting === undefined) return undefined;
    const crosses = order.side === Side.buy ? resting.rank <= order.priceRank : resting.rank >= order.priceRank;
    if (!crosses) return undefined;
    from = keyAfter(resting.key);
    const isOwn = resting.account === order.account;
    if (isOwn && resting.clientOrderId === replaced?.clientOrderId) continue;
    const stop = meet(plan, resting, isOwn);
    if (stop !== undefined) return stop;
  }
  return undefined;
}

/** Deals with one resting order that crosses. */
function meet(plan: Plan, resting: RestingOrder, isOwn: boolean): Stop | ChunkFull | undefined {
  const { step, order } = plan;
  const death = causeOfDeath(step, resting);
  if (death === undefined && (order.options & POST_ONLY_OPTION) !== 0) return "post-only";
  const prevention = (order.options >> SELF_TRADE_PREVENTION_SHIFT) & 3;
  if (death === undefined && isOwn && prevention === SelfTradePrevention.cancelIncoming) return "self-trade";
  keepOrder(plan, resting);
  const maker = meetMaker(plan, resting.account);
  if (death !== undefined) {
    dropOrder(plan, resting, maker, death);
    return undefined;
  }
  if (!isOwn) return fill(plan, resting, maker);
  dropOrder(plan, resting, maker, "self-trade");
  return prevention === SelfTradePrevention.cancelBoth ? "self-trade" : undefined;
}

function causeOfDeath(step: Step, resting: RestingOrder): CancelCause | undefined {
  if (resting.goodTill !== 0 && resting.goodTill < step.global.time) return "expired";
  if (resting.era !== step.global.era) return "era";
  return undefined;
}

/** A share of a value in millionths, rounded up: fees round against who pays them. */
function feeCeil(value: number, rate: number): number {
  return Number((BigInt(value) * BigInt(rate) + FEE_SCALE - 1n) / FEE_SCALE);
}

/**
 * Fills the order against one maker as far as both sizes allow, if both have the margin for it. A maker that has not is
 * cancelled for a small fee; a taker that has not is stopped. A maker's reduce-only order takes its position to zero,
 * and no further.
 * @returns why the taker is stopped; undefined where matching goes on
 */
function fill(plan: Plan, resting: RestingOrder, maker: Party): Stop | ChunkFull | undefined {
  const { step, order, instrument, market, taker } = plan;
  step.store.charge(FILL_EVENT);
  readPosition(plan, maker);
  const direction = order.side === Side.buy ? 1 : -1;
  // What the maker has to give away: a seller what it holds long, a buyer what it holds short.
  const reducible = resting.isReduceOnly ? Math.max(direction * maker.lots, 0) : resting.lots;
  const size = Math.min(plan.remaining, resting.lots, reducible);
  if (size === 0) {
    dropOrder(plan, resting, maker, "reduce-only");
    return undefined;
  }
  const value = resting.rank * plan.tickValue * size;
  const takerFee = feeCeil(value, instrument.takerFeeRate);
  const makerFee = feeCeil(value, instrument.makerFeeRate);

  const takerLots = taker.lots + direction * size;
  const takerCash = (taker.record.cash - direction * value - takerFee) as Cash;
  const insurance = plan.insurance + takerFee + makerFee;
  if (!isWithinRange(takerLots, takerCash) || insurance > MAX_CASH) return "range";
  if (!mayHold(taker)) return "positions";
  const end = ORDER_END + keptBack(plan);
  if (plan.takerPortfolio === undefined) {
    const portfolio = readPortfolio(step, taker.account, order.instrument, end, plan.limit);
    if (typeof portfolio === "string") return portfolio;
    plan.takerPortfolio = portfolio;
  }
  if (!meetsInitialMargin(step, withPosition(plan.takerPortfolio, market, takerLots), takerCash)) return "margin";

  const makerLots = maker.lots - direction * size;
  const makerCash = (maker.record.cash + direction * value - makerFee) as Cash;
  if (!isWithinRange(makerLots, makerCash)) {
    dropOrder(plan, resting, maker, "range");
    return undefined;
  }
  if (!mayHold(maker)) {
    dropOrder(plan, resting, maker, "positions");
    return undefined;
  }
  const makerPortfolio = readPortfolio(step, maker.account, order.instrument, end, plan.limit);
  if (typeof makerPortfolio === "string") return makerPortfolio;
  if (!meetsInitialMargin(step, withPosition(makerPortfolio, market, makerLots), makerCash)) {
    const fee = Math.min(UNDER_MARGINED_MAKER_FEE, Math.max(maker.record.cash, 0), MAX_CASH - plan.insurance);
    maker.record.cash = (maker.record.cash - fee) as Cash;
    plan.insurance += fee;
    dropOrder(plan, resting, maker, "margin");
    return undefined;
  }

  const openInterest = plan.openInterest + longChange(taker.lots, takerLots) + longChange(maker.lots, makerLots);
  if (openInterest > MAX_OPEN_INTEREST) return "range";

  plan.openInterest = openInterest;
  plan.insurance = insurance;
  plan.remaining -= size;
  plan.isFilled = true;
  setLots(taker, takerLots);
  taker.record.cash = takerCash;
  setLots(maker, makerLots);
  maker.record.cash = makerCash;
  plan.events.push({
    type: "fill",
    instrument: order.instrument,
    taker: taker.account,
    takerClientOrderId: order.clientOrderId,
    maker: maker.account,
    makerClientOrderId: resting.clientOrderId,
    side: order.side,
    priceRank: resting.rank,
    lots: size,
    value: value as Cash,
    takerFee: takerFee as Cash,
    makerFee: makerFee as Cash,
  });
  const left = resting.lots - size;
  const hasReduced = resting.isReduceOnly && makerLots === 0;
  setLeft(plan, resting, maker, hasReduced ? 0 : left);
  if (hasReduced && left > 0) noteCancelled(plan, resting, left, "reduce-only");
  return undefined;
}

function isWithinRange(lots: number, cash: number): boolean {
  return Math.abs(lots) <= MAX_POSITION_LOTS && Math.abs(cash) <= MAX_CASH;
}

/** By how much the lots held long change when a position does. */
function longChange(before: number, after: number): number {
  return Math.max(after, 0) - Math.max(before, 0);
}
