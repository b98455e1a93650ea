import {
  type Cash,
  FILL_EVENT,
  type InstrumentNumber,
  MAKER_BASE,
  MAX_CASH,
  MAX_OPEN_INTEREST,
  MAX_ORDER_VALUE,
  MAX_POSITION_LOTS,
  MAX_POSITIONS,
  MAX_PRICE,
  MAX_RESTING_ORDERS,
  ORDER_END,
  ORDER_LIMIT,
  type Order,
  priceQuantityPerCash,
  Reason,
  type ReasonCode,
  Side,
  TimeInForce,
  UNDER_MARGINED_MAKER_FEE,
} from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import {
  bestOrder,
  dropOrder,
  findOrder,
  type RestingOrder,
  readKnownAccount,
  removeOrder,
  restOrder,
  writeAccount,
} from "./book.ts";
import type { CancelCause, RemainderCause } from "./events.ts";
import { instrumentKey, markKey, positionKey, underlyingKey } from "./keys.ts";
import { meetsInitialMargin, type Portfolio, readPortfolio, withPosition } from "./margin.ts";
import {
  type AccountRecord,
  decodeInstrument,
  decodeMark,
  decodePosition,
  decodeUnderlying,
  encodeBookRecord,
  encodeInstrument,
  encodePosition,
  type InstrumentRecord,
  type MarkRecord,
} from "./records.ts";
import type { Step } from "./step.ts";

const FEE_SCALE = 1_000_000n;
const LAST_SECOND = 2 ** 32 - 1;

/** Positions are read as long as the order's end still fits its limit. */
const POSITIONS_LIMIT = ORDER_LIMIT - ORDER_END;

/** One side of a fill: an account, and its position in the instrument. */
interface Party {
  readonly record: AccountRecord;
  lots: number;
}

/** What an order works on while it is matched. */
interface Match {
  readonly step: Step;
  readonly order: Order;
  readonly instrument: InstrumentRecord;
  readonly mark: MarkRecord;
  /** Cash for one lot and one rank of price. */
  readonly tickValue: number;
  readonly taker: Party;
  readonly takerLotsBefore: number;
  /** The taker's other positions, read when the first maker is met. */
  takerPortfolio: Portfolio | undefined;
  openInterest: number;
  remaining: number;
  /** Whether anything in the state has changed yet. */
  changed: boolean;
}

