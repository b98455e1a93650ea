import { readUint } from "./bytes.ts";
import { MAX_LEGS, MAX_ORACLES, MAX_QUOTES, MAX_SURFACES } from "./limits.ts";
import { SIGNATURE_BYTES } from "./signatures.ts";
import { TransactionKind } from "./transactions.ts";

/** How many bytes transactions have, and where their parts of varying number begin. */

/** Bytes of a signed order. */
export const ORDER_BYTES = 95;
export const CANCEL_BYTES = 80;
export const REPLACE_BYTES = 99;
export const CANCEL_ALL_BYTES = 79;
export const SESSION_BYTES = 102;
export const CONDITIONAL_BYTES = 107;
export const REVOKE_BYTES = 82;
export const TICK_BYTES = 5;
export const LIST_UNDERLYING_BYTES = 80;
export const LIST_INSTRUMENT_BYTES = 107;
export const MARK_BYTES = 4;
export const WITHDRAW_BYTES = 103;
export const LIQUIDATE_BYTES = 9;
export const HOUSE_ORDER_BYTES = 89;
export const SETTLE_BYTES = 8;
export const PRUNE_BYTES = 4;
export const PROVIDER_BYTES = 77;
/** Bytes of a report before its surfaces, and of one surface. */
export const REPORT_HEAD_BYTES = 15;
export const SURFACE_BYTES = 51;
/** Bytes of a settlement report before its signatures. */
export const SETTLEMENT_HEAD_BYTES = 16;
/** Bytes of a block trade before its legs, and of one leg. */
export const BLOCK_HEAD_BYTES = 20;
export const LEG_BYTES = 13;
/** Bytes of quotes before the first, and of one. */
export const QUOTES_HEAD_BYTES = 15;
export const QUOTE_BYTES = 21;

/** Bytes of the longest transaction. */
export const MAX_TRANSACTION_BYTES =
  REPORT_HEAD_BYTES + MAX_SURFACES * SURFACE_BYTES + 2 + MAX_ORACLES * SIGNATURE_BYTES;

/** How many bits are set. */
export function countBits(value: number): number {
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
    case TransactionKind.conditional:
      return CONDITIONAL_BYTES;
    case TransactionKind.revoke:
      return REVOKE_BYTES;
    case TransactionKind.blockTrade: {
      if (offset + BLOCK_HEAD_BYTES > bytes.length) return undefined;
      const legs = bytes[offset + BLOCK_HEAD_BYTES - 1]!;
      return legs > MAX_LEGS ? undefined : BLOCK_HEAD_BYTES + legs * LEG_BYTES + 2 * SIGNATURE_BYTES;
    }
    case TransactionKind.quotes: {
      if (offset + QUOTES_HEAD_BYTES > bytes.length) return undefined;
      const quotes = bytes[offset + QUOTES_HEAD_BYTES - 1]!;
      return quotes > MAX_QUOTES ? undefined : QUOTES_HEAD_BYTES + quotes * QUOTE_BYTES + SIGNATURE_BYTES;
    }
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
    case TransactionKind.liquidate:
      return LIQUIDATE_BYTES;
    case TransactionKind.houseOrder:
      return HOUSE_ORDER_BYTES;
    case TransactionKind.settle:
      return SETTLE_BYTES;
    case TransactionKind.prune:
      return PRUNE_BYTES;
    case TransactionKind.provider:
      return PROVIDER_BYTES;
    case TransactionKind.settlement:
      if (offset + SETTLEMENT_HEAD_BYTES > bytes.length) return undefined;
      return SETTLEMENT_HEAD_BYTES + SIGNATURE_BYTES * countBits(readUint(bytes, offset + 14, 2));
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
