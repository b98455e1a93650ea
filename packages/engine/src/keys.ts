import {
  type AccountNumber,
  accountNumber,
  type InstrumentNumber,
  instrumentNumber,
  type PriceRank,
  priceRank,
  readUint,
  type Seconds,
  Side,
  type UnderlyingNumber,
  writeUint,
} from "@recourse/protocol";

/**
 * Keys of the state: 16 bytes, a table byte and then the fields in the order in which they sort. Not hashed, so that
 * the byte order of the keys is the order of the data and a range scan is a walk of the tree. Fields are narrow, so
 * that nobody can grow deep paths cheaply; each table says how deep below the table byte its paths can become.
 */

export const KEY_BYTES = 16;

export const Table = {
  /** One record. */
  global: 0x00,
  /** One record. */
  parameters: 0x01,
  /** underlying (2): at most 4 branches, by MAX_UNDERLYINGS. */
  underlying: 0x02,
  /** underlying (2), expiry (4): at most 48 branches; only the lister makes them. */
  expiry: 0x03,
  /** instrument (3): at most 24 branches, numbers are given out in order. */
  instrument: 0x04,
  /** account (4): at most 32 branches, numbers are given out in order. */
  account: 0x05,
  /** account (4), signer (1): at most 32 + 8 branches. */
  signer: 0x06,
  /** account (4), deadline bucket (4), word (1): at most 32 + 4 + 8 branches, by the deadline's range. */
  nonce: 0x07,
  /** account (4), instrument (3): at most 32 + 6 branches, by MAX_POSITIONS (24 where the numbers are chosen). */
  position: 0x08,
  /** instrument (3), side (1), price rank (5), sequence (6): at most 24 + 1 + 40 + 48 branches. */
  book: 0x09,
  /** account (4), client order id (4): at most 32 + 32 branches. */
  accountOrder: 0x0a,
  /** number (8): at most 64 branches, numbers are given out in order. */
  withdrawal: 0x0b,
  /** underlying (2), expiry (4), strike (7), instrument kind (1): at most 112 branches; only the lister makes them. */
  listing: 0x0c,
  /** instrument (3): at most 24 branches. */
  market: 0x0d,
  /** instrument (3): at most 24 branches. */
  premium: 0x0e,
} as const;

/** Price ranks of bids are stored from this downward, so that the best bid is the first key of its side. */
const MAX_RANK = 2 ** 40 - 1;

function key(table: number): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES);
  bytes[0] = table;
  return bytes;
}

export const globalKey = key(Table.global);
export const parametersKey = key(Table.parameters);

export function underlyingKey(underlying: UnderlyingNumber): Uint8Array {
  const bytes = key(Table.underlying);
  writeUint(bytes, 1, 2, underlying);
  return bytes;
}

export function expiryKey(underlying: UnderlyingNumber, expiry: Seconds): Uint8Array {
  const bytes = key(Table.expiry);
  writeUint(bytes, 1, 2, underlying);
  writeUint(bytes, 3, 4, expiry);
  return bytes;
}

export function instrumentKey(instrument: InstrumentNumber): Uint8Array {
  const bytes = key(Table.instrument);
  writeUint(bytes, 1, 3, instrument);
  return bytes;
}

/** Of a key of the tables instrument, market, premium and book. */
export function instrumentOfKey(bytes: Uint8Array): InstrumentNumber {
  return instrumentNumber(readUint(bytes, 1, 3));
}

export function marketKey(instrument: InstrumentNumber): Uint8Array {
  const bytes = key(Table.market);
  writeUint(bytes, 1, 3, instrument);
  return bytes;
}

export function premiumKey(instrument: InstrumentNumber): Uint8Array {
  const bytes = key(Table.premium);
  writeUint(bytes, 1, 3, instrument);
  return bytes;
}

