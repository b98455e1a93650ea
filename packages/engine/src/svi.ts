/**
 * The raw SVI parametrisation of total implied variance (Gatheral 2004):
 *
 *     w(k) = a + b (ρ (k − m) + √((k − m)² + σ²)),   k = ln(strike / forward)
 *
 * w is variance × time at the moment of the report, so the implied volatility is √(w / τ) with τ from the report to the
 * expiry. A flat surface is a = σ² τ, b = 0. Twin: contracts/src/step/Svi.sol.
 */
import { SECONDS_PER_YEAR } from "./black76.ts";
import { FRACTION_BITS, integerSqrtFloor, ONE } from "./fixedPoint.ts";

/** The parameters of one expiry's smile, each an integer in units of 1e-15. */
export interface Surface {
  /** The level of total variance. */
  readonly a: bigint;
  /** The slope of the wings. */
  readonly b: bigint;
  /** The tilt: −1 to 1. */
  readonly rho: bigint;
  /** The log-moneyness of the smile's middle. */
  readonly m: bigint;
  /** The width over which the smile turns from one wing to the other. */
  readonly sigma: bigint;
}

/** One, in the unit of the parameters. */
export const SURFACE_SCALE = 1_000_000_000_000_000n;

/** The greatest |a| and b: a total variance of 1,000. */
export const SURFACE_LEVEL_LIMIT = 1_000n * SURFACE_SCALE;

/** The greatest |m| and σ: a log-moneyness of 100, beyond any ratio of prices below 2^53. */
export const SURFACE_SHIFT_LIMIT = 100n * SURFACE_SCALE;

/** The greatest implied volatility, 10,000 %: what a surface says above it is cut, which bounds all that follows. */
export const VOLATILITY_LIMIT = 100n * ONE;

/** 5^30 = 1e30 / 2^30. */
const FIFTH_POWERS = 931_322_574_615_478_515_625n;

/**
 * Whether a report's parameters make a surface: within the limits above, |ρ| ≤ 1, and nowhere negative.
 *
 * The least total variance is a + b σ √(1 − ρ²). The root is rounded down, so a surface that is at least zero by less
 * than about 1e-15 of b σ is refused. Defined for any integers.
 */
export function isValidSurface(a: bigint, b: bigint, rho: bigint, m: bigint, sigma: bigint): boolean {
  if (a < -SURFACE_LEVEL_LIMIT || a > SURFACE_LEVEL_LIMIT || b < 0n || b > SURFACE_LEVEL_LIMIT) return false;
  if (rho < -SURFACE_SCALE || rho > SURFACE_SCALE) return false;
  if (m < -SURFACE_SHIFT_LIMIT || m > SURFACE_SHIFT_LIMIT || sigma < 0n || sigma > SURFACE_SHIFT_LIMIT) return false;
  if (a >= 0n) return true;
  const rootOfComplement = integerSqrtFloor(SURFACE_SCALE * SURFACE_SCALE - rho * rho);
  return b * sigma * rootOfComplement >= -a * SURFACE_SCALE * SURFACE_SCALE;
}

/**
 * The implied volatility of a strike, Q60 and rounded down, at most {@link VOLATILITY_LIMIT}.
 * @param logRatio ln(forward / strike), Q60, absolute value below 2^66
 * @param surface as {@link isValidSurface} accepts it
 * @param secondsAtReport expiry − time of the report, in [1, 2^40)
 */
export function impliedVolatility(logRatio: bigint, surface: Surface, secondsAtReport: bigint): bigint {
  const shift = -logRatio - (surface.m << FRACTION_BITS) / SURFACE_SCALE;
  const width = (surface.sigma << FRACTION_BITS) / SURFACE_SCALE;
  const root = integerSqrtFloor(shift * shift + width * width);
  // In units of 1e-30 / 2^60, without rounding: a short-dated variance is small, and its relative accuracy counts.
  const variance =
    ((surface.a * SURFACE_SCALE) << FRACTION_BITS) + surface.b * (surface.rho * shift + SURFACE_SCALE * root);
  // The rounded root may leave a surface that touches zero a little below it.
  if (variance <= 0n) return 0n;
  // (variance / 1e30) · 2^60 · (year / seconds), with the factor 2^30 of 1e30 cancelled to stay below 2^256.
  const squared = ((variance << 30n) * SECONDS_PER_YEAR) / (FIFTH_POWERS * secondsAtReport);
  const volatility = integerSqrtFloor(squared);
  return volatility < VOLATILITY_LIMIT ? volatility : VOLATILITY_LIMIT;
}
