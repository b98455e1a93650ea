import { InstrumentKind, instrumentNumber } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { optionLegs, optionPrice } from "../src/black76.ts";
import { lnRatio, ONE } from "../src/fixedPoint.ts";
import { decodeExpiry, expiryKey, readGlobal, readInstrument, readPositions } from "../src/index.ts";
import { exactDeviations } from "./exactRisk.ts";
import { REAL_ONE } from "./highPrecision.ts";
import { deal, marginOf, marketOf, marketWith, nano, report, setMarket, withdrawable } from "./marginMarket.ts";
import { buy, funds, perpetual, sell, start, trade } from "./market.ts";

/** How an account can look richer, or safer, than it is; and that none of it helps. */

const REPEAT = Number(process.env.RECOURSE_LONG_TESTS ?? 1);

/** What one lot of an option is worth, in nano-USD, when the forward stands so many millionths of where it is. */
function valueAt(store: OrderedStore, number: number, factor: bigint, volatility: "up" | "down"): bigint {
  const { underlying, expiry, strike, lot, kind } = readInstrument(store, instrumentNumber(number))!;
  const surface = decodeExpiry(store.peek(expiryKey(underlying, expiry))!);
  const { time } = readGlobal(store);
  const deviations = exactDeviations({
    kind,
    strike: BigInt(strike),
    lot: BigInt(lot),
    index: 0n,
    forward: BigInt(surface.forward),
    surface,
    reportTime: BigInt(surface.time),
    expiry: BigInt(expiry),
    time: BigInt(time),
  });
  const deviation = (deviations[volatility] * ONE) / REAL_ONE;
  const forward = BigInt(surface.forward) * factor;
  const strikeInUnits = BigInt(strike) * 1_000_000n;
  const isCall = kind === InstrumentKind.call;
  const price = optionPrice(isCall, forward, strikeInUnits, optionLegs(lnRatio(forward, strikeInUnits), deviation));
  return (price * BigInt(lot)) / (10_000_000n * 1_000_000n * ONE);
}

/** The most that an account's options lose when the forward moves by up to 16 % and volatility either way, in nano-USD. */
function worstLoss(store: OrderedStore, account: number): bigint {
  const positions = readPositions(store, account as never);
  let worst = 0n;
  for (const [volatility, range] of [
    ["up", 160_000n],
    ["down", 120_000n],
  ] as const) {
    for (let factor = 1_000_000n - range; factor <= 1_000_000n + range; factor += 2_500n) {
      const loss = positions.reduce((sum, { instrument, lots }) => {
        const change = valueAt(store, instrument, factor, volatility) - marketOf(store, instrument).mark;
        return sum - BigInt(lots) * change;
      }, 0n);
      if (loss > worst) worst = loss;
    }
  }
  return worst;
}

describe("A butterfly between two nodes", () => {
  it("needs at least what it can lose anywhere between them", () => {
    // Close to their expiry, when values bend within less than the distance of two nodes.
    const expiryTime = start + 28_800;
    let isCloseCall = false;
    const names = ["8040", "8120", "8200", "8280"].map((strike) => `BTC-12MAR20-${strike}-C`);
    for (let seed = 1; seed <= 6 * REPEAT; seed++) {
      const random = new Random(seed);
      const { store, numbers } = marketWith(...names);
      const left = random.pick([600, 3_600, 14_400]);
      report(store, expiryTime - left, { index: 7_961, volatility: 30 + random.below(120), marked: numbers });
      const [low, middle, high] = random.chance(0.5) ? numbers.slice(0, 3) : numbers.slice(1);
      const lots = 20 + random.below(50);
      // Account 1 is short the wings and long twice the body, which is worth least where the body's strike is.
      const sign = random.pick([1, 1, -1]);
      deal(store, 1, 2, middle!, sign * 2 * lots);
      deal(store, 1, 2, low!, -sign * lots);
      deal(store, 1, 2, high!, -sign * lots);
      const { initialMargin, underlyings } = marginOf(store, 1);
      const worst = worstLoss(store, 1);
      const message = `seed ${seed}: margin ${initialMargin}, worst loss ${worst}`;
      // A lot's value in the state is rounded to a nano-USD.
      expect(initialMargin + 8n * BigInt(lots) >= worst, message).toBe(true);
      expect(underlyings[0]!.longGap > 0n, message).toBe(true);
      isCloseCall ||= initialMargin - underlyings[0]!.longGap < worst;
    }
    // The nodes alone would not have done.
    expect(isCloseCall).toBe(true);
  });
});

