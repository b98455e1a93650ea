import { decodeTransaction, RecourseError, type Transaction, toHex } from "@recourse/protocol";
import type { AcceptedTransaction, Acknowledged, Acknowledgement, BulkResponse, Refused } from "@recourse/sdk";
import type { PreparedTransaction, SubmissionResult, TransactionResult } from "../execution/submissionQueue.ts";
import { signatureClaims } from "../signatures/claims.ts";
import type { ApiContext } from "./context.ts";
import { refusal } from "./errors.ts";

/** A transaction that is to be executed, or why it cannot be one. */
export type Candidate = DecodedTransaction | RecourseError;

export interface DecodedTransaction {
  readonly bytes: Uint8Array;
  readonly transaction: Transaction;
}

export type Describe<Accepted extends AcceptedTransaction> = (
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  transaction: Transaction,
) => Accepted;

/** @throws RecourseError `MalformedRequest` where the bytes are not exactly one transaction */
export function candidateOf(bytes: Uint8Array): Candidate {
  const decoded = decodeTransaction(bytes);
  if (decoded === undefined || decoded.length !== bytes.length) {
    return new RecourseError("MalformedRequest", "The bytes are not exactly one transaction.");
  }
  return { bytes, transaction: decoded.transaction };
}

/**
 * Submits one transaction and answers when it is durable.
 * @throws RecourseError with the reason's name where it was refused
 */
export async function submitOne<Accepted extends AcceptedTransaction>(
  context: ApiContext,
  candidate: Candidate,
  describe: Describe<Accepted>,
): Promise<Acknowledged<Accepted>> {
  if (candidate instanceof RecourseError) throw candidate;
  const { results, acknowledgement } = await submit(context, [candidate]);
  const result = results[0]!;
  if (!result.isAccepted) throw refusal(result.reason);
  const description = describe(result, candidate.transaction);
  return { ...description, ...encodeAcknowledgement(result.repeated ?? acknowledgement!) };
}

/** Submits many transactions, executed in a row, and answers when they are durable. */
export async function submitMany<Accepted extends AcceptedTransaction>(
  context: ApiContext,
  candidates: readonly Candidate[],
  describe: Describe<Accepted>,
): Promise<BulkResponse<Accepted>> {
  const executable = candidates.filter(
    (candidate): candidate is DecodedTransaction => !(candidate instanceof RecourseError),
  );
  const { results, acknowledgement }: SubmissionResult =
    executable.length === 0 ? { results: [] } : await submit(context, executable);
  let next = 0;
  const entries = candidates.map((candidate): Accepted | Refused => {
    if (candidate instanceof RecourseError) return candidate.toReport();
    const result = results[next++]!;
    return result.isAccepted ? describe(result, candidate.transaction) : refusal(result.reason).toReport();
  });
  return { results: entries, ...(acknowledgement ? encodeAcknowledgement(acknowledgement) : {}) };
}

async function submit(context: ApiContext, candidates: readonly DecodedTransaction[]): Promise<SubmissionResult> {
  context.queue.reserve(candidates.length);
  let prepared: PreparedTransaction[];
  try {
    const claims = candidates.map(({ transaction }) => signatureClaims(context.domainSeparator, transaction));
    const recovered = await context.recovery.recover(claims.flat());
    let next = 0;
    prepared = candidates.map(({ bytes }, place) => {
      const first = next;
      next += claims[place]!.length;
      return { bytes, claims: recovered.slice(first, next) };
    });
  } catch (error) {
    context.queue.release(candidates.length);
    throw error;
  }
  return context.queue.submit(prepared);
}

/** What every accepted transaction is reported with. */
export function describeAccepted(accepted: Extract<TransactionResult, { isAccepted: true }>): AcceptedTransaction {
  return {
    transactionHash: toHex(accepted.transactionHash),
    position: accepted.position,
    runningHash: toHex(accepted.runningHash),
    ...(accepted.repeated ? { isRepeated: true, ...encodeAcknowledgement(accepted.repeated) } : {}),
  };
}

function encodeAcknowledgement(acknowledgement: NonNullable<SubmissionResult["acknowledgement"]>): Acknowledgement {
  const { term, position, runningHash, signature, previousRunningHash, following } = acknowledgement;
  return {
    previousRunningHash: toHex(previousRunningHash),
    preconfirmation: { term, position, runningHash: toHex(runningHash), signature: toHex(signature) },
    following: following.map(toHex),
  };
}
