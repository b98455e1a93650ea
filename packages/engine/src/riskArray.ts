/**
 * What one lot of an instrument is worth, how it moves, and what it loses in each scenario of the margin grid.
 *
 * Everything a margin calculation needs of an instrument is in its risk array, so that an account's margin is a sum of
 * products. Twin: contracts/src/step/RiskArray.sol.
 */

import { floorDiv } from "./arithmetic.ts";
import { optionDelta, optionLegs, optionPrice, rootOfYears, standardDeviation } from "./black76.ts";
import { exp, FRACTION_BITS, lnRatio, mulFloor, ONE } from "./fixedPoint.ts";
import { impliedVolatility, isValidSurface, type Surface } from "./svi.ts";

/** Instrument kinds, as the state stores them. */
export const PERPETUAL = 0;
export const CALL = 1;
export const PUT = 2;

/** One revaluation of the market. */
export interface Scenario {
  /** Change of index and forward, in percent. */
  readonly spotShock: number;
  /** Change of implied volatility before the term-structure factor, in percent. */
  readonly volatilityShock: number;
  /** How much of the loss counts, in thousandths. */
  readonly weight: number;
}

/**
 * The margin grid, in the order of the losses: sixteen moves that happen, then eight extreme ones that count in part, so
 * that deep options are not free. It is the grid that a large exchange publishes for BTC and ETH.
 */
export const scenarios: readonly Scenario[] = [
  { spotShock: 16, volatilityShock: 40, weight: 1000 },
  { spotShock: 12, volatilityShock: 40, weight: 1000 },
  { spotShock: 12, volatilityShock: -22, weight: 1000 },
  { spotShock: 8, volatilityShock: 40, weight: 1000 },
  { spotShock: 8, volatilityShock: -22, weight: 1000 },
  { spotShock: 4, volatilityShock: 40, weight: 1000 },
  { spotShock: 4, volatilityShock: -22, weight: 1000 },
  { spotShock: 0, volatilityShock: 40, weight: 1000 },
  { spotShock: 0, volatilityShock: -22, weight: 1000 },
  { spotShock: -4, volatilityShock: 40, weight: 1000 },
  { spotShock: -4, volatilityShock: -22, weight: 1000 },
  { spotShock: -8, volatilityShock: 40, weight: 1000 },
  { spotShock: -8, volatilityShock: -22, weight: 1000 },
  { spotShock: -12, volatilityShock: 40, weight: 1000 },
  { spotShock: -12, volatilityShock: -22, weight: 1000 },
  { spotShock: -16, volatilityShock: 40, weight: 1000 },
  { spotShock: -66, volatilityShock: 40, weight: 180 },
  { spotShock: -33, volatilityShock: 40, weight: 360 },
  { spotShock: 50, volatilityShock: 40, weight: 240 },
  { spotShock: 100, volatilityShock: 40, weight: 120 },
  { spotShock: 200, volatilityShock: 40, weight: 60 },
  { spotShock: 300, volatilityShock: 40, weight: 40 },
  { spotShock: 400, volatilityShock: 40, weight: 30 },
  { spotShock: 500, volatilityShock: 40, weight: 24 },
];

/** ln((100 + spot shock) / 100), Q60, nearest. */
const logOfSpotFactor: ReadonlyMap<number, bigint> = new Map([
  [-66, -1_243_782_857_973_328_595n],
  [-33, -461_719_198_642_446_473n],
  [-16, -201_015_769_440_257_258n],
  [-12, -147_381_843_020_142_540n],
  [-8, -96_132_450_034_550_468n],
  [-4, -47_064_555_343_345_006n],
  [0, 0n],
  [4, 45_218_403_620_434_626n],
  [8, 88_730_039_342_774_512n],
  [12, 130_659_078_379_265_972n],
  [16, 171_116_615_614_715_557n],
  [50, 467_469_442_505_642_749n],
  [100, 799_144_290_325_165_979n],
  [200, 1_266_613_732_830_808_727n],
  [300, 1_598_288_580_650_331_957n],
  [400, 1_855_555_579_574_825_835n],
  [500, 2_065_758_023_155_974_706n],
]);

/** The distance of neighbouring spot shocks that count in full, in percent. */
const SPOT_STEP = 4n;

/** The grid in the form in which it is computed with. */
const grid = scenarios.map(({ spotShock, volatilityShock, weight }) => ({
  spotPercent: BigInt(100 + spotShock),
  logOfSpotFactor: logOfSpotFactor.get(spotShock)!,
  volatilityUp: volatilityShock > 0,
  weight: BigInt(weight),
  isExtreme: weight < 1000,
}));

/** Prices are below this: 2^53 units of 1e-8 USD, about 90 million USD. */
export const PRICE_LIMIT = 1n << 53n;

/** Lots are below this: 2^40 units of 1e-8 of the underlying, about 11,000. */
export const LOT_LIMIT = 1n << 40n;

/** Times are below this: 2^40 seconds. */
export const TIME_LIMIT = 1n << 40n;

