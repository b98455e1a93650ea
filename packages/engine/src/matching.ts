import {
  type Cash,
  FILL_EVENT,
  MAKER_BASE,
  MAX_CASH,
  MAX_OPEN_INTEREST,
  MAX_POSITION_LOTS,
  nanoUsdPerCash,
  ORDER_END,
  POST_ONLY_OPTION,
  SELF_TRADE_PREVENTION_SHIFT,
  SelfTradePrevention,
  Side,
  UNDER_MARGINED_MAKER_FEE,
} from "@recourse/protocol";
import { ceilDiv } from "./arithmetic.ts";
import { isWithinBand } from "./band.ts";
import { keyAfter, nextOrder, type RestingOrder } from "./book.ts";
import type { CancelCause, RemainderCause } from "./events.ts";
import { fundingDue, isFundWithinRange } from "./fund.ts";
import { bookSideKey } from "./keys.ts";
import { type Evaluation, type Holding, judgeTrade, readPortfolio } from "./margin.ts";
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
export type Stop =
  | Extract<RemainderCause, "margin" | "stale" | "limit" | "positions" | "range" | "self-trade">
  | "post-only";

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
  const death = causeOfDeath(step, resting) ?? (isOwn || isWithinBand(resting.rank, plan.band) ? undefined : "band");
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

export function causeOfDeath(step: Step, resting: RestingOrder): CancelCause | undefined {
  if (resting.goodTill !== 0 && resting.goodTill < step.global.time) return "expired";
  if (resting.era !== step.global.era) return "era";
  return undefined;
}

/** A share of a value in millionths, rounded up: fees round against who pays them. */
export function feeCeil(value: number, rate: number): number {
  return Number((BigInt(value) * BigInt(rate) + FEE_SCALE - 1n) / FEE_SCALE);
}

/**
 * Fills the order against one maker as far as both sizes allow, if both have the margin for it. A maker that has not is
 * cancelled for a small fee; a taker that has not is stopped. A maker's reduce-only order takes its position to zero,
 * and no further.
 * @returns why the taker is stopped; undefined where matching goes on
 */
function fill(plan: Plan, resting: RestingOrder, maker: Party): Stop | ChunkFull | undefined {
  const { step, order, instrument, traded, taker } = plan;
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

  const takerBefore = afterFunding(plan, taker);
  const takerAfter: Holding = {
    lots: taker.lots + direction * size,
    cash: (takerBefore.cash - direction * value - takerFee) as Cash,
  };
  if (!isWithinRange(takerAfter)) return "range";
  if (!mayHold(taker)) return "positions";
  const end = ORDER_END + keptBack(plan);
  if (plan.takerPortfolio === undefined) {
    const portfolio = readPortfolio(step, taker.account, [order.instrument], end, plan.limit);
    if (typeof portfolio === "string") return portfolio;
    plan.takerPortfolio = portfolio;
  }
  const judgedTaker = judgeTrade(step, plan.takerPortfolio, traded, takerBefore, takerAfter);
  if (judgedTaker.failure !== undefined) return judgedTaker.failure;

  const makerBefore = afterFunding(plan, maker);
  const makerAfter: Holding = {
    lots: maker.lots - direction * size,
    cash: (makerBefore.cash + direction * value - makerFee) as Cash,
  };
  if (!isWithinRange(makerAfter)) {
    dropOrder(plan, resting, maker, "range");
    return undefined;
  }
  if (!mayHold(maker)) {
    dropOrder(plan, resting, maker, "positions");
    return undefined;
  }
  const makerPortfolio = readPortfolio(step, maker.account, [order.instrument], end, plan.limit);
  if (typeof makerPortfolio === "string") return makerPortfolio;
  const judgedMaker = judgeTrade(step, makerPortfolio, traded, makerBefore, makerAfter);
  if (judgedMaker.failure !== undefined) {
    if (judgedMaker.failure === "margin") chargeUnderMargined(plan, maker);
    dropOrder(plan, resting, maker, judgedMaker.failure);
    return undefined;
  }

  const openInterest =
    plan.openInterest + longChange(taker.lots, takerAfter.lots) + longChange(maker.lots, makerAfter.lots);
  const insurance = BigInt(plan.insurance + takerFee + makerFee) + takerBefore.paid + makerBefore.paid;
  const claims = plan.claims - takerBefore.due - makerBefore.due;
  if (openInterest > MAX_OPEN_INTEREST || !isFundWithinRange(insurance, claims)) return "range";

  plan.openInterest = openInterest;
  plan.insurance = Number(insurance);
  plan.claims = claims;
  plan.remaining -= size;
  plan.isFilled = true;
  change(plan, taker, takerBefore, takerAfter, judgedTaker.evaluation);
  change(plan, maker, makerBefore, makerAfter, judgedMaker.evaluation);
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
  const hasReduced = resting.isReduceOnly && makerAfter.lots === 0;
  setLeft(plan, resting, maker, hasReduced ? 0 : left);
  if (hasReduced && left > 0) noteCancelled(plan, resting, left, "reduce-only");
  return undefined;
}

/** What a party's position and cash are once the funding that it owes is paid. */
interface AfterFunding extends Holding {
  /** In nano-USD; negative where it is owed. */
  readonly due: bigint;
  /** In cash, rounded up. */
  readonly paid: bigint;
}

function afterFunding({ traded }: Plan, { record, lots, fundingIndex }: Party): AfterFunding {
  const due = fundingDue(lots, traded.market.fundingIndex, fundingIndex);
  const paid = ceilDiv(due, nanoUsdPerCash);
  // Exact within ± 2^53; what is beyond that stays out of range, whatever the fill pays.
  return { lots, cash: Number(BigInt(record.cash) - paid) as Cash, due, paid };
}

/** Changes a party to what a fill makes of it, the funding paid. */
function change(plan: Plan, party: Party, before: AfterFunding, { lots, cash }: Holding, evaluation: Evaluation): void {
  const { instrument } = plan.order;
  if (before.due !== 0n) {
    const amount = Number(before.paid) as Cash;
    plan.events.push({ type: "fundingPaid", account: party.account, instrument, amount });
  }
  setLots(party, lots);
  party.fundingIndex = plan.traded.market.fundingIndex;
  party.record.cash = cash;
  party.evaluation = evaluation;
}

/** Takes a small fee from a maker that has not the margin for its order. */
function chargeUnderMargined(plan: Plan, { record }: Party): void {
  const fee = Math.min(UNDER_MARGINED_MAKER_FEE, Math.max(record.cash, 0), MAX_CASH - plan.insurance);
  record.cash = (record.cash - fee) as Cash;
  plan.insurance += fee;
}

function isWithinRange({ lots, cash }: Holding): boolean {
  return Math.abs(lots) <= MAX_POSITION_LOTS && Math.abs(cash) <= MAX_CASH;
}

/** By how much the lots held long change when a position does. */
export function longChange(before: number, after: number): number {
  return Math.max(after, 0) - Math.max(before, 0);
}
