import { readInt, readUint, writeInt, writeUint } from "./bytes.ts";
import { MAX_ORACLES, MAX_SURFACES } from "./limits.ts";
import { SIGNATURE_BYTES } from "./signatures.ts";
import type {
  AccountNumber,
  Cash,
  InstrumentNumber,
  Lots,
  Price,
  PriceRank,
  Quantity,
  Seconds,
  UnderlyingNumber,
} from "./units.ts";

/**
 * The canonical codec of sequenced transactions: a kind byte, then fields of fixed width, big-endian, then signatures.
 * Every field decodes whatever its bits are, so decoding fails only for an unknown kind, too many surfaces, or too few
 * bytes; what a field may hold is judged by the step function. `contracts/src/step/Transactions.sol` is its twin.
 */

/** Kinds of chunks: each is executed by a step contract of its own. */
export const ChunkKind = { trade: 0, risk: 1, bridge: 2 } as const;
export type ChunkKind = (typeof ChunkKind)[keyof typeof ChunkKind];

export const TransactionKind = {
  order: 0x01,
  cancel: 0x02,
  replace: 0x03,
  cancelAll: 0x04,
  session: 0x05,
  tick: 0x10,
  report: 0x11,
  listUnderlying: 0x12,
  listInstrument: 0x13,
  mark: 0x14,
  withdraw: 0x15,
} as const;
export type TransactionKind = (typeof TransactionKind)[keyof typeof TransactionKind];

export const Side = { buy: 0, sell: 1 } as const;
export type Side = (typeof Side)[keyof typeof Side];

export const TimeInForce = { goodTilCancelled: 0, immediateOrCancel: 1, fillOrKill: 2 } as const;

/** What becomes of two orders of one account that meet: the resting one goes, the incoming remainder, or both. */
export const SelfTradePrevention = { cancelResting: 0, cancelIncoming: 1, cancelBoth: 2 } as const;

/** The bits of an order's `options`: post-only, reduce-only, then two of self-trade prevention. */
export const POST_ONLY_OPTION = 1;
export const REDUCE_ONLY_OPTION = 2;
export const SELF_TRADE_PREVENTION_SHIFT = 2;

/** What a session key may sign, as bits: orders and replacements; cancels of one order and of all. */
export const SessionScope = { trade: 1, cancel: 2 } as const;

export const InstrumentKind = { perpetual: 0, call: 1, put: 2 } as const;
export type InstrumentKind = (typeof InstrumentKind)[keyof typeof InstrumentKind];

/** Who authorises a transaction of an account, until when, and under which nonce. */
export interface Admission {
  readonly account: AccountNumber;
  /** 0 is the account's owner; 1 to 255 are its session keys. */
  readonly signer: number;
  /** The engine's clock may not have passed this, nor be more than ten minutes before it. */
  readonly deadline: Seconds;
  /** Any 16-bit number not yet used with a deadline of the same 64 seconds. */
  readonly nonce: number;
  /** 64 bytes (EIP-2098). */
  readonly signature: Uint8Array;
}

/** What an order says beside who sent it. */
export interface OrderTerms {
  readonly instrument: InstrumentNumber;
  /** 0 buy, 1 sell. */
  readonly side: number;
  /** 0 good till cancelled, 1 immediate or cancel, 2 fill or kill; 3 is refused. */
  readonly timeInForce: number;
  /** Bit 0 post-only, bit 1 reduce-only, bits 2 and 3 self-trade prevention; bit 4 must be zero. */
  readonly options: number;
  readonly priceRank: PriceRank;
  readonly lots: Lots;
  /** Minutes that the order may rest after its admission deadline; 0 is until it is cancelled. */
  readonly restMinutes: number;
  /** The account's own number for the order; no two resting orders of an account share one. */
  readonly clientOrderId: number;
}

export interface Order extends Admission, OrderTerms {
  readonly kind: typeof TransactionKind.order;
}

/** Takes a resting order out of the book and executes a new one in its stead, both or neither. */
export interface Replace extends Admission, OrderTerms {
  readonly kind: typeof TransactionKind.replace;
  /** The client order id of the order that goes. */
  readonly replacedClientOrderId: number;
}

export interface Cancel extends Admission {
  readonly kind: typeof TransactionKind.cancel;
  readonly clientOrderId: number;
}

export interface CancelAll extends Admission {
  readonly kind: typeof TransactionKind.cancelAll;
  /** Orders of which instrument go; 0 is of all. */
  readonly instrument: InstrumentNumber;
}

