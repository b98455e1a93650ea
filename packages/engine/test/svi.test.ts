import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { lnRatio, ONE } from "../src/fixedPoint.ts";
import {
  impliedVolatility,
  isValidSurface,
  SURFACE_LEVEL_LIMIT,
  SURFACE_SCALE,
  SURFACE_SHIFT_LIMIT,
  type Surface,
  VOLATILITY_LIMIT,
} from "../src/svi.ts";
import { divide, fromFixed, logarithm, multiply, real, squareRoot, toNumber } from "./highPrecision.ts";

const YEAR = 31_536_000n;

const isValid = ({ a, b, rho, m, sigma }: Surface) => isValidSurface(a, b, rho, m, sigma);

/** An integer in [low, high]. */
function between(random: Random, low: bigint, high: bigint): bigint {
  const wide = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
  return low + (wide % (high - low + 1n));
}

/** A smile as markets have them. */
function plausibleSurface(random: Random): Surface {
  const thousandth = SURFACE_SCALE / 1000n;
  return {
    a: between(random, -10n * thousandth, 300n * thousandth),
    b: between(random, 0n, 500n * thousandth),
    rho: between(random, -SURFACE_SCALE, SURFACE_SCALE),
    m: between(random, -SURFACE_SCALE, SURFACE_SCALE),
    sigma: between(random, thousandth, SURFACE_SCALE),
  };
}

/** The formula as it is written. */
function exactVariance({ a, b, rho, m, sigma }: Surface, logMoneyness: bigint): bigint {
  const shift = logMoneyness - real(m, SURFACE_SCALE);
  const width = real(sigma, SURFACE_SCALE);
  const root = squareRoot(multiply(shift, shift) + multiply(width, width));
  return real(a, SURFACE_SCALE) + multiply(real(b, SURFACE_SCALE), multiply(real(rho, SURFACE_SCALE), shift) + root);
}

describe("implied volatility", () => {
  it("has variance within 1e-17 of the exact formula, for any valid smile", () => {
    const random = new Random(21);
    let worst = 0;
    let checked = 0;
    while (checked < 1000) {
      const surface = plausibleSurface(random);
      if (!isValid(surface)) continue;
      const forward = between(random, 1n, (1n << 53n) - 1n);
      const strike = random.chance(0.8)
        ? 1n + (forward * between(random, 1n, 4000n)) / 1000n
        : between(random, 1n, 1n << 50n);
      const seconds = between(random, 3600n, 3n * YEAR);
      const volatility = impliedVolatility(lnRatio(forward, strike), surface, seconds);
      if (volatility === VOLATILITY_LIMIT) continue;
      const exact = exactVariance(surface, logarithm(real(strike, forward)));
      const years = real(seconds, YEAR);
      const exactVolatility = squareRoot(divide(exact < 0n ? 0n : exact, years));
      // σ's own last place moves w by 2 σ τ ulp.
      const computed = multiply(multiply(fromFixed(volatility), fromFixed(volatility)), years);
      const lastPlace = 2 * toNumber(exactVolatility) * toNumber(years) * 2 ** -60;
      worst = Math.max(worst, Math.abs(toNumber(computed - exact)) - lastPlace);
      checked += 1;
    }
    console.log(`total variance: worst error ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(1e-17);
  });

  it("gives back the volatility of a flat surface for every strike", () => {
    for (const percent of [1n, 20n, 80n, 500n]) {
      const seconds = 7n * 86_400n;
      const a = (percent * percent * SURFACE_SCALE * seconds) / (10_000n * YEAR);
      const surface = { a, b: 0n, rho: 0n, m: 0n, sigma: 0n };
      for (const strike of [1n, 50_000n, 1n << 52n]) {
        const error = impliedVolatility(lnRatio(50_000n, strike), surface, seconds) - (percent * ONE) / 100n;
        // What is lost is the 1e-15 in which `a` is given.
        expect(Math.abs(Number(error)) / Number(ONE)).toBeLessThan(1e-9);
      }
    }
  });

  it("is cut at 10,000 %, and 0 where the variance is", () => {
    const steep = { a: 0n, b: SURFACE_LEVEL_LIMIT, rho: SURFACE_SCALE, m: -SURFACE_SHIFT_LIMIT, sigma: 0n };
    expect(isValid(steep)).toBe(true);
    expect(impliedVolatility(lnRatio(1n, (1n << 53n) - 1n), steep, 1n)).toBe(VOLATILITY_LIMIT);
    expect(impliedVolatility(0n, { a: 0n, b: 0n, rho: 0n, m: 0n, sigma: 0n }, 1n)).toBe(0n);
  });
});

describe("valid surfaces", () => {
  const flat: Surface = { a: 0n, b: 0n, rho: 0n, m: 0n, sigma: 0n };

  it("are within the stated limits, at which they are still valid", () => {
    expect(isValid(flat)).toBe(true);
    const limits: [keyof Surface, bigint, bigint][] = [
      ["b", 0n, SURFACE_LEVEL_LIMIT],
      ["rho", -SURFACE_SCALE, SURFACE_SCALE],
      ["m", -SURFACE_SHIFT_LIMIT, SURFACE_SHIFT_LIMIT],
      ["sigma", 0n, SURFACE_SHIFT_LIMIT],
    ];
    for (const [name, low, high] of limits) {
      for (const [value, valid] of [
        [low, true],
        [high, true],
        [low - 1n, false],
        [high + 1n, false],
        [-(1n << 255n), false],
        [(1n << 255n) - 1n, false],
      ] as const) {
        expect(isValid({ ...flat, [name]: value })).toBe(valid);
      }
    }
    expect(isValid({ ...flat, a: SURFACE_LEVEL_LIMIT })).toBe(true);
    expect(isValid({ ...flat, a: SURFACE_LEVEL_LIMIT + 1n })).toBe(false);
    expect(isValid({ ...flat, a: -1n })).toBe(false);
  });

  it("are nowhere negative: the level may be below zero by what the turn adds", () => {
    // b = 1, σ = 1, ρ = 0.6: √(1 − ρ²) = 0.8.
    const smile = { b: SURFACE_SCALE, rho: (6n * SURFACE_SCALE) / 10n, m: 0n, sigma: SURFACE_SCALE };
    expect(isValid({ ...smile, a: (-8n * SURFACE_SCALE) / 10n })).toBe(true);
    expect(isValid({ ...smile, a: (-8n * SURFACE_SCALE) / 10n - 1n })).toBe(false);
    const random = new Random(22);
    for (let i = 0; i < 500; i++) {
      const surface = plausibleSurface(random);
      if (!isValid(surface)) continue;
      for (let tenth = -40n; tenth <= 40n; tenth += 4n) {
        expect(exactVariance(surface, real(tenth, 10n)) >= 0n).toBe(true);
      }
    }
  });
});
