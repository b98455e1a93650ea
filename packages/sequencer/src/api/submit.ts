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

/** What was accepted, and what came of it. */
export type Accepted = Extract<TransactionResult, { isAccepted: true }>;

export type Describe<Description extends AcceptedTransaction> = (
  accepted: Accepted,
  transaction: Transaction,
) => Description;

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
export async function submitOne<Description extends AcceptedTransaction>(
  context: ApiContext,
  candidate: Candidate,
  describe: Describe<Description>,
): Promise<Acknowledged<Description>> {
  if (candidate instanceof RecourseError) throw candidate;
  const submitted = await submit(context, [candidate]);
  const result = submitted.results[0]!;
  if (!result.isAccepted) throw refusal(result.reason);
  return describeSubmitted(submitted, describe(result, candidate.transaction));
}

/** The answer to a transaction that was submitted alone, and accepted. */
export function describeSubmitted<Description extends AcceptedTransaction>(
  { results, acknowledgement }: SubmissionResult,
  description: Description,
): Acknowledged<Description> {
  const [result] = results;
  const repeated = result?.isAccepted ? result.repeated : undefined;
  return { ...description, ...encodeAcknowledgement(repeated ?? acknowledgement!) };
}

/** Submits many transactions, executed in a row, and answers when they are durable. */
export async function submitMany<Description extends AcceptedTransaction>(
  context: ApiContext,
  candidates: readonly Candidate[],
  describe: Describe<Description>,
): Promise<BulkResponse<Description>> {
  const executable = candidates.filter(
    (candidate): candidate is DecodedTransaction => !(candidate instanceof RecourseError),
  );
  const { results, acknowledgement }: SubmissionResult =
    executable.length === 0 ? { results: [] } : await submit(context, executable);
  let next = 0;
  const entries = candidates.map((candidate): Description | Refused => {
    if (candidate instanceof RecourseError) return candidate.toReport();
    const result = results[next++]!;
    return result.isAccepted ? describe(result, candidate.transaction) : refusal(result.reason).toReport();
  });
  return { results: entries, ...(acknowledgement ? encodeAcknowledgement(acknowledgement) : {}) };
}

/** Recovers the signers, and has the transactions executed in a row. */
export async function submit(
  context: Pick<ApiContext, "queue" | "recovery" | "domainSeparator">,
  candidates: readonly DecodedTransaction[],
): Promise<SubmissionResult> {
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
export function describeAccepted(accepted: Accepted): AcceptedTransaction {
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
