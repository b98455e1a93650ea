import {
  accountKey,
  accountOrderKey,
  bookKey,
  createGenesis,
  decodeGlobal,
  encodeAccount,
  encodeBookRecord,
  encodeExpiry,
  encodeGlobal,
  encodeInstrument,
  encodeInstrumentNumber,
  encodeMarket,
  encodePosition,
  encodeSession,
  encodeUnderlying,
  expiryKey,
  type GenesisParameters,
  globalKey,
  instrumentKey,
  listingKey,
  marketKey,
  newAccount,
  nonceKey,
  positionKey,
  readAccount,
  signerKey,
  underlyingKey,
} from "@recourse/engine";
import {
  accountNumber,
  bytesEqual,
  cash,
  instrumentNumber,
  MAX_ORACLES,
  MAX_UNDERLYINGS,
  price,
  priceRank,
  quantity,
  Side,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Signer } from "../demo/signing.ts";
import type { SeededRandom } from "../random.ts";
import { Desk, flatSurface, type Trader } from "./transactions.ts";

const lister = Signer.fromText("worst chunks: lister");
const oracles = Array.from({ length: MAX_ORACLES }, (_, place) => Signer.fromText(`worst chunks: oracle ${place}`));

/** As many oracles as may be, all of which have to sign. */
export const worstParameters: GenesisParameters = {
  lister: lister.address,
  oracles: oracles.map(({ address }) => address),
  oracleThreshold: MAX_ORACLES,
  maxReportAgeSeconds: 3_600,
  maxMarkAgeSeconds: 3_600,
};

/** Writes and signs the transactions of one deployment. */
export const worstDesk = (domainSeparator: Uint8Array): Desk => new Desk(domainSeparator, lister, oracles);

/** Of the state's clock. */
export const worstTime = 1_583_971_200;
/** 27 March 2020, 08:00 UTC. */
export const worstExpiry = 1_585_296_000;
const instrumentCount = 4_096;
/** Those after it have books of their own. */
export const lastCommonInstrument = instrumentCount - 16;
/** Instruments in whose books nothing stands but what one construction puts there. */
export const books = {
  manyMakers: instrumentCount,
  manyDeadMakers: instrumentCount - 1,
  own: instrumentCount - 2,
  dead: instrumentCount - 3,
  reduceOnly: instrumentCount - 4,
  deep: instrumentCount - 5,
  replaced: instrumentCount - 6,
  pruned: instrumentCount - 7,
} as const;
const accountCount = 12_000;
const wealth = cash(2 ** 40);
const index = price(8000e8);
const tick = price(1_000_000);
const lot = quantity(1_000_000);
const volatilityPercent = 80;

/**
 * A large state, written as records instead of grown by transactions, which would take hours: thousands of instruments,
 * all listed and marked, and accounts of which each seventh has positions, so that everything lies deep.
 */
export function largeState(random: SeededRandom): OrderedStore {
  const store = createGenesis(worstParameters);
  store.put(
    globalKey,
    encodeGlobal({
      ...decodeGlobal(store.peek(globalKey)!),
      time: seconds(worstTime),
      term: 1,
      nextInstrument: instrumentCount + 1,
      nextSequence: 1_000_000,
      underlyingCount: MAX_UNDERLYINGS,
      deposits: cash(2 ** 45),
    }),
  );
  for (let number = 1; number <= MAX_UNDERLYINGS; number++) addUnderlying(store, number);
  for (let number = 1; number <= instrumentCount; number++) addInstrument(store, number);
  for (let number = 1; number <= accountCount; number++) {
    const account = accountNumber(number);
    const held = Array.from({ length: number % 7 === 0 ? 3 : 0 }, () => 1 + random.below(instrumentCount));
    for (const instrument of held) store.put(positionKey(account, instrumentNumber(instrument)), encodePosition(7, 0n));
    const owner = new Uint8Array(20).fill(number % 251);
    const positions = new Set(held).size;
    store.put(accountKey(account), encodeAccount({ ...newAccount(owner), cash: wealth, positions }));
  }
  return store;
}

function addUnderlying(store: OrderedStore, number: number): void {
  const symbol = new Uint8Array(8);
  symbol.set(new TextEncoder().encode(`U${number}`));
  const underlying = underlyingNumber(number);
  const time = seconds(worstTime);
  store.put(underlyingKey(underlying), encodeUnderlying({ symbol, grid: 1, index, indexTime: time }));
  const { expiry, ...surface } = flatSurface(worstExpiry, index, volatilityPercent, worstTime);
  const instruments = instrumentCount / MAX_UNDERLYINGS;
  store.put(
    expiryKey(underlying, expiry),
    encodeExpiry({ instruments, ...surface, time, settlement: price(0), index }),
  );
}

function addInstrument(store: OrderedStore, number: number): void {
  const instrument = instrumentNumber(number);
  const underlying = underlyingNumber(1 + (number % MAX_UNDERLYINGS));
  const kind = 1 + (number % 2);
  const strike = price((1000 + number) * 1e8);
  const expiry = seconds(worstExpiry);
  store.put(listingKey(underlying, expiry, strike, kind), encodeInstrumentNumber(number));
  store.put(
    instrumentKey(instrument),
    encodeInstrument({
      kind,
      underlying,
      expiry,
      strike,
      tick,
      lot,
      minimumNotional: cash(0),
      takerFeeRate: 300,
      makerFeeRate: 100,
    }),
  );
  store.put(
    marketKey(instrument),
    encodeMarket({
      underlying,
      kind,
      mark: 3_000_000_000n,
      delta: 4_000_000_000n,
      time: seconds(worstTime),
      reportTime: seconds(worstTime),
      index,
      lot,
      gap: 1_000_000n,
      openInterest: 5,
      houseLots: 0,
      fundingIndex: 0n,
      losses: Array.from({ length: 24 }, (_, scenario) => BigInt(scenario * 1_000_000 - 9_000_000)),
    }),
  );
}

