import { priceQuantityPerNanoUsd } from "@recourse/protocol";

/** Division of integers of either sign, and what is derived from it in more than one place. Divisors are positive. */

/** Divides and rounds toward minus infinity. */
export function floorDiv(numerator: bigint, divisor: bigint): bigint {
  const quotient = numerator / divisor;
  return quotient * divisor > numerator ? quotient - 1n : quotient;
}

/** Divides and rounds toward plus infinity. */
export function ceilDiv(numerator: bigint, divisor: bigint): bigint {
  const quotient = numerator / divisor;
  return quotient * divisor < numerator ? quotient + 1n : quotient;
}

/** What one lot is worth at an index, in nano-USD, rounded down: index × lot / 1e7. */
export function indexValue(index: number, lot: number): bigint {
  return (BigInt(index) * BigInt(lot)) / priceQuantityPerNanoUsd;
}
