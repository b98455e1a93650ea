import { concatBytes, MAX_RESTING_ORDERS } from "@recourse/protocol";
import { tickBytes } from "../../support/world.ts";
import { marketAfter, rest, run } from "./state.ts";
import {
  buy,
  deadline,
  fillOrKill,
  immediate,
  postOnly,
  put,
  reduceOnly,
  replace,
  risk,
  sell,
  trade,
  type VectorCase,
} from "./terms.ts";

/** Replacements. */
export const replaceCases: readonly VectorCase[] = [
  {
    name: "replace",
    why: "An order moves to another price, keeps its number, is made smaller, and loses its place in the queue.",
    reasons: ["Ok", "Ok", "Ok", "Ok"],
    state: marketAfter(buy(1, 1, 796_000, 5), buy(1, 2, 796_000, 5), buy(2, 1, 796_000, 5)),
    kind: trade,
    chunk: concatBytes(
      replace(1, 3, 1, { side: 0, rank: 796_050, lots: 5 }),
      replace(1, 4, 2, { side: 0, rank: 796_000, lots: 3, clientOrderId: 2, restMinutes: 5 }),
      replace(1, 5, 3, { side: 0, rank: 20_000, lots: 1, instrument: put, clientOrderId: 3 }),
      sell(2, 2, 796_000, 6),
    ),
  },
  {
    name: "replace-meets-the-book",
    why: "The new order is filled: the old one at the top of either side is taken for gone, not met.",
    reasons: ["Ok", "Ok", "Ok"],
    state: marketAfter(
      sell(1, 1, 796_000, 5),
      sell(2, 1, 796_010, 5),
      sell(1, 2, 796_020, 5),
      buy(1, 3, 795_900, 4),
      buy(2, 2, 795_800, 4),
    ),
    kind: trade,
    chunk: concatBytes(
      replace(1, 4, 1, { side: 0, rank: 796_010, lots: 2, options: 4 }),
      replace(1, 5, 2, { side: 0, rank: 796_010, lots: 2, options: 8, timeInForce: 2 }),
      replace(1, 6, 3, { side: 1, rank: 795_800, lots: 9, clientOrderId: 3 }),
    ),
  },
  {
    name: "replace-immediate",
    why: "A new order that is not to rest: the old one goes where something is filled, and only there.",
    reasons: ["NotFilled", "Ok", "UnknownOrder", "NotFilled", "Ok", "Ok", "Ok"],
    state: () => {
      const store = marketAfter(
        buy(1, 1, 795_000, 5),
        buy(1, 2, 795_000, 5),
        sell(2, 1, 796_000, 1, { restMinutes: 1 }),
        sell(2, 2, 796_010, 3),
        sell(2, 3, 796_020, 1),
      )();
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      replace(1, 3, 1, { side: 0, rank: 796_000, lots: 5, ...immediate, deadline: deadline + 90 }),
      replace(1, 4, 1, { side: 0, rank: 796_010, lots: 5, ...immediate, deadline: deadline + 90 }),
      replace(1, 5, 1, { side: 0, rank: 796_010, lots: 5, ...immediate, deadline: deadline + 90 }),
      replace(1, 6, 2, { side: 0, rank: 796_010, lots: 5, ...fillOrKill, deadline: deadline + 90 }),
      buy(1, 8, 796_010, 1, { deadline: deadline + 90 }),
      // Its number is free again, and used.
      replace(1, 9, 2, { side: 0, rank: 796_020, lots: 1, ...immediate, clientOrderId: 2, deadline: deadline + 90 }),
      buy(1, 10, 700_000, 1, { clientOrderId: 2, deadline: deadline + 90 }),
    ),
  },
  {
    name: "replace-with-a-full-book",
    why: "An account with as many orders as it may have replaces one; a dead order can be replaced too.",
    reasons: ["Ok", "Ok", "TooManyRestingOrders"],
    state: () => {
      const store = marketAfter(buy(1, 1, 700_000, 1, { restMinutes: 1 }), buy(1, 2, 700_000, 1))();
      rest(store, 1, 1, 800_000, MAX_RESTING_ORDERS - 2);
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      replace(1, 3, 1, { side: 0, rank: 700_001, lots: 1, deadline: deadline + 90 }),
      replace(1, 4, 2, { side: 0, rank: 700_002, lots: 2, ...postOnly, deadline: deadline + 90 }),
      buy(1, 5, 700_000, 1, { deadline: deadline + 90 }),
    ),
  },
  {
    name: "replace-reduce-only",
    why: "A resting order becomes one that may only reduce, and one that may not.",
    reasons: ["WouldNotReduce", "Ok", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5), sell(2, 2, 796_200, 9), sell(1, 2, 796_300, 9)),
    kind: trade,
    chunk: concatBytes(
      replace(1, 3, 2, { side: 1, rank: 796_300, lots: 9, ...reduceOnly }),
      replace(2, 3, 2, { side: 1, rank: 796_300, lots: 9, ...reduceOnly }),
      replace(2, 4, 3, { side: 1, rank: 796_300, lots: 9 }),
    ),
  },
  {
    name: "reason-replace",
    why: "What is refused leaves the old order where it was: unknown, another's, a number in use, too dear, malformed.",
    reasons: [
      "UnknownOrder",
      "UnknownOrder",
      "DuplicateClientOrderId",
      "InsufficientMargin",
      "MalformedOrder",
      "ValueOutOfRange",
      "Ok",
    ],
    state: marketAfter(buy(3, 1, 700_000, 1), buy(3, 2, 700_000, 1), sell(1, 1, 796_000, 400), buy(1, 7, 700_000, 1)),
    kind: trade,
    chunk: concatBytes(
      replace(3, 3, 9, { side: 0, rank: 700_001, lots: 1 }),
      replace(3, 4, 7, { side: 0, rank: 700_001, lots: 1 }),
      replace(3, 5, 1, { side: 0, rank: 700_001, lots: 1, clientOrderId: 2 }),
      replace(3, 6, 1, { side: 0, rank: 796_000, lots: 400 }),
      replace(3, 7, 1, { side: 0, rank: 796_000, lots: 0 }),
      replace(3, 8, 1, { side: 0, rank: 2 ** 40 - 1, lots: 1 }),
      replace(3, 9, 1, { side: 0, rank: 700_000, lots: 1, clientOrderId: 1 }),
    ),
  },
];
