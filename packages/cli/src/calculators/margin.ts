/** The engine's portfolio margin of positions that need not be in any state. */
import {
  addPosition,
  emptyExposure,
  emptyPortfolio,
  type MarketRecord,
  PRICE_LIMIT,
  type RiskInput,
  riskArray,
  SECONDS_PER_YEAR,
  type Surface,
  underlyingMargin,
} from "@recourse/engine";
import {
  formatExpiryDate,
  InstrumentKind,
  nanoUsdDecimals,
  type Price,
  price,
  priceDecimals,
  quantity,
  quantityDecimals,
  RecourseError,
  type Seconds,
  surfaceDecimals,
  type UnderlyingNumber,
} from "@recourse/protocol";
import { countOf, type Decimal, sum } from "@recourse/sdk/greeks";
import type { Portfolio, Position, Underlying } from "./portfolio.ts";

/** Exact decimal numbers, in USD but for `delta`. */
export interface UnderlyingResult {
  /** The greatest weighted loss over the scenarios, at least 0. */
  readonly scan: Decimal;
  /** The scenario of that loss. */
  readonly worstScenario: number;
  /** 2 % of the net delta and 1 % of the hedged delta, times the index. */
  readonly minDelta: Decimal;
  /** The greater of the two: the underlying's part of initial margin. */
  readonly net: Decimal;
  /** Σ size × delta to the forward, in units of the underlying. */
  readonly delta: Decimal;
  /** The weighted loss in each of the engine's scenarios; a gain is negative. */
  readonly losses: readonly Decimal[];
}

export interface MarginResult {
  /** Cash and the positions at their marks. */
  readonly equity: Decimal;
  readonly initialMargin: Decimal;
  readonly maintenanceMargin: Decimal;
  readonly underlyings: ReadonlyMap<string, UnderlyingResult>;
}

/**
 * Computes equity and margin with the engine's own risk arrays and sums.
 * @throws RecourseError `MarkOutOfRange` where prices are too far apart for one another
 */
export function portfolioMargin(portfolio: Portfolio): MarginResult {
  const underlyings = new Map<string, UnderlyingResult>();
  const values = [portfolio.cash];
  for (const [symbol, underlying] of portfolio.underlyings) {
    const positions = portfolio.positions.filter(({ terms }) => terms.symbol === symbol);
    const { value, ...result } = marginOf(symbol, underlying, positions, portfolio.time);
    underlyings.set(symbol, result);
    values.push(value);
  }
  const initialMargin = sum([...underlyings.values()].map(({ net }) => net));
  const maintenanceMargin = { count: 5n * initialMargin.count, decimals: initialMargin.decimals + 1 };
  return { equity: sum(values), initialMargin, maintenanceMargin, underlyings };
}

/** The number of the only underlying in each of the engine's portfolios here. */
const ANY_NUMBER = 1 as UnderlyingNumber;

/** One unit of the underlying. */
const ONE_UNIT = 10n ** BigInt(quantityDecimals);

/**
 * The margin of one underlying. The engine rounds each loss to a billionth of a dollar a lot, which is much for what costs
 * little. Margin grows in proportion to prices and to sizes, so the units are chosen finer here: prices are multiplied
 * by the power of ten that fills the engine's range, the lot that is valued is one unit of the underlying, and sizes count
 * hundred-millionths of it.
 */
function marginOf(
  symbol: string,
  underlying: Underlying,
  positions: readonly Position[],
  time: Seconds,
): UnderlyingResult & { readonly value: Decimal } {
  const scale = priceScale(underlying, positions);
  const index = scaled(underlying.index, scale, `underlyings.${symbol}.index`);
  const portfolio = emptyPortfolio();
  const newest = { index: Number(index) as Price, indexTime: time };
  for (const position of positions) {
    const mark = markOf(position, underlying, { scale, index, time });
    addPosition(portfolio, mark, countOf(position.size, quantityDecimals), 0n, newest);
  }
  const exposure = portfolio.exposures[0] ?? emptyExposure(ANY_NUMBER, newest);
  const { scan, minimumDelta, worstScenario } = underlyingMargin(exposure, time);
  const usd = (count: bigint): Decimal => ({ count, decimals: nanoUsdDecimals + quantityDecimals + scale });
  return {
    scan: usd(scan),
    worstScenario,
    minDelta: usd(minimumDelta),
    net: usd(scan > minimumDelta ? scan : minimumDelta),
    delta: { count: exposure.netDelta, decimals: DELTA_DECIMALS + quantityDecimals },
    losses: exposure.losses.all().map(usd),
    value: usd(portfolio.value),
  };
}

