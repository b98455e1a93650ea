import { cash, concatBytes, MAX_CASH, MAX_OPEN_INTEREST, MAX_POSITIONS, MAX_RESTING_ORDERS } from "@recourse/protocol";
import { markBytes, tickBytes } from "../../support/world.ts";
import { changeGlobal, changeMarket, holdPositions, market, marketAfter, marketWith, rest, run } from "./state.ts";
import {
  buy,
  cancel,
  cancelBoth,
  cancelIncoming,
  daily,
  deadline,
  fillOrKill,
  immediate,
  listing,
  perpetual,
  postOnly,
  reduceOnly,
  repeated,
  replace,
  risk,
  sell,
  soon,
  trade,
  unmarked,
  type VectorCase,
} from "./terms.ts";

/** Orders that are refused, for every reason. */
export const refusedOrderCases: readonly VectorCase[] = [
  {
    name: "reason-malformed-order",
    why: "A price of nothing, a size of nothing, times in force and options of no meaning.",
    reasons: [...repeated(7, "MalformedOrder" as const), "NotFilled", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 0, 1),
      buy(1, 2, 700_000, 0),
      buy(1, 3, 700_000, 1, { timeInForce: 3 }),
      buy(1, 4, 700_000, 1, { options: 16 }),
      buy(1, 5, 700_000, 1, { options: 12 }),
      buy(1, 6, 700_000, 1, { ...postOnly, ...immediate }),
      buy(1, 7, 700_000, 1, { ...postOnly, ...fillOrKill }),
      buy(1, 8, 700_000, 1, fillOrKill),
      buy(1, 9, 700_000, 1, { options: 9 }),
    ),
  },
  {
    name: "reason-unknown-instrument",
    why: "No instrument has the number 0, or one that was not yet given out.",
    reasons: ["UnknownInstrument", "UnknownInstrument"],
    state: market,
    kind: trade,
    chunk: concatBytes(buy(1, 1, 1, 1, { instrument: 0 }), buy(1, 2, 1, 1, { instrument: 5 })),
  },
  {
    name: "reason-instrument-expired",
    why: "At the second of its expiry an option is neither traded nor marked.",
    reasons: ["InstrumentExpired"],
    state: () => {
      const store = market();
      run(store, risk, tickBytes(soon));
      return store;
    },
    kind: trade,
    chunk: buy(1, 1, 1_000, 1, { instrument: daily, deadline: soon }),
  },
  {
    name: "reason-instrument-not-marked",
    why: "What is not marked cannot be traded.",
    reasons: ["InstrumentNotMarked"],
    state: market,
    kind: trade,
    chunk: buy(1, 1, 1_000, 1, { instrument: unmarked }),
  },
  {
    name: "reason-below-minimum-notional",
    why: "One lot is worth less than the least that may be ordered.",
    reasons: ["Ok", "BelowMinimumNotional"],
    state: () => {
      const store = market();
      const dust = { lot: 10_000, tick: 1_000_000, minimumNotional: 7_961_000 };
      run(store, risk, concatBytes(listing("BTC-27MAR20-7000-C", dust), markBytes(5)));
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(1, 1, 1_000, 10, { instrument: 5 }), buy(1, 2, 1_000, 9, { instrument: 5 })),
  },
  {
    name: "reason-value-out-of-range",
    why: "Prices and values at the limits of what is exact.",
    reasons: ["ValueOutOfRange", "ValueOutOfRange", "Ok", "ValueOutOfRange"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 2 ** 40 - 1, 1),
      buy(1, 2, 9_007_199_255, 2),
      sell(1, 3, 2_147_483, 10_485_763),
      sell(1, 4, 2_147_483, 10_485_764),
    ),
  },
  {
    name: "reason-duplicate-client-order-id",
    why: "A resting order has the client order id; after it is cancelled the id is free.",
    reasons: ["Ok", "DuplicateClientOrderId", "Ok", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { clientOrderId: 9 }),
      buy(1, 2, 700_000, 1, { clientOrderId: 9 }),
      cancel(1, 3, 9),
      buy(1, 4, 700_000, 1, { clientOrderId: 9 }),
    ),
  },
  {
    name: "reason-too-many-resting-orders",
    why: "The last order that may rest, and the one after it; an immediate one is judged by the book alone.",
    reasons: ["Ok", "TooManyRestingOrders", "NotFilled"],
    state: marketWith((store) => rest(store, 1, 1, 800_000, MAX_RESTING_ORDERS - 1)),
    kind: trade,
    chunk: concatBytes(buy(1, 1, 700_000, 1), buy(1, 2, 700_000, 1), buy(1, 3, 700_000, 1, immediate)),
  },
  {
    name: "reason-too-many-positions",
    why: "A taker that may hold no further position is not filled.",
    reasons: ["TooManyPositions"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_000, 5))();
      holdPositions(store, 2, MAX_POSITIONS);
      return store;
    },
    kind: trade,
    chunk: buy(2, 1, 796_100, 5),
  },
  {
    name: "reason-insufficient-margin",
    why: "A taker whose margin does not reach for the first fill.",
    reasons: ["InsufficientMargin"],
    state: marketAfter(sell(1, 1, 796_100, 500)),
    kind: trade,
    chunk: buy(3, 1, 796_100, 400),
  },
  {
    name: "reason-not-filled",
    why: "Nothing meets an immediate order.",
    reasons: ["NotFilled", "NotFilled"],
    state: marketAfter(sell(1, 1, 796_101, 5)),
    kind: trade,
    chunk: concatBytes(buy(2, 1, 796_100, 5, immediate), sell(2, 2, 796_100, 5, immediate)),
  },
  {
    name: "reason-would-cross",
    why: "An order that must not trade at once meets another's, an own one, one behind a dead one; nothing changes.",
    reasons: ["WouldCross", "WouldCross", "WouldCross", "Ok"],
    state: () => {
      const store = marketAfter(
        sell(1, 1, 796_000, 5, { restMinutes: 1 }),
        sell(1, 2, 796_010, 2),
        buy(1, 3, 795_900, 2),
        buy(2, 3, 795_800, 2),
      )();
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      sell(2, 4, 795_900, 1, { ...postOnly, deadline: deadline + 90 }),
      buy(1, 4, 796_010, 1, { ...postOnly, deadline: deadline + 90 }),
      replace(2, 5, 3, { side: 0, rank: 796_010, lots: 1, ...postOnly, deadline: deadline + 90 }),
      buy(2, 6, 796_009, 1, { ...postOnly, deadline: deadline + 90 }),
    ),
  },
  {
    name: "reason-would-not-reduce",
    why: "Nothing is held, or the order would add to what is held.",
    reasons: ["WouldNotReduce", "WouldNotReduce", "WouldNotReduce", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5)),
    kind: trade,
    chunk: concatBytes(
      buy(3, 1, 796_000, 1, reduceOnly),
      sell(1, 2, 796_200, 1, reduceOnly),
      buy(2, 2, 796_000, 1, reduceOnly),
      buy(1, 3, 796_000, 6, reduceOnly),
    ),
  },
  {
    name: "reason-self-trade",
    why: "The first order that is met is of the same account, and the incoming one is to go.",
    reasons: ["SelfTrade", "SelfTrade", "SelfTrade", "Ok"],
    state: marketAfter(sell(1, 1, 796_000, 5), sell(2, 1, 796_010, 5), buy(1, 2, 795_000, 5)),
    kind: trade,
    chunk: concatBytes(
      buy(1, 3, 796_100, 1, cancelIncoming),
      buy(1, 4, 796_100, 1, { ...cancelIncoming, ...immediate }),
      replace(1, 5, 2, { side: 0, rank: 796_100, lots: 1, ...cancelBoth }),
      buy(1, 6, 795_999, 1, cancelIncoming),
    ),
  },
  {
    name: "reason-value-out-of-range-open-interest",
    why: "Open interest grows to its limit and no further.",
    reasons: ["Ok", "ValueOutOfRange", "Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_100, 1), sell(1, 2, 796_110, 1))();
      changeMarket(store, perpetual, { openInterest: MAX_OPEN_INTEREST - 1 });
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(2, 1, 796_100, 1, immediate), buy(2, 2, 796_110, 1, immediate), sell(2, 3, 796_200, 1)),
  },
  {
    name: "reason-value-out-of-range-fund",
    why: "Fees bring the fund to its limit and not beyond.",
    reasons: ["ValueOutOfRange", "Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_100, 3))();
      // Fees of one lot are 23,883 and 7,961.
      changeGlobal(store, { insurance: cash(MAX_CASH - 31_844) });
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(2, 1, 796_100, 2, fillOrKill), buy(2, 2, 796_100, 1, fillOrKill)),
  },
];
