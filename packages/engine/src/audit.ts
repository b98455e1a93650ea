import {
  accountNumber,
  bytesEqual,
  InstrumentKind,
  instrumentNumber,
  MAX_CASH,
  MAX_CLAIMS,
  priceRank,
  SETTLED_TIME,
  seconds,
  toHex,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { fundEquity, fundingDue } from "./fund.ts";
import {
  accountKey,
  accountOfKey,
  accountOrderKey,
  BOOK_SIDE_BYTES,
  bookKey,
  bookSideKey,
  clientOrderIdOfKey,
  expiryKey,
  instrumentOfKey,
  instrumentOfPositionKey,
  listingKey,
  marketKey,
  positionKey,
  premiumKey,
  rankOfBookKey,
} from "./keys.ts";
import {
  decodeAccount,
  decodeBookRecord,
  decodeExpiry,
  decodeInstrumentNumber,
  decodeMarket,
  decodePosition,
} from "./records.ts";
import { listInstruments, readGlobal } from "./views.ts";

const TABLE_BITS = 8;

/** All of a table's entries; the key is the least that the table can have. */
const entries = (store: OrderedStore, least: Uint8Array) => store.peekScan(least, TABLE_BITS);
const allAccounts = accountKey(accountNumber(0));
const allAccountOrders = accountOrderKey(accountNumber(0), 0);
const allPositions = positionKey(accountNumber(0), instrumentNumber(0));
const allMarkets = marketKey(instrumentNumber(0));
const allPremiums = premiumKey(instrumentNumber(0));
const allExpiries = expiryKey(underlyingNumber(0), seconds(0));
const allListings = listingKey(underlyingNumber(0), seconds(0), 0, 0);
const allOrders = bookKey(instrumentNumber(0), 1, priceRank(0), 0);

/** A sum under a name. */
class Sums {
  readonly #sums = new Map<string, bigint>();

  add(name: string, amount: number | bigint): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0n) + BigInt(amount));
  }

  /** Those that are not zero, by name. */
  get imbalances(): Record<string, string> {
    const entries = [...this.#sums].filter(([, sum]) => sum !== 0n).map(([name, sum]) => [name, sum.toString()]);
    return Object.fromEntries(entries.sort());
  }
}

/**
 * Sums that are zero in every state that came from the genesis: cash is neither made nor lost, each long lot has its short
 * one, the fund's claims are what the house holds and what positions owe as funding, records count what there is. Each
 * holds to the last unit. No chunk changes any of them in a state in which every long lot has its short one, whatever the
 * others were.
 * @returns those that are not zero
 */
export function imbalances(store: OrderedStore): Record<string, string> {
  const sums = new Sums();
  const global = readGlobal(store);
  sums.add("cash", global.insurance - global.deficit);
  sums.add("cash", global.withdrawals - global.deposits);
  sums.add("claims", -global.claims);
  sums.add("margin of all accounts", -global.margin);
  sums.add("notional of all accounts", -global.notional);
  for (const { key, value } of entries(store, allAccounts)) {
    const account = accountOfKey(key);
    const { cash, restingOrders, positions, margin, notional } = decodeAccount(value);
    sums.add("cash", cash);
    sums.add("margin of all accounts", margin);
    sums.add("notional of all accounts", notional);
    sums.add(`resting orders of account ${account}`, -restingOrders);
    sums.add(`positions of account ${account}`, -positions);
  }
  for (const { key } of entries(store, allAccountOrders)) {
    sums.add(`resting orders of account ${accountOfKey(key)}`, 1);
  }
  for (const { key, value } of entries(store, allMarkets)) {
    const instrument = instrumentOfKey(key);
    const { mark, openInterest, houseLots } = decodeMarket(value);
    sums.add("claims", BigInt(houseLots) * mark);
    sums.add(`lots of instrument ${instrument}`, houseLots);
    sums.add(`open interest of instrument ${instrument}`, Math.max(houseLots, 0) - openInterest);
  }
  for (const { key, value } of entries(store, allPositions)) {
    const instrument = instrumentOfPositionKey(key);
    const { lots, fundingIndex } = decodePosition(value);
    const market = store.peek(marketKey(instrument));
    if (market !== undefined) sums.add("claims", fundingDue(lots, decodeMarket(market).fundingIndex, fundingIndex));
    sums.add(`positions of account ${accountOfKey(key)}`, 1);
    sums.add(`lots of instrument ${instrument}`, lots);
    sums.add(`open interest of instrument ${instrument}`, Math.max(lots, 0));
  }
  return sums.imbalances;
}

/** What must be true of any state, in sentences: the problems of its fund, its records and its books. */
export function stateProblems(store: OrderedStore): string[] {
  return [...fundProblems(store), ...recordProblems(store), ...bookProblems(store)];
}

/** A deficit is what the fund lacks: with one the fund is worth nothing, and it is never worth less than nothing. */
function fundProblems(store: OrderedStore): string[] {
  const global = readGlobal(store);
  const { insurance, deficit, claims } = global;
  const problems: string[] = [];
  const equity = fundEquity(global);
  // Where one of the two is at the end of its range, there is no more to be recognised, or to be made good.
  const isFull = deficit === MAX_CASH || Math.abs(insurance) === MAX_CASH;
  if (equity < 0n && !isFull) problems.push(`The fund is worth ${equity}.`);
  if (equity > 0n && deficit > 0 && !isFull)
    problems.push(`The fund is worth ${equity} beside a deficit of ${deficit}.`);
  if (deficit > MAX_CASH || Math.abs(insurance) > MAX_CASH) problems.push("The fund's cash is out of range.");
  if (claims >= MAX_CLAIMS || claims <= -MAX_CLAIMS) problems.push("The fund's claims are out of range.");
  return problems;
}

