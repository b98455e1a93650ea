import {
  ChunkKind,
  type Price,
  price,
  type ReasonName,
  type StepContext,
  type Surface,
  writeUint,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { type LegFields, type QuoteFields, signedBlockTrade, signedQuotes } from "../../support/blocks.ts";
import { signedHouseOrder, signedProvider, signedSettlement } from "../../support/house.ts";
import {
  flatSurface,
  type OrderFields,
  signedCancel,
  signedCancelAll,
  signedConditional,
  signedListing,
  signedOrder,
  signedReplace,
  signedReport,
  signedRevoke,
  signedSession,
  signedWithdraw,
  signer,
} from "../../support/world.ts";

/**
 * A chunk made on purpose, and what each of its transactions must come to; `cut off` where some must not be executed, as
 * many as the limits say.
 */
export interface VectorCase {
  readonly name: string;
  readonly why: string;
  readonly reasons: readonly ReasonName[] | "cut off";
  /** The state before the chunk. */
  readonly state: () => OrderedStore;
  readonly kind: ChunkKind;
  readonly chunk: Uint8Array;
  readonly context?: Partial<StepContext>;
}

export const { trade, risk, bridge, block, house } = ChunkKind;

/** A full hour. */
export const start = 1_583_971_200;
export const expiry = 1_585_296_000; // 27MAR20 08:00
export const soon = start + 28_800; // 12MAR20 08:00
export const deadline = start + 60;
export const LAST_SECOND = 2 ** 32 - 1;
export const index = 7_961_00000000;
export const perpetual = 1;
export const put = 2;
/** Listed, never marked. */
export const unmarked = 3;
/** Expires on the first day. */
export const daily = 4;

/** Each account is owned by the signer of its number. */
export const alice = signer(1);
export const bob = signer(2);
export const carol = signer(3);

export const repeated = <Element>(count: number, element: Element): Element[] =>
  Array.from({ length: count }, () => element);

type Changes<Signed extends (fields: never) => Uint8Array> = Partial<Parameters<Signed>[0]>;

/** Who sends a transaction, and under which nonce. */
const by = (account: number, nonce: number) => ({ account, key: signer(account), deadline, nonce });

/** An order in the perpetual; its nonce serves as client order id too. */
export function order(fields: Changes<typeof signedOrder> & Pick<OrderFields, "account" | "nonce">): Uint8Array {
  const { account, nonce } = fields;
  return signedOrder({ ...by(account, nonce), instrument: perpetual, side: 0, rank: 796_100, lots: 10, ...fields });
}

export const sell = (account: number, nonce: number, rank: number, lots: number, changes: Partial<OrderFields> = {}) =>
  order({ account, nonce, side: 1, rank, lots, ...changes });
export const buy = (account: number, nonce: number, rank: number, lots: number, changes: Partial<OrderFields> = {}) =>
  order({ account, nonce, side: 0, rank, lots, ...changes });
export const immediate = { timeInForce: 1 };
export const fillOrKill = { timeInForce: 2 };
export const postOnly = { options: 1 };
export const reduceOnly = { options: 2 };
export const cancelIncoming = { options: 4 };
export const cancelBoth = { options: 8 };

/** Replaces an order by one of ten lots at 7,000 USD with the nonce as its client order id. */
export function replace(
  account: number,
  nonce: number,
  replaced: number,
  changes: Partial<OrderFields> = {},
): Uint8Array {
  const terms = { instrument: perpetual, side: 0, rank: 700_000, lots: 10 };
  return signedReplace({ ...by(account, nonce), replaced, ...terms, ...changes });
}

/** An order for one lot of the perpetual that waits for a price in USD. */
export function conditional(
  account: number,
  nonce: number,
  triggerUsd: number,
  changes: Changes<typeof signedConditional> = {},
): Uint8Array {
  const terms = { instrument: perpetual, side: 0, rank: 796_100, lots: 1, triggerPrice: triggerUsd * 1e8 };
  return signedConditional({ ...by(account, nonce), ...terms, ...changes });
}

export function revoke(
  account: number,
  nonce: number,
  revokedDeadline: number,
  revokedNonce: number,
  changes: Changes<typeof signedRevoke> = {},
): Uint8Array {
  return signedRevoke({ ...by(account, nonce), revokedDeadline, revokedNonce, ...changes });
}

export function cancel(account: number, nonce: number, clientOrderId: number): Uint8Array {
  return signedCancel({ ...by(account, nonce), clientOrderId });
}

/** Cancels all orders of an account, or those of one instrument. */
export const cancelAll = (account: number, nonce: number, changes: Changes<typeof signedCancelAll> = {}): Uint8Array =>
  signedCancelAll({ ...by(account, nonce), ...changes });

/** A key that signs for accounts 1 and 2 under the number 1. */
export const sessionKey = signer(21);
export const bySession = { signer: 1, key: sessionKey };
export const otherKey = signer(22);

/** Registers the session key for all that a session key may sign, until an hour from now. */
export function session(account: number, nonce: number, changes: Changes<typeof signedSession> = {}): Uint8Array {
  const terms = { number: 1, address: sessionKey.address, scope: 3, expiry: start + 3_600 };
  return signedSession({ ...by(account, nonce), ...terms, ...changes });
}

/** Session keys of one account, each of another number: together they fill a chunk. */
export function sessions(account: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, place) => session(account, place + 1, { number: place + 1 }));
}

