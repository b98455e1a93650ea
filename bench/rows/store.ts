import { createMPT } from "@ethereumjs/mpt";
import { keccak256, toHex } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import { keccak256 as keccakOfViem } from "viem";
import { Random } from "../../test/support/random.ts";
import { type Contestant, compare, keep, prepared, type RowGroup } from "../harness.ts";

const SEED = 4;
const LEAVES = 100_000;
const BATCH = 2_000;
const VALUE_BYTES = 24;
/** Leaves that an order changes: two accounts, two positions, nonce, book, account order, instrument. */
const LEAVES_OF_ORDER = 8;
const ORDERS = 32;
const BRANCH_BYTES = 66;

const operation = (what: string, floor: string) =>
  `Calls of ${what} among ${LEAVES} leaves in typed arrays, ${BATCH} seeded keys a run, in turn with ${floor} of the same keys, which commits to nothing: the difference is what committing costs.`;
const commit = `Puts what ${ORDERS} orders change (${ORDERS * LEAVES_OF_ORDER} of ${LEAVES} leaves) and asks for the new root.`;

/** The ordered Merkle store, beside a plain map, a sorted array, and Ethereum's own tree. */
export const store: RowGroup = {
  rows: [
    {
      name: "store/keccak",
      unit: "hashes/s",
      better: "more",
      peer: "viem 2.57.1 (noble, JavaScript)",
      how: `Keccak-256 of ${BRANCH_BYTES} bytes, the preimage of a branch, in WebAssembly (hash-wasm).`,
    },
    { name: "store/get", unit: "operations/s", better: "more", peer: "Map", how: operation("get", "a Map") },
    {
      name: "store/put",
      unit: "operations/s",
      better: "more",
      peer: "Map",
      how: operation("put of known keys", "a Map"),
    },
    {
      name: "store/next",
      unit: "operations/s",
      better: "more",
      peer: "sorted array, binary search",
      how: operation("next of keys that are absent", "a sorted array"),
    },
    {
      name: "store/delete",
      unit: "operations/s",
      better: "more",
      peer: "Map",
      how: operation("delete, and put back,", "a Map"),
    },
    {
      name: "store/get-mpt",
      unit: "operations/s",
      better: "more",
      peer: "@ethereumjs/mpt 10.1.3",
      how: `Calls of get among ${LEAVES} leaves, in turn with a Merkle-Patricia tree in memory (keys not hashed either).`,
    },
    { name: "store/commit-32-orders", unit: "ms", better: "less", peer: "@ethereumjs/mpt 10.1.3", how: commit },
  ],

  async measure(report) {
    const random = new Random(SEED);
    const keys = Array.from({ length: LEAVES }, () => makeKey(random));
    const values = keys.map(() => random.bytes(VALUE_BYTES));
    const texts = keys.map((key) => toHex(key));
    const batches = () => Array.from({ length: BATCH }, () => random.below(LEAVES));

    const tree = OrderedStore.fromEntries(keys.map((key, place) => [key, values[place]!] as const));
    const map = new Map(texts.map((text, place) => [text, values[place]!]));
    const ascending = texts.toSorted();
    const mpt = await createMPT({ useKeyHashing: false });
    for (const [place, key] of keys.entries()) await mpt.put(key, values[place]!);

    const preimage = random.bytes(BRANCH_BYTES);
    const hashes = await compare({
      ours: times(() => keep(keccak256(preimage))),
      peer: times(() => keep(keccakOfViem(preimage, "bytes"))),
    });
    report("store/keccak", hashes);

    const over = (use: (place: number) => void) =>
      prepared(batches, (places) => {
        for (const place of places) use(place);
        return places.length;
      });
    report(
      "store/get",
      await compare({
        ours: over((place) => keep(tree.get(keys[place]!))),
        peer: over((place) => keep(map.get(texts[place]!))),
      }),
    );
    report(
      "store/put",
      await compare({
        ours: over((place) => tree.put(keys[place]!, values[place]!)),
        peer: over((place) => map.set(texts[place]!, values[place]!)),
      }),
    );
    const absent = Array.from({ length: LEAVES }, () => makeKey(random));
    const absentTexts = absent.map((key) => toHex(key));
    report(
      "store/next",
      await compare({
        ours: over((place) => keep(tree.next(absent[place]!))),
        peer: over((place) => keep(ascending[lowerBound(ascending, absentTexts[place]!)])),
      }),
    );
    report(
      "store/delete",
      await compare({
        ours: over((place) => {
          keep(tree.delete(keys[place]!));
          tree.put(keys[place]!, values[place]!);
        }),
        peer: over((place) => {
          keep(map.delete(texts[place]!));
          map.set(texts[place]!, values[place]!);
        }),
      }),
    );
    report(
      "store/get-mpt",
      await compare({
        ours: over((place) => keep(tree.get(keys[place]!))),
        peer: prepared(batches, async (places) => {
          for (const place of places) keep(await mpt.get(keys[place]!));
          return places.length;
        }),
      }),
    );
    const changes = () =>
      Array.from(
        { length: ORDERS * LEAVES_OF_ORDER },
        () => [random.below(LEAVES), random.bytes(VALUE_BYTES)] as const,
      );
    tree.root();
    const commits = await compare({
      ours: prepared(changes, (changed) => {
        for (const [place, value] of changed) tree.put(keys[place]!, value);
        keep(tree.root());
        return 1;
      }),
      peer: prepared(changes, async (changed) => {
        for (const [place, value] of changed) await mpt.put(keys[place]!, value);
        keep(mpt.root());
        return 1;
      }),
    });
    const milliseconds = (rates: readonly number[]) => rates.map((rate) => 1000 / rate);
    report("store/commit-32-orders", { ours: milliseconds(commits.ours), peer: milliseconds(commits.peer) });
  },
};

/** A key like those of the state: a table, and numbers of which few bits are in use. */
function makeKey(random: Random): Uint8Array {
  const key = new Uint8Array(16);
  key[0] = 5 + random.below(5);
  key.set(random.bytes(2), 3);
  key.set(random.bytes(3), 8);
  return key;
}

function times(act: () => void): Contestant {
  return {
    run() {
      for (let count = 0; count < BATCH; count++) act();
      return BATCH;
    },
  };
}

/** The place of the first text that is not less than another. */
function lowerBound(ascending: readonly string[], text: string): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
