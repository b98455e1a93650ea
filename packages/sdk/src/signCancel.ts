import type { LocalAccount } from "viem";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { CancelRequest } from "./wire.ts";

/** Signs the cancelling of a resting order. */
export async function signCancel(
  account: LocalAccount,
  domain: SigningDomain,
  cancel: Omit<CancelRequest, "signature">,
): Promise<CancelRequest> {
  const { account: number, signer = 0, deadline, nonce, clientOrderId } = cancel;
  const message = { account: number, signer, deadline, nonce, clientOrderId };
  return { ...cancel, signature: await signMessage(account, domain, "Cancel", message) };
}