export function revokeSession(account: number, nonce: number, number: number): Uint8Array {
  return session(account, nonce, { number, address: new Uint8Array(20), scope: 0, expiry: 0 });
}

export function withdraw(
  account: number,
  nonce: number,
  amount: number,
  changes: Changes<typeof signedWithdraw> = {},
): Uint8Array {
  return signedWithdraw({ ...by(account, nonce), amount, recipient: bob.address, ...changes });
}

/** A block trade of two accounts; the first is the taker, whose sides the legs have. */
export function blockTrade(
  taker: number,
  maker: number,
  nonce: number,
  legs: readonly LegFields[],
  changes: Changes<typeof signedBlockTrade> = {},
): Uint8Array {
  const counterparty = { account: maker, key: signer(maker), nonce };
  return signedBlockTrade({ ...by(taker, nonce), maker: counterparty, legs, ...changes });
}

export function quotes(
  account: number,
  nonce: number,
  quoted: readonly QuoteFields[],
  changes: Changes<typeof signedQuotes> = {},
): Uint8Array {
  return signedQuotes({ ...by(account, nonce), quotes: quoted, ...changes });
}

/** An order against the house's lots in the perpetual. */
export function houseOrder(
  account: number,
  nonce: number,
  side: number,
  rank: number,
  lots: number,
  changes: Changes<typeof signedHouseOrder> = {},
): Uint8Array {
  return signedHouseOrder({ ...by(account, nonce), instrument: perpetual, side, rank, lots, ...changes });
}

export const provider = (account: number, nonce: number, changes: Changes<typeof signedProvider> = {}): Uint8Array =>
  signedProvider({ ...by(account, nonce), ...changes });

export function report(time: number, changes: Changes<typeof signedReport> = {}): Uint8Array {
  return signedReport({ underlying: 1, time, index, ...changes });
}

/** The settlement price in USD of what expires on the first day. */
export function settlement(usd: number, changes: Changes<typeof signedSettlement> = {}): Uint8Array {
  return signedSettlement({ underlying: 1, expiry: soon, price: usd * 1e8, ...changes });
}

export function listing(name: string, changes: Changes<typeof signedListing> = {}): Uint8Array {
  return signedListing({ underlying: 1, name, deadline, ...changes });
}

export const surfaceScale = 10n ** 15n;
export const flat = flatSurface(expiry, price(index), 80, start + 1);

/** Flat surfaces for both expiries about an index. */
export function surfacesAt(time: number, forward: Price = price(index), volatilityPercent = 80): Surface[] {
  return [soon, expiry].filter((end) => end > time).map((end) => flatSurface(end, forward, volatilityPercent, time));
}

/** The same bytes in the name of another account. */
export function withAccount(account: number, transaction: Uint8Array): Uint8Array {
  const bytes = transaction.slice();
  writeUint(bytes, 1, 4, account);
  return bytes;
}

/** Who has no account. */
export const stranger = { account: 77, key: alice, deadline, nonce: 1 };
