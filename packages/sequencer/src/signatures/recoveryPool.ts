import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { RecoveredClaim, SignatureClaim } from "./claims.ts";
import { ADDRESS_BYTES, CLAIM_BYTES, DIGEST_BYTES } from "./layout.ts";

/** Claims that one message to a thread carries, at most, so that all threads get their share of a large request. */
const CLAIMS_A_MESSAGE = 64;

/** A thread, and whether it is at work. */
interface RecoveryThread {
  readonly worker: Worker;
  isBusy: boolean;
}

interface Waiting {
  readonly claim: SignatureClaim;
  resolve(recovered: RecoveredClaim): void;
  reject(error: Error): void;
}

/**
 * Recovers signers in threads of their own, since that is the dearest part of accepting an order. A thread has one
 * message at a time: what comes meanwhile shares the next, because a message costs more than a recovery.
 */
export class RecoveryPool {
  readonly #threads: readonly RecoveryThread[];
  #collected: Waiting[] = [];
  #isScheduled = false;
  #failure: Error | undefined;

  constructor(threads: number) {
    this.#threads = Array.from({ length: threads }, () => ({
      worker: new Worker(new URL("./recoveryWorker.ts", import.meta.url)),
      isBusy: false,
    }));
    for (const { worker } of this.#threads) {
      worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    }
  }

  /** @throws Error where a thread has ended */
  recover(claims: readonly SignatureClaim[]): Promise<RecoveredClaim[]> {
    return Promise.all(claims.map((claim) => this.#recoverOne(claim)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    this.#fail(new Error("The threads that recover signers have been stopped."));
  }

  #recoverOne(claim: SignatureClaim): Promise<RecoveredClaim> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#collected.push({ claim, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#send();
      });
    });
  }

  #send(): void {
    for (const thread of this.#threads) {
      if (this.#collected.length === 0) return;
      if (!thread.isBusy) void this.#sendTo(thread, this.#collected.splice(0, CLAIMS_A_MESSAGE));
    }
  }

  async #sendTo(thread: RecoveryThread, part: readonly Waiting[]): Promise<void> {
    const claims = new Uint8Array(part.length * CLAIM_BYTES);
    part.forEach(({ claim }, place) => {
      claims.set(claim.digest, place * CLAIM_BYTES);
      claims.set(claim.signature, place * CLAIM_BYTES + DIGEST_BYTES);
    });
    thread.isBusy = true;
    try {
      const answer = once(thread.worker, "message") as Promise<[Uint8Array]>;
      thread.worker.postMessage(claims);
      const [signers] = await answer;
      part.forEach(({ claim, resolve }, place) => {
        const signer = signers.slice(place * ADDRESS_BYTES, (place + 1) * ADDRESS_BYTES);
        resolve({ ...claim, signer: signer.some((byte) => byte !== 0) ? signer : undefined });
      });
    } catch (error) {
      for (const { reject } of part) reject(error as Error);
    }
    thread.isBusy = false;
    this.#send();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#collected.splice(0)) reject(this.#failure);
  }
}
