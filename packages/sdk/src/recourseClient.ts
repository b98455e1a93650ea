import type { LocalAccount } from "viem";
import { SequencerClient, type SequencerClientOptions } from "./sequencerClient.ts";
import { signCancel } from "./signCancel.ts";
import { signOrder, type UnsignedOrder } from "./signOrder.ts";
import { signWithdrawal } from "./signWithdrawal.ts";
import { type AcknowledgedResponse, verifyAcknowledgement } from "./verifyAcknowledgement.ts";
import type {
  AcceptedCancel,
  AcceptedOrder,
  AcceptedWithdrawal,
  Acknowledged,
  BulkResponse,
  Hex,
  InstrumentResponse,
  OrderRequest,
  StatusResponse,
} from "./wire.ts";

/** How far ahead of the engine's clock deadlines are set where the caller states none. */
const DEADLINE_AHEAD_SECONDS = 60;
const NONCES = 65_536;

export interface RecourseClientOptions extends SequencerClientOptions {
  /** Who owns the account, and signs. */
  readonly owner: LocalAccount;
  /** The account's number, as the inbox gave it out. */
  readonly account: number;
}

/** What a trader states of an order; the rest is the client's. */
export interface OrderTerms extends Omit<UnsignedOrder, "account" | "signer" | "deadline" | "nonce"> {
  /** Such as `BTC-PERPETUAL`. */
  readonly instrument: string;
  readonly deadline?: number;
}

/**
 * A trader's account: signs what it is told, chooses deadlines and nonces, and checks what the sequencer acknowledges.
 * Whatever only reads is in {@link SequencerClient}, under `api`.
 */
export class RecourseClient {
  readonly api: SequencerClient;
  readonly #owner: LocalAccount;
  readonly #account: number;
  readonly #instruments = new Map<string, InstrumentResponse>();
  #deployment: Promise<StatusResponse> | undefined;
  #nextNonce = Math.floor(Math.random() * NONCES);

  constructor({ owner, account, ...options }: RecourseClientOptions) {
    this.api = new SequencerClient(options);
    this.#owner = owner;
    this.#account = account;
  }

  /** @throws RecourseError with the reason's name where the order is refused */
  async submitOrder(terms: OrderTerms): Promise<Acknowledged<AcceptedOrder>> {
    return this.api.submitOrder(await this.#sign(terms, await this.#deadline(terms.deadline)));
  }

  /** Submits orders that are executed in a row; what is refused stands in its place of the results. */
  async submitOrders(orders: readonly OrderTerms[]): Promise<BulkResponse<AcceptedOrder>> {
    const deadline = await this.#deadline(undefined);
    return this.api.submitOrders(
      await Promise.all(orders.map((terms) => this.#sign(terms, terms.deadline ?? deadline))),
    );
  }

  async cancel(clientOrderId: number): Promise<Acknowledged<AcceptedCancel>> {
    const admission = { account: this.#account, deadline: await this.#deadline(undefined), nonce: this.#takeNonce() };
    return this.api.cancelOrder(await signCancel(this.#owner, await this.#domain(), { ...admission, clientOrderId }));
  }

  /** @param amount USD, as a decimal string */
  async withdraw(amount: string, recipient: Hex = this.#owner.address): Promise<Acknowledged<AcceptedWithdrawal>> {
    const admission = { account: this.#account, deadline: await this.#deadline(undefined), nonce: this.#takeNonce() };
    return this.api.withdraw(
      await signWithdrawal(this.#owner, await this.#domain(), { ...admission, amount, recipient }),
    );
  }

  account() {
    return this.api.account(this.#account);
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
    const admission = { account: this.#account, deadline, nonce: this.#takeNonce() };
    return signOrder(this.#owner, await this.#domain(), instrument, { ...terms, ...admission });
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
    if (deadline !== undefined) return deadline;
    const { clock } = await this.#status();
    const time = clock === "wall" ? Math.floor(Date.now() / 1000) : (await this.api.status()).engineTime;
    return time + DEADLINE_AHEAD_SECONDS;
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
