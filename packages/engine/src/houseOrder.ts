import {
  type Cash,
  HOUSE_ORDER_LIMIT,
  type HouseOrder,
  InstrumentKind,
  MAX_CASH,
  MAX_ORDER_VALUE,
  MAX_POSITION_LOTS,
  MAX_POSITIONS,
  MAX_PRICE,
  nanoUsdPerCash,
  ORDER_END,
  type Price,
  Reason,
  type ReasonCode,
  Side,
} from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { indexValue } from "./arithmetic.ts";
import { writeAccount } from "./book.ts";
import type { EngineEvent } from "./events.ts";
import { adjustTotals, isFundWithinRange } from "./fund.ts";
import { cashValue, closeFund, marketWithHouse, openFund, payFunding, takeIntoHouse } from "./house.ts";
import { marketKey, positionKey } from "./keys.ts";
import { isFreshMark, judgeTrade, readPortfolio } from "./margin.ts";
import { decodePosition, encodeMarket, encodePosition, type MarketRecord } from "./records.ts";
import { type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { readMaxMarkAge, readTradable } from "./tradable.ts";

/** The house gives way by a thousandth of what delta is worth at the index, but by no more than a twentieth of the mark. */
const CONCESSION_OF_MARK = 20n;
/** A thousandth, and 1e11 from delta × index (1e-20 USD) to nano-USD. */
const CONCESSION_OF_DELTA = 1000n * 10n ** 11n;

/**
 * What the house asks for a lot, or pays for one that it is short of, in nano-USD: its mark less, or plus, a concession
 * that makes it worth somebody's while. By delta that is always less than the penalty of which the house got it: the
 * minimum margin of what was taken over is at least 0.5 % of its gross delta, so the penalty is 0.175 %, however well it was
 * hedged. A perpetual's mark follows its book; whoever moves that for a while shall not
 * gain by it, so the house sells none below the index and buys none above it but for the concession.
 * @param index the underlying's, as the oracle last said, in 1e-8 USD
 * @param side of who deals with the house
 */
export function housePrice({ kind, mark, lot, delta }: MarketRecord, index: Price, side: number): bigint {
  const atIndex = indexValue(index, lot);
  const ofDelta = ((delta < 0n ? -delta : delta) * BigInt(index)) / CONCESSION_OF_DELTA;
  const ofMark = mark / CONCESSION_OF_MARK;
  const concession = ofDelta < ofMark ? ofDelta : ofMark;
  const isPerpetual = kind === InstrumentKind.perpetual;
  if (side === Side.buy) return (isPerpetual && atIndex > mark ? atIndex : mark) - concession;
  return (isPerpetual && atIndex < mark ? atIndex : mark) + concession;
}

/** Executes an order against what the house holds, at the house's price, as far as that goes and without a fee. */
export function houseOrder(step: Step, transaction: HouseOrder): ReasonCode | NextChunk {
  const { account: number, instrument: instrumentNumber, side, priceRank } = transaction;
  if (side > Side.sell || priceRank === 0 || transaction.lots === 0) return Reason.MalformedOrder;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const record = account!;
  const maxMarkAgeSeconds = readMaxMarkAge(step);
  const tradable = readTradable(step, instrumentNumber, maxMarkAgeSeconds);
  if (typeof tradable === "number") return tradable;
  const { instrument, market, tickValue, underlying } = tradable;
  // The house deals only on marks of the newest reports: who knows a newer one shall not choose an older.
  if (!isFreshMark(market, underlying, step.global.time, maxMarkAgeSeconds)) return Reason.MarkTooOld;

  const direction = side === Side.buy ? 1 : -1;
  const size = Math.min(transaction.lots, direction * market.houseLots);
  if (size <= 0) return Reason.NoHouseInventory;
  const price = housePrice(market, underlying.index, side);
  if (priceRank * instrument.tick >= MAX_PRICE || priceRank * tickValue * transaction.lots > MAX_ORDER_VALUE) {
    return Reason.ValueOutOfRange;
  }
  const limitPrice = BigInt(priceRank * tickValue) * nanoUsdPerCash;
  if (side === Side.buy ? limitPrice < price : limitPrice > price) return Reason.NotFilled;
  // Rounded against who deals with the house: what is paid up, what is got down.
  const paid = -cashValue(-direction * size, price);

  const fund = openFund(step.global);
  const positionValue = step.store.get(positionKey(number, instrumentNumber));
  const position = positionValue === undefined ? undefined : decodePosition(positionValue);
  const lotsBefore = position?.lots ?? 0;
  const lots = lotsBefore + direction * size;
  const holder = { account: number, instrument: instrumentNumber };
  const events: EngineEvent[] = [];
  const funding = position === undefined ? 0n : payFunding(fund, events, holder, market, position);
  const cashBefore = BigInt(record.cash) - funding;
  const cash = cashBefore - paid;
  takeIntoHouse(fund, market, -direction * size, -paid);
  if (Math.abs(lots) > MAX_POSITION_LOTS || !isCash(cashBefore) || !isCash(cash)) return Reason.ValueOutOfRange;
  if (!isFundWithinRange(fund.insurance, fund.claims)) return Reason.ValueOutOfRange;
  if (lotsBefore === 0 && record.positions >= MAX_POSITIONS) return Reason.TooManyPositions;
  const portfolio = readPortfolio(step, number, [instrumentNumber], ORDER_END, HOUSE_ORDER_LIMIT);
  if (portfolio === "limit") return Reason.ExceedsLimit;
  if (portfolio === "chunk") return nextChunk;
  const before = { lots: lotsBefore, cash: Number(cashBefore) as Cash };
  const after = { lots, cash: Number(cash) as Cash };
  const { failure, evaluation } = judgeTrade(step, portfolio, { market, underlying, maxMarkAgeSeconds }, before, after);
  if (failure !== undefined) return failure === "stale" ? Reason.MarkTooOld : Reason.InsufficientMargin;

  record.cash = after.cash;
  if (lotsBefore === 0) record.positions++;
  if (lots === 0) record.positions--;
  adjustTotals(step.global, record, evaluation.initialMargin, evaluation.notional);
  closeFund(step.global, fund);
  const key = positionKey(number, instrumentNumber);
  if (lots !== 0) step.store.put(key, encodePosition(lots, market.fundingIndex));
  step.store.put(marketKey(instrumentNumber), encodeMarket(marketWithHouse(market, lotsBefore, lots)));
  if (lots === 0) step.store.delete(key);
  useNonce(step, transaction);
  writeAccount(step, number, record);
  const value = Number(side === Side.buy ? paid : -paid) as Cash;
  step.events.push(...events, { type: "houseTrade", ...holder, side, lots: size, price, value });
  return Reason.Ok;
}

const isCash = (cash: bigint): boolean => cash <= MAX_CASH && cash >= -MAX_CASH;
