import { accountNumber, ChunkKind, concatBytes, instrumentNumber, Side } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { tickBytes } from "../../../test/support/world.ts";
import { encodeGlobal, globalKey, readAccount, readBook, readGlobal, readWithdrawal } from "../src/index.ts";
import {
  deal,
  expectOk,
  marginOf,
  marketOf,
  marketWith,
  nano,
  report,
  setMarket,
  withdraw,
  withdrawable,
} from "./marginMarket.ts";
import {
  buy,
  cashOf,
  causesOf,
  fillsOf,
  funds,
  immediate,
  perpetual,
  positionOf,
  run,
  sell,
  setCash,
  start,
  tick,
  trade,
} from "./market.ts";

const MAX_AGE = 3_600;

/** Orders of a later time. */
const at = (time: number) => ({ deadline: time + 60 });

describe("Marks past their greatest age", () => {
  it("let nobody add risk in their instrument, and whoever wants reduce it", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 100);
    const time = start + MAX_AGE;
    tick(store, time);
    expect(trade(store, buy(1, 796_100, 1, at(time))).reasons).toEqual(["Ok"]);
    tick(store, time + 1);
    expect(trade(store, buy(1, 796_100, 1, at(time))).reasons).toEqual(["MarkTooOld"]);
    expect(trade(store, sell(1, 796_100, 1, at(time))).reasons).toEqual(["MarkTooOld"]);
    // Both come nearer to zero; account 3 would not, and its order is taken away without a fee.
    const reducing = { ...at(time), options: 2 };
    trade(store, sell(3, 796_000, 10, at(time)));
    expect(trade(store, buy(2, 796_100, 40, reducing)).reasons).toEqual(["Ok"]);
    const result = trade(store, sell(1, 796_100, 60, { ...reducing, ...immediate }));
    expect(fillsOf(result)).toEqual([{ maker: 2, rank: 796_100, lots: 40 }]);
    expect([positionOf(store, 1), positionOf(store, 2)]).toEqual([60, -60]);
  });

  it("take a maker's order away that would add risk, without a fee", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 100);
    trade(store, buy(3, 796_100, 10, { restMinutes: 120 }), buy(2, 796_000, 30, { restMinutes: 120 }));
    const time = start + MAX_AGE + 1;
    tick(store, time);
    const result = trade(store, sell(1, 796_000, 20, { ...at(time), ...immediate, options: 2 }));
    expect(causesOf(result)).toEqual(["stale"]);
    expect(fillsOf(result)).toEqual([{ maker: 2, rank: 796_000, lots: 20 }]);
    expect(cashOf(store, 3)).toBe(funds);
  });

  it("of another leg stop a trade in an instrument that is freshly marked, unless it reduces", () => {
    const { store, numbers } = marketWith("BTC-27MAR20-7000-P");
    deal(store, 1, 2, numbers[0]!, 50);
    deal(store, 1, 3, perpetual, 20);
    const time = start + MAX_AGE + 60;
    report(store, time, { marked: [perpetual] });
    trade(store, sell(3, 796_100, 100, at(time)), buy(3, 796_000, 100, at(time)));
    expect(trade(store, buy(1, 796_100, 10, { ...at(time), ...immediate })).reasons).toEqual(["MarkTooOld"]);
    expect(trade(store, sell(1, 796_000, 21, { ...at(time), ...immediate })).reasons).toEqual(["MarkTooOld"]);
    expect(trade(store, sell(1, 796_000, 20, { ...at(time), ...immediate })).reasons).toEqual(["Ok"]);
    // Money stays in as well, until the leg is marked.
    const cashOut = withdraw(1, 1_000_000, time + 60);
    expect(run(store, ChunkKind.risk, cashOut).reasons).toEqual(["MarkTooOld"]);
    report(store, time + 1, { marked: numbers });
    expect(run(store, ChunkKind.risk, cashOut).reasons).toEqual(["Ok"]);
  });
});

