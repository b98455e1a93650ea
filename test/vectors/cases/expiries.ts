import { cash, concatBytes, MAX_CASH } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { pruneBytes, settleBytes } from "../../support/house.ts";
import { markBytes, tickBytes } from "../../support/world.ts";
import { changeAccount, changeGlobal, changeMarket, market, marketAfter, runAll } from "./state.ts";
import {
  buy,
  daily,
  house,
  listing,
  order,
  perpetual,
  put,
  sell,
  settlement,
  soon,
  unmarked,
  type VectorCase,
} from "./terms.ts";

const inDaily = { instrument: daily };
const settled = [tickBytes(soon), settlement(8_100), markBytes(daily)];

/** A market in which accounts 1, 2 and 3 hold five, two and three lots of what expires on the first day, and it is settled. */
function settledMarket(): OrderedStore {
  const store = marketAfter(sell(1, 1, 7_400, 5, inDaily), buy(2, 1, 7_400, 2, inDaily))();
  changeAccount(store, 3, { cash: 1_000_000_000 });
  runAll(store, buy(3, 1, 7_400, 3, inDaily), buy(2, 2, 796_100, 1), sell(1, 2, 796_100, 1), ...settled);
  return store;
}

/** What becomes of positions and instruments after their expiry. */
export const expiryCases: readonly VectorCase[] = [
  {
    name: "settle",
    why: "The house takes each position at its final mark, once, and holds nothing in the end.",
    reasons: ["Ok", "Ok", "NothingToSettle", "Ok", "NothingToSettle"],
    state: settledMarket,
    kind: house,
    chunk: concatBytes(...[1, 2, 2, 3, 77].map((account) => settleBytes(account, daily))),
  },
  {
    name: "settle-rounding",
    why: "What is paid is rounded down, for long and short.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = settledMarket();
      changeMarket(store, daily, { mark: 1_000_333n });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[3, 1, 2].map((account) => settleBytes(account, daily))),
  },
  {
    name: "settle-makes-a-deficit",
    why: "While the house has paid and not yet received, its claims stand for that; what is lost in between is the fund's.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = settledMarket();
      changeGlobal(store, { insurance: cash(0), deficit: cash(1) });
      changeMarket(store, daily, { mark: 1_000_999n });
      return store;
    },
    kind: house,
    chunk: concatBytes(settleBytes(2, daily), settleBytes(1, daily)),
  },
  {
    name: "reason-not-settled",
    why: "Neither settled nor pruned: what lives, what has expired without a price, what has none to expire, nothing.",
    reasons: [
      "NotSettled",
      "NotSettled",
      "NotSettled",
      "NotSettled",
      "NotSettled",
      "UnknownInstrument",
      "UnknownInstrument",
    ],
    state: () => {
      const store = marketAfter(sell(1, 1, 7_400, 5, inDaily), buy(2, 1, 7_400, 5, inDaily))();
      runAll(store, tickBytes(soon), settlement(8_100));
      return store;
    },
    kind: house,
    chunk: concatBytes(
      settleBytes(1, perpetual),
      settleBytes(1, daily),
      pruneBytes(perpetual),
      pruneBytes(put),
      pruneBytes(daily),
      settleBytes(1, unmarked),
      pruneBytes(99),
    ),
  },
  {
    name: "reason-nothing-to-settle",
    why: "Who has no position has nothing to settle.",
    reasons: ["NothingToSettle"],
    state: marketAfter(...settled),
    kind: house,
    chunk: settleBytes(1, daily),
  },
  {
    name: "reason-value-out-of-range-settle",
    why: "Cash and the fund stay within their ranges.",
    reasons: ["ValueOutOfRange", "ValueOutOfRange", "Ok"],
    state: () => {
      const store = settledMarket();
      changeAccount(store, 1, { cash: 4_999_999 - MAX_CASH });
      changeAccount(store, 2, { cash: MAX_CASH - 1_999_999 });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[1, 2, 3].map((account) => settleBytes(account, daily))),
  },
  {
    name: "reason-value-out-of-range-settle-fund",
    why: "The fund pays out no more than it may.",
    reasons: ["ValueOutOfRange", "Ok"],
    state: () => {
      const store = settledMarket();
      changeGlobal(store, { insurance: cash(2_500_000 - MAX_CASH), claims: 2n ** 90n });
      return store;
    },
    kind: house,
    chunk: concatBytes(settleBytes(3, daily), settleBytes(2, daily)),
  },
  {
    name: "prune",
    why: "An instrument that nobody holds goes, with its resting orders, and with the last of its expiry that.",
    reasons: ["StillOpen", "Ok", "Ok", "Ok", "Ok", "UnknownInstrument"],
    state: () => {
      const store = marketAfter(listing("BTC-12MAR20-9000-C"))();
      const orders = [buy(1, 5, 100, 2, inDaily), buy(2, 6, 110, 2, inDaily), sell(1, 7, 100_000, 2, inDaily)];
      runAll(store, ...orders, buy(1, 8, 700_000, 1));
      runAll(store, sell(1, 1, 7_400, 5, inDaily), buy(2, 1, 7_400, 5, inDaily), ...settled);
      return store;
    },
    kind: house,
    chunk: concatBytes(
      pruneBytes(daily),
      settleBytes(1, daily),
      settleBytes(2, daily),
      pruneBytes(daily),
      // Nobody has ever marked it.
      pruneBytes(5),
      pruneBytes(daily),
    ),
  },
  {
    name: "prune-house-lots",
    why: "As long as the house holds some, or anybody, the instrument stays.",
    reasons: ["StillOpen", "StillOpen"],
    state: () => {
      const store = marketAfter(...settled)();
      changeMarket(store, daily, { houseLots: -3, openInterest: 0 });
      return store;
    },
    kind: house,
    chunk: concatBytes(pruneBytes(daily), pruneBytes(daily)),
  },
  ...[
    { name: "prune-in-parts", why: "Of more resting orders than fit, as many go as may, bids first.", before: [] },
    { name: "prune-the-rest", why: "The next time the others go, and the instrument.", before: [pruneBytes(daily)] },
  ].map(
    ({ name, why, before }): VectorCase => ({
      name,
      why,
      reasons: ["Ok"],
      state: () => {
        const store = market();
        for (let place = 0; place < 100; place++) {
          const terms = { nonce: place, lots: 1, clientOrderId: place * 2 ** 24, ...inDaily };
          runAll(store, order({ account: 1, side: 0, rank: 100 + place, ...terms }));
          runAll(store, order({ account: 2, side: 1, rank: 100_000 + place, ...terms }));
        }
        runAll(store, ...settled, ...before);
        return store;
      },
      kind: house,
      chunk: pruneBytes(daily),
    }),
  ),
];