/** Marks, gaps and losses are below this in absolute value, so that they fit a signed 64-bit field with room for a sum of two. */
export const VALUE_LIMIT = 1n << 62n;

/** From price (1e-8 USD) × lot (1e-8 of the underlying) to nano-USD. */
const UNITS_PER_NANO = 10_000_000n;

/** From lot (1e-8 of the underlying) to the unit of delta (1e-12). */
const DELTA_PER_LOT_UNIT = 10_000n;

/** Percent of a shocked price times thousandths of a weight. */
const SHOCK_AND_WEIGHT = 100n * 1_000n;

/**
 * Added to the gap for the rounding of values and deltas: 2^-50 of the forward, Q60. docs/pricing.md shows that 2^-52 is
 * enough at the deviations of the scenarios as they are; the rest is for the rounding of those.
 */
const GAP_ALLOWANCE = 1n << 10n;

const SECONDS_PER_DAY = 86_400n;

/** The term at which volatility shocks apply as they stand. */
const REFERENCE_TERM = 30n * SECONDS_PER_DAY;

/** What an instrument is valued from. */
export interface RiskInput {
  /** {@link PERPETUAL}, {@link CALL} or {@link PUT}. */
  readonly kind: number;
  /** In 1e-8 USD, in [1, 2^53); of no effect for a perpetual, like all that follows but lot and index. */
  readonly strike: bigint;
  /** The size of one lot in 1e-8 of the underlying, in [1, 2^40). */
  readonly lot: bigint;
  /** In 1e-8 USD, in [1, 2^53); of no effect for an option. */
  readonly index: bigint;
  /** The forward of the option's expiry in 1e-8 USD, in [1, 2^53). */
  readonly forward: bigint;
  /** The smile of the option's expiry. */
  readonly surface: Surface;
  /** When the surface was reported, in seconds. */
  readonly reportTime: bigint;
  /** When the option expires, in seconds. */
  readonly expiry: bigint;
  /** Now, in seconds. */
  readonly time: bigint;
}

/** What margin needs to know of one lot, held long. */
export interface RiskArray {
  /** Value in nano-USD, rounded down. */
  readonly mark: bigint;
  /** Change of value per change of the forward, in 1e-12 of the underlying, rounded down. */
  readonly delta: bigint;
  /**
   * How far the value may lie under the straight line between two neighbouring spot shocks of the same volatility shock, the
   * extreme ones aside, in nano-USD, rounded up; 0 where nothing is curved.
   */
  readonly gap: bigint;
  /** Weighted loss in each of the {@link scenarios}, in nano-USD, rounded down; a gain is negative. */
  readonly losses: readonly bigint[];
}

/**
 * Values one lot, as it stands and in every scenario.
 *
 * Defined for any input: undefined where a field is outside its range, the surface is not valid, an option that has not
 * expired was reported at or after its expiry, or a result reaches {@link VALUE_LIMIT}.
 */
export function riskArray(input: RiskInput): RiskArray | undefined {
  if (input.lot <= 0n || input.lot >= LOT_LIMIT) return undefined;
  if (input.kind === PERPETUAL) return perpetualRiskArray(input.index, input.lot);
  if (input.kind === CALL || input.kind === PUT) return optionRiskArray(input);
  return undefined;
}

/** A perpetual is linear: it loses the spot shock, whatever volatility does. */
function perpetualRiskArray(index: bigint, lot: bigint): RiskArray | undefined {
  if (!isPrice(index)) return undefined;
  const value = index * lot;
  const mark = value / UNITS_PER_NANO;
  const losses = grid.map(({ spotPercent, weight }) =>
    floorDiv((100n - spotPercent) * weight * value, SHOCK_AND_WEIGHT * UNITS_PER_NANO),
  );
  return withinLimits({ mark, delta: lot * DELTA_PER_LOT_UNIT, gap: 0n, losses });
}

/**
 * An option is revalued by Black's formula. The strike keeps its volatility while the forward moves ("sticky strike"),
 * and time stands still.
 */