describe("An account below its initial margin", () => {
  /** Account 1 is long 1,000 lots, account 2 short as many; account 1 has too little for it. */
  function underMargined(): OrderedStore {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 1_000);
    setCash(store, 1, cashOf(store, 1) - funds + 10_000_000_000);
    const { equity, initialMargin, maintenanceMargin } = marginOf(store, 1);
    expect(equity < initialMargin && equity > maintenanceMargin).toBe(true);
    return store;
  }

  it("may bring its position nearer to zero, as a taker and as a maker", () => {
    const store = underMargined();
    trade(store, buy(3, 796_100, 2_000));
    expect(trade(store, sell(1, 796_100, 1, immediate)).reasons).toEqual(["Ok"]);
    trade(store, sell(1, 796_200, 99));
    expect(fillsOf(trade(store, buy(4, 796_200, 99, immediate)))).toHaveLength(1);
    expect(positionOf(store, 1)).toBe(900);
  });

  it("may not go further from zero, nor through it", () => {
    const store = underMargined();
    trade(store, sell(3, 796_200, 2_000), buy(3, 796_100, 3_000));
    expect(trade(store, buy(1, 796_200, 1, immediate)).reasons).toEqual(["InsufficientMargin"]);
    setCash(store, 1, cashOf(store, 1) - 9_000_000_000);
    expect(trade(store, sell(1, 796_100, 2_000, immediate)).reasons).toEqual(["InsufficientMargin"]);
    expect(trade(store, sell(1, 796_100, 1_000, immediate)).reasons).toEqual(["Ok"]);
    expect(positionOf(store, 1)).toBe(0);
  });

  it("may not pay so much for it that it lacks more than before", () => {
    const store = underMargined();
    // 8 % of the index instead of 16: less than what an order may give away within the band.
    setMarket(store, perpetual, { losses: marketOf(store, perpetual).losses.map((loss) => loss / 2n) });
    setCash(store, 1, cashOf(store, 1) - 5_000_000_000);
    trade(store, buy(3, 725_000, 10));
    expect(trade(store, sell(1, 725_000, 10, immediate)).reasons).toEqual(["InsufficientMargin"]);
    trade(store, buy(3, 750_000, 10));
    expect(trade(store, sell(1, 750_000, 10, immediate)).reasons).toEqual(["Ok"]);
  });
});

describe("Price bands", () => {
  it("keep orders for a perpetual within a tenth of the index around the mark", () => {
    const { store } = marketWith();
    // 7,961 ± 796.1 USD; only the side counts on which money would be given away.
    expect(trade(store, buy(1, 875_710, 1)).reasons).toEqual(["Ok"]);
    expect(trade(store, buy(1, 875_711, 1)).reasons).toEqual(["OutsidePriceBand"]);
    expect(trade(store, buy(1, 1_000, 1)).reasons).toEqual(["Ok"]);
    expect(trade(store, sell(2, 716_489, 1)).reasons).toEqual(["OutsidePriceBand"]);
    expect(trade(store, sell(2, 9_000_000, 1)).reasons).toEqual(["Ok"]);
    expect(trade(store, sell(2, 716_490, 1)).reasons).toEqual(["Ok"]);
  });

  it("keep orders for an option within half of its mark and a twentieth of the index", () => {
    const { store, numbers } = marketWith("BTC-27MAR20-9000-C");
    const [call] = numbers;
    const { mark } = marketOf(store, call!);
    const width = mark / 2n + 79_610_000_000n / 20n;
    const highest = Number((mark + width) / 100_000n);
    expect(trade(store, buy(1, highest, 1, { instrument: call! })).reasons).toEqual(["Ok"]);
    expect(trade(store, buy(1, highest + 1, 1, { instrument: call! })).reasons).toEqual(["OutsidePriceBand"]);
    // Half of its mark and a twentieth of the index below it is nothing: any offer will do.
    expect(trade(store, sell(2, highest + 1, 1, { instrument: call! })).reasons).toEqual(["Ok"]);
  });

  it("take resting orders of others away that the market has left behind, when they are met", () => {
    const { store } = marketWith();
    trade(store, sell(2, 796_100, 5), sell(2, 900_000, 5), sell(1, 796_200, 5));
    report(store, start + 30, { index: 9_000, marked: [perpetual] });
    const result = trade(store, buy(1, 980_000, 20, { ...immediate, options: 4 }));
    expect(causesOf(result)).toEqual(["band", "self-trade"]);
    const swept = trade(store, buy(3, 980_000, 20, { options: 1 }));
    expect(swept.reasons).toEqual(["WouldCross"]);
    expect(causesOf(trade(store, buy(3, 980_000, 20, immediate)))).toEqual(["band", "immediate-or-cancel"]);
    expect(readAccount(store, accountNumber(2))!.restingOrders).toBe(0);
  });
});

