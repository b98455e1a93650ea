import { encodePosition, type MarketRecord, positionKey, readMarket } from "@recourse/engine";
import {
  accountNumber,
  cash,
  concatBytes,
  encodeMessages,
  instrumentNumber,
  MAX_CASH,
  MAX_POSITIONS,
  price,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { depositMessage, markBytes, signer, tickBytes } from "../../support/world.ts";
import { changeAccount, changeGlobal, changeMarket, holdPositions, market, marketAfter, run, runAll } from "./state.ts";
import {
  bob,
  bridge,
  buy,
  bySession,
  conditional,
  daily,
  house,
  houseOrder,
  index,
  perpetual,
  provider,
  put,
  quotes,
  repeated,
  report,
  sell,
  session,
  settlement,
  soon,
  start,
  unmarked,
  type VectorCase,
} from "./terms.ts";

/** A market in which the house holds some lots, and the fund what it owes or owns for that. */
const held =
  (houseLots: number, instrument = perpetual, changes: Partial<MarketRecord> = {}) =>
  (): OrderedStore => {
    const store = market();
    changeMarket(store, instrument, { houseLots, openInterest: Math.abs(houseLots), ...changes });
    const { mark } = readMarket(store, instrumentNumber(instrument))!;
    changeGlobal(store, { claims: BigInt(houseLots) * mark, insurance: cash(1_000_000) });
    return store;
  };

/** Orders against what the house holds, and liquidity providers. */
export const houseOrderCases: readonly VectorCase[] = [
  {
    name: "house-order",
    why: "The house gives its lots away a thousandth below the index, as many as it has.",
    reasons: ["NotFilled", "Ok", "Ok", "NoHouseInventory"],
    state: held(10),
    kind: house,
    chunk: concatBytes(
      // 79,610,000,000 less 79,610,000 nano-USD.
      houseOrder(1, 1, 0, 795_303, 3),
      houseOrder(1, 1, 0, 795_304, 3),
      houseOrder(2, 1, 0, 800_000, 30),
      houseOrder(2, 2, 0, 800_000, 1),
    ),
  },
  {
    name: "house-order-sells",
    why: "It buys back what it is short of as far above the index.",
    reasons: ["NotFilled", "Ok", "Ok", "NoHouseInventory"],
    state: held(-10),
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 1, 1, 796_897, 3),
      houseOrder(1, 1, 1, 796_896, 3),
      houseOrder(2, 1, 1, 700_000, 30),
      houseOrder(2, 2, 1, 700_000, 1),
    ),
  },
  {
    name: "house-order-option",
    why: "An option's concession is a thousandth of its delta at the index; values are rounded against the account.",
    reasons: ["NotFilled", "Ok", "Ok"],
    state: held(7, daily),
    kind: house,
    chunk: concatBytes(
      // 732,199,798 less 34,874,611 nano-USD.
      houseOrder(1, 1, 0, 6_973, 3, { instrument: daily }),
      houseOrder(1, 2, 0, 6_974, 3, { instrument: daily }),
      houseOrder(2, 3, 0, 7_000, 1, { instrument: daily }),
    ),
  },
  {
    name: "house-order-option-sells",
    why: "The same the other way, rounded down.",
    reasons: ["NotFilled", "Ok", "Ok"],
    state: held(-7, daily),
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 1, 1, 7_671, 3, { instrument: daily }),
      houseOrder(1, 2, 1, 7_670, 3, { instrument: daily }),
      houseOrder(2, 3, 1, 7_000, 1, { instrument: daily }),
    ),
  },
  ...[
    { name: "house-order-of-little-value", houseLots: 7, ranks: [5_699, 5_700] },
    { name: "house-order-sells-of-little-value", houseLots: -7, ranks: [6_301, 6_300] },
  ].map(
    ({ name, houseLots, ranks }): VectorCase => ({
      name,
      why: "The concession is a twentieth of the mark where that is less; an order at the very price is executed.",
      reasons: ["NotFilled", "Ok"],
      state: held(houseLots, daily, { mark: 600_000_000n }),
      kind: house,
      chunk: concatBytes(
        ...ranks.map((rank, place) => houseOrder(1, place, houseLots > 0 ? 0 : 1, rank, 3, { instrument: daily })),
      ),
    }),
  ),
  {
    name: "house-order-of-a-put",
    why: "Of a put the size of the delta counts.",
    reasons: ["NotFilled", "Ok"],
    state: held(7, put),
    kind: house,
    // 382,881,639 less 5,552,418 nano-USD.
    chunk: concatBytes(
      houseOrder(1, 1, 0, 3_773, 3, { instrument: put }),
      houseOrder(1, 2, 0, 3_774, 3, { instrument: put }),
    ),
  },
  ...[
    { name: "house-order-mark-below-index", houseLots: 10, mark: 79_000_000_000n, ranks: [795_303, 795_304] },
    { name: "house-order-mark-above-index", houseLots: 10, mark: 80_000_000_000n, ranks: [799_203, 799_204] },
    { name: "house-order-sells-below-index", houseLots: -10, mark: 79_000_000_000n, ranks: [790_797, 790_796] },
    { name: "house-order-sells-above-index", houseLots: -10, mark: 80_000_000_000n, ranks: [796_897, 796_896] },
  ].map(
    ({ name, houseLots, mark, ranks }): VectorCase => ({
      name,
      why: "A perpetual goes for no less than the index and is bought for no more, wherever a book has moved its mark.",
      reasons: ["NotFilled", "Ok"],
      state: held(houseLots, perpetual, { mark }),
      kind: house,
      chunk: concatBytes(...ranks.map((rank, place) => houseOrder(1, place, houseLots > 0 ? 0 : 1, rank, 2))),
    }),
  ),
  {
    name: "house-order-pays-funding",
    why: "Funding of the account's position is paid first; what it closes goes, and what it turns round stays.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = market();
      changeAccount(store, 3, { cash: 1_000_000_000 });
      runAll(store, sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 3), buy(3, 1, 796_100, 2));
      changeMarket(store, perpetual, { houseLots: 20, openInterest: 25, fundingIndex: 777n });
      changeGlobal(store, { claims: 20n * 79_610_000_000n });
      return store;
    },
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 2, 0, 796_100, 5),
      houseOrder(2, 2, 0, 796_100, 1),
      houseOrder(1, 3, 0, 796_100, 2),
    ),
  },
  {
    name: "house-order-turns-round",
    why: "A short position is bought back and beyond in one order.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5))();
      changeMarket(store, perpetual, { houseLots: 8, openInterest: 13 });
      changeGlobal(store, { claims: 8n * 79_610_000_000n });
      return store;
    },
    kind: house,
    chunk: concatBytes(houseOrder(1, 2, 0, 796_100, 7), houseOrder(3, 3, 0, 796_100, 1)),
  },
  {
    name: "house-order-makes-good",
    why: "What the house pays up in concessions is the fund's loss; what it gets where marks have fallen retires no deficit.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = held(-10)();
      changeGlobal(store, { insurance: cash(796_100_000), deficit: cash(1_000) });
      return store;
    },
    kind: house,
    chunk: concatBytes(houseOrder(1, 1, 1, 796_000, 3), houseOrder(2, 1, 1, 796_000, 3)),
  },
  {
    name: "house-order-margin",
    why: "An order must leave its account the initial margin, or take risk away from it.",
    reasons: ["InsufficientMargin", "Ok", "InsufficientMargin", "Ok", "InsufficientMargin"],
    state: () => {
      const store = market();
      runAll(store, sell(3, 1, 796_100, 2), buy(1, 1, 796_100, 2));
      changeMarket(store, perpetual, { houseLots: 100, openInterest: 102 });
      changeGlobal(store, { claims: 100n * 79_610_000_000n });
      // 10 USD and a debt of two lots.
      changeAccount(store, 3, { cash: 169_220_000 });
      return store;
    },
    kind: house,
    chunk: concatBytes(
      houseOrder(3, 2, 0, 796_100, 4),
      houseOrder(3, 3, 0, 796_100, 1),
      houseOrder(3, 4, 0, 796_100, 5),
      houseOrder(1, 5, 0, 796_100, 5),
      houseOrder(3, 6, 0, 796_100, 3),
    ),
  },
  {
    name: "house-order-by-session",
    why: "A session key of the scope of orders deals with the house; none makes a provider.",
    reasons: ["Ok", "OutOfScope", "OutOfScope", "NonceUsed"],
    state: () => {
      const store = held(10)();
      runAll(store, session(1, 1, { scope: 1 }), session(1, 2, { scope: 2, number: 2 }));
      return store;
    },
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 3, 0, 796_100, 1, bySession),
      houseOrder(1, 4, 0, 796_100, 1, { ...bySession, signer: 2 }),
      provider(1, 5, bySession),
      houseOrder(1, 3, 0, 796_100, 1),
    ),
  },
  {
    name: "house-order-marks",
    why: "The house deals on marks of reports ten seconds older than the newest, whose index was nearly that.",
    reasons: ["Ok", "MarkTooOld", "MarkTooOld"],
    state: () => {
      const store = held(10)();
      changeMarket(store, perpetual, { reportTime: seconds(start - 10) });
      changeMarket(store, daily, { houseLots: 10, openInterest: 10, reportTime: seconds(start - 11) });
      changeMarket(store, put, { houseLots: 10, openInterest: 10, index: price(index - index / 1_000 - 1) });
      return store;
    },
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 1, 0, 796_100, 1),
      houseOrder(1, 2, 0, 8_000, 1, { instrument: daily }),
      houseOrder(1, 3, 0, 8_000, 1, { instrument: put }),
    ),
  },
  {
    name: "house-order-stale",
    why: "Nor on marks that are too old, nor with who has others that are, but for a reduction.",
    reasons: ["MarkTooOld", "MarkTooOld", "Ok", "Ok"],
    state: () => {
      const now = start + 3_601;
      const inPut = { instrument: put };
      const store = marketAfter(
        ...[sell(1, 90, 796_100, 5), buy(2, 90, 796_100, 5)],
        ...[sell(1, 91, 3_800, 1, inPut), buy(2, 91, 3_800, 1, inPut)],
      )();
      runAll(store, tickBytes(now), report(now), markBytes(perpetual));
      changeMarket(store, perpetual, { houseLots: 10, openInterest: 15 });
      changeMarket(store, daily, { houseLots: 10, openInterest: 10 });
      changeGlobal(store, { claims: 10n * 79_610_000_000n });
      changeAccount(store, 3, { cash: 1_000_000_000 });
      return store;
    },
    kind: house,
    chunk: concatBytes(
      ...[
        houseOrder(3, 1, 0, 8_000, 1, { instrument: daily, deadline: start + 3_700 }),
        houseOrder(2, 2, 0, 796_100, 1, { deadline: start + 3_700 }),
        houseOrder(1, 3, 0, 796_100, 1, { deadline: start + 3_700 }),
        houseOrder(3, 4, 0, 796_100, 1, { deadline: start + 3_700 }),
      ],
    ),
  },
  {
    name: "reason-house-order",
    why: "Malformed, of nobody, in nothing, for too much, of the wrong side.",
    reasons: [
      ...repeated(3, "MalformedOrder" as const),
      "UnknownAccount",
      "BadSignature",
      "UnknownInstrument",
      "InstrumentNotMarked",
      "NoHouseInventory",
      "NoHouseInventory",
      "ValueOutOfRange",
      "ValueOutOfRange",
    ],
    state: held(10),
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 1, 2, 796_100, 1),
      houseOrder(1, 2, 0, 0, 1),
      houseOrder(1, 3, 0, 796_100, 0),
      houseOrder(77, 4, 0, 796_100, 1),
      houseOrder(1, 5, 0, 796_100, 1, { key: bob }),
      houseOrder(1, 6, 0, 796_100, 1, { instrument: 99 }),
      houseOrder(1, 7, 0, 796_100, 1, { instrument: unmarked }),
      houseOrder(1, 8, 1, 796_100, 1),
      houseOrder(1, 9, 0, 8_000, 1, { instrument: daily }),
      houseOrder(1, 10, 0, 9_007_199_255, 1),
      houseOrder(1, 11, 0, 2_147_483, 10_485_764),
    ),
  },
  {
    name: "reason-house-order-ranges",
    why: "Lots, cash and the fund stay within their ranges, and positions within their number.",
    reasons: ["ValueOutOfRange", "ValueOutOfRange", "TooManyPositions", "Ok"],
    state: () => {
      const store = held(10)();
      run(store, bridge, encodeMessages([depositMessage(4, signer(4).address, 1_000_000_000)]));
      // Who holds some of it may hold more.
      store.put(positionKey(accountNumber(4), instrumentNumber(perpetual)), encodePosition(1, 0n));
      changeAccount(store, 4, { positions: MAX_POSITIONS });
      store.put(positionKey(accountNumber(1), instrumentNumber(perpetual)), encodePosition(2 ** 40, 0n));
      changeAccount(store, 1, { positions: 1 });
      changeAccount(store, 2, { cash: 5 - MAX_CASH });
      changeAccount(store, 3, { cash: 1_000_000_000 });
      holdPositions(store, 3, MAX_POSITIONS);
      return store;
    },
    kind: house,
    chunk: concatBytes(
      houseOrder(1, 1, 0, 796_100, 1),
      houseOrder(2, 2, 0, 796_100, 1),
      houseOrder(3, 3, 0, 796_100, 1),
      houseOrder(4, 4, 0, 796_100, 1),
    ),
  },
  {
    name: "reason-house-order-fund",
    why: "The fund takes no more than it may.",
    reasons: ["ValueOutOfRange", "Ok"],
    state: () => {
      const store = held(10)();
      changeGlobal(store, { insurance: cash(MAX_CASH - 100_000_000) });
      return store;
    },
    kind: house,
    chunk: concatBytes(houseOrder(1, 1, 0, 796_100, 2), houseOrder(1, 2, 0, 796_100, 1)),
  },
  {
    name: "reason-house-order-expired",
    why: "What has expired is settled, not traded.",
    reasons: ["InstrumentExpired"],
    state: () => {
      const store = held(10, daily)();
      runAll(store, tickBytes(soon));
      return store;
    },
    kind: house,
    chunk: houseOrder(1, 1, 0, 8_000, 1, { instrument: daily, deadline: soon }),
  },
  {
    name: "provider",
    why: "An account registers as a provider, again, and no longer.",
    reasons: ["Ok", "Ok", "Ok", "NonceUsed", "UnknownAccount"],
    state: market,
    kind: house,
    chunk: concatBytes(
      provider(1, 1),
      provider(2, 1),
      provider(1, 2, { active: 0 }),
      provider(1, 2, { active: 1 }),
      provider(77, 1),
    ),
  },
  {
    name: "reason-malformed-provider",
    why: "Active or not, and nothing else.",
    reasons: ["MalformedProvider", "Ok"],
    state: market,
    kind: house,
    chunk: concatBytes(provider(1, 1, { active: 2 }), provider(1, 1)),
  },
  {
    name: "reason-wrong-chunk-kind-house",
    why: "Transactions of blocks and of the house have no place in a chunk of orders, nor orders in theirs.",
    reasons: repeated(5, "WrongChunkKind"),
    state: market,
    kind: house,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1),
      conditional(1, 2, 7_000),
      quotes(1, 3, [{ instrument: perpetual }]),
      settlement(8_100),
      tickBytes(start + 1),
    ),
  },
];
