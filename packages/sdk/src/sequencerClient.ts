import { type FieldError, RecourseError } from "@recourse/protocol";
import type {
  FillHistoryEntry,
  FundingHistoryEntry,
  HistoryPage,
  HistoryQuery,
  HouseHistoryEntry,
  OrderHistoryEntry,
  TransferHistoryEntry,
} from "./historyWire.ts";
import type {
  AcceptedBlockTrade,
  AcceptedHouseOrder,
  AcceptedLiquidation,
  AcceptedProvider,
  AcceptedPruning,
  AcceptedQuotes,
  AcceptedRevoke,
  AcceptedSettlement,
  BlockTradeRequest,
  ConditionalOrderRequest,
  ConditionalOrderResponse,
  HeldConditionalOrder,
  HouseOrderRequest,
  LiquidationRequest,
  ProviderRequest,
  PruningRequest,
  QuotesRequest,
  RevokeRequest,
  SettlementRequest,
} from "./tradingWire.ts";
import type { AccountsAtRiskResponse, OpenPositionsResponse, ProvidersResponse, WalkQuery } from "./upkeepWire.ts";
import type {
  AcceptedCancel,
  AcceptedCancelAll,
  AcceptedOrder,
  AcceptedReplace,
  AcceptedSession,
  AcceptedTransaction,
  AcceptedWithdrawal,
  AccountMarginResponse,
  AccountResponse,
  Acknowledged,
  BatchResponse,
  BookResponse,
  BulkResponse,
  CancelAllRequest,
  CancelRequest,
  Hex,
  InstrumentResponse,
  OrderRequest,
  PositionResponse,
  ReplaceRequest,
  RestingOrderResponse,
  RevocationRequest,
  RiskResponse,
  SessionRequest,
  SimulationRequest,
  SimulationResponse,
  StateProofResponse,
  StatusResponse,
  StreamResponse,
  WithdrawalRequest,
  WithdrawalResponse,
} from "./wire.ts";

