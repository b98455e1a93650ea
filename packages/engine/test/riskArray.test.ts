import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  CALL,
  LOT_LIMIT,
  PERPETUAL,
  PRICE_LIMIT,
  PUT,
  type RiskInput,
  riskArray,
  scenarios,
  TIME_LIMIT,
  VALUE_LIMIT,
} from "../src/riskArray.ts";
import { isValidSurface, SURFACE_SCALE } from "../src/svi.ts";
import { exactRiskArray, publishedGrid } from "./exactRisk.ts";
import { REAL_ONE, real, toNumber } from "./highPrecision.ts";

const YEAR = 31_536_000n;
const DAY = 86_400n;
const NOW = 1_700_000_000n;

const base: RiskInput = {
  kind: CALL,
  strike: 5_000_000_000_000n,
  lot: 1_000_000n,
  index: 4_800_000_000_000n,
  forward: 4_812_300_000_077n,
  surface: {
    a: SURFACE_SCALE / 100n,
    b: SURFACE_SCALE / 50n,
    rho: -SURFACE_SCALE / 3n,
    m: SURFACE_SCALE / 100n,
    sigma: SURFACE_SCALE / 10n,
  },
  reportTime: NOW - 60n,
  expiry: NOW + 20n * DAY,
  time: NOW,
};

function randomInput(random: Random): RiskInput {
  const wide = (limit: bigint) => ((BigInt(random.uint32()) << 32n) | BigInt(random.uint32())) % limit;
  for (;;) {
    const surface = {
      a: wide(SURFACE_SCALE / 4n),
      b: wide(SURFACE_SCALE / 4n),
      rho: wide(2n * SURFACE_SCALE) - SURFACE_SCALE,
      m: wide(SURFACE_SCALE) - SURFACE_SCALE / 2n,
      sigma: wide(SURFACE_SCALE),
    };
    if (!isValidSurface(surface.a, surface.b, surface.rho, surface.m, surface.sigma)) continue;
    const forward = 10_000_000n + wide(10_000_000_000_000n);
    const seconds = 3600n + wide(random.pick([DAY, 30n * DAY, 3n * YEAR]));
    return {
      kind: random.pick([CALL, PUT]),
      strike: 1n + (forward * (10n + wide(4000n))) / 1000n,
      lot: 1n + wide(1_000_000_000n),
      index: forward,
      forward,
      surface,
      reportTime: NOW - wide(60n),
      expiry: NOW + seconds,
      time: NOW,
    };
  }
}

describe("the grid", () => {
  it("is the published one, in its order", () => {
    const written = scenarios.map(
      ({ spotShock, volatilityShock, weight }) => `${spotShock}/${volatilityShock}/${weight / 10}`,
    );
    expect(written.join(" ")).toBe(publishedGrid);
  });
});

