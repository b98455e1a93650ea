import type { OrderBehaviour, SessionScopeWord, TimeInForceWord } from "@recourse/protocol";

/**
 * What the sequencer's HTTP API takes and gives, as JSON. Amounts are decimal strings: prices in USD for one whole unit
 * of the underlying, sizes in units of the underlying, money in USD. Hashes, signatures and addresses are hexadecimal
 * with the prefix 0x. Times are seconds since 1970, UTC.
 */

export type Hex = `0x${string}`;

/** Who authorises a transaction of an account, until when, and under which nonce. */
export interface AdmissionRequest {
  readonly account: number;
  /** 0 is the account's owner, and the default; others are the numbers of its session keys. */
  readonly signer?: number;
  /** At most ten minutes ahead of the engine's clock. */
  readonly deadline: number;
  /** Any number from 0 to 65,535 that was not used with a deadline of the same 64 seconds. */
  readonly nonce: number;
  /** 64 bytes (EIP-2098) or 65. */
  readonly signature: Hex;
}

export interface OrderRequest extends AdmissionRequest, OrderBehaviour {
  /** Name or number. */
  readonly instrument: string | number;
  readonly side: "buy" | "sell";
  readonly timeInForce?: TimeInForceWord;
  /** A multiple of the instrument's tick. */
  readonly price: string;
  /** A multiple of the instrument's lot. */
  readonly size: string;
  readonly clientOrderId: number;
  /** Minutes that the order may rest after its deadline; 0, the default, is until it is cancelled. */
  readonly restMinutes?: number;
}

export interface CancelRequest extends AdmissionRequest {
  readonly clientOrderId: number;
}

/** Takes a resting order out of the book and submits a new one in its stead, both or neither. */
export interface ReplaceRequest extends OrderRequest {
  /** The client order id of the order that goes. */
  readonly replacedClientOrderId: number;
}

export interface CancelAllRequest extends AdmissionRequest {
  /** Name or number; where it is left out, orders of all instruments are cancelled. */
  readonly instrument?: string | number;
}

/** Registers a session key under a number, in place of the one that was there. Only the owner signs it. */
export interface SessionRequest extends AdmissionRequest {
  /** 1 to 255: the `signer` of what the key signs. */
  readonly number: number;
  /** The key's address. */
  readonly key: Hex;
  readonly scope: readonly SessionScopeWord[];
  /** The last second of the engine's clock in which the key signs. */
  readonly expiry: number;
}

export interface RevocationRequest extends AdmissionRequest {
  readonly number: number;
}

export interface WithdrawalRequest extends AdmissionRequest {
  readonly amount: string;
  readonly recipient: Hex;
}

/** A transaction that was executed and has its place in the stream. */
export interface AcceptedTransaction {
  readonly transactionHash: Hex;
  /** Its place in the term's stream, from 1 on. */
  readonly position: number;
  /** The stream's running hash after it. */
  readonly runningHash: Hex;
  /**
   * Present where exactly these bytes had been accepted before: nothing was executed now, and all that is said is what
   * was answered then.
   */
  readonly isRepeated?: true;
}

export interface FillReport {
  readonly price: string;
  readonly size: string;
  readonly value: string;
  readonly takerFee: string;
  readonly maker: number;
  readonly makerClientOrderId: number;
  readonly makerFee: string;
}

export interface AcceptedOrder extends AcceptedTransaction {
  readonly clientOrderId: number;
  /**
   * `filled`: nothing is left; `resting`: nothing was filled, all of it rests; `partially_filled`: some was filled, and
   * `remainingSize` rests (0 where the rest was cancelled); `cancelled`: nothing was filled and nothing rests.
   */
  readonly status: "filled" | "resting" | "partially_filled" | "cancelled";
  readonly filledSize: string;
  /** What rests in the book. */
  readonly remainingSize: string;
  readonly fills: readonly FillReport[];
  /** Why the rest did not come to rest. */
  readonly cancelCause?: string;
}

export interface AcceptedCancel extends AcceptedTransaction {
  readonly clientOrderId: number;
  readonly cancelledSize: string;
}

export interface AcceptedReplace extends AcceptedOrder {
  readonly replacedClientOrderId: number;
  /** What was left of the order that went. */
  readonly replacedSize: string;
}

export interface AcceptedCancelAll extends AcceptedTransaction {
  readonly cancelled: readonly { readonly clientOrderId: number; readonly name: string; readonly size: string }[];
  /** Orders of the account that still rest, of whatever instrument: one transaction cancels only so many. */
  readonly restingOrders: number;
}

