import { Worker } from "node:worker_threads";
import type { RecoveredClaim, SignatureClaim } from "./claims.ts";
import { ADDRESS_BYTES, CLAIM_BYTES, DIGEST_BYTES } from "./layout.ts";

/** Claims that one message to a thread carries, at most, so that all threads get their share of a large request. */
const CLAIMS_A_MESSAGE = 64;

/** Claims that came together, and what is known of their signers. */
interface Request {
  readonly claims: readonly SignatureClaim[];
  readonly recovered: RecoveredClaim[];
  missing: number;
  resolve(recovered: RecoveredClaim[]): void;
  reject(error: Error): void;
}

/** One claim of a request. */
interface Task {
  readonly request: Request;
  readonly place: number;
}

interface RecoveryThread {
  readonly worker: Worker;
  /** What it is at work on, in the order of its message; empty where it is idle. */
  tasks: readonly Task[];
}

/**
 * Recovers signers in threads of their own, since that is the dearest part of accepting an order. A thread has one
 * message at a time: what comes meanwhile shares the next, because a message costs more than a recovery.
 */
export class RecoveryPool {
  readonly #threads: readonly RecoveryThread[];
  #waiting: Task[] = [];
  #isScheduled = false;
  #failure: Error | undefined;

  constructor(threads: number) {
    this.#threads = Array.from({ length: threads }, () => {
      const worker = new Worker(new URL("./recoveryWorker.ts", import.meta.url));
      const thread: RecoveryThread = { worker, tasks: [] };
      worker.on("message", (signers: Uint8Array) => this.#settle(thread, signers));
      worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
      return thread;
    });
  }

  /**
   * Recovers the signers of claims, in order.
   * @throws Error where a thread has ended
   */
  recover(claims: readonly SignatureClaim[]): Promise<RecoveredClaim[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (claims.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const request: Request = { claims, recovered: new Array(claims.length), missing: claims.length, resolve, reject };
      for (let place = 0; place < claims.length; place++) this.#waiting.push({ request, place });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#send();
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    this.#fail(new Error("The threads that recover signers have been stopped."));
  }

  #send(): void {
    for (const thread of this.#threads) {
      if (this.#waiting.length === 0) return;
      if (thread.tasks.length > 0) continue;
      thread.tasks = this.#waiting.splice(0, CLAIMS_A_MESSAGE);
      const message = new Uint8Array(thread.tasks.length * CLAIM_BYTES);
      for (const [index, { request, place }] of thread.tasks.entries()) {
        const { digest, signature } = request.claims[place]!;
        message.set(digest, index * CLAIM_BYTES);
        message.set(signature, index * CLAIM_BYTES + DIGEST_BYTES);
      }
      thread.worker.postMessage(message);
    }
  }

  #settle(thread: RecoveryThread, signers: Uint8Array): void {
    const { tasks } = thread;
    thread.tasks = [];
    // The thread goes on while what it has found is taken up.
    this.#send();
    for (const [index, { request, place }] of tasks.entries()) {
      const signer = signers.subarray(index * ADDRESS_BYTES, (index + 1) * ADDRESS_BYTES);
      const isValid = signer.some((byte) => byte !== 0);
      request.recovered[place] = { ...request.claims[place]!, signer: isValid ? signer : undefined };
      if (--request.missing === 0) request.resolve(request.recovered);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    const tasks = [...this.#threads.flatMap((thread) => thread.tasks), ...this.#waiting.splice(0)];
    for (const { request } of tasks) request.reject(this.#failure);
  }
}