describe("options", () => {
  it("agree with the formulas at 96 digits to 1e-15 of the forward and the rounding to a nano-dollar", () => {
    const random = new Random(31);
    let worst = 0;
    let worstDelta = 0;
    for (let i = 0; i < 150; i++) {
      const input = randomInput(random);
      const computed = riskArray(input)!;
      const exact = exactRiskArray(input);
      const forwardPerLot = Number((input.forward * input.lot) / 10_000_000n);
      const compare = (value: bigint, exactValue: bigint) => {
        // Floored: at most one below the exact value, but for the error of the price.
        const error = Math.abs(toNumber(real(value) + REAL_ONE / 2n - exactValue)) - 0.5;
        worst = Math.max(worst, error / forwardPerLot);
      };
      compare(computed.mark, exact.mark);
      computed.losses.forEach((loss, scenario) => {
        compare(loss, exact.losses[scenario]!);
      });
      worstDelta = Math.max(worstDelta, Math.abs(toNumber(real(computed.delta) + REAL_ONE / 2n - exact.delta)) - 0.5);
    }
    console.log(`risk array: worst error beyond the last rounding ${worst.toExponential(2)} of the forward`);
    expect(worst).toBeLessThan(1e-15);
    expect(worstDelta).toBeLessThan(0.05);
  });

  it("keep parity: long call, short put is linear in every scenario, to the rounding of each", () => {
    const random = new Random(32);
    for (let i = 0; i < 300; i++) {
      const input = randomInput(random);
      const call = riskArray({ ...input, kind: CALL })!;
      const put = riskArray({ ...input, kind: PUT })!;
      const forwardValue = ((input.forward - input.strike) * input.lot) / 10_000_000n;
      expect(Number(call.mark - put.mark - forwardValue)).toBeCloseTo(0, -0.5);
      expect(call.delta - put.delta).toBe(input.lot * 10_000n);
      scenarios.forEach(({ spotShock, weight }, place) => {
        const linear = (-BigInt(spotShock * weight) * input.forward * input.lot) / 1_000_000_000_000n;
        expect(Number(call.losses[place]! - put.losses[place]! - linear)).toBeCloseTo(0, -0.5);
      });
    }
  });

  it("are worth their intrinsic value at and after expiry, whatever the report", () => {
    for (const time of [base.expiry, base.expiry + 1n]) {
      const call = riskArray({ ...base, time, forward: 6_000_000_000_000n })!;
      expect(call.mark).toBe(100_000_000_000n);
      expect(call.delta).toBe(base.lot * 10_000n);
      // 60,000 × 0.84 is 400 above the strike: of 10,000 × 0.01 a hundredth is left.
      expect(call.losses[15]).toBe(96_000_000_000n);
      expect(riskArray({ ...base, kind: PUT, time, forward: 6_000_000_000_000n })!.mark).toBe(0n);
    }
  });

  it("apply at least the whole up-shock at long terms, and more of both at short ones", () => {
    const straddleLoss = (days: bigint, scenario: number) => {
      const seconds = days * DAY;
      const a = (SURFACE_SCALE * seconds) / YEAR;
      const surface = { a, b: 0n, rho: 0n, m: 0n, sigma: 0n };
      const array = riskArray({ ...base, strike: base.forward, surface, reportTime: NOW, expiry: NOW + seconds })!;
      return Number(array.losses[scenario]!) / Number(array.mark);
    };
    // At the money the value is nearly proportional to volatility: scenarios 7 and 8 move volatility alone.
    expect(straddleLoss(30n, 7)).toBeCloseTo(-0.4, 2);
    expect(straddleLoss(30n, 8)).toBeCloseTo(0.22, 2);
    expect(straddleLoss(1n, 7)).toBeCloseTo(-0.4 * 30 ** 0.3, 2);
    expect(straddleLoss(1n, 8)).toBeCloseTo(0.22 * 30 ** 0.3, 2);
    expect(straddleLoss(180n, 8)).toBeCloseTo(0.22 * (30 / 180) ** 0.13, 1);
    expect(straddleLoss(180n, 7)).toBeLessThan(-0.37);
  });
});

describe("perpetuals", () => {
  it("lose the spot shock times the weight, and ignore what belongs to options", () => {
    const input = { ...base, kind: PERPETUAL, strike: -1n, forward: -1n, expiry: -1n };
    const array = riskArray(input)!;
    expect(array.mark).toBe(480_000_000_000n);
    expect(array.delta).toBe(10_000_000_000n);
    scenarios.forEach(({ spotShock, weight }, place) => {
      expect(array.losses[place]).toBe((-BigInt(spotShock * weight) * array.mark) / 100_000n);
    });
  });

  it("round losses down", () => {
    const array = riskArray({ ...base, kind: PERPETUAL, index: 1n, lot: 1n })!;
    expect(array.mark).toBe(0n);
    expect(array.losses[0]).toBe(-1n);
    expect(array.losses[15]).toBe(0n);
  });
});

describe("out of range", () => {
  it("is undefined, never a wrapped or a thrown value", () => {
    const extremes = [-(1n << 255n), -1n, 0n, 1n << 63n, (1n << 255n) - 1n];
    for (const name of ["strike", "lot", "forward"] as const) {
      for (const value of extremes) expect(riskArray({ ...base, [name]: value })).toBeUndefined();
    }
    for (const value of extremes) expect(riskArray({ ...base, kind: PERPETUAL, index: value })).toBeUndefined();
    for (const name of ["time", "expiry", "reportTime"] as const) {
      expect(riskArray({ ...base, [name]: -1n })).toBeUndefined();
      expect(riskArray({ ...base, [name]: TIME_LIMIT })).toBeUndefined();
    }
    for (const kind of [-1, 3, 255]) expect(riskArray({ ...base, kind })).toBeUndefined();
    expect(riskArray({ ...base, surface: { ...base.surface, b: -1n } })).toBeUndefined();
    expect(riskArray({ ...base, reportTime: base.expiry })).toBeUndefined();
  });

  it("begins where a mark or a loss no longer fits", () => {
    const greatest = PRICE_LIMIT - 1n;
    expect(riskArray({ ...base, kind: PERPETUAL, index: greatest, lot: LOT_LIMIT - 1n })).toBeUndefined();
    // The mark fits and 5 × 0.24 of it does not.
    const lot = (VALUE_LIMIT * 10_000_000n) / greatest;
    expect(riskArray({ ...base, kind: PERPETUAL, index: greatest, lot: lot / 2n })).toBeDefined();
    expect(riskArray({ ...base, kind: CALL, strike: greatest, forward: greatest, lot: 1n })).toBeDefined();
  });
});