export interface AcceptedSession extends AcceptedTransaction {
  readonly number: number;
}

export interface AcceptedWithdrawal extends AcceptedTransaction {
  /** Under which it is claimed on L1. */
  readonly number: number;
  readonly account: number;
  readonly amount: string;
  readonly recipient: Hex;
  readonly time: number;
}

/** A transaction that changed nothing and has no place in the stream. */
export interface Refused {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields: readonly { readonly field: string; readonly expected: string }[];
  };
}

/** The sequencer's signature over the stream up to a position (EIP-712, `Preconfirmation`). */
export interface SignedPreconfirmation {
  readonly term: number;
  readonly position: number;
  readonly runningHash: Hex;
  readonly signature: Hex;
}

/** What a response carries beside its results, so that they can be checked without asking the sequencer again. */
export interface Acknowledgement {
  /** The running hash before the first accepted transaction of the response. */
  readonly previousRunningHash: Hex;
  readonly preconfirmation: SignedPreconfirmation;
  /** Hashes of the transactions between the response's last one and the signed position. */
  readonly following: readonly Hex[];
}

/** A transaction that had been accepted before: it stands where it then stood, with its own acknowledgement. */
export type Repeated<Accepted extends AcceptedTransaction> = Accepted & Acknowledgement & { readonly isRepeated: true };

export type Acknowledged<Accepted extends AcceptedTransaction> = Accepted & Acknowledgement;

/** The results of many transactions, in order; the acknowledgement is absent where none was accepted anew. */
export type BulkResponse<Accepted extends AcceptedTransaction> = {
  readonly results: readonly (Accepted | Repeated<Accepted> | Refused)[];
} & Partial<Acknowledgement>;

export interface StatusResponse {
  readonly chainId: number;
  readonly rollup: Hex;
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: Hex;
  };
  readonly sequencer: Hex;
  readonly clock: "wall" | "external";
  readonly term: number;
  readonly era: number;
  /** Transactions of the term's stream so far. */
  readonly position: number;
  readonly runningHash: Hex;
  readonly engineTime: number;
  /** Where the report that a mark was made from is older, nobody adds risk, withdraws, or is liquidated by it. */
  readonly maxMarkAgeSeconds: number;
  readonly inboxCursor: number;
  /** The root after the newest closed chunk, and the position that it covers. */
  readonly state: { readonly root: Hex; readonly position: number };
  readonly batches: {
    readonly sealed: number;
    readonly posted: number;
    readonly final: number;
    readonly waiting: number;
    /** Why the last attempt at posting failed. */
    readonly postingError?: string;
  };
  readonly waitingTransactions: number;
  readonly fund: FundResponse;
}

/** The insurance fund, in USD. */
export interface FundResponse {
  /** Its cash; negative while it has paid more than it got. */
  readonly insurance: string;
  /** The house's positions at their marks, and funding that is owed to the fund. */
  readonly claims: string;
  /** Insurance and claims together, rounded down. */
  readonly equity: string;
  /** What accounts are owed above the collateral. */
  readonly deficit: string;
  /** The part of its amount that a withdrawal pays: 1 without a deficit. */
  readonly withdrawalFactor: string;
}

/** What is at risk now, by the sequencer's own state; `recourse report` reads the totals proved on L1. */
export interface RiskResponse {
  /** The position of the term's stream that it is of. */
  readonly position: number;
  /** The engine's clock. */
  readonly time: number;
  readonly fund: FundResponse;
  /** Deposits less withdrawals, in USD. */
  readonly collateral: string;
  /** What all accounts have, without their positions. */
  readonly accountCash: string;
  /** Σ over the accounts of initial margin and notional value, each as of the last change of its positions. */
  readonly margin: string;
  readonly notional: string;
  /** Notional over collateral, rounded up; absent where positions stand on nothing. */
  readonly leverage?: string;
  readonly markets: readonly MarketRiskResponse[];
}

export interface MarketRiskResponse {
  readonly instrument: number;
  readonly name: string;
  /** Held long by all, in units of the underlying. */
  readonly openInterest: string;
  /** The same at the index, in USD. */
  readonly notional: string;
  readonly mark: string;
  /** What the house holds; absent where it holds nothing. */
  readonly house?: {
    /** Negative if short. */
    readonly size: string;
    /** At the mark, in USD. */
    readonly value: string;
    /** How to take it over: buy what the house holds long, sell what it is short of. */
    readonly side: "buy" | "sell";
    /** What the house asks or pays for one unit of the underlying; absent for what has expired. */
    readonly price?: string;
  };
}

