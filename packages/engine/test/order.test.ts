import { accountNumber, ChunkKind, MAX_POSITIONS, MAX_RESTING_ORDERS } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { imbalances } from "../../../test/support/invariants.ts";
import { Random } from "../../../test/support/random.ts";
import { signedWithdraw } from "../../../test/support/world.ts";
import {
  accountKey,
  accountMargin,
  encodeAccount,
  nonceKey,
  readAccount,
  readBook,
  readGlobal,
  readPositions,
  readRestingOrders,
} from "../src/index.ts";
import {
  buy,
  cancel,
  cashOf,
  causesOf,
  deadline,
  fillsOf,
  freshNumber,
  funds,
  immediate,
  keys,
  market,
  order,
  perpetual,
  positionOf,
  put,
  run,
  sell,
  setCash,
  start,
  tick,
  trade,
} from "./market.ts";

describe("Matching", () => {
  it("meets the best price first, and at one price the earliest order", () => {
    const store = market();
    trade(store, sell(1, 796_200, 5), sell(2, 796_100, 5), sell(3, 796_100, 5), sell(1, 796_050, 5));
    expect(fillsOf(trade(store, buy(4, 796_150, 20)))).toEqual([
      { maker: 1, rank: 796_050, lots: 5 },
      { maker: 2, rank: 796_100, lots: 5 },
      { maker: 3, rank: 796_100, lots: 5 },
    ]);
    expect(readBook(store, perpetual, 0, 5)).toEqual([{ priceRank: 796_150, lots: 5, orders: 1 }]);
  });

  it("meets the highest bid first", () => {
    const store = market();
    trade(store, buy(1, 796_000, 5), buy(2, 796_100, 5), buy(3, 796_100, 5));
    expect(fillsOf(trade(store, sell(4, 796_000, 12)))).toEqual([
      { maker: 2, rank: 796_100, lots: 5 },
      { maker: 3, rank: 796_100, lots: 5 },
      { maker: 1, rank: 796_000, lots: 2 },
    ]);
  });

  it("leaves what is left of a maker where it stood in the queue", () => {
    const store = market();
    trade(store, sell(1, 796_100, 10), sell(2, 796_100, 10));
    trade(store, buy(3, 796_100, 4));
    expect(readBook(store, perpetual, 1, 5)).toEqual([{ priceRank: 796_100, lots: 16, orders: 2 }]);
    expect(fillsOf(trade(store, buy(3, 796_100, 7)))).toEqual([
      { maker: 1, rank: 796_100, lots: 6 },
      { maker: 2, rank: 796_100, lots: 1 },
    ]);
  });

  it("moves cash and positions at the maker's price, and fees rounded up to the fund", () => {
    const store = market();
    trade(store, sell(1, 796_100, 100));
    const result = trade(store, buy(2, 796_200, 63, immediate));
    // 63 lots × 796,100 ranks × 100 units of cash; fees of 300 and 100 in a million.
    const value = 63 * 796_100 * 100;
    expect(result.events[0]).toMatchObject({ type: "fill", value, takerFee: 1_504_629, makerFee: 501_543 });
    expect(cashOf(store, 2)).toBe(funds - value - 1_504_629);
    expect(cashOf(store, 1)).toBe(funds + value - 501_543);
    expect(readGlobal(store).insurance).toBe(1_504_629 + 501_543);
    expect([positionOf(store, 1), positionOf(store, 2)]).toEqual([-63, 63]);
  });

  it("rounds a fee up where it is no whole unit", () => {
    const store = market();
    // One lot at one rank is worth 100 units. The fees would be 23,883.03 and 7,961.01 units.
    trade(store, buy(1, 796_101, 1));
    const fill = { value: 79_610_100, takerFee: 23_884, makerFee: 7_962 };
    expect(trade(store, sell(2, 796_101, 1)).events[0]).toMatchObject(fill);
  });

  it("cancels what an immediate order does not find, and refuses it where it finds nothing", () => {
    const store = market();
    trade(store, sell(1, 796_100, 5));
    const result = trade(store, buy(2, 796_100, 8, immediate), buy(2, 796_100, 8, immediate));
    expect(result.reasons).toEqual(["Ok", "NotFilled"]);
    expect(causesOf(result)).toEqual(["immediate-or-cancel"]);
    expect(readRestingOrders(store, accountNumber(2))).toEqual([]);
  });

  it("cancels an account's own resting orders rather than meet them, and goes on", () => {
    const store = market();
    trade(store, sell(1, 796_000, 5), sell(2, 796_050, 5));
    const result = trade(store, buy(1, 796_100, 7));
    expect(causesOf(result)).toEqual(["self-trade"]);
    expect(fillsOf(result)).toEqual([{ maker: 2, rank: 796_050, lots: 5 }]);
    expect(readRestingOrders(store, accountNumber(1))).toMatchObject([{ side: 0, lots: 2 }]);
  });

  it("closes a position, removes it, and opens the opposite", () => {
    const store = market();
    trade(store, sell(1, 796_100, 5), buy(2, 796_100, 5));
    trade(store, sell(2, 796_100, 5), buy(1, 796_100, 5));
    expect(readPositions(store, accountNumber(1))).toEqual([]);
    expect(readAccount(store, accountNumber(1))!.positions).toBe(0);
    trade(store, buy(1, 796_100, 3), sell(2, 796_100, 3));
    expect([positionOf(store, 1), positionOf(store, 2)]).toEqual([3, -3]);
  });
});

