import type { EngineEvent } from "@recourse/engine";
import type { ReasonCode } from "@recourse/protocol";
import { ChunkKind, chunkKindOf, type InboxMessage, RecourseError, TransactionKind } from "@recourse/protocol";
import type { RecoveredClaim } from "../signatures/claims.ts";

/** A transaction whose bytes decode, with what is known of its signatures. */
export interface PreparedTransaction {
  readonly bytes: Uint8Array;
  readonly claims: readonly RecoveredClaim[];
}

export interface AcceptedResult {
  readonly isAccepted: true;
  /** 32 bytes. */
  readonly transactionHash: Uint8Array;
  /** Its place in the term's stream, from 1 on. */
  readonly position: number;
  /** The stream's running hash after it. */
  readonly runningHash: Uint8Array;
  readonly events: readonly EngineEvent[];
  /** Present where these very bytes had been accepted before: all is what it was then, with what was signed then. */
  readonly repeated?: Acknowledgement;
}

export type TransactionResult = AcceptedResult | { readonly isAccepted: false; readonly reason: ReasonCode };

/** What the sequencer signs for, once the stream is on the disk. */
export interface Acknowledgement {
  readonly term: number;
  readonly position: number;
  readonly runningHash: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** The running hash before the submission's first accepted transaction. */
  readonly previousRunningHash: Uint8Array;
  /** Hashes of the transactions that come after the submission's last one, up to the signed position. */
  readonly following: readonly Uint8Array[];
}

export interface SubmissionResult {
  /** One for each transaction, in order. */
  readonly results: readonly TransactionResult[];
  /** Absent where nothing was accepted anew. */
  readonly acknowledgement?: Acknowledgement;
}

/** Transactions that are executed in a row. */
export interface Submission {
  readonly transactions: readonly PreparedTransaction[];
  resolve(result: SubmissionResult): void;
  reject(error: Error): void;
}

/** What the executor is to do next: one task that wants it for itself, or a group. */
export type Work =
  | { readonly kind: "task"; run(): Promise<void> }
  | {
      readonly kind: "group";
      readonly messages: readonly { readonly messages: readonly InboxMessage[]; readonly l1Block: bigint }[];
      readonly submissions: readonly Submission[];
      readonly isSealing: boolean;
    };

/** In the order in which they are executed. */
const RISK_LANE = 0;
const HOUSE_LANE = 1;
const BLOCK_LANE = 2;
const CANCEL_LANE = 3;
const ORDER_LANE = 4;

const orderKinds: ReadonlySet<TransactionKind> = new Set([
  TransactionKind.order,
  TransactionKind.replace,
  TransactionKind.conditional,
]);

/** Transactions that a group takes before it leaves the rest to the next. */
const GROUP_TRANSACTIONS = 512;

/**
 * What waits for the executor. Lanes: what makes marks fresh comes first; then liquidations and what else the house does,
 * by those marks; then what makes quotes fresh, cancels and session keys, and these before orders, so that nobody is hit
 * for being slower than the sequencer's queue. A lane's transactions share their kind of chunk, so a group cuts few.
 */
export class SubmissionQueue {
  readonly #maxTransactions: number;
  readonly #lanes: readonly Submission[][] = Array.from({ length: ORDER_LANE + 1 }, () => []);
  #waitingTransactions = 0;
  /** Submissions that have been queued and not answered. */
  #unanswered = 0;
  #quietSince = 0;
  #messages: { readonly messages: readonly InboxMessage[]; readonly l1Block: bigint }[] = [];
  #tasks: (() => Promise<void>)[] = [];
  #isSealing = false;
  #wake: (() => void) | undefined;
  #closedBy: RecourseError | undefined;

  /** @param maxTransactions that may wait at the same time */
  constructor(maxTransactions: number) {
    this.#maxTransactions = maxTransactions;
  }

  /**
   * Takes places for transactions that are going to be submitted, while their signatures are looked at.
   * @throws RecourseError `Overloaded` where too much is waiting already, or what the queue was closed with
   */
  reserve(transactions: number): void {
    if (this.#closedBy) throw this.#closedBy;
    if (this.#waitingTransactions + transactions > this.#maxTransactions) {
      throw new RecourseError("Overloaded", "The sequencer has more to do than it can hold: try again shortly.");
    }
    this.#waitingTransactions += transactions;
  }

  /** Gives places back that are not going to be used. */
  release(transactions: number): void {
    this.#waitingTransactions -= transactions;
  }

  /** Queues transactions for which places have been reserved. */
  submit(transactions: readonly PreparedTransaction[]): Promise<SubmissionResult> {
    if (this.#closedBy) return Promise.reject(this.#closedBy);
    this.#unanswered++;
    const lane = this.#lanes[laneOf(transactions[0]!.bytes[0] as TransactionKind)]!;
    return new Promise<SubmissionResult>((resolve, reject) => {
      lane.push({ transactions, resolve, reject });
      this.#wake?.();
    }).finally(() => {
      if (--this.#unanswered === 0) this.#quietSince = performance.now();
    });
  }

  /** Refuses what waits and whatever else comes: nothing will execute it. */
  close(error: RecourseError): void {
    this.#closedBy = error;
    for (const { reject } of this.#lanes.flatMap((lane) => lane.splice(0))) reject(error);
  }

  /** Queues inbox messages, which are never refused. */
  consume(messages: readonly InboxMessage[], l1Block: bigint): void {
    this.#messages.push({ messages, l1Block });
    this.#wake?.();
  }

  /** Asks for the open batch to be sealed after what is waiting. */
  seal(): void {
    this.#isSealing = true;
    this.#wake?.();
  }

  /** Queues a task that runs before everything else, while nothing is executed or committed. */
  runExclusively(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#wake?.();
    });
  }

  /** Transactions that have places and have not been executed. */
  get waitingTransactions(): number {
    return this.#waitingTransactions;
  }

  /** For how long nobody has waited for an answer; 0 while somebody does. */
  get quietMs(): number {
    return this.#waitingTransactions > 0 || this.#unanswered > 0 ? 0 : performance.now() - this.#quietSince;
  }

  /** The next work, or undefined where there is none. */
  take(): Work | undefined {
    const task = this.#tasks.shift();
    if (task) return { kind: "task", run: task };
    const isIdle = this.#lanes.every(({ length }) => length === 0) && this.#messages.length === 0;
    if (isIdle && !this.#isSealing) return undefined;
    const messages = this.#messages;
    const isSealing = this.#isSealing;
    this.#messages = [];
    this.#isSealing = false;
    return { kind: "group", messages, submissions: this.#takeSubmissions(), isSealing };
  }

  /** Resolves when there is work. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #takeSubmissions(): Submission[] {
    const taken: Submission[] = [];
    let count = 0;
    for (const lane of this.#lanes) {
      while (lane.length > 0 && count < GROUP_TRANSACTIONS) {
        const submission = lane.shift()!;
        count += submission.transactions.length;
        taken.push(submission);
      }
    }
    this.#waitingTransactions -= count;
    return taken;
  }
}

/** The lane of a transaction, the first of those that are executed in a row. */
function laneOf(kind: TransactionKind): number {
  switch (chunkKindOf(kind)) {
    case ChunkKind.risk:
      return RISK_LANE;
    case ChunkKind.house:
      return HOUSE_LANE;
    case ChunkKind.block:
      return BLOCK_LANE;
    default:
      return orderKinds.has(kind) ? ORDER_LANE : CANCEL_LANE;
  }
}
