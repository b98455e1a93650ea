import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { optionDelta, optionLegs, optionPrice, rootOfYears, standardDeviation } from "../src/black76.ts";
import { lnRatio, ONE } from "../src/fixedPoint.ts";
import {
  absolute,
  blackPrice,
  divide,
  fromFixed,
  logarithm,
  multiply,
  normalDistribution,
  REAL_ONE,
  real,
  squareRoot,
  toNumber,
} from "./highPrecision.ts";

const YEAR = 31_536_000n;

interface Market {
  readonly forward: bigint;
  readonly strike: bigint;
  readonly sigma: bigint;
  readonly seconds: bigint;
}

/** Strikes 0.01 to 100 times the forward, volatilities 1 to 500 %, one hour to three years; logarithmic in each. */
function randomMarket(random: Random): Market {
  const fraction = () => random.uint32() / 2 ** 32;
  const forward = 100_000_000n + BigInt(Math.floor(2 ** (10 + 36 * fraction())));
  const ratio = random.chance(0.5) ? 10 ** (4 * fraction() - 2) : 10 ** (0.2 * fraction() - 0.1);
  const strike = (forward * BigInt(Math.round(ratio * 1e9))) / 1_000_000_000n;
  const sigma = (ONE * BigInt(Math.round(0.01 * 500 ** fraction() * 1e12))) / 1_000_000_000_000n;
  const seconds = BigInt(Math.floor(3600 * 26_280 ** fraction()));
  return { forward, strike: strike > 0n ? strike : 1n, sigma, seconds };
}

function legsOf({ forward, strike, sigma, seconds }: Market) {
  return optionLegs(lnRatio(forward, strike), standardDeviation(sigma, rootOfYears(seconds)));
}

function exactDeviation({ sigma, seconds }: Market): bigint {
  return multiply(fromFixed(sigma), squareRoot(real(seconds, YEAR)));
}

describe("Black's formula against 96 digits", () => {
  it("is within 2e-17 of the smaller of forward and strike, and so within 1e-15 of the forward", () => {
    const random = new Random(11);
    let worstOfForward = 0;
    let worstOfSmaller = 0;
    for (let i = 0; i < 4000; i++) {
      const market = randomMarket(random);
      const { forward, strike } = market;
      const isCall = random.chance(0.5);
      const computed = optionPrice(isCall, forward, strike, legsOf(market));
      const exact = blackPrice(isCall, real(forward), real(strike), exactDeviation(market));
      const error = Math.abs(toNumber(fromFixed(computed) - exact));
      worstOfForward = Math.max(worstOfForward, error / Number(forward));
      worstOfSmaller = Math.max(worstOfSmaller, error / Number(forward < strike ? forward : strike));
    }
    console.log(`price: worst error ${worstOfForward.toExponential(2)} of the forward`);
    console.log(`price: worst error ${worstOfSmaller.toExponential(2)} of the smaller of forward and strike`);
    expect(worstOfSmaller).toBeLessThan(2e-17);
  });

  it("has the forward delta within 1e-12", () => {
    const random = new Random(12);
    let worst = 0;
    for (let i = 0; i < 1500; i++) {
      const market = randomMarket(random);
      const { forward, strike } = market;
      const isCall = random.chance(0.5);
      const deviation = exactDeviation(market);
      const d1 = divide(logarithm(real(forward, strike)), deviation) + deviation / 2n;
      const exact = normalDistribution(d1) - (isCall ? 0n : REAL_ONE);
      const computed = optionDelta(isCall, forward, strike, legsOf(market));
      worst = Math.max(worst, Math.abs(toNumber(fromFixed(computed) - exact)));
    }
    console.log(`delta: worst error ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(1e-12);
  });
});

describe("properties", () => {
  it("keeps put-call parity exactly, in value and in delta", () => {
    const random = new Random(13);
    for (let i = 0; i < 5000; i++) {
      const market = randomMarket(random);
      const { forward, strike } = market;
      const legs = legsOf(market);
      const call = optionPrice(true, forward, strike, legs);
      const put = optionPrice(false, forward, strike, legs);
      expect(call - put).toBe((forward - strike) * ONE);
      expect(optionDelta(true, forward, strike, legs) - optionDelta(false, forward, strike, legs)).toBe(ONE);
    }
  });

  it("stays between intrinsic value and forward or strike, deltas between 0 and 1", () => {
    const random = new Random(14);
    for (let i = 0; i < 5000; i++) {
      const market = randomMarket(random);
      const { forward, strike } = market;
      const legs = legsOf(market);
      const call = optionPrice(true, forward, strike, legs);
      const put = optionPrice(false, forward, strike, legs);
      expect(call >= 0n && put >= 0n && call <= forward * ONE && put <= strike * ONE).toBe(true);
      const delta = optionDelta(true, forward, strike, legs);
      expect(delta >= 0n && delta <= ONE).toBe(true);
    }
  });

  it("falls with the strike for a call, rises for a put, but for the rounding of the last places", () => {
    const random = new Random(15);
    for (let i = 0; i < 5000; i++) {
      const market = randomMarket(random);
      const { forward, strike } = market;
      const higher = { ...market, strike: strike + 1n + BigInt(random.below(1_000_000)) };
      const rounding = 16n * higher.strike;
      const legs = legsOf(market);
      const higherLegs = legsOf(higher);
      const call = optionPrice(true, forward, strike, legs);
      const higherCall = optionPrice(true, forward, higher.strike, higherLegs);
      expect(higherCall <= call + rounding).toBe(true);
      const put = optionPrice(false, forward, strike, legs);
      const higherPut = optionPrice(false, forward, higher.strike, higherLegs);
      expect(higherPut >= put - rounding).toBe(true);
    }
  });

  it("is intrinsic value without time or volatility, with half a delta at the money", () => {
    const legs = optionLegs(lnRatio(120n, 100n), 0n);
    expect(optionPrice(true, 120n, 100n, legs)).toBe(20n * ONE);
    expect(optionPrice(false, 120n, 100n, legs)).toBe(0n);
    expect(optionDelta(true, 120n, 100n, legs)).toBe(ONE);
    expect(optionDelta(false, 120n, 100n, legs)).toBe(0n);
    const atTheMoney = optionLegs(0n, 0n);
    expect(optionPrice(true, 100n, 100n, atTheMoney)).toBe(0n);
    expect(optionDelta(true, 100n, 100n, atTheMoney)).toBe(ONE / 2n);
    expect(optionDelta(false, 100n, 100n, atTheMoney)).toBe(-ONE / 2n);
  });

  it("holds at the ends of its ranges", () => {
    const greatest = (1n << 53n) - 1n;
    for (const deviation of [1n, 2n, ONE >> 40n, ONE, 100n * ONE, (1n << 77n) - 1n]) {
      for (const [forward, strike] of [
        [1n, 1n],
        [1n, greatest],
        [greatest, 1n],
        [greatest, greatest],
      ] as const) {
        const legs = optionLegs(lnRatio(forward, strike), deviation);
        expect(legs.received >= 0n && legs.received <= ONE && legs.paid >= 0n && legs.paid <= ONE).toBe(true);
        const price = optionPrice(true, forward, strike, legs);
        expect(absolute(price) <= forward * ONE).toBe(true);
      }
    }
  });
});