/** Records belong together: none is left without those that it needs, and what two of them say is the same. */
function recordProblems(store: OrderedStore): string[] {
  const problems: string[] = [];
  const instruments = new Map(listInstruments(store).map(({ instrument, record }) => [instrument, record]));
  for (const { key, value } of entries(store, allAccounts)) {
    const { positions, margin, notional } = decodeAccount(value);
    if (positions === 0 && (margin !== 0 || notional !== 0)) {
      problems.push(`Account ${accountOfKey(key)} has no position, but a margin of ${margin}.`);
    }
  }
  for (const { key, value } of entries(store, allPositions)) {
    const place = `of account ${accountOfKey(key)} in instrument ${instrumentOfPositionKey(key)}`;
    if (decodePosition(value).lots === 0) problems.push(`The position ${place} is of nothing.`);
    if (store.peek(marketKey(instrumentOfPositionKey(key))) === undefined) {
      problems.push(`The position ${place} has no market.`);
    }
  }
  for (const { key, value } of entries(store, allMarkets)) {
    const instrument = instrumentOfKey(key);
    const market = decodeMarket(value);
    const terms = instruments.get(instrument);
    if (terms?.kind !== market.kind || terms.underlying !== market.underlying || terms.lot !== market.lot) {
      problems.push(`The market of ${instrument} is not its instrument's.`);
    }
    const isRiskless = market.delta === 0n && market.gap === 0n && market.losses.every((loss) => loss === 0n);
    if (market.reportTime === SETTLED_TIME && !isRiskless)
      problems.push(`The settled market of ${instrument} has risk.`);
  }
  for (const { key } of entries(store, allPremiums)) {
    const instrument = instrumentOfKey(key);
    const isMarked = store.peek(marketKey(instrument)) !== undefined;
    if (instruments.get(instrument)?.kind !== InstrumentKind.perpetual || !isMarked) {
      problems.push(`The premium of ${instrument} is of no marked perpetual.`);
    }
  }
  return [...problems, ...listingProblems(store)];
}

/** Each instrument is listed once, under its terms, and counted by its expiry. */
function listingProblems(store: OrderedStore): string[] {
  const problems: string[] = [];
  const instruments = listInstruments(store);
  const counted = new Map<string, number>();
  for (const { instrument, record } of instruments) {
    const { underlying, expiry, strike, kind } = record;
    const listing = store.peek(listingKey(underlying, expiry, strike, kind));
    if (listing === undefined || decodeInstrumentNumber(listing) !== instrument) {
      problems.push(`Instrument ${instrument} is not listed under its terms.`);
    }
    if (expiry !== 0) {
      const key = toHex(expiryKey(underlying, expiry));
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  }
  if ([...entries(store, allListings)].length !== instruments.length) problems.push("A listing is of no instrument.");
  for (const { key, value } of entries(store, allExpiries)) {
    const count = counted.get(toHex(key)) ?? 0;
    if (decodeExpiry(value).instruments !== count) problems.push(`The expiry ${toHex(key)} has ${count} instruments.`);
    counted.delete(toHex(key));
  }
  for (const key of counted.keys()) problems.push(`The expiry ${key} is missing.`);
  return problems;
}

/** What must be true of any state's books: they agree with the accounts' lists of orders, and none is crossed. */
function bookProblems(store: OrderedStore): string[] {
  const problems: string[] = [];
  const listed = new Map<string, string>();
  for (const { key, value } of entries(store, allAccountOrders)) {
    listed.set(toHex(value), `${accountOfKey(key)} ${clientOrderIdOfKey(key)}`);
  }
  const instruments = new Set(listInstruments(store).map(({ instrument }) => instrument));
  for (const { key, value } of entries(store, allOrders)) {
    const place = toHex(key.subarray(1));
    const { account, clientOrderId, lots } = decodeBookRecord(value);
    if (listed.get(place) !== `${account} ${clientOrderId}`) problems.push(`The order at ${place} is in no list.`);
    if (lots === 0) problems.push(`The order at ${place} is for nothing.`);
    if (!instruments.has(instrumentOfKey(key))) problems.push(`The order at ${place} is for no instrument.`);
    // The last byte says whether the order may only reduce, and nothing else.
    if (value.length !== 21 || value[20]! > 1) problems.push(`The order at ${place} is not written as one.`);
    listed.delete(place);
  }
  for (const order of listed.values()) problems.push(`The order ${order} is in no book.`);
  for (const instrument of instruments) {
    const [bid, ask] = [0, 1].map((side) => {
      const from = bookSideKey(instrument, side);
      const [best] = store.peekScan(from, 8 * BOOK_SIDE_BYTES);
      return best !== undefined && bytesEqual(best.key.subarray(0, BOOK_SIDE_BYTES), from.subarray(0, BOOK_SIDE_BYTES))
        ? rankOfBookKey(best.key)
        : undefined;
    });
    if (bid !== undefined && ask !== undefined && bid >= ask) problems.push(`The book of ${instrument} is crossed.`);
  }
  return problems;
}
