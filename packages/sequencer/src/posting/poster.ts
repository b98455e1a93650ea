import { setTimeout as delay } from "node:timers/promises";
import { type BatchSummary, ChunkKind, type Hash, rollupAbi, toHex } from "@recourse/protocol";
import type { Logger } from "pino";
import { encodeFunctionData } from "viem";
import type { Layer1 } from "../chain/layer1.ts";
import { shortMessage } from "../chain/shortMessage.ts";
import { MAX_TRANSACTION_GAS, type TransactionSender } from "../chain/transactionSender.ts";
import type { SealedBatch } from "../execution/liveState.ts";
import type { BatchRecord, BatchTable, DishonestMark } from "../journal/batches.ts";
import type { ChunkChecker } from "./chunkChecker.ts";

/** Gas of a post: a base, and what a byte of calldata costs at most, its log and its hash included. */
const POST_BASE_GAS = 1_000_000n;
const POST_BYTE_GAS = 110n;

const NO_CLOCK_LAG_LIMIT = 2 ** 32 - 1;

/** What is claimed on L1 of a batch: the roots after its chunks. They are the honest ones but in a drill. */
export interface Claim {
  readonly postRoots: readonly Hash[];
  readonly dishonest?: DishonestMark;
}

export interface PosterOptions {
  readonly layer1: Layer1;
  readonly sender: TransactionSender;
  readonly batches: BatchTable;
  readonly checker: ChunkChecker;
  readonly logger: Logger;
  readonly pollIntervalMs: number;
  /** Batches that may wait to be posted before the executor has to. */
  readonly maxBacklog: number;
  claim(batch: SealedBatch): Claim | Promise<Claim>;
  onPosted(batch: SealedBatch, summary: BatchSummary): void;
  /** Ends the process: the journal does not take the batch. */
  fail(error: unknown): void;
}

/**
 * Posts sealed batches, one after the other: each names its parent's L1 time, so it can be sent only when the parent is
 * in a block.
 */
export class Poster {
  readonly #options: PosterOptions;
  #parent: BatchSummary;
  #turn: Promise<void> = Promise.resolve();
  #backlog = 0;
  readonly #stopped = Promise.withResolvers<void>();
  #isStopped = false;
  #lastError: string | undefined;
  #roomWaiters: (() => void)[] = [];

  /** @param parent the newest standing batch */
  constructor(options: PosterOptions, parent: BatchSummary) {
    this.#options = options;
    this.#parent = parent;
  }

  /** Batches that are sealed and not in a block yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Why the last attempt at posting failed; undefined where it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /**
   * Takes a batch whose every transaction is on the disk.
   * @param isRecorded whether the batch is in the journal's table already, as it is after a restart
   */
  add(batch: SealedBatch, isRecorded: boolean): void {
    this.#backlog++;
    this.#turn = this.#turn.then(() => this.#process(batch, isRecorded)).catch((error) => this.#options.fail(error));
  }

