/** What the engine makes of an instrument at a stated market, in finer units than a rollup's. */
import {
  type MarketRecord,
  PRICE_LIMIT,
  type RiskArray,
  type RiskInput,
  riskArray,
  SECONDS_PER_YEAR,
  type Surface,
} from "@recourse/engine";
import {
  formatExpiryDate,
  InstrumentKind,
  type Price,
  priceDecimals,
  priceQuantityPerNanoUsd,
  quantity,
  quantityDecimals,
  RecourseError,
  type Seconds,
  seconds,
  surfaceDecimals,
  type UnderlyingNumber,
} from "@recourse/protocol";
import { countOf, type Decimal } from "@recourse/sdk/greeks";
import type { Position, Underlying } from "./portfolio.ts";

/** The number of the only underlying in each of the engine's portfolios here. */
export const ANY_NUMBER = 1 as UnderlyingNumber;

/** One unit of the underlying. */
const ONE_UNIT = 10n ** BigInt(quantityDecimals);

/** The greatest power of ten by which all prices of an underlying can be multiplied within the engine's range. */
export function priceScale({ index, perpetual, expiries }: Underlying, positions: readonly Position[]): number {
  const strikes = positions.map(({ terms }) => ({ count: BigInt(terms.strike), decimals: priceDecimals }));
  const reported = [...expiries.values()].flatMap((expiry) => [expiry.forward, expiry.index]);
  const prices = [index, perpetual.index, ...reported, ...strikes];
  const fits = (scale: number) => prices.every((price) => countOf(price, priceDecimals + scale) < PRICE_LIMIT);
  let scale = 0;
  while (fits(scale + 1)) scale++;
  return scale;
}

export function scaled(price: Decimal, scale: number, field: string): bigint {
  const count = countOf(price, priceDecimals + scale);
  if (count > 0n) return count;
  throw new RecourseError("MarkOutOfRange", "Prices of one underlying are too far apart to be valued together.", [
    { field, expected: "at least 1e-15 of the underlying's greatest price" },
  ]);
}

/** How and when positions are valued. */
export interface Valuation {
  /** All prices are multiplied by this power of ten. */
  readonly scale: number;
  readonly time: Seconds;
}

/** What one unit of an instrument is worth, and what it loses in each scenario, at scaled prices. */
export function marketOf({ terms }: Position, underlying: Underlying, { scale, time }: Valuation): MarketRecord {
  const { symbol, kind, strike, expiry } = terms;
  const path = `underlyings.${symbol}`;
  const unit = { kind, strike: BigInt(strike) * 10n ** BigInt(scale), lot: ONE_UNIT, expiry: BigInt(expiry) };
  if (kind === InstrumentKind.perpetual) {
    const { mark, index, age } = underlying.perpetual;
    const reported = scaled(index, scale, `${path}.perpetual.index`);
    const array = arrayOf({ ...unit, ...noSmile, index: reported, forward: 0n, time: BigInt(time) });
    const value = (countOf(mark, priceDecimals + scale) * ONE_UNIT) / priceQuantityPerNanoUsd;
    return marketRecord({ ...array, mark: value }, kind, reported, seconds(time - age), time);
  }
  const day = formatExpiryDate(expiry);
  const { forward, index, age, volatility } = underlying.expiries.get(day)!;
  const reportTime = seconds(time - age);
  const field = `${path}.expiries.${day}`;
  const array = arrayOf({
    ...unit,
    ...smileOf(volatility, expiry, reportTime),
    index: 0n,
    forward: scaled(forward, scale, `${field}.forward`),
    time: BigInt(time),
  });
  return marketRecord(array, kind, scaled(index, scale, `${field}.index`), reportTime, time);
}

/** Prices, times and surfaces are within the engine's ranges by now. */
function arrayOf(input: RiskInput): RiskArray {
  // INVARIANT: 2^53 hundred-millionths of a dollar for one unit are less than what a mark or a loss may be.
  return riskArray(input)!;
}

function marketRecord(array: RiskArray, kind: number, index: bigint, reportTime: Seconds, time: Seconds): MarketRecord {
  return {
    ...array,
    underlying: ANY_NUMBER,
    kind,
    time,
    reportTime,
    index: Number(index) as Price,
    lot: quantity(Number(ONE_UNIT)),
    openInterest: 0,
    houseLots: 0,
    fundingIndex: 0n,
  };
}

const flatSurface = (a: bigint): Surface => ({ a, b: 0n, rho: 0n, m: 0n, sigma: 0n });

/** What a perpetual has for a smile. */
const noSmile: Pick<RiskInput, "surface" | "reportTime"> = { surface: flatSurface(0n), reportTime: 0n };

/**
 * A smile and the time since when it counts. Total variance has 15 decimals, which would be few for the last hour of an
 * option; so a flat volatility is stated as what a year up to the expiry has, which is the same volatility.
 */
function smileOf(
  volatility: Decimal | Surface,
  expiry: Seconds,
  reportTime: Seconds,
): Pick<RiskInput, "surface" | "reportTime"> {
  if (!("count" in volatility)) return { surface: volatility, reportTime: BigInt(reportTime) };
  const variance = { count: volatility.count ** 2n, decimals: 2 * volatility.decimals };
  return {
    surface: flatSurface(countOf(variance, surfaceDecimals)),
    reportTime: BigInt(expiry) - SECONDS_PER_YEAR,
  };
}
