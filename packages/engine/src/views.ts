import {
  type AccountNumber,
  formatInstrumentName,
  type InstrumentKind,
  type InstrumentNumber,
  instrumentNumber,
  type PriceRank,
  type Seconds,
  type Side,
  type UnderlyingNumber,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { accrueFunding, hourEndOf } from "./funding.ts";
import {
  ACCOUNT_PREFIX_BITS,
  accountKey,
  accountOfKey,
  accountOrderKey,
  BOOK_SIDE_BYTES,
  bookKeyAt,
  bookSideKey,
  clientOrderIdOfKey,
  globalKey,
  instrumentKey,
  instrumentOfKey,
  instrumentOfPositionKey,
  marketKey,
  numberOfSignerKey,
  parametersKey,
  positionKey,
  premiumKey,
  rankOfBookKey,
  signerKey,
  underlyingKey,
  withdrawalKey,
} from "./keys.ts";
import { symbolText } from "./listing.ts";
import {
  type AccountRecord,
  decodeAccount,
  decodeBookRecord,
  decodeGlobal,
  decodeInstrument,
  decodeMarket,
  decodeParameters,
  decodePosition,
  decodePremium,
  decodeSession,
  decodeUnderlying,
  decodeWithdrawal,
  type GenesisParameters,
  type GlobalRecord,
  type InstrumentRecord,
  type MarketRecord,
  type PremiumRecord,
  type SessionRecord,
  type UnderlyingRecord,
  type WithdrawalRecord,
} from "./records.ts";

/** Reading a state for people and programs: unmetered, so that no reader disturbs an open chunk. */

export function readGlobal(store: OrderedStore): GlobalRecord {
  return decodeGlobal(store.peek(globalKey)!);
}

export function readParameters(store: OrderedStore): GenesisParameters {
  return decodeParameters(store.peek(parametersKey)!);
}

export function readAccount(store: OrderedStore, account: AccountNumber): AccountRecord | undefined {
  const value = store.peek(accountKey(account));
  return value && decodeAccount(value);
}

export function readUnderlying(
  store: OrderedStore,
  underlying: UnderlyingNumber,
): (Omit<UnderlyingRecord, "symbol"> & { readonly symbol: string }) | undefined {
  const value = store.peek(underlyingKey(underlying));
  if (value === undefined) return undefined;
  const record = decodeUnderlying(value);
  return { ...record, symbol: symbolText(record.symbol) };
}

export function readInstrument(store: OrderedStore, instrument: InstrumentNumber): InstrumentRecord | undefined {
  const value = store.peek(instrumentKey(instrument));
  return value && decodeInstrument(value);
}

export function readMarket(store: OrderedStore, instrument: InstrumentNumber): MarketRecord | undefined {
  const value = store.peek(marketKey(instrument));
  return value && decodeMarket(value);
}

/** What a perpetual's premium has come to. */
export interface FundingView extends PremiumRecord {
  /** When the hour ends that ran at the last mark. */
  readonly due: Seconds;
  /** What a long position pays then for one unit of the underlying, if the premium stays as it is, in 1e-8 USD. */
  readonly dueRate: bigint;
  /** What one lot held long has paid since the listing, in nano-USD. */
  readonly fundingIndex: bigint;
}

/** The premium and the funding of a perpetual; undefined before its first mark, and for an option. */
export function readFunding(store: OrderedStore, instrument: InstrumentNumber): FundingView | undefined {
  const value = store.peek(premiumKey(instrument));
  const market = readMarket(store, instrument);
  if (value === undefined || market === undefined) return undefined;
  const premium = decodePremium(value);
  const due = hourEndOf(premium.time);
  const { funding } = accrueFunding(premium, due, market.index, market.lot);
  return { ...premium, due, dueRate: funding!.rate, fundingIndex: market.fundingIndex };
}

export interface ListedInstrument {
  readonly instrument: InstrumentNumber;
  readonly name: string;
  readonly record: InstrumentRecord;
}

/** All instruments, by number. */
export function listInstruments(store: OrderedStore): ListedInstrument[] {
  const symbols = listUnderlyings(store);
  return [...store.peekScan(instrumentKey(instrumentNumber(0)), 8)].map(({ key, value }) => {
    const record = decodeInstrument(value);
    const symbol = symbols.find(({ underlying }) => underlying === record.underlying)!.symbol;
    const name = formatInstrumentName({ ...record, symbol, kind: record.kind as InstrumentKind });
    return { instrument: instrumentOfKey(key), name, record };
  });
}

export interface ListedUnderlying {
  readonly underlying: UnderlyingNumber;
  readonly symbol: string;
  readonly record: UnderlyingRecord;
}

/** All underlyings, by number; those as well that an open chunk has listed. */
export function listUnderlyings(store: OrderedStore): ListedUnderlying[] {
  return [...store.peekScan(underlyingKey(underlyingNumber(0)), 8)].map(({ value }, place) => {
    const record = decodeUnderlying(value);
    // INVARIANT: underlyings are numbered from 1 on, without gaps.
    return { underlying: underlyingNumber(place + 1), symbol: symbolText(record.symbol), record };
  });
}

export interface Position {
  readonly instrument: InstrumentNumber;
  readonly lots: number;
  /** The market's funding index up to which the position has paid. */
  readonly fundingIndex: bigint;
}

/** An account's positions, by instrument. */
export function readPositions(store: OrderedStore, account: AccountNumber): Position[] {
  return [...store.peekScan(positionKey(account, instrumentNumber(0)), ACCOUNT_PREFIX_BITS)].map(({ key, value }) => ({
    instrument: instrumentOfPositionKey(key),
    ...decodePosition(value),
  }));
}

export interface SessionView extends SessionRecord {
  readonly number: number;
}

/** An account's session keys, by number. */
export function readSessions(store: OrderedStore, account: AccountNumber): SessionView[] {
  return [...store.peekScan(signerKey(account, 0), ACCOUNT_PREFIX_BITS)].map(({ key, value }) => ({
    number: numberOfSignerKey(key),
    ...decodeSession(value),
  }));
}

export interface RestingOrderView {
  readonly clientOrderId: number;
  readonly instrument: InstrumentNumber;
  readonly side: number;
  readonly priceRank: PriceRank;
  readonly lots: number;
  /** Seconds since 1970; 0 for until cancelled. */
  readonly goodTill: number;
  readonly era: number;
  readonly isReduceOnly: boolean;
}

/** An account's resting orders, by client order id. */
export function readRestingOrders(store: OrderedStore, account: AccountNumber): RestingOrderView[] {
  return [...store.peekScan(accountOrderKey(account, 0), ACCOUNT_PREFIX_BITS)].map(({ key, value }) => {
    const place = bookKeyAt(value);
    const { lots, goodTill, era, isReduceOnly } = decodeBookRecord(store.peek(place)!);
    return {
      clientOrderId: clientOrderIdOfKey(key),
      instrument: instrumentOfKey(place),
      side: place[4]!,
      priceRank: rankOfBookKey(place),
      lots,
      goodTill,
      era,
      isReduceOnly,
    };
  });
}

export interface BookLevel {
  readonly priceRank: PriceRank;
  readonly lots: number;
  readonly orders: number;
}

/** The best levels of one side of a book, best first; orders that died unseen (time, era) are not counted. */
export function readBook(store: OrderedStore, instrument: InstrumentNumber, side: Side, depth: number): BookLevel[] {
  const { time, era } = readGlobal(store);
  const levels: { priceRank: PriceRank; lots: number; orders: number }[] = [];
  for (const { key, value } of store.peekScan(bookSideKey(instrument, side), 8 * BOOK_SIDE_BYTES)) {
    const record = decodeBookRecord(value);
    if (record.era !== era || (record.goodTill !== 0 && record.goodTill < time)) continue;
    const priceRank = rankOfBookKey(key);
    const last = levels.at(-1);
    if (last?.priceRank === priceRank) {
      last.lots += record.lots;
      last.orders++;
    } else if (levels.length === depth) {
      break;
    } else {
      levels.push({ priceRank, lots: record.lots, orders: 1 });
    }
  }
  return levels;
}

export function readWithdrawal(store: OrderedStore, number: number): WithdrawalRecord | undefined {
  const value = store.peek(withdrawalKey(number));
  return value && decodeWithdrawal(value);
}

/** Numbers of all accounts whose owner is an address. */
export function accountsOfOwner(store: OrderedStore, owner: Uint8Array): AccountNumber[] {
  const found: AccountNumber[] = [];
  for (const { key, value } of store.peekScan(accountKey(0 as AccountNumber), 8)) {
    if (decodeAccount(value).owner.every((byte, place) => byte === owner[place])) found.push(accountOfKey(key));
  }
  return found;
}
