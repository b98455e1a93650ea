import { type Revoke, seconds, TransactionKind } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import type { SigningDomain } from "./domain.ts";
import { admissionMessage, signedBytes, type UnsignedAdmission } from "./signedBytes.ts";
import type { Hex } from "./wire.ts";

/** Names what is never to be executed: something signed, by its deadline and nonce. */
export interface UnsignedRevoke extends UnsignedAdmission {
  readonly revokedDeadline: number;
  readonly revokedNonce: number;
}

/**
 * Signs that something signed before, and not executed yet, is never to be: a conditional order above all.
 * @returns its canonical bytes, to be sent to POST /v1/transactions
 */
export function signRevoke(account: LocalAccount, domain: SigningDomain, revoke: UnsignedRevoke): Promise<Hex> {
  return signedBytes<Revoke>(account, domain, "Revoke", {
    kind: TransactionKind.revoke,
    ...admissionMessage(revoke),
    revokedDeadline: seconds(revoke.revokedDeadline),
    revokedNonce: revoke.revokedNonce,
  });
}
