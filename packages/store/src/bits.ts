/** Bytes in a key. */
export const KEY_BYTES = 16;

/** Bits in a key, and so the greatest number of branches above a leaf. */
export const KEY_BITS = 128;

/** Bytes in a hash. */
export const HASH_BYTES = 32;

/** A bit of a key, 0 or 1, and so the side of a branch; bit 0 is the most significant bit of the first byte. */
export function bitOf(key: Uint8Array, bit: number): number {
  return (key[bit >> 3]! >> (7 - (bit & 7))) & 1;
}

/**
 * The first bit in which a key differs from the one at an offset in a table of keys.
 * @returns the bit, 0 to 127, or -1 where the two are equal
 */
export function firstDifferentBit(key: Uint8Array, table: Uint8Array, offset: number): number {
  for (let index = 0; index < KEY_BYTES; index++) {
    const difference = key[index]! ^ table[offset + index]!;
    // Math.clz32 counts from bit 31 of a word, and a byte begins at bit 7.
    if (difference !== 0) return index * 8 + Math.clz32(difference) - 24;
  }
  return -1;
}
