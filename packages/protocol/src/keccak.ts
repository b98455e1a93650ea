import { createKeccak } from "hash-wasm";

/** One hasher for the whole process, compiled once: hashing is synchronous from then on. */
const hasher = await createKeccak(256);

/** The Keccak-256 of some bytes, as Ethereum means it: a new array of 32 bytes. */
export function keccak256(data: Uint8Array): Uint8Array {
  return hasher.init().update(data).digest("binary");
}
