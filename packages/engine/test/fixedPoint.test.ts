import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import * as fixedPoint from "../src/fixedPoint.ts";
import {
  divide,
  exponential,
  fromFixed,
  logarithm,
  millsRatio,
  multiply,
  normalDensity,
  normalDistribution,
  REAL_ONE,
  real,
  toNumber,
} from "./highPrecision.ts";

const { ONE } = fixedPoint;
const ULP = 2 ** -60;

/** A number in [0, limit) that is as likely to be small as to be great. */
function spread(random: Random, limitBits: number): bigint {
  const bits = 1 + random.below(limitBits);
  let value = 0n;
  for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(random.uint32());
  return value & ((1n << BigInt(bits)) - 1n);
}

/** The lower tail N(−z), as the legs of an option have it. */
const normalTail = (z: bigint): bigint =>
  fixedPoint.mulFloor(fixedPoint.exp(-((z * z) >> 61n)), fixedPoint.normalTailRatio(z));

/** The greatest error in ulp over many arguments, printed. */
function worstError(name: string, cases: Iterable<{ computed: bigint; exact: bigint; unit?: number }>): number {
  let worst = 0;
  for (const { computed, exact, unit = 1 } of cases) {
    worst = Math.max(worst, Math.abs(toNumber(fromFixed(computed) - exact)) / ULP / unit);
  }
  console.log(`${name}: worst error ${worst.toFixed(2)} ulp of 2^-60`);
  return worst;
}

describe("the reference", () => {
  it("agrees with published digits", () => {
    const digits = (value: bigint) => (multiply(value, real(10n ** 40n)) >> 320n).toString();
    expect(digits(exponential(REAL_ONE))).toBe("27182818284590452353602874713526624977572");
    expect(digits(logarithm(2n * REAL_ONE))).toBe("6931471805599453094172321214581765680755");
    expect(digits(normalDistribution(REAL_ONE))).toBe("8413447460685429485852325456320379224779");
    expect(digits(normalDistribution(-5n * REAL_ONE))).toBe("2866515718791939116737523328746453");
  });

  it("joins its two ways to the tail of the normal distribution", () => {
    const below = millsRatio(10n * REAL_ONE - 1n);
    const above = millsRatio(10n * REAL_ONE);
    expect(Math.abs(toNumber(below - above))).toBeLessThan(1e-50);
  });
});

describe("exact values", () => {
  it("has e^0 = 1, ln 1 = 0, N(0) = ½ and the roots of squares", () => {
    expect(fixedPoint.exp(0n)).toBe(ONE);
    expect(fixedPoint.lnRatio(7n, 7n)).toBe(0n);
    expect(normalTail(0n)).toBe(ONE / 2n);
    const random = new Random(1);
    for (let i = 0; i < 1000; i++) {
      const root = spread(random, 96);
      expect(fixedPoint.integerSqrtFloor(root * root)).toBe(root);
      if (root > 0n) expect(fixedPoint.integerSqrtFloor(root * root - 1n)).toBe(root - 1n);
      expect(fixedPoint.integerSqrtFloor(root * root + 2n * root)).toBe(root);
    }
  });

  it("counts bits", () => {
    expect(fixedPoint.bitLength(0n)).toBe(0n);
    for (let bits = 0n; bits < 255n; bits++) {
      expect(fixedPoint.bitLength(1n << bits)).toBe(bits + 1n);
      expect(fixedPoint.bitLength((1n << (bits + 1n)) - 1n)).toBe(bits + 1n);
    }
  });

  it("rounds products down", () => {
    expect(fixedPoint.mulFloor(-1n, 1n)).toBe(-1n);
    expect(fixedPoint.mulFloor(1n, 1n)).toBe(0n);
  });
});

describe("errors against 96 digits", () => {
  it("exp is within 3 ulp of itself, or 1 ulp absolute", () => {
    const random = new Random(2);
    const cases = function* () {
      for (let i = 0; i < 1500; i++) {
        const negative = random.chance(0.5);
        const magnitude = spread(random, 66) % (negative ? 45n * ONE : fixedPoint.EXP_HIGHEST + 1n);
        const x = negative ? -magnitude : magnitude;
        const exact = exponential(fromFixed(x));
        yield { computed: fixedPoint.exp(x), exact, unit: Math.max(1, toNumber(exact)) };
      }
    };
    expect(worstError("exp", cases())).toBeLessThan(3);
  });

  it("ln is within 2 ulp", () => {
    const random = new Random(3);
    const cases = function* () {
      for (let i = 0; i < 700; i++) {
        const x = 1n + spread(random, 119);
        yield { computed: fixedPoint.lnRatio(x, ONE), exact: logarithm(fromFixed(x)) };
        const numerator = 1n + spread(random, 53);
        const denominator = random.chance(0.3) ? numerator + spread(random, 20) : 1n + spread(random, 53);
        yield {
          computed: fixedPoint.lnRatio(numerator, denominator),
          exact: logarithm(real(numerator, denominator)),
        };
      }
    };
    expect(worstError("ln", cases())).toBeLessThan(2);
  });

  it("the normal distribution's tail ratio is within 8 ulp, near and far", () => {
    const random = new Random(4);
    const rootOfTwoPi = divide(REAL_ONE, normalDensity(0n));
    const cases = function* () {
      for (let i = 0; i < 2500; i++) {
        const z = i % 2 === 0 ? spread(random, 64) : (BigInt(random.uint32()) << 32n) % (16n * ONE);
        yield {
          computed: fixedPoint.normalTailRatio(z),
          exact: divide(millsRatio(fromFixed(z)), rootOfTwoPi),
        };
      }
    };
    expect(worstError("normalTailRatio", cases())).toBeLessThan(8);
  });

  it("the lower tail keeps its relative accuracy down to where the last place is lost", () => {
    let worst = 0;
    for (let z = 1n; z <= 9n * 64n; z++) {
      const exact = normalDistribution(real(-z, 64n));
      const error = Math.abs(toNumber(fromFixed(normalTail((z * ONE) / 64n)) - exact));
      worst = Math.max(worst, (error - 1.5 * ULP) / toNumber(exact));
    }
    console.log(`tail: worst error beyond 1.5 ulp ${worst.toExponential(2)} of itself`);
    expect(worst).toBeLessThan(2e-17);
  });
});

describe("monotony", () => {
  it("exp and ln rise and the tail falls over steps of 2^-50, through every seam", () => {
    const random = new Random(7);
    const step = 1n << 10n;
    for (let i = 0; i < 20_000; i++) {
      const x = (BigInt(random.uint32()) << 32n) % (9n * ONE);
      expect(normalTail(x + 8n * step) <= normalTail(x)).toBe(true);
      expect(fixedPoint.exp(x + step) > fixedPoint.exp(x)).toBe(true);
      expect(fixedPoint.exp(-x) >= fixedPoint.exp(-x - step)).toBe(true);
      expect(fixedPoint.lnRatio(x + ONE + 16n * step, ONE) > fixedPoint.lnRatio(x + ONE, ONE)).toBe(true);
    }
    // The seams of the tail ratio: z = 4 (8 / p − 1).
    for (let piece = 1n; piece < 8n; piece++) {
      const seam = (4n * ONE * (8n - piece)) / piece;
      for (let offset = -8n; offset <= 8n; offset++) {
        const z = seam + offset * step;
        expect(fixedPoint.normalTailRatio(z + step) <= fixedPoint.normalTailRatio(z)).toBe(true);
      }
    }
    expect(normalTail(fixedPoint.NORMAL_TAIL_END)).toBe(0n);
  });
});
