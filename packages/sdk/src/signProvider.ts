import { type Provider, TransactionKind } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import type { SigningDomain } from "./domain.ts";
import { admissionMessage, signedBytes, type UnsignedAdmission } from "./signedBytes.ts";
import type { Hex } from "./wire.ts";

/**
 * Signs that an account takes over positions of liquidated accounts, or no longer does; the account's owner signs.
 * @returns its canonical bytes, to be sent to POST /v1/transactions
 */
export function signProvider(
  owner: LocalAccount,
  domain: SigningDomain,
  provider: Omit<UnsignedAdmission, "signer"> & { readonly isActive: boolean },
): Promise<Hex> {
  return signedBytes<Provider>(owner, domain, "Provider", {
    kind: TransactionKind.provider,
    ...admissionMessage({ ...provider, signer: 0 }),
    active: provider.isActive ? 1 : 0,
  });
}
