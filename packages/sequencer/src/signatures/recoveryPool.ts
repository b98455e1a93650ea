import { Worker } from "node:worker_threads";
import { SIGNATURE_BYTES } from "@recourse/protocol";
import type { RecoveredClaim, SignatureClaim } from "./claims.ts";
import type { RecoveryReply, RecoveryRequest } from "./recoveryWorker.ts";

export const DIGEST_BYTES = 32;
export const ADDRESS_BYTES = 20;
export const CLAIM_BYTES = DIGEST_BYTES + SIGNATURE_BYTES;

/** Claims that one message to a thread carries, at most, so that all threads get their share of a large request. */
const CLAIMS_A_MESSAGE = 64;

interface Waiting {
  readonly claim: SignatureClaim;
  resolve(recovered: RecoveredClaim): void;
  reject(error: Error): void;
}

/** Recovers signers in threads of their own, since that is the dearest part of accepting an order. */
export class RecoveryPool {
  readonly #workers: readonly Worker[];
  readonly #sent = new Map<number, readonly Waiting[]>();
  #collected: Waiting[] = [];
  #isScheduled = false;
  #nextId = 1;
  #nextWorker = 0;
  #failure: Error | undefined;

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(new URL("./recoveryWorker.ts", import.meta.url));
      worker.on("message", (reply: RecoveryReply) => this.#settle(reply));
      worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
      return worker;
    });
  }

  /** @throws Error where a thread has ended */
  recover(claims: readonly SignatureClaim[]): Promise<RecoveredClaim[]> {
    return Promise.all(claims.map((claim) => this.#recoverOne(claim)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#fail(new Error("The threads that recover signers have been stopped."));
  }

  #recoverOne(claim: SignatureClaim): Promise<RecoveredClaim> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#collected.push({ claim, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // Requests that arrive in the same turn of the event loop share a message, which costs more than a recovery.
      setImmediate(() => this.#send());
    });
  }

  #send(): void {
    this.#isScheduled = false;
    const collected = this.#collected;
    this.#collected = [];
    for (let start = 0; start < collected.length; start += CLAIMS_A_MESSAGE) {
      const part = collected.slice(start, start + CLAIMS_A_MESSAGE);
      const claims = new Uint8Array(part.length * CLAIM_BYTES);
      part.forEach(({ claim }, place) => {
        claims.set(claim.digest, place * CLAIM_BYTES);
        claims.set(claim.signature, place * CLAIM_BYTES + DIGEST_BYTES);
      });
      const id = this.#nextId++;
      this.#sent.set(id, part);
      this.#workers[this.#nextWorker]!.postMessage({ id, claims } satisfies RecoveryRequest);
      this.#nextWorker = (this.#nextWorker + 1) % this.#workers.length;
    }
  }

  #settle({ id, signers }: RecoveryReply): void {
    const part = this.#sent.get(id)!;
    this.#sent.delete(id);
    part.forEach(({ claim, resolve }, place) => {
      const signer = signers.slice(place * ADDRESS_BYTES, (place + 1) * ADDRESS_BYTES);
      resolve({ ...claim, signer: signer.some((byte) => byte !== 0) ? signer : undefined });
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const part of [...this.#sent.values(), this.#collected]) {
      for (const { reject } of part) reject(this.#failure);
    }
    this.#sent.clear();
    this.#collected = [];
  }
}