describe("Margin", () => {
  it("stops a taker at the fill that it has not the margin for; the rest is cancelled", () => {
    const store = market();
    trade(store, sell(1, 796_100, 2), sell(1, 796_100, 1_000));
    setCash(store, 2, 30_000_000);
    const result = trade(store, buy(2, 796_100, 500));
    expect(result.reasons).toEqual(["Ok"]);
    expect(fillsOf(result)).toEqual([{ maker: 1, rank: 796_100, lots: 2 }]);
    expect(causesOf(result)).toEqual(["margin"]);
    expect(readRestingOrders(store, accountNumber(2))).toEqual([]);
    const { equity, initialMargin } = accountMargin(store, accountNumber(2))!;
    expect(equity).toBeGreaterThanOrEqual(initialMargin);
  });

  it("refuses a taker that has not the margin for its first fill, and changes nothing but the stream", () => {
    const store = market();
    trade(store, sell(1, 796_100, 1_000));
    setCash(store, 2, 30_000_000);
    const { reasons, events } = trade(store, buy(2, 796_100, 500));
    expect(reasons).toEqual(["InsufficientMargin"]);
    expect(events).toEqual([]);
    expect([cashOf(store, 2), positionOf(store, 2)]).toEqual([30_000_000, 0]);
  });

  it("cancels a maker that has not the margin, for a fee, and goes on to the next", () => {
    const store = market();
    trade(store, sell(1, 796_000, 1_000), sell(3, 796_100, 5));
    setCash(store, 1, 30_000_000);
    const result = trade(store, buy(2, 796_100, 1_000, immediate));
    expect(fillsOf(result)).toEqual([{ maker: 3, rank: 796_100, lots: 5 }]);
    expect(causesOf(result)).toEqual(["margin", "immediate-or-cancel"]);
    expect(cashOf(store, 1)).toBe(30_000_000 - 100_000);
  });

  it("never takes more for the fee than the maker has", () => {
    for (const cash of [7, 0, -7]) {
      const store = market();
      trade(store, sell(1, 796_000, 1_000));
      setCash(store, 1, cash);
      trade(store, buy(2, 796_100, 1_000, immediate));
      expect(cashOf(store, 1)).toBe(Math.min(cash, 0));
    }
  });

  it("lets an account reduce a position that it could not open", () => {
    const store = market();
    trade(store, sell(1, 796_100, 1_000), buy(2, 796_100, 1_000));
    // The losses of a move against the account: its equity is a little above its margin after closing half.
    setCash(store, 2, cashOf(store, 2) - funds + 7_000_000_000);
    trade(store, buy(1, 796_100, 500));
    expect(trade(store, buy(2, 796_100, 1, immediate)).reasons).toEqual(["NotFilled"]);
    expect(trade(store, sell(2, 796_100, 500, immediate)).reasons).toEqual(["Ok"]);
  });

  it("of a written option is what it may cost, of a bought one its price", () => {
    const store = market();
    trade(store, sell(1, 30_000, 10, { instrument: put }), buy(2, 30_000, 10, { instrument: put }));
    const [writer, holder] = [1, 2].map((account) => accountMargin(store, accountNumber(account))!);
    expect(writer!.initialMargin).toBeGreaterThan(holder!.initialMargin);
    expect(cashOf(store, 1)).toBeGreaterThan(funds);
    expect(cashOf(store, 2)).toBeLessThan(funds);
  });

  it("keeps what it needs from being withdrawn", () => {
    const store = market();
    trade(store, sell(1, 796_100, 1_000), buy(2, 796_100, 1_000));
    const { equity, initialMargin } = accountMargin(store, accountNumber(1))!;
    const free = Number((equity - initialMargin) / 1_000n);
    const withdraw = (amount: number) => {
      const fields = { account: 1, key: keys[0]!, deadline, nonce: freshNumber(), recipient: keys[0]!.address };
      return run(store, ChunkKind.risk, signedWithdraw({ ...fields, amount })).reasons;
    };
    expect(withdraw(free + 1)).toEqual(["InsufficientMargin"]);
    expect(withdraw(free)).toEqual(["Ok"]);
    expect(withdraw(1)).toEqual(["InsufficientMargin"]);
  });
});

