import { concatBytes, curveOrder, SIGNATURE_BYTES } from "@recourse/protocol";
import type { Random } from "../support/random.ts";

/** A bit of some byte turned over. */
function flipBit(random: Random, bytes: Uint8Array, from = 0): Uint8Array {
  const changed = bytes.slice();
  changed[from + random.below(bytes.length - from)]! ^= 1 << random.below(8);
  return changed;
}

/** A few bytes set to the least or the greatest value that they can hold, or to anything. */
function overwrite(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const length = 1 + random.below(8);
  const start = 1 + random.below(bytes.length - 1);
  const filling = random.pick([0x00, 0xff, 0x80, 0x7f, random.below(256)]);
  changed.fill(filling, start, Math.min(start + length, bytes.length));
  return changed;
}

function wordOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, place) => Number((value >> BigInt(8 * (31 - place))) & 0xffn));
}

/** The last signature of a transaction changed in ways that a recovery must refuse, or that name another signer. */
function spoilSignature(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length < SIGNATURE_BYTES) return flipBit(random, bytes);
  const changed = bytes.slice();
  const at = bytes.length - SIGNATURE_BYTES;
  switch (random.below(7)) {
    case 0:
      changed[at + 32]! ^= 0x80; // The other point of the same abscissa.
      break;
    case 1:
      // The greatest s that the wire can hold: not canonical, but one that ecrecover takes.
      changed.fill(0xff, at + 32);
      changed[at + 32]! ^= random.pick([0x00, 0x80]);
      break;
    case 2:
      changed.fill(0, at, at + 32);
      break;
    case 3:
      changed.fill(0, at + 32);
      break;
    case 4:
      changed.set(wordOf(curveOrder), at);
      break;
    case 5:
      // The greatest canonical s, and the one after it.
      changed.set(wordOf((curveOrder >> 1n) + BigInt(random.below(2))), at + 32);
      break;
    default:
      return flipBit(random, bytes, at);
  }
  return changed;
}

/** A transaction's bytes changed after it was signed. */
export function mutateTransaction(random: Random, bytes: Uint8Array): Uint8Array {
  switch (random.below(5)) {
    case 0:
      return overwrite(random, bytes);
    case 1:
      return spoilSignature(random, bytes);
    case 2: {
      const changed = bytes.slice();
      changed[0] = random.pick([0x00, 0x01, 0x02, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0xff]);
      return changed;
    }
    default:
      return flipBit(random, bytes);
  }
}

/** A chunk made of transactions, with the disorder that a careless or hostile sequencer could bring into it. */
export function assemble(random: Random, transactions: readonly Uint8Array[]): Uint8Array {
  const parts = transactions.slice();
  if (parts.length > 1 && random.chance(0.1)) {
    const [left, right] = [random.below(parts.length), random.below(parts.length)];
    [parts[left], parts[right]] = [parts[right]!, parts[left]!];
  }
  if (parts.length > 0 && random.chance(0.1)) parts.splice(random.below(parts.length), 0, random.pick(parts));
  if (random.chance(0.06)) parts.push(random.bytes(1 + random.below(120)));
  const whole = concatBytes(...parts);
  return random.chance(0.06) ? whole.subarray(0, random.below(whole.length + 1)) : whole;
}
