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
  encodeMark,
  encodePosition,
  encodeUnderlying,
  expiryKey,
  type GenesisParameters,
  globalKey,
  instrumentKey,
  listingKey,
  markKey,
  positionKey,
  underlyingKey,
} from "@recourse/engine";
import {
  accountNumber,
  cash,
  instrumentNumber,
  MAX_UNDERLYINGS,
  price,
  priceRank,
  quantity,
  Side,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { SeededRandom } from "../random.ts";
import { flatSurface } from "./transactions.ts";

/** Of the state's clock. */
export const worstTime = 1_583_971_200;
/** 27 March 2020, 08:00 UTC. */
export const worstExpiry = 1_585_296_000;
export const instrumentCount = 4_096;
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
export function largeState(parameters: GenesisParameters, random: SeededRandom): OrderedStore {
  const store = createGenesis(parameters);
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
    for (const instrument of held) store.put(positionKey(account, instrumentNumber(instrument)), encodePosition(7));
    const owner = new Uint8Array(20).fill(number % 251);
    const positions = new Set(held).size;
    store.put(accountKey(account), encodeAccount({ owner, cash: wealth, restingOrders: 0, positions }));
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
  store.put(expiryKey(underlying, expiry), encodeExpiry({ instruments, ...surface, time, settlement: price(0) }));
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
      openInterest: 5,
      fundingIndex: 0n,
      houseLots: 0,
    }),
  );
  store.put(
    markKey(instrument),
    encodeMark({
      underlying,
      mark: 3_000_000_000n,
      delta: 4_000_000_000n,
      time: seconds(worstTime),
      reportTime: seconds(worstTime),
      losses: Array.from({ length: 24 }, (_, scenario) => BigInt(scenario * 1_000_000 - 9_000_000)),
    }),
  );
}

/** Gives an account an owner whose key is known, and positions in some instruments. */
export function equip(
  store: OrderedStore,
  number: number,
  owner: Uint8Array,
  held: readonly number[],
  restingOrders = 0,
): void {
  const account = accountNumber(number);
  for (const instrument of held) store.put(positionKey(account, instrumentNumber(instrument)), encodePosition(11));
  store.put(accountKey(account), encodeAccount({ owner, cash: wealth, restingOrders, positions: held.length }));
}

/** Puts an offer of ten lots into the book. The account's number of resting orders is not changed. */
export function rest(
  store: OrderedStore,
  account: number,
  instrument: number,
  rank: number,
  sequence: number,
  clientOrderId: number,
): void {
  const key = bookKey(instrumentNumber(instrument), Side.sell, priceRank(rank), sequence);
  const number = accountNumber(account);
  const order = { account: number, clientOrderId, lots: 10, goodTill: 0, era: 0, isReduceOnly: false };
  store.put(key, encodeBookRecord(order));
  store.put(accountOrderKey(number, clientOrderId), key.slice(1));
}
