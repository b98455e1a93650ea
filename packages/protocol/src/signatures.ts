import { hexToBin, instantiateSecp256k1 } from "@bitauth/libauth";
import { keccak256 } from "./keccak.ts";

/** Bytes of a signature on the wire: r, then s with the parity of R's y in its top bit (EIP-2098). */
export const SIGNATURE_BYTES = 64;

/** The order of the curve, n, and half of it, rounded down: a canonical s is at most that. */
export const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const halfCurveOrder = hexToBin((curveOrder >> 1n).toString(16).padStart(64, "0"));

type RecoverKey = (signature: Uint8Array, parity: 0 | 1, digest: Uint8Array) => Uint8Array;

/**
 * libsecp256k1 through its native binding; where the platform has no binary, the same library in WebAssembly. (The
 * package's own fallback is JavaScript, silent and twenty times slower, so its binding is asked for by name.)
 */
async function chooseRecovery(): Promise<RecoverKey> {
  try {
    const { default: native } = await import("secp256k1/bindings.js");
    return (signature, parity, digest) => native.ecdsaRecover(signature, parity, digest, false);
  } catch {
    const wasm = await instantiateSecp256k1();
    return (signature, parity, digest) => {
      const key = wasm.recoverPublicKeyUncompressed(signature, parity, digest);
      if (typeof key === "string") throw new Error(key);
      return key;
    };
  }
}

const recoverKey = await chooseRecovery();

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let index = 0; index < left.length; index++) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Recovers who signed a digest. The rules are those of the contracts: 0 < r < n, 0 < s ≤ n/2, parity 0 or 1 (v 27 or
 * 28), and the recovered address is not zero.
 * @param digest 32 bytes
 * @param signature 64 bytes in the form of EIP-2098
 * @returns the signer's address, 20 bytes, or undefined where the signature is not valid
 */
export function recoverSigner(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  const plain = signature.slice();
  const parity = (plain[32]! >> 7) as 0 | 1;
  plain[32]! &= 0x7f;
  if (compareBytes(plain.subarray(32), halfCurveOrder) > 0) return undefined;
  try {
    const key = recoverKey(plain, parity, digest);
    return keccak256(key.subarray(1)).slice(12);
  } catch {
    // The library throws for r or s out of range and for an r that is no point's abscissa; ecrecover answers zero.
    return undefined;
  }
}

/** Turns a 65-byte signature (r, s, v) into the 64 bytes of the wire. @throws RangeError for v other than 27, 28, 0, 1 */
export function compactSignature(signature: Uint8Array): Uint8Array {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28 && v !== 0 && v !== 1)) {
    throw new RangeError("A signature has 65 bytes, the last of which is 27 or 28.");
  }
  const compact = signature.slice(0, 64);
  if (v === 28 || v === 1) compact[32]! |= 0x80;
  return compact;
}