export interface InstrumentResponse {
  readonly instrument: number;
  readonly name: string;
  readonly kind: "perpetual" | "call" | "put";
  readonly underlying: string;
  /** Absent for a perpetual. */
  readonly expiry?: number;
  readonly strike?: string;
  readonly tick: string;
  readonly lot: string;
  readonly minimumNotional: string;
  /** Parts of the traded value. */
  readonly takerFeeRate: string;
  readonly makerFeeRate: string;
  readonly openInterest: string;
  /** USD for one unit of the underlying; absent before the first report and mark. */
  readonly index?: string;
  /** When what it is marked from was last reported; absent before. */
  readonly reportTime?: number;
  /** What the underlying was worth at its expiry, as the oracles have said; absent before. */
  readonly settlementPrice?: string;
  /** Whether its mark is what it pays: positions wait to be paid out. */
  readonly isSettled: boolean;
  readonly mark?: {
    readonly price: string;
    readonly delta: string;
    readonly time: number;
    /** Of the report that it was made from; absent where the instrument is settled. */
    readonly reportTime?: number;
  };
  /** Of a perpetual that has been marked. */
  readonly funding?: FundingResponse;
}

/** What a perpetual's price beside its index costs those who hold it. In USD for one unit of the underlying. */
export interface FundingResponse {
  /** By how much it traded above its index when it was last marked; negative below it. */
  readonly premium: string;
  /** The average of that, by which the mark lies off the index. */
  readonly averagePremium: string;
  /** When the running hour ends, and what a long position then pays, if the premium stays as it is. */
  readonly dueTime: number;
  readonly duePayment: string;
  /** What a long position has paid since the listing. */
  readonly paid: string;
}

export interface BookLevelResponse {
  readonly price: string;
  readonly size: string;
  readonly orders: number;
}

export interface BookResponse {
  readonly instrument: number;
  readonly name: string;
  readonly position: number;
  /** Best first. */
  readonly bids: readonly BookLevelResponse[];
  readonly asks: readonly BookLevelResponse[];
}

export interface AccountResponse {
  readonly account: number;
  readonly owner: Hex;
  readonly cash: string;
  readonly equity: string;
  readonly initialMargin: string;
  readonly maintenanceMargin: string;
  readonly positions: number;
  readonly restingOrders: number;
  /** The account's session keys, expired ones included until they are revoked or replaced. */
  readonly sessions: readonly SessionResponse[];
}

export interface SessionResponse {
  readonly number: number;
  readonly key: Hex;
  readonly scope: readonly SessionScopeWord[];
  readonly expiry: number;
}

export interface PositionResponse {
  readonly instrument: number;
  readonly name: string;
  /** Negative for a short position. */
  readonly size: string;
}

/** How the value of positions in one underlying moves, in USD: sums over positions, by the newest reported smiles. */
export interface GreeksResponse {
  /** For a change of the forwards by 1. */
  readonly delta: string;
  /** Of delta, for the same. */
  readonly gamma: string;
  /** For a change of volatility by 1.00, which is 100 points. */
  readonly vega: string;
  /** For a day that passes. */
  readonly theta: string;
}

/** The margin of one underlying, and what it is made of: the greater of scan and minimum, age, and two add-ons. */
export interface UnderlyingMarginResponse {
  readonly underlying: string;
  readonly index: string;
  /** By the marks, in units of the underlying. */
  readonly delta: string;
  /** The greatest weighted loss over the scenarios. */
  readonly scan: string;
  /** The scenario of that loss; absent where nothing is lost in any. */
  readonly worstScenario?: {
    readonly spotMovePercent: number;
    /** Of a 30-day option's volatility. */
    readonly volatilityMovePercent: number;
    /** The part of the loss that counts. */
    readonly weight: string;
  };
  readonly minimumDelta: string;
  /** Of the oldest report that a position is marked from, and by what part and how much it makes the margin grow. */
  readonly age: { readonly seconds: number; readonly growth: string; readonly margin: string };
  /** What options held long may lose between the scenarios' prices. */
  readonly betweenNodes: string;
  /** What positions marked from older reports than the newest may be off by. */
  readonly mixedAge: string;
  readonly initialMargin: string;
  readonly maintenanceMargin: string;
  /** The weighted loss in each scenario, in the protocol's order; a gain is negative. */
  readonly losses: readonly string[];
  readonly greeks: GreeksResponse;
}