/** Registers a session key under a number, in place of the one that was there, or revokes it. */
export interface Session extends Admission {
  readonly kind: typeof TransactionKind.session;
  /** 1 to 255: the `signer` of what the key signs. */
  readonly number: number;
  /** The key's address, 20 bytes; zero revokes. */
  readonly key: Uint8Array;
  /** Bits of {@link SessionScope}; 0 in a revocation. */
  readonly scope: number;
  /** The last second of the engine's clock in which the key signs; 0 in a revocation. */
  readonly expiry: Seconds;
}

export interface Withdraw extends Admission {
  readonly kind: typeof TransactionKind.withdraw;
  readonly amount: Cash;
  /** Who may claim the money on L1; 20 bytes. */
  readonly recipient: Uint8Array;
}

export interface Tick {
  readonly kind: typeof TransactionKind.tick;
  readonly time: Seconds;
}

/** A raw SVI surface of one expiry: w(k) = a + b(ρ(k − m) + √((k − m)² + σ²)), parameters in 1e-15. */
export interface Surface {
  readonly expiry: Seconds;
  readonly forward: Price;
  readonly a: bigint;
  readonly b: bigint;
  readonly rho: bigint;
  readonly m: bigint;
  readonly sigma: bigint;
}

export interface Report {
  readonly kind: typeof TransactionKind.report;
  readonly underlying: UnderlyingNumber;
  readonly time: Seconds;
  readonly index: Price;
  readonly surfaces: readonly Surface[];
  /** Bit i set: the oracle at place i of the set has signed. */
  readonly signers: number;
  /** One signature of 64 bytes for each bit set, lowest bit first. */
  readonly signatures: readonly Uint8Array[];
}

export interface ListUnderlying {
  readonly kind: typeof TransactionKind.listUnderlying;
  readonly underlying: UnderlyingNumber;
  /** 8 bytes of ASCII capitals and digits, padded by zeros at the end: `BTC`. */
  readonly symbol: Uint8Array;
  /** The scenario grid; 1 is the grid of this version. */
  readonly grid: number;
  readonly deadline: Seconds;
  readonly signature: Uint8Array;
}

export interface ListInstrument {
  readonly kind: typeof TransactionKind.listInstrument;
  /** 0 perpetual, 1 call, 2 put. */
  readonly instrumentKind: number;
  readonly underlying: UnderlyingNumber;
  /** 0 for a perpetual. */
  readonly expiry: Seconds;
  /** 0 for a perpetual. */
  readonly strike: Price;
  /** The price of one rank. */
  readonly tick: Price;
  readonly lot: Quantity;
  /** Least |size| × index of an order. */
  readonly minimumNotional: Cash;
  /** Fees in 1e-6 of the traded value. */
  readonly takerFeeRate: number;
  readonly makerFeeRate: number;
  readonly deadline: Seconds;
  readonly signature: Uint8Array;
}

export interface Mark {
  readonly kind: typeof TransactionKind.mark;
  readonly instrument: InstrumentNumber;
}

export type Transaction =
  | Order
  | Cancel
  | Replace
  | CancelAll
  | Session
  | Tick
  | Report
  | ListUnderlying
  | ListInstrument
  | Mark
  | Withdraw;

/** The kind of chunk in which a transaction of a kind must stand. */
export function chunkKindOf(kind: TransactionKind): ChunkKind {
  return kind < TransactionKind.tick ? ChunkKind.trade : ChunkKind.risk;
}

/** Bytes of a signed order. */
export const ORDER_BYTES = 95;
export const CANCEL_BYTES = 80;
export const REPLACE_BYTES = 99;
export const CANCEL_ALL_BYTES = 79;
export const SESSION_BYTES = 102;
export const TICK_BYTES = 5;
export const LIST_UNDERLYING_BYTES = 80;
export const LIST_INSTRUMENT_BYTES = 107;
export const MARK_BYTES = 4;
export const WITHDRAW_BYTES = 103;
/** Bytes of a report before its surfaces, and of one surface. */
export const REPORT_HEAD_BYTES = 15;
export const SURFACE_BYTES = 51;

/** Bytes of the longest transaction. */
export const MAX_TRANSACTION_BYTES =
  REPORT_HEAD_BYTES + MAX_SURFACES * SURFACE_BYTES + 2 + MAX_ORACLES * SIGNATURE_BYTES;

function countBits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * How many bytes the transaction at an offset has.
 * @returns undefined where the bytes are no transaction; they end the chunk
 */
export function transactionLength(bytes: Uint8Array, offset: number): number | undefined {
  const length = unboundedLength(bytes, offset);
  return length !== undefined && offset + length <= bytes.length ? length : undefined;
}

