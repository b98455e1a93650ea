/** Reading and writing of big-endian integers in byte arrays. Offsets are in bytes; ranges are the caller's promise. */

/** Bytes of which doubles hold every integer exactly: BigInt is slow, so what fits is read and written without it. */
const DOUBLE_BYTES = 6;

/** Bytes in which longer integers are read and written. */
const WORD_BYTES = 4;

/** Writes an unsigned integer below 2^53 in `length` bytes. */
export function writeUint(target: Uint8Array, offset: number, length: number, value: number): void {
  let rest = value;
  for (let index = offset + length - 1; index >= offset; index--) {
    target[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Reads an unsigned integer of at most 6 bytes, or of 7 or 8 where its value is known to be below 2^53. */
export function readUint(source: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let index = offset; index < offset + length; index++) value = value * 256 + source[index]!;
  return value;
}

/** Writes a signed integer in two's complement of `length` bytes. */
export function writeInt(target: Uint8Array, offset: number, length: number, value: bigint): void {
  if (length <= DOUBLE_BYTES) {
    writeUint(target, offset, length, Number(BigInt.asUintN(8 * length, value)));
    return;
  }
  let rest = BigInt.asUintN(8 * length, value);
  let end = offset + length;
  for (; end - offset > WORD_BYTES; end -= WORD_BYTES) {
    writeWord(target, end - WORD_BYTES, Number(BigInt.asUintN(8 * WORD_BYTES, rest)));
    rest >>= 32n;
  }
  writeUint(target, offset, end - offset, Number(rest));
}

/** Reads a signed integer in two's complement of `length` bytes. */
export function readInt(source: Uint8Array, offset: number, length: number): bigint {
  if (length <= DOUBLE_BYTES) {
    const value = readUint(source, offset, length);
    return BigInt(value < 2 ** (8 * length - 1) ? value : value - 2 ** (8 * length));
  }
  let index = offset + (length % WORD_BYTES || WORD_BYTES);
  let value = BigInt(readUint(source, offset, index - offset));
  for (; index < offset + length; index += WORD_BYTES) {
    value = (value << 32n) | BigInt(readUint(source, index, WORD_BYTES));
  }
  return BigInt.asIntN(8 * length, value);
}

/** Writes a signed integer below 2^53 in magnitude in two's complement of 8 bytes. */
export function writeInt64(target: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  writeWord(target, offset, high);
  writeWord(target, offset + 4, value - high * 2 ** 32);
}

/** Reads a signed integer of 8 bytes that is known to be below 2^53 in magnitude. */
export function readInt64(source: Uint8Array, offset: number): number {
  return (readUint(source, offset, 4) | 0) * 2 ** 32 + readUint(source, offset + 4, 4);
}

// A DataView would do the same, but the engine has many short arrays, and each would get a buffer of its own for it.
function writeWord(target: Uint8Array, offset: number, word: number): void {
  target[offset] = word >>> 24;
  target[offset + 1] = word >>> 16;
  target[offset + 2] = word >>> 8;
  target[offset + 3] = word;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** The bytes of a text of ASCII characters. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Where hashes and signatures are copied to, so that no short array gets a buffer of its own for its digits' sake. */
const scratch = Buffer.alloc(65);

/** Lower-case hexadecimal with the prefix 0x. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  if (bytes.length > scratch.length) {
    return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
  }
  scratch.set(bytes);
  return `0x${scratch.toString("hex", 0, bytes.length)}`;
}

/** @throws RangeError where the text is not hexadecimal of an even number of digits with the prefix 0x */
export function fromHex(text: string): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(text)) throw new RangeError("Expected hexadecimal with the prefix 0x.");
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}
