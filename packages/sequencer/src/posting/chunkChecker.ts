import { setTimeout as delay } from "node:timers/promises";
import { ChunkKind, RecourseError, stepAbi, toHex } from "@recourse/protocol";
import type { Logger } from "pino";
import {
  BaseError,
  decodeFunctionResult,
  encodeFunctionData,
  HttpRequestError,
  LimitExceededRpcError,
  TimeoutError,
} from "viem";
import type { Layer1 } from "../chain/layer1.ts";
import { shortMessage } from "../chain/shortMessage.ts";
import { MAX_TRANSACTION_GAS } from "../chain/transactionSender.ts";
import type { ChunkProof, ClosedChunk } from "../execution/liveState.ts";

/** Chunks that the L1 node executes for us at the same time. */
const CONCURRENT_CHECKS = 2;

const RETRY_MS = 500;

/** Under load a check that posting waits for is followed by a rest so many times as long as it took. */
const REST = 2;

/** When nobody has waited for an answer for so long, that is a lull; between two groups of orders it is less. */
const LULL_MS = 25;

/** How soon a check that was put off is looked at again. */
const LOOK_AGAIN_MS = 10;

export interface ChunkCheckerOptions {
  readonly layer1: Layer1;
  readonly logger: Logger;
  /** Chunks that may wait for their check before the executor has to. */
  readonly maxWaiting: number;
  /** For how long nobody has waited for an answer, whom the checks would take the processors from. */
  quietMs(): number;
  /** For how long the checks that posting waits for are put off where there is no lull. */
  readonly patienceMs: number;
  /** The contract came to something else than the engine: posting would be fraud, so nothing may go on. */
  fail(error: RecourseError): void;
}

interface WaitingCheck {
  readonly chunk: ClosedChunk;
  readonly proof: ChunkProof;
  resolve(): void;
}

/**
 * Has the contract's own code execute each chunk before it is posted, since the contract is the law: an error in the
 * engine stops the sequencer, instead of convicting it. An acknowledgement needs no check, so checks yield to load: they
 * are put off for a lull. Where none comes, those that posting waits for are made one by one after a while; and beyond
 * half of what may wait, all.
 */
export class ChunkChecker {
  readonly #options: ChunkCheckerOptions;
  #waiting: WaitingCheck[] = [];
  readonly #checks = new WeakMap<ClosedChunk, Promise<void>>();
  #running = 0;
  #checked = 0;
  #roomWaiters: (() => void)[] = [];
  /** When the batch that is posted next began to wait for its checks; undefined where none does. */
  #awaitedSince: number | undefined;
  #restUntil = 0;
  #lookingAgain: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ChunkCheckerOptions) {
    this.#options = options;
  }

  /** Chunks that the contract has executed to the same root. */
  get checked(): number {
    return this.#checked;
  }

  get waiting(): number {
    return this.#waiting.length + this.#running;
  }

  /**
   * Queues a chunk's check.
   * @param proof let go after the check, being much larger than the chunk
   */
  add(chunk: ClosedChunk, proof: ChunkProof): void {
    this.#checks.set(chunk, new Promise((resolve) => this.#waiting.push({ chunk, proof, resolve })));
    this.#startNext();
  }

  /** Resolves when the contract has executed the chunks of the batch that is to be posted next to the same roots. */
  async whenChecked(chunks: readonly ClosedChunk[]): Promise<void> {
    const since = performance.now();
    this.#awaitedSince = since;
    await Promise.all(chunks.map((chunk) => this.#checks.get(chunk)));
    if (this.#awaitedSince === since) this.#awaitedSince = undefined;
  }

  async roomForChunks(): Promise<void> {
    while (this.waiting > this.#options.maxWaiting && !this.#isStopped) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#lookingAgain);
    this.#waiting = [];
    this.#wakeRoomWaiters();
  }

  #wakeRoomWaiters(): void {
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  #startNext(): void {
    while (this.#running < CONCURRENT_CHECKS && !this.#isStopped) {
      if (this.#waiting.length === 0) return;
      if (!this.#isTime) {
        this.#lookAgain();
        return;
      }
      const next = this.#waiting.shift()!;
      this.#running++;
      const start = performance.now();
      void this.#check(next).then((agrees) => {
        this.#running--;
        const end = performance.now();
        this.#restUntil = end + REST * (end - start);
        if (agrees) {
          this.#checked++;
          next.resolve();
        }
        this.#wakeRoomWaiters();
        this.#startNext();
      });
    }
  }

  /** Whether a check may start now. */
  get #isTime(): boolean {
    const { quietMs, patienceMs, maxWaiting } = this.#options;
    if (quietMs() >= LULL_MS || this.waiting > maxWaiting / 2) return true;
    const now = performance.now();
    const isAwaited = this.#awaitedSince !== undefined && now - this.#awaitedSince >= patienceMs;
    return isAwaited && this.#running === 0 && now >= this.#restUntil;
  }

  #lookAgain(): void {
    this.#lookingAgain ??= setTimeout(() => {
      this.#lookingAgain = undefined;
      this.#startNext();
    }, LOOK_AGAIN_MS);
  }

  async #check({ chunk, proof }: WaitingCheck): Promise<boolean> {
    while (!this.#isStopped) {
      try {
        const difference = await this.#differenceOf(chunk, proof);
        if (difference === undefined) return true;
        this.#disagree(chunk, difference);
        return false;
      } catch (error) {
        if (!isConnectionFailure(error)) {
          this.#disagree(chunk, shortMessage(error));
          return false;
        }
        this.#options.logger.warn({ error: shortMessage(error) }, "a chunk's check did not get through: trying again");
        await delay(RETRY_MS);
      }
    }
    return false;
  }

  /** @returns in what the contract's result differs from the engine's; undefined where it does not */
  async #differenceOf(chunk: ClosedChunk, proof: ChunkProof): Promise<string | undefined> {
    const { client, deployment } = this.#options.layer1;
    const { data: result } = await client.call({
      to: deployment.steps[chunk.kind]!,
      data: encodeFunctionData({
        abi: stepAbi,
        functionName: "execute",
        args: [
          chunk.preRoot,
          { ...chunk.context, domainSeparator: toHex(chunk.context.domainSeparator) },
          toHex(chunk.bytes),
          toHex(proof.witness),
        ],
      }),
      gas: MAX_TRANSACTION_GAS,
    });
    if (result === undefined) return "there is no step contract";
    const [postRoot, meter] = decodeFunctionResult({ abi: stepAbi, functionName: "execute", data: result });
    if (postRoot !== chunk.postRoot)
      return `the contract comes to the root ${postRoot}, the engine to ${chunk.postRoot}`;
    return meter === BigInt(proof.meter) ? undefined : `the contract meters ${meter} units, the engine ${proof.meter}`;
  }

  #disagree(chunk: ClosedChunk, difference: string): void {
    const kind = Object.entries(ChunkKind).find(([, code]) => code === chunk.kind)![0];
    this.stop();
    this.#options.fail(
      new RecourseError(
        "ContractDisagrees",
        `A ${kind} chunk of ${chunk.bytes.length} bytes after transaction ${chunk.from.sequence} cannot be posted: ${difference}.`,
      ),
    );
  }
}

/** Whether it was the connection that failed, rather than the contract. */
function isConnectionFailure(error: unknown): boolean {
  return (
    error instanceof BaseError &&
    error.walk(
      (cause) =>
        cause instanceof HttpRequestError || cause instanceof TimeoutError || cause instanceof LimitExceededRpcError,
    ) !== null
  );
}
