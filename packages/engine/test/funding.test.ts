import { accountNumber, ChunkKind, concatBytes } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { stateProblems } from "../../../test/support/invariants.ts";
import { Random } from "../../../test/support/random.ts";
import { signedCancelAll, signer } from "../../../test/support/world.ts";
import { type EngineEvent, fundEquity, readAccount, readGlobal, readPositions } from "../src/index.ts";
import { freshNumber, immediate, run } from "./market.ts";
import {
  bid,
  markAt,
  marketOf,
  offer,
  order,
  perpetual,
  perpetualMarket,
  premiumOf,
  start,
  usd,
} from "./perpetualMarket.ts";

const hour = 3_600;
const rich = [1_000_000, 1_000_000, 1_000_000];
const tenUsd = BigInt(10 * usd);

/** Bids of far more than what counts, 10 USD above the index, seen from ten seconds after the start on. */
function atPremium(): OrderedStore {
  const store = perpetualMarket(rich);
  bid(store, 1, 1_000, 500);
  markAt(store, start + 10);
  return store;
}

const accruals = (events: readonly EngineEvent[]) =>
  events.flatMap((event) => (event.type === "fundingAccrued" ? [[event.rate, event.fundingIndex]] : []));

/** Mark of one lot of 0.01 at a price in USD, in nano-USD. */
const lotAt = (price: number) => BigInt(Math.round(price * 10_000_000));

describe("The mark of a perpetual", () => {
  it("comes nearer to the premium in five minutes, by how long it has been in force", () => {
    const store = atPremium();
    expect(premiumOf(store)).toEqual({ time: start + 10, premium: tenUsd, average: 0n, hourSum: 0n });
    expect(marketOf(store).mark).toBe(lotAt(10_000));
    markAt(store, start + 70);
    expect(premiumOf(store)).toMatchObject({ average: 200_000_000n, hourSum: 60n * tenUsd });
    expect(marketOf(store)).toMatchObject({ mark: lotAt(10_002), index: 10_000 * usd });
    markAt(store, start + 170, 10_000);
    // 2 + (10 − 2) × 100 / 300, rounded down to 1e-8 USD; the lot to 1e-9 USD.
    expect(premiumOf(store)).toMatchObject({ average: 466_666_666n, hourSum: 160n * tenUsd });
    expect(marketOf(store).mark).toBe((10_004_66666666n * 1_000_000n) / 10_000_000n);
    markAt(store, start + 470);
    expect(marketOf(store).mark).toBe(lotAt(10_010));
  });

  it("moves by nothing in a second, and down as it moves up", () => {
    const store = atPremium();
    markAt(store, start + 310);
    offer(store, 2, 1_000, 500);
    offer(store, 2, -1_000, 500);
    markAt(store, start + 320);
    expect(premiumOf(store)).toMatchObject({ premium: -tenUsd, average: tenUsd });
    markAt(store, start + 380);
    expect(premiumOf(store).average).toBe(600_000_000n);
    expect(marketOf(store).mark).toBe(lotAt(10_006));
  });

  it("lies at most half a percent off the index of the day", () => {
    const store = perpetualMarket(rich);
    bid(store, 1, 20_000, 500);
    markAt(store, start + 10);
    markAt(store, start + 310);
    expect(marketOf(store).mark).toBe(lotAt(10_050));
    // The average is 50 USD, but 45 USD are half a percent now.
    markAt(store, start + 311, 9_000);
    expect(premiumOf(store).average).toBe(BigInt(50 * usd));
    expect(marketOf(store).mark).toBe(lotAt(9_045));
  });

  it("has the losses of the index", () => {
    const store = perpetualMarket(rich);
    const before = marketOf(store);
    bid(store, 1, 1_000, 500);
    markAt(store, start + 10);
    markAt(store, start + 310);
    const { mark, losses, delta, gap } = marketOf(store);
    expect(mark).toBe(before.mark + lotAt(10));
    expect({ losses, delta, gap }).toEqual({ losses: before.losses, delta: before.delta, gap: 0n });
  });
});

