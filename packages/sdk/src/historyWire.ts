import type { Hex } from "./wire.ts";

/** A page of an account's history, the newest entries first. */
export interface HistoryPage<Entry> {
  readonly entries: readonly Entry[];
  /** What the next page is asked for with, as `before`; absent where there is none. */
  readonly next?: string;
  /**
   * The stream's position up to which the history tells: it follows the acknowledgements a moment later. What comes
   * after a reverted batch is told anew, under another term.
   */
  readonly position: number;
}

/** Which page of a history is wanted. */
export interface HistoryQuery {
  /** Entries at most: 1 to 500, and 50 where it is left out. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly before?: string;
}

/** An accepted order and what has become of it. */
export interface OrderHistoryEntry {
  readonly term: number;
  readonly position: number;
  /** The engine's clock when it was executed. */
  readonly time: number;
  readonly transactionHash: Hex;
  readonly clientOrderId: number;
  readonly instrument: number;
  readonly name: string;
  readonly side: "buy" | "sell";
  readonly timeInForce: "good_til_cancelled" | "immediate_or_cancel" | "fill_or_kill";
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly price: string;
  readonly size: string;
  readonly filledSize: string;
  /**
   * `open`: what is not filled rests; `filled`; `cancelled`: what is not filled has left the book, or never came to
   * rest; `refused`: accepted under a term that was reverted, and without effect when it was executed anew.
   */
  readonly status: "open" | "filled" | "cancelled" | "refused";
  /** Why it was cancelled or refused. */
  readonly cause?: string;
  /** When it last changed. */
  readonly updateTime: number;
}

/** An account's side of a fill. */
export interface FillHistoryEntry {
  readonly term: number;
  readonly position: number;
  readonly time: number;
  /** Of an order or a quote, or a leg of a block trade. */
  readonly kind: "order" | "block";
  /** Absent of a block trade. */
  readonly clientOrderId?: number;
  readonly instrument: number;
  readonly name: string;
  readonly role: "taker" | "maker";
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
  readonly value: string;
  readonly fee: string;
}

/** What an account paid as funding for its position in a perpetual, when the position changed. */
export interface FundingHistoryEntry {
  readonly term: number;
  readonly position: number;
  readonly time: number;
  readonly instrument: number;
  readonly name: string;
  /** Negative where the account was paid. */
  readonly amount: string;
}

/**
 * A change of an account's position or cash by the house: a trade with it (`house_trade`), what a liquidation took
 * (`liquidation`) at which penalty (`penalty`), and of whose loss it relieved (`loss_covered`); what a liquidity provider
 * took over (`takeover`) and got for it (`reward`); what an expired position paid (`settlement`).
 */
export interface HouseHistoryEntry {
  readonly term: number;
  readonly position: number;
  readonly time: number;
  readonly kind: "house_trade" | "liquidation" | "takeover" | "penalty" | "reward" | "loss_covered" | "settlement";
  /** Absent where cash alone changed, as size and price are. */
  readonly name?: string;
  /** By how much the position changed. */
  readonly size?: string;
  readonly price?: string;
  /** Paid to the account; negative where it paid. */
  readonly amount: string;
}

/** Money that came in through L1 or is on its way out. */
export interface TransferHistoryEntry {
  readonly kind: "deposit" | "withdrawal";
  readonly term: number;
  readonly time: number;
  readonly amount: string;
  /** The withdrawal's number, under which it is claimed on L1. */
  readonly number?: number;
  readonly recipient?: Hex;
}
