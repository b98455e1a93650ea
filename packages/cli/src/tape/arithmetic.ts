/**
 * Elementary functions from additions, multiplications, divisions and square roots alone. Those are exact to the last
 * bit by IEEE 754, unlike `Math.exp` and its like, so a simulated tape has the same bytes on every machine.
 */

const naturalLogarithmOfTwo = Math.LN2;

/** e^x, for |x| below 700. */
export function exponential(x: number): number {
  const halvings = Math.round(x / naturalLogarithmOfTwo);
  const rest = x - halvings * naturalLogarithmOfTwo;
  // |rest| ≤ 0.35, so that the terms after the 18th are below the last bit.
  let sum = 1;
  for (let term = 18; term >= 1; term--) sum = 1 + (rest / term) * sum;
  for (let count = 0; count < halvings; count++) sum *= 2;
  for (let count = 0; count > halvings; count--) sum /= 2;
  return sum;
}

/** ln x, for x above 0. */
export function naturalLogarithm(x: number): number {
  let mantissa = x;
  let doublings = 0;
  for (; mantissa > Math.SQRT2; doublings++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; doublings--) mantissa *= 2;
  // ln m = 2 artanh((m − 1) / (m + 1)), with an argument of at most 0.172.
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let power = 23; power >= 1; power -= 2) sum = 1 / power + square * sum;
  return doublings * naturalLogarithmOfTwo + 2 * ratio * sum;
}

/** The standard normal distribution's probability up to x, with an error below 1e-14 of it (Hart 1968, as West gives it). */
export function normalDistribution(x: number): number {
  const distance = Math.abs(x);
  if (distance > 37) return x > 0 ? 1 : 0;
  const density = exponential((-distance * distance) / 2);
  const tail =
    distance < 7.07106781186547 ? density * rationalTail(distance) : density * continuedFractionTail(distance);
  return x > 0 ? 1 - tail : tail;
}

const numerator = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
];
const denominator = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];

function rationalTail(x: number): number {
  const evaluate = (coefficients: readonly number[]) =>
    coefficients.reduce((sum, coefficient) => sum * x + coefficient);
  return evaluate(numerator) / evaluate(denominator);
}

function continuedFractionTail(x: number): number {
  return 1 / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) / 2.506628274631;
}

/**
 * Black's price of a European option, undiscounted.
 * @param years to the expiry
 * @param volatility a year, as a fraction
 */
export function blackPrice(
  isCall: boolean,
  forward: number,
  strike: number,
  years: number,
  volatility: number,
): number {
  const deviation = volatility * Math.sqrt(years);
  const intrinsic = Math.max(0, isCall ? forward - strike : strike - forward);
  if (!(deviation > 0)) return intrinsic;
  const upper = naturalLogarithm(forward / strike) / deviation + deviation / 2;
  const lower = upper - deviation;
  const price = isCall
    ? forward * normalDistribution(upper) - strike * normalDistribution(lower)
    : strike * normalDistribution(-lower) - forward * normalDistribution(-upper);
  return Math.max(intrinsic, price);
}