function optionRiskArray(input: RiskInput): RiskArray | undefined {
  const { strike, lot, forward, surface, reportTime, expiry, time } = input;
  if (!isPrice(strike) || !isPrice(forward)) return undefined;
  if (!isTime(reportTime) || !isTime(expiry) || !isTime(time)) return undefined;
  if (!isValidSurface(surface.a, surface.b, surface.rho, surface.m, surface.sigma)) return undefined;

  const isCall = input.kind === CALL;
  const logRatio = lnRatio(forward, strike);
  let deviation = 0n;
  let deviationUp = 0n;
  let deviationDown = 0n;
  const seconds = expiry - time;
  if (seconds > 0n) {
    if (reportTime >= expiry) return undefined;
    const volatility = impliedVolatility(logRatio, surface, expiry - reportTime);
    deviation = standardDeviation(volatility, rootOfYears(seconds));
    const downFactor = termFactor(seconds);
    let upFactor = downFactor;
    // An up-shock is never less than 40 %. The factor is at most 30^0.3 < 2.78, so a down-shock keeps at least 38 %.
    if (upFactor < ONE) upFactor = ONE;
    deviationUp = mulFloor(deviation, ONE + (40n * upFactor) / 100n);
    deviationDown = mulFloor(deviation, ONE - (22n * downFactor) / 100n);
  }

  // In hundredths of 1e-8 USD, so that a shock in percent of the forward is a whole number.
  const hundredStrikes = 100n * strike;
  const legs = optionLegs(logRatio, deviation);
  const value = optionPrice(isCall, 100n * forward, hundredStrikes, legs);
  const volatilityUp: VolatilityState = { deviation: deviationUp, node: undefined };
  const volatilityDown: VolatilityState = { deviation: deviationDown, node: undefined };
  let depth = 0n;
  const losses = grid.map((scenario) => {
    const state = scenario.volatilityUp ? volatilityUp : volatilityDown;
    const shockedForward = scenario.spotPercent * forward;
    const shockedLegs = optionLegs(logRatio + scenario.logOfSpotFactor, state.deviation);
    const shocked = optionPrice(isCall, shockedForward, hundredStrikes, shockedLegs);
    if (!scenario.isExtreme) {
      const node = { value: shocked, delta: optionDelta(isCall, shockedForward, hundredStrikes, shockedLegs) };
      // Forwards fall along the grid.
      if (state.node !== undefined) {
        depth = deeperUnderChord(depth, node, state.node, SPOT_STEP * forward);
      }
      state.node = node;
    }
    // Flooring twice is flooring once by the product of the divisors.
    return floorDiv((scenario.weight * lot * (value - shocked)) >> FRACTION_BITS, SHOCK_AND_WEIGHT * UNITS_PER_NANO);
  });
  const divisor = (100n * UNITS_PER_NANO) << FRACTION_BITS;
  // Value times lot is below 2^164, depth times lot below 2^161, delta times lot below 2^114.
  return withinLimits({
    mark: (value * lot) / divisor,
    delta: (optionDelta(isCall, forward, strike, legs) * lot * DELTA_PER_LOT_UNIT) >> FRACTION_BITS,
    gap: seconds > 0n ? ((depth + 100n * forward * GAP_ALLOWANCE) * lot + divisor - 1n) / divisor : 0n,
    losses,
  });
}

/** A node of the grid: value in hundredths of 1e-8 USD and delta, both Q60. */
interface Node {
  readonly value: bigint;
  readonly delta: bigint;
}

/** One of the two states of volatility, and the last node that was computed in it. */
interface VolatilityState {
  readonly deviation: bigint;
  node: Node | undefined;
}

/**
 * How far the value may lie under its chord between two nodes, or the depth that is known already where that is greater.
 *
 * The value is convex in the forward, so it lies above its tangents at both nodes, and farthest from the chord no farther
 * than where these cross: h (s − Da)(Db − s) / (Db − Da), with the slopes Da ≤ s ≤ Db of lower tangent, chord and upper
 * tangent. Where rounding leaves them in another order the chord lies nowhere above a tangent by more than rounding.
 * @param width h, the distance of the nodes, in hundredths of 1e-8 USD; below 2^55
 */
function deeperUnderChord(depth: bigint, lower: Node, upper: Node, width: bigint): bigint {
  // h (s − Da) and h (Db − s): how far the tangents end under the chord. Below 2^121, so their product is below 2^242.
  const rise = upper.value - lower.value;
  const underUpper = rise - lower.delta * width;
  const underLower = upper.delta * width - rise;
  // The result is less than either.
  if (underUpper <= depth || underLower <= depth) return depth;
  const depthHere = (underUpper * underLower) / (underUpper + underLower);
  return depthHere > depth ? depthHere : depth;
}

/**
 * How much more than their 30-day size volatility shocks are for a shorter term, or less for a longer one:
 * (30 / max(1, days))^p with p = 0.30 below 30 days, else 0.13. Q60, in (0, 2.78).
 */
function termFactor(seconds: bigint): bigint {
  const term = seconds > SECONDS_PER_DAY ? seconds : SECONDS_PER_DAY;
  const hundredthsOfPower = seconds < REFERENCE_TERM ? 30n : 13n;
  return exp((lnRatio(REFERENCE_TERM, term) * hundredthsOfPower) / 100n);
}

function isPrice(value: bigint): boolean {
  return value > 0n && value < PRICE_LIMIT;
}

function isTime(value: bigint): boolean {
  return value >= 0n && value < TIME_LIMIT;
}

/** Delta needs no check: it is at most 2^40 · 10^4 < 2^54. */
function withinLimits(result: RiskArray): RiskArray | undefined {
  if (result.mark >= VALUE_LIMIT || result.gap >= VALUE_LIMIT) return undefined;
  for (const loss of result.losses) {
    if (loss >= VALUE_LIMIT || loss <= -VALUE_LIMIT) return undefined;
  }
  return result;
}