export interface SequencerClientOptions {
  /** Where the sequencer answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The operator's, with which ticks are taken where the sequencer's clock is external. */
  readonly operatorToken?: string;
  /** After this long without an answer a request fails. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * The sequencer's HTTP API, one method a route. Every method throws a RecourseError with the sequencer's own code,
 * sentence and fields where it refuses, and with the code `Unreachable` where it does not answer.
 */
export class SequencerClient {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, operatorToken, timeoutMs = DEFAULT_TIMEOUT_MS }: SequencerClientOptions) {
    this.#url = url.replace(/\/+$/, "");
    this.#timeoutMs = timeoutMs;
    this.#headers = operatorToken === undefined ? {} : { authorization: `Bearer ${operatorToken}` };
  }

  submitOrder(order: OrderRequest): Promise<Acknowledged<AcceptedOrder>> {
    return this.#post("/v1/orders", order);
  }

  /** Submits orders that are executed in a row. */
  submitOrders(orders: readonly OrderRequest[]): Promise<BulkResponse<AcceptedOrder>> {
    return this.#post("/v1/orders", { orders });
  }

  cancelOrder(cancel: CancelRequest): Promise<Acknowledged<AcceptedCancel>> {
    return this.#post("/v1/cancels", cancel);
  }

  cancelOrders(cancels: readonly CancelRequest[]): Promise<BulkResponse<AcceptedCancel>> {
    return this.#post("/v1/cancels", { cancels });
  }

  /** Cancels all resting orders of an account, as many as one transaction can. */
  cancelAll(cancel: CancelAllRequest): Promise<Acknowledged<AcceptedCancelAll>> {
    return this.#post("/v1/cancels/all", cancel);
  }

  replaceOrder(replacement: ReplaceRequest): Promise<Acknowledged<AcceptedReplace>> {
    return this.#post("/v1/replacements", replacement);
  }

  /** Submits replacements that are executed in a row, each whole or not at all. */
  replaceOrders(replacements: readonly ReplaceRequest[]): Promise<BulkResponse<AcceptedReplace>> {
    return this.#post("/v1/replacements", { replacements });
  }

  registerSession(session: SessionRequest): Promise<Acknowledged<AcceptedSession>> {
    return this.#post("/v1/sessions", session);
  }

  revokeSession(revocation: RevocationRequest): Promise<Acknowledged<AcceptedSession>> {
    return this.#post("/v1/sessions/revoke", revocation);
  }

  withdraw(withdrawal: WithdrawalRequest): Promise<Acknowledged<AcceptedWithdrawal>> {
    return this.#post("/v1/withdrawals", withdrawal);
  }

  /** Trades what two accounts have agreed on and both signed, all legs or none. */
  submitBlockTrade(block: BlockTradeRequest): Promise<Acknowledged<AcceptedBlockTrade>> {
    return this.#post("/v1/block-trades", block);
  }

  /** Replaces an account's quotes of some instruments, as many as one transaction can. */
  submitQuotes(quotes: QuotesRequest): Promise<Acknowledged<AcceptedQuotes>> {
    return this.#post("/v1/quotes", quotes);
  }

  /** Leaves an order with the sequencer, which sends it when the mark is at its trigger price. */
  submitConditionalOrder(order: ConditionalOrderRequest): Promise<ConditionalOrderResponse> {
    return this.#post("/v1/conditional-orders", order);
  }

  /** The conditional orders that the sequencer holds for an account, the earliest deadline first. */
  conditionalOrders(account: number): Promise<HeldConditionalOrder[]> {
    return this.#get(`/v1/accounts/${account}/conditional-orders`);
  }

  /** Makes sure that something that was signed is never executed. */
  revoke(revocation: RevokeRequest): Promise<Acknowledged<AcceptedRevoke>> {
    return this.#post("/v1/revocations", revocation);
  }

  submitHouseOrder(order: HouseOrderRequest): Promise<Acknowledged<AcceptedHouseOrder>> {
    return this.#post("/v1/house-orders", order);
  }

  /** Declares an account a liquidity provider, or no longer one. */
  setProvider(provider: ProviderRequest): Promise<Acknowledged<AcceptedProvider>> {
    return this.#post("/v1/providers", provider);
  }

  /** Liquidates an account whose equity is below its maintenance margin; anybody may. */
  liquidate(liquidation: LiquidationRequest): Promise<Acknowledged<AcceptedLiquidation>> {
    return this.#post("/v1/liquidations", liquidation);
  }

  /** Pays out an account's position in a settled instrument; anybody may. */
  settle(settlement: SettlementRequest): Promise<Acknowledged<AcceptedSettlement>> {
    return this.#post("/v1/settlements", settlement);
  }

  /** Removes an expired instrument that nobody holds, or some of the orders that still rest in it; anybody may. */
  prune(pruning: PruningRequest): Promise<Acknowledged<AcceptedPruning>> {
    return this.#post("/v1/prunings", pruning);
  }

  /** Submits canonical bytes of transactions of any kind. */
  submitTransactions(transactions: readonly Hex[]): Promise<BulkResponse<AcceptedTransaction>> {
    return this.#post("/v1/transactions", { transactions });
  }

  status(): Promise<StatusResponse> {
    return this.#get("/v1/status");
  }

  /** What is at risk in the whole system: the fund, the house's inventory, open interest, margin, leverage. */
  risk(): Promise<RiskResponse> {
    return this.#get("/v1/risk");
  }

  instruments(): Promise<InstrumentResponse[]> {
    return this.#get("/v1/instruments");
  }

  /** @param nameOrNumber such as `BTC-PERPETUAL` */
  instrument(nameOrNumber: string | number): Promise<InstrumentResponse> {
    return this.#get(`/v1/instruments/${nameOrNumber}`);
  }

  /** @param depth price levels of each side, at most */
  book(nameOrNumber: string | number, depth = 20): Promise<BookResponse> {
    return this.#get(`/v1/instruments/${nameOrNumber}/book?depth=${depth}`);
  }

  account(account: number): Promise<AccountResponse> {
    return this.#get(`/v1/accounts/${account}`);
  }

  /** What an account must keep and what that is made of, with its greeks. */
  accountMargin(account: number): Promise<AccountMarginResponse> {
    return this.#get(`/v1/accounts/${account}/margin`);
  }

  /** What an account's margin would be before and after orders, of which none is sent. */
  simulate(account: number, simulation: SimulationRequest): Promise<SimulationResponse> {
    return this.#post(`/v1/accounts/${account}/simulate`, simulation);
  }

  positions(account: number): Promise<PositionResponse[]> {
    return this.#get(`/v1/accounts/${account}/positions`);
  }

  orders(account: number): Promise<RestingOrderResponse[]> {
    return this.#get(`/v1/accounts/${account}/orders`);
  }

  /** Accounts that may be liquidated, or may be once stale marks are made anew. */
  accountsAtRisk(query: WalkQuery = {}): Promise<AccountsAtRiskResponse> {
    return this.#get(`/v1/accounts/at-risk${queryText(query)}`);
  }

  /** Those who hold an instrument. */
  openPositions(nameOrNumber: string | number, query: WalkQuery = {}): Promise<OpenPositionsResponse> {
    return this.#get(`/v1/instruments/${nameOrNumber}/positions${queryText(query)}`);
  }

  /** Accounts that take over what others lose. */
  providers(query: WalkQuery = {}): Promise<ProvidersResponse> {
    return this.#get(`/v1/providers${queryText(query)}`);
  }

  /** The orders that an account ever had accepted, the newest first. */
  orderHistory(
    account: number,
    query: HistoryQuery & { readonly instrument?: string | number; readonly status?: OrderHistoryEntry["status"] } = {},
  ): Promise<HistoryPage<OrderHistoryEntry>> {
    return this.#get(`/v1/accounts/${account}/history/orders${queryText(query)}`);
  }

  /** An account's sides of all its fills, the newest first. */
  fillHistory(
    account: number,
    query: HistoryQuery & { readonly instrument?: string | number } = {},
  ): Promise<HistoryPage<FillHistoryEntry>> {
    return this.#get(`/v1/accounts/${account}/history/fills${queryText(query)}`);
  }

  /** What an account paid and was paid as funding, the newest first. */
  fundingHistory(
    account: number,
    query: HistoryQuery & { readonly instrument?: string | number } = {},
  ): Promise<HistoryPage<FundingHistoryEntry>> {
    return this.#get(`/v1/accounts/${account}/history/funding${queryText(query)}`);
  }

  /** What the house has had to do with an account: liquidations, trades with it, settlements; the newest first. */
  houseHistory(
    account: number,
    query: HistoryQuery & { readonly instrument?: string | number } = {},
  ): Promise<HistoryPage<HouseHistoryEntry>> {
    return this.#get(`/v1/accounts/${account}/history/house${queryText(query)}`);
  }

  /** An account's deposits and withdrawals, the newest first. */
  transferHistory(account: number, query: HistoryQuery = {}): Promise<HistoryPage<TransferHistoryEntry>> {
    return this.#get(`/v1/accounts/${account}/history/transfers${queryText(query)}`);
  }

  async accountsOfOwner(owner: Hex): Promise<number[]> {
    return (await this.#get<{ accounts: number[] }>(`/v1/owners/${owner}/accounts`)).accounts;
  }

  /** Batches, the newest first, reverted ones included. */
  batches(limit = 50): Promise<BatchResponse[]> {
    return this.#get(`/v1/batches?limit=${limit}`);
  }

  batch(index: number): Promise<BatchResponse> {
    return this.#get(`/v1/batches/${index}`);
  }

  withdrawal(number: number): Promise<WithdrawalResponse> {
    return this.#get(`/v1/withdrawals/${number}`);
  }

  /** The totals of the newest final state, as `proveGlobalReport` takes them. */
  globalProof(): Promise<StateProofResponse> {
    return this.#get("/v1/proofs/global");
  }

  /** The market of an instrument that has been marked. */
  instrumentProof(nameOrNumber: string | number): Promise<StateProofResponse> {
    return this.#get(`/v1/proofs/instruments/${nameOrNumber}`);
  }

  accountProof(account: number): Promise<StateProofResponse> {
    return this.#get(`/v1/proofs/accounts/${account}`);
  }

  /** The durable transactions of the present term, from a position on. */
  stream(from: number, limit = 500): Promise<StreamResponse> {
    return this.#get(`/v1/stream?from=${from}&limit=${limit}`);
  }

  #get<Body>(path: string): Promise<Body> {
    return this.#request(path, {});
  }

  #post<Body>(path: string, body: unknown): Promise<Body> {
    return this.#request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers },
      body: JSON.stringify(body),
    });
  }

  async #request<Body>(path: string, request: RequestInit): Promise<Body> {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(this.#url + path, { ...request, signal: AbortSignal.timeout(this.#timeoutMs) });
      body = await response.json();
    } catch (cause) {
      throw new RecourseError("Unreachable", `The sequencer at ${this.#url} does not answer.`, [], { cause });
    }
    if (response.ok) return body as Body;
    throw errorOf(body, response.status);
  }
}

function queryText(query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

function errorOf(body: unknown, status: number): RecourseError {
  const error = (body as { error?: { code?: unknown; message?: unknown; fields?: unknown } } | null)?.error;
  if (typeof error?.code !== "string" || typeof error.message !== "string") {
    return new RecourseError("Unreachable", `The sequencer answered with status ${status} and no error of its own.`);
  }
  return new RecourseError(
    error.code,
    error.message,
    Array.isArray(error.fields) ? (error.fields as FieldError[]) : [],
  );
}
