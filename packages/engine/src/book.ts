import type { AccountNumber, InstrumentNumber, PriceRank } from "@recourse/protocol";
import {
  accountKey,
  accountOrderKey,
  BOOK_SIDE_BYTES,
  bookKey,
  KEY_BYTES,
  rankOfBookKey,
  sharesPrefix,
  Table,
} from "./keys.ts";
import {
  ACCOUNT_ORDER_BYTES,
  type AccountRecord,
  type BookRecord,
  decodeAccount,
  decodeBookRecord,
  encodeAccount,
  encodeBookRecord,
} from "./records.ts";
import type { Step } from "./step.ts";

/** An order in the book and where it stands. */
export interface RestingOrder extends BookRecord {
  readonly key: Uint8Array;
  readonly rank: PriceRank;
}

/** The first order at or after a key, by price and then by time, on its side of its instrument's book. */
export function nextOrder(step: Step, from: Uint8Array): RestingOrder | undefined {
  const entry = step.store.next(from);
  if (entry === undefined || !sharesPrefix(entry.key, from, BOOK_SIDE_BYTES)) return undefined;
  return { key: entry.key, rank: rankOfBookKey(entry.key), ...decodeBookRecord(entry.value) };
}

/** The order that stands at a key. */
export function readOrder(step: Step, key: Uint8Array): RestingOrder {
  // INVARIANT: an account's list names exactly its orders in the book.
  return { key, rank: rankOfBookKey(key), ...decodeBookRecord(step.store.get(key)!) };
}

/** The least key that comes after an order's. */
export function keyAfter(key: Uint8Array): Uint8Array {
  const after = key.slice();
  // INVARIANT: sequence numbers never reach the end of their bits, so a byte before them never changes.
  let place = KEY_BYTES - 1;
  while (after[place] === 0xff) after[place--] = 0;
  after[place]!++;
  return after;
}

/** Puts an order at the end of the queue at its price. The caller counts it in the account's record. */
export function restOrder(step: Step, instrument: InstrumentNumber, side: number, rank: PriceRank, order: BookRecord) {
  const key = bookKey(instrument, side, rank, step.global.nextSequence);
  // INVARIANT: sequence numbers stay within 48 bits, a million resting orders a second for eight years.
  step.global.nextSequence++;
  step.store.put(key, encodeBookRecord(order));
  step.store.put(accountOrderKey(order.account, order.clientOrderId), key.slice(KEY_BYTES - ACCOUNT_ORDER_BYTES));
}

/** Takes an order out of the book and out of its account's list. The caller counts it out of the account's record. */
export function removeOrder(step: Step, key: Uint8Array, order: BookRecord): void {
  step.store.delete(key);
  step.store.delete(accountOrderKey(order.account, order.clientOrderId));
}

/** The book key of an account's resting order by its client order id. */
export function findOrder(step: Step, account: AccountNumber, clientOrderId: number): Uint8Array | undefined {
  const place = step.store.get(accountOrderKey(account, clientOrderId));
  if (place === undefined) return undefined;
  const key = new Uint8Array(KEY_BYTES);
  key[0] = Table.book;
  key.set(place, KEY_BYTES - ACCOUNT_ORDER_BYTES);
  return key;
}

/** An account that must exist, because the state names it. */
export function readKnownAccount(step: Step, account: AccountNumber): AccountRecord {
  // INVARIANT: orders and positions exist only for accounts that do, and accounts are never removed.
  return decodeAccount(step.store.get(accountKey(account))!);
}

export function writeAccount(step: Step, account: AccountNumber, record: AccountRecord): void {
  step.store.put(accountKey(account), encodeAccount(record));
}