describe("Admission", () => {
  it("takes each order once, whatever its outcome, and takes a refused one again", () => {
    const store = market();
    const resting = buy(1, 700_000, 1);
    expect(trade(store, resting, resting).reasons).toEqual(["Ok", "NonceUsed"]);
    const unmet = buy(1, 700_000, 1, immediate);
    expect(trade(store, unmet, unmet).reasons).toEqual(["NotFilled", "NotFilled"]);
  });

  it("takes nonces in any order, and the same one under deadlines 64 seconds apart", () => {
    const store = market();
    const orders = [5, 3, 900, 4, 65_535, 0].map((nonce) =>
      buy(1, 700_000, 1, { nonce, clientOrderId: freshNumber() }),
    );
    expect(new Set(trade(store, ...orders).reasons)).toEqual(new Set(["Ok"]));
    const same = [0, 1, 63, 64].map((later) =>
      buy(1, 700_000, 1, { nonce: 77, deadline: start + later, clientOrderId: freshNumber() }),
    );
    expect(trade(store, ...same).reasons).toEqual(["Ok", "NonceUsed", "NonceUsed", "Ok"]);
  });

  it("forgets nonces once their deadlines have passed, two words for each new one", () => {
    const store = market();
    const bucket = Math.floor(start / 64);
    const words = () =>
      [0, 1, 2, 3].filter((word) => store.peek(nonceKey(accountNumber(1), bucket, word)) !== undefined);
    trade(store, ...[0, 1, 2, 3].map((word) => buy(1, 700_000, 1, { nonce: 256 * word, deadline: start })));
    expect(words()).toEqual([0, 1, 2, 3]);
    tick(store, start + 64);
    trade(store, buy(1, 700_000, 1, { deadline: start + 70 }));
    expect(words()).toEqual([2, 3]);
    trade(store, buy(1, 700_000, 1, { deadline: start + 70 }));
    expect(words()).toEqual([]);
  });

  it("holds a deadline to its second, and to ten minutes ahead", () => {
    const store = market();
    const deadlines = [start - 1, start, start + 600, start + 601];
    const orders = deadlines.map((each) => buy(1, 700_000, 1, { deadline: each }));
    expect(trade(store, ...orders).reasons).toEqual(["DeadlinePassed", "Ok", "Ok", "DeadlineTooFar"]);
  });

  it("takes no order that another key signed, or that was signed for another deployment", () => {
    const store = market();
    const orders = [{ key: keys[1]! }, { domain: new Uint8Array(32) }, { signer: 1 }].map((changes) =>
      buy(1, 700_000, 1, changes),
    );
    expect(trade(store, ...orders).reasons).toEqual(["BadSignature", "BadSignature", "UnknownSigner"]);
  });
});

