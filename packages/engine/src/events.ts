import type {
  AccountNumber,
  Cash,
  InstrumentNumber,
  Price,
  PriceRank,
  ReasonCode,
  Seconds,
  UnderlyingNumber,
} from "@recourse/protocol";
import type { HouseEvent } from "./houseEvents.ts";

/**
 * What happened inside a transaction, for those who watch: the state does not depend on it, and Solidity has no twin
 * of it.
 */
export type EngineEvent =
  | HouseEvent
  | {
      readonly type: "fill";
      readonly instrument: InstrumentNumber;
      readonly taker: AccountNumber;
      readonly takerClientOrderId: number;
      readonly maker: AccountNumber;
      readonly makerClientOrderId: number;
      /** The taker's. */
      readonly side: number;
      readonly priceRank: PriceRank;
      readonly lots: number;
      readonly value: Cash;
      readonly takerFee: Cash;
      readonly makerFee: Cash;
    }
  | {
      readonly type: "fundingPaid";
      readonly account: AccountNumber;
      readonly instrument: InstrumentNumber;
      /** Negative where the account was paid. */
      readonly amount: Cash;
    }
  | {
      readonly type: "rested";
      readonly account: AccountNumber;
      readonly clientOrderId: number;
      readonly instrument: InstrumentNumber;
      readonly side: number;
      readonly priceRank: PriceRank;
      readonly lots: number;
    }
  | {
      readonly type: "cancelled";
      readonly account: AccountNumber;
      readonly clientOrderId: number;
      readonly instrument: InstrumentNumber;
      readonly lots: number;
      readonly cause: CancelCause;
    }
  | {
      readonly type: "remainderCancelled";
      readonly account: AccountNumber;
      readonly clientOrderId: number;
      readonly lots: number;
      readonly cause: RemainderCause;
    }
  | {
      readonly type: "cancelledAll";
      readonly account: AccountNumber;
      /** How many orders were cancelled; each is a `cancelled` of its own too. */
      readonly orders: number;
      /** How many orders of the account rest on, of whatever instrument. */
      readonly remaining: number;
    }
  | {
      /** A block trade, all its legs. */
      readonly type: "blockTrade";
      readonly taker: AccountNumber;
      readonly maker: AccountNumber;
      readonly legs: readonly BlockLegEvent[];
    }
  | {
      /** A side of a quote that could not be placed: nothing of the account's quotes stands there now. */
      readonly type: "quoteLeftOut";
      readonly account: AccountNumber;
      readonly instrument: InstrumentNumber;
      readonly side: number;
      readonly reason: ReasonCode;
    }
  | {
      /** The transaction had no room for more quotes: those from this place on stay as they were. */
      readonly type: "quotesStopped";
      readonly account: AccountNumber;
      readonly place: number;
    }
  | {
      readonly type: "sessionRegistered";
      readonly account: AccountNumber;
      readonly number: number;
      readonly key: Uint8Array;
      readonly scope: number;
      readonly expiry: Seconds;
    }
  | {
      readonly type: "revoked";
      readonly account: AccountNumber;
      readonly deadline: Seconds;
      readonly nonce: number;
    }
  | { readonly type: "sessionRevoked"; readonly account: AccountNumber; readonly number: number }
  | { readonly type: "ticked"; readonly time: Seconds }
  | { readonly type: "reported"; readonly underlying: UnderlyingNumber; readonly time: Seconds }
  | { readonly type: "listedUnderlying"; readonly underlying: UnderlyingNumber; readonly symbol: string }
  | { readonly type: "listedInstrument"; readonly instrument: InstrumentNumber; readonly name: string }
  | {
      readonly type: "settlementReported";
      readonly underlying: UnderlyingNumber;
      readonly expiry: Seconds;
      readonly price: Price;
    }
  | { readonly type: "marked"; readonly instrument: InstrumentNumber }
  | {
      readonly type: "fundingAccrued";
      readonly instrument: InstrumentNumber;
      /** What a long position pays for one unit of the underlying and the hour that has ended, in 1e-8 USD. */
      readonly rate: bigint;
      /** What one lot held long has paid since the listing, in nano-USD. */
      readonly fundingIndex: bigint;
    }
  | { readonly type: "deposited"; readonly account: AccountNumber; readonly amount: Cash }
  | {
      readonly type: "withdrawn";
      readonly number: number;
      readonly account: AccountNumber;
      readonly recipient: Uint8Array;
      readonly amount: Cash;
      /** What the account gave up beside that as its share of a deficit. */
      readonly retired: Cash;
      readonly time: Seconds;
    };

/** One leg of a block trade. */
export interface BlockLegEvent {
  readonly instrument: InstrumentNumber;
  /** The taker's. */
  readonly side: number;
  readonly priceRank: PriceRank;
  readonly lots: number;
  readonly value: Cash;
  readonly takerFee: Cash;
  readonly makerFee: Cash;
}

/** Why a resting order left the book unfilled. */
export type CancelCause =
  | "requested"
  | "replaced"
  | "expired"
  | "era"
  | "band"
  | "stale"
  | "margin"
  | "self-trade"
  | "positions"
  | "range"
  | "reduce-only";

/** Why the rest of an incoming order did not come to rest; `reduce-only` is what it asked for beyond the position. */
export type RemainderCause =
  | "immediate-or-cancel"
  | "stale"
  | "margin"
  | "limit"
  | "positions"
  | "range"
  | "self-trade"
  | "reduce-only";

/** What became of a transaction: where the reason is not Ok, nothing but its place in the stream changed. */
export interface Outcome {
  readonly reason: ReasonCode;
  readonly events: readonly EngineEvent[];
}
