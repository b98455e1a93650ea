import type { LocalAccount } from "viem";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { CancelAllRequest, CancelRequest } from "./wire.ts";

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

/**
 * Signs the cancelling of all resting orders.
 * @param instrument the number of the instrument whose orders go; left out, those of all
 */
export async function signCancelAll(
  account: LocalAccount,
  domain: SigningDomain,
  cancel: Omit<CancelAllRequest, "signature" | "instrument"> & { readonly instrument?: number },
): Promise<CancelAllRequest> {
  const { account: number, signer = 0, deadline, nonce, instrument = 0 } = cancel;
  const message = { account: number, signer, deadline, nonce, instrument };
  return { ...cancel, signature: await signMessage(account, domain, "CancelAll", message) };
}
