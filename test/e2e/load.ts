import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import {
  accountNumber,
  compactSignature,
  encodeTransaction,
  fromHex,
  instrumentNumber,
  keccak256,
  lots,
  MAX_DEADLINE_AHEAD_SECONDS,
  priceRank,
  RecourseError,
  Side,
  seconds,
  TimeInForce,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import {
  type AcceptedTransaction,
  type Acknowledgement,
  type AcknowledgementContext,
  type BulkResponse,
  type Hex,
  type OrderRequest,
  type Refused,
  type SequencerClient,
  type SignedPreconfirmation,
  type SigningDomain,
  signOrder,
  tickBytes,
  verifyAcknowledgement,
} from "@recourse/sdk";
import type { FundedTrader } from "../support/localRollup.ts";
import { Random } from "../support/random.ts";

/** The perpetual that is traded, in units that make its decimals easy to see through. */
export const traded = { instrument: 1, name: "BTC-PERPETUAL", tick: "1", lot: "0.001" } as const;
const MIDDLE_PRICE = 50_000;
/** Orders come at most so far from the middle, so that most of them meet and the book stays small. */
const PRICE_SPREAD = 3;
const LOTS_OF_ONE = 1_000;
const MOST_LOTS = 20;

/** Traders that wait for each answer before they send what is next. */
const WORKERS = 6;
const LONGEST_PAUSE_MS = 120;
const BULK_ORDERS = 3;
const BULK_PROBABILITY = 0.25;
const TICK_INTERVAL_MS = 400;

/** What the client writes down of an accepted transaction as soon as it hears of it: a line of its file. */
export interface AcknowledgedLine extends AcceptedTransaction {
  readonly term: number;
  /** The signature over the whole group in which it was committed. */
  readonly preconfirmation: SignedPreconfirmation;
}

/** Transactions that are sent in one request. */
interface Submission {
  readonly hashes: readonly Hex[];
  send(client: SequencerClient): Promise<BulkResponse<AcceptedTransaction>>;
  /** The refusals that say of a repeated request that its first sending had been executed. */
  readonly repeatedCodes: readonly string[];
}

export interface LoadOptions {
  readonly seed: number;
  readonly domain: SigningDomain;
  /** Where acknowledgements are written. */
  readonly file: string;
  readonly sequencer: Hex;
  readonly traders: readonly FundedTrader[];
  /** The engine's clock when the load begins. */
  readonly time: number;
}

/** What a whole run came to. */
export interface LoadCounts {
  /** Transactions by what became of them: each is acknowledged, or its execution shows when it is repeated. */
  readonly acknowledged: number;
  readonly executedWithoutAnswer: number;
  /** Requests that a kill left without an answer. */
  readonly unansweredRequests: number;
}

/**
 * A client that trades through one sequencer after another: what it has no answer to it sends again, the same bytes, until
 * it is accepted or refused as executed already. Anything else fails the load.
 */
export class Load {
  /** Hashes of all transactions that have been sent, as the client itself computes them. */
  readonly sent = new Set<Hex>();
  readonly #options: LoadOptions;
  readonly #acknowledgementContext: AcknowledgementContext;
  readonly #stopped = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  readonly #bursts: Promise<void>[] = [];
  readonly #burstRandom: Random;
  #client = Promise.withResolvers<SequencerClient>();
  #time: number;
  #nextNonce = 0;
  #answered = Promise.withResolvers<void>();
  #acknowledged = 0;
  #executedWithoutAnswer = 0;
  #unansweredRequests = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#acknowledgementContext = { ...options.domain, sequencer: options.sequencer };
    this.#burstRandom = new Random(options.seed);
    this.#time = options.time;
    // A burst may fail when nobody waits for the load yet.
    this.#failed.promise.catch(() => {});
  }

  get counts(): LoadCounts {
    return {
      acknowledged: this.#acknowledged,
      executedWithoutAnswer: this.#executedWithoutAnswer,
      unansweredRequests: this.#unansweredRequests,
    };
  }

  /** A sequencer answers: requests go there. */
  connect(client: SequencerClient): void {
    this.#client.resolve(client);
  }

  /** The sequencer is about to be killed: from now on a request may stay without an answer. */
  disconnect(): void {
    // Whoever waits for a sequencer already waits on.
    const waiting = this.#client;
    this.#client = Promise.withResolvers();
    this.#client.promise.then(waiting.resolve);
  }

  /** Trades and ticks until it is stopped, and everything sent has its answer. */
  async run(): Promise<void> {
    const workers = Array.from({ length: WORKERS }, (_, worker) =>
      this.#trade(new Random(this.#options.seed + worker + 1)),
    );
    await Promise.race([this.#failed.promise, Promise.all([...workers, this.#tick()])]);
    await Promise.race([this.#failed.promise, Promise.all(this.#bursts)]);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Resolves when the next request is answered. */
  untilAnswered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Signs many requests. @returns what sends them all at once, and resolves when so many of them are answered */
  async prepareBurst(requests: number): Promise<(answers?: number) => Promise<void>> {
    const submissions = await Promise.all(Array.from({ length: requests }, () => this.#makeOrders(this.#burstRandom)));
    return (answers = requests) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let answered = 0;
      const countAnswer = () => {
        if (++answered === answers) resolve();
      };
      const burst = submissions.map((submission) =>
        this.#deliver(submission).then(countAnswer, (error) => this.#fail(error)),
      );
      this.#bursts.push(...burst);
      return promise;
    };
  }

  /** Sends canonical bytes, executed in a row. */
  async submit(transactions: readonly Hex[]): Promise<void> {
    await this.#deliver({
      hashes: transactions.map((bytes) => toHex(keccak256(fromHex(bytes)))),
      send: (client) => client.submitTransactions(transactions),
      repeatedCodes: ["TimeNotIncreasing"],
    });
  }

  async #trade(random: Random): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#deliver(await this.#makeOrders(random));
      await this.#pause(random.below(LONGEST_PAUSE_MS));
    }
  }

  async #tick(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.submit([tickBytes(this.#time + 1)]);
      this.#time++;
      await this.#pause(TICK_INTERVAL_MS);
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }

  #fail(error: unknown): void {
    this.#failed.reject(error);
    this.stop();
  }

  /** Sends until there is an answer, and writes down what it acknowledges. */
  async #deliver(submission: Submission): Promise<void> {
    for (const hash of submission.hashes) this.sent.add(hash);
    for (let isRepeated = false; ; isRepeated = true) {
      const connection = this.#client;
      const client = await connection.promise;
      try {
        this.#record(submission, await submission.send(client), isRepeated);
        return;
      } catch (error) {
        const isUnanswered = error instanceof RecourseError && error.code === "Unreachable";
        // Only a kill may leave a request without its answer.
        if (!isUnanswered || connection === this.#client) throw error;
        this.#unansweredRequests++;
      }
    }
  }

  #record(submission: Submission, response: BulkResponse<AcceptedTransaction>, isRepeated: boolean): void {
    const { hashes, repeatedCodes } = submission;
    const verdict = verifyAcknowledgement(response, { ...this.#acknowledgementContext, transactionHashes: hashes });
    if (verdict !== true) throw new Error(`The client was given a wrong acknowledgement: ${verdict}`);
    const refused = response.results.flatMap((result) => ("error" in result ? [result.error] : []));
    const unexpected = refused.find(({ code }) => !isRepeated || !repeatedCodes.includes(code));
    if (unexpected) throw new Error(`The client was refused: ${JSON.stringify(unexpected)}`);
    // A request is committed as a whole, so it cannot have been executed in part.
    if (refused.length > 0 && refused.length < hashes.length) throw new Error("Half of a request had been executed.");
    this.#executedWithoutAnswer += refused.length;
    if (refused.length === 0) this.#write(response as AcceptedResponse);
    this.#answered.resolve();
    this.#answered = Promise.withResolvers();
  }

  #write({ results, preconfirmation }: AcceptedResponse): void {
    const lines = results.map(({ transactionHash, position, runningHash }): AcknowledgedLine => {
      return { transactionHash, term: preconfirmation.term, position, runningHash, preconfirmation };
    });
    appendFileSync(this.#options.file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    this.#acknowledged += lines.length;
  }

  /** One order, or several in one request. */
  async #makeOrders(random: Random): Promise<Submission> {
    const count = random.chance(BULK_PROBABILITY) ? BULK_ORDERS : 1;
    const orders = await Promise.all(Array.from({ length: count }, () => this.#makeOrder(random)));
    const requests = orders.map(({ request }) => request);
    return {
      hashes: orders.map(({ hash }) => hash),
      send: (client) => (requests.length === 1 ? submitSingly(client, requests[0]!) : client.submitOrders(requests)),
      repeatedCodes: ["NonceUsed", "DuplicateClientOrderId"],
    };
  }

  async #makeOrder(random: Random): Promise<{ readonly request: OrderRequest; readonly hash: Hex }> {
    const { domain, traders } = this.#options;
    // As late as is allowed: no order may run out while it is sent again and again.
    const deadline = this.#time + MAX_DEADLINE_AHEAD_SECONDS;
    const { account, owner } = random.pick(traders);
    const price = MIDDLE_PRICE + random.below(2 * PRICE_SPREAD + 1) - PRICE_SPREAD;
    const size = 1 + random.below(MOST_LOTS);
    const side = random.chance(0.5) ? "buy" : "sell";
    const nonce = this.#nextNonce++;
    const request = await signOrder(owner, domain, traded, {
      account,
      deadline,
      nonce,
      side,
      price: String(price),
      size: (size / LOTS_OF_ONE).toFixed(3),
      clientOrderId: nonce,
    });
    const bytes = encodeTransaction({
      kind: TransactionKind.order,
      account: accountNumber(account),
      signer: 0,
      deadline: seconds(deadline),
      nonce,
      instrument: instrumentNumber(traded.instrument),
      side: side === "buy" ? Side.buy : Side.sell,
      timeInForce: TimeInForce.goodTilCancelled,
      options: 0,
      priceRank: priceRank(price),
      lots: lots(size),
      restMinutes: 0,
      clientOrderId: nonce,
      signature: compactSignature(fromHex(request.signature)),
    });
    return { request, hash: toHex(keccak256(bytes)) };
  }
}

/** A response in which everything was accepted. */
type AcceptedResponse = { readonly results: readonly AcceptedTransaction[] } & Acknowledgement;

/** Submits one order by itself, and answers as for many: what is refused stands in the results. */
async function submitSingly(client: SequencerClient, order: OrderRequest): Promise<BulkResponse<AcceptedTransaction>> {
  try {
    const { preconfirmation, previousRunningHash, following, ...accepted } = await client.submitOrder(order);
    return { results: [accepted], preconfirmation, previousRunningHash, following };
  } catch (error) {
    if (!(error instanceof RecourseError) || error.code === "Unreachable") throw error;
    return { results: [error.toReport() satisfies Refused] };
  }
}
