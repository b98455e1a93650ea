/** What keepers are told: who may be liquidated, who takes over, and who is to be paid out. */

/** Which page of a walk through all accounts is wanted. */
export interface WalkQuery {
  /** The `next` of the page before. */
  readonly after?: number;
  /** Entries at most: 1 to 500, and 100 where it is left out. */
  readonly limit?: number;
}

interface WalkPage {
  /** Transactions of the term's stream so far, and the engine's clock: pages of one walk may differ. */
  readonly position: number;
  readonly engineTime: number;
  /**
   * What the next page is asked for with, as `after`; absent at the end. A page looks at some thousands of accounts, so
   * it may hold few entries, or none, and have a next one.
   */
  readonly next?: number;
}

/** Accounts whose equity is below what they are liquidated by, by number. */
export interface AccountsAtRiskResponse extends WalkPage {
  readonly accounts: readonly AccountAtRiskResponse[];
}

export interface AccountAtRiskResponse {
  readonly account: number;
  /** At the present marks. */
  readonly equity: string;
  /** The maintenance margin as if all reports were of now. */
  readonly maintenanceMargin: string;
  /** Positions whose marks are too old to liquidate by; the account may be healthy once they are marked anew. */
  readonly staleInstruments: readonly { readonly instrument: number; readonly name: string }[];
}

/** Those who hold an instrument, by account. */
export interface OpenPositionsResponse extends WalkPage {
  readonly instrument: number;
  readonly name: string;
  readonly positions: readonly {
    readonly account: number;
    /** Negative for a short position. */
    readonly size: string;
  }[];
}

/** Accounts that take over what others lose, by number. */
export interface ProvidersResponse extends WalkPage {
  readonly accounts: readonly number[];
}
