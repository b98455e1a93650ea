import type { TriggerDirectionWord } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import type { LegTerms } from "./legMessage.ts";
import type { UnsignedOrder } from "./orderMessage.ts";
import { SequencerClient, type SequencerClientOptions } from "./sequencerClient.ts";
import { type BlockTradeTerms, signBlockTrade } from "./signBlockTrade.ts";
import { signCancel, signCancelAll } from "./signCancel.ts";
import { signConditional } from "./signConditional.ts";
import { signatureOf } from "./signedBytes.ts";
import { signHouseOrder } from "./signHouseOrder.ts";
import { signOrder } from "./signOrder.ts";
import { signProvider } from "./signProvider.ts";
import { type QuoteTerms, signQuotes } from "./signQuotes.ts";
import { signReplace } from "./signReplace.ts";
import { signRevoke } from "./signRevoke.ts";
import { signRevocation, signSession } from "./signSession.ts";
import { signWithdrawal } from "./signWithdrawal.ts";
import type {
  AcceptedHouseOrder,
  AcceptedProvider,
  AcceptedQuotes,
  AcceptedRevoke,
  ConditionalOrderResponse,
} from "./tradingWire.ts";
import { type AcknowledgedResponse, verifyAcknowledgement } from "./verifyAcknowledgement.ts";
import type {
  AcceptedCancel,
  AcceptedCancelAll,
  AcceptedOrder,
  AcceptedReplace,
  AcceptedSession,
  AcceptedWithdrawal,
  Acknowledged,
  BulkResponse,
  Hex,
  HypotheticalOrderRequest,
  InstrumentResponse,
  OrderRequest,
  SessionRequest,
  StatusResponse,
} from "./wire.ts";

/** How far ahead of the engine's clock deadlines are set where the caller states none. */
const DEADLINE_AHEAD_SECONDS = 60;
/** Conditional orders wait for up to thirty days; the clock may be a little behind ours. */
const CONDITIONAL_AHEAD_SECONDS = 30 * 86_400 - 60;
const NONCES = 65_536;

export interface RecourseClientOptions extends SequencerClientOptions {
  /** Who signs: the account's owner, or the session key that `signer` names. */
  readonly owner: LocalAccount;
  /** The account's number, as the inbox gave it out. */
  readonly account: number;
  /** The number of the session key that signs; left out, the owner does. */
  readonly signer?: number;
}

/** What a trader states of an order; the rest is the client's. */
export interface OrderTerms extends Omit<UnsignedOrder, "account" | "signer" | "deadline" | "nonce"> {
  /** Such as `BTC-PERPETUAL`. */
  readonly instrument: string;
  readonly deadline?: number;
}

/** What a trader states of an order that waits for a mark; the rest is the client's. */
export interface ConditionalTerms extends OrderTerms {
  readonly triggerPrice: string;
  readonly triggerDirection: TriggerDirectionWord;
}

/** One leg, or an order to the house, by the instrument's name. */
export interface NamedLeg extends Omit<LegTerms, "instrument"> {
  readonly instrument: string;
}

/** What two accounts have agreed to trade. Who takes and who makes, the deadline and the nonces are agreed on as well. */
export interface NamedBlock extends Omit<BlockTradeTerms, "legs"> {
  readonly legs: readonly NamedLeg[];
}

/** What an account quotes of an instrument; a side that is left out is taken away. */
export interface NamedQuote extends Omit<QuoteTerms, "instrument"> {
  readonly instrument: string;
}

/** What an owner states of a session key; the rest is the client's. */
export type SessionTerms = Pick<SessionRequest, "number" | "key" | "scope" | "expiry">;

/**
 * A trader's account: signs what it is told, chooses deadlines and nonces, and checks what the sequencer acknowledges.
 * Whatever only reads is in {@link SequencerClient}, under `api`.
 */
export class RecourseClient {
  readonly api: SequencerClient;
  readonly #owner: LocalAccount;
  readonly #account: number;
  readonly #signer: number;
  readonly #instruments = new Map<string, InstrumentResponse>();
  #deployment: Promise<StatusResponse> | undefined;
  #nextNonce = Math.floor(Math.random() * NONCES);

  constructor({ owner, account, signer = 0, ...options }: RecourseClientOptions) {
    this.api = new SequencerClient(options);
    this.#owner = owner;
    this.#account = account;
    this.#signer = signer;
  }

  /** @throws RecourseError with the reason's name where the order is refused */
  async submitOrder(terms: OrderTerms): Promise<Acknowledged<AcceptedOrder>> {
    return this.api.submitOrder(await this.signOrder(terms));
  }