describe("Funding", () => {
  it("is paid by the cash of both sides at a fill, once, and owed by nobody else", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 10);
    deal(store, 3, 4, perpetual, 7);
    const cash = [1, 2, 3, 4].map((account) => cashOf(store, account));
    const { insurance } = readGlobal(store);
    // Longs owe 1,500 nano-USD a lot.
    const fundingIndex = marketOf(store, perpetual).fundingIndex + 1_501n;
    setMarket(store, perpetual, { fundingIndex });
    const equity = marginOf(store, 1).equity;
    const value = 4 * 796_100 * 100;
    const fee = (rate: number) => Math.ceil((value * rate) / 1e6);
    expectOk(trade(store, sell(1, 796_100, 4), buy(2, 796_100, 4, immediate)));
    // 15,010 nano-USD are 16 units of cash to pay, and 15 to get.
    expect(cashOf(store, 1) - cash[0]!).toBe(value - fee(100) - 16);
    expect(cashOf(store, 2) - cash[1]!).toBe(-value - fee(300) + 15);
    expect([cashOf(store, 3), cashOf(store, 4)]).toEqual(cash.slice(2));
    expect(readGlobal(store).insurance - insurance).toBe(fee(100) + fee(300) + 1);
    expect(marginOf(store, 1).equity - equity).toBe(-nano(fee(100)) - 990n);
    const again = cashOf(store, 1);
    expectOk(trade(store, sell(1, 796_100, 1), buy(2, 796_100, 1, immediate)));
    expect(cashOf(store, 1) - again).toBe(79_610_000 - 7_961);
  });
});

describe("Totals", () => {
  it("follow the margins of whoever trades, and are none without positions", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 100);
    const inCash = (value: bigint) => Number((value + 999n) / 1_000n);
    const { initialMargin, notional } = marginOf(store, 1);
    expect(readAccount(store, accountNumber(1))).toMatchObject({
      margin: inCash(initialMargin),
      notional: Number(notional),
    });
    expect(readGlobal(store)).toMatchObject({ margin: 2n * BigInt(inCash(initialMargin)), notional: 2n * notional });
    expect(Number(notional)).toBe(7_961_000_000);
    deal(store, 1, 2, perpetual, -100);
    expect(readAccount(store, accountNumber(1))).toMatchObject({ margin: 0, notional: 0 });
    expect(readGlobal(store)).toMatchObject({ margin: 0n, notional: 0n });
  });
});

describe("A withdrawal where there is a deficit", () => {
  /** Of all that accounts have, 4,000,000 USD, a quarter is not in the vault. */
  function withDeficit(): OrderedStore {
    const { store } = marketWith();
    const global = readGlobal(store);
    store.put(globalKey, encodeGlobal({ ...global, deposits: (3 * funds) as never, deficit: funds as never }));
    return store;
  }

  it("bears its share of it, and makes as much of it good", () => {
    const store = withDeficit();
    expectOk(run(store, ChunkKind.risk, withdraw(1, 1_000_001, start + 60)));
    expect(readWithdrawal(store, 1)!.amount).toBe(750_000);
    expect(readGlobal(store)).toMatchObject({ withdrawals: 750_000, deficit: funds - 250_001 });
    expect(cashOf(store, 1)).toBe(funds - 1_000_001);
  });

  it("is the same for the last as for the first, up to rounding, and empties the vault", () => {
    const store = withDeficit();
    const paid = [1, 2, 3, 4].map((account) => {
      const { events } = run(store, ChunkKind.risk, withdraw(account, funds, start + 60));
      return events[0]?.type === "withdrawn" ? [events[0].amount, events[0].retired] : [];
    });
    expect(paid).toEqual(Array.from({ length: 4 }, () => [0.75 * funds, 0.25 * funds]));
    expect(readGlobal(store)).toMatchObject({ withdrawals: 3 * funds, deficit: 0 });
  });

  it("is refused where it would be paid nothing, or asks for more than all claims", () => {
    const store = withDeficit();
    const global = readGlobal(store);
    expect(run(store, ChunkKind.risk, withdraw(1, 1, start + 60)).reasons).toEqual(["VaultExhausted"]);
    expect(run(store, ChunkKind.risk, withdraw(1, 4 * funds + 1, start + 60)).reasons).toEqual(["VaultExhausted"]);
    store.put(globalKey, encodeGlobal({ ...global, withdrawals: global.deposits }));
    expect(run(store, ChunkKind.risk, withdraw(1, funds, start + 60)).reasons).toEqual(["VaultExhausted"]);
  });

  it("never takes more in all than the vault holds", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = new Random(seed);
      const store = withDeficit();
      for (let count = 0; count < 12; count++) {
        run(store, ChunkKind.risk, withdraw(1 + random.below(4), 1 + random.below(2 ** 31) * 250, start + 60));
        const { deposits, withdrawals, deficit } = readGlobal(store);
        expect(withdrawals <= deposits && deficit >= 0, `seed ${seed}`).toBe(true);
      }
    }
  });
});

