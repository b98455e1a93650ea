import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { LossSums } from "../src/lossSums.ts";
import { scenarios } from "../src/riskArray.ts";

const MAX_LOSS = 1n << 47n;
const MAX_LOTS = 2 ** 40;

/** Sums by the formula. */
class PlainSums {
  readonly sums: bigint[];

  constructor(sums = scenarios.map(() => 0n)) {
    this.sums = sums;
  }

  add(losses: readonly bigint[], lots: number | bigint): void {
    losses.forEach((loss, scenario) => {
      this.sums[scenario]! += BigInt(lots) * loss;
    });
  }

  worst() {
    const loss = this.sums.reduce((most, sum) => (sum > most ? sum : most), 0n);
    return { loss, scenario: Math.max(this.sums.indexOf(loss), 0) };
  }
}

function expectEqual(sums: LossSums, plain: PlainSums): void {
  expect(scenarios.map((_, scenario) => sums.at(scenario))).toEqual(plain.sums);
  const worst = plain.worst();
  expect(sums.worst()).toEqual(worst.loss === 0n ? { loss: 0n, scenario: 0 } : worst);
}

/** A number below 2^bits in magnitude, as likely to be small as to be great, and often at an edge. */
function spread(random: Random, bits: number): bigint {
  const length = BigInt(random.below(bits + 1));
  const below = ((BigInt(random.uint32()) << 32n) | BigInt(random.uint32())) & ((1n << length) - 1n);
  const magnitude = random.chance(0.3) ? (1n << length) - BigInt(random.below(2)) : below;
  return random.chance(0.5) ? -magnitude : magnitude;
}

const lossesOf = (random: Random, bits: number) => scenarios.map(() => spread(random, bits));

describe("sums of losses", () => {
  it("equal the formula in BigInt, whatever the sizes", () =>
    Random.run(71, (random) => {
      for (let round = 0; round < 300; round++) {
        const sums = new LossSums();
        const plain = new PlainSums();
        const lossBits = 10 + random.below(38);
        const lotsBits = 1 + random.below(40);
        const positions = random.below(66);
        for (let position = 0; position < positions; position++) {
          const losses = lossesOf(random, random.chance(0.1) ? 47 : lossBits);
          const lots = Number(spread(random, random.chance(0.1) ? 40 : lotsBits));
          sums.add(losses, lots);
          plain.add(losses, lots);
          if (random.chance(0.05)) expectEqual(sums, plain);
        }
        expectEqual(sums, plain);
      }
    }));

  it("stay exact at the limits of every kind of product", () => {
    for (const [loss, lots] of [
      [MAX_LOSS, MAX_LOTS],
      [-MAX_LOSS, MAX_LOTS],
      [MAX_LOSS - 1n, -MAX_LOTS],
      // Greatest limbs: all bits set, and the half at which lots are rounded up.
      [MAX_LOSS - 1n, MAX_LOTS - 1],
      [-MAX_LOSS, 2 ** 22],
      [-MAX_LOSS, -(2 ** 22)],
      [MAX_LOSS - 1n, 2 ** 22 - 1],
      [-(2n ** 46n) - 1n, 3 * 2 ** 22],
      // Products of 2^50 and just above, that are added whole and in limbs.
      [1n << 30n, 2 ** 20],
      [-(1n << 30n), 2 ** 20 + 1],
      [MAX_LOSS, 8],
    ] as const) {
      const sums = new LossSums();
      const plain = new PlainSums();
      const losses = scenarios.map((_, scenario) => (scenario % 2 === 0 ? loss : -loss / 3n));
      const other = scenarios.map((_, scenario) => BigInt(scenario) - (1n << 30n));
      for (let position = 0; position < 300; position++) {
        const [array, size] = position % 7 === 6 ? [other, 2 ** 20 - position] : [losses, lots];
        sums.add(array, size);
        plain.add(array, size);
        if (position % 64 === 63) expectEqual(sums, plain);
      }
      expectEqual(sums, plain);
    }
  });

  it("find the first of equal worst scenarios, and none where nothing is lost", () => {
    const sums = new LossSums();
    expect(sums.worst()).toEqual({ loss: 0n, scenario: 0 });
    sums.add(
      scenarios.map(() => -1n),
      5,
    );
    expect(sums.worst()).toEqual({ loss: 0n, scenario: 0 });
    for (const lots of [1, MAX_LOTS]) {
      const twice = sums.copy();
      twice.add(
        scenarios.map((_, scenario) => (scenario === 3 || scenario === 17 ? MAX_LOSS : 1n)),
        lots,
      );
      expect(twice.worst()).toEqual({ loss: MAX_LOSS * BigInt(lots) - 5n, scenario: 3 });
    }
  });

  it("keep copies apart", () =>
    Random.run(72, (random) => {
      for (const [lossBits, lots] of [
        [20, 3],
        [47, 2 ** 39],
        [60, 7],
      ] as const) {
        const sums = new LossSums();
        const plain = new PlainSums();
        const first = lossesOf(random, lossBits);
        sums.add(first, lots);
        plain.add(first, lots);
        const copy = sums.copy();
        const plainCopy = new PlainSums(plain.sums.slice());
        const second = lossesOf(random, lossBits);
        copy.add(second, -lots);
        plainCopy.add(second, -lots);
        expectEqual(copy, plainCopy);
        expectEqual(sums, plain);
      }
    }));

  it("count what no state holds as well: finer lots, greater losses", () =>
    Random.run(73, (random) => {
      for (let round = 0; round < 50; round++) {
        const sums = new LossSums();
        const plain = new PlainSums();
        for (let position = 0; position < 10; position++) {
          const losses = lossesOf(random, random.pick([30, 47, 62]));
          const lots = random.chance(0.5) ? spread(random, 64) : Number(spread(random, random.pick([20, 40, 52])));
          sums.add(losses, lots);
          plain.add(losses, lots);
        }
        expectEqual(sums, plain);
      }
    }));
});