/** Executes an order: judges it, matches it in price-time priority, and lets a good-till-cancelled remainder rest. */
export function order(step: Step, transaction: Order): ReasonCode {
  const { account, instrument: number, side, clientOrderId } = transaction;
  if (
    transaction.timeInForce > TimeInForce.immediateOrCancel ||
    transaction.options !== 0 ||
    transaction.priceRank === 0 ||
    transaction.lots === 0
  ) {
    return Reason.MalformedOrder;
  }
  const admission = admit(step, transaction);
  if (admission.reason !== Reason.Ok) return admission.reason;
  const taker = admission.account!;

  const instrumentValue = step.store.get(instrumentKey(number));
  if (instrumentValue === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(instrumentValue);
  if (instrument.expiry !== 0 && step.global.time >= instrument.expiry) return Reason.InstrumentExpired;
  const markValue = step.store.get(markKey(number));
  if (markValue === undefined) return Reason.InstrumentNotMarked;
  const tickValue = Number((BigInt(instrument.tick) * BigInt(instrument.lot)) / priceQuantityPerCash);
  // Products of positive integers in doubles: monotone, and exact wherever they are at most 2^53.
  if (
    transaction.priceRank * instrument.tick >= MAX_PRICE ||
    transaction.priceRank * tickValue * transaction.lots > MAX_ORDER_VALUE
  ) {
    return Reason.ValueOutOfRange;
  }
  const { index } = decodeUnderlying(step.store.get(underlyingKey(instrument.underlying))!);
  const notional = BigInt(transaction.lots) * BigInt(instrument.lot) * BigInt(index);
  if (notional < BigInt(instrument.minimumNotional) * priceQuantityPerCash) return Reason.BelowMinimumNotional;
  if (findOrder(step, account, clientOrderId) !== undefined) return Reason.DuplicateClientOrderId;
  const mayRest = transaction.timeInForce === TimeInForce.goodTilCancelled;
  if (mayRest && taker.restingOrders >= MAX_RESTING_ORDERS) return Reason.TooManyRestingOrders;

  const takerLotsBefore = readPosition(step, account, number);
  const match: Match = {
    step,
    order: transaction,
    instrument,
    mark: decodeMark(markValue),
    tickValue,
    taker: { record: taker, lots: takerLotsBefore },
    takerLotsBefore,
    takerPortfolio: undefined,
    openInterest: instrument.openInterest,
    remaining: transaction.lots,
    changed: false,
  };
  const stop = matchBook(match);

  if (match.remaining > 0 && stop === undefined && mayRest) {
    restOrder(step, number, side, transaction.priceRank, {
      account,
      clientOrderId,
      lots: match.remaining,
      goodTill: goodTillOf(transaction),
      era: step.global.era,
    });
    taker.restingOrders++;
    match.changed = true;
    const { priceRank } = transaction;
    step.events.push({
      type: "rested",
      account,
      clientOrderId,
      instrument: number,
      side,
      priceRank,
      lots: match.remaining,
    });
  } else if (match.remaining > 0) {
    if (!match.changed) return reasonOfStop(stop);
    const cause = stop ?? "immediate-or-cancel";
    step.events.push({ type: "remainderCancelled", account, clientOrderId, lots: match.remaining, cause });
  }
  if (match.taker.lots !== takerLotsBefore) writePosition(step, account, number, takerLotsBefore, match.taker);
  if (match.openInterest !== instrument.openInterest) {
    step.store.put(instrumentKey(number), encodeInstrument({ ...instrument, openInterest: match.openInterest }));
  }
  useNonce(step, transaction);
  writeAccount(step, account, taker);
  return Reason.Ok;
}

/** When an order that rests dies by itself: some minutes after its admission deadline; 0 for never. */
function goodTillOf({ deadline, restMinutes }: Order): number {
  return restMinutes === 0 ? 0 : Math.min(deadline + 60 * restMinutes, LAST_SECOND);
}

function reasonOfStop(stop: RemainderCause | undefined): ReasonCode {
  switch (stop) {
    case "margin":
      return Reason.InsufficientMargin;
    case "positions":
      return Reason.TooManyPositions;
    case "range":
      return Reason.ValueOutOfRange;
    case "limit":
      return Reason.ExceedsLimit;
    default:
      return Reason.NotFilled;
  }
}

function readPosition(step: Step, account: Order["account"], instrument: InstrumentNumber): number {
  const value = step.store.get(positionKey(account, instrument));
  return value === undefined ? 0 : decodePosition(value);
}

/** Writes a changed position and counts it in or out of the account's record. */
function writePosition(
  step: Step,
  account: Order["account"],
  instrument: InstrumentNumber,
  before: number,
  party: Party,
) {
  const key = positionKey(account, instrument);
  if (party.lots === 0) {
    step.store.delete(key);
    party.record.positions--;
  } else {
    step.store.put(key, encodePosition(party.lots));
    if (before === 0) party.record.positions++;
  }
}

/**
 * Fills the order against the best orders of the other side, one after the other, until nothing is left, nothing
 * crosses, or a rule stops it.
 * @returns why the rest may neither be filled nor rest; undefined where it may
 */
function matchBook(match: Match): RemainderCause | undefined {
  const { step, order: taker } = match;
  const makerSide = taker.side === Side.buy ? Side.sell : Side.buy;
  while (match.remaining > 0) {
    if (step.store.transactionMeter + MAKER_BASE + ORDER_END > ORDER_LIMIT) return "limit";
    const resting = bestOrder(step, taker.instrument, makerSide);
    if (resting === undefined) return undefined;
    const crosses = taker.side === Side.buy ? resting.rank <= taker.priceRank : resting.rank >= taker.priceRank;
    if (!crosses) return undefined;
    if (resting.account === taker.account) {
      dropOrder(step, taker.instrument, resting, match.taker.record, "self-trade");
      match.changed = true;
      continue;
    }
    const maker = readKnownAccount(step, resting.account);
    const death = causeOfDeath(step, resting);
    if (death !== undefined) {
      dropMaker(match, resting, maker, death);
      continue;
    }
    const stop = fill(match, resting, maker);
    if (stop !== undefined) return stop;
  }
  return undefined;
}

function causeOfDeath(step: Step, resting: RestingOrder): CancelCause | undefined {
  if (resting.goodTill !== 0 && resting.goodTill < step.global.time) return "expired";
  if (resting.era !== step.global.era) return "era";
  return undefined;
}

function dropMaker(match: Match, resting: RestingOrder, maker: AccountRecord, cause: CancelCause): void {
  dropOrder(match.step, match.order.instrument, resting, maker, cause);
  writeAccount(match.step, resting.account, maker);
  match.changed = true;
}

/** A share of a value in millionths, rounded up: fees round against who pays them. */
function feeCeil(value: number, rate: number): number {
  return Number((BigInt(value) * BigInt(rate) + FEE_SCALE - 1n) / FEE_SCALE);
}

/**
 * Fills the order against one maker as far as both sizes allow, if both have the margin for it. A maker that has not is
 * cancelled for a small fee; a taker that has not is stopped.
 * @returns why the taker is stopped; undefined where matching goes on
 */
function fill(match: Match, resting: RestingOrder, maker: AccountRecord): RemainderCause | undefined {
  const { step, order: taker, instrument, mark } = match;
  step.store.charge(FILL_EVENT);
  const size = Math.min(match.remaining, resting.lots);
  const value = resting.rank * match.tickValue * size;
  const takerFee = feeCeil(value, instrument.takerFeeRate);
  const makerFee = feeCeil(value, instrument.makerFeeRate);
  const direction = taker.side === Side.buy ? 1 : -1;

  const takerLots = match.taker.lots + direction * size;
  const takerCash = (match.taker.record.cash - direction * value - takerFee) as Cash;
  const insurance = step.global.insurance + takerFee + makerFee;
  if (!isWithinRange(takerLots, takerCash) || insurance > MAX_CASH) return "range";
  if (match.takerLotsBefore === 0 && match.taker.record.positions >= MAX_POSITIONS) return "positions";
  match.takerPortfolio ??= readPortfolio(step, taker.account, taker.instrument, POSITIONS_LIMIT);
  if (match.takerPortfolio === undefined) return "limit";
  if (!meetsInitialMargin(step, withPosition(match.takerPortfolio, mark, takerLots), takerCash)) return "margin";

  const makerLotsBefore = readPosition(step, resting.account, taker.instrument);
  const makerLots = makerLotsBefore - direction * size;
  const makerCash = (maker.cash + direction * value - makerFee) as Cash;
  if (!isWithinRange(makerLots, makerCash)) {
    dropMaker(match, resting, maker, "range");
    return undefined;
  }
  if (makerLotsBefore === 0 && maker.positions >= MAX_POSITIONS) {
    dropMaker(match, resting, maker, "positions");
    return undefined;
  }
  const makerPortfolio = readPortfolio(step, resting.account, taker.instrument, POSITIONS_LIMIT);
  if (makerPortfolio === undefined) return "limit";
  if (!meetsInitialMargin(step, withPosition(makerPortfolio, mark, makerLots), makerCash)) {
    const fee = Math.min(UNDER_MARGINED_MAKER_FEE, Math.max(maker.cash, 0), MAX_CASH - step.global.insurance);
    maker.cash = (maker.cash - fee) as Cash;
    step.global.insurance = (step.global.insurance + fee) as Cash;
    dropMaker(match, resting, maker, "margin");
    return undefined;
  }

  const openInterest =
    match.openInterest + longChange(match.taker.lots, takerLots) + longChange(makerLotsBefore, makerLots);
  if (openInterest > MAX_OPEN_INTEREST) return "range";

  match.openInterest = openInterest;
  match.taker.lots = takerLots;
  match.taker.record.cash = takerCash;
  maker.cash = makerCash;
  step.global.insurance = insurance as Cash;
  writePosition(step, resting.account, taker.instrument, makerLotsBefore, { record: maker, lots: makerLots });
  if (size === resting.lots) {
    removeOrder(step, resting.key, resting);
    maker.restingOrders--;
  } else {
    step.store.put(resting.key, encodeBookRecord({ ...resting, lots: resting.lots - size }));
  }
  writeAccount(step, resting.account, maker);
  match.remaining -= size;
  match.changed = true;
  step.events.push({
    type: "fill",
    instrument: taker.instrument,
    taker: taker.account,
    takerClientOrderId: taker.clientOrderId,
    maker: resting.account,
    makerClientOrderId: resting.clientOrderId,
    side: taker.side,
    priceRank: resting.rank,
    lots: size,
    value: value as Cash,
    takerFee: takerFee as Cash,
    makerFee: makerFee as Cash,
  });
  return undefined;
}

function isWithinRange(lots: number, cash: number): boolean {
  return Math.abs(lots) <= MAX_POSITION_LOTS && Math.abs(cash) <= MAX_CASH;
}

/** By how much the lots held long change when a position does. */
function longChange(before: number, after: number): number {
  return Math.max(after, 0) - Math.max(before, 0);
}
