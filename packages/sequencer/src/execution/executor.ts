import { setTimeout as delay } from "node:timers/promises";
import { keccak256, Reason, RecourseError } from "@recourse/protocol";
import type { Journal, JournalRecord } from "../journal/journal.ts";
import { recoveryFrom } from "../signatures/claims.ts";
import type { LiveState, SealedBatch } from "./liveState.ts";
import { RecentlyAccepted, type SignedGroup } from "./recentlyAccepted.ts";
import type { Acknowledgement, Submission, SubmissionQueue, TransactionResult, Work } from "./submissionQueue.ts";

type Group = Extract<Work, { kind: "group" }>;

interface ExecutedSubmission {
  readonly submission: Submission;
  readonly results: readonly TransactionResult[];
  readonly previousRunningHash: Uint8Array;
  /** The place of the run that its accepted transactions belong to, if it has any. */
  readonly run: number;
  /** Transactions of the run that had been accepted when the submission was through. */
  readonly acceptedBefore: number;
}

/** Accepted transactions that are signed for together. */
interface SigningRun {
  /** The stream after the last of them. */
  readonly position: number;
  readonly runningHash: Uint8Array;
  /** Their hashes, in order. */
  readonly accepted: readonly Uint8Array[];
}

/** A group after its execution and before its commit. */
interface ExecutedGroup {
  readonly term: number;
  readonly records: readonly JournalRecord[];
  readonly submissions: readonly ExecutedSubmission[];
  /** All accepted transactions, in order. */
  readonly runs: readonly SigningRun[];
  readonly sealed: readonly SealedBatch[];
}

/**
 * Accepted transactions after which a run ends. An acknowledgement lists those of its run that come after its own; one
 * signature for a whole group would cost more in these lists than it saves.
 */
const TRANSACTIONS_A_SIGNATURE = 16;

/**
 * Between the beginnings of two groups. A commit costs as much for one transaction as for a dozen, so where orders come
 * steadily those of this long share one; an order after a pause does not wait, and a large group takes longer anyway.
 */
const GROUP_INTERVAL_MS = 2;

export interface ExecutorOptions {
  readonly queue: SubmissionQueue;
  readonly journal: Journal;
  /** The state of the moment; a rebuild replaces it. */
  state(): LiveState;
  /** Batches that have been sealed since the last call. */
  takeSealed(): SealedBatch[];
  /** Signs the stream up to a position: 65 bytes. */
  sign(term: number, position: number, runningHash: Uint8Array): Uint8Array;
  /** Resolves when the rest of the process has room for more chunks, or has to recover first. */
  roomForChunks(): Promise<void>;
  /** Takes batches whose every transaction is on the disk. */
  post(batches: readonly SealedBatch[]): void;
  /** Ends the process, once everybody has an answer: what was executed is no longer certain to be on the disk. */
  fail(error: unknown): void;
}