  /** Resolves when there is room for more batches, or none will be posted any more. */
  async roomForBatches(): Promise<void> {
    while (this.#backlog > this.#options.maxBacklog && !this.#isStopped) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
  }

  /** Posts no further batch; resolves when nobody waits for one any more. What is sealed stays in the journal. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopped.resolve();
    this.#wakeRoomWaiters();
    await this.#turn;
  }

  #wakeRoomWaiters(): void {
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  async #process(batch: SealedBatch, isRecorded: boolean): Promise<void> {
    if (this.#isStopped) return;
    const claim = isRecorded ? honestClaim(batch) : await this.#options.claim(batch);
    if (!isRecorded) await this.#options.batches.insert(recordOf(batch, claim));
    if (!claim.dishonest) {
      await Promise.race([this.#options.checker.whenChecked(batch.chunks), this.#stopped.promise]);
    }
    const summary = await this.#postUntilItStands(batch, claim);
    if (summary === undefined) return;
    this.#parent = summary;
    this.#backlog--;
    this.#wakeRoomWaiters();
    this.#options.onPosted(batch, summary);
  }

  /** @returns undefined where the poster was stopped before */
  async #postUntilItStands(batch: SealedBatch, claim: Claim): Promise<BatchSummary | undefined> {
    const { logger, pollIntervalMs } = this.#options;
    while (!this.#isStopped) {
      try {
        const summary = await this.#postOnce(batch, claim);
        this.#lastError = undefined;
        if (summary) return summary;
      } catch (error) {
        this.#lastError = shortMessage(error);
        logger.error({ batch: batch.index, error: this.#lastError }, "the batch could not be posted: trying again");
      }
      await delay(pollIntervalMs);
    }
    return undefined;
  }

  async #postOnce(batch: SealedBatch, claim: Claim): Promise<BatchSummary | undefined> {
    const { layer1, sender, batches, logger } = this.#options;
    // An earlier attempt may be in a block, though nobody saw it: before a crash, or while the node did not answer.
    const standing = await this.#readIfPosted(batch);
    if (standing) return standing;
    const block = await layer1.client.getBlock();
    const time = batchTime(
      batch.time,
      this.#parent.time,
      Number(block.timestamp),
      layer1.deployment.maxClockLagSeconds,
    );
    if (time > block.timestamp) return undefined;
    const data = encodeFunctionData({
      abi: rollupAbi,
      functionName: "post",
      args: [
        {
          time,
          l1BlockNumber: block.number,
          l1BlockHash: block.hash,
          chunks: batch.chunks.map(({ kind, messages }, place) => ({
            kind,
            messages,
            postRoot: claim.postRoots[place]!,
          })),
        },
        batch.chunks.map(({ kind, bytes }) => (kind === ChunkKind.bridge ? "0x" : toHex(bytes))),
        this.#parent,
      ],
    });
    const gas = POST_BASE_GAS + POST_BYTE_GAS * BigInt(data.length / 2);
    const receipt = await sender.send({
      to: layer1.deployment.rollup,
      data,
      gas: gas < MAX_TRANSACTION_GAS ? gas : MAX_TRANSACTION_GAS,
      beforeSending: (hash) => batches.markSent(batch.term.term, batch.index, hash),
    });
    if (receipt.status !== "success") throw new Error(`The contract refused the batch in ${receipt.transactionHash}.`);
    const posted = await this.#readIfPosted(batch);
    if (posted)
      logger.info({ batch: batch.index, hash: receipt.transactionHash, gas: receipt.gasUsed }, "batch posted");
    return posted;
  }

  async #readIfPosted(batch: SealedBatch): Promise<BatchSummary | undefined> {
    const { layer1, batches } = this.#options;
    const { head, term } = await layer1.readOffice();
    if (head < batch.index || term !== batch.term.term) return undefined;
    const posted = await layer1.readBatch(batch.index);
    if (posted === undefined || posted.summary.term !== batch.term.term) return undefined;
    await batches.markPosted(batch.term.term, batch.index, posted, posted.summary);
    return posted.summary;
  }
}

/** The roots that the engine came to. */
export function honestClaim(batch: SealedBatch): Claim {
  return { postRoots: batch.chunks.map(({ postRoot }) => postRoot) };
}

/**
 * The time that a batch states: the engine's clock after it. Where that lags so far behind L1 that the contract might
 * refuse it soon, a later one, under which the batch executes to the same roots.
 */
export function batchTime(engineTime: number, parentTime: number, l1Time: number, maxClockLagSeconds: number): number {
  const time = Math.max(engineTime, parentTime);
  if (maxClockLagSeconds === NO_CLOCK_LAG_LIMIT) return time;
  return Math.max(time, l1Time - Math.floor(maxClockLagSeconds / 2));
}

function recordOf(batch: SealedBatch, claim: Claim): BatchRecord {
  return {
    term: batch.term.term,
    index: batch.index,
    status: "sealed",
    from: batch.from,
    to: batch.to,
    time: batch.time,
    chunks: batch.chunks.map((chunk) => ({
      kind: chunk.kind,
      amount: chunk.kind === ChunkKind.bridge ? chunk.messages : chunk.to.sequence - chunk.from.sequence,
      byteLength: chunk.kind === ChunkKind.bridge ? 0 : chunk.bytes.length,
      postRoot: chunk.postRoot,
    })),
    ...(claim.dishonest ? { dishonest: claim.dishonest } : {}),
  };
}