  /**
   * Signs an order without sending it. What it gives may be sent by `api.submitOrder` again and again, after a timeout
   * for instance: it is executed once at most, and a repetition is answered with what was answered first.
   */
  async signOrder(terms: OrderTerms): Promise<OrderRequest> {
    return this.#sign(terms, await this.#deadline(terms.deadline));
  }

  /** Submits orders that are executed in a row; what is refused stands in its place of the results. */
  async submitOrders(orders: readonly OrderTerms[]): Promise<BulkResponse<AcceptedOrder>> {
    const deadline = await this.#deadline(undefined);
    return this.api.submitOrders(
      await Promise.all(orders.map((terms) => this.#sign(terms, terms.deadline ?? deadline))),
    );
  }

  /**
   * Takes a resting order out of the book and submits a new one, which may have the same client order id.
   * @throws RecourseError with the reason's name where the new order is refused: then the old one rests where it was
   */
  async replaceOrder(replacedClientOrderId: number, terms: OrderTerms): Promise<Acknowledged<AcceptedReplace>> {
    const { instrument: name, deadline, ...order } = terms;
    const instrument = await this.#instrument(name);
    const admission = this.#admission(await this.#deadline(deadline));
    const replacement = { ...order, ...admission, replacedClientOrderId };
    return this.api.replaceOrder(await signReplace(this.#owner, await this.#domain(), instrument, replacement));
  }

  async cancel(clientOrderId: number): Promise<Acknowledged<AcceptedCancel>> {
    const cancel = { ...this.#admission(await this.#deadline(undefined)), clientOrderId };
    return this.api.cancelOrder(await signCancel(this.#owner, await this.#domain(), cancel));
  }

  /** Cancels resting orders, of one instrument or of all, as many as one transaction can. */
  async cancelAll(instrumentName?: string): Promise<Acknowledged<AcceptedCancelAll>> {
    const admission = this.#admission(await this.#deadline(undefined));
    const of = instrumentName === undefined ? {} : { instrument: (await this.#instrument(instrumentName)).instrument };
    return this.api.cancelAll(await signCancelAll(this.#owner, await this.#domain(), { ...admission, ...of }));
  }

  /**
   * Replaces the account's quotes of some instruments.
   * @param restMinutes how long they rest; 0 is until they are replaced or cancelled
   */
  async submitQuotes(quotes: readonly NamedQuote[], restMinutes = 0): Promise<Acknowledged<AcceptedQuotes>> {
    const listed = await Promise.all(
      quotes.map(async (quote) => ({ ...quote, instrument: await this.#instrument(quote.instrument) })),
    );
    const terms = { ...this.#admission(await this.#deadline(undefined)), restMinutes, quotes: listed };
    const signature = signatureOf(await signQuotes(this.#owner, await this.#domain(), terms));
    return this.api.submitQuotes({ ...terms, quotes, signature });
  }

  /**
   * Leaves an order with the sequencer, which sends it when the mark is at its trigger price. A stop or a take-profit order
   * is one that is `reduceOnly`. Its deadline is thirty days ahead where none is stated.
   */
  async submitConditionalOrder(terms: ConditionalTerms): Promise<ConditionalOrderResponse> {
    const { instrument: name, deadline, ...order } = terms;
    const instrument = await this.#instrument(name);
    const { era } = await this.api.status();
    const admission = this.#admission(deadline ?? (await this.#clock()) + CONDITIONAL_AHEAD_SECONDS);
    const unsigned = { ...order, ...admission, era };
    const signature = signatureOf(await signConditional(this.#owner, await this.#domain(), instrument, unsigned));
    return this.api.submitConditionalOrder({ ...unsigned, instrument: instrument.instrument, signature });
  }

  conditionalOrders() {
    return this.api.conditionalOrders(this.#account);
  }

  /** Makes sure that what was signed under a deadline and a nonce is never executed. */
  async revoke(revokedDeadline: number, revokedNonce: number): Promise<Acknowledged<AcceptedRevoke>> {
    const terms = { ...this.#admission(await this.#deadline(undefined)), revokedDeadline, revokedNonce };
    const signature = signatureOf(await signRevoke(this.#owner, await this.#domain(), terms));
    return this.api.revoke({ ...terms, signature });
  }

  /** Signs a block trade, as its taker or as its maker: both sign the same. */
  async signBlockTrade(block: NamedBlock): Promise<Hex> {
    const legs = await Promise.all(
      block.legs.map(async (leg) => ({ ...leg, instrument: await this.#instrument(leg.instrument) })),
    );
    return signBlockTrade(this.#owner, await this.#domain(), { ...block, legs });
  }

  /** Buys from the house, or sells to it, what it has taken over; the price is the worst that is accepted. */
  async submitHouseOrder({ instrument: name, ...leg }: NamedLeg): Promise<Acknowledged<AcceptedHouseOrder>> {
    const instrument = await this.#instrument(name);
    const terms = { ...leg, ...this.#admission(await this.#deadline(undefined)) };
    const bytes = await signHouseOrder(this.#owner, await this.#domain(), { ...terms, instrument });
    return this.api.submitHouseOrder({ ...terms, instrument: name, signature: signatureOf(bytes) });
  }

  /** Declares the account a liquidity provider, or no longer one; the owner signs. */
  async setProvider(isActive: boolean): Promise<Acknowledged<AcceptedProvider>> {
    const terms = { ...this.#ownAdmission(await this.#deadline(undefined)), isActive };
    const signature = signatureOf(await signProvider(this.#owner, await this.#domain(), terms));
    return this.api.setProvider({ ...terms, signature });
  }

  /** Registers a session key; the owner signs. */
  async registerSession(terms: SessionTerms): Promise<Acknowledged<AcceptedSession>> {
    const session = { ...this.#ownAdmission(await this.#deadline(undefined)), ...terms };
    return this.api.registerSession(await signSession(this.#owner, await this.#domain(), session));
  }

  /** Revokes the session key under a number; the owner signs. */
  async revokeSession(number: number): Promise<Acknowledged<AcceptedSession>> {
    const revocation = { ...this.#ownAdmission(await this.#deadline(undefined)), number };
    return this.api.revokeSession(await signRevocation(this.#owner, await this.#domain(), revocation));
  }

  /** @param amount USD, as a decimal string */
  async withdraw(amount: string, recipient: Hex = this.#owner.address): Promise<Acknowledged<AcceptedWithdrawal>> {
    const admission = this.#ownAdmission(await this.#deadline(undefined));
    return this.api.withdraw(
      await signWithdrawal(this.#owner, await this.#domain(), { ...admission, amount, recipient }),
    );
  }

  account() {
    return this.api.account(this.#account);
  }

  /** What the account must keep, and what that is made of. */
  margin() {
    return this.api.accountMargin(this.#account);
  }

  /** What the account's margin would be before and after orders, of which none is sent. */
  simulate(orders: readonly HypotheticalOrderRequest[]) {
    return this.api.simulate(this.#account, { orders });
  }

  positions() {
    return this.api.positions(this.#account);
  }

  orders() {
    return this.api.orders(this.#account);
  }

  /** Checks a response against the address that signed at the first contact. @returns true, or what is wrong */
  async verify(response: AcknowledgedResponse): Promise<true | string> {
    const { chainId, rollup, sequencer } = await this.#status();
    return verifyAcknowledgement(response, { chainId, rollup, sequencer });
  }

  async #sign({ instrument: name, deadline: _, ...terms }: OrderTerms, deadline: number): Promise<OrderRequest> {
    const instrument = await this.#instrument(name);
    return signOrder(this.#owner, await this.#domain(), instrument, { ...terms, ...this.#admission(deadline) });
  }

  #admission(deadline: number) {
    return { ...this.#ownAdmission(deadline), signer: this.#signer };
  }

  /** Of what only the owner may sign. */
  #ownAdmission(deadline: number) {
    return { account: this.#account, deadline, nonce: this.#takeNonce() };
  }

  /** Ticks and lots never change, so an instrument is asked for once. */
  async #instrument(name: string): Promise<InstrumentResponse> {
    const known = this.#instruments.get(name);
    if (known) return known;
    const instrument = await this.api.instrument(name);
    this.#instruments.set(name, instrument);
    return instrument;
  }

  /** Where the engine's clock is wall time, ours will do; else it is asked for. */
  async #deadline(deadline: number | undefined): Promise<number> {
    return deadline ?? (await this.#clock()) + DEADLINE_AHEAD_SECONDS;
  }

  async #clock(): Promise<number> {
    const { clock } = await this.#status();
    return clock === "wall" ? Math.floor(Date.now() / 1000) : (await this.api.status()).engineTime;
  }

  #takeNonce(): number {
    const nonce = this.#nextNonce;
    this.#nextNonce = (nonce + 1) % NONCES;
    return nonce;
  }

  async #domain() {
    const { chainId, rollup } = await this.#status();
    return { chainId, rollup };
  }

  #status(): Promise<StatusResponse> {
    this.#deployment ??= this.api.status();
    this.#deployment.catch(() => {
      this.#deployment = undefined;
    });
    return this.#deployment;
  }
}
