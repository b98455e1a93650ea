import { concatBytes } from "@recourse/protocol";
import { tickBytes } from "../../support/world.ts";
import { changeAccount, marketAfter, marketWith, rest, run } from "./state.ts";
import {
  buy,
  cancelBoth,
  cancelIncoming,
  deadline,
  fillOrKill,
  immediate,
  postOnly,
  reduceOnly,
  risk,
  sell,
  start,
  trade,
  type VectorCase,
} from "./terms.ts";

/** Options of orders: post-only, reduce-only, all or nothing, self-trade prevention. */
export const orderOptionCases: readonly VectorCase[] = [
  {
    name: "order-post-only",
    why: "Orders that must not trade at once rest beside the best of the other side, and take dead ones out of the way.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const dead = [1, 2].map((nonce) => sell(nonce, nonce, 796_000, 5, { restMinutes: 1 }));
      const store = marketAfter(...dead, sell(2, 3, 796_101, 5))();
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(2, 4, 796_100, 2, { ...postOnly, deadline: deadline + 90 }),
      sell(1, 4, 796_101, 2, { ...postOnly, deadline: deadline + 90 }),
      buy(1, 5, 796_101, 9, { ...immediate, deadline: deadline + 90 }),
    ),
  },
  {
    name: "order-post-only-limit",
    why: "More dead orders than one order may take away: it takes what it may, and does not rest.",
    reasons: ["Ok"],
    state: marketWith((store) => rest(store, 1, 1, 796_100, 150)),
    kind: trade,
    chunk: buy(2, 1, 796_200, 1, postOnly),
    context: { era: 1, eraStart: start },
  },
  {
    name: "order-reduce-only",
    why: "No more than the position is sold; what is left of that rests, and the rest of the order is cancelled.",
    reasons: ["Ok", "Ok", "Ok", "WouldNotReduce"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5), buy(1, 2, 796_000, 2)),
    kind: trade,
    chunk: concatBytes(
      sell(2, 2, 795_000, 8, reduceOnly),
      buy(1, 3, 795_000, 2, { ...reduceOnly, ...immediate }),
      buy(1, 4, 795_000, 9, { options: 2, timeInForce: 2 }),
      sell(2, 3, 795_000, 1, reduceOnly),
    ),
  },
  {
    name: "order-reduce-only-maker",
    why: "A resting order that may only reduce takes its position to zero and goes, and so do those after it.",
    reasons: ["Ok"],
    state: marketAfter(
      sell(1, 1, 796_100, 5),
      buy(2, 1, 796_100, 5),
      buy(1, 2, 796_000, 5, reduceOnly),
      buy(1, 3, 795_900, 3, reduceOnly),
      sell(2, 2, 796_050, 3),
      buy(1, 4, 796_050, 3),
      buy(2, 3, 795_800, 4),
    ),
    kind: trade,
    chunk: sell(3, 1, 795_800, 4),
  },
  {
    name: "order-reduce-only-maker-sells",
    why: "Offers that may only reduce: of one who is long, of one who has nothing, of one who is short; a size to the lot.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = marketAfter(
        buy(1, 1, 796_000, 5),
        sell(2, 1, 796_000, 5),
        sell(1, 2, 796_010, 3, reduceOnly),
        sell(1, 3, 796_020, 2, reduceOnly),
        sell(1, 4, 796_030, 2, reduceOnly),
        sell(1, 5, 796_040, 1),
      )();
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(2, 2, 796_015, 3, immediate), buy(2, 3, 796_040, 9, immediate)),
  },
  {
    name: "order-reduce-only-maker-turned-round",
    why: "A resting order that would now add to its position is cancelled without a fee.",
    reasons: ["Ok", "Ok", "Ok"],
    state: marketAfter(
      buy(1, 1, 796_000, 5),
      sell(2, 1, 796_000, 5),
      sell(1, 2, 796_200, 5, reduceOnly),
      buy(2, 2, 796_000, 9),
    ),
    kind: trade,
    chunk: concatBytes(
      sell(1, 3, 796_000, 9, immediate),
      buy(2, 3, 796_250, 1, immediate),
      sell(1, 4, 796_300, 1, postOnly),
    ),
  },
  {
    name: "order-fill-or-kill",
    why: "Filled wholly at once: by several makers, past a dead order and an own one, and exactly.",
    reasons: ["Ok", "NotFilled", "Ok"],
    state: () => {
      const dead = sell(1, 1, 796_000, 5, { restMinutes: 1 });
      const live = [sell(1, 2, 796_010, 2), sell(2, 3, 796_020, 9), sell(1, 4, 796_030, 3), sell(1, 5, 796_040, 3)];
      const store = marketAfter(dead, ...live)();
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(2, 6, 796_040, 6, { ...fillOrKill, deadline: deadline + 90 }),
      buy(2, 7, 796_040, 3, { ...fillOrKill, deadline: deadline + 90 }),
      buy(2, 8, 796_040, 2, { ...fillOrKill, deadline: deadline + 90 }),
    ),
  },
  {
    name: "order-fill-or-kill-changes-nothing",
    why: "Killed orders leave everything as it was: dead orders, own ones, makers without the margin, books and money.",
    reasons: ["NotFilled", "SelfTrade", "SelfTrade", "InsufficientMargin", "NotFilled", "Ok"],
    state: () => {
      const store = marketAfter(
        sell(1, 1, 796_000, 5, { restMinutes: 1 }),
        sell(3, 1, 796_005, 50),
        sell(1, 2, 796_010, 2),
        sell(2, 3, 796_020, 9),
        sell(1, 4, 796_030, 5_000),
      )();
      run(store, risk, tickBytes(deadline + 61));
      changeAccount(store, 3, { cash: 200_000 });
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(2, 11, 796_020, 3, { ...fillOrKill, deadline: deadline + 90 }),
      buy(2, 12, 796_040, 3, { ...fillOrKill, options: 4, deadline: deadline + 90 }),
      buy(2, 13, 796_040, 3, { ...fillOrKill, options: 8, deadline: deadline + 90 }),
      buy(3, 14, 796_040, 4_000, { ...fillOrKill, deadline: deadline + 90 }),
      buy(1, 15, 795_999, 1, { ...fillOrKill, deadline: deadline + 90 }),
      buy(2, 16, 796_040, 3, { ...immediate, deadline: deadline + 90 }),
    ),
  },
  {
    name: "order-fill-or-kill-limit",
    why: "One that would meet more makers than a transaction may is killed, whatever is in the book.",
    reasons: ["ExceedsLimit"],
    state: marketWith((store) => rest(store, 1, 1, 796_100, 150)),
    kind: trade,
    chunk: buy(2, 1, 796_200, 150, fillOrKill),
  },
  {
    name: "order-self-trade-cancels-incoming",
    why: "The rest of an order goes where it meets one of its own account, which stays; a dead one is no hindrance.",
    reasons: ["Ok", "SelfTrade", "Ok"],
    state: () => {
      const store = marketAfter(
        sell(1, 1, 796_000, 5, { restMinutes: 1 }),
        sell(2, 2, 796_010, 2),
        sell(1, 3, 796_020, 5),
        sell(2, 4, 796_030, 5),
      )();
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 5, 796_100, 9, { ...cancelIncoming, deadline: deadline + 90 }),
      buy(1, 6, 796_100, 9, { ...cancelIncoming, deadline: deadline + 90 }),
      buy(2, 7, 796_100, 9, { ...cancelIncoming, deadline: deadline + 90 }),
    ),
  },
  {
    name: "order-self-trade-cancels-both",
    why: "Both go: the resting order of the account and the rest of what met it, before or after a fill.",
    reasons: ["Ok", "Ok", "Ok"],
    state: marketAfter(sell(1, 1, 796_000, 5), sell(2, 2, 796_010, 2), sell(1, 3, 796_020, 5), sell(2, 4, 796_030, 5)),
    kind: trade,
    chunk: concatBytes(
      buy(1, 5, 796_100, 9, cancelBoth),
      buy(1, 6, 796_100, 9, cancelBoth),
      buy(1, 7, 796_100, 9, cancelBoth),
    ),
  },
];
