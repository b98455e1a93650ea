import {
  BOOK_SIDE_BYTES,
  bookKey,
  bookSideKey,
  decodeBookRecord,
  instrumentOfKey,
  type ListedInstrument,
  listInstruments,
  rankOfBookKey,
  readGlobal,
  readMarket,
} from "@recourse/engine";
import {
  type AccountNumber,
  type InstrumentNumber,
  instrumentNumber,
  priceQuantityPerNanoUsd,
  priceRank,
  Side,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";

/** An instrument of a price so low that there is little room between two orders. */
const LEAST_FAIR_RANK = 400;
/** Nothing new is traded in an instrument that is about to expire. */
const SECONDS_BEFORE_EXPIRY = 600;
/** The ranks that a book must leave free between its best orders to be quiet. */
const LEAST_ROOM = 8;

/** Of so many instruments one is left to itself after its first mark, so that there are marks that are too old. */
const FORGOTTEN_EVERY = 25;
/** Marks from older reports are refused soon, or are refused already. */
const OLDEST_SECONDS = 3_000;

/** The instruments that have not expired and are kept marked. */
export function marketsInUse(state: OrderedStore, time: number): ListedInstrument[] {
  return listInstruments(state).filter(
    ({ instrument, record }) => (record.expiry === 0 || record.expiry > time) && instrument % FORGOTTEN_EVERY !== 0,
  );
}

/** The instruments that have not expired and whose marks are too old. */
export function forgottenInstruments(state: OrderedStore): ListedInstrument[] {
  const { time } = readGlobal(state);
  return listInstruments(state).filter(
    ({ instrument, record }) => record.expiry > time && instrument % FORGOTTEN_EVERY === 0,
  );
}

/** The options that have expired. */
export function expiredInstruments(state: OrderedStore): ListedInstrument[] {
  const { time } = readGlobal(state);
  return listInstruments(state).filter(({ record }) => record.expiry !== 0 && record.expiry <= time);
}

/** An instrument with the rank at which it is marked. */
export interface PricedInstrument {
  readonly instrument: InstrumentNumber;
  readonly fair: number;
  readonly isPerpetual: boolean;
  readonly expiry: number;
}

/** The instruments that can be traded at prices of some size. */
export function tradableInstruments(state: OrderedStore): PricedInstrument[] {
  const { time } = readGlobal(state);
  return marketsInUse(state, time)
    .filter(({ record }) => record.expiry === 0 || record.expiry > time + SECONDS_BEFORE_EXPIRY)
    .filter(({ instrument }) => (readMarket(state, instrument)?.reportTime ?? 0) > time - OLDEST_SECONDS)
    .map((listed) => ({
      instrument: listed.instrument,
      fair: fairRank(state, listed),
      isPerpetual: listed.record.expiry === 0,
      expiry: listed.record.expiry,
    }))
    .filter(({ fair }) => fair >= LEAST_FAIR_RANK);
}

function fairRank(state: OrderedStore, { instrument, record }: ListedInstrument): number {
  const mark = readMarket(state, instrument)?.mark ?? 0n;
  return Number((mark * priceQuantityPerNanoUsd) / (BigInt(record.lot) * BigInt(record.tick)));
}

/** An instrument, and ranks between which nothing rests. */
export interface QuietBook {
  readonly instrument: InstrumentNumber;
  readonly bid: number;
  readonly ask: number;
}

/** The books that have room about their fair price between their best orders, the dead ones included. */
export function quietBooks(state: OrderedStore): QuietBook[] {
  return tradableInstruments(state)
    .map(({ instrument, fair }) => ({
      instrument,
      fair,
      bid: Math.max(bestRank(state, instrument, Side.buy) ?? 0, Math.round(fair * 0.98)),
      ask: Math.min(bestRank(state, instrument, Side.sell) ?? 2 * fair, Math.round(fair * 1.02)),
    }))
    .filter(({ fair, bid, ask }) => ask - bid >= LEAST_ROOM && bid < fair * 1.05 && ask > fair * 0.95);
}

function bestRank(state: OrderedStore, instrument: InstrumentNumber, side: number): number | undefined {
  const [first] = state.peekScan(bookSideKey(instrument, side), 8 * BOOK_SIDE_BYTES);
  return first && rankOfBookKey(first.key);
}

/** An order in the book, dead or alive. */
export interface PlacedOrder {
  readonly account: AccountNumber;
  readonly instrument: InstrumentNumber;
  readonly clientOrderId: number;
}

/** All orders in all books. */
export function placedOrders(state: OrderedStore): PlacedOrder[] {
  const anyOrder = bookKey(instrumentNumber(0), Side.sell, priceRank(0), 0);
  return [...state.peekScan(anyOrder, 8)].map(({ key, value }) => {
    const { account, clientOrderId } = decodeBookRecord(value);
    return { account, clientOrderId, instrument: instrumentOfKey(key) };
  });
}
