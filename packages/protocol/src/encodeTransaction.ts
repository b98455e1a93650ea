import { writeInt, writeUint } from "./bytes.ts";
import { SIGNATURE_BYTES } from "./signatures.ts";
import {
  BLOCK_HEAD_BYTES,
  CANCEL_ALL_BYTES,
  CANCEL_BYTES,
  CONDITIONAL_BYTES,
  HOUSE_ORDER_BYTES,
  LEG_BYTES,
  LIQUIDATE_BYTES,
  LIST_INSTRUMENT_BYTES,
  LIST_UNDERLYING_BYTES,
  MARK_BYTES,
  ORDER_BYTES,
  PROVIDER_BYTES,
  PRUNE_BYTES,
  QUOTE_BYTES,
  QUOTES_HEAD_BYTES,
  REPLACE_BYTES,
  REPORT_HEAD_BYTES,
  REVOKE_BYTES,
  SESSION_BYTES,
  SETTLE_BYTES,
  SETTLEMENT_HEAD_BYTES,
  SURFACE_BYTES,
  TICK_BYTES,
  WITHDRAW_BYTES,
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

/** Sequenced transactions to their canonical bytes, those that `decodeTransaction.ts` reads. */

/** A transaction's bytes with its kind. */
function begin(kind: TransactionKind, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = kind;
  return bytes;
}

/** The bytes of an account's transaction with its kind, admission and signature, which ends `behind` bytes before theirs. */
function beginAdmitted(transaction: Transaction & Admission, length: number, behind = 0): Uint8Array {
  const bytes = begin(transaction.kind, length);
  writeUint(bytes, 1, 4, transaction.account);
  bytes[5] = transaction.signer;
  writeUint(bytes, 6, 4, transaction.deadline);
  writeUint(bytes, 10, 2, transaction.nonce);
  bytes.set(transaction.signature, length - behind - SIGNATURE_BYTES);
  return bytes;
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
      const bytes = beginAdmitted(transaction, ORDER_BYTES);
      encodeOrderTerms(bytes, transaction);
      return bytes;
    }
    case TransactionKind.cancel: {
      const bytes = beginAdmitted(transaction, CANCEL_BYTES);
      writeUint(bytes, 12, 4, transaction.clientOrderId);
      return bytes;
    }
    case TransactionKind.replace: {
      const bytes = beginAdmitted(transaction, REPLACE_BYTES);
      encodeOrderTerms(bytes, transaction);
      writeUint(bytes, 31, 4, transaction.replacedClientOrderId);
      return bytes;
    }
    case TransactionKind.cancelAll: {
      const bytes = beginAdmitted(transaction, CANCEL_ALL_BYTES);
      writeUint(bytes, 12, 3, transaction.instrument);
      return bytes;
    }
    case TransactionKind.session: {
      const bytes = beginAdmitted(transaction, SESSION_BYTES);
      bytes[12] = transaction.number;
      bytes.set(transaction.key, 13);
      bytes[33] = transaction.scope;
      writeUint(bytes, 34, 4, transaction.expiry);
      return bytes;
    }
    case TransactionKind.conditional: {
      const bytes = beginAdmitted(transaction, CONDITIONAL_BYTES);
      encodeOrderTerms(bytes, transaction);
      writeUint(bytes, 31, 4, transaction.era);
      writeUint(bytes, 35, 7, transaction.triggerPrice);
      bytes[42] = transaction.triggerDirection;
      return bytes;
    }
    case TransactionKind.revoke: {
      const bytes = beginAdmitted(transaction, REVOKE_BYTES);
      writeUint(bytes, 12, 4, transaction.revokedDeadline);
      writeUint(bytes, 16, 2, transaction.revokedNonce);
      return bytes;
    }
    case TransactionKind.blockTrade: {
      const { legs, makerSignature } = transaction;
      const length = BLOCK_HEAD_BYTES + legs.length * LEG_BYTES + 2 * SIGNATURE_BYTES;
      const bytes = beginAdmitted(transaction, length, SIGNATURE_BYTES);
      writeUint(bytes, 12, 4, transaction.makerAccount);
      bytes[16] = transaction.makerSigner;
      writeUint(bytes, 17, 2, transaction.makerNonce);
      bytes[19] = legs.length;
      legs.forEach((leg, place) => {
        encodeLeg(bytes, BLOCK_HEAD_BYTES + place * LEG_BYTES, leg);
      });
      bytes.set(makerSignature, length - SIGNATURE_BYTES);
      return bytes;
    }
    case TransactionKind.quotes: {
      const { quotes } = transaction;
      const bytes = beginAdmitted(transaction, QUOTES_HEAD_BYTES + quotes.length * QUOTE_BYTES + SIGNATURE_BYTES);
      writeUint(bytes, 12, 2, transaction.restMinutes);
      bytes[14] = quotes.length;
      quotes.forEach((quote, place) => {
        encodeQuote(bytes, QUOTES_HEAD_BYTES + place * QUOTE_BYTES, quote);
      });
      return bytes;
    }
    case TransactionKind.withdraw: {
      const bytes = beginAdmitted(transaction, WITHDRAW_BYTES);
      writeUint(bytes, 12, 7, transaction.amount);
      bytes.set(transaction.recipient, 19);
      return bytes;
    }
    case TransactionKind.houseOrder: {
      const bytes = beginAdmitted(transaction, HOUSE_ORDER_BYTES);
      encodeLeg(bytes, 12, transaction);
      return bytes;
    }
    case TransactionKind.provider: {
      const bytes = beginAdmitted(transaction, PROVIDER_BYTES);
      bytes[12] = transaction.active;
      return bytes;
    }
    case TransactionKind.liquidate: {
      const bytes = begin(transaction.kind, LIQUIDATE_BYTES);
      writeUint(bytes, 1, 4, transaction.account);
      writeUint(bytes, 5, 4, transaction.provider);
      return bytes;
    }
    case TransactionKind.settle: {
      const bytes = begin(transaction.kind, SETTLE_BYTES);
      writeUint(bytes, 1, 4, transaction.account);
      writeUint(bytes, 5, 3, transaction.instrument);
      return bytes;
    }
    case TransactionKind.prune: {
      const bytes = begin(transaction.kind, PRUNE_BYTES);
      writeUint(bytes, 1, 3, transaction.instrument);
      return bytes;
    }
    case TransactionKind.tick: {
      const bytes = begin(transaction.kind, TICK_BYTES);
      writeUint(bytes, 1, 4, transaction.time);
      return bytes;
    }
    case TransactionKind.mark: {
      const bytes = begin(transaction.kind, MARK_BYTES);
      writeUint(bytes, 1, 3, transaction.instrument);
      return bytes;
    }
    case TransactionKind.listUnderlying: {
      const bytes = begin(transaction.kind, LIST_UNDERLYING_BYTES);
      writeUint(bytes, 1, 2, transaction.underlying);
      bytes.set(transaction.symbol, 3);
      bytes[11] = transaction.grid;
      writeUint(bytes, 12, 4, transaction.deadline);
      bytes.set(transaction.signature, 16);
      return bytes;
    }
    case TransactionKind.listInstrument: {
      const bytes = begin(transaction.kind, LIST_INSTRUMENT_BYTES);
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
    case TransactionKind.settlement: {
      const { signatures } = transaction;
      const bytes = begin(transaction.kind, SETTLEMENT_HEAD_BYTES + signatures.length * SIGNATURE_BYTES);
      writeUint(bytes, 1, 2, transaction.underlying);
      writeUint(bytes, 3, 4, transaction.expiry);
      writeUint(bytes, 7, 7, transaction.price);
      encodeQuorum(bytes, 14, transaction);
      return bytes;
    }
    case TransactionKind.report: {
      const signersAt = REPORT_HEAD_BYTES + transaction.surfaces.length * SURFACE_BYTES;
      const bytes = begin(transaction.kind, signersAt + 2 + transaction.signatures.length * SIGNATURE_BYTES);
      writeUint(bytes, 1, 2, transaction.underlying);
      writeUint(bytes, 3, 4, transaction.time);
      writeUint(bytes, 7, 7, transaction.index);
      bytes[14] = transaction.surfaces.length;
      transaction.surfaces.forEach((surface, place) => {
        encodeSurface(bytes, REPORT_HEAD_BYTES + place * SURFACE_BYTES, surface);
      });
      encodeQuorum(bytes, signersAt, transaction);
      return bytes;
    }
  }
}

function encodeQuorum(
  bytes: Uint8Array,
  offset: number,
  { signers, signatures }: { readonly signers: number; readonly signatures: readonly Uint8Array[] },
): void {
  writeUint(bytes, offset, 2, signers);
  signatures.forEach((signature, place) => {
    bytes.set(signature, offset + 2 + place * SIGNATURE_BYTES);
  });
}

function encodeLeg(bytes: Uint8Array, offset: number, leg: Leg): void {
  writeUint(bytes, offset, 3, leg.instrument);
  bytes[offset + 3] = leg.side;
  writeUint(bytes, offset + 4, 5, leg.priceRank);
  writeUint(bytes, offset + 9, 4, leg.lots);
}

function encodeQuote(bytes: Uint8Array, offset: number, quote: Quote): void {
  writeUint(bytes, offset, 3, quote.instrument);
  writeUint(bytes, offset + 3, 5, quote.bidPriceRank);
  writeUint(bytes, offset + 8, 4, quote.bidLots);
  writeUint(bytes, offset + 12, 5, quote.askPriceRank);
  writeUint(bytes, offset + 17, 4, quote.askLots);
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