function unboundedLength(bytes: Uint8Array, offset: number): number | undefined {
  switch (bytes[offset]) {
    case TransactionKind.order:
      return ORDER_BYTES;
    case TransactionKind.cancel:
      return CANCEL_BYTES;
    case TransactionKind.replace:
      return REPLACE_BYTES;
    case TransactionKind.cancelAll:
      return CANCEL_ALL_BYTES;
    case TransactionKind.session:
      return SESSION_BYTES;
    case TransactionKind.tick:
      return TICK_BYTES;
    case TransactionKind.listUnderlying:
      return LIST_UNDERLYING_BYTES;
    case TransactionKind.listInstrument:
      return LIST_INSTRUMENT_BYTES;
    case TransactionKind.mark:
      return MARK_BYTES;
    case TransactionKind.withdraw:
      return WITHDRAW_BYTES;
    case TransactionKind.report: {
      if (offset + REPORT_HEAD_BYTES > bytes.length) return undefined;
      const surfaces = bytes[offset + 14]!;
      if (surfaces > MAX_SURFACES) return undefined;
      const signersAt = offset + REPORT_HEAD_BYTES + surfaces * SURFACE_BYTES;
      if (signersAt + 2 > bytes.length) return undefined;
      return signersAt + 2 + SIGNATURE_BYTES * countBits(readUint(bytes, signersAt, 2)) - offset;
    }
    default:
      return undefined;
  }
}

function decodeAdmission(bytes: Uint8Array, offset: number, length: number): Admission {
  return {
    account: readUint(bytes, offset + 1, 4) as AccountNumber,
    signer: bytes[offset + 5]!,
    deadline: readUint(bytes, offset + 6, 4) as Seconds,
    nonce: readUint(bytes, offset + 10, 2),
    signature: bytes.slice(offset + length - SIGNATURE_BYTES, offset + length),
  };
}

function decodeOrderTerms(bytes: Uint8Array, offset: number): OrderTerms {
  const flags = bytes[offset + 15]!;
  return {
    instrument: readUint(bytes, offset + 12, 3) as InstrumentNumber,
    side: flags & 1,
    timeInForce: (flags >> 1) & 3,
    options: flags >> 3,
    priceRank: readUint(bytes, offset + 16, 5) as PriceRank,
    lots: readUint(bytes, offset + 21, 4) as Lots,
    restMinutes: readUint(bytes, offset + 25, 2),
    clientOrderId: readUint(bytes, offset + 27, 4),
  };
}

/**
 * Reads the transaction at an offset.
 * @returns the transaction and its length in bytes, or undefined where the bytes are no transaction
 */
export function decodeTransaction(
  bytes: Uint8Array,
  offset = 0,
): { readonly transaction: Transaction; readonly length: number } | undefined {
  const length = transactionLength(bytes, offset);
  return length === undefined ? undefined : { transaction: decodeFields(bytes, offset, length), length };
}

