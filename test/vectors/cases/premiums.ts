import { accountKey, encodeAccount, newAccount, positionKey } from "@recourse/engine";
import {
  accountNumber,
  type Cash,
  concatBytes,
  encodeMessages,
  instrumentNumber,
  MAX_POSITIONS,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { depositMessage, markBytes, signedReport, signedUnderlying, signer, tickBytes } from "../../support/world.ts";
import { changeAccount, changeMarket, market, marketWith, rest, run, runAll } from "./state.ts";
import {
  alice,
  bridge,
  buy,
  deadline,
  index,
  listing,
  order,
  perpetual,
  put,
  reduceOnly,
  repeated,
  report,
  risk,
  sell,
  start,
  type VectorCase,
} from "./terms.ts";

/** Moves the clock, reports the index and marks the perpetual by it. */
const remark = (time: number, at = index): Uint8Array[] => [
  tickBytes(time),
  report(time, { index: at }),
  markBytes(perpetual),
];

/** A market with resting orders, in which account 3 has 1,000 USD. */
const bookOf =
  (...orders: readonly Uint8Array[]) =>
  (): OrderedStore => {
    const store = market();
    changeAccount(store, 3, { cash: 1_000_000_000 });
    runAll(store, ...orders);
    return store;
  };

/**
 * A market in which account 3 holds ten lots and something else, owes funding, and bids for ten more: an order of
 * 797 USD, for which 127.52 USD have to be free.
 */
const meansOf = (cashOf3: number, side: number) => () => {
  const store = bookOf(
    order({ account: 3, nonce: 1, side, rank: 796_100, lots: 10 }),
    order({ account: 1, nonce: 1, side: 1 - side, rank: 796_100, lots: 10 }),
    buy(3, 2, 797_000, side === 0 ? 10 : 11),
    buy(2, 2, 796_200, 50),
  )();
  changeMarket(store, perpetual, { fundingIndex: 1_000n });
  // A notional value of 796.10 USD in the perpetual and 50 USD in another instrument.
  changeAccount(store, 3, { cash: cashOf3, positions: 2, margin: 7_000_000, notional: 846_100_000 });
  return store;
};

/** Lets a rich account have one order to which all ways are long: what lies beside them is never read. */
function restFarDown(store: OrderedStore, account: number, side: number, rank: number): void {
  const number = accountNumber(account);
  const beside = Uint8Array.of(1);
  store.put(accountKey(number), encodeAccount({ ...newAccount(alice.address), cash: 1_000_000_000 as Cash }));
  rest(store, account, side, rank, 1);
  for (let bit = 0; bit < 26; bit++) {
    const neighbour = accountNumber((account ^ (2 ** bit)) >>> 0);
    store.put(accountKey(neighbour), beside);
    store.put(positionKey(neighbour, instrumentNumber(0)), beside);
  }
  for (let bit = 0; bit < 24; bit++) {
    store.put(positionKey(number, instrumentNumber(perpetual ^ (2 ** bit))), beside);
  }
}

/** What a perpetual's mark makes of its book. */
export const premiumCases: readonly VectorCase[] = [
  {
    name: "premium",
    why: "Bids above the index make a premium, weighted over 10,000 USD, that counts from the next mark on.",
    reasons: repeated(14, "Ok"),
    // 100 lots are worth about 7,961 USD.
    state: bookOf(buy(1, 1, 797_000, 40), buy(1, 2, 796_500, 50), buy(2, 3, 796_100, 5)),
    kind: risk,
    chunk: concatBytes(
      ...remark(start + 5),
      ...remark(start + 35),
      // Of a report that has been seen nothing is observed anew.
      ...[tickBytes(start + 36), markBytes(perpetual), markBytes(perpetual)],
      ...remark(start + 400, index + 7_00000000),
      ...[tickBytes(start + 401), markBytes(perpetual)],
    ),
  },
  {
    name: "premium-of-offers",
    why: "Offers below the index: a premium below zero, rounded down; what is further than half a percent away counts as that.",
    reasons: repeated(9, "Ok"),
    state: bookOf(sell(1, 1, 790_000, 33), sell(2, 2, 795_999, 200), sell(2, 3, 796_100, 5)),
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 12), ...remark(start + 305)),
  },
  {
    name: "premium-at-its-limit",
    why: "So much depth so far away that the premium is the greatest, and the mark as far off its index as it may be.",
    reasons: repeated(6, "Ok"),
    state: bookOf(buy(1, 1, 820_000, 400)),
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 400, index - 1_000_00000000)),
  },
  {
    name: "premium-of-few",
    why: "Sixteen orders of a side are looked at, however small.",
    reasons: repeated(6, "Ok"),
    state: () => {
      const store = market();
      rest(store, 1, 0, 796_200, 20);
      rest(store, 2, 1, 796_300, 20);
      return store;
    },
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 400, index + 5_00000000)),
  },
  {
    name: "premium-of-living-orders",
    why: "Orders that are dead or may only reduce are passed over.",
    reasons: repeated(6, "Ok"),
    state: bookOf(
      ...[buy(1, 1, 796_100, 5), sell(2, 1, 796_100, 5)],
      buy(1, 2, 799_500, 40, { restMinutes: 1 }),
      buy(2, 3, 799_000, 5, reduceOnly),
      buy(1, 4, 798_000, 30, { restMinutes: 2 }),
    ),
    kind: risk,
    chunk: concatBytes(...remark(deadline + 61), ...remark(deadline + 91)),
  },
  {
    name: "premium-of-an-older-era",
    why: "Orders of an older era are passed over.",
    reasons: repeated(6, "Ok"),
    state: bookOf(buy(1, 1, 799_500, 40)),
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 35)),
    context: { era: 1, eraStart: start },
  },
  {
    name: "premium-of-those-with-means",
    why: "An order counts if 16 % of its value are free, with those of its account that have counted, to the unit.",
    reasons: repeated(6, "Ok"),
    state: () => {
      const store = bookOf(buy(3, 1, 799_000, 20), buy(3, 2, 798_000, 1), buy(1, 3, 797_000, 9))();
      const deposit = depositMessage(4, signer(4).address, 255_679_999);
      run(store, bridge, encodeMessages([deposit]));
      runAll(store, buy(4, 4, 799_000, 20));
      // 16 % of 1,598 USD.
      changeAccount(store, 3, { cash: 255_680_000 });
      return store;
    },
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 35)),
  },
  {
    name: "premium-of-those-who-may-hold",
    why: "Who has all the positions that there may be, and none here, is never filled and does not count.",
    reasons: repeated(6, "Ok"),
    state: () => {
      const store = bookOf(
        ...[buy(3, 1, 796_100, 1), sell(2, 1, 796_100, 1)],
        ...[buy(1, 2, 799_000, 20), buy(2, 2, 798_000, 20)],
      )();
      changeAccount(store, 1, { positions: MAX_POSITIONS });
      changeAccount(store, 2, { positions: MAX_POSITIONS });
      return store;
    },
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 35)),
  },
  {
    name: "premium-of-those-who-close",
    why: "What closes a part of a position counts whatever else its account has, and counts once.",
    reasons: repeated(6, "Ok"),
    state: () => {
      const store = bookOf(
        ...[buy(3, 1, 796_100, 30), sell(2, 1, 796_100, 30)],
        ...[sell(3, 2, 793_000, 20), sell(3, 3, 794_000, 11), sell(3, 4, 795_000, 10), sell(3, 5, 795_500, 1)],
      )();
      changeAccount(store, 3, { cash: -2_388_300_000 });
      return store;
    },
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 35)),
  },
  {
    name: "premium-of-those-who-buy-back",
    why: "The same of who is short and bids.",
    reasons: repeated(6, "Ok"),
    state: () => {
      const store = bookOf(
        ...[sell(3, 1, 796_100, 30), buy(2, 1, 796_100, 30)],
        ...[buy(3, 2, 798_500, 20), buy(3, 3, 798_000, 11), buy(3, 4, 797_000, 10), buy(3, 5, 796_500, 1)],
      )();
      changeAccount(store, 3, { cash: 2_388_300_000 });
      return store;
    },
    kind: risk,
    chunk: concatBytes(...remark(start + 5), ...remark(start + 35)),
  },
  // What is free of cash and 796.10 USD: less 0.00001 of funding, 50 of other positions, 7 of margin.
  ...[
    { name: "premium-means", why: "What an account's means are: exactly enough.", cashOf3: -611_579_990, side: 0 },
    { name: "premium-means-lacking", why: "The same, and one unit less.", cashOf3: -611_579_991, side: 0 },
    // 11 lots at 797,000 need 140.272 USD, and the funding is paid to who is short.
    { name: "premium-means-short", why: "Of who is short: exactly enough.", cashOf3: 993_371_990, side: 1 },
    { name: "premium-means-short-lacking", why: "The same, and one unit less.", cashOf3: 993_371_989, side: 1 },
  ].map(
    ({ name, why, cashOf3, side }): VectorCase => ({
      name,
      why,
      reasons: repeated(6, "Ok"),
      state: meansOf(cashOf3, side),
      kind: risk,
      chunk: concatBytes(...remark(start + 5), ...remark(start + 35)),
    }),
  ),
  {
    name: "premium-first",
    why: "The first mark of a perpetual begins with no average, observes its book, and makes its records.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline }),
      listing("ETH-PERPETUAL", { underlying: 2 }),
      ...[tickBytes(start + 1), signedReport({ underlying: 2, time: start + 1, index: 133_00000000 }), markBytes(5)],
      ...[tickBytes(start + 3_601), markBytes(5)],
    ),
  },
  {
    name: "premium-limit",
    why: "Orders are looked at as long as one more still fits what a mark may use.",
    reasons: ["Ok", "Ok", "Ok"],
    state: marketWith((store) => {
      for (let place = 0; place < 12; place++) {
        restFarDown(store, ((2 * place + 1) << 27) >>> 0, 0, 796_200 + place);
        restFarDown(store, ((2 * place + 2) << 27) >>> 0, 1, 796_000 - place);
      }
    }),
    kind: risk,
    chunk: concatBytes(...remark(start + 5)),
  },
  {
    name: "next-chunk-mark",
    why: "A perpetual's mark that finds that the chunk has no room for the next order of its book is the next chunk's.",
    reasons: repeated(71, "Ok"),
    state: marketWith((store) => rest(store, 1, 0, 796_200, 3)),
    kind: risk,
    chunk: concatBytes(
      ...[tickBytes(start + 1), report(start + 1)],
      ...repeated(69, markBytes(put)),
      markBytes(perpetual),
      markBytes(put),
    ),
  },
];
