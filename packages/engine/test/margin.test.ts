import {
  InstrumentKind,
  type Price,
  price,
  type Quantity,
  quantity,
  SETTLED_TIME,
  type Seconds,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  addPosition,
  ageGrowth,
  emptyPortfolio,
  isStale,
  type MarketRecord,
  scenarios,
  underlyingMargin,
} from "../src/index.ts";
import { deal, marginOf, marketOf, marketWith, report, setMarket } from "./marginMarket.ts";
import { perpetual, start, tick } from "./market.ts";

const now = seconds(start);
const index = price(8_000_00000000);
const noLosses = scenarios.map(() => 0n);

/** An option of 0.01 of an underlying at 8,000 USD, marked by the newest report. */
function marketLike(changes: Partial<MarketRecord> = {}): MarketRecord {
  return {
    underlying: underlyingNumber(1),
    kind: InstrumentKind.call,
    mark: 1_000_000_000n,
    delta: 5_000_000_000n,
    time: now,
    reportTime: now,
    index,
    lot: quantity(1_000_000),
    gap: 0n,
    openInterest: 0,
    houseLots: 0,
    fundingIndex: 0n,
    losses: noLosses,
    ...changes,
  };
}

interface Held {
  readonly market: MarketRecord;
  readonly lots: number;
  readonly fundingIndex?: bigint;
}

/** The margin of positions in one underlying, whose index now and then are as given. */
function judge(held: readonly Held[], newest: { index?: Price; indexTime?: Seconds } = {}, time: Seconds = now) {
  const portfolio = emptyPortfolio();
  for (const { market, lots, fundingIndex = 0n } of held) {
    addPosition(portfolio, market, lots, fundingIndex, { index, indexTime: now, ...newest });
  }
  return { ...portfolio, margin: underlyingMargin(portfolio.exposures[0]!, time), portfolio };
}

const later = (ageSeconds: number) => seconds(start + ageSeconds);

describe("The age of the marks", () => {
  it("makes margins grow with the square root of time, by a tenth in an hour", () => {
    expect([0, 1, 9, 36, 3_600, 4 * 3_600].map(ageGrowth)).toEqual([0n, 1_667n, 5_001n, 10_001n, 100_001n, 200_001n]);
    for (let age = 1; age < 20_000; age += 7) {
      const growth = ageGrowth(age) - 1n;
      const square = (BigInt(age) * 10n ** 10n) / 3_600n;
      expect(growth * growth <= square && (growth + 1n) ** 2n > square).toBe(true);
    }
    expect(ageGrowth(2 ** 32 - 1)).toBe(109_226_667n);
  });

  it("counts from the oldest report of any leg, but those that are settled", () => {
    const old = marketLike({ reportTime: later(-900), losses: scenarios.map(() => 7n) });
    const settled = marketLike({ reportTime: seconds(SETTLED_TIME), delta: 0n });
    const { margin, portfolio } = judge([
      { market: marketLike(), lots: 1 },
      { market: old, lots: 1 },
      { market: settled, lots: 1 },
    ]);
    // An age of a quarter of an hour: 5 %, and a millionth, of 160 USD × 0.01 = 1.6 USD, rounded up.
    expect(margin.minimumDelta).toBe(1_600_000_000n);
    expect(margin.aged).toBe((1_600_000_000n * 1_050_001n + 999_999n) / 1_000_000n);
    expect(isStale(portfolio, now, 900)).toBe(false);
    expect(isStale(portfolio, now, 899)).toBe(true);
    const { margin: none, portfolio: done } = judge([{ market: settled, lots: 5 }], {}, later(10_000));
    expect(none.initialMargin).toBe(0n);
    expect(isStale(done, later(10_000), 0)).toBe(false);
  });

  it("makes an account's margin grow in the engine", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 100);
    const fresh = marginOf(store, 1);
    tick(store, start + 900);
    const aged = marginOf(store, 1);
    expect(aged.initialMargin).toBe((fresh.initialMargin * 1_050_001n + 999_999n) / 1_000_000n);
    expect(aged.maintenanceMargin).toBe((aged.initialMargin + 1n) / 2n);
    expect(aged.equity).toBe(fresh.equity);
  });
});

describe("What may hide between the nodes", () => {
  it("is added for what is held long, whole in both margins", () => {
    const withGap = marketLike({ gap: 300n });
    const other = marketLike({ gap: 50n });
    const { margin } = judge([
      { market: withGap, lots: 4 },
      { market: other, lots: -9 },
    ]);
    expect(margin.longGap).toBe(1_200n);
    expect(margin.initialMargin).toBe(margin.aged + 1_200n);
    expect(margin.maintenanceMargin).toBe((margin.aged + 1n) / 2n + 1_200n);
    expect(judge([{ market: withGap, lots: -4 }]).margin.longGap).toBe(0n);
  });
});

