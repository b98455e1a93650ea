import {
  accountNumber,
  ChunkKind,
  MAX_POSITIONS,
  MAX_RESTING_ORDERS,
  ORDER_LIMIT,
  type ReasonName,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { imbalances } from "../../../test/support/invariants.ts";
import { dearestTransaction } from "../../../test/support/meters.ts";
import { accountKey, encodeAccount, readAccount, readBook, readGlobal, readRestingOrders } from "../src/index.ts";
import {
  buy,
  cashOf,
  causesOf,
  deadline,
  fillsOf,
  immediate,
  market,
  perpetual,
  positionOf,
  replace,
  sell,
  setCash,
  tick,
  trade,
} from "./market.ts";

const fillOrKill = { timeInForce: 2 };
const postOnly = { options: 1 };
const reduceOnly = { options: 2 };
const cancelIncoming = { options: 4 };
const cancelBoth = { options: 8 };

/** Client order ids and lots of an account's resting orders. */
const restingOf = (store: OrderedStore, account: number) =>
  readRestingOrders(store, accountNumber(account)).map(({ clientOrderId, lots }) => [clientOrderId, lots]);

/** All of a state but the stream's place, for comparisons. */
function contentsOf(store: OrderedStore): unknown {
  const { position, runningHash, ...global } = readGlobal(store);
  return [global, [...store.entries()].slice(1)];
}

/** Sends one order that must be refused for a reason, and changes nothing. */
function expectRefusal(store: OrderedStore, order: Uint8Array, reason: ReasonName): void {
  const before = contentsOf(store);
  const result = trade(store, order);
  expect(result).toEqual({ reasons: [reason], events: [] });
  expect(contentsOf(store)).toEqual(before);
}

describe("Post-only orders", () => {
  it("rest beside the best price of the other side, and are refused at it", () => {
    const store = market();
    trade(store, sell(1, 796_100, 5));
    expectRefusal(store, buy(2, 796_100, 1, postOnly), "WouldCross");
    expectRefusal(store, buy(1, 796_100, 1, postOnly), "WouldCross");
    expect(trade(store, buy(2, 796_099, 1, postOnly)).reasons).toEqual(["Ok"]);
    expectRefusal(store, sell(2, 796_099, 1, postOnly), "WouldCross");
  });

  it("take dead orders out of the way, but only if no live one crosses", () => {
    const store = market();
    trade(store, sell(1, 796_000, 5, { restMinutes: 1 }), sell(1, 796_050, 5));
    tick(store, deadline + 61);
    const later = { ...postOnly, deadline: deadline + 90 };
    expectRefusal(store, buy(2, 796_050, 1, later), "WouldCross");
    expect(causesOf(trade(store, buy(2, 796_049, 1, later)))).toEqual(["expired"]);
    expect(readBook(store, perpetual, 0, 5)).toEqual([{ priceRank: 796_049, lots: 1, orders: 1 }]);
  });
});

describe("Reduce-only orders", () => {
  /** Account 1 is short 5 lots, account 2 long. */
  function positions(): OrderedStore {
    const store = market();
    trade(store, sell(1, 796_100, 5), buy(2, 796_100, 5));
    return store;
  }

  it("are cut to what closes the position, filled and resting", () => {
    const store = positions();
    trade(store, buy(3, 796_000, 2));
    const result = trade(store, sell(2, 796_000, 9, reduceOnly));
    expect(fillsOf(result)).toEqual([{ maker: 3, rank: 796_000, lots: 2 }]);
    expect(result.events[0]).toMatchObject({ type: "remainderCancelled", lots: 4, cause: "reduce-only" });
    expect(readRestingOrders(store, accountNumber(2))).toMatchObject([{ lots: 3, isReduceOnly: true }]);
  });

  it("are refused without a position, and on the side of the one there is", () => {
    const store = positions();
    expectRefusal(store, buy(3, 700_000, 1, reduceOnly), "WouldNotReduce");
    expectRefusal(store, buy(2, 700_000, 1, reduceOnly), "WouldNotReduce");
    expectRefusal(store, sell(1, 800_000, 1, reduceOnly), "WouldNotReduce");
  });

  it("are filled as makers to zero and no further, and then go, without a fee", () => {
    const store = positions();
    trade(store, buy(1, 796_000, 5, reduceOnly), buy(1, 795_900, 5, reduceOnly), sell(2, 796_050, 3));
    trade(store, buy(1, 796_050, 3), buy(4, 795_800, 1));
    const cash = cashOf(store, 1);
    const result = trade(store, sell(3, 795_800, 8, immediate));
    expect(fillsOf(result)).toEqual([
      { maker: 1, rank: 796_000, lots: 2 },
      { maker: 4, rank: 795_800, lots: 1 },
    ]);
    expect(causesOf(result)).toEqual(["reduce-only", "reduce-only", "immediate-or-cancel"]);
    expect([positionOf(store, 1), readAccount(store, accountNumber(1))!.restingOrders]).toEqual([0, 0]);
    const value = 2 * 796_000 * 100;
    expect(cashOf(store, 1)).toBe(cash - value - Math.ceil((value * 100) / 1_000_000));
  });
});

describe("Fill-or-kill orders", () => {
  it("are filled wholly, by several makers and past own and dead orders", () => {
    const store = market();
    trade(store, sell(1, 796_000, 2), sell(2, 796_010, 9), sell(3, 796_020, 3));
    expectRefusal(store, buy(2, 796_020, 6, fillOrKill), "NotFilled");
    const result = trade(store, buy(2, 796_020, 5, fillOrKill));
    expect(fillsOf(result).map(({ lots }) => lots)).toEqual([2, 3]);
    expect(causesOf(result)).toEqual(["self-trade"]);
    expect([restingOf(store, 1), restingOf(store, 2), restingOf(store, 3)]).toEqual([[], [], []]);
  });

  it("change nothing where they are killed, not even makers without the margin", () => {
    const store = market();
    trade(store, sell(1, 796_000, 1_000), sell(3, 796_010, 1));
    setCash(store, 1, 30_000_000);
    expectRefusal(store, buy(2, 796_010, 500, fillOrKill), "NotFilled");
    setCash(store, 2, 1_000);
    expectRefusal(store, buy(2, 796_010, 500, fillOrKill), "InsufficientMargin");
    const account = accountNumber(4);
    store.put(accountKey(account), encodeAccount({ ...readAccount(store, account)!, positions: MAX_POSITIONS }));
    expectRefusal(store, buy(4, 796_010, 500, fillOrKill), "TooManyPositions");
    expectRefusal(store, buy(3, 796_010, 500, { timeInForce: 2, options: 8 }), "SelfTrade");
  });
});

describe("Self-trade prevention", () => {
  it("cancels the rest of the incoming order, and lets the resting one be", () => {
    const store = market();
    trade(store, sell(2, 796_000, 2), sell(1, 796_010, 5, { clientOrderId: 7 }));
    const result = trade(store, buy(1, 796_100, 5, cancelIncoming));
    expect(causesOf(result)).toEqual(["self-trade"]);
    expect(fillsOf(result)).toHaveLength(1);
    expect(restingOf(store, 1)).toEqual([[7, 5]]);
    expectRefusal(store, buy(1, 796_100, 5, cancelIncoming), "SelfTrade");
  });

  it("cancels both", () => {
    const store = market();
    trade(store, sell(1, 796_000, 2), sell(2, 796_010, 5));
    const result = trade(store, buy(1, 796_100, 5, cancelBoth));
    expect(result.reasons).toEqual(["Ok"]);
    expect(causesOf(result)).toEqual(["self-trade", "self-trade"]);
    expect([restingOf(store, 1), positionOf(store, 1)]).toEqual([[], 0]);
  });
});

describe("One maker met several times", () => {
  it("is as its fills before have left it", () => {
    const store = market();
    trade(store, ...[1, 2, 3].map((size) => sell(1, 796_000, size)));
    // Enough for three lots, not for six.
    setCash(store, 1, 50_000_000);
    const before = imbalances(store);
    const result = trade(store, buy(2, 796_000, 6, immediate));
    expect(fillsOf(result).map(({ lots }) => lots)).toEqual([1, 2]);
    expect(causesOf(result)).toEqual(["margin", "immediate-or-cancel"]);
    expect(positionOf(store, 1)).toBe(-3);
    expect(imbalances(store)).toEqual(before);
  });
});

describe("Replacements", () => {
  it("put the new order at the end of the queue, under the same number or another", () => {
    const store = market();
    trade(store, buy(1, 796_000, 5, { clientOrderId: 1 }), buy(2, 796_000, 5));
    expect(trade(store, replace(1, 1, 0, 796_000, 4, { clientOrderId: 1 })).reasons).toEqual(["Ok"]);
    expect(fillsOf(trade(store, sell(3, 796_000, 6))).map(({ maker }) => maker)).toEqual([2, 1]);
    expect(trade(store, replace(1, 1, 0, 795_000, 9, { clientOrderId: 2 })).reasons).toEqual(["Ok"]);
    expect(restingOf(store, 1)).toEqual([[2, 9]]);
  });

  it("leave the old order where it was if the new one is refused, or comes to nothing", () => {
    const store = market();
    trade(
      store,
      buy(1, 796_000, 5, { clientOrderId: 1 }),
      buy(1, 795_000, 5, { clientOrderId: 2 }),
      sell(2, 796_010, 1),
    );
    expectRefusal(store, replace(1, 3, 0, 796_000, 5), "UnknownOrder");
    expectRefusal(store, replace(2, 1, 0, 796_000, 5), "UnknownOrder");
    expectRefusal(store, replace(1, 1, 0, 796_000, 5, { clientOrderId: 2 }), "DuplicateClientOrderId");
    expectRefusal(store, replace(1, 1, 0, 796_009, 5, immediate), "NotFilled");
    expectRefusal(store, replace(1, 1, 0, 796_010, 2, fillOrKill), "NotFilled");
    expectRefusal(store, replace(1, 1, 0, 796_010, 5, postOnly), "WouldCross");
    expectRefusal(store, replace(1, 1, 0, 0, 5), "MalformedOrder");
    setCash(store, 1, 1_000);
    expectRefusal(store, replace(1, 1, 0, 796_010, 5), "InsufficientMargin");
    expect(fillsOf(trade(store, sell(3, 796_000, 5)))).toEqual([]);
  });

  it("take the old order for gone, on whichever side", () => {
    const store = market();
    trade(store, sell(1, 796_000, 5, { clientOrderId: 1 }), sell(2, 796_010, 2));
    const result = trade(store, replace(1, 1, 0, 796_010, 2, { options: 4 }));
    expect(fillsOf(result)).toEqual([{ maker: 2, rank: 796_010, lots: 2 }]);
    expect(causesOf(result)).toEqual(["replaced"]);
    expect(restingOf(store, 1)).toEqual([]);
  });

  it("free the number of an order that was filled at once", () => {
    const store = market();
    trade(store, sell(2, 796_010, 2), buy(1, 796_000, 5, { clientOrderId: 1 }));
    const replaced = trade(store, replace(1, 1, 0, 796_010, 2, { clientOrderId: 1 }));
    expect(fillsOf(replaced)).toHaveLength(1);
    expect(trade(store, buy(1, 700_000, 1, { clientOrderId: 1 })).reasons).toEqual(["Ok"]);
  });

  it("are open to an account with as many resting orders as it may have", () => {
    const store = market();
    trade(store, buy(1, 700_000, 1, { clientOrderId: 1 }));
    const account = accountNumber(1);
    store.put(
      accountKey(account),
      encodeAccount({ ...readAccount(store, account)!, restingOrders: MAX_RESTING_ORDERS }),
    );
    expect(trade(store, buy(1, 700_000, 1)).reasons).toEqual(["TooManyRestingOrders"]);
    expect(trade(store, replace(1, 1, 0, 700_001, 1)).reasons).toEqual(["Ok"]);
    expect(readAccount(store, account)!.restingOrders).toBe(MAX_RESTING_ORDERS);
  });
});

describe("An order's limit", () => {
  it("is never passed, whatever is written at its end", () => {
    const store = market();
    for (let place = 0; place < 240; place += 20) {
      const offers = Array.from({ length: 20 }, (_, next) => sell(1 + (next % 3), 796_000 + ((place + next) >> 2), 1));
      expect(new Set(trade(store, ...offers).reasons)).toEqual(new Set(["Ok"]));
    }
    expectRefusal(store, buy(4, 797_000, 240, fillOrKill), "ExceedsLimit");
    const incoming = buy(4, 797_000, 240);
    expect(dearestTransaction(store, ChunkKind.trade, incoming)).toBeLessThanOrEqual(ORDER_LIMIT);
    const result = trade(store, incoming);
    expect(causesOf(result)).toEqual(["limit"]);
    expect(restingOf(store, 4)).toEqual([]);
    expect(fillsOf(result).length).toBeGreaterThan(40);
  });
});