describe("Funding", () => {
  it("is an eighth of the hour's mean premium, second by second", () => {
    const store = atPremium();
    expect(accruals(markAt(store, start + hour - 1))).toEqual([]);
    expect(marketOf(store).fundingIndex).toBe(0n);
    // 10 USD for 3,590 of 3,600 seconds: 9.9722… / 8 USD; a lot is a hundredth.
    const rate = (10n * BigInt(usd) * 3_590n) / 28_800n;
    expect(accruals(markAt(store, start + hour + 50))).toEqual([[rate, rate / 10n]]);
    expect(marketOf(store).fundingIndex).toBe(12_465_277n);
    expect(premiumOf(store)).toMatchObject({ time: start + hour + 50, hourSum: 50n * tenUsd });
    const whole = (10n * BigInt(usd)) / 8n;
    expect(accruals(markAt(store, start + 2 * hour))).toEqual([[whole, rate / 10n + whole / 10n]]);
    expect(premiumOf(store).hourSum).toBe(0n);
  });

  it("of a negative premium is paid by those who are short, rounded down", () => {
    const store = perpetualMarket(rich);
    offer(store, 1, -1_000, 500);
    markAt(store, start + 7);
    const rate = -((10n * BigInt(usd) * 3_593n + 28_799n) / 28_800n);
    expect(accruals(markAt(store, start + hour))).toEqual([[rate, (rate - 9n) / 10n]]);
  });

  it("is at most 0.05 % of the index an hour", () => {
    const store = perpetualMarket(rich);
    bid(store, 1, 20_000, 500);
    markAt(store, start + 1);
    expect(accruals(markAt(store, start + hour))).toEqual([[BigInt(5 * usd), 50_000_000n]]);
  });

  it("is not paid for hours in which nobody marked", () => {
    const store = atPremium();
    const events = markAt(store, start + 5 * hour + 100);
    expect(accruals(events)).toHaveLength(1);
    expect(marketOf(store).fundingIndex).toBe(12_465_277n);
    expect(premiumOf(store).hourSum).toBe(0n);
    markAt(store, start + 6 * hour);
    expect(marketOf(store).fundingIndex).toBe(12_465_277n + (10n * BigInt(usd) * 3_500n) / 28_800n / 10n);
  });

  it("is owed from the hour's end on, and paid where the position changes", () => {
    const store = perpetualMarket(rich);
    offer(store, 2, 0, 100);
    bid(store, 3, 0, 100);
    bid(store, 1, 1_000, 500);
    markAt(store, start + 10);
    markAt(store, start + hour);
    const owed = 100n * 12_465_277n;
    expect(readGlobal(store)).toMatchObject({ claims: 0n, insurance: 0 });
    const cash = [2, 3].map((account) => readAccount(store, accountNumber(account))!.cash);
    const { events } = offer(store, 3, 1_000, 40);
    const payer = Math.ceil(Number(owed) / 1_000);
    expect(events.filter(({ type }) => type === "fundingPaid")).toEqual([
      { type: "fundingPaid", account: 3, instrument: perpetual, amount: payer },
    ]);
    expect(readAccount(store, accountNumber(3))!.cash).toBe(cash[1]! - payer + 40 * 100_100_000);
    expect(readGlobal(store)).toMatchObject({ claims: -owed, insurance: payer });
    // What account 2 is owed is rounded against it: the fund keeps the difference.
    bid(store, 2, 1_500, 5);
    const settled = offer(store, 3, 1_500, 5).events.filter(({ type }) => type === "fundingPaid");
    expect(settled).toEqual([
      { type: "fundingPaid", account: 2, instrument: perpetual, amount: -Math.floor(Number(owed) / 1_000) },
    ]);
    expect(readGlobal(store)).toMatchObject({ claims: 0n, insurance: 1 });
    expect(cash[0]).toBe(1_010_000_000_000);
  });
});

describe("Funding over days", () => {
  const accounts = 14;
  const maker = 1;

  /** Sends one order, which may be refused, and checks all that must be true. */
  function send(store: OrderedStore, ...orders: readonly Uint8Array[]): readonly EngineEvent[] {
    const { events } = run(store, ChunkKind.trade, concatBytes(...orders));
    return events;
  }

  it("is zero in sum to the last unit, and leaves nothing owed once nobody holds anything", () => {
    const seed = 20_200_312;
    const random = new Random(seed);
    const store = perpetualMarket([50_000_000, ...Array.from({ length: accounts - 1 }, () => 50_000)]);
    let index = 10_000;
    let paid = 0;
    let payments = 0;
    const note = (events: readonly EngineEvent[]) => {
      for (const event of events) {
        if (event.type !== "fundingPaid") continue;
        paid += Math.abs(event.amount);
        payments++;
      }
    };
    for (let time = start; time < start + 4 * 24 * hour; ) {
      time += 60 + random.below(1_700);
      index = Math.round(index * (99_700 + random.below(601))) / 100_000;
      markAt(store, time, index);
      const level = Math.round(index * 100) - 1_000_000;
      // Two of the accounts trade at a premium or a discount, which the maker's orders show for a while.
      const premium = random.below(8_001) - 4_000;
      const [seller, buyer] = [2 + random.below(accounts - 1), 2 + random.below(accounts - 1)];
      const lots = 1 + random.below(40);
      const at = level + Math.round(premium / 10);
      note(send(store, order(store, seller!, 1, at, lots), order(store, buyer!, 0, at, lots, immediate)));
      const side = premium > 0 ? 0 : 1;
      note(send(store, order(store, maker, side, at, 150 + random.below(200), { restMinutes: 1 + random.below(60) })));
      expect(stateProblems(store), `seed ${seed}, ${time}`).toEqual([]);
    }
    expect(readGlobal(store).claims).not.toBe(0n);
    closeAll(store, note, Math.round(index * 100) - 1_000_000);

    const global = readGlobal(store);
    expect(global).toMatchObject({ claims: 0n, margin: 0n, notional: 0n, deficit: 0 });
    expect(marketOf(store).openInterest).toBe(0);
    expect(payments).toBeGreaterThan(200);
    expect(paid).toBeGreaterThan(100_000_000);
    // All that the fund has is what rounding left it: below one unit a payment.
    expect(fundEquity(global)).toBe(BigInt(global.insurance));
    expect(global.insurance).toBeGreaterThan(0);
    expect(global.insurance).toBeLessThan(payments);
  });

  /** Empties the book, and brings all positions to zero against the maker, and so the maker's. */
  function closeAll(store: OrderedStore, note: (events: readonly EngineEvent[]) => void, level: number): void {
    const deadline = readGlobal(store).time;
    for (let account = 1; account <= accounts; account++) {
      send(store, signedCancelAll({ account, key: signer(account), deadline, nonce: freshNumber() }));
    }
    for (let account = 2; account <= accounts; account++) {
      const held = readPositions(store, accountNumber(account))[0]?.lots ?? 0;
      if (held === 0) continue;
      const side = held > 0 ? 1 : 0;
      const size = Math.abs(held);
      const orders = [order(store, maker, 1 - side, level, size), order(store, account, side, level, size, immediate)];
      note(send(store, ...orders));
    }
    for (let account = 1; account <= accounts; account++) {
      expect(readPositions(store, accountNumber(account)), `account ${account}`).toEqual([]);
    }
  }
});