describe("Bringing only the winning leg up to date", () => {
  it("never frees more than bringing all legs up to date does", () => {
    const names = ["BTC-27MAR20-7000-P", "BTC-27MAR20-9000-C", "BTC-27MAR20-8000-C"];
    for (let seed = 1; seed <= 12 * REPEAT; seed++) {
      const random = new Random(seed);
      const { store, numbers } = marketWith(...names);
      const legs = [perpetual, ...numbers];
      const one = random.pick(legs);
      const other = random.pick(legs.filter((leg) => leg !== one));
      deal(store, 1, 2, one, random.pick([1, -1]) * (10 + random.below(90)));
      deal(store, 1, 2, other, random.pick([1, -1]) * (10 + random.below(90)));
      const moved = { index: 7_961 * (1 + (random.below(200) - 100) / 1_000), volatility: 76 + random.below(9) };
      const time = start + 2 + random.below(600);
      const refreshed = (marked: readonly number[]) => {
        const copy = store.clone();
        report(copy, time, { ...moved, marked });
        return { free: withdrawable(copy, 1), margin: marginOf(copy, 1) };
      };
      const all = refreshed([one, other]);
      for (const marked of [[], [one], [other]]) {
        const some = refreshed(marked);
        expect(some.free, `seed ${seed}, marked ${marked}`).toBeLessThanOrEqual(all.free + 1);
      }
    }
  });
});

describe("A perpetual that two accounts trade with each other", () => {
  it("yields them no more together than they have put in, wherever they push its book", () => {
    for (let seed = 1; seed <= 4 * REPEAT; seed++) {
      const random = new Random(seed);
      const { store } = marketWith();
      const isUp = random.chance(0.5);
      const rank = isUp ? 836_000 : 756_000;
      let time = start + 10;
      for (let round = 0; round < 12; round++) {
        const deadline = time + 60;
        const size = 100 + random.below(900);
        // Bids and offers of each other far from the index, left in the book, and trades there.
        trade(store, sell(2, rank, size, { deadline }), buy(1, rank, size - random.below(50), { deadline }));
        trade(store, random.chance(0.5) ? buy(1, rank, 150, { deadline }) : sell(2, rank, 150, { deadline }));
        time += 60 + random.below(900);
        report(store, time, { marked: [perpetual] });
        const together = withdrawable(store, 1) + withdrawable(store, 2);
        expect(together, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(2 * funds);
      }
      expect(marginOf(store, 1).equity).not.toBe(nano(marginOf(store, 1).cash));
    }
  });
});

describe("A mark above the index", () => {
  it("makes equity, but none that can be taken out", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 1_000);
    const before = withdrawable(store, 1);
    const { mark } = marketOf(store, perpetual);
    // Somebody wants much for more than the index, for an hour.
    for (let time = start + 60; time <= start + 3_600; time += 60) {
      trade(store, buy(3, 835_000, 2_000, { deadline: time + 60, restMinutes: 1 }));
      report(store, time, { marked: [perpetual] });
    }
    const richer = marketOf(store, perpetual).mark;
    expect(richer > mark).toBe(true);
    const atIndex = store.clone();
    setMarket(atIndex, perpetual, { mark });
    expect(marginOf(store, 1).equity - marginOf(atIndex, 1).equity).toBe(1_000n * (richer - mark));
    expect(withdrawable(store, 1)).toBe(withdrawable(atIndex, 1));
    expect(withdrawable(store, 1)).toBeLessThanOrEqual(before);
  });
});
