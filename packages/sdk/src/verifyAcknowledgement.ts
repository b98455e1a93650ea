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
import type { AcceptedTransaction, Acknowledgement, BulkResponse, Hex, Repeated } from "./wire.ts";

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
export function verifyAcknowledgement(response: AcknowledgedResponse, context: AcknowledgementContext): true | string {
  if (!("results" in response)) return verifyEntries([{ entry: response, place: 0 }], response, context);
  const accepted = response.results.flatMap((entry, place) => ("error" in entry ? [] : [{ entry, place }]));
  for (const { entry, place } of accepted) {
    if (!isRepeated(entry)) continue;
    const verdict = verifyEntries([{ entry, place }], entry, context);
    if (verdict !== true) return verdict;
  }
  const executed = accepted.filter(({ entry }) => !isRepeated(entry));
  return verifyEntries(executed, response, context);
}

/** What is repeated in a list has an acknowledgement of its own. */
function isRepeated(entry: AcceptedTransaction): entry is Repeated<AcceptedTransaction> {
  return entry.isRepeated === true;
}

function verifyEntries(
  accepted: readonly { readonly entry: AcceptedTransaction; readonly place: number }[],
  { preconfirmation, previousRunningHash, following }: Partial<Acknowledgement>,
  { chainId, rollup, sequencer, transactionHashes }: AcknowledgementContext,
): true | string {
  if (accepted.length === 0) return true;
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
