import {
  bytesEqual,
  compactSignature,
  extendRunningHash,
  keccak256,
  preconfirmationDigest,
  RecourseError,
  recoverSigner,
  toHex,
} from "@recourse/protocol";
import type { StreamEntry } from "@recourse/verifier";
import type { SubmissionResult } from "./venue.ts";

/** One transaction that the sequencer has acknowledged. */
export interface AcknowledgedTransaction {
  readonly term: number;
  readonly position: number;
  /** keccak of the transaction's bytes. */
  readonly transactionHash: string;
  /** The running hash after it. */
  readonly runningHash: string;
}

/** What a client keeps: every acknowledgement that it was given, each checked when it came. */
export class AcknowledgementBook {
  readonly #domainSeparator: Uint8Array;
  readonly #sequencer: Uint8Array;
  readonly #acknowledged: AcknowledgedTransaction[] = [];

  /** @param sequencer the address that signs, 20 bytes */
  constructor(domainSeparator: Uint8Array, sequencer: Uint8Array) {
    this.#domainSeparator = domainSeparator;
    this.#sequencer = sequencer;
  }

  get count(): number {
    return this.#acknowledged.length;
  }

  /**
   * Takes down what was acknowledged of a submission.
   * @param transactions the bytes of the submission
   * @throws RecourseError `BadAcknowledgement` where the signed hash does not hold the submission, or is not signed
   */
  record(transactions: readonly Uint8Array[], { results, acknowledgement }: SubmissionResult): void {
    const accepted = transactions.flatMap((bytes, place) => {
      const result = results[place];
      return result?.isAccepted ? [{ position: result.position, hash: keccak256(bytes) }] : [];
    });
    if (accepted.length === 0) return;
    if (acknowledgement === undefined) throw bad("The sequencer accepted transactions without an acknowledgement.");
    const { term, position, signature, following } = acknowledgement;
    let runningHash = acknowledgement.previousRunningHash;
    for (const { position: place, hash } of accepted) {
      runningHash = extendRunningHash(runningHash, hash);
      this.#acknowledged.push({
        term,
        position: place,
        transactionHash: toHex(hash),
        runningHash: toHex(runningHash),
      });
    }
    for (const hash of following) runningHash = extendRunningHash(runningHash, hash);
    const last = accepted.at(-1)!.position;
    if (!bytesEqual(runningHash, acknowledgement.runningHash) || last + following.length !== position) {
      throw bad(`The running hash at position ${position} does not hold what was acknowledged.`);
    }
    const digest = preconfirmationDigest(this.#domainSeparator, { term, position, runningHash });
    const signer = recoverSigner(digest, compactSignature(signature));
    if (signer === undefined || !bytesEqual(signer, this.#sequencer)) {
      throw bad(`The acknowledgement of position ${position} is not signed by the sequencer.`);
    }
  }

  /**
   * Looks every acknowledged transaction up in the canonical stream. Where the stream of its term reaches its position,
   * it stands there, after the same running hash; what a revert took out of a term stands in a later one, in order.
   * @returns what is missing or out of order; nothing, where the sequencer has kept its word
   */
  findBroken(stream: readonly StreamEntry[]): AcknowledgedTransaction[] {
    const places = new Map(stream.map(({ term, position }, place) => [`${term}/${position}`, place]));
    const ordered = this.#acknowledged.toSorted(
      (left, right) => left.term - right.term || left.position - right.position,
    );
    let next = 0;
    return ordered.filter(({ term, position, transactionHash, runningHash }) => {
      const place = places.get(`${term}/${position}`);
      if (place !== undefined) {
        next = place + 1;
        return stream[place]!.transactionHash !== transactionHash || stream[place]!.runningHash !== runningHash;
      }
      // Transactions may be alike to the byte (marks are): the first that comes is taken for this one.
      let later = next;
      while (
        later < stream.length &&
        !(stream[later]!.term > term && stream[later]!.transactionHash === transactionHash)
      ) {
        later++;
      }
      if (later === stream.length) return true;
      next = later + 1;
      return false;
    });
  }
}

function bad(message: string): RecourseError {
  return new RecourseError("BadAcknowledgement", message);
}
