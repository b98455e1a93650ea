import {
  type InstrumentNumber,
  MAX_ORDER_VALUE,
  MAX_PRICE,
  type PriceRank,
  priceQuantityPerCash,
  Reason,
  type ReasonCode,
} from "@recourse/protocol";
import { type Band, priceBand } from "./band.ts";
import { instrumentKey, marketKey, parametersKey, underlyingKey } from "./keys.ts";
import { isTooOld, type UnderlyingIndex } from "./margin.ts";
import {
  decodeInstrument,
  decodeMarket,
  decodeParameters,
  decodeUnderlying,
  type InstrumentRecord,
  type MarketRecord,
} from "./records.ts";
import type { Step } from "./step.ts";

/** An instrument that may be traded now, for the transactions that name several: the legs of a block, quotes. */
export interface Tradable {
  readonly instrument: InstrumentRecord;
  readonly market: MarketRecord;
  readonly underlying: UnderlyingIndex;
  /** Cash for one lot and one rank of price. */
  readonly tickValue: number;
  readonly band: Band;
}

/** For how long a mark serves after its report, in seconds. */
export function readMaxMarkAge(step: Step): number {
  // INVARIANT: the parameters record is part of the genesis and never removed.
  return decodeParameters(step.store.get(parametersKey)!).maxMarkAgeSeconds;
}

/** Reads an instrument and its market, or says why it cannot be traded. */
export function readTradable(step: Step, number: InstrumentNumber, maxMarkAgeSeconds: number): Tradable | ReasonCode {
  const value = step.store.get(instrumentKey(number));
  if (value === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(value);
  if (instrument.expiry !== 0 && step.global.time >= instrument.expiry) return Reason.InstrumentExpired;
  const marketValue = step.store.get(marketKey(number));
  if (marketValue === undefined) return Reason.InstrumentNotMarked;
  const market = decodeMarket(marketValue);
  if (isTooOld(market.reportTime, step.global.time, maxMarkAgeSeconds)) return Reason.MarkTooOld;
  // INVARIANT: an instrument is listed only on an underlying that is, and underlyings are never removed.
  const underlying = decodeUnderlying(step.store.get(underlyingKey(instrument.underlying))!);
  const tickValue = Number((BigInt(instrument.tick) * BigInt(instrument.lot)) / priceQuantityPerCash);
  return { instrument, market, underlying, tickValue, band: priceBand(market, underlying.index, tickValue) };
}

/** Whether so many lots may be traded at a price: their value and their size. */
export function judgeTerms({ instrument, underlying, tickValue }: Tradable, rank: PriceRank, lots: number): ReasonCode {
  // Products of positive integers in doubles: monotone, and exact wherever they are at most 2^53.
  if (rank * instrument.tick >= MAX_PRICE || rank * tickValue * lots > MAX_ORDER_VALUE) return Reason.ValueOutOfRange;
  const notional = BigInt(lots) * BigInt(instrument.lot) * BigInt(underlying.index);
  return notional < BigInt(instrument.minimumNotional) * priceQuantityPerCash ? Reason.BelowMinimumNotional : Reason.Ok;
}