export function listingKey(underlying: UnderlyingNumber, expiry: Seconds, strike: number, kind: number): Uint8Array {
  const bytes = key(Table.listing);
  writeUint(bytes, 1, 2, underlying);
  writeUint(bytes, 3, 4, expiry);
  writeUint(bytes, 7, 7, strike);
  bytes[14] = kind;
  return bytes;
}

export function accountKey(account: AccountNumber): Uint8Array {
  const bytes = key(Table.account);
  writeUint(bytes, 1, 4, account);
  return bytes;
}

export function signerKey(account: AccountNumber, number: number): Uint8Array {
  const bytes = key(Table.signer);
  writeUint(bytes, 1, 4, account);
  bytes[5] = number;
  return bytes;
}

export function numberOfSignerKey(bytes: Uint8Array): number {
  return bytes[5]!;
}

/** @param word the high byte of the nonce; the low byte is the bit's place in the word */
export function nonceKey(account: AccountNumber, bucket: number, word: number): Uint8Array {
  const bytes = key(Table.nonce);
  writeUint(bytes, 1, 4, account);
  writeUint(bytes, 5, 4, bucket);
  bytes[9] = word;
  return bytes;
}

export function bucketOfNonceKey(bytes: Uint8Array): number {
  return readUint(bytes, 5, 4);
}

export function positionKey(account: AccountNumber, instrument: InstrumentNumber): Uint8Array {
  const bytes = key(Table.position);
  writeUint(bytes, 1, 4, account);
  writeUint(bytes, 5, 3, instrument);
  return bytes;
}

export function instrumentOfPositionKey(bytes: Uint8Array): InstrumentNumber {
  return instrumentNumber(readUint(bytes, 5, 3));
}

export function bookKey(instrument: InstrumentNumber, side: number, rank: PriceRank, sequence: number): Uint8Array {
  const bytes = bookSideKey(instrument, side);
  writeUint(bytes, 5, 5, side === Side.buy ? MAX_RANK - rank : rank);
  writeUint(bytes, 10, 6, sequence);
  return bytes;
}

/** The least key of one side of an instrument's book: the best order is the first at or after it. */
export function bookSideKey(instrument: InstrumentNumber, side: number): Uint8Array {
  const bytes = key(Table.book);
  writeUint(bytes, 1, 3, instrument);
  bytes[4] = side;
  return bytes;
}

/** Bytes of a book key that say instrument and side. */
export const BOOK_SIDE_BYTES = 5;

/** The book key of an order, from where its account's list says that it rests: the key without its table byte. */
export function bookKeyAt(place: Uint8Array): Uint8Array {
  const bytes = key(Table.book);
  bytes.set(place, 1);
  return bytes;
}

export function rankOfBookKey(bytes: Uint8Array): PriceRank {
  const stored = readUint(bytes, 5, 5);
  return priceRank(bytes[4] === Side.buy ? MAX_RANK - stored : stored);
}

export function accountOrderKey(account: AccountNumber, clientOrderId: number): Uint8Array {
  const bytes = key(Table.accountOrder);
  writeUint(bytes, 1, 4, account);
  writeUint(bytes, 5, 4, clientOrderId);
  return bytes;
}

export function clientOrderIdOfKey(bytes: Uint8Array): number {
  return readUint(bytes, 5, 4);
}

export function withdrawalKey(number: number): Uint8Array {
  const bytes = key(Table.withdrawal);
  writeUint(bytes, 1, 8, number);
  return bytes;
}

/** Bytes of a key of the tables signer, nonce, position and account order that say table and account. */
export const ACCOUNT_PREFIX_BYTES = 5;
export const ACCOUNT_PREFIX_BITS = 8 * ACCOUNT_PREFIX_BYTES;

export function accountOfKey(bytes: Uint8Array): AccountNumber {
  return accountNumber(readUint(bytes, 1, 4));
}

/** Whether a key begins as another does. */
export function sharesPrefix(bytes: Uint8Array, other: Uint8Array, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[index] !== other[index]) return false;
  return true;
}