function decodeFields(bytes: Uint8Array, offset: number, length: number): Transaction {
  const signatureAt = offset + length - SIGNATURE_BYTES;
  const kind = bytes[offset] as TransactionKind;
  switch (kind) {
    case TransactionKind.order:
      return { kind, ...decodeAdmission(bytes, offset, length), ...decodeOrderTerms(bytes, offset) };
    case TransactionKind.replace:
      return {
        kind,
        ...decodeAdmission(bytes, offset, length),
        ...decodeOrderTerms(bytes, offset),
        replacedClientOrderId: readUint(bytes, offset + 31, 4),
      };
    case TransactionKind.cancelAll:
      return {
        kind,
        ...decodeAdmission(bytes, offset, length),
        instrument: readUint(bytes, offset + 12, 3) as InstrumentNumber,
      };
    case TransactionKind.session:
      return {
        kind,
        ...decodeAdmission(bytes, offset, length),
        number: bytes[offset + 12]!,
        key: bytes.slice(offset + 13, offset + 33),
        scope: bytes[offset + 33]!,
        expiry: readUint(bytes, offset + 34, 4) as Seconds,
      };
    case TransactionKind.cancel:
      return { kind, ...decodeAdmission(bytes, offset, length), clientOrderId: readUint(bytes, offset + 12, 4) };
    case TransactionKind.withdraw:
      return {
        kind,
        ...decodeAdmission(bytes, offset, length),
        amount: readUint(bytes, offset + 12, 7) as Cash,
        recipient: bytes.slice(offset + 19, offset + 39),
      };
    case TransactionKind.tick:
      return { kind, time: readUint(bytes, offset + 1, 4) as Seconds };
    case TransactionKind.mark:
      return { kind, instrument: readUint(bytes, offset + 1, 3) as InstrumentNumber };
    case TransactionKind.listUnderlying:
      return {
        kind,
        underlying: readUint(bytes, offset + 1, 2) as UnderlyingNumber,
        symbol: bytes.slice(offset + 3, offset + 11),
        grid: bytes[offset + 11]!,
        deadline: readUint(bytes, offset + 12, 4) as Seconds,
        signature: bytes.slice(signatureAt, signatureAt + SIGNATURE_BYTES),
      };
    case TransactionKind.listInstrument:
      return {
        kind,
        instrumentKind: bytes[offset + 1]!,
        underlying: readUint(bytes, offset + 2, 2) as UnderlyingNumber,
        expiry: readUint(bytes, offset + 4, 4) as Seconds,
        strike: readUint(bytes, offset + 8, 7) as Price,
        tick: readUint(bytes, offset + 15, 7) as Price,
        lot: readUint(bytes, offset + 22, 6) as Quantity,
        minimumNotional: readUint(bytes, offset + 28, 7) as Cash,
        takerFeeRate: readUint(bytes, offset + 35, 2),
        makerFeeRate: readUint(bytes, offset + 37, 2),
        deadline: readUint(bytes, offset + 39, 4) as Seconds,
        signature: bytes.slice(signatureAt, signatureAt + SIGNATURE_BYTES),
      };
    case TransactionKind.report: {
      const count = bytes[offset + 14]!;
      const signersAt = offset + REPORT_HEAD_BYTES + count * SURFACE_BYTES;
      const signers = readUint(bytes, signersAt, 2);
      return {
        kind,
        underlying: readUint(bytes, offset + 1, 2) as UnderlyingNumber,
        time: readUint(bytes, offset + 3, 4) as Seconds,
        index: readUint(bytes, offset + 7, 7) as Price,
        surfaces: Array.from({ length: count }, (_, place) =>
          decodeSurface(bytes, offset + REPORT_HEAD_BYTES + place * SURFACE_BYTES),
        ),
        signers,
        signatures: Array.from({ length: countBits(signers) }, (_, place) =>
          bytes.slice(signersAt + 2 + place * SIGNATURE_BYTES, signersAt + 2 + (place + 1) * SIGNATURE_BYTES),
        ),
      };
    }
  }
}

function decodeSurface(bytes: Uint8Array, offset: number): Surface {
  return {
    expiry: readUint(bytes, offset, 4) as Seconds,
    forward: readUint(bytes, offset + 4, 7) as Price,
    a: readInt(bytes, offset + 11, 8),
    b: readInt(bytes, offset + 19, 8),
    rho: readInt(bytes, offset + 27, 8),
    m: readInt(bytes, offset + 35, 8),
    sigma: readInt(bytes, offset + 43, 8),
  };
}

function encodeAdmission(bytes: Uint8Array, admission: Admission): void {
  writeUint(bytes, 1, 4, admission.account);
  bytes[5] = admission.signer;
  writeUint(bytes, 6, 4, admission.deadline);
  writeUint(bytes, 10, 2, admission.nonce);
  bytes.set(admission.signature, bytes.length - SIGNATURE_BYTES);
}

function encodeOrderTerms(bytes: Uint8Array, terms: OrderTerms): void {
  writeUint(bytes, 12, 3, terms.instrument);
  bytes[15] = terms.side | (terms.timeInForce << 1) | (terms.options << 3);
  writeUint(bytes, 16, 5, terms.priceRank);
  writeUint(bytes, 21, 4, terms.lots);
  writeUint(bytes, 25, 2, terms.restMinutes);
  writeUint(bytes, 27, 4, terms.clientOrderId);
}

