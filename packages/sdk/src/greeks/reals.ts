/**
 * Real numbers as integers with {@link WIDE_BITS} = 256 fractional bits: v stands for v / 2^256, about 77 decimals.
 *
 * The engine's 60 bits are made for prices: beyond nine deviations from the strike the normal density is 0 there. A trader
 * who looks at the gamma of a far option wants to see a number, so the greeks are computed with these. They decide
 * nothing, need no twin in Solidity, and are not held to a bit: all are good to 50 digits and more.
 */

/** Fractional bits. */
export const WIDE_BITS = 256n;

/** The number 1. */
export const WIDE_ONE = 1n << WIDE_BITS;

/** From here on (e^(−z²/2) < 1e-347, below what floating point can hold) the normal distribution's tail counts as 0. */
const TAIL_END = 40n * WIDE_ONE;

/** From here on the tail's continued fraction converges fast enough. */
const FRACTION_START = 8n * WIDE_ONE;

/** So many steps of the continued fraction give more than 50 digits at its start. */
const FRACTION_STEPS = 120n;

export const multiply = (left: bigint, right: bigint): bigint => (left * right) >> WIDE_BITS;
export const divide = (left: bigint, right: bigint): bigint => (left << WIDE_BITS) / right;

/** The square root of a plain integer of any size, rounded down, by Newton's iteration from above. */
function integerSquareRoot(value: bigint): bigint {
  if (value === 0n) return 0n;
  let root = 1n << BigInt(2 * value.toString(16).length);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** √(numerator / denominator). */
export function squareRootOfRatio(numerator: bigint, denominator: bigint): bigint {
  return integerSquareRoot((numerator << (2n * WIDE_BITS)) / denominator);
}

/** 2 artanh(y), by its series; |y| ≤ 1/3. */
function doubleAreaTangent(y: bigint): bigint {
  const square = multiply(y, y);
  let power = y;
  let total = 0n;
  for (let odd = 1n; power !== 0n && power !== -1n; odd += 2n) {
    total += power / odd;
    power = multiply(power, square);
  }
  return 2n * total;
}

const LN_2 = doubleAreaTangent(WIDE_ONE / 3n);

/** ln(numerator / denominator) of two positive integers. */
export function logarithmOfRatio(numerator: bigint, denominator: bigint): bigint {
  // Powers of two bring the ratio between ½ and 2, and so the argument of the series between −1/3 and 1/3.
  const exponent = numerator.toString(2).length - denominator.toString(2).length;
  const top = exponent < 0 ? numerator << BigInt(-exponent) : numerator;
  const bottom = exponent > 0 ? denominator << BigInt(exponent) : denominator;
  return BigInt(exponent) * LN_2 + doubleAreaTangent(divide(top - bottom, top + bottom));
}

/** A positive number that may be very small: mantissa × 2^-(256 + shift), its mantissa of at least 255 bits, or 0. */
export interface Small {
  readonly mantissa: bigint;
  readonly shift: bigint;
}

/** e^−x for x ≥ 0. */
function exponentialOfMinus(x: bigint): Small {
  const shift = x / LN_2;
  // e^-r = (e^(-r / 256))^256 with r below ln 2, by Taylor's series.
  const part = (x - shift * LN_2) >> 8n;
  let term = WIDE_ONE;
  let total = 0n;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    total += term;
    term = -multiply(term, part) / n;
  }
  for (let doubling = 0; doubling < 8; doubling++) total = multiply(total, total);
  return { mantissa: total, shift };
}

/** √(2π), by Machin's formula π = 16 arctan(1/5) − 4 arctan(1/239). */
const ROOT_OF_TWO_PI = (() => {
  const inverseTangent = (reciprocal: bigint): bigint => {
    let power = WIDE_ONE / reciprocal;
    let total = 0n;
    for (let odd = 1n; power !== 0n; odd += 2n) {
      total += power / odd;
      power /= -reciprocal * reciprocal;
    }
    return total;
  };
  return squareRootOfRatio(2n * (16n * inverseTangent(5n) - 4n * inverseTangent(239n)), WIDE_ONE);
})();

/** The normal density φ(x); 0 beyond 40 deviations. */
export function normalDensity(x: bigint): Small {
  if (x >= TAIL_END || x <= -TAIL_END) return { mantissa: 0n, shift: 0n };
  const { mantissa, shift } = exponentialOfMinus(multiply(x, x) >> 1n);
  return { mantissa: divide(mantissa, ROOT_OF_TWO_PI), shift };
}

/**
 * The normal distribution's tail N(−z) of z ≥ 0, of full relative accuracy.
 * @param density φ(z)
 */
export function normalTail(z: bigint, density: Small): Small {
  if (density.mantissa === 0n) return density;
  if (z < FRACTION_START) {
    // N(−z) = ½ − φ(z) (z + z³ / 3 + z⁵ / (3 · 5) + …): the difference loses 50 of the bits at the most.
    const square = multiply(z, z);
    let term = z;
    let total = 0n;
    for (let odd = 3n; term !== 0n; odd += 2n) {
      total += term;
      term = multiply(term, square) / odd;
    }
    const upToZero = multiply(density.mantissa, total) >> density.shift;
    return { mantissa: (WIDE_ONE >> 1n) - upToZero, shift: 0n };
  }
  // N(−z) = φ(z) / (z + 1 / (z + 2 / (z + 3 / (z + …)))).
  let fraction = z;
  for (let n = FRACTION_STEPS; n > 0n; n--) fraction = z + divide(n * WIDE_ONE, fraction);
  return { mantissa: divide(density.mantissa, fraction), shift: density.shift };
}
