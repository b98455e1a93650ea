/**
 * Black's formula of 1976 for European options on a forward, undiscounted, in the fixed point of fixedPoint.ts.
 *
 * With k = ln(F / K), s = σ√τ, d1 = k / s + s / 2 and d2 = d1 − s a call is worth F N(d1) − K N(d2). A put on F struck
 * at K is worth as much as a call on K struck at F, so one formula serves the out-of-the-money option of either kind, in
 * units of the smaller of F and K. The in-the-money option follows by parity, which therefore holds exactly.
 *
 * Twin: contracts/src/step/Black76.sol.
 */
import { exp, FRACTION_BITS, integerSqrtFloor, mulFloor, NORMAL_TAIL_END, normalTailRatio, ONE } from "./fixedPoint.ts";

/** Seconds in a year of 365 days. */
export const SECONDS_PER_YEAR = 31_536_000n;

/** Fractional bits of the square root of time: an hour is a hundredth of √year and needs more than 60. */
const ROOT_TIME_BITS = 90n;

/**
 * The two sides of an out-of-the-money option, each a Q60 fraction of the smaller of forward and strike. Their
 * difference is the option's value; each gives a delta.
 */
export interface OptionLegs {
  /** N(d1): the expected worth of what the holder receives (a call's forward, a put's strike). */
  readonly received: bigint;
  /** e^(|k|) N(d2): the expected worth of what the holder gives for it. */
  readonly paid: bigint;
}

/** √(seconds / year) with 90 fractional bits, rounded down; seconds in [0, 2^40). */
export function rootOfYears(seconds: bigint): bigint {
  return integerSqrtFloor((seconds << (2n * ROOT_TIME_BITS)) / SECONDS_PER_YEAR);
}

/** σ√τ, rounded down: the standard deviation of the forward's logarithm at expiry. σ is Q60, below 2^68. */
export function standardDeviation(sigma: bigint, rootYears: bigint): bigint {
  return (sigma * rootYears) >> ROOT_TIME_BITS;
}

/**
 * The legs of the out-of-the-money option.
 * @param logRatio ln(forward / strike), absolute value below 2^66; its sign does not matter here
 * @param deviation σ√τ in [0, 2^77); at 0 the option is worth nothing and its legs are 0, or ½ exactly at the money
 */
export function optionLegs(logRatio: bigint, deviation: bigint): OptionLegs {
  const distance = logRatio < 0n ? logRatio : -logRatio;
  if (deviation === 0n) {
    const leg = distance === 0n ? ONE >> 1n : 0n;
    return { received: leg, paid: leg };
  }
  const d1 = (distance << FRACTION_BITS) / deviation + (deviation >> 1n);
  if (d1 <= -NORMAL_TAIL_END) return { received: 0n, paid: 0n };
  if (d1 >= NORMAL_TAIL_END) return { received: ONE, paid: 0n };
  // e^(|k|) e^(-d2²/2) = e^(-d1²/2): one exponential serves both legs, and neither loses accuracy to the factor e^(|k|).
  const density = exp(-((d1 * d1) >> 61n));
  const paid = mulFloor(density, normalTailRatio(deviation - d1));
  if (d1 <= 0n) return { received: mulFloor(density, normalTailRatio(-d1)), paid };
  return { received: ONE - mulFloor(density, normalTailRatio(d1)), paid };
}

/**
 * The value of an option in the unit of forward and strike, with 60 fractional bits.
 *
 * Forward and strike are integers in [1, 2^63) of one unit, so the result is below 2^124. Error below 2e-17 of the
 * smaller of the two.
 */
export function optionPrice(isCall: boolean, forward: bigint, strike: bigint, legs: OptionLegs): bigint {
  // Rounding may leave the difference of two equal legs a few ulp below zero.
  const outOfTheMoney =
    legs.received > legs.paid ? (forward < strike ? forward : strike) * (legs.received - legs.paid) : 0n;
  const intrinsic = isCall ? forward - strike : strike - forward;
  return intrinsic > 0n ? outOfTheMoney + (intrinsic << FRACTION_BITS) : outOfTheMoney;
}

/**
 * The derivative of the value by the forward: N(d1) of a call, N(d1) − 1 of a put, Q60. At expiry exactly at the money it
 * is ±½, the limit of vanishing time.
 */
export function optionDelta(isCall: boolean, forward: bigint, strike: bigint, legs: OptionLegs): bigint {
  // Above the strike the legs are a put's: it gives the forward away with the probability N(-d1) = paid · strike / forward.
  const callDelta = forward <= strike ? legs.received : ONE - (legs.paid * strike) / forward;
  return isCall ? callDelta : callDelta - ONE;
}
