import { createHash, timingSafeEqual } from "node:crypto";
import { RecourseError } from "@recourse/protocol";

const fingerprint = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Judges a request's bearer token. Fingerprints are compared, in constant time, so that the time taken tells nothing
 * about the token, its length included.
 * @throws RecourseError `Unauthorized` where the token is not the operator's, or the operator has none
 */
export function requireOperator(authorization: string | undefined, operatorToken: string | undefined): void {
  const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "";
  const isOperator = timingSafeEqual(fingerprint(token), fingerprint(operatorToken ?? ""));
  if (operatorToken === undefined || !isOperator) {
    throw new RecourseError("Unauthorized", "Ticks are taken from the operator alone.", [
      { field: "authorization", expected: "the operator's bearer token" },
    ]);
  }
}