describe("Resting orders", () => {
  it("are found and cancelled by the account's own number for them", () => {
    const store = market();
    trade(store, buy(1, 700_000, 3, { clientOrderId: 42 }));
    expect(trade(store, buy(1, 700_001, 3, { clientOrderId: 42 })).reasons).toEqual(["DuplicateClientOrderId"]);
    expect(trade(store, cancel(2, 42)).reasons).toEqual(["UnknownOrder"]);
    expect(trade(store, cancel(1, 42), cancel(1, 42)).reasons).toEqual(["Ok", "UnknownOrder"]);
    expect(readBook(store, perpetual, 0, 5)).toEqual([]);
    expect(trade(store, buy(1, 700_001, 3, { clientOrderId: 42 })).reasons).toEqual(["Ok"]);
  });

  it("live through the last second of their time and are cancelled on sight after it", () => {
    const store = market();
    trade(store, sell(1, 796_000, 5, { restMinutes: 2 }));
    tick(store, deadline + 120);
    expect(fillsOf(trade(store, buy(2, 796_000, 1, { ...immediate, deadline: deadline + 130 })))).toHaveLength(1);
    tick(store, deadline + 121);
    expect(readBook(store, perpetual, 1, 5)).toEqual([]);
    const late = trade(store, buy(2, 796_000, 1, { deadline: deadline + 130 }));
    expect(causesOf(late)).toEqual(["expired"]);
    expect(late.reasons).toEqual(["Ok"]);
    expect(readAccount(store, accountNumber(1))!.restingOrders).toBe(0);
  });

  it("of an older era are cancelled on sight, and the clock is not before the era's start", () => {
    const store = market();
    trade(store, sell(1, 796_000, 5), sell(1, 796_000, 5));
    const era = { era: 1, eraStart: start + 20 };
    const result = run(store, ChunkKind.trade, buy(2, 796_000, 3), era);
    expect(causesOf(result)).toEqual(["era", "era"]);
    expect(fillsOf(result)).toEqual([]);
    expect(readGlobal(store)).toMatchObject({ era: 1, time: start + 20 });
    const next = run(store, ChunkKind.trade, sell(3, 796_000, 2), era);
    expect(fillsOf(next)).toEqual([{ maker: 2, rank: 796_000, lots: 2 }]);
  });

  it("are no more than an account may have; an immediate order is not counted", () => {
    const store = market();
    for (let count = 0; count < MAX_RESTING_ORDERS; count += 20) {
      const orders = Array.from({ length: 20 }, () => buy(1, 700_000 + count, 1));
      expect(new Set(trade(store, ...orders).reasons)).toEqual(new Set(["Ok"]));
    }
    trade(store, sell(2, 796_000, 1));
    const result = trade(store, buy(1, 700_000, 1), buy(1, 796_000, 1, immediate));
    expect(result.reasons).toEqual(["TooManyRestingOrders", "Ok"]);
  });
});

describe("Positions", () => {
  it("are in no more instruments than an account may hold, whichever side of the fill it is on", () => {
    const store = market();
    for (const account of [1, 2]) {
      const key = accountNumber(account);
      store.put(accountKey(key), encodeAccount({ ...readAccount(store, key)!, positions: MAX_POSITIONS }));
    }
    const asMaker = trade(store, sell(1, 796_000, 5), buy(3, 796_000, 5));
    expect(causesOf(asMaker)).toEqual(["positions"]);
    const asTaker = trade(store, sell(2, 796_000, 5, immediate));
    expect(asTaker.reasons).toEqual(["TooManyPositions"]);
  });
});

describe("The stream", () => {
  it("counts every transaction, executed or refused, and starts anew with each term", () => {
    const store = market();
    const { position } = readGlobal(store);
    trade(store, buy(1, 700_000, 1), buy(1, 0, 1));
    expect(readGlobal(store).position).toBe(position + 2);
    run(store, ChunkKind.trade, buy(1, 700_000, 1), { term: 2 });
    const first = readGlobal(store);
    expect(first).toMatchObject({ term: 2, position: 1 });
    const order = buy(1, 700_000, 1);
    run(store, ChunkKind.trade, order, { term: 3 });
    const other = market();
    run(other, ChunkKind.trade, order, { term: 3 });
    expect(readGlobal(store).runningHash).toEqual(readGlobal(other).runningHash);
  });
});

describe("Money", () => {
  it("is neither made nor lost, and books are never crossed, over a long random trade", () => {
    const random = new Random(5);
    const store = market();
    setCash(store, 4, 40_000_000);
    const before = imbalances(store);
    let fills = 0;
    for (let chunk = 0; chunk < 60; chunk++) {
      const orders = Array.from({ length: 10 }, () => {
        const instrument = 1 + random.below(2);
        const around = instrument === perpetual ? 796_100 : 27_000;
        const rank = around - 50 + random.below(101);
        const changes = {
          instrument,
          timeInForce: random.below(2),
          restMinutes: random.below(3),
          deadline: start + chunk,
        };
        return order(1 + random.below(4), random.below(2), rank, 1 + random.below(40), changes);
      });
      fills += fillsOf(trade(store, ...orders)).length;
      expect(imbalances(store)).toEqual(before);
      tick(store, start + chunk + 1);
    }
    expect(fills).toBeGreaterThan(100);
    for (const account of [1, 2, 3, 4]) {
      const listed = readRestingOrders(store, accountNumber(account));
      expect(listed).toHaveLength(readAccount(store, accountNumber(account))!.restingOrders);
    }
  });
});