/** The engine's delta per lot is in 1e-12 of the underlying. */
const DELTA_DECIMALS = 12;

/** The greatest power of ten by which all prices of an underlying can be multiplied within the engine's range. */
function priceScale({ index, expiries }: Underlying, positions: readonly Position[]): number {
  const strikes = positions.map(({ terms }) => ({ count: BigInt(terms.strike), decimals: priceDecimals }));
  const prices = [index, ...[...expiries.values()].map(({ forward }) => forward), ...strikes];
  const fits = (scale: number) => prices.every((price) => countOf(price, priceDecimals + scale) < PRICE_LIMIT);
  let scale = 0;
  while (fits(scale + 1)) scale++;
  return scale;
}

function scaled(price: Decimal, scale: number, field: string): bigint {
  const count = countOf(price, priceDecimals + scale);
  if (count > 0n) return count;
  throw new RecourseError("MarkOutOfRange", "Prices of one underlying are too far apart to be valued together.", [
    { field, expected: "at least 1e-15 of the underlying's greatest price" },
  ]);
}

interface Valuation {
  readonly scale: number;
  /** Scaled. */
  readonly index: bigint;
  readonly time: Seconds;
}

/** What one unit of an instrument is worth, and what it loses in each scenario, at scaled prices. */
function markOf({ terms }: Position, underlying: Underlying, { scale, index, time }: Valuation): MarketRecord {
  const { symbol, kind, strike, expiry } = terms;
  const day = formatExpiryDate(expiry);
  const market = kind === InstrumentKind.perpetual ? undefined : underlying.expiries.get(day)!;
  // INVARIANT: prices, times and surface are within the engine's ranges, and 2^53 hundred-millionths of a dollar for one
  // unit are less than what a mark or a loss may be.
  const array = riskArray({
    kind,
    strike: BigInt(strike) * 10n ** BigInt(scale),
    lot: ONE_UNIT,
    index,
    forward: market ? scaled(market.forward, scale, `underlyings.${symbol}.expiries.${day}.forward`) : 0n,
    ...(market ? smileOf(market.volatility, expiry, time) : { surface: flatSurface(0n), reportTime: 0n }),
    expiry: BigInt(expiry),
    time: BigInt(time),
  })!;
  return {
    underlying: ANY_NUMBER,
    kind,
    ...array,
    time,
    reportTime: time,
    index: price(Number(index)),
    lot: quantity(Number(ONE_UNIT)),
    gap: 0n,
    openInterest: 0,
    houseLots: 0,
    fundingIndex: 0n,
  };
}

const flatSurface = (a: bigint): Surface => ({ a, b: 0n, rho: 0n, m: 0n, sigma: 0n });

/**
 * A smile and the time since when it counts. Total variance has 15 decimals, which would be few for the last hour of an
 * option; so a flat volatility is stated as what a year up to the expiry has, which is the same volatility.
 */
function smileOf(
  volatility: Decimal | Surface,
  expiry: Seconds,
  time: Seconds,
): Pick<RiskInput, "surface" | "reportTime"> {
  if (!("count" in volatility)) return { surface: volatility, reportTime: BigInt(time) };
  const variance = { count: volatility.count ** 2n, decimals: 2 * volatility.decimals };
  return {
    surface: flatSurface(countOf(variance, surfaceDecimals)),
    reportTime: BigInt(expiry) - SECONDS_PER_YEAR,
  };
}
