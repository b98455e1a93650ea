import { accountKey, encodeAccount, encodeGlobal, globalKey, newAccount, readGlobal } from "@recourse/engine";
import { accountNumber, type Cash, MAX_CASH, MAX_POSITIONS } from "@recourse/protocol";
import { changeAccount, holdDeepPositions, holdPositions, marketAfter, marketWith, rest } from "./state.ts";
import { alice, buy, sell, trade, type VectorCase } from "./terms.ts";

/** Makers that cannot be filled, and as many as an order can meet. */
export const makerCases: readonly VectorCase[] = [
  {
    name: "order-under-margined-maker",
    why: "A maker without the margin is cancelled for a fee; the taker meets the next.",
    reasons: ["Ok"],
    state: marketAfter(sell(3, 1, 796_000, 50), sell(1, 1, 796_100, 5)),
    kind: trade,
    chunk: buy(2, 1, 796_100, 5),
  },
  {
    name: "order-under-margined-maker-without-cash",
    why: "The fee of a maker without the margin is no more than its cash: one unit, and nothing of a debt.",
    reasons: ["Ok"],
    state: () => {
      const store = marketAfter(sell(3, 1, 796_000, 50), sell(1, 1, 796_050, 5_000), sell(2, 1, 796_100, 5))();
      changeAccount(store, 1, { cash: -5 });
      changeAccount(store, 3, { cash: 1 });
      return store;
    },
    kind: trade,
    chunk: buy(2, 2, 796_050, 5),
  },
  {
    name: "order-under-margined-maker-full-fund",
    why: "The fee of a maker without the margin is no more than the insurance fund may still take.",
    reasons: ["Ok"],
    state: () => {
      const store = marketAfter(sell(3, 1, 796_000, 1))();
      changeAccount(store, 3, { cash: 1_000_000 });
      store.put(globalKey, encodeGlobal({ ...readGlobal(store), insurance: (MAX_CASH - 50_000) as Cash }));
      return store;
    },
    kind: trade,
    chunk: buy(2, 1, 796_000, 1),
  },
  {
    name: "order-maker-positions",
    why: "A maker that may hold no further position is cancelled.",
    reasons: ["Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_000, 5))();
      holdPositions(store, 1, MAX_POSITIONS);
      return store;
    },
    kind: trade,
    chunk: buy(2, 1, 796_100, 5),
  },
  {
    name: "order-limit-stops",
    why: "A taker meets as many makers as one transaction may, and the rest is cancelled, never rested.",
    reasons: ["Ok"],
    state: marketWith((store) => rest(store, 1, 1, 796_100, 150)),
    kind: trade,
    chunk: buy(2, 1, 796_200, 150),
  },
  {
    name: "order-many-positions",
    why: "Margins of a taker and of a maker that have positions in many instruments.",
    reasons: ["Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_100, 5))();
      holdPositions(store, 1, 20);
      holdPositions(store, 2, 30);
      return store;
    },
    kind: trade,
    chunk: buy(2, 1, 796_100, 5),
  },
  {
    name: "order-many-new-positions",
    why: "Makers of many accounts, each of whom gets a first position: what may be written is kept back, so fewer are met.",
    reasons: ["Ok"],
    state: marketWith((store) => {
      for (let place = 0; place < 90; place++) {
        const number = accountNumber(2 ** (2 + (place % 30)) + Math.floor(place / 30));
        const record = { ...newAccount(alice.address), cash: 1_000_000_000 as Cash };
        store.put(accountKey(number), encodeAccount(record));
        rest(store, number, 1, 796_100, 1);
      }
    }),
    kind: trade,
    chunk: buy(2, 1, 796_200, 90),
  },
  {
    name: "order-deep-positions",
    why: "A taker whose every position lies as deep as its table allows stays within what an order may use.",
    reasons: ["Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_000, 5))();
      holdDeepPositions(store, 2);
      changeAccount(store, 2, { positions: MAX_POSITIONS - 1 });
      return store;
    },
    kind: trade,
    chunk: buy(2, 1, 796_100, 5),
  },
];
