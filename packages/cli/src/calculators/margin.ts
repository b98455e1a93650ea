/** The engine's portfolio margin of positions that need not be in any state. */
import { addPosition, ageGrowth, emptyExposure, emptyPortfolio, underlyingMargin } from "@recourse/engine";
import { nanoUsdDecimals, price, quantityDecimals, type Seconds, seconds } from "@recourse/protocol";
import { countOf, type Decimal, type Greeks, sum, sumGreeks } from "@recourse/sdk/greeks";
import type { Portfolio, Position, Underlying } from "./portfolio.ts";
import { greeksOf } from "./positionGreeks.ts";
import { ANY_NUMBER, marketOf, priceScale, scaled } from "./valuation.ts";

/** Exact decimal numbers, in USD but for `delta` and `growth`. */
export interface UnderlyingResult {
  /** The greatest weighted loss over the scenarios, at least 0. */
  readonly scan: Decimal;
  /** The scenario of that loss. */
  readonly worstScenario: number;
  /** 2 % of the net delta and 1 % of the hedged delta, times the index. */
  readonly minDelta: Decimal;
  /** The greater of the two. */
  readonly net: Decimal;
  /** Of the oldest report that a position is marked from, by what part it makes the margin grow, and by how much. */
  readonly ageSeconds: number;
  readonly growth: Decimal;
  readonly ageMargin: Decimal;
  /** What options held long may lose between the scenarios' prices. */
  readonly betweenNodes: Decimal;
  /** What positions marked from older reports than the newest may be off by. */
  readonly mixedAge: Decimal;
  readonly initialMargin: Decimal;
  readonly maintenanceMargin: Decimal;
  /** Σ size × delta to the forward, in units of the underlying. */
  readonly delta: Decimal;
  /** The weighted loss in each of the engine's scenarios; a gain is negative. */
  readonly losses: readonly Decimal[];
  readonly greeks: Greeks;
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
  const results = [...underlyings.values()];
  return {
    equity: sum(values),
    initialMargin: sum(results.map(({ initialMargin }) => initialMargin)),
    maintenanceMargin: sum(results.map(({ maintenanceMargin }) => maintenanceMargin)),
    underlyings,
  };
}

/** The engine's delta per lot is in 1e-12 of the underlying. */
const DELTA_DECIMALS = 12;

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
  const portfolio = emptyPortfolio();
  const newest = {
    index: price(Number(scaled(underlying.index, scale, `underlyings.${symbol}.index`))),
    indexTime: seconds(time - underlying.age),
  };
  for (const position of positions) {
    const market = marketOf(position, underlying, { scale, time });
    addPosition(portfolio, market, countOf(position.size, quantityDecimals), 0n, newest);
  }
  const exposure = portfolio.exposures[0] ?? emptyExposure(ANY_NUMBER, newest);
  const margin = underlyingMargin(exposure, time);
  const net = margin.scan > margin.minimumDelta ? margin.scan : margin.minimumDelta;
  const ageSeconds = Math.max(time - exposure.oldest, 0);
  const usd = (count: bigint): Decimal => ({ count, decimals: nanoUsdDecimals + quantityDecimals + scale });
  return {
    scan: usd(margin.scan),
    worstScenario: margin.worstScenario,
    minDelta: usd(margin.minimumDelta),
    net: usd(net),
    ageSeconds,
    growth: { count: ageGrowth(ageSeconds), decimals: 6 },
    ageMargin: usd(margin.aged - net),
    betweenNodes: usd(margin.longGap),
    mixedAge: usd(margin.mixedAge),
    initialMargin: usd(margin.initialMargin),
    maintenanceMargin: usd(margin.maintenanceMargin),
    delta: { count: exposure.netDelta, decimals: DELTA_DECIMALS + quantityDecimals },
    losses: exposure.losses.all().map(usd),
    greeks: sumGreeks(positions.map((position) => greeksOf(position, underlying, time))),
    value: usd(portfolio.value),
  };
}
