import { concatBytes, MAX_POSITIONS, seconds } from "@recourse/protocol";
import { tickBytes } from "../../support/world.ts";
import { changeAccount, changeGlobal, changeMarket, market, marketAfter, marketWith, run } from "./state.ts";
import {
  buy,
  deadline,
  immediate,
  LAST_SECOND,
  perpetual,
  put,
  risk,
  sell,
  start,
  trade,
  type VectorCase,
} from "./terms.ts";

/** Orders that rest and orders that are filled. */
export const orderCases: readonly VectorCase[] = [
  {
    name: "order-rests",
    why: "Orders that meet nothing rest: bids and offers, one for a time.",
    reasons: ["Ok", "Ok", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 796_000, 10),
      sell(2, 1, 796_200, 7, { restMinutes: 3 }),
      buy(2, 2, 796_100, 1, { restMinutes: 65_535 }),
    ),
  },
  {
    name: "order-price-time",
    why: "A taker meets the better price first, then the earlier order of a price, and leaves the rest of that.",
    reasons: ["Ok"],
    state: marketAfter(sell(1, 1, 796_200, 5), sell(1, 2, 796_100, 5), sell(1, 3, 796_100, 5), sell(1, 4, 796_050, 5)),
    kind: trade,
    chunk: buy(2, 1, 796_100, 12),
  },
  {
    name: "order-rest-of-it-rests",
    why: "What a taker does not find rests at its own price.",
    reasons: ["Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5)),
    kind: trade,
    chunk: buy(2, 1, 796_150, 12),
  },
  {
    name: "order-immediate",
    why: "What an immediate order does not find is cancelled.",
    reasons: ["Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5)),
    kind: trade,
    chunk: buy(2, 1, 796_150, 12, immediate),
  },
  {
    name: "order-option",
    why: "A put is written and bought: margin of options, cash of the premium.",
    reasons: ["Ok", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(2, 1, 40_000, 50, { instrument: put }),
      sell(1, 1, 30_000, 20, { instrument: put, timeInForce: 1 }),
    ),
  },
  {
    name: "order-closes-and-reverses",
    why: "A position is turned round by one fill, and closed by the next.",
    reasons: ["Ok", "Ok", "Ok", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5)),
    kind: trade,
    chunk: concatBytes(buy(1, 2, 796_100, 9), sell(2, 2, 796_100, 9), buy(2, 3, 796_000, 4), sell(1, 3, 796_000, 4)),
  },
  {
    name: "order-self-trade",
    why: "An account's own resting orders are cancelled, not met.",
    reasons: ["Ok"],
    state: marketAfter(sell(1, 1, 796_000, 5), sell(2, 1, 796_050, 5), sell(1, 2, 796_060, 5)),
    kind: trade,
    chunk: buy(1, 3, 796_100, 6),
  },
  {
    name: "order-expired-maker",
    why: "A resting order lives through its last second and is cancelled on sight after it.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_000, 5, { restMinutes: 1 }), sell(2, 1, 796_050, 5))();
      run(store, risk, tickBytes(deadline + 60));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(2, 2, 796_000, 2, { ...immediate, deadline: deadline + 90 }),
      buy(1, 2, 796_050, 1, { ...immediate, deadline: deadline + 90 }),
    ),
  },
  {
    name: "order-expired-maker-late",
    why: "One second later the order is dead, and the taker meets the next.",
    reasons: ["Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_000, 5, { restMinutes: 1 }), sell(1, 2, 796_050, 5))();
      run(store, risk, tickBytes(deadline + 61));
      return store;
    },
    kind: trade,
    chunk: buy(2, 2, 796_050, 2, { ...immediate, deadline: deadline + 90 }),
  },
  {
    name: "order-older-era",
    why: "A new era moves the clock to its start, and cancels resting orders of the older on sight.",
    reasons: ["Ok"],
    state: marketAfter(sell(1, 1, 796_000, 5), sell(1, 2, 796_000, 5)),
    kind: trade,
    chunk: buy(2, 1, 796_000, 3),
    context: { era: 1, eraStart: start + 30 },
  },
  {
    name: "order-last-second",
    why: "An order that would rest beyond the last second that there is rests until then.",
    reasons: ["Ok", "Ok"],
    state: marketWith((store) => {
      changeGlobal(store, { time: seconds(LAST_SECOND - 70) });
      changeMarket(store, perpetual, { reportTime: seconds(LAST_SECOND - 70) });
    }),
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { deadline: LAST_SECOND - 60, restMinutes: 1 }),
      buy(1, 2, 700_000, 1, { deadline: LAST_SECOND, restMinutes: 65_535 }),
    ),
  },
  {
    name: "order-margin-stops",
    why: "A taker is filled as far as its margin reaches, and the rest is cancelled.",
    reasons: ["Ok"],
    state: marketAfter(...[1, 2, 3, 4].map((nonce) => sell(1, nonce, 796_100, 1)), sell(1, 5, 796_100, 5_000)),
    kind: trade,
    chunk: buy(3, 1, 796_100, 4_000),
  },
  {
    name: "order-one-maker-often",
    why: "One maker met again and again: its money, its position and its orders are those of the fills before.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const orders = [sell(3, 1, 796_000, 2), sell(3, 2, 796_010, 2), sell(3, 3, 796_020, 40), sell(3, 4, 796_030, 1)];
      const store = marketAfter(buy(3, 5, 796_000, 1), sell(1, 1, 796_000, 1), ...orders)();
      changeAccount(store, 3, { positions: MAX_POSITIONS });
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(2, 1, 796_100, 10), sell(1, 2, 796_100, 5, immediate)),
  },
];
