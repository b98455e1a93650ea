import { hexToBin, instantiateSecp256k1 } from "@bitauth/libauth";
import { keccak256 } from "./keccak.ts";

/** Bytes of a signature on the wire: r, then s with the parity of R's y in its top bit (EIP-2098). */
export const SIGNATURE_BYTES = 64;

/** The order of the curve, n, and half of it, rounded down: a canonical s is at most that. */
export const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const halfCurveOrder = hexToBin((curveOrder >> 1n).toString(16).padStart(64, "0"));

interface Curve {
  /** The public key, 65 bytes. @throws Error where there is none */
  recoverKey(signature: Uint8Array, parity: 0 | 1, digest: Uint8Array): Uint8Array;
  /** r and s, 64 bytes, s in the lower half. @throws Error where the private key is none of the curve's */
  sign(digest: Uint8Array, privateKey: Uint8Array): { readonly signature: Uint8Array; readonly parity: number };
}

/**
 * libsecp256k1 through its native binding; where the platform has no binary, the same library in WebAssembly. (The
 * package's own fallback is JavaScript, silent and twenty times slower, so its binding is asked for by name.)
 */
async function chooseCurve(): Promise<Curve> {
  try {
    const { default: native } = await import("secp256k1/bindings.js");
    return {
      recoverKey: (signature, parity, digest) => native.ecdsaRecover(signature, parity, digest, false),
      sign(digest, privateKey) {
        const { signature, recid } = native.ecdsaSign(digest, privateKey);
        return { signature, parity: recid };
      },
    };
  } catch {
    const wasm = await instantiateSecp256k1();
    return {
      recoverKey(signature, parity, digest) {
        const key = wasm.recoverPublicKeyUncompressed(signature, parity, digest);
        if (typeof key === "string") throw new Error(key);
        return key;
      },
      sign(digest, privateKey) {
        const signed = wasm.signMessageHashRecoverableCompact(privateKey, digest);
        if (typeof signed === "string") throw new Error(signed);
        return { signature: signed.signature, parity: signed.recoveryId };
      },
    };
  }
}

const curve = await chooseCurve();

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
  // A copy in any case: the slice of a Buffer would be the caller's own bytes.
  const plain = Uint8Array.from(signature);
  const parity = (plain[32]! >> 7) as 0 | 1;
  plain[32]! &= 0x7f;
  if (compareBytes(plain.subarray(32), halfCurveOrder) > 0) return undefined;
  try {
    const key = curve.recoverKey(plain, parity, digest);
    return keccak256(key.subarray(1)).slice(12);
  } catch {
    // The library throws for r or s out of range and for an r that is no point's abscissa; ecrecover answers zero.
    return undefined;
  }
}

/**
 * Signs a digest, deterministically (RFC 6979).
 * @param digest 32 bytes
 * @param privateKey 32 bytes
 * @returns 65 bytes: r, s in the lower half, and v, 27 or 28
 */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { signature, parity } = curve.sign(digest, privateKey);
  const signed = new Uint8Array(SIGNATURE_BYTES + 1);
  signed.set(signature);
  signed[SIGNATURE_BYTES] = 27 + parity;
  return signed;
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
