import { domainName, domainVersion, typedDataTypes } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import type { Hex } from "./wire.ts";

/** The deployment for which something is signed. */
export interface SigningDomain {
  readonly chainId: number;
  readonly rollup: Hex;
}

/** What can be signed, by its name in the typed data. */
export type SignedType = keyof typeof typedDataTypes;

/** Signs one of the protocol's messages (EIP-712). */
export function signMessage(
  account: LocalAccount,
  { chainId, rollup }: SigningDomain,
  primaryType: SignedType,
  message: Readonly<Record<string, unknown>>,
): Promise<Hex> {
  return account.signTypedData({
    domain: { name: domainName, version: domainVersion, chainId, verifyingContract: rollup },
    types: typedDataTypes as Record<string, readonly { name: string; type: string }[]>,
    primaryType,
    message,
  });
}
