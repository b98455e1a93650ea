import {
  accountKey,
  accountOrderKey,
  bookKey,
  createGenesis,
  encodeAccount,
  encodeBookRecord,
  encodeGlobal,
  encodeInstrument,
  encodeMarket,
  encodePosition,
  encodeUnderlying,
  executeChunk,
  globalKey,
  instrumentKey,
  type MarketRecord,
  marketKey,
  newAccount,
  positionKey,
  readAccount,
  readGlobal,
  readInstrument,
  readMarket,
  underlyingKey,
} from "@recourse/engine";
import {
  accountNumber,
  CANCEL_BYTES,
  type Cash,
  ChunkKind,
  concatBytes,
  encodeMessages,
  InstrumentKind,
  instrumentNumber,
  MAX_CASH,
  MAX_CHUNK_BYTES,
  MAX_INSTRUMENTS,
  MAX_POSITIONS,
  MAX_PRICE,
  MAX_RESTING_ORDERS,
  price,
  priceRank,
  quantity,
  type ReasonName,
  seconds,
  type StepContext,
  type Surface,
  TICK_BYTES,
  underlyingNumber,
  writeUint,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  oracles,
  type OrderFields,
  signedCancel,
  signedCancelAll,
  signedListing,
  signedOrder,
  signedReplace,
  signedReport,
  signedSession,
  signedUnderlying,
  signedWithdraw,
  signer,
  tickBytes,
} from "../support/world.ts";

/**
 * A chunk made on purpose, and what each of its transactions must come to; `cut off` where some must not be executed, as
 * many as the limits say.
 */
export interface VectorCase {
  readonly name: string;
  readonly why: string;
  readonly reasons: readonly ReasonName[] | "cut off";
  /** The state before the chunk. */
  readonly state: () => OrderedStore;
  readonly kind: ChunkKind;
  readonly chunk: Uint8Array;
  readonly context?: Partial<StepContext>;
}

const start = 1_583_971_200;
const expiry = 1_585_296_000; // 27MAR20 08:00
const soon = start + 28_800; // 12MAR20 08:00
const deadline = start + 60;
const LAST_SECOND = 2 ** 32 - 1;
const index = 7_961_00000000;
const perpetual = 1;
const put = 2;
/** Listed, never marked. */
const unmarked = 3;
/** Expires on the first day. */
const daily = 4;

const alice = signer(1);
const bob = signer(2);
const carol = signer(3);

/** Orders of the three accounts; a nonce serves as client order id too. */
function order(fields: Partial<OrderFields> & Pick<OrderFields, "account" | "nonce">): Uint8Array {
  const key = [alice, bob, carol][fields.account - 1] ?? alice;
  return signedOrder({ key, instrument: perpetual, side: 0, rank: 796_100, lots: 10, deadline, ...fields });
}

function cancel(account: number, nonce: number, clientOrderId: number): Uint8Array {
  return signedCancel({ account, key: [alice, bob, carol][account - 1]!, deadline, nonce, clientOrderId });
}

/** Cancels all orders of an account, or those of one instrument. */
function cancelAll(account: number, nonce: number, changes: Partial<Parameters<typeof signedCancelAll>[0]> = {}) {
  return signedCancelAll({ account, key: [alice, bob, carol][account - 1]!, deadline, nonce, ...changes });
}

/** A key that signs for accounts 1 and 2 under the number 1. */
const sessionKey = signer(21);
const bySession = { signer: 1, key: sessionKey };
const otherKey = signer(22);

/** Registers the session key for all that a session key may sign, until an hour from now. */
function session(account: number, nonce: number, changes: Partial<Parameters<typeof signedSession>[0]> = {}) {
  const key = [alice, bob, carol][account - 1]!;
  const terms = { number: 1, address: sessionKey.address, scope: 3, expiry: start + 3_600 };
  return signedSession({ account, key, deadline, nonce, ...terms, ...changes });
}

/** Session keys of one account, each of another number: together they fill a chunk. */
function sessions(account: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, place) => session(account, place + 1, { number: place + 1 }));
}

/** So many of them that an order still starts after them, and soon finds the chunk full. */
const NEARLY_FULL = 90;

function revoke(account: number, nonce: number, number: number): Uint8Array {
  return session(account, nonce, { number, address: new Uint8Array(20), scope: 0, expiry: 0 });
}

function withdraw(account: number, nonce: number, amount: number, recipient = bob.address): Uint8Array {
  const key = [alice, bob, carol][account - 1]!;
  return signedWithdraw({ account, key, deadline, nonce, amount, recipient });
}

function report(time: number, changes: { surfaces?: readonly Surface[]; index?: number; signers?: number } = {}) {
  return signedReport({ underlying: 1, time, index, ...changes });
}

function listing(name: string, changes: Partial<Parameters<typeof signedListing>[0]> = {}): Uint8Array {
  return signedListing({ underlying: 1, name, deadline, ...changes });
}

function run(store: OrderedStore, kind: ChunkKind, chunk: Uint8Array): void {
  const { reasons } = executeChunk(store, context(), kind, chunk);
  if (reasons.some((reason) => reason !== 0)) throw new Error(`The state could not be made: ${[...reasons]}.`);
  // A chunk of nothing, so that nothing that was open stays so.
  store.beginChunk();
}

