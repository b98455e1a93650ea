import type { TriggerDirectionWord } from "@recourse/protocol";
import type { AcceptedOrder, AcceptedTransaction, Acknowledged, AdmissionRequest, Hex, OrderRequest } from "./wire.ts";

/** What the sequencer takes and gives of blocks, quotes, conditional orders, the house and what anybody may ask for. */

/** One leg: the side is the taker's, or that of who deals with the house. */
export interface LegRequest {
  /** Name or number. */
  readonly instrument: string | number;
  readonly side: "buy" | "sell";
  /** A multiple of the instrument's tick. */
  readonly price: string;
  /** A multiple of the instrument's lot. */
  readonly size: string;
}

/** A trade of several instruments that two accounts have agreed on. Both have signed the same; the admission is the taker's. */
export interface BlockTradeRequest extends AdmissionRequest {
  readonly makerAccount: number;
  /** 0, the default, is the maker's owner. */
  readonly makerSigner?: number;
  readonly makerNonce: number;
  readonly makerSignature: Hex;
  /** 1 to 8, one for each instrument, in any order: they are signed in the order of the instruments' numbers. */
  readonly legs: readonly LegRequest[];
}

export interface AcceptedBlockTrade extends AcceptedTransaction {
  readonly taker: number;
  readonly maker: number;
  /** The sides are the taker's. */
  readonly legs: readonly {
    readonly name: string;
    readonly side: "buy" | "sell";
    readonly price: string;
    readonly size: string;
    readonly value: string;
    readonly takerFee: string;
    readonly makerFee: string;
  }[];
}

export interface QuotedSideRequest {
  readonly price: string;
  readonly size: string;
}

/** What is quoted of an instrument; a side that is left out is taken away. */
export interface QuoteRequest {
  /** Name or number. */
  readonly instrument: string | number;
  readonly bid?: QuotedSideRequest;
  readonly ask?: QuotedSideRequest;
}

export interface QuotesRequest extends AdmissionRequest {
  /** Minutes that the quotes rest after the deadline; 0, the default, is until they are replaced or cancelled. */
  readonly restMinutes?: number;
  /** 1 to 32, one for each instrument, in any order: they are signed in the order of the instruments' numbers. */
  readonly quotes: readonly QuoteRequest[];
}

/** What has become of a side: it rests, nothing was asked for there, or it could not be placed, and why. */
export type QuotedSideResponse =
  | { readonly status: "resting"; readonly clientOrderId: number; readonly price: string; readonly size: string }
  | { readonly status: "none" }
  | { readonly status: "left_out"; readonly cause: string };

export interface AcceptedQuotes extends AcceptedTransaction {
  /** In the order of the instruments' numbers. */
  readonly quotes: readonly {
    readonly name: string;
    readonly bid: QuotedSideResponse;
    readonly ask: QuotedSideResponse;
  }[];
  /** Names of instruments whose quotes stayed as they were: one transaction replaces only so many. */
  readonly unchanged: readonly string[];
}

/** An order that is executed once the mark has reached a price. Its deadline may lie thirty days ahead. */
export interface ConditionalOrderRequest extends OrderRequest {
  /** The state's era: a revert of batches makes the order void. */
  readonly era: number;
  readonly triggerPrice: string;
  readonly triggerDirection: TriggerDirectionWord;
}

/**
 * A conditional order that the sequencer holds until the mark is there. Anybody may ask what is held, so that it does not
 * say which way and at which price: whoever signed it knows it by its number.
 */
export interface HeldConditionalOrder {
  /** Under which it will stand in the stream. */
  readonly transactionHash: Hex;
  readonly account: number;
  readonly deadline: number;
  readonly nonce: number;
  readonly era: number;
  readonly name: string;
  readonly clientOrderId: number;
  /** Why it was refused when the mark was there last; absent where that has not happened. */
  readonly lastRefusal?: string;
}

/** `held`: the sequencer has it on its disk and sends it when the mark is there; `executed`: the mark is there already. */
export type ConditionalOrderResponse =
  | ({ readonly status: "held" } & HeldConditionalOrder)
  | { readonly status: "executed"; readonly order: Acknowledged<AcceptedOrder> };

/** Uses up the nonce of something that was signed and is not executed yet, a conditional order above all. */
export interface RevokeRequest extends AdmissionRequest {
  readonly revokedDeadline: number;
  readonly revokedNonce: number;
}

export interface AcceptedRevoke extends AcceptedTransaction {
  readonly revokedDeadline: number;
  readonly revokedNonce: number;
}

/** Buys from the house, or sells to it; the price is the worst that is accepted. */
export interface HouseOrderRequest extends AdmissionRequest, LegRequest {}

export interface AcceptedHouseOrder extends AcceptedTransaction {
  readonly name: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
  readonly value: string;
}

/** Declares an account a liquidity provider, or no longer one. Only the owner signs it. */
export interface ProviderRequest extends AdmissionRequest {
  readonly isActive: boolean;
}

export interface AcceptedProvider extends AcceptedTransaction {
  readonly account: number;
  readonly isProvider: boolean;
}

/** Anybody may ask for it, without a signature. */
export interface LiquidationRequest {
  readonly account: number;
  /** Who takes over what is moved; left out, the house. */
  readonly provider?: number;
}

export interface AcceptedLiquidation extends AcceptedTransaction {
  readonly account: number;
  /** 0 is the house. */
  readonly provider: number;
  /** The share of every position that was moved. */
  readonly percent: number;
  readonly penalty: string;
  /** What of the penalty the provider got. */
  readonly reward: string;
  /** The account's before. */
  readonly equity: string;
  readonly maintenanceMargin: string;
  /** What the account could not pay. */
  readonly loss: string;
  readonly legs: readonly {
    readonly name: string;
    /** Positive where the account held it long. */
    readonly size: string;
    readonly price: string;
    /** Paid to the account; negative where it paid. */
    readonly value: string;
  }[];
}

/** Pays out an account's position in a settled instrument; anybody may ask for it, without a signature. */
export interface SettlementRequest {
  readonly account: number;
  readonly instrument: string | number;
}

export interface AcceptedSettlement extends AcceptedTransaction {
  readonly account: number;
  readonly name: string;
  readonly size: string;
  /** Paid to the account; negative where it paid. */
  readonly value: string;
}

/** Removes an expired instrument that nobody holds; anybody may ask for it, without a signature. */
export interface PruningRequest {
  readonly instrument: string | number;
}

export interface AcceptedPruning extends AcceptedTransaction {
  readonly name: string;
  /** Whether the instrument is gone; where it is not, orders still rest in its books, and another pruning takes more. */
  readonly isRemoved: boolean;
  readonly cancelledOrders: number;
}
