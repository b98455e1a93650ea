/**
 * A slow reference for the pricing mathematics: real numbers as integers with 320 fractional bits (96 digits), by the
 * textbook's series. It shares no method with the engine, so that a mistake in one does not hide in the other.
 */

export const REFERENCE_BITS = 320n;
export const REAL_ONE = 1n << REFERENCE_BITS;

/** A ratio of integers as a real. */
export const real = (numerator: bigint, denominator = 1n): bigint => (numerator << REFERENCE_BITS) / denominator;
/** A number of the engine, with 60 fractional bits, as a real. */
export const fromFixed = (value: bigint): bigint => value << (REFERENCE_BITS - 60n);
export const multiply = (left: bigint, right: bigint): bigint => (left * right) >> REFERENCE_BITS;
export const divide = (left: bigint, right: bigint): bigint => (left << REFERENCE_BITS) / right;
export const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** A real as a floating-point number, for printing and for bounds on errors. */
export function toNumber(value: bigint): number {
  const magnitude = absolute(value);
  const spare = BigInt(Math.max(0, magnitude.toString(2).length - 60));
  const result = Number(magnitude >> spare) * 2 ** Number(spare - REFERENCE_BITS);
  return value < 0n ? -result : result;
}

/** The floor of a real in units of 2^-60, as the engine would hold it. */
export const toFixed = (value: bigint): bigint => value >> (REFERENCE_BITS - 60n);

/** √x, by bisecting on the digits. */
export function squareRoot(x: bigint): bigint {
  const square = x << REFERENCE_BITS;
  let root = 0n;
  for (let bit = BigInt(Math.ceil(square.toString(2).length / 2)); bit >= 0n; bit--) {
    const candidate = root | (1n << bit);
    if (candidate * candidate <= square) root = candidate;
  }
  return root;
}

/**
 * e^x, by the Taylor series of x / 2^24 squared 24 times; the squaring costs 24 of the spare bits. 0 where it is below the
 * last of them.
 */
export function exponential(x: bigint): bigint {
  if (x < -REFERENCE_BITS * REAL_ONE) return 0n;
  if (x < 0n) return divide(REAL_ONE, exponential(-x));
  const small = x >> 24n;
  let sum = REAL_ONE;
  let term = REAL_ONE;
  for (let n = 1n; term !== 0n; n++) {
    term = multiply(term, small) / n;
    sum += term;
  }
  for (let i = 0; i < 24; i++) sum = multiply(sum, sum);
  return sum;
}

/** ln x, by Newton's method on the exponential. */
export function logarithm(x: bigint): bigint {
  let guess = real(BigInt(Math.round(Math.log(toNumber(x)) * 2 ** 40)), 1n << 40n);
  for (let i = 0; i < 5; i++) {
    const power = exponential(guess);
    guess += divide(2n * (x - power), x + power);
  }
  return guess;
}

/** π by Machin's formula. */
const pi = (() => {
  const inverseTangent = (denominator: bigint) => {
    let power = REAL_ONE / denominator;
    let sum = 0n;
    for (let n = 1n; power !== 0n; n += 2n) {
      sum += (n & 2n) === 0n ? power / n : -power / n;
      power /= denominator * denominator;
    }
    return sum;
  };
  return 4n * (4n * inverseTangent(5n) - inverseTangent(239n));
})();

const rootOfTwoPi = squareRoot(2n * pi);

/** The normal density. */
export const normalDensity = (x: bigint): bigint => divide(exponential(-multiply(x, x) / 2n), rootOfTwoPi);

/**
 * N(−z) / φ(z) for z ≥ 0. Near: the series z + z³/3 + z⁵/(3·5) + …, whose sum is (N(z) − ½) / φ(z). Far: the continued
 * fraction 1/(z + 1/(z + 2/(z + 3/(z + …)))).
 */
export function millsRatio(z: bigint): bigint {
  if (z < 10n * REAL_ONE) {
    const square = multiply(z, z);
    let term = z;
    let sum = 0n;
    for (let odd = 3n; term !== 0n; odd += 2n) {
      sum += term;
      term = multiply(term, square) / odd;
    }
    return divide(REAL_ONE / 2n, normalDensity(z)) - sum;
  }
  let fraction = z;
  for (let n = 400n; n > 0n; n--) fraction = z + divide(n * REAL_ONE, fraction);
  return divide(REAL_ONE, fraction);
}

/** N(x). */
export function normalDistribution(x: bigint): bigint {
  const tail = multiply(normalDensity(x), millsRatio(absolute(x)));
  return x < 0n ? tail : REAL_ONE - tail;
}

/** Black's formula as it is written in textbooks: F N(d1) − K N(d2), or K N(−d2) − F N(−d1). */
export function blackPrice(isCall: boolean, forward: bigint, strike: bigint, deviation: bigint): bigint {
  const sign = isCall ? 1n : -1n;
  if (deviation === 0n) {
    const intrinsic = sign * (forward - strike);
    return intrinsic > 0n ? intrinsic : 0n;
  }
  const d1 = divide(logarithm(divide(forward, strike)), deviation) + deviation / 2n;
  const d2 = d1 - deviation;
  return sign * (multiply(forward, normalDistribution(sign * d1)) - multiply(strike, normalDistribution(sign * d2)));
}