/**
 * The single writer: executes all that waits as one group, commits the group to the journal, and only then answers.
 * While one group is being committed the next is executed; it is answered after its own commit.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #recent = new RecentlyAccepted();
  #commit: Promise<void> = Promise.resolve();
  #lastGroupAt = 0;
  /** Why the journal took no more. */
  #failure: RecourseError | undefined;
  #isStopping = false;
  #loop: Promise<void> | undefined;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run().catch((error) => this.#options.fail(error));
  }

  /** Finishes what waits, and ends. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#options.queue.seal();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { queue } = this.#options;
    for (;;) {
      await this.#groupInterval();
      const work = queue.take();
      if (work === undefined) {
        if (this.#isStopping) break;
        await queue.wait();
      } else if (work.kind === "task") {
        await this.#commit;
        await work.run();
      } else {
        await this.#options.roomForChunks();
        this.#lastGroupAt = performance.now();
        const executed = this.#execute(work);
        await this.#commit;
        if (this.#failure) return this.#refuse(executed, this.#failure);
        this.#commit = this.#commitGroup(executed).catch((error) => this.#fail(executed, error));
      }
    }
    await this.#commit;
  }

  async #groupInterval(): Promise<void> {
    const restMs = this.#lastGroupAt + GROUP_INTERVAL_MS - performance.now();
    if (restMs > 0) await delay(restMs);
  }

  /** Nothing of the group is acknowledged, nor of what comes after it: the state knows more than the journal. */
  #fail(group: ExecutedGroup, cause: unknown): void {
    this.#failure = new RecourseError(
      "JournalUnavailable",
      "The journal could not be written. The transaction is not acknowledged; it may stand in the stream all the same.",
      [],
      { cause },
    );
    this.#refuse(group, this.#failure);
    this.#options.queue.close(this.#failure);
    this.#options.fail(cause);
  }

  #refuse(group: ExecutedGroup, error: RecourseError): void {
    for (const { submission } of group.submissions) submission.reject(error);
  }

  #execute({ messages, submissions, isSealing }: Group): ExecutedGroup {
    const state = this.#options.state();
    const records: JournalRecord[] = [];
    for (const { messages: some, l1Block } of messages) {
      state.consume(some);
      records.push({ kind: "messages", messages: some, l1Block });
    }
    const transactions: Uint8Array[] = [];
    const runs: SigningRun[] = [];
    let accepted: Uint8Array[] = [];
    const endRun = (): void => {
      runs.push({ position: state.position, runningHash: state.runningHash, accepted });
      accepted = [];
    };
    const executed = submissions.map((submission): ExecutedSubmission => {
      const previousRunningHash = state.runningHash;
      const results = submission.transactions.map(({ bytes, claims }): TransactionResult => {
        const { outcome, position, runningHash } = state.submit(bytes, recoveryFrom(claims));
        if (outcome.reason !== Reason.Ok) return { isAccepted: false, reason: outcome.reason };
        const transactionHash = keccak256(bytes);
        accepted.push(transactionHash);
        transactions.push(bytes);
        return { isAccepted: true, transactionHash, position, runningHash, events: outcome.events };
      });
      const inRun = { run: runs.length, acceptedBefore: accepted.length };
      if (accepted.length >= TRANSACTIONS_A_SIGNATURE) endRun();
      return { submission, results, previousRunningHash, ...inRun };
    });
    if (accepted.length > 0) endRun();
    if (transactions.length > 0) records.push({ kind: "transactions", transactions });
    if (isSealing) state.seal();
    return {
      term: state.term.term,
      records,
      submissions: executed,
      runs,
      sealed: this.#options.takeSealed(),
    };
  }

  async #commitGroup(group: ExecutedGroup): Promise<void> {
    const { term, records } = group;
    const committed = records.length > 0 ? this.#options.journal.append(term, records) : undefined;
    const signed = group.runs.map((run): SignedGroup => {
      return { ...run, term, signature: this.#options.sign(term, run.position, run.runningHash) };
    });
    await committed;
    for (const { submission, results, previousRunningHash, run, acceptedBefore } of group.submissions) {
      const signedRun = signed[run];
      if (signedRun === undefined || !results.some(({ isAccepted }) => isAccepted)) {
        submission.resolve({ results: this.#withRepeated(submission, results) });
        continue;
      }
      this.#remember(submission, results, previousRunningHash, signedRun);
      const { position, runningHash, signature } = signedRun;
      const following = signedRun.accepted.slice(acceptedBefore);
      const acknowledgement: Acknowledgement = {
        term,
        position,
        runningHash,
        signature,
        previousRunningHash,
        following,
      };
      submission.resolve({ results: this.#withRepeated(submission, results), acknowledgement });
    }
    this.#options.post(group.sealed);
  }

  #remember(
    { transactions }: Submission,
    results: readonly TransactionResult[],
    runningHash: Uint8Array,
    group: SignedGroup,
  ): void {
    let previousRunningHash = runningHash;
    results.forEach((result, place) => {
      if (!result.isAccepted) return;
      this.#recent.remember(transactions[place]!.bytes, { result, group, previousRunningHash });
      previousRunningHash = result.runningHash;
    });
  }

  /** What is refused now but had been accepted before, as the very same bytes, is answered as it was then. */
  #withRepeated({ transactions }: Submission, results: readonly TransactionResult[]): TransactionResult[] {
    return results.map((result, place) => {
      return result.isAccepted ? result : (this.#recent.find(transactions[place]!.bytes) ?? result);
    });
  }
}