/** Writes a transaction's canonical bytes. Fields must be within their widths. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  switch (transaction.kind) {
    case TransactionKind.order: {
      const bytes = new Uint8Array(ORDER_BYTES);
      bytes[0] = transaction.kind;
      encodeAdmission(bytes, transaction);
      encodeOrderTerms(bytes, transaction);
      return bytes;
    }
    case TransactionKind.cancel: {
      const bytes = new Uint8Array(CANCEL_BYTES);
      bytes[0] = transaction.kind;
      encodeAdmission(bytes, transaction);
      writeUint(bytes, 12, 4, transaction.clientOrderId);
      return bytes;
    }
    case TransactionKind.replace: {
      const bytes = new Uint8Array(REPLACE_BYTES);
      bytes[0] = transaction.kind;
      encodeAdmission(bytes, transaction);
      encodeOrderTerms(bytes, transaction);
      writeUint(bytes, 31, 4, transaction.replacedClientOrderId);
      return bytes;
    }
    case TransactionKind.cancelAll: {
      const bytes = new Uint8Array(CANCEL_ALL_BYTES);
      bytes[0] = transaction.kind;
      encodeAdmission(bytes, transaction);
      writeUint(bytes, 12, 3, transaction.instrument);
      return bytes;
    }
    case TransactionKind.session: {
      const bytes = new Uint8Array(SESSION_BYTES);
      bytes[0] = transaction.kind;
      encodeAdmission(bytes, transaction);
      bytes[12] = transaction.number;
      bytes.set(transaction.key, 13);
      bytes[33] = transaction.scope;
      writeUint(bytes, 34, 4, transaction.expiry);
      return bytes;
    }
    case TransactionKind.withdraw: {
      const bytes = new Uint8Array(WITHDRAW_BYTES);
      bytes[0] = transaction.kind;
      encodeAdmission(bytes, transaction);
      writeUint(bytes, 12, 7, transaction.amount);
      bytes.set(transaction.recipient, 19);
      return bytes;
    }
    case TransactionKind.tick: {
      const bytes = new Uint8Array(TICK_BYTES);
      bytes[0] = transaction.kind;
      writeUint(bytes, 1, 4, transaction.time);
      return bytes;
    }
    case TransactionKind.mark: {
      const bytes = new Uint8Array(MARK_BYTES);
      bytes[0] = transaction.kind;
      writeUint(bytes, 1, 3, transaction.instrument);
      return bytes;
    }
    case TransactionKind.listUnderlying: {
      const bytes = new Uint8Array(LIST_UNDERLYING_BYTES);
      bytes[0] = transaction.kind;
      writeUint(bytes, 1, 2, transaction.underlying);
      bytes.set(transaction.symbol, 3);
      bytes[11] = transaction.grid;
      writeUint(bytes, 12, 4, transaction.deadline);
      bytes.set(transaction.signature, 16);
      return bytes;
    }
    case TransactionKind.listInstrument: {
      const bytes = new Uint8Array(LIST_INSTRUMENT_BYTES);
      bytes[0] = transaction.kind;
      bytes[1] = transaction.instrumentKind;
      writeUint(bytes, 2, 2, transaction.underlying);
      writeUint(bytes, 4, 4, transaction.expiry);
      writeUint(bytes, 8, 7, transaction.strike);
      writeUint(bytes, 15, 7, transaction.tick);
      writeUint(bytes, 22, 6, transaction.lot);
      writeUint(bytes, 28, 7, transaction.minimumNotional);
      writeUint(bytes, 35, 2, transaction.takerFeeRate);
      writeUint(bytes, 37, 2, transaction.makerFeeRate);
      writeUint(bytes, 39, 4, transaction.deadline);
      bytes.set(transaction.signature, 43);
      return bytes;
    }
    case TransactionKind.report: {
      const signersAt = REPORT_HEAD_BYTES + transaction.surfaces.length * SURFACE_BYTES;
      const bytes = new Uint8Array(signersAt + 2 + transaction.signatures.length * SIGNATURE_BYTES);
      bytes[0] = transaction.kind;
      writeUint(bytes, 1, 2, transaction.underlying);
      writeUint(bytes, 3, 4, transaction.time);
      writeUint(bytes, 7, 7, transaction.index);
      bytes[14] = transaction.surfaces.length;
      transaction.surfaces.forEach((surface, place) => {
        encodeSurface(bytes, REPORT_HEAD_BYTES + place * SURFACE_BYTES, surface);
      });
      writeUint(bytes, signersAt, 2, transaction.signers);
      transaction.signatures.forEach((signature, place) => {
        bytes.set(signature, signersAt + 2 + place * SIGNATURE_BYTES);
      });
      return bytes;
    }
  }
}

function encodeSurface(bytes: Uint8Array, offset: number, surface: Surface): void {
  writeUint(bytes, offset, 4, surface.expiry);
  writeUint(bytes, offset + 4, 7, surface.forward);
  writeInt(bytes, offset + 11, 8, surface.a);
  writeInt(bytes, offset + 19, 8, surface.b);
  writeInt(bytes, offset + 27, 8, surface.rho);
  writeInt(bytes, offset + 35, 8, surface.m);
  writeInt(bytes, offset + 43, 8, surface.sigma);
}
