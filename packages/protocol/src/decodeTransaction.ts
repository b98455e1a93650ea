import { readInt, readUint } from "./bytes.ts";
import { SIGNATURE_BYTES } from "./signatures.ts";
import {
  BLOCK_HEAD_BYTES,
  countBits,
  LEG_BYTES,
  QUOTE_BYTES,
  QUOTES_HEAD_BYTES,
  REPORT_HEAD_BYTES,
  SURFACE_BYTES,
  transactionLength,
} from "./transactionLength.ts";
import {
  type Admission,
  type Leg,
  type OrderTerms,
  type Quote,
  type Surface,
  type Transaction,
  TransactionKind,
} from "./transactions.ts";
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
 * Sequenced transactions from their canonical bytes: a kind byte, then fields of fixed width, big-endian, then
 * signatures. Every field decodes whatever its bits are, so decoding fails only for an unknown kind, too many surfaces,
 * legs or quotes, or too few bytes. `contracts/src/step/Transactions.sol` is its twin.
 */

/** @param end the offset behind the signature */
function decodeAdmission(bytes: Uint8Array, offset: number, end: number): Admission {
  return {
    account: readUint(bytes, offset + 1, 4) as AccountNumber,
    signer: bytes[offset + 5]!,
    deadline: readUint(bytes, offset + 6, 4) as Seconds,
    nonce: readUint(bytes, offset + 10, 2),
    signature: bytes.slice(end - SIGNATURE_BYTES, end),
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
  const end = offset + length;
  const kind = bytes[offset] as TransactionKind;
  switch (kind) {
    case TransactionKind.order:
      return { kind, ...decodeAdmission(bytes, offset, end), ...decodeOrderTerms(bytes, offset) };
    case TransactionKind.replace:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        ...decodeOrderTerms(bytes, offset),
        replacedClientOrderId: readUint(bytes, offset + 31, 4),
      };
    case TransactionKind.cancelAll:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        instrument: readUint(bytes, offset + 12, 3) as InstrumentNumber,
      };
    case TransactionKind.session:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        number: bytes[offset + 12]!,
        key: bytes.slice(offset + 13, offset + 33),
        scope: bytes[offset + 33]!,
        expiry: readUint(bytes, offset + 34, 4) as Seconds,
      };
    case TransactionKind.cancel:
      return { kind, ...decodeAdmission(bytes, offset, end), clientOrderId: readUint(bytes, offset + 12, 4) };
    case TransactionKind.withdraw:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        amount: readUint(bytes, offset + 12, 7) as Cash,
        recipient: bytes.slice(offset + 19, offset + 39),
      };
    case TransactionKind.conditional:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        ...decodeOrderTerms(bytes, offset),
        era: readUint(bytes, offset + 31, 4),
        triggerPrice: readUint(bytes, offset + 35, 7) as Price,
        triggerDirection: bytes[offset + 42]!,
      };
    case TransactionKind.revoke:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        revokedDeadline: readUint(bytes, offset + 12, 4) as Seconds,
        revokedNonce: readUint(bytes, offset + 16, 2),
      };
    case TransactionKind.blockTrade:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end - SIGNATURE_BYTES),
        makerAccount: readUint(bytes, offset + 12, 4) as AccountNumber,
        makerSigner: bytes[offset + 16]!,
        makerNonce: readUint(bytes, offset + 17, 2),
        legs: Array.from({ length: bytes[offset + 19]! }, (_, place) =>
          decodeLeg(bytes, offset + BLOCK_HEAD_BYTES + place * LEG_BYTES),
        ),
        makerSignature: bytes.slice(end - SIGNATURE_BYTES, end),
      };
    case TransactionKind.quotes:
      return {
        kind,
        ...decodeAdmission(bytes, offset, end),
        restMinutes: readUint(bytes, offset + 12, 2),
        quotes: Array.from({ length: bytes[offset + 14]! }, (_, place) =>
          decodeQuote(bytes, offset + QUOTES_HEAD_BYTES + place * QUOTE_BYTES),
        ),
      };
    case TransactionKind.houseOrder:
      return { kind, ...decodeAdmission(bytes, offset, end), ...decodeLeg(bytes, offset + 12) };
    case TransactionKind.provider:
      return { kind, ...decodeAdmission(bytes, offset, end), active: bytes[offset + 12]! };
    case TransactionKind.liquidate:
      return {
        kind,
        account: readUint(bytes, offset + 1, 4) as AccountNumber,
        provider: readUint(bytes, offset + 5, 4) as AccountNumber,
      };
    case TransactionKind.settle:
      return {
        kind,
        account: readUint(bytes, offset + 1, 4) as AccountNumber,
        instrument: readUint(bytes, offset + 5, 3) as InstrumentNumber,
      };
    case TransactionKind.prune:
      return { kind, instrument: readUint(bytes, offset + 1, 3) as InstrumentNumber };
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
        signature: bytes.slice(end - SIGNATURE_BYTES, end),
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
        signature: bytes.slice(end - SIGNATURE_BYTES, end),
      };
    case TransactionKind.settlement:
      return {
        kind,
        underlying: readUint(bytes, offset + 1, 2) as UnderlyingNumber,
        expiry: readUint(bytes, offset + 3, 4) as Seconds,
        price: readUint(bytes, offset + 7, 7) as Price,
        ...decodeQuorum(bytes, offset + 14),
      };
    case TransactionKind.report: {
      const count = bytes[offset + 14]!;
      return {
        kind,
        underlying: readUint(bytes, offset + 1, 2) as UnderlyingNumber,
        time: readUint(bytes, offset + 3, 4) as Seconds,
        index: readUint(bytes, offset + 7, 7) as Price,
        surfaces: Array.from({ length: count }, (_, place) =>
          decodeSurface(bytes, offset + REPORT_HEAD_BYTES + place * SURFACE_BYTES),
        ),
        ...decodeQuorum(bytes, offset + REPORT_HEAD_BYTES + count * SURFACE_BYTES),
      };
    }
  }
}

/** The oracles that signed, and their signatures. */
function decodeQuorum(bytes: Uint8Array, offset: number) {
  const signers = readUint(bytes, offset, 2);
  return {
    signers,
    signatures: Array.from({ length: countBits(signers) }, (_, place) =>
      bytes.slice(offset + 2 + place * SIGNATURE_BYTES, offset + 2 + (place + 1) * SIGNATURE_BYTES),
    ),
  };
}

function decodeLeg(bytes: Uint8Array, offset: number): Leg {
  return {
    instrument: readUint(bytes, offset, 3) as InstrumentNumber,
    side: bytes[offset + 3]!,
    priceRank: readUint(bytes, offset + 4, 5) as PriceRank,
    lots: readUint(bytes, offset + 9, 4) as Lots,
  };
}

function decodeQuote(bytes: Uint8Array, offset: number): Quote {
  return {
    instrument: readUint(bytes, offset, 3) as InstrumentNumber,
    bidPriceRank: readUint(bytes, offset + 3, 5) as PriceRank,
    bidLots: readUint(bytes, offset + 8, 4) as Lots,
    askPriceRank: readUint(bytes, offset + 12, 5) as PriceRank,
    askLots: readUint(bytes, offset + 17, 4) as Lots,
  };
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
