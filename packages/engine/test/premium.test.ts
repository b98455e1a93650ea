import { accountNumber, CHUNK_LIMIT, ChunkKind, concatBytes, MAX_POSITIONS, PREMIUM_ORDERS } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { context, markBytes, signedReport, tickBytes } from "../../../test/support/world.ts";
import { accountKey, ChunkExecution, encodeAccount, executeChunk, readAccount } from "../src/index.ts";
import { bid, markAt, marketOf, offer, perpetual, perpetualMarket, premiumOf, start, usd } from "./perpetualMarket.ts";

/** What the book shows ten seconds after the start. */
function observe(store: OrderedStore, index = 10_000): bigint {
  markAt(store, start + 10, index);
  return premiumOf(store).premium;
}

const rich = [1_000_000, 1_000_000, 1_000_000];

/** USD as the premium counts them. */
const inUsd = (value: number) => BigInt(Math.round(value * usd));

describe("The premium that a perpetual's book shows", () => {
  it("is nothing where the book is empty, or has its prices on both sides of the index", () => {
    const store = perpetualMarket(rich);
    expect(premiumOf(store).premium).toBe(0n);
    bid(store, 1, -10, 1_000);
    bid(store, 1, 0, 1_000);
    offer(store, 2, 10, 1_000);
    expect(observe(store)).toBe(0n);
    const meter = store.chunkMeter;
    // One order a side is looked at, and no account.
    markAt(store, start + 20);
    expect(store.chunkMeter).toBe(meter);
  });

  it("is the average distance of the bids above the index, or of the offers below it", () => {
    const bids = perpetualMarket(rich);
    bid(bids, 1, 1_000, 200);
    expect(observe(bids)).toBe(inUsd(10));
    const offers = perpetualMarket(rich);
    offer(offers, 1, -1_000, 200);
    expect(observe(offers)).toBe(-inUsd(10));
    const levels = perpetualMarket(rich);
    // 5,010 USD at +20 USD, and of the next order what is missing to 10,000 USD.
    bid(levels, 1, 2_000, 50);
    bid(levels, 2, 1_000, 5_000);
    expect(observe(levels)).toBe((5_010n * inUsd(20) + 4_990n * inUsd(10)) / 10_000n);
  });

  it("counts depth that is missing as at the index, and ends at the index", () => {
    const store = perpetualMarket(rich);
    bid(store, 1, 1_000, 25);
    bid(store, 1, -1_000, 500);
    expect(observe(store)).toBe((25_025n * inUsd(10)) / 100_000n);
  });

  it("passes over who has no room for a position, and so is never filled", () => {
    for (const [positions, expected] of [
      [MAX_POSITIONS - 1, inUsd(10)],
      [MAX_POSITIONS, 0n],
    ] as const) {
      const store = perpetualMarket(rich);
      bid(store, 1, 1_000, 200);
      const account = readAccount(store, accountNumber(1))!;
      store.put(accountKey(accountNumber(1)), encodeAccount({ ...account, positions }));
      // An audit would count the positions, so the chunk is executed without one.
      const reported = signedReport({ underlying: 1, time: start + 10, index: 10_000 * usd, surfaces: [] });
      const chunk = concatBytes(tickBytes(start + 10), reported, markBytes(perpetual));
      expect([...executeChunk(store, context(), ChunkKind.risk, chunk).reasons]).toEqual([0, 0, 0]);
      expect(premiumOf(store).premium).toBe(expected);
    }
  });

  it("is at most half a percent, and no order counts for more", () => {
    const far = perpetualMarket(rich);
    bid(far, 1, 50_000, 500);
    expect(observe(far)).toBe(inUsd(50));
    const little = perpetualMarket(rich);
    bid(little, 1, 50_000, 10);
    // 1,050 USD at +50 USD, not at +500.
    expect(observe(little)).toBe((1_050n * inUsd(50)) / 10_000n);
    const low = perpetualMarket(rich);
    offer(low, 1, -50_000, 500);
    expect(observe(low)).toBe(-inUsd(50));
  });

  it("is observed once a report, whoever marks, and whatever the book says in between", () => {
    const store = perpetualMarket(rich);
    bid(store, 1, 1_000, 200, { clientOrderId: 7, restMinutes: 1 });
    run(store, tickBytes(start + 5), markBytes(perpetual));
    expect(premiumOf(store)).toMatchObject({ time: start + 5, premium: 0n });
    expect(observe(store)).toBe(inUsd(10));
    offer(store, 2, 1_000, 200);
    run(store, tickBytes(start + 15), markBytes(perpetual));
    expect(premiumOf(store)).toMatchObject({ time: start + 15, premium: inUsd(10) });
    markAt(store, start + 16);
    expect(premiumOf(store)).toMatchObject({ time: start + 16, premium: 0n });
  });
});

