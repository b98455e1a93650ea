import {
  DEADLINE_BUCKET_BITS,
  MAX_CONDITIONAL_AHEAD_SECONDS,
  MAX_DEADLINE_AHEAD_SECONDS,
  Reason,
  type ReasonCode,
  type Revoke,
} from "@recourse/protocol";
import { admit, isNonceUsed, useNonce } from "./admission.ts";
import type { Step } from "./step.ts";

/** How far ahead the deadline may lie of what is revoked: that of anything that may be executed some time. */
const MAX_AHEAD_SECONDS = MAX_CONDITIONAL_AHEAD_SECONDS + MAX_DEADLINE_AHEAD_SECONDS;

/** Uses up the nonce of something that the account has signed and that nobody has submitted yet. */
export function revoke(step: Step, transaction: Revoke): ReasonCode {
  const { account, revokedDeadline: deadline, revokedNonce: nonce } = transaction;
  const { time } = step.global;
  const isOwn = bucketOf(deadline) === bucketOf(transaction.deadline) && nonce === transaction.nonce;
  if (deadline < time || deadline > time + MAX_AHEAD_SECONDS || isOwn) return Reason.MalformedRevocation;
  const { reason } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const revoked = { account, deadline, nonce };
  if (isNonceUsed(step, revoked)) return Reason.NonceUsed;
  useNonce(step, transaction);
  useNonce(step, revoked);
  step.events.push({ type: "revoked", account, deadline, nonce });
  return Reason.Ok;
}

const bucketOf = (deadline: number): number => deadline >>> DEADLINE_BUCKET_BITS;