describe("A trade in parts", () => {
  it("comes to the same as at once, but for what rounding of the fees gives the fund", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = new Random(seed);
      const { store, numbers } = marketWith("BTC-27MAR20-7000-P");
      deal(store, 1, 3, perpetual, 10 + random.below(20));
      const instrument = random.pick([perpetual, numbers[0]!]);
      const rank = Number(marketOf(store, instrument).mark / 100_000n) + random.below(30);
      const [first, second] = random.chance(0.5) ? [buy, sell] : [sell, buy];
      const parts = Array.from({ length: 2 + random.below(6) }, () => 1 + random.below(20));
      const whole = parts.reduce((sum, part) => sum + part, 0);
      const results = [[whole], parts].map((sizes) => {
        const copy = store.clone();
        for (const size of sizes) {
          const order = first(2, rank, size, { instrument });
          expectOk(trade(copy, order, second(1, rank, size, { instrument, ...immediate })));
        }
        const { insurance, margin, notional } = readGlobal(copy);
        const cash = [1, 2].map((account) => cashOf(copy, account));
        return {
          insurance,
          cash,
          margin,
          notional,
          margins: [1, 2].map((account) => marginOf(copy, account).initialMargin),
        };
      });
      const [once, split] = results as [(typeof results)[0], (typeof results)[0]];
      const message = `seed ${seed}`;
      expect(split.margins, message).toEqual(once.margins);
      expect([split.margin, split.notional], message).toEqual([once.margin, once.notional]);
      for (const account of [0, 1]) {
        const lost = once.cash[account]! - split.cash[account]!;
        expect(lost >= 0 && lost < parts.length, message).toBe(true);
      }
      expect(split.insurance - once.insurance, message).toBe(
        once.cash[0]! + once.cash[1]! - split.cash[0]! - split.cash[1]!,
      );
    }
  });
});

describe("A book", () => {
  it("never stays crossed, whatever orders come and however margins, marks and bands stop them", () => {
    let fills = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const random = new Random(seed);
      const { store } = marketWith();
      setCash(store, 4, 3_000_000);
      let time = start;
      for (let round = 0; round < 40; round++) {
        const orders = Array.from({ length: 5 }, () => {
          const side = random.pick([buy, sell]);
          const options = random.pick([0, 0, 0, 1, 2, 4, 8]);
          const timeInForce = options === 1 ? 0 : random.pick([0, 0, 0, 1, 2]);
          const rank = 796_100 + random.below(800) - 400 + random.pick([0, 0, 0, 60_000, -60_000]);
          return side(1 + random.below(4), rank, 1 + random.below(400), { ...at(time), options, timeInForce });
        });
        fills += fillsOf(trade(store, ...orders)).length;
        const [bid] = readBook(store, instrumentNumber(1), Side.buy, 1);
        const [offer] = readBook(store, instrumentNumber(1), Side.sell, 1);
        const isCrossed = bid !== undefined && offer !== undefined && bid.priceRank >= offer.priceRank;
        expect(isCrossed, `seed ${seed}, round ${round}`).toBe(false);
        if (random.chance(0.2)) {
          time += 1 + random.below(50);
          const index = 7_961 + random.below(20) - 10;
          if (random.chance(0.7)) report(store, time, { index, marked: [perpetual] });
          else run(store, ChunkKind.risk, concatBytes(tickBytes(time)));
        }
      }
    }
    expect(fills).toBeGreaterThan(200);
  });
});

describe("What an account may withdraw", () => {
  it("is what its equity at the lower of mark and index has over its initial margin", () => {
    const { store } = marketWith();
    deal(store, 1, 2, perpetual, 100);
    for (const [account, direction] of [
      [1, 1n],
      [2, -1n],
    ] as const) {
      for (const premium of [50_000_000n, -50_000_000n]) {
        const copy = store.clone();
        setMarket(copy, perpetual, { mark: marketOf(store, perpetual).mark + premium });
        const { equity, initialMargin } = marginOf(copy, account);
        const gain = 100n * direction * premium;
        const free = equity - (gain > 0n ? gain : 0n) - initialMargin;
        expect(withdrawable(copy, account)).toBe(Number(free / 1_000n));
      }
    }
  });
});