/** Three accounts, one of them poor, and four instruments of one underlying. */
function market(): OrderedStore {
  const store = createGenesis(genesisParameters);
  const deposits = [
    depositMessage(1, alice.address, 1_000_000_000_000),
    depositMessage(2, bob.address, 1_000_000_000_000),
    depositMessage(3, carol.address, 60_000_000),
  ];
  run(store, ChunkKind.bridge, encodeMessages(deposits));
  const surfaces = [flatSurface(soon, price(index), 95, start), flatSurface(expiry, price(7_970_00000000), 80, start)];
  const risk = concatBytes(
    tickBytes(start),
    signedUnderlying({ underlying: 1, symbol: "BTC", deadline }),
    listing("BTC-PERPETUAL"),
    listing("BTC-27MAR20-6000-P", { tick: 500_000, lot: 2_000_000 }),
    listing("BTC-27MAR20-9000-C"),
    listing("BTC-12MAR20-8000-C"),
    report(start, { surfaces }),
    ...[perpetual, put, daily].map(markBytes),
  );
  run(store, ChunkKind.risk, risk);
  return store;
}

/** The market with some orders sent before. */
const marketAfter =
  (...orders: readonly Uint8Array[]) =>
  (): OrderedStore => {
    const store = market();
    run(store, ChunkKind.trade, concatBytes(...orders));
    return store;
  };

/** The market with its records changed directly, where the way there would be long. */
const marketWith = (change: (store: OrderedStore) => void) => (): OrderedStore => {
  const store = market();
  change(store);
  return store;
};

function changeAccount(store: OrderedStore, account: number, changes: { cash?: number; positions?: number }): void {
  const record = readAccount(store, accountNumber(account))!;
  const { cash = record.cash, positions = record.positions } = changes;
  store.put(accountKey(accountNumber(account)), encodeAccount({ ...record, cash: cash as Cash, positions }));
}

/** Gives an account positions in so many instruments, whose numbers are far apart, and marks them. */
function holdPositions(store: OrderedStore, account: number, count: number): void {
  const market = readMarket(store, instrumentNumber(put))!;
  const terms = readInstrument(store, instrumentNumber(put))!;
  for (let place = 0; place < count; place++) {
    const instrument = instrumentNumber((place + 1) << 17);
    store.put(instrumentKey(instrument), encodeInstrument(terms));
    store.put(marketKey(instrument), encodeMarket(market));
    store.put(positionKey(accountNumber(account), instrument), encodePosition(1, 0n));
  }
  changeAccount(store, account, { positions: count });
}

/**
 * Makes reading an account's positions so dear that no transaction may: below each mark's key, as many branches as there
 * can be. What lies beside the marks is never read, so that one byte does for it.
 */
function holdDeepPositions(store: OrderedStore, account: number): void {
  holdPositions(store, account, MAX_POSITIONS);
  for (let place = 0; place < MAX_POSITIONS; place++) {
    for (let bit = 0; bit < 17; bit++) {
      store.put(marketKey(instrumentNumber(((place + 1) << 17) + 2 ** bit)), Uint8Array.of(1));
    }
  }
}

/** Opens an account with one unit of cash, if it is not open, and gives it one lot of an instrument that only it has. */
function holdAlone(
  store: OrderedStore,
  account: number,
  terms: { readonly mark: bigint; readonly delta: bigint; readonly losses: readonly bigint[] },
  offset = 1_000,
  underlying = 1,
): void {
  const number = accountNumber(account);
  const instrument = instrumentNumber(offset + account);
  const open = { ...newAccount(signer(account).address), cash: 1 as Cash };
  const record = readAccount(store, number) ?? open;
  store.put(accountKey(number), encodeAccount({ ...record, positions: record.positions + 1 }));
  const now = readGlobal(store).time;
  const market: MarketRecord = {
    underlying: underlyingNumber(underlying),
    kind: InstrumentKind.call,
    ...terms,
    time: now,
    reportTime: now,
    index: price(1),
    lot: quantity(1),
    gap: 0n,
    openInterest: 1,
    houseLots: 0,
    fundingIndex: 0n,
  };
  store.put(marketKey(instrument), encodeMarket(market));
  store.put(positionKey(number, instrument), encodePosition(1, 0n));
}

/** Withdraws the one unit of cash of an account that {@link holdAlone} made, so that its equity is its positions' value. */
function withdrawAll(account: number): Uint8Array {
  const key = signer(account);
  return signedWithdraw({ account, key, deadline, nonce: 1, amount: 1, recipient: key.address });
}

/** Lets an account have orders of one lot in the perpetual's book, four at a price. */
function rest(store: OrderedStore, account: number, side: number, rank: number, count: number): void {
  const global = readGlobal(store);
  for (let place = 0; place < count; place++) {
    const sequence = global.nextSequence++;
    const key = bookKey(instrumentNumber(perpetual), side, priceRank(rank + (place >> 2)), sequence);
    const clientOrderId = 1_000 + sequence;
    const record = { account: accountNumber(account), clientOrderId, lots: 1, goodTill: 0, era: 0, isReduceOnly: false };
    store.put(key, encodeBookRecord(record));
    store.put(accountOrderKey(accountNumber(account), clientOrderId), key.slice(1));
  }
  store.put(globalKey, encodeGlobal(global));
  const record = readAccount(store, accountNumber(account))!;
  const restingOrders = record.restingOrders + count;
  store.put(accountKey(accountNumber(account)), encodeAccount({ ...record, restingOrders }));
}

const sell = (account: number, nonce: number, rank: number, lots: number, changes: Partial<OrderFields> = {}) =>
  order({ account, nonce, side: 1, rank, lots, ...changes });
const buy = (account: number, nonce: number, rank: number, lots: number, changes: Partial<OrderFields> = {}) =>
  order({ account, nonce, side: 0, rank, lots, ...changes });
const immediate = { timeInForce: 1 };
const fillOrKill = { timeInForce: 2 };
const postOnly = { options: 1 };
const reduceOnly = { options: 2 };
const cancelIncoming = { options: 4 };
const cancelBoth = { options: 8 };