/** The holder of an account that acts. */
export const actor = (number: number): Trader => ({
  number,
  signer: Signer.fromText(`worst chunks: owner ${number}`),
});

/** A holder with the session key that {@link openDeep} registers. */
export const keyHolder = ({ number }: Trader): Trader & { readonly session: number } => ({
  number,
  session: 7,
  signer: Signer.fromText(`worst chunks: session key ${number}`),
});

/** Gives an account that no other construction uses a known owner, and positions in some instruments. */
export function equip(
  store: OrderedStore,
  { number, signer }: Trader,
  held: readonly number[],
  restingOrders = 0,
): void {
  const account = accountNumber(number);
  const present = readAccount(store, account);
  if (present !== undefined && bytesEqual(present.owner, signer.address)) {
    throw new RangeError(`Two constructions use account ${number}.`);
  }
  for (const instrument of held) store.put(positionKey(account, instrumentNumber(instrument)), encodePosition(11, 0n));
  const record = { ...newAccount(signer.address), cash: wealth, restingOrders, positions: held.length };
  store.put(accountKey(account), encodeAccount(record));
}

/** Puts an offer of ten lots into the book. The account's number of resting orders is not changed. */
export function rest(
  store: OrderedStore,
  { number }: Trader,
  instrument: number,
  rank: number,
  sequence: number,
  clientOrderId: number,
  changes: { readonly era?: number; readonly isReduceOnly?: boolean } = {},
): Uint8Array {
  const key = bookKey(instrumentNumber(instrument), Side.sell, priceRank(rank), sequence);
  const account = accountNumber(number);
  const order = { account, clientOrderId, lots: 10, goodTill: 0, era: 0, isReduceOnly: false, ...changes };
  store.put(key, encodeBookRecord(order));
  store.put(accountOrderKey(account, clientOrderId), key.slice(1));
  return key;
}

/** What lies beside other paths is never read, so that one value does for all tables. */
const beside = new Uint8Array(32);

/** Makes the path of a key as deep as can be: beside each bit of some of its bytes, another key. */
export function deepen(store: OrderedStore, key: Uint8Array, bytes: readonly number[]): void {
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const other = key.slice();
      other[byte]! ^= 1 << bit;
      if (store.peek(other) === undefined) store.put(other, beside);
    }
  }
}

export const bytesFrom = (first: number, count: number) => Array.from({ length: count }, (_, place) => first + place);
/** Where keys name an account, and an instrument after the table byte. */
export const accountBytes = bytesFrom(1, 4);
export const instrumentBytes = bytesFrom(1, 3);

/** Lists and marks one of some instruments whose records lie as deep as their tables allow. @returns its number */
export function listDeep(store: OrderedStore, place: number): number {
  const number = 0x2a_5000 ^ (place * 0x1041);
  if (store.peek(instrumentKey(instrumentNumber(number))) === undefined) {
    addInstrument(store, number);
    deepen(store, instrumentKey(instrumentNumber(number)), instrumentBytes);
    deepen(store, marketKey(instrumentNumber(number)), instrumentBytes);
  }
  return number;
}

/** Opens an account, with a session key and old nonces, whose records lie as deep as they can. */
export function openDeep(store: OrderedStore, holder: Trader, held: readonly number[], restingOrders = 0): void {
  const account = accountNumber(holder.number);
  equip(store, holder, held, restingOrders);
  deepen(store, accountKey(account), accountBytes);
  for (const instrument of held) deepen(store, positionKey(account, instrumentNumber(instrument)), accountBytes);
  const { session, signer } = keyHolder(holder);
  const key = signerKey(account, session);
  store.put(key, encodeSession({ key: signer.address, scope: 3, expiry: seconds(worstTime + 1_000) }));
  deepen(store, key, [...accountBytes, 5]);
  // Two words of nonces whose deadlines have passed: the first nonce that is used takes them away.
  const bucket = worstTime >> 6;
  for (const old of [bucket - 40, bucket - 39]) {
    store.put(nonceKey(account, old, 0), new Uint8Array(32).fill(255));
    deepen(store, nonceKey(account, old, 0), [...accountBytes, 9]);
  }
}

/** Lets an account have a resting order whose place in the book and in its list lies as deep as it can. */
export function restDeep(store: OrderedStore, holder: Trader, clientOrderId: number, place: number): void {
  const account = accountNumber(holder.number);
  const rank = 0x55_5555_5555 + place * 2 ** 20;
  const key = rest(store, holder, 0x55_5555, rank, 0x5555_5555_5555 + place, clientOrderId);
  deepen(store, key, [...instrumentBytes, ...bytesFrom(5, 11)]);
  deepen(store, accountOrderKey(account, clientOrderId), accountBytes);
  const record = readAccount(store, account)!;
  store.put(accountKey(account), encodeAccount({ ...record, restingOrders: record.restingOrders + 1 }));
}
