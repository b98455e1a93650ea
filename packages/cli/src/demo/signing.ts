import { keccak256, toHex } from "@recourse/protocol";
import secp256k1 from "secp256k1";

/**
 * A key that signs digests with libsecp256k1: a replay signs tens of thousands of orders, which takes a second here
 * and half a minute in JavaScript.
 */
export class Signer {
  readonly #privateKey: Uint8Array;

  /** @param privateKey 32 bytes */
  constructor(privateKey: Uint8Array) {
    this.#privateKey = privateKey;
  }

  /** A key that follows from a text, for accounts of a chain that ends with its process. */
  static fromText(text: string): Signer {
    return new Signer(keccak256(new TextEncoder().encode(text)));
  }

  get privateKey(): `0x${string}` {
    return toHex(this.#privateKey);
  }

  /** The key's address, 20 bytes. */
  get address(): Uint8Array {
    const publicKey = secp256k1.publicKeyCreate(this.#privateKey, false);
    return keccak256(publicKey.subarray(1)).slice(12);
  }

  /** Signs 32 bytes in the form of EIP-2098: r, then s with the parity in its top bit. */
  sign(digest: Uint8Array): Uint8Array {
    const { signature, recid } = secp256k1.ecdsaSign(digest, this.#privateKey);
    if (recid & 1) signature[32]! |= 0x80;
    return signature;
  }
}
