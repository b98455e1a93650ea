import { hasAdmission, keccak256, type TransactionKind, toHex } from "@recourse/protocol";
import type { AcceptedResult, Acknowledgement } from "./submissionQueue.ts";

/** Transactions that are remembered: about a kilobyte each. */
const CAPACITY = 32_768;

/** Transactions that were signed for together. */
export interface SignedGroup extends Pick<Acknowledgement, "term" | "position" | "runningHash" | "signature"> {
  /** Hashes of all of them, in order. */
  readonly accepted: readonly Uint8Array[];
}

interface Remembered {
  readonly result: AcceptedResult;
  readonly group: SignedGroup;
  readonly previousRunningHash: Uint8Array;
}

/**
 * What was answered to the transactions that were accepted last, so that whoever sends the same bytes again, because an
 * answer was lost, is answered alike. Only transactions with a nonce are remembered: they are executed once at most.
 */
export class RecentlyAccepted {
  readonly #capacity: number;
  /** By the transaction's hash. */
  readonly #remembered = new Map<string, Remembered>();
  /** The hashes in a ring: a map finds its oldest key only by passing over all that have been deleted. */
  readonly #ring: string[] = [];
  #next = 0;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** Remembers what is being answered; the oldest is forgotten where there are too many. */
  remember(transaction: Uint8Array, remembered: Remembered): void {
    if (!hasAdmission(transaction[0] as TransactionKind)) return;
    const hash = toHex(remembered.result.transactionHash);
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#remembered.delete(oldest);
    this.#ring[this.#next] = hash;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#remembered.set(hash, remembered);
  }

  /** What was answered to a transaction, if it was accepted not too long ago, with what was signed for it alone. */
  find(transaction: Uint8Array): AcceptedResult | undefined {
    if (!hasAdmission(transaction[0] as TransactionKind)) return undefined;
    const remembered = this.#remembered.get(toHex(keccak256(transaction)));
    if (remembered === undefined) return undefined;
    const { result, group, previousRunningHash } = remembered;
    const { term, position, runningHash, signature, accepted } = group;
    const following = accepted.slice(accepted.length - (position - result.position));
    return { ...result, repeated: { term, position, runningHash, signature, previousRunningHash, following } };
  }
}
