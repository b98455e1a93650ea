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
 * What sequenced transactions say. `encodeTransaction.ts` and `decodeTransaction.ts` write and read them;
 * what a field may hold is judged by the step function.
 */

/** Kinds of chunks: each is executed by a step contract of its own. */
export const ChunkKind = { trade: 0, risk: 1, bridge: 2, block: 3, house: 4 } as const;
export type ChunkKind = (typeof ChunkKind)[keyof typeof ChunkKind];

export const TransactionKind = {
  order: 0x01,
  cancel: 0x02,
  replace: 0x03,
  cancelAll: 0x04,
  session: 0x05,
  conditional: 0x06,
  revoke: 0x07,
  blockTrade: 0x08,
  quotes: 0x09,
  tick: 0x10,
  report: 0x11,
  listUnderlying: 0x12,
  listInstrument: 0x13,
  mark: 0x14,
  withdraw: 0x15,
  settlement: 0x16,
  liquidate: 0x20,
  houseOrder: 0x21,
  settle: 0x22,
  prune: 0x23,
  provider: 0x24,
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

/** When a conditional order fires: once the mark is at or above its trigger price, or at or below it. */
export const TriggerDirection = { atOrAbove: 0, atOrBelow: 1 } as const;

/** What a session key may sign, as bits: whatever trades; cancels of one order and of all, and revocations. */
export const SessionScope = { trade: 1, cancel: 2 } as const;

export const InstrumentKind = { perpetual: 0, call: 1, put: 2 } as const;
export type InstrumentKind = (typeof InstrumentKind)[keyof typeof InstrumentKind];

/** Who authorises a transaction of an account, until when, and under which nonce. */
export interface Admission {
  readonly account: AccountNumber;
  /** 0 is the account's owner; 1 to 255 are its session keys. */
  readonly signer: number;
  /** The engine's clock may not have passed this, nor be more than ten minutes before it (a conditional order: 30 days). */
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

/**
 * An order that is executed only once the mark has reached a price. It is signed long before; whoever holds it submits
 * it when the mark is there.
 */
export interface Conditional extends Admission, OrderTerms {
  readonly kind: typeof TransactionKind.conditional;
  /** The state's era for which it was signed: a revert of batches makes it void. */
  readonly era: number;
  readonly triggerPrice: Price;
  /** A {@link TriggerDirection}. */
  readonly triggerDirection: number;
}

/** Uses up the nonce of something signed and not yet executed, a conditional order above all. */
export interface Revoke extends Admission {
  readonly kind: typeof TransactionKind.revoke;
  readonly revokedDeadline: Seconds;
  readonly revokedNonce: number;
}

/** One leg of a block trade; the side is the taker's. */
export interface Leg {
  readonly instrument: InstrumentNumber;
  readonly side: number;
  readonly priceRank: PriceRank;
  readonly lots: Lots;
}

/** A trade of several instruments that two accounts have agreed on, all legs or none. Both sign the same digest. */
export interface BlockTrade extends Admission {
  readonly kind: typeof TransactionKind.blockTrade;
  readonly makerAccount: AccountNumber;
  readonly makerSigner: number;
  /** Used with the deadline of the block trade. */
  readonly makerNonce: number;
  /** In rising order of their instruments. */
  readonly legs: readonly Leg[];
  /** 64 bytes (EIP-2098). */
  readonly makerSignature: Uint8Array;
}

/** A bid and an offer of one instrument; a side whose price rank and lots are zero is not quoted. */
export interface Quote {
  readonly instrument: InstrumentNumber;
  readonly bidPriceRank: PriceRank;
  readonly bidLots: Lots;
  readonly askPriceRank: PriceRank;
  readonly askLots: Lots;
}

/** Puts an account's quotes in the place of its old ones, instrument by instrument. */
export interface Quotes extends Admission {
  readonly kind: typeof TransactionKind.quotes;
  /** Minutes that the quotes rest after the admission deadline. */
  readonly restMinutes: number;
  /** In rising order of their instruments. */
  readonly quotes: readonly Quote[];
}

/** Buys from the house, or sells to it, what it took over from liquidated accounts, near the mark. */
export interface HouseOrder extends Admission {
  readonly kind: typeof TransactionKind.houseOrder;
  readonly instrument: InstrumentNumber;
  readonly side: number;
  /** The worst price, as a rank. */
  readonly priceRank: PriceRank;
  readonly lots: Lots;
}

/** Declares an account a liquidity provider, to which a liquidation may hand positions, or no longer one. */
export interface Provider extends Admission {
  readonly kind: typeof TransactionKind.provider;
  /** 1 or 0. */
  readonly active: number;
}

/** Takes over part or all of an account whose equity is below its maintenance margin. Anybody may ask for it. */
export interface Liquidate {
  readonly kind: typeof TransactionKind.liquidate;
  readonly account: AccountNumber;
  /** The account of the liquidity provider that takes the positions; 0 is the house. */
  readonly provider: AccountNumber;
}

/** Pays out an account's position in a settled instrument. */
export interface Settle {
  readonly kind: typeof TransactionKind.settle;
  readonly account: AccountNumber;
  readonly instrument: InstrumentNumber;
}

/** Removes an expired instrument that nobody holds any more, its resting orders first. */
export interface Prune {
  readonly kind: typeof TransactionKind.prune;
  readonly instrument: InstrumentNumber;
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

/** The oracles' settlement price of an underlying's expiry. */
export interface Settlement {
  readonly kind: typeof TransactionKind.settlement;
  readonly underlying: UnderlyingNumber;
  readonly expiry: Seconds;
  readonly price: Price;
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
  | Conditional
  | Revoke
  | BlockTrade
  | Quotes
  | Tick
  | Report
  | ListUnderlying
  | ListInstrument
  | Mark
  | Withdraw
  | Settlement
  | Liquidate
  | HouseOrder
  | Settle
  | Prune
  | Provider;

/** Whether transactions of a kind are an account's: they have an {@link Admission}, so they are executed once at most. */
export function hasAdmission(kind: TransactionKind): boolean {
  return (
    kind < TransactionKind.tick ||
    kind === TransactionKind.withdraw ||
    kind === TransactionKind.houseOrder ||
    kind === TransactionKind.provider
  );
}

/** The kind of chunk in which a transaction of a kind must stand. */
export function chunkKindOf(kind: TransactionKind): ChunkKind {
  if (kind < TransactionKind.blockTrade) return ChunkKind.trade;
  if (kind < TransactionKind.tick) return ChunkKind.block;
  return kind < TransactionKind.liquidate ? ChunkKind.risk : ChunkKind.house;
}
