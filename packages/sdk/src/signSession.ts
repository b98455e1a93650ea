import { sessionScope } from "@recourse/protocol";
import { type LocalAccount, zeroAddress } from "viem";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { RevocationRequest, SessionRequest } from "./wire.ts";

/** Signs the registration of a session key; the account's owner signs. */
export async function signSession(
  owner: LocalAccount,
  domain: SigningDomain,
  session: Omit<SessionRequest, "signature" | "signer">,
): Promise<SessionRequest> {
  const { account, deadline, nonce, number, key, expiry } = session;
  const scope = sessionScope(session.scope);
  const message = { account, signer: 0, deadline, nonce, number, key, scope, expiry };
  return { ...session, signature: await signMessage(owner, domain, "Session", message) };
}

/** Signs the revocation of the session key under a number; the account's owner signs. */
export async function signRevocation(
  owner: LocalAccount,
  domain: SigningDomain,
  revocation: Omit<RevocationRequest, "signature" | "signer">,
): Promise<RevocationRequest> {
  const { account, deadline, nonce, number } = revocation;
  const message = { account, signer: 0, deadline, nonce, number, key: zeroAddress, scope: 0, expiry: 0 };
  return { ...revocation, signature: await signMessage(owner, domain, "Session", message) };
}