/** Replaces an order by one of ten lots at 7,000 USD with the nonce as its client order id. */
function replace(account: number, nonce: number, replaced: number, changes: Partial<OrderFields> = {}): Uint8Array {
  const key = [alice, bob, carol][account - 1]!;
  const terms = { instrument: perpetual, side: 0, rank: 700_000, lots: 10, deadline };
  return signedReplace({ account, key, nonce, replaced, ...terms, ...changes });
}

/** The same bytes in the name of another account. */
function withAccount(account: number, transaction: Uint8Array): Uint8Array {
  const bytes = transaction.slice();
  writeUint(bytes, 1, 4, account);
  return bytes;
}

/** Who has no account. */
const stranger = { account: 77, key: alice, deadline, nonce: 1 };

const flat = flatSurface(expiry, price(index), 80, start + 1);
const surfaceScale = 10n ** 15n;

const { trade, risk, bridge } = ChunkKind;
const repeated = <Element>(count: number, element: Element): Element[] => Array.from({ length: count }, () => element);

/** Every operation, every way in which it ends, every rule that needs two parties. */
export const vectorCases: readonly VectorCase[] = [
  {
    name: "deposit",
    why: "Deposits open an account, and credit one that is open whatever owner they name.",
    reasons: ["Ok", "Ok"],
    state: market,
    kind: bridge,
    chunk: encodeMessages([depositMessage(9, carol.address, 5_000), depositMessage(1, bob.address, 7)]),
  },
  {
    name: "deposit-first",
    why: "The first chunk of all, on the genesis state: a term begins.",
    reasons: ["Ok"],
    state: () => createGenesis(genesisParameters),
    kind: bridge,
    chunk: encodeMessages([depositMessage(1, alice.address, 1_000_000)]),
  },
  {
    name: "tick",
    why: "The clock moves to the batch's time and no further.",
    reasons: ["Ok", "Ok", "TimeBeyondBatch"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start + 1), tickBytes(start + 5), tickBytes(start + 6)),
    context: { batchTime: start + 5 },
  },
  {
    name: "report",
    why: "A smile, then an index alone, by other oracles of the set.",
    reasons: ["Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(start + 10),
      report(start + 3, {
        surfaces: [
          { ...flat, b: surfaceScale / 10n, rho: -surfaceScale / 2n, m: surfaceScale / 20n, sigma: surfaceScale / 5n },
        ],
        signers: 0b110,
      }),
      report(start + 10, { signers: 0b111, index: index + 12_345 }),
    ),
  },
  {
    name: "list-underlying",
    why: "Further underlyings are listed under the next numbers.",
    reasons: ["Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 3, symbol: "X2Y3Z4A5", deadline }),
    ),
  },
  {
    name: "list-instrument",
    why: "A listing at a new expiry, one at a known expiry, and the limits of fees and minimum.",
    reasons: ["Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C"),
      listing("BTC-27MAR20-0.5-P"),
      listing("BTC-26JUN20-10000-P", { takerFeeRate: 10_000, makerFeeRate: 10_000, minimumNotional: MAX_PRICE - 1 }),
    ),
  },
  {
    name: "mark",
    why: "Marks of a perpetual, a put and a call, later than the report.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start + 7_200), ...[perpetual, put, unmarked, daily].map(markBytes)),
  },
  {
    name: "mark-smile",
    why: "A mark from a smile rather than a flat surface, and one just before its expiry.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(soon - 1),
      report(soon - 1, {
        surfaces: [
          { ...flat, expiry: soon as Surface["expiry"] },
          { ...flat, b: surfaceScale / 7n, rho: -surfaceScale / 3n, m: -surfaceScale / 30n, sigma: surfaceScale / 9n },
        ],
      }),
      ...[put, unmarked, daily].map(markBytes),
    ),
  },
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
    chunk: concatBytes(
      buy(1, 2, 796_100, 9),
      sell(2, 2, 796_100, 9),
      buy(2, 3, 796_000, 4),
      sell(1, 3, 796_000, 4),
    ),
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
      store.put(globalKey, encodeGlobal({ ...readGlobal(store), time: seconds(LAST_SECOND - 70) }));
    }),
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { deadline: LAST_SECOND - 60, restMinutes: 1 }),
      buy(1, 2, 700_000, 1, { deadline: LAST_SECOND, restMinutes: 65_535 }),
    ),
  },
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
    name: "order-margin-stops",
    why: "A taker is filled as far as its margin reaches, and the rest is cancelled.",
    reasons: ["Ok"],
    state: marketAfter(...[1, 2, 3, 4].map((nonce) => sell(1, nonce, 796_100, 1)), sell(1, 5, 796_100, 5_000)),
    kind: trade,
    chunk: buy(3, 1, 796_100, 4_000),
  },
  {
    name: "order-limit-stops",
    why: "A taker meets as many makers as one transaction may, and the rest is cancelled, never rested.",
    reasons: ["Ok"],
    state: marketWith((store) => rest(store, 1, 1, 796_100, 120)),
    kind: trade,
    chunk: buy(2, 1, 796_200, 120),
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
      for (let place = 0; place < 60; place++) {
        const number = accountNumber(2 ** (2 + (place % 30)) + (place < 30 ? 0 : 2 ** 32 / 2 ** 31));
        const record = { ...newAccount(alice.address), cash: 1_000_000_000 as Cash };
        store.put(accountKey(number), encodeAccount(record));
        rest(store, number, 1, 796_100, 1);
      }
    }),
    kind: trade,
    chunk: buy(2, 1, 796_200, 60),
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
    state: marketWith((store) => rest(store, 1, 1, 796_100, 120)),
    kind: trade,
    chunk: buy(2, 1, 796_200, 120, fillOrKill),
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
    state: marketAfter(
      sell(1, 1, 796_000, 5),
      sell(2, 2, 796_010, 2),
      sell(1, 3, 796_020, 5),
      sell(2, 4, 796_030, 5),
    ),
    kind: trade,
    chunk: concatBytes(
      buy(1, 5, 796_100, 9, cancelBoth),
      buy(1, 6, 796_100, 9, cancelBoth),
      buy(1, 7, 796_100, 9, cancelBoth),
    ),
  },
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
    name: "cancel",
    why: "A resting order is cancelled by its owner; its neighbours stay.",
    reasons: ["Ok", "Ok"],
    state: marketAfter(buy(1, 1, 796_000, 5), buy(1, 2, 796_000, 5), buy(2, 1, 796_000, 5)),
    kind: trade,
    chunk: concatBytes(cancel(1, 3, 2), cancel(2, 3, 1)),
  },
  {
    name: "cancel-all",
    why: "All orders go, on both sides and in every instrument, up to the last client order id, and those that died unseen.",
    reasons: ["Ok", "UnknownOrder", "Ok"],
    state: marketAfter(
      sell(1, 1, 800_000, 5, { clientOrderId: 2 ** 32 - 1 }),
      buy(1, 2, 700_000, 5, { clientOrderId: 0 }),
      buy(1, 3, 2_000, 5, { instrument: put, clientOrderId: 2 ** 32 - 2 }),
      buy(2, 4, 700_000, 5),
    ),
    kind: trade,
    chunk: concatBytes(cancelAll(1, 5), cancel(1, 6, 2), buy(1, 7, 700_000, 5, { clientOrderId: 0 })),
    context: { era: 1, eraStart: start },
  },
  {
    name: "cancel-all-of-an-instrument",
    why: "Orders of one instrument go; the others stay.",
    reasons: ["Ok", "UnknownOrder", "Ok"],
    state: marketAfter(
      sell(1, 1, 800_000, 5),
      buy(1, 2, 2_000, 5, { instrument: put }),
      buy(1, 3, 700_000, 5),
    ),
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
    name: "session",
    why: "A key orders, replaces, cancels one and cancels all; its owner signs on.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "NothingToCancel"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1),
      buy(1, 2, 700_000, 1, bySession),
      buy(1, 3, 700_000, 1, bySession),
      signedCancel({ account: 1, deadline, nonce: 4, clientOrderId: 2, ...bySession }),
      replace(1, 7, 3, bySession),
      cancelAll(1, 5, bySession),
      cancelAll(1, 6),
    ),
  },
  {
    name: "session-in-force-at-once",
    why: "A key signs from the next transaction on, its successor under the number in its stead, and none after a revocation.",
    reasons: ["Ok", "Ok", "Ok", "BadSignature", "Ok", "Ok", "UnknownSigner", "UnknownSigner"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { number: 255 }),
      buy(1, 2, 700_000, 1, { signer: 255, key: sessionKey }),
      session(1, 3, { number: 255, address: otherKey.address, expiry: LAST_SECOND }),
      buy(1, 4, 700_000, 1, { signer: 255, key: sessionKey }),
      buy(1, 4, 700_000, 1, { signer: 255, key: otherKey }),
      revoke(1, 5, 255),
      buy(1, 6, 700_000, 1, { signer: 255, key: otherKey }),
      revoke(1, 7, 255),
    ),
  },
  {
    name: "session-signatures",
    why: "A key's signature counts for its account, number and deployment only, the owner's for the owner's number only.",
    reasons: ["Ok", "Ok", "Ok", ...repeated(4, "BadSignature" as const)],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1),
      session(2, 1),
      session(1, 2, { number: 2, address: otherKey.address }),
      withAccount(2, buy(1, 3, 700_000, 1, bySession)),
      buy(1, 3, 700_000, 1, { ...bySession, signer: 2 }),
      buy(1, 3, 700_000, 1, { signer: 1 }),
      buy(1, 3, 700_000, 1, { ...bySession, domain: new Uint8Array(32) }),
    ),
  },
  {
    name: "session-nonces",
    why: "Owner and session keys share the account's nonces.",
    reasons: ["Ok", "Ok", "NonceUsed", "NonceUsed", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1),
      buy(1, 2, 700_000, 1, bySession),
      buy(1, 2, 700_000, 1, { clientOrderId: 3 }),
      cancelAll(1, 1, bySession),
      cancelAll(1, 3, bySession),
    ),
  },
  {
    name: "withdraw",
    why: "Withdrawals with and without positions, recorded under rising numbers.",
    reasons: ["Ok", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5)),
    kind: risk,
    chunk: concatBytes(withdraw(1, 2, 5_000_000), withdraw(3, 1, 60_000_000)),
  },
  {
    name: "withdraw-everything",
    why: "All that was ever paid in is withdrawn.",
    reasons: ["Ok", "VaultExhausted"],
    state: () => {
      const store = createGenesis(genesisParameters);
      run(store, bridge, encodeMessages([depositMessage(1, alice.address, 5_000)]));
      run(store, risk, tickBytes(start));
      return store;
    },
    kind: risk,
    chunk: concatBytes(withdraw(1, 1, 5_000), withdraw(1, 2, 1)),
  },
  {
    name: "margin-to-the-unit",
    why: "Equity of exactly the margin is enough and one unit less is not: by the minimum, by its rounding, by a scenario.",
    reasons: ["Ok", "InsufficientMargin", "InsufficientMargin", "Ok", "InsufficientMargin"],
    state: marketWith((store) => {
      const unweighted = [{ mark: 7_961n, delta: 50_000n }, { mark: 7_960n, delta: 50_000n }, { mark: 0n, delta: 1n }];
      const scenarios = [{ mark: 300n, loss: 300n }, { mark: 299n, loss: 300n }];
      unweighted.forEach(({ mark, delta }, place) => {
        holdAlone(store, 10 + place, { mark, delta, losses: new Array<bigint>(24).fill(0n) });
      });
      scenarios.forEach(({ mark, loss }, place) => {
        holdAlone(store, 13 + place, { mark, delta: 0n, losses: [...new Array<bigint>(23).fill(-1n), loss] });
      });
    }),
    kind: risk,
    chunk: concatBytes(...[10, 11, 12, 13, 14].map((account) => withdrawAll(account))),
  },
  {
    name: "margin-hedged",
    why: "Positions that hedge each other owe the minimum on what is hedged, and each underlying owes its own.",
    reasons: ["Ok", "InsufficientMargin"],
    state: marketWith((store) => {
      for (const [account, value] of [
        [10, 3_981n + 7_961n],
        [11, 3_981n + 7_960n],
      ] as const) {
        const losses = new Array<bigint>(24).fill(0n);
        holdAlone(store, account, { mark: value, delta: 50_000n, losses });
        holdAlone(store, account, { mark: 0n, delta: -50_000n, losses }, 2_000);
        holdAlone(store, account, { mark: 0n, delta: 0n, losses: [...losses.slice(1), 7_961n] }, 3_000, 2);
      }
      const symbol = new Uint8Array(8).fill(0x58);
      const other = encodeUnderlying({ symbol, grid: 1, index: price(index), indexTime: seconds(start) });
      store.put(underlyingKey(underlyingNumber(2)), other);
    }),
    kind: risk,
    chunk: concatBytes(withdrawAll(10), withdrawAll(11)),
  },
  {
    name: "mark-long-dated",
    why: "Beyond thirty days the shock of volatility shrinks downwards, not upwards.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C"),
      listing("BTC-26JUN20-7000-P"),
      tickBytes(start + 1),
      report(start + 1, {
        surfaces: [
          flat,
          { ...flatSurface(1_593_158_400, price(8_100_00000000), 80, start + 1), b: surfaceScale / 9n, sigma: surfaceScale },
        ],
      }),
      markBytes(5),
      markBytes(6),
    ),
  },
  {
    name: "nonce-pruning",
    why: "A new nonce removes two old words of nonces whose deadlines have passed, the last of them just now.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const orders = [0, 64, 128, 192].map((later, place) =>
        buy(1, place, 700_000, 1, { deadline: start + later, nonce: 256 * place }),
      );
      const store = marketAfter(...orders)();
      run(store, risk, tickBytes(start + 256));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 9, 700_000, 1, { deadline: start + 400 }),
      buy(1, 10, 700_000, 1, { deadline: start + 401 }),
    ),
  },
  {
    name: "nonce-same-bucket",
    why: "The same nonce may be used again with a deadline of another 64 seconds.",
    reasons: ["Ok", "NonceUsed", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 5, 700_000, 1, { deadline: start + 100 }),
      buy(1, 5, 700_000, 1, { deadline: start + 101, clientOrderId: 6 }),
      buy(1, 5, 700_000, 1, { deadline: start + 170, clientOrderId: 7 }),
    ),
  },
  {
    name: "term-change",
    why: "A new term begins its stream at nothing.",
    reasons: ["Ok"],
    state: market,
    kind: risk,
    chunk: tickBytes(start + 1),
    context: { term: 2 },
  },
  {
    name: "era-starts-before-the-clock",
    why: "A new era whose start has passed does not move the clock.",
    reasons: ["TimeNotIncreasing", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start), tickBytes(start + 1)),
    context: { era: 1, eraStart: start - 100 },
  },
  {
    name: "empty-chunk",
    why: "No bytes at all: only what the header brings.",
    reasons: [],
    state: market,
    kind: trade,
    chunk: new Uint8Array(0),
    context: { era: 3, eraStart: start + 5, term: 4 },
  },
  {
    name: "garbage-at-the-end",
    why: "Bytes that do not decode end the chunk, and the stream does not count them.",
    reasons: ["Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(buy(1, 1, 700_000, 1), Uint8Array.of(0x03), buy(1, 2, 700_000, 1)),
  },
  {
    name: "cut-off",
    why: "A transaction whose last byte is missing is not executed.",
    reasons: ["Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(buy(1, 1, 700_000, 1), buy(1, 2, 700_000, 1).subarray(0, -1)),
  },
  {
    name: "too-many-bytes",
    why: "A chunk of the greatest length is executed whole; what comes after it is not.",
    reasons: "cut off",
    state: market,
    kind: trade,
    chunk: concatBytes(
      ...repeated(MAX_CHUNK_BYTES / CANCEL_BYTES, signedCancel({ ...stranger, clientOrderId: 1 })),
      tickBytes(start),
    ),
  },
  {
    name: "next-chunk-maker",
    why: "An order that starts, and then finds that the chunk has no room for its next maker, is the next chunk's.",
    reasons: repeated(NEARLY_FULL, "Ok"),
    state: marketWith((store) => rest(store, 1, 1, 796_100, 120)),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL), buy(2, 1, 796_200, 120), cancel(1, 1_000, 1)),
  },
  {
    name: "next-chunk-taker-position",
    why: "So is one that finds no room for the next of the taker's positions.",
    reasons: repeated(NEARLY_FULL, "Ok"),
    state: marketWith((store) => {
      rest(store, 1, 1, 796_100, 1);
      holdDeepPositions(store, 2);
      store.put(positionKey(accountNumber(2), instrumentNumber(perpetual)), encodePosition(1, 0n));
    }),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL), buy(2, 1, 796_100, 1)),
  },
  {
    name: "next-chunk-maker-position",
    why: "And one that finds no room for the next of a maker's.",
    reasons: repeated(NEARLY_FULL, "Ok"),
    state: marketWith((store) => {
      rest(store, 1, 1, 796_100, 1);
      holdDeepPositions(store, 1);
      store.put(positionKey(accountNumber(1), instrumentNumber(perpetual)), encodePosition(1, 0n));
    }),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL), buy(2, 1, 796_100, 1)),
  },
  {
    name: "next-chunk-withdraw",
    why: "A withdrawal that finds no room for the next position is the next chunk's.",
    reasons: repeated(50, "Ok"),
    state: marketWith((store) => holdDeepPositions(store, 2)),
    kind: risk,
    chunk: concatBytes(...repeated(50, markBytes(perpetual)), withdraw(2, 1, 5)),
  },
  {
    name: "no-room-to-start",
    why: "An order for whose beginning the chunk has no room does not start.",
    reasons: repeated(NEARLY_FULL + 11, "Ok"),
    state: marketWith((store) => rest(store, 1, 1, 796_100, 120)),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL + 10), buy(2, 1, 796_200, 22), buy(2, 2, 796_200, 1)),
  },
  {
    name: "too-many-units",
    why: "A chunk is executed as long as what the next transaction needs to start still fits its meter.",
    reasons: "cut off",
    state: market,
    kind: risk,
    chunk: concatBytes(...repeated(Math.floor(MAX_CHUNK_BYTES / TICK_BYTES), tickBytes(start))),
  },
  {
    name: "reason-wrong-chunk-kind",
    why: "Transactions of other kinds of chunks are counted, and do nothing.",
    reasons: ["WrongChunkKind", "Ok", "WrongChunkKind"],
    state: market,
    kind: trade,
    chunk: concatBytes(tickBytes(start + 1), buy(1, 1, 700_000, 1), withdraw(1, 2, 5)),
  },
  {
    name: "reason-wrong-chunk-kind-risk",
    why: "Orders, replacements, cancels and session keys have no place in a risk chunk.",
    reasons: repeated(5, "WrongChunkKind"),
    state: market,
    kind: risk,
    chunk: concatBytes(buy(1, 1, 700_000, 1), cancel(1, 2, 1), replace(1, 3, 1), cancelAll(1, 4), session(1, 5)),
  },
  {
    name: "reason-unknown-account",
    why: "Nothing was ever deposited to the account.",
    reasons: ["UnknownAccount"],
    state: market,
    kind: trade,
    chunk: order({ account: 77, nonce: 1 }),
  },
  {
    name: "reason-deadline-passed",
    why: "A deadline of the clock's second is met; one of the second before is not.",
    reasons: ["Ok", "DeadlinePassed"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { deadline: start }),
      buy(1, 2, 700_000, 1, { deadline: start - 1 }),
    ),
  },
  {
    name: "reason-deadline-too-far",
    why: "Ten minutes ahead is allowed, a second more is not.",
    reasons: ["Ok", "DeadlineTooFar"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { deadline: start + 600 }),
      buy(1, 2, 700_000, 1, { deadline: start + 601 }),
    ),
  },
  {
    name: "reason-unknown-signer",
    why: "A number under which no key was registered, another account's key, the revocation of nothing.",
    reasons: ["UnknownSigner", "Ok", "UnknownSigner", "UnknownSigner", "UnknownSigner"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, bySession),
      session(2, 1),
      buy(1, 1, 700_000, 1, bySession),
      buy(2, 2, 700_000, 1, { ...bySession, signer: 2 }),
      revoke(2, 3, 2),
    ),
  },
  {
    name: "reason-out-of-scope",
    why: "A key for orders cancels nothing, a key for cancels orders nothing, and no key makes or revokes keys.",
    reasons: ["Ok", "Ok", ...repeated(6, "OutOfScope" as const)],
    state: marketAfter(sell(1, 10, 800_000, 5)),
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { scope: 1 }),
      session(1, 2, { number: 2, scope: 2, address: otherKey.address }),
      signedCancel({ account: 1, deadline, nonce: 3, clientOrderId: 10, ...bySession }),
      cancelAll(1, 4, bySession),
      buy(1, 5, 700_000, 1, { signer: 2, key: otherKey }),
      replace(1, 6, 10, { signer: 2, key: otherKey }),
      session(1, 7, { ...bySession, number: 3 }),
      signedSession({ account: 1, deadline, nonce: 8, number: 1, ...bySession }),
    ),
  },
  {
    name: "reason-out-of-scope-withdraw",
    why: "Only the owner withdraws: not a key of every scope, and not a key that is not there.",
    reasons: ["OutOfScope", "UnknownSigner"],
    state: marketAfter(session(1, 1)),
    kind: risk,
    chunk: concatBytes(
      ...[bySession, { ...bySession, signer: 2 }].map((by) =>
        signedWithdraw({ account: 1, deadline, nonce: 2, amount: 5, recipient: bob.address, ...by }),
      ),
    ),
  },
  {
    name: "reason-session-expired",
    why: "A key signs in the second of its expiry, and no longer in the one after it, whatever the deadline says.",
    reasons: ["SessionExpired", "Ok", "Ok"],
    state: () => {
      const store = market();
      const [soonest, next] = [start + 1, start + 2];
      const second = { number: 2, address: otherKey.address, expiry: next };
      run(store, trade, concatBytes(session(1, 1, { expiry: soonest }), session(1, 2, second)));
      run(store, risk, tickBytes(next));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 3, 700_000, 1, bySession),
      buy(1, 4, 700_000, 1, { signer: 2, key: otherKey }),
      buy(1, 5, 700_000, 1),
    ),
  },
  {
    name: "reason-malformed-session",
    why: "Number 0, no scope, a scope of no meaning, an expiry that is not ahead, and revocations that say more.",
    reasons: ["Ok", ...repeated(6, "MalformedSession" as const), "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { expiry: start + 1 }),
      session(1, 2, { number: 0 }),
      session(1, 2, { scope: 0 }),
      session(1, 2, { scope: 4 }),
      session(1, 2, { expiry: start }),
      session(1, 2, { address: new Uint8Array(20), scope: 0 }),
      session(1, 2, { address: new Uint8Array(20), expiry: 0 }),
      revoke(1, 2, 1),
    ),
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
    name: "reason-bad-signature",
    why: "Another account's key, another deployment's domain, another lister, another oracle.",
    reasons: ["BadSignature", "BadSignature"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { key: bob }),
      buy(1, 2, 700_000, 1, { domain: new Uint8Array(32).fill(1) }),
    ),
  },
  {
    name: "reason-bad-signature-risk",
    why: "A lister that is none, and an oracle that signs in another's name.",
    reasons: ["BadSignature", "Ok", "BadSignature"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C", { key: alice }),
      tickBytes(start + 1),
      signedReport({ underlying: 1, time: start + 1, index, signers: 0b011, keys: [oracles[0], oracles[2]] }),
    ),
  },
  {
    name: "reason-nonce-used",
    why: "A replay: the same bytes twice.",
    reasons: ["Ok", "NonceUsed"],
    state: market,
    kind: trade,
    chunk: concatBytes(...repeated(2, buy(1, 1, 700_000, 1))),
  },
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
    name: "reason-unknown-instrument-mark",
    why: "What is not listed cannot be marked.",
    reasons: ["UnknownInstrument"],
    state: market,
    kind: risk,
    chunk: markBytes(5),
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
    name: "reason-instrument-expired-mark",
    why: "A second before its expiry an option is marked, at its second no longer.",
    reasons: ["Ok", "Ok", "Ok", "InstrumentExpired"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(soon - 1), markBytes(daily), tickBytes(soon), markBytes(daily)),
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
      buy(1, 3, 2_147_483, 10_485_763),
      buy(1, 4, 2_147_483, 10_485_764),
    ),
  },
  {
    name: "reason-value-out-of-range-deposit",
    why: "More than the inbox ever lets in, to the unit.",
    reasons: ["ValueOutOfRange", "ValueOutOfRange", "Ok"],
    state: market,
    kind: bridge,
    chunk: encodeMessages([
      depositMessage(1, alice.address, 2 ** 53 - 1),
      depositMessage(1, alice.address, 2 ** 52 - 2_000_060_000_000),
      depositMessage(1, alice.address, 2 ** 52 - 1 - 2_000_060_000_000),
    ]),
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
    name: "reason-insufficient-margin-withdraw",
    why: "Without positions all may be withdrawn but not a unit more; what margin needs stays.",
    reasons: ["InsufficientMargin", "Ok", "InsufficientMargin"],
    state: marketAfter(sell(1, 1, 796_100, 500), buy(2, 1, 796_100, 500)),
    kind: risk,
    chunk: concatBytes(withdraw(3, 1, 60_000_001), withdraw(3, 2, 60_000_000), withdraw(1, 2, 1_000_000_000_000)),
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
  {
    name: "reason-unknown-order",
    why: "An order of another account, one that was never there, one that is gone.",
    reasons: ["UnknownOrder", "UnknownOrder", "Ok", "UnknownOrder"],
    state: marketAfter(sell(1, 1, 796_101, 5)),
    kind: trade,
    chunk: concatBytes(cancel(2, 1, 1), cancel(1, 2, 7), cancel(1, 3, 1), cancel(1, 4, 1)),
  },
  {
    name: "reason-time-not-increasing",
    why: "The clock neither stands nor goes back.",
    reasons: ["TimeNotIncreasing", "TimeNotIncreasing"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start), tickBytes(start - 1)),
  },
  {
    name: "reason-time-beyond-batch",
    why: "The clock does not pass the batch's time.",
    reasons: ["TimeBeyondBatch"],
    state: market,
    kind: risk,
    chunk: tickBytes(start + 11),
    context: { batchTime: start + 10 },
  },
  {
    name: "reason-unknown-underlying",
    why: "Neither a report nor a listing finds the underlying.",
    reasons: ["UnknownUnderlying", "UnknownUnderlying"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedReport({ underlying: 2, time: start, index }),
      listing("BTC-26JUN20-10000-C", { underlying: 2 }),
    ),
  },
  {
    name: "reason-report-not-newer",
    why: "A second report of the same time.",
    reasons: ["ReportNotNewer"],
    state: market,
    kind: risk,
    chunk: report(start),
  },
  {
    name: "reason-report-from-future",
    why: "A report of the clock's second is taken, one of the next is not.",
    reasons: ["Ok", "ReportFromFuture", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start + 1), report(start + 2), report(start + 1)),
  },
  {
    name: "reason-report-too-old",
    why: "A report of the greatest age is taken, an older one is not.",
    reasons: ["Ok", "ReportTooOld", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start + 100), report(start + 39), report(start + 40)),
  },
  {
    name: "reason-unknown-expiry",
    why: "An expiry at which nothing is listed, and one that has passed.",
    reasons: ["Ok", "UnknownExpiry", "UnknownExpiry"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(soon),
      report(soon, { surfaces: [flatSurface(expiry + 1, price(index), 80, soon)] }),
      report(soon, { surfaces: [{ ...flat, expiry: soon as Surface["expiry"] }] }),
    ),
  },
  {
    name: "reason-bad-surface",
    why: "A surface below zero, parameters past their limits by one, an expiry twice.",
    reasons: ["Ok", ...repeated(6, "BadSurface" as const), "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(start + 1),
      ...[
        [{ ...flat, a: -1n }],
        [{ ...flat, a: -surfaceScale - 1n, b: 2n * surfaceScale, sigma: surfaceScale / 2n }],
        [{ ...flat, rho: surfaceScale + 1n }],
        [{ ...flat, m: -100n * surfaceScale - 1n }],
        [{ ...flat, b: -1n }],
        [flat, flat],
        [{ ...flat, a: -surfaceScale, b: 2n * surfaceScale, sigma: surfaceScale / 2n }],
      ].map((surfaces) => report(start + 1, { surfaces })),
    ),
  },
  {
    name: "reason-bad-quorum",
    why: "One oracle is too few, and one that is not of the set counts for nothing.",
    reasons: ["Ok", "BadQuorum", "BadQuorum", "BadQuorum"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(start + 1),
      report(start + 1, { signers: 0b100 }),
      report(start + 1, { signers: 0 }),
      signedReport({ underlying: 1, time: start + 1, index, signers: 0b1001, keys: [oracles[0], oracles[1]] }),
    ),
  },
  {
    name: "reason-price-out-of-range",
    why: "An index or a forward of nothing, or of the first price that is too large.",
    reasons: ["Ok", ...repeated(4, "PriceOutOfRange" as const)],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(start + 1),
      report(start + 1, { index: 0 }),
      report(start + 1, { index: MAX_PRICE }),
      report(start + 1, { surfaces: [{ ...flat, forward: price(0) }] }),
      report(start + 1, { surfaces: [{ ...flat, forward: price(MAX_PRICE) }] }),
    ),
  },
  {
    name: "reason-already-listed",
    why: "The same underlying by number and by symbol, the same instrument.",
    reasons: ["AlreadyListed", "AlreadyListed", "AlreadyListed"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 1, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 2, symbol: "BTC", deadline }),
      listing("BTC-27MAR20-6000-P", { tick: 1_000_000 }),
    ),
  },
  {
    name: "reason-malformed-listing",
    why: "Every field of a listing, just outside its range.",
    reasons: repeated(13, "MalformedListing"),
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 0, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 3, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline, grid: 2 }),
      signedUnderlying({ underlying: 2, symbol: "eth", deadline }),
      signedUnderlying({ underlying: 2, symbol: "A\0B", deadline }),
      listing("BTC-11MAR20-6000-P"),
      listing("BTC-26JUN20-6000-P", { tick: 0 }),
      listing("BTC-26JUN20-6000-P", { tick: 3, lot: 7 }),
      listing("BTC-26JUN20-6000-P", { lot: 2 ** 40, tick: 10_000_000_000 }),
      listing("BTC-26JUN20-6000-P", { tick: 2 ** 39, lot: 20_000_000_000 }),
      listing("BTC-26JUN20-6000-P", { minimumNotional: MAX_PRICE }),
      listing("BTC-26JUN20-6000-P", { takerFeeRate: 10_001 }),
      listing("BTC-26JUN20-6000-P", { makerFeeRate: 10_001 }),
    ),
  },
  {
    name: "reason-too-many-listed",
    why: "The last number that an instrument may have, and no number after it; no seventeenth underlying.",
    reasons: ["Ok", "TooManyListed", "TooManyListed"],
    state: marketWith((store) => {
      store.put(globalKey, encodeGlobal({ ...readGlobal(store), nextInstrument: MAX_INSTRUMENTS }));
    }),
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C"),
      listing("BTC-26JUN20-10000-P"),
      signedUnderlying({ underlying: 17, symbol: "ETH", deadline }),
    ),
  },
  {
    name: "reason-nothing-to-mark-from",
    why: "No report of the underlying, then none of the expiry.",
    reasons: ["Ok", "Ok", "NothingToMarkFrom", "Ok", "NothingToMarkFrom"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline }),
      listing("ETH-PERPETUAL", { underlying: 2 }),
      markBytes(5),
      listing("BTC-26JUN20-10000-C"),
      markBytes(6),
    ),
  },
  {
    name: "reason-mark-out-of-range",
    why: "A lot so large that its loss in some scenario has no room in its field.",
    reasons: ["Ok", "Ok", "Ok", "MarkOutOfRange", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-27MAR20-7000-C", { tick: 1_000_000, lot: 500_000_000_000 }),
      tickBytes(start + 1),
      report(start + 1, { surfaces: [flat], index: 2 ** 50 }),
      markBytes(5),
      markBytes(perpetual),
    ),
  },
  {
    name: "reason-malformed-withdrawal",
    why: "No amount, no recipient, more than any account can have.",
    reasons: repeated(3, "MalformedWithdrawal"),
    state: market,
    kind: risk,
    chunk: concatBytes(
      withdraw(1, 1, 0),
      withdraw(1, 2, 5, new Uint8Array(20)),
      withdraw(1, 3, MAX_CASH + 1),
    ),
  },
  {
    name: "reason-unknown-message",
    why: "Messages of kinds to come, and deposits of no deposit's length, change nothing but the cursor.",
    reasons: ["UnknownMessage", "UnknownMessage", "UnknownMessage", "Ok"],
    state: market,
    kind: bridge,
    chunk: encodeMessages([
      { ...depositMessage(1, alice.address, 5), kind: 2 },
      { ...depositMessage(1, alice.address, 5), body: new Uint8Array(31) },
      { ...depositMessage(1, alice.address, 5), body: new Uint8Array(0) },
      depositMessage(1, alice.address, 5),
    ]),
  },
  {
    name: "reason-vault-exhausted",
    why: "More than was ever paid in and not yet paid out.",
    reasons: ["VaultExhausted"],
    state: market,
    kind: risk,
    chunk: withdraw(1, 1, 2_000_060_000_001),
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
  {
    name: "reason-exceeds-limit-withdraw",
    why: "Reading the account's positions would use more than a withdrawal may.",
    reasons: ["ExceedsLimit"],
    state: marketWith((store) => holdDeepPositions(store, 2)),
    kind: risk,
    chunk: withdraw(2, 1, 5),
  },
];