/** Executes risk transactions, which must succeed. */
function run(store: OrderedStore, ...transactions: readonly Uint8Array[]): void {
  const { reasons } = executeChunk(store, context(), ChunkKind.risk, concatBytes(...transactions));
  expect(reasons).toEqual(new Uint8Array(transactions.length));
}

describe("Orders that make no premium", () => {
  it("dead ones: past their time, or of another era", () => {
    const store = perpetualMarket(rich);
    bid(store, 1, 1_000, 200, { restMinutes: 1 });
    markAt(store, start + 60);
    expect(premiumOf(store).premium).toBe(inUsd(10));
    markAt(store, start + 61);
    expect(premiumOf(store).premium).toBe(0n);
    bid(store, 1, 1_000, 200);
    const report = signedReport({ underlying: 1, time: start + 62, index: 10_000 * usd });
    const chunk = concatBytes(tickBytes(start + 62), report, markBytes(perpetual));
    executeChunk(store, context({ era: 1 }), ChunkKind.risk, chunk);
    expect(premiumOf(store)).toMatchObject({ time: start + 62, premium: 0n });
  });

  it("reduce-only ones", () => {
    const store = perpetualMarket(rich);
    offer(store, 1, 0, 300);
    bid(store, 2, 0, 300);
    bid(store, 1, 1_000, 300, { options: 2 });
    expect(observe(store)).toBe(0n);
  });

  it("those whose account is not worth 16 % of them, taken together", () => {
    const store = perpetualMarket([1_000, 1_000]);
    // 1,000 USD carry 6,250 USD of orders.
    bid(store, 1, 1_000, 63);
    expect(observe(store)).toBe(0n);
    bid(store, 1, 900, 50);
    bid(store, 1, 800, 13);
    bid(store, 1, 700, 12);
    markAt(store, start + 20);
    const first = 50n * 10_009n * inUsd(9);
    const last = 12n * 10_007n * inUsd(7);
    expect(premiumOf(store).premium).toBe((first + last) / 1_000_000n);
  });

  it("those that are covered only by what a short sale has brought in", () => {
    const store = perpetualMarket([1_000, 1_000_000]);
    offer(store, 1, 0, 50);
    bid(store, 2, 0, 50);
    expect(readAccount(store, accountNumber(1))!.cash).toBe(6_000_000_000);
    offer(store, 1, -1_000, 20);
    expect(observe(store)).toBe(0n);
    // 200 USD are free beyond the margin of 800 USD.
    offer(store, 1, -500, 12);
    markAt(store, start + 20);
    expect(premiumOf(store).premium).toBe((-12n * 9_995n * inUsd(5)) / 1_000_000n);
  });

  it("but those that close a leveraged position do, as far as it goes", () => {
    const store = perpetualMarket([1_700, 1_000_000]);
    offer(store, 2, 0, 100);
    bid(store, 1, 0, 100);
    expect(readAccount(store, accountNumber(1))!.cash).toBe(-8_300_000_000);
    offer(store, 1, -1_000, 60);
    offer(store, 1, -900, 41);
    offer(store, 1, -800, 40);
    expect(observe(store)).toBe(-(60n * 9_990n * inUsd(10) + 40n * 9_992n * inUsd(8)) / 1_000_000n);
  });

  it("and those after the first so many", () => {
    const store = perpetualMarket([...rich, 100]);
    for (let place = 0; place < PREMIUM_ORDERS - 1; place++) bid(store, 4, 2_000 + place, 50);
    bid(store, 1, 1_000, 200);
    expect(observe(store)).toBe(inUsd(10));
    bid(store, 4, 3_000, 50);
    markAt(store, start + 20);
    expect(premiumOf(store).premium).toBe(0n);
  });
});

describe("A mark that finds no room for the book", () => {
  it("changes nothing, and is the next chunk's", () => {
    const store = perpetualMarket(rich);
    bid(store, 1, 1_000, 200);
    const report = signedReport({ underlying: 1, time: start + 10, index: 10_000 * usd });
    const execution = new ChunkExecution(store, context(), ChunkKind.risk);
    execution.run(tickBytes(start + 10));
    execution.run(report);
    const before = marketOf(store);
    store.charge(CHUNK_LIMIT - 700_000 - store.chunkMeter);
    expect(execution.tryRun(markBytes(perpetual))).toBeUndefined();
    expect(marketOf(store)).toEqual(before);
    execution.finish();
    expect(executeChunk(store, context(), ChunkKind.risk, markBytes(perpetual)).reasons).toEqual(Uint8Array.of(0));
    expect(premiumOf(store).premium).toBe(inUsd(10));
  });
});