export interface MarginResponse {
  readonly cash: string;
  readonly equity: string;
  readonly initialMargin: string;
  readonly maintenanceMargin: string;
  /** Σ |size| × index. */
  readonly notional: string;
  readonly meetsInitialMargin: boolean;
  /** Whether a position's mark is too old for anything but a reduction of risk. */
  readonly isStale: boolean;
  readonly positions: readonly PositionResponse[];
  readonly underlyings: readonly UnderlyingMarginResponse[];
}

export interface AccountMarginResponse extends MarginResponse {
  readonly account: number;
  /** The position of the stream, and the engine's clock, of which all this is. */
  readonly position: number;
  readonly engineTime: number;
}

export interface HypotheticalOrderRequest {
  /** Name or number. */
  readonly instrument: string | number;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
}

/** Orders that nobody sends: what would be if each were filled whole, at its price, as taker, one after the other. */
export interface SimulationRequest {
  /** 1 to 64. */
  readonly orders: readonly HypotheticalOrderRequest[];
}

export interface SimulationResponse {
  readonly account: number;
  readonly position: number;
  readonly engineTime: number;
  readonly orders: readonly {
    readonly name: string;
    readonly side: "buy" | "sell";
    readonly price: string;
    readonly size: string;
    readonly value: string;
    readonly fee: string;
    /** Whether its price is one at which may be traded at present. */
    readonly isWithinBand: boolean;
  }[];
  readonly fees: string;
  /** What the positions that change would pay as funding before they do; negative where it is paid to them. */
  readonly funding: string;
  readonly before: MarginResponse;
  readonly after: MarginResponse;
}

export interface RestingOrderResponse {
  readonly clientOrderId: number;
  readonly instrument: number;
  readonly name: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
  /** Absent where the order rests until it is cancelled. */
  readonly goodTill?: number;
  readonly reduceOnly: boolean;
}

export interface BatchSummaryResponse {
  readonly index: number;
  readonly headerHash: Hex;
  readonly stateRoot: Hex;
  readonly term: number;
  readonly time: number;
  readonly inboxTo: number;
  readonly postedAt: number;
}

export interface BatchResponse {
  readonly index: number;
  readonly term: number;
  readonly status: "sealed" | "sent" | "posted" | "final" | "reverted";
  readonly time: number;
  /** The positions of the term's stream before and after it. */
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly inboxFrom: number;
  readonly inboxTo: number;
  readonly chunks: readonly {
    readonly kind: "trade" | "risk" | "bridge" | "block" | "house";
    /** Transactions, or messages of a bridge chunk. */
    readonly amount: number;
    readonly bytes: number;
    readonly postRoot: Hex;
  }[];
  readonly transactionHash?: Hex;
  /** The L1 blocks in which it was posted, and first seen to be final. */
  readonly postedBlock?: number;
  readonly finalBlock?: number;
  /** The L1 transaction that proved it, or a batch before it, wrong. */
  readonly revert?: { readonly block: number; readonly transactionHash: Hex };
  readonly summary?: BatchSummaryResponse;
  /** In a drill: what was tampered with. */
  readonly dishonest?: { readonly chunk: number; readonly kind: string };
}

export interface WithdrawalResponse {
  readonly number: number;
  readonly recipient: Hex;
  readonly amount: string;
  readonly time: number;
  readonly status: "pending" | "final";
  /** What to call `Vault.claim` with, once the withdrawal stands in a final batch. */
  readonly claim?: {
    readonly summary: BatchSummaryResponse;
    readonly number: number;
    readonly recipient: Hex;
    /** In units of 1e-6 USD. */
    readonly amount: string;
    readonly time: number;
    readonly proof: Hex;
  };
}

/** A record of the newest final state, and what proves it on L1: what the systemic report is asked with. */
export interface StateProofResponse {
  readonly summary: BatchSummaryResponse;
  /** The record's bytes. */
  readonly value: Hex;
  /** For each branch from the leaf upward: bit index (1 byte) ‖ sibling hash (32 bytes). */
  readonly proof: Hex;
}

export interface StreamResponse {
  readonly term: number;
  readonly transactions: readonly {
    readonly position: number;
    readonly transactionHash: Hex;
    readonly bytes: Hex;
  }[];
}
