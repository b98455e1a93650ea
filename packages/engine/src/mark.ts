import {
  InstrumentKind,
  type InstrumentNumber,
  MARK_EVENT,
  MAX_LOSS_PER_LOT,
  type Mark,
  type Price,
  priceQuantityPerNanoUsd,
  Reason,
  type ReasonCode,
  SETTLED_TIME,
  type Seconds,
} from "@recourse/protocol";
import { indexValue } from "./arithmetic.ts";
import { isFundWithinRange, settleFund } from "./fund.ts";
import { accrueFunding, averagePremium, clampTo, FUNDING_INDEX_LIMIT, type Funding } from "./funding.ts";
import { expiryKey, instrumentKey, marketKey, premiumKey, underlyingKey } from "./keys.ts";
import { observePremium, premiumLimit } from "./premium.ts";
import {
  decodeExpiry,
  decodeInstrument,
  decodeMarket,
  decodePremium,
  decodeUnderlying,
  type ExpiryRecord,
  encodeMarket,
  encodePremium,
  type InstrumentRecord,
  type MarketRecord,
  type PremiumRecord,
} from "./records.ts";
import { type RiskArray, type RiskInput, riskArray, scenarios, VALUE_LIMIT } from "./riskArray.ts";
import { type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";

/** Losses and gaps lie below this in magnitude. */
const STORED_LIMIT = BigInt(MAX_LOSS_PER_LOT);

/** What a mark is made from, and of. */
interface Marking {
  readonly step: Step;
  readonly number: InstrumentNumber;
  readonly instrument: InstrumentRecord;
  /** As it was before; undefined at the first mark. */
  readonly market: MarketRecord | undefined;
}

/** What a mark says of an instrument; the rest of its market stays as it is. */
interface Marked extends RiskArray {
  readonly index: Price;
  readonly reportTime: Seconds;
}

/**
 * Marks an instrument: its value, its delta, its loss in each scenario. From the newest report, for a perpetual with what
 * its book says as well; an expired option from its settlement price, once and for good. Anyone may.
 */
export function mark(step: Step, { instrument: number }: Mark): ReasonCode | NextChunk {
  const value = step.store.get(instrumentKey(number));
  if (value === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(value);
  if (instrument.kind === InstrumentKind.perpetual) return markPerpetual(step, number, instrument);
  // INVARIANT: an expiry's record is there as long as an instrument is.
  const expiry = decodeExpiry(step.store.get(expiryKey(instrument.underlying, instrument.expiry))!);
  const hasExpired = step.global.time >= instrument.expiry;
  if (hasExpired && expiry.settlement === 0) return Reason.InstrumentExpired;
  if (!hasExpired && expiry.time === 0) return Reason.NothingToMarkFrom;
  const marking = { step, number, instrument, market: readMarketBefore(step, number) };
  return hasExpired ? markSettled(marking, expiry.settlement) : markOption(marking, expiry);
}

function readMarketBefore(step: Step, number: InstrumentNumber): MarketRecord | undefined {
  const value = step.store.get(marketKey(number));
  return value && decodeMarket(value);
}

/** An option is worth what Black's formula makes of its surface. */
function markOption(marking: Marking, expiry: ExpiryRecord): ReasonCode {
  const array = arrayOf(marking, {
    index: 0n,
    forward: BigInt(expiry.forward),
    surface: expiry,
    reportTime: expiry.time,
  });
  if (array === undefined) return Reason.MarkOutOfRange;
  return writeMarket(marking, { ...array, index: expiry.index, reportTime: expiry.time });
}

/** An expired option is worth what it pays; it has no risk any more, and its mark never grows old. */
function markSettled(marking: Marking, settlement: Price): ReasonCode {
  const { instrument, market } = marking;
  if (market === undefined) return Reason.InstrumentExpired;
  if (market.reportTime === SETTLED_TIME) return Reason.AlreadySettled;
  const inTheMoney = settlement - instrument.strike;
  const payoff = Math.max(instrument.kind === InstrumentKind.call ? inTheMoney : -inTheMoney, 0);
  const value = indexValue(payoff, instrument.lot);
  if (value >= VALUE_LIMIT) return Reason.MarkOutOfRange;
  const losses = scenarios.map(() => 0n);
  const reportTime = SETTLED_TIME as Seconds;
  return writeMarket(marking, { mark: value, delta: 0n, gap: 0n, losses, index: settlement, reportTime });
}

/**
 * A perpetual is worth its index and the average premium at which it trades, which is clamped: a book is made by those
 * who trade in it, and may move the mark only so far. Its losses are those of the index. Funding is paid for the premium.
 */
function markPerpetual(step: Step, number: InstrumentNumber, instrument: InstrumentRecord): ReasonCode | NextChunk {
  // INVARIANT: an instrument is listed only on an underlying that is, and underlyings are never removed.
  const { index, indexTime } = decodeUnderlying(step.store.get(underlyingKey(instrument.underlying))!);
  if (indexTime === 0) return Reason.NothingToMarkFrom;
  const marking = { step, number, instrument, market: readMarketBefore(step, number) };
  const { time } = step.global;
  const premiumValue = step.store.get(premiumKey(number));
  const before: PremiumRecord =
    premiumValue === undefined ? { time, premium: 0n, average: 0n, hourSum: 0n } : decodePremium(premiumValue);
  const array = arrayOf(marking, { index: BigInt(index), forward: 0n, surface: flat, reportTime: indexTime });
  if (array === undefined) return Reason.MarkOutOfRange;
  // One observation for each report: nobody who sends marks chooses at which moments the book is looked at.
  const isFresh = marking.market === undefined || marking.market.reportTime < indexTime;
  const observed = isFresh ? observePremium(step, number, instrument, marking.market, index) : before.premium;
  if (observed === "chunk") return nextChunk;

  const average = averagePremium(before, time);
  const { hourSum, funding } = accrueFunding(before, time, index, instrument.lot);
  // Half a percent of the index at most, so this is positive.
  const price = BigInt(index) + clampTo(average, BigInt(premiumLimit(index)));
  const value = (price * BigInt(instrument.lot)) / priceQuantityPerNanoUsd;
  if (value >= VALUE_LIMIT) return Reason.MarkOutOfRange;
  const reason = writeMarket(marking, { ...array, mark: value, index, reportTime: indexTime }, funding);
  if (reason === Reason.Ok)
    step.store.put(premiumKey(number), encodePremium({ time, premium: observed, average, hourSum }));
  return reason;
}

/** What stands for the surface that a perpetual has not. */
const flat = { a: 0n, b: 0n, rho: 0n, m: 0n, sigma: 0n };

/** The risk array of an instrument by what was reported, if it can be stored. */
function arrayOf(
  { step, instrument }: Marking,
  { reportTime, ...reported }: Pick<RiskInput, "index" | "forward" | "surface"> & { readonly reportTime: Seconds },
): RiskArray | undefined {
  step.store.charge(MARK_EVENT);
  const array = riskArray({
    ...reported,
    kind: instrument.kind,
    strike: BigInt(instrument.strike),
    lot: BigInt(instrument.lot),
    reportTime: BigInt(reportTime),
    expiry: BigInt(instrument.expiry),
    time: BigInt(step.global.time),
  });
  const isStorable =
    array !== undefined &&
    array.gap < STORED_LIMIT &&
    array.losses.every((loss) => loss < STORED_LIMIT && loss >= -STORED_LIMIT);
  return isStorable ? array : undefined;
}

/** Writes a market with its new mark, and what the fund's claims make of the house's lots and of funding. */
function writeMarket({ step, number, instrument, market }: Marking, marked: Marked, funding?: Funding): ReasonCode {
  const { openInterest, houseLots, fundingIndex: paid, mark: markBefore } = market ?? newMarket;
  const fundingIndex = paid + (funding?.perLot ?? 0n);
  if (fundingIndex >= FUNDING_INDEX_LIMIT || fundingIndex <= -FUNDING_INDEX_LIMIT) return Reason.MarkOutOfRange;
  // Of what positions owe, what the house would owe is owed to the fund by the others: their lots and its are zero in sum.
  const claims = step.global.claims + BigInt(houseLots) * (marked.mark - markBefore - (fundingIndex - paid));
  if (!isFundWithinRange(step.global.insurance, claims)) return Reason.MarkOutOfRange;
  step.global.claims = claims;
  settleFund(step.global);
  const { underlying, kind, lot } = instrument;
  const { time } = step.global;
  const record = { ...marked, underlying, kind, time, lot, openInterest, houseLots, fundingIndex };
  step.store.put(marketKey(number), encodeMarket(record));
  step.events.push({ type: "marked", instrument: number });
  if (funding !== undefined) {
    step.events.push({ type: "fundingAccrued", instrument: number, rate: funding.rate, fundingIndex });
  }
  return Reason.Ok;
}

/** A market before its first mark. */
const newMarket = { openInterest: 0, houseLots: 0, fundingIndex: 0n, mark: 0n };
