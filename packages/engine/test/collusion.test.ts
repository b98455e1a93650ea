import { ChunkKind, concatBytes, InstrumentKind } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { liquidateBytes, signedHouseOrder, signedProvider } from "../../../test/support/house.ts";
import { markBytes } from "../../../test/support/world.ts";
import { fundEquity, readGlobal } from "../src/index.ts";
import { deal, expectOk, marginOf, marketOf, marketWith, report, withdraw, withdrawable } from "./marginMarket.ts";
import { buy, cashOf, freshNumber, funds, immediate, keys, perpetual, run, sell, start, trade } from "./market.ts";

/** What two accounts of one owner, who risks nothing, could take out of the fund or of others; and that they cannot. */

const [LOSER, WINNER, DEALER] = [1, 2, 3] as const;
const deadline = start + 60;

const liquidate = (store: OrderedStore, account: number, provider = 0) =>
  run(store, ChunkKind.house, liquidateBytes(account, provider));

/** What the fund is worth, less what is owed and nobody bears yet, in cash. */
function fundOf(store: OrderedStore): bigint {
  const global = readGlobal(store);
  return fundEquity(global) - BigInt(global.deficit);
}

/** Takes out of an account all that it can do without. */
function empty(store: OrderedStore, account: number): void {
  expectOk(run(store, ChunkKind.risk, withdraw(account, withdrawable(store, account), deadline)));
}

describe("Two accounts with opposite positions", () => {
  it("cannot leave a loss to the fund by closing far from the mark", () => {
    const { store } = marketWith();
    deal(store, LOSER, WINNER, perpetual, 78_000);
    report(store, start + 30, { index: 7_332, marked: [perpetual] });
    // Just above its maintenance margin, so that nobody may liquidate it.
    expect(liquidate(store, LOSER).reasons).toEqual(["NotLiquidatable"]);
    const { equity, initialMargin } = marginOf(store, LOSER);
    expect(equity < (initialMargin * 6n) / 10n).toBe(true);
    for (const percent of [90, 92, 95]) {
      const rank = 7_332 * percent;
      const copy = store.clone();
      const { reasons } = trade(copy, buy(WINNER, rank, 78_000), sell(LOSER, rank, 78_000, immediate));
      const isRefused = reasons[1] === "InsufficientMargin";
      expect(isRefused, `${percent} % of the mark`).toBe(percent < 92);
      expect(cashOf(copy, LOSER) >= 0 || isRefused).toBe(true);
    }
    // A part leaves as much equity for each unit of margin, so no husk is left for the fund either.
    const part = trade(store, buy(WINNER, 667_212, 39_000), sell(LOSER, 667_212, 39_000, immediate));
    expect(part.reasons).toEqual(["Ok", "InsufficientMargin"]);
    expect(liquidate(store, LOSER).reasons).toEqual(["NotLiquidatable"]);
  });

  it("get less back from the house than a liquidation has cost them, however well hedged it was", () => {
    let liquidations = 0;
    for (const strikes of [
      [18_000, 20_000, 22_000],
      [24_000, 26_000, 28_000],
    ]) {
      const { store, numbers } = marketWith(...strikes.map((strike) => `BTC-25DEC20-${strike}-C`));
      const [low, middle, high] = numbers as [number, number, number];
      deal(store, WINNER, LOSER, middle, -20_000);
      deal(store, WINNER, LOSER, low, 10_000);
      deal(store, WINNER, LOSER, high, 10_000);
      empty(store, LOSER);
      report(store, start + 30, { index: 7_961 * 1.16, marked: [perpetual, ...numbers] });
      const before = fundOf(store);
      expectOk(liquidate(store, LOSER));
      liquidations++;
      for (const instrument of numbers) {
        const { houseLots, kind } = marketOf(store, instrument);
        expect(kind).toBe(InstrumentKind.call);
        const [side, rank] = houseLots > 0 ? [0, 2_000_000] : [1, 1];
        const terms = { instrument, side, rank, lots: Math.abs(houseLots) };
        const admission = { account: DEALER, key: keys[DEALER - 1]!, deadline, nonce: freshNumber() };
        expectOk(run(store, ChunkKind.house, signedHouseOrder({ ...admission, ...terms })));
        expect(marketOf(store, instrument).houseLots).toBe(0);
      }
      expect(fundOf(store) > before, `${strikes}`).toBe(true);
    }
    expect(liquidations).toBe(2);
  });
});

describe("Marking the losing leg of a spread alone", () => {
  it("lets nobody liquidate it, or take the other leg for what it was worth before", () => {
    const { store, numbers } = marketWith("BTC-27MAR20-8000-C", "BTC-27MAR20-8000-P");
    const [call, put] = numbers as [number, number];
    deal(store, LOSER, WINNER, perpetual, 50_000);
    deal(store, LOSER, WINNER, call, -50_000);
    deal(store, LOSER, WINNER, put, 50_000);
    empty(store, LOSER);
    const provider = { account: DEALER, key: keys[DEALER - 1]!, deadline, nonce: freshNumber() };
    expectOk(run(store, ChunkKind.house, signedProvider(provider)));
    // Six seconds on the index is 0.6 % lower, and nothing but the perpetual is marked by that.
    report(store, start + 6, { index: 7_961 * 0.994, marked: [perpetual] });
    const { equity } = marginOf(store, LOSER);
    expect(liquidate(store, LOSER, DEALER).reasons).toEqual(["MarkTooOld"]);
    expectOk(run(store, ChunkKind.risk, concatBytes(...numbers.map(markBytes))));
    expect(marginOf(store, LOSER).equity > equity).toBe(true);
    expect(liquidate(store, LOSER, DEALER).reasons).toEqual(["NotLiquidatable"]);
    expect(cashOf(store, DEALER)).toBe(funds);
  });

  it("is no matter as long as the index has moved by no more than a thousandth", () => {
    for (const [index, expected] of [
      [7_961 * 1.00101, "MarkTooOld"],
      [7_961 * 1.00099, "NotLiquidatable"],
    ] as const) {
      const { store, numbers } = marketWith("BTC-27MAR20-8000-C");
      deal(store, LOSER, WINNER, numbers[0]!, 10);
      report(store, start + 6, { index, marked: [] });
      expect(liquidate(store, LOSER).reasons).toEqual([expected]);
    }
  });
});
