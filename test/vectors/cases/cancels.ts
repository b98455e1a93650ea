import { concatBytes, FIRST_QUOTE_ID, MAX_RESTING_ORDERS } from "@recourse/protocol";
import { marketAfter, marketWith, rest } from "./state.ts";
import {
  buy,
  cancel,
  cancelAll,
  perpetual,
  put,
  quotes,
  sell,
  session,
  start,
  trade,
  type VectorCase,
} from "./terms.ts";

/** Cancels of one order and of all. */
export const cancelCases: readonly VectorCase[] = [
  {
    name: "cancel",
    why: "A resting order is cancelled by its owner; its neighbours stay.",
    reasons: ["Ok", "Ok"],
    state: marketAfter(buy(1, 1, 796_000, 5), buy(1, 2, 796_000, 5), buy(2, 1, 796_000, 5)),
    kind: trade,
    chunk: concatBytes(cancel(1, 3, 2), cancel(2, 3, 1)),
  },
  {
    name: "cancel-all",
    why: "All orders go, on both sides and in every instrument, quotes too, up to the last id, and those that died unseen.",
    reasons: ["Ok", "UnknownOrder", "Ok"],
    state: () => {
      const store = marketAfter(
        sell(1, 1, 800_000, 5, { clientOrderId: FIRST_QUOTE_ID - 1 }),
        buy(1, 2, 700_000, 5, { clientOrderId: 0 }),
        buy(1, 3, 2_000, 5, { instrument: put, clientOrderId: FIRST_QUOTE_ID - 2 }),
        buy(2, 4, 700_000, 5),
        quotes(1, 8, [{ instrument: perpetual, bid: { rank: 700_000, lots: 5 }, ask: { rank: 800_000, lots: 5 } }]),
      )();
      rest(store, 1, 1, 800_000, 1, 2 ** 32 - 1);
      return store;
    },
    kind: trade,
    chunk: concatBytes(cancelAll(1, 5), cancel(1, 6, 2), buy(1, 7, 700_000, 5, { clientOrderId: 0 })),
    context: { era: 1, eraStart: start },
  },
  {
    name: "cancel-all-of-an-instrument",
    why: "Orders of one instrument go; the others stay.",
    reasons: ["Ok", "UnknownOrder", "Ok"],
    state: marketAfter(sell(1, 1, 800_000, 5), buy(1, 2, 2_000, 5, { instrument: put }), buy(1, 3, 700_000, 5)),
    kind: trade,
    chunk: concatBytes(cancelAll(1, 4, { instrument: perpetual }), cancel(1, 5, 3), cancel(1, 6, 2)),
  },
  {
    name: "cancel-all-limit",
    why: "Of as many orders as may rest, the first go, as many as the limit allows; the last are still there.",
    reasons: ["Ok", "UnknownOrder", "Ok"],
    state: marketWith((store) => rest(store, 1, 1, 800_000, MAX_RESTING_ORDERS)),
    kind: trade,
    chunk: concatBytes(cancelAll(1, 1), cancel(1, 2, 1_001), cancel(1, 3, 1_000 + MAX_RESTING_ORDERS)),
  },
  {
    name: "reason-nothing-to-cancel",
    why: "No orders at all, none of the instrument, none left.",
    reasons: ["NothingToCancel", "NothingToCancel", "Ok", "NothingToCancel"],
    state: marketAfter(sell(1, 1, 796_101, 5)),
    kind: trade,
    chunk: concatBytes(
      cancelAll(2, 1),
      cancelAll(1, 2, { instrument: put }),
      cancelAll(1, 3, { instrument: perpetual }),
      cancelAll(1, 4),
    ),
  },
  {
    name: "reason-exceeds-limit-cancel-all",
    why: "So many orders of another instrument that the limit is reached before one of the right one is.",
    reasons: ["ExceedsLimit", "Ok"],
    state: marketWith((store) => rest(store, 1, 1, 800_000, 2_000)),
    kind: trade,
    chunk: concatBytes(cancelAll(1, 1, { instrument: put }), session(1, 2)),
  },
  {
    name: "reason-unknown-order",
    why: "An order of another account, one that was never there, one that is gone.",
    reasons: ["UnknownOrder", "UnknownOrder", "Ok", "UnknownOrder"],
    state: marketAfter(sell(1, 1, 796_101, 5)),
    kind: trade,
    chunk: concatBytes(cancel(2, 1, 1), cancel(1, 2, 7), cancel(1, 3, 1), cancel(1, 4, 1)),
  },
];
