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
  executeChunk,
  type GlobalRecord,
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
} from "@recourse/engine";
import {
  accountNumber,
  type Cash,
  ChunkKind,
  chunkKindOf,
  concatBytes,
  encodeMessages,
  InstrumentKind,
  instrumentNumber,
  MAX_POSITIONS,
  price,
  priceRank,
  quantity,
  reasonName,
  type TransactionKind,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  signedUnderlying,
  signer,
  tickBytes,
} from "../../support/world.ts";
import {
  alice,
  bob,
  carol,
  daily,
  deadline,
  expiry,
  index,
  listing,
  perpetual,
  put,
  report,
  soon,
  start,
} from "./terms.ts";

/** Executes a chunk, all of which has to succeed. */
export function run(store: OrderedStore, kind: ChunkKind, chunk: Uint8Array): void {
  const { reasons, executedBytes } = executeChunk(store, context(), kind, chunk);
  const names = [...reasons].map(reasonName);
  if (names.some((name) => name !== "Ok")) throw new Error(`The state could not be made: ${names}.`);
  if (executedBytes !== chunk.length) throw new Error(`The state could not be made: ${names.length} found room.`);
  // A chunk of nothing, so that nothing that was open stays so.
  store.beginChunk();
}

/** Executes transactions, those of one kind of chunk after the other in one chunk. */
export function runAll(store: OrderedStore, ...transactions: readonly Uint8Array[]): void {
  const kindOf = (place: number) => chunkKindOf(transactions[place]?.[0] as TransactionKind);
  for (let from = 0, to = 1; from < transactions.length; to++) {
    if (to < transactions.length && kindOf(to) === kindOf(from)) continue;
    run(store, kindOf(from), concatBytes(...transactions.slice(from, to)));
    from = to;
  }
}

/** Three accounts, one of them poor, and four instruments of one underlying. */
export function market(): OrderedStore {
  const store = createGenesis(genesisParameters);
  const deposits = [
    depositMessage(1, alice.address, 1_000_000_000_000),
    depositMessage(2, bob.address, 1_000_000_000_000),
    depositMessage(3, carol.address, 60_000_000),
  ];
  run(store, ChunkKind.bridge, encodeMessages(deposits));
  const surfaces = [flatSurface(soon, price(index), 95, start), flatSurface(expiry, price(7_970_00000000), 80, start)];
  runAll(
    store,
    tickBytes(start),
    signedUnderlying({ underlying: 1, symbol: "BTC", deadline }),
    listing("BTC-PERPETUAL"),
    listing("BTC-27MAR20-6000-P", { tick: 500_000, lot: 2_000_000 }),
    listing("BTC-27MAR20-9000-C"),
    listing("BTC-12MAR20-8000-C"),
    report(start, { surfaces }),
    ...[perpetual, put, daily].map(markBytes),
  );
  return store;
}

/** The market with some transactions sent before. */
export const marketAfter =
  (...transactions: readonly Uint8Array[]) =>
  (): OrderedStore => {
    const store = market();
    runAll(store, ...transactions);
    return store;
  };

/** The market with its records changed directly, where the way there would be long. */
export const marketWith = (change: (store: OrderedStore) => void) => (): OrderedStore => {
  const store = market();
  change(store);
  return store;
};

export function changeAccount(
  store: OrderedStore,
  account: number,
  changes: { cash?: number; positions?: number; margin?: number; notional?: number },
): void {
  const record = readAccount(store, accountNumber(account))!;
  const { cash = record.cash } = changes;
  store.put(accountKey(accountNumber(account)), encodeAccount({ ...record, ...changes, cash: cash as Cash }));
}

export function changeMarket(store: OrderedStore, instrument: number, changes: Partial<MarketRecord>): void {
  const record = readMarket(store, instrumentNumber(instrument))!;
  store.put(marketKey(instrumentNumber(instrument)), encodeMarket({ ...record, ...changes }));
}

export function changeGlobal(store: OrderedStore, changes: Partial<GlobalRecord>): void {
  store.put(globalKey, encodeGlobal({ ...readGlobal(store), ...changes }));
}

/** So many instruments whose numbers are far apart. */
export const instrumentsFarApart = (count: number): number[] =>
  Array.from({ length: count }, (_, place) => (place + 1) << 17);

/** Gives an account positions in so many instruments, whose numbers are far apart, and marks them. */
export function holdPositions(store: OrderedStore, account: number, count: number): void {
  const market = readMarket(store, instrumentNumber(put))!;
  const terms = readInstrument(store, instrumentNumber(put))!;
  for (const instrument of instrumentsFarApart(count).map(instrumentNumber)) {
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
export function holdDeepPositions(store: OrderedStore, account: number, count = MAX_POSITIONS): void {
  holdPositions(store, account, count);
  for (const instrument of instrumentsFarApart(count)) {
    for (let bit = 0; bit < 17; bit++) store.put(marketKey(instrumentNumber(instrument + 2 ** bit)), Uint8Array.of(1));
  }
}

/** Opens an account with one unit of cash, if it is not open, and gives it one lot of an instrument that only it has. */
export function holdAlone(
  store: OrderedStore,
  account: number,
  terms: Partial<MarketRecord>,
  offset = 1_000,
  lots = 1,
): void {
  const number = accountNumber(account);
  const instrument = instrumentNumber(offset + account);
  const open = { ...newAccount(signer(account).address), cash: 1 as Cash };
  const record = readAccount(store, number) ?? open;
  store.put(accountKey(number), encodeAccount({ ...record, positions: record.positions + 1 }));
  const now = readGlobal(store).time;
  const market: MarketRecord = {
    underlying: underlyingNumber(1),
    kind: InstrumentKind.call,
    mark: 0n,
    delta: 0n,
    losses: new Array<bigint>(24).fill(0n),
    time: now,
    reportTime: now,
    index: price(index),
    lot: quantity(1),
    gap: 0n,
    openInterest: Math.max(lots, 0),
    houseLots: 0,
    fundingIndex: 0n,
    ...terms,
  };
  store.put(marketKey(instrument), encodeMarket(market));
  store.put(positionKey(number, instrument), encodePosition(lots, 0n));
}

/** Lets an account have orders of one lot in the perpetual's book, four at a price, under rising client order ids. */
export function rest(
  store: OrderedStore,
  account: number,
  side: number,
  rank: number,
  count: number,
  firstId?: number,
): void {
  const global = readGlobal(store);
  const first = firstId ?? 1_000 + global.nextSequence;
  for (let place = 0; place < count; place++) {
    const sequence = global.nextSequence++;
    const key = bookKey(instrumentNumber(perpetual), side, priceRank(rank + (place >> 2)), sequence);
    const clientOrderId = first + place;
    const record = {
      account: accountNumber(account),
      clientOrderId,
      lots: 1,
      goodTill: 0,
      era: 0,
      isReduceOnly: false,
    };
    store.put(key, encodeBookRecord(record));
    store.put(accountOrderKey(accountNumber(account), clientOrderId), key.slice(1));
  }
  store.put(globalKey, encodeGlobal(global));
  const record = readAccount(store, accountNumber(account))!;
  const restingOrders = record.restingOrders + count;
  store.put(accountKey(accountNumber(account)), encodeAccount({ ...record, restingOrders }));
}
