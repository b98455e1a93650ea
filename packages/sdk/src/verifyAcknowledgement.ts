import {
  bytesEqual,
  compactSignature,
  domainSeparator,
  extendRunningHash,
  fromHex,
  preconfirmationDigest,
  recoverSigner,
  toHex,
} from "@recourse/protocol";
import type { AcceptedTransaction, Acknowledgement, BulkResponse, Hex, Refused } from "./wire.ts";

export interface AcknowledgementContext {
  readonly chainId: number;
  readonly rollup: Hex;
  /** The address of the sequencer in office. */
  readonly sequencer: Hex;
  /** Hashes of the transactions that were sent, in order, where the caller has kept them. */
  readonly transactionHashes?: readonly Hex[];
}

/** A response with one result, or with many. */
export type AcknowledgedResponse = (AcceptedTransaction & Acknowledgement) | BulkResponse<AcceptedTransaction>;

/**
 * Checks, without asking anybody, that a response's transactions stand in the stream that the sequencer has signed for.
 * @returns true, or in a sentence what is wrong
 */
export function verifyAcknowledgement(
  response: AcknowledgedResponse,
  { chainId, rollup, sequencer, transactionHashes }: AcknowledgementContext,
): true | string {
  const entries = "results" in response ? response.results : [response];
  const accepted = entries.flatMap((entry, place) => (isAccepted(entry) ? [{ entry, place }] : []));
  if (accepted.length === 0) return true;
  const { preconfirmation, previousRunningHash, following } = response;
  if (preconfirmation === undefined || previousRunningHash === undefined || following === undefined) {
    return "Transactions were accepted without a pre-confirmation.";
  }
  let runningHash = fromHex(previousRunningHash);
  let position = accepted[0]!.entry.position - 1;
  for (const { entry, place } of accepted) {
    const sent = transactionHashes?.[place];
    if (sent !== undefined && sent !== entry.transactionHash)
      return `Transaction ${place} is not the one that was sent.`;
    runningHash = extendRunningHash(runningHash, fromHex(entry.transactionHash));
    position++;
    if (entry.position !== position) return `Position ${entry.position} does not follow on ${position - 1}.`;
    if (toHex(runningHash) !== entry.runningHash) return `The running hash at position ${position} is wrong.`;
  }
  for (const hash of following) runningHash = extendRunningHash(runningHash, fromHex(hash));
  if (position + following.length !== preconfirmation.position || toHex(runningHash) !== preconfirmation.runningHash) {
    return `The signed running hash at position ${preconfirmation.position} does not hold the transactions.`;
  }
  const digest = preconfirmationDigest(domainSeparator(chainId, fromHex(rollup)), { ...preconfirmation, runningHash });
  const signer = recoverSigner(digest, compactSignature(fromHex(preconfirmation.signature)));
  const isSigned = signer !== undefined && bytesEqual(signer, fromHex(sequencer));
  return isSigned || `The pre-confirmation of position ${preconfirmation.position} is not signed by the sequencer.`;
}

function isAccepted(entry: AcceptedTransaction | Refused): entry is AcceptedTransaction {
  return !("error" in entry);
}
