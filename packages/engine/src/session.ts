import { Reason, type ReasonCode, type Session, SessionScope } from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { signerKey } from "./keys.ts";
import { encodeSession } from "./records.ts";
import type { Step } from "./step.ts";

const EVERY_SCOPE = SessionScope.trade | SessionScope.cancel;

/** Registers a session key under a number, in place of the one that was there, or revokes it; in force at once. */
export function session(step: Step, transaction: Session): ReasonCode {
  const { account, number, key, scope, expiry } = transaction;
  const isRevocation = key.every((byte) => byte === 0);
  const isWellFormed = isRevocation
    ? scope === 0 && expiry === 0
    : scope >= 1 && scope <= EVERY_SCOPE && expiry > step.global.time;
  if (number === 0 || !isWellFormed) return Reason.MalformedSession;
  const { reason } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  if (isRevocation) {
    if (!step.store.delete(signerKey(account, number))) return Reason.UnknownSigner;
    step.events.push({ type: "sessionRevoked", account, number });
  } else {
    step.store.put(signerKey(account, number), encodeSession({ key, scope, expiry }));
    step.events.push({ type: "sessionRegistered", account, number, key, scope, expiry });
  }
  useNonce(step, transaction);
  return Reason.Ok;
}
