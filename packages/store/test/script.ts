import { keccak256 } from "@recourse/protocol/keccak";
import type { Random } from "../../../test/support/random.ts";
import type { OrderedStore } from "../src/index.ts";

/** One operation on a store, as tests run it in both languages. */
export type Operation =
  | { readonly kind: "get" | "delete" | "next"; readonly key: Uint8Array }
  | { readonly kind: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: "beginTransaction" | "root" }
  | { readonly kind: "charge"; readonly units: number }
  /** Reads so many entries, if there are as many, whose keys begin as the key does. */
  | { readonly kind: "scan"; readonly key: Uint8Array; readonly bits: number; readonly count: number };

/** The codes that the test contract knows. */
const CODES = { get: 0, put: 1, delete: 2, next: 3, beginTransaction: 4, charge: 5, root: 6, scan: 7 } as const;

/** The script that makes the test contract do the same operations. */
export function encodeScript(operations: readonly Operation[]): Uint8Array {
  return concat(
    operations.flatMap((operation) => {
      const code = Uint8Array.of(CODES[operation.kind]);
      switch (operation.kind) {
        case "scan":
          return [code, operation.key, Uint8Array.of(operation.bits, operation.count)];
        case "put":
          return [code, operation.key, integer(operation.value.length, 2), operation.value];
        case "charge":
          return [code, integer(operation.units, 4)];
        case "beginTransaction":
        case "root":
          return [code];
        default:
          return [code, operation.key];
      }
    }),
  );
}

/** Does the operations, and returns the hash chain of outcomes and meters that the test contract returns. */
export function runScript(store: OrderedStore, operations: readonly Operation[]): Uint8Array {
  let log: Uint8Array = new Uint8Array(32);
  for (const operation of operations) {
    const outcome = run(store, operation);
    log = keccak256(concat([log, outcome, integer(store.chunkMeter, 32), integer(store.transactionMeter, 32)]));
  }
  return log;
}

function run(store: OrderedStore, operation: Operation): Uint8Array {
  switch (operation.kind) {
    case "get":
      return keccak256(store.get(operation.key) ?? new Uint8Array(0));
    case "put":
      // A copy, since the store takes the value as its own.
      store.put(operation.key, operation.value.slice());
      break;
    case "delete":
      return integer(store.delete(operation.key) ? 1 : 0, 32);
    case "next": {
      const entry = store.next(operation.key);
      const valueHash = keccak256(entry?.value ?? new Uint8Array(0));
      return keccak256(concat([entry?.key ?? new Uint8Array(16), new Uint8Array(16), valueHash]));
    }
    case "scan": {
      let log: Uint8Array = new Uint8Array(32);
      let count = 0;
      const entries = store.scan(operation.key, operation.bits);
      // Asks for the next entry only while one is wanted: asking visits nodes.
      while (count++ < operation.count) {
        const { value: entry, done } = entries.next();
        if (done) break;
        log = keccak256(concat([log, entry.key, new Uint8Array(16), keccak256(entry.value)]));
      }
      return log;
    }
    case "beginTransaction":
      store.beginTransaction();
      break;
    case "charge":
      store.charge(operation.units);
      break;
    case "root":
      return store.root();
  }
  return new Uint8Array(32);
}

/** Ways to make keys: each gives trees of another shape. */
export const KEY_SHAPES: Readonly<Record<string, (random: Random) => Uint8Array>> = {
  /** A wide tree. */
  random: (random) => random.bytes(16),
  /** Few bits decide, at both ends: many keys fall together. */
  dense: (random) => {
    const key = new Uint8Array(16);
    key[0] = random.below(4);
    key[15] = random.below(16);
    return key;
  },
  /** One bit set, or none: a tree that is one chain, 128 branches deep. */
  chain: (random) => chainKey(random.below(129)),
};

/** The key with one bit set, or the zero key for 128: all of them make a tree 128 branches deep. */
export function chainKey(bit: number): Uint8Array {
  const key = new Uint8Array(16);
  if (bit < 128) key[bit >> 3] = 0x80 >> (bit & 7);
  return key;
}

/** A value of one of the lengths that records have, now and then a long one. */
export function randomValue(random: Random): Uint8Array {
  return random.bytes(random.chance(0.02) ? 1 + random.below(900) : 1 + random.below(70));
}

/** Operations as they come, most of them on keys that have a good chance to be present. */
export function randomOperations(random: Random, makeKey: (random: Random) => Uint8Array, count: number): Operation[] {
  const known: Uint8Array[] = [];
  const key = () => {
    const chosen = known.length > 0 && random.chance(0.6) ? random.pick(known) : makeKey(random);
    known.push(chosen);
    return chosen;
  };
  return Array.from({ length: count }, (): Operation => {
    const die = random.below(100);
    if (die < 30) return { kind: "put", key: key(), value: randomValue(random) };
    if (die < 50) return { kind: "delete", key: key() };
    if (die < 70) return { kind: "get", key: key() };
    if (die < 80) return { kind: "next", key: key() };
    if (die < 88) return { kind: "scan", key: key(), bits: random.below(129), count: random.below(20) };
    if (die < 95) return { kind: "beginTransaction" };
    if (die < 98) return { kind: "charge", units: random.below(100_000) };
    return { kind: "root" };
  });
}

/** Entries to begin with, by keys of a shape. */
export function randomEntries(
  random: Random,
  makeKey: (random: Random) => Uint8Array,
  count: number,
): (readonly [Uint8Array, Uint8Array])[] {
  return Array.from({ length: count }, () => [makeKey(random), randomValue(random)] as const);
}

/** A number as so many bytes, the most significant first. */
function integer(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = length - 1, rest = value; rest > 0; index--, rest = Math.floor(rest / 256))
    bytes[index] = rest % 256;
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
