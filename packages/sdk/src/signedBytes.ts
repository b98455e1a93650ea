import {
  type AdmittedTransaction,
  accountNumber,
  compactSignature,
  encodeTransaction,
  fromHex,
  SIGNATURE_BYTES,
  seconds,
  toHex,
} from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { type SignedType, type SigningDomain, signMessage } from "./domain.ts";
import type { AdmissionRequest, Hex } from "./wire.ts";

export type UnsignedAdmission = Omit<AdmissionRequest, "signature">;

/** Who authorises a transaction, as it is signed; the owner where no signer is named. */
export function admissionMessage({ account, signer = 0, deadline, nonce }: UnsignedAdmission) {
  return { account: accountNumber(account), signer, deadline: seconds(deadline), nonce };
}

/**
 * Signs a transaction of an account whose fields have the names that they have in the typed data.
 * @returns its canonical bytes
 */
export async function signedBytes<Signed extends AdmittedTransaction>(
  account: LocalAccount,
  domain: SigningDomain,
  primaryType: SignedType,
  unsigned: Omit<Signed, "signature">,
): Promise<Hex> {
  const signature = await signMessage(account, domain, primaryType, unsigned);
  return toHex(encodeTransaction({ ...unsigned, signature: wireSignature(signature) } as Signed));
}

/** A signature in the 64 bytes of the wire, whether it has 64 or 65. */
export function wireSignature(signature: Hex): Uint8Array {
  const bytes = fromHex(signature);
  return bytes.length === SIGNATURE_BYTES ? bytes : compactSignature(bytes);
}

/** The signature at the end of a transaction's canonical bytes: what a request carries beside the terms. */
export function signatureOf(bytes: Hex): Hex {
  return `0x${bytes.slice(-2 * SIGNATURE_BYTES)}`;
}