describe("Reports of different times", () => {
  const losses = noLosses.map((_, scenario) => [0n, -403n, 202n][[7, 8].indexOf(scenario) + 1]!);

  it("cost as much as the index has moved since, and a quarter of what volatility can do", () => {
    const old = marketLike({ reportTime: later(-1), losses });
    const newest = { index: price(8_100_00000000) };
    // 1.16 × 0.01 × 100 USD, and 101 of 403 rounded up, for each lot, whichever way it is held.
    for (const lots of [3, -3]) {
      const { margin } = judge([{ market: old, lots }], newest);
      expect(margin.mixedAge).toBe(3n * (1_160_000_000n + 101n));
      expect(margin.initialMargin).toBe(margin.aged + margin.mixedAge);
      expect(margin.maintenanceMargin).toBe((margin.aged + 1n) / 2n + margin.mixedAge);
    }
    expect(judge([{ market: old, lots: 1 }], { indexTime: later(-1) }).margin.mixedAge).toBe(0n);
    const settled = marketLike({ reportTime: seconds(SETTLED_TIME), losses });
    expect(judge([{ market: settled, lots: 1 }], newest).margin.mixedAge).toBe(0n);
  });

  it("are rounded up for each lot", () => {
    const old = marketLike({ reportTime: later(-1), lot: 1 as Quantity });
    expect(judge([{ market: old, lots: 5 }], { index: price(8_000_00000001) }).margin.mixedAge).toBe(5n);
  });

  it("cost in the engine until the leg is marked again", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 100);
    report(store, start + 10, { index: 7_900 });
    const before = marginOf(store, 1);
    // 100 lots of 0.01, and 1.16 of the 61 USD that the index has moved.
    expect(before.underlyings[0]!.mixedAge).toBe(70_760_000_000n);
    report(store, start + 11, { index: 7_900, marked: [perpetual] });
    const after = marginOf(store, 1);
    expect(after.underlyings[0]!.mixedAge).toBe(0n);
    expect(after.initialMargin).toBeLessThan(before.initialMargin);
    expect(marketOf(store, perpetual).index).toBe(7_900_00000000);
    expect(after.equity - before.equity).toBe(-61_000_000_000n);
  });
});

describe("A position's value", () => {
  it("is less the funding that is due", () => {
    const market = marketLike({ fundingIndex: 70n });
    expect(judge([{ market, lots: 10, fundingIndex: 20n }]).value).toBe(10n * 1_000_000_000n - 500n);
    expect(judge([{ market, lots: -10, fundingIndex: 20n }]).value).toBe(-10n * 1_000_000_000n + 500n);
  });

  it("is for withdrawals the lower of a perpetual's mark and its index, with whatever sign it is held", () => {
    const atIndex = 80_000_000_000n;
    for (const mark of [atIndex + 5n, atIndex - 5n]) {
      const market = marketLike({ kind: InstrumentKind.perpetual, mark, fundingIndex: 3n });
      for (const lots of [7, -7]) {
        const values = [mark, atIndex].map((value) => BigInt(lots) * (value - 3n));
        const { value, lowerValue } = judge([{ market, lots }]);
        expect(value).toBe(values[0]);
        expect(lowerValue).toBe(values[0]! < values[1]! ? values[0] : values[1]);
      }
    }
    const option = judge([{ market: marketLike({ mark: 5n }), lots: 7 }]);
    expect(option.lowerValue).toBe(option.value);
  });

  it("is in the engine what an account may take out", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 10);
    const before = marginOf(store, 1);
    setMarket(store, perpetual, { mark: marketOf(store, perpetual).mark + 1_000_000n });
    expect(marginOf(store, 1).equity).toBe(before.equity + 10_000_000n);
  });
});

describe("A position that loses in every scenario and does not hedge the net delta", () => {
  it("never lowers the margin", () => {
    const times = [now, later(-5), later(-500)];
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const signed = (limit: number) => BigInt(random.below(limit)) - BigInt(limit >> 1);
      const anyMarket = (losses: readonly bigint[], delta: bigint) =>
        marketLike({ losses, delta, reportTime: random.pick(times), gap: BigInt(random.below(1_000)) });
      const held = Array.from({ length: 1 + random.below(6) }, () => {
        const market = anyMarket(
          noLosses.map(() => signed(1_000_000)),
          signed(20_000_000),
        );
        return { market, lots: (random.below(2) === 0 ? 1 : -1) * (1 + random.below(500)) };
      });
      const before = judge(held);
      const direction = before.portfolio.exposures[0]!.netDelta < 0n ? -1n : 1n;
      const lots = 1 + random.below(500);
      const losing = anyMarket(
        noLosses.map(() => BigInt(random.below(1_000_000))),
        direction * BigInt(random.below(20_000_000)),
      );
      const after = judge([...held, { market: losing, lots }]);
      const message = `seed ${seed}`;
      expect(after.margin.initialMargin >= before.margin.initialMargin, message).toBe(true);
      expect(after.margin.maintenanceMargin >= before.margin.maintenanceMargin, message).toBe(true);
    }
  });
});
