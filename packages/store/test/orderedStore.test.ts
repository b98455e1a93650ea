import { keccak256 } from "@recourse/protocol/keccak";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  BRANCH_TOUCH,
  LEAF_BYTE,
  LEAF_TOUCH,
  MissingNodeError,
  NODE_CREATE,
  OrderedStore,
  READ,
  RETOUCH,
  SCAN_ENTRY,
  SEARCH,
  VISIT,
  WitnessError,
  WRITE,
} from "../src/index.ts";
import { NodeTable } from "../src/nodeTable.ts";
import { chainKey, concat, KEY_SHAPES, randomEntries, randomOperations, randomValue, runScript } from "./script.ts";
import { openedNodes, parseWitness, writeWitness } from "./witnessTree.ts";

/** RECOURSE_LONG_TESTS multiplies how many seeds are tried. */
const ROUNDS = 8 * Number(process.env.RECOURSE_LONG_TESTS ?? "1");

const shapes = Object.entries(KEY_SHAPES);

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const keyOf = (...head: number[]) => Uint8Array.from({ length: 16 }, (_, index) => head[index] ?? 0);
const ZERO_ROOT = new Uint8Array(32);

/** Runs a test for several seeds. */
async function eachSeed(test: (random: Random) => void): Promise<void> {
  for (let seed = 1; seed <= ROUNDS; seed++) await Random.run(seed, test);
}

describe("hashing", () => {
  it("commits to the empty tree, a leaf and a branch as specified", () => {
    const store = new OrderedStore();
    expect(store.root()).toEqual(ZERO_ROOT);
    const [low, high] = [keyOf(0x10), keyOf(0x11)];
    const leafHash = (key: Uint8Array, value: Uint8Array) => keccak256(concat([Uint8Array.of(0), key, value]));
    store.put(low, Uint8Array.of(7));
    expect(store.root()).toEqual(leafHash(low, Uint8Array.of(7)));
    store.put(high, Uint8Array.of(8, 9));
    const children = [leafHash(low, Uint8Array.of(7)), leafHash(high, Uint8Array.of(8, 9))];
    expect(store.root()).toEqual(keccak256(concat([Uint8Array.of(1, 7), ...children])));
    expect(store.delete(low)).toBe(true);
    expect(store.root()).toEqual(children[1]);
    expect(store.delete(high)).toBe(true);
    expect(store.root()).toEqual(ZERO_ROOT);
    expect(store.size).toBe(0);
  });

  it.each(shapes)("gives one root whatever the history: %s keys", (_, makeKey) =>
    eachSeed((random) => {
      const store = new OrderedStore();
      const model = new Map<string, Uint8Array>();
      for (let count = 0; count < 400; count++) {
        const key = makeKey(random);
        if (random.chance(0.4)) {
          expect(store.delete(key)).toBe(model.delete(hex(key)));
        } else {
          const value = randomValue(random);
          store.put(key, value);
          model.set(hex(key), value);
        }
        if (random.chance(0.1)) store.root();
      }
      const sorted = [...model].sort(([one], [other]) => (one < other ? -1 : 1));
      const entries = sorted.map(([key, value]) => [new Uint8Array(Buffer.from(key, "hex")), value] as const);
      expect(store.root()).toEqual(OrderedStore.fromEntries(entries).root());
      expect([...store.entries()].map(({ key, value }) => [key, value])).toEqual(entries);
      expect(store.size).toBe(entries.length);
    }),
  );
});

describe("get and next", () => {
  it.each(shapes)("agree with a sorted array: %s keys", (_, makeKey) =>
    eachSeed((random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, 60));
      const entries = [...store.entries()];
      for (let count = 0; count < 300; count++) {
        const key = random.chance(0.3) ? random.pick(entries).key : makeKey(random);
        const expected = entries.find((entry) => hex(entry.key) >= hex(key));
        expect(store.next(key)).toEqual(expected);
        expect(store.get(key)).toEqual(
          expected !== undefined && hex(expected.key) === hex(key) ? expected.value : undefined,
        );
      }
    }),
  );

  it.each(shapes)("read ranges as a sorted array has them: %s keys", (_, makeKey) =>
    eachSeed((random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, 60));
      const entries = [...store.entries()];
      const bitsOf = (key: Uint8Array) => [...key].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      for (let count = 0; count < 100; count++) {
        const key = random.chance(0.5) ? random.pick(entries).key : makeKey(random);
        const bits = random.below(129);
        const prefix = bitsOf(key).slice(0, bits);
        const expected = entries.filter((entry) => bitsOf(entry.key).startsWith(prefix));
        expect([...store.scan(key, bits)]).toEqual(expected);
        const meter = store.chunkMeter;
        expect([...store.peekScan(key, bits)]).toEqual(expected);
        expect(store.peek(key)).toEqual(entries.find((entry) => hex(entry.key) === hex(key))?.value);
        expect(store.chunkMeter).toBe(meter);
      }
    }),
  );

  it("find nothing in an empty tree", () => {
    const store = new OrderedStore();
    expect([...store.peekScan(keyOf(), 0)]).toEqual([]);
    expect(store.peek(keyOf())).toBeUndefined();
    expect([...store.scan(keyOf(), 0)]).toEqual([]);
    expect(store.get(keyOf())).toBeUndefined();
    expect(store.next(keyOf())).toBeUndefined();
    expect(store.delete(keyOf())).toBe(false);
    expect(store.chunkMeter).toBe(READ + 2 * SEARCH + WRITE);
  });

  it("walk a tree of the greatest depth", () => {
    const store = OrderedStore.fromEntries(
      Array.from({ length: 129 }, (_, bit) => [chainKey(bit), Uint8Array.of(bit)] as const),
    );
    expect(store.prove(chainKey(128)).length).toBe(128 * 33);
    const root = store.root();
    expect(store.next(keyOf())).toEqual({ key: chainKey(128), value: Uint8Array.of(128) });
    expect(store.chunkMeter).toBe(SEARCH + 129 * VISIT + 128 * BRANCH_TOUCH + LEAF_TOUCH + LEAF_BYTE);
    const partial = OrderedStore.fromWitness(root, store.witness());
    expect(partial.delete(chainKey(128))).toBe(true);
    store.delete(chainKey(128));
    expect(partial.root()).toEqual(store.root());
  });

  it("refuse keys and values of a wrong length", () => {
    const store = new OrderedStore();
    expect(() => store.get(new Uint8Array(15))).toThrow(RangeError);
    expect(() => store.put(new Uint8Array(17), Uint8Array.of(1))).toThrow(RangeError);
    expect(() => store.put(keyOf(), new Uint8Array(0))).toThrow(RangeError);
    expect(() => store.put(keyOf(), new Uint8Array(65_536))).toThrow(RangeError);
    store.put(keyOf(), new Uint8Array(65_535));
    store.beginChunk();
    store.get(keyOf());
    expect(OrderedStore.fromWitness(store.root(), store.witness()).root()).toEqual(store.root());
  });
});

describe("the meters", () => {
  it("count each first touch once in a chunk and once in every transaction", () => {
    const store = OrderedStore.fromEntries([
      [keyOf(0x00), Uint8Array.of(1, 2, 3)],
      [keyOf(0x80), Uint8Array.of(4)],
    ]);
    const walk = READ + 2 * VISIT;
    const touch = BRANCH_TOUCH + LEAF_TOUCH + 3 * LEAF_BYTE;
    store.get(keyOf(0x00));
    expect([store.chunkMeter, store.transactionMeter]).toEqual([walk + touch, walk + touch]);
    store.get(keyOf(0x00));
    expect([store.chunkMeter, store.transactionMeter]).toEqual([2 * walk + touch, 2 * walk + touch]);
    store.beginTransaction();
    expect(store.transactionMeter).toBe(0);
    store.get(keyOf(0x00));
    const inChunk = 3 * walk + touch + 2 * RETOUCH;
    expect([store.chunkMeter, store.transactionMeter]).toEqual([inChunk, walk + touch]);
    store.charge(1_000);
    expect([store.chunkMeter, store.transactionMeter]).toEqual([inChunk + 1_000, walk + touch + 1_000]);
    store.beginChunk();
    expect([store.chunkMeter, store.transactionMeter]).toEqual([0, 0]);
    store.get(keyOf(0x00));
    expect(store.chunkMeter).toBe(walk + touch);
  });

  it("count what a put makes and by how much it lengthens", () => {
    const store = new OrderedStore();
    store.beginChunk();
    store.put(keyOf(0x00), Uint8Array.of(1, 2));
    expect(store.chunkMeter).toBe(WRITE + NODE_CREATE + 2 * LEAF_BYTE);
    store.put(keyOf(0x00), Uint8Array.of(1, 2, 3));
    expect(store.chunkMeter).toBe(2 * WRITE + NODE_CREATE + 3 * LEAF_BYTE + VISIT);
    store.put(keyOf(0x00), Uint8Array.of(1));
    expect(store.chunkMeter).toBe(3 * WRITE + NODE_CREATE + 3 * LEAF_BYTE + 2 * VISIT);
    store.put(keyOf(0x80), Uint8Array.of(1));
    expect(store.chunkMeter).toBe(4 * WRITE + 3 * NODE_CREATE + 4 * LEAF_BYTE + 3 * VISIT);
    expect(store.witness()).toEqual(new Uint8Array(0));
  });

  it("count a climb by the branches passed, and a scan by its entries", () => {
    // Branches test bits 0, 1 and 2; the way to the zero key goes left at each.
    const store = OrderedStore.fromEntries(
      [0x00, 0x20, 0x40, 0x80].map((byte) => [keyOf(byte), Uint8Array.of(1)] as const),
    );
    const cost = (operation: () => unknown) => {
      const before = store.chunkMeter;
      operation();
      return store.chunkMeter - before;
    };
    expect([...store.scan(keyOf(), 0)].length).toBe(4);
    expect(cost(() => [...store.scan(keyOf(), 0)])).toBe(SEARCH + 7 * VISIT + 4 * SCAN_ENTRY);
    expect(cost(() => [...store.scan(keyOf(), 1)])).toBe(SEARCH + 6 * VISIT + 3 * SCAN_ENTRY);
    expect(cost(() => [...store.scan(keyOf(0xc0), 2)])).toBe(SEARCH + 2 * VISIT);
    // Bit 7 differs: nothing is passed up to it, and the first way that went left is the lowest branch.
    expect(cost(() => expect(store.next(keyOf(0x01))?.key).toEqual(keyOf(0x20)))).toBe(SEARCH + 5 * VISIT);
    // The lowest branch is passed, as the way went right there; then one leaf is visited.
    expect(cost(() => expect(store.next(keyOf(0x21))?.key).toEqual(keyOf(0x40)))).toBe(SEARCH + 6 * VISIT);
    expect(cost(() => expect(store.next(keyOf(0x81))).toBeUndefined())).toBe(SEARCH + 3 * VISIT);
    expect(cost(() => store.put(keyOf(0x21), Uint8Array.of(1)))).toBe(WRITE + 4 * VISIT + 2 * NODE_CREATE + LEAF_BYTE);
  });

  it("do not count or record proofs, iteration and roots", () => {
    const store = OrderedStore.fromEntries([
      [keyOf(0x00), Uint8Array.of(1)],
      [keyOf(0x80), Uint8Array.of(2)],
    ]);
    store.prove(keyOf(0x80));
    expect([...store.entries()].length).toBe(2);
    expect(store.chunkMeter).toBe(0);
    expect(store.witness()).toEqual(concat([Uint8Array.of(0x02), store.root()]));
  });
});

describe("witnesses", () => {
  it.each(shapes)("let a partial tree do all that the chunk did: %s keys", (_, makeKey) =>
    eachSeed((random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, random.below(120)));
      for (let chunk = 0; chunk < 4; chunk++) {
        store.beginChunk();
        const preRoot = store.root();
        const operations = randomOperations(random, makeKey, 60);
        const log = runScript(store, operations);
        const partial = OrderedStore.fromWitness(preRoot, store.witness());
        expect(runScript(partial, operations)).toEqual(log);
        expect(partial.root()).toEqual(store.root());
        expect(partial.chunkMeter).toBe(store.chunkMeter);
        expect(partial.witness()).toEqual(store.witness());
      }
    }),
  );

  it.each(shapes)("that lack a node never mislead: %s keys", (_, makeKey) =>
    eachSeed((random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, 60));
      const preRoot = store.root();
      const operations = randomOperations(random, makeKey, 12);
      const log = runScript(store, operations);
      const witness = parseWitness(store.witness());
      expect(writeWitness(witness)).toEqual(store.witness());
      for (const node of openedNodes(witness)) {
        const partial = OrderedStore.fromWitness(preRoot, writeWitness(witness, node));
        expect(() => runScript(partial, operations)).toThrow(MissingNodeError);
      }
      expect(log).toEqual(runScript(OrderedStore.fromWitness(preRoot, writeWitness(witness)), operations));
    }),
  );

  it("that were changed anywhere, cut or lengthened are refused", () => {
    const random = new Random(5);
    const store = OrderedStore.fromEntries(randomEntries(random, (source) => source.bytes(16), 40));
    const root = store.root();
    for (let count = 0; count < 3; count++) store.next(random.bytes(16));
    const witness = store.witness();
    const refuse = (bytes: Uint8Array) => expect(() => OrderedStore.fromWitness(root, bytes)).toThrow(WitnessError);
    for (let index = 0; index < witness.length; index++) {
      refuse(witness.subarray(0, index));
      const changed = witness.slice();
      changed[index]! ^= 1 << random.below(8);
      refuse(changed);
    }
    refuse(concat([witness, Uint8Array.of(0x01, 0x00)]));
    refuse(concat([witness, Uint8Array.of(0x00)]));
    refuse(concat([witness, Uint8Array.of(0x02), root]));
    refuse(concat([Uint8Array.of(0x02), root, witness]));
  });

  it("of the empty tree are empty, and only those", () => {
    expect(OrderedStore.fromWitness(ZERO_ROOT, new Uint8Array(0)).root()).toEqual(ZERO_ROOT);
    const bareZero = concat([Uint8Array.of(0x02), ZERO_ROOT]);
    expect(() => OrderedStore.fromWitness(ZERO_ROOT, bareZero)).toThrow(WitnessError);
    expect(() => OrderedStore.fromWitness(keccak256(ZERO_ROOT), new Uint8Array(0))).toThrow(WitnessError);
  });

  it("of trees that no store makes are refused, whatever their root", () => {
    const leaf = concat([Uint8Array.of(0x03, 0, 1), keyOf(), Uint8Array.of(9)]);
    const branch = (bit: number, left: Uint8Array, right: Uint8Array) =>
      concat([left, right, Uint8Array.of(0x01, bit)]);
    const refuse = (witness: Uint8Array) => {
      expect(() => OrderedStore.fromWitness(parseWitness(witness).hash, witness)).toThrow(WitnessError);
    };
    refuse(branch(128, leaf, leaf));
    refuse(branch(5, branch(5, leaf, leaf), leaf));
    refuse(branch(6, leaf, branch(5, leaf, leaf)));
    refuse(concat([Uint8Array.of(0x03, 0, 0), keyOf()]));
  });
});

describe("a transaction that is forgotten", () => {
  it.each(shapes)("leaves the chunk as if it had never begun: %s keys", (_, makeKey) =>
    eachSeed((random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, 1 + random.below(80)));
      const clean = store.clone();
      for (let count = 0; count < 8; count++) {
        const operations = randomOperations(random, makeKey, 10);
        for (const each of [store, clean]) each.beginTransaction();
        expect(runScript(store, operations)).toEqual(runScript(clean, operations));
        store.beginTransaction();
        const changeNothing = randomOperations(random, makeKey, 20).filter(
          (operation) =>
            operation.kind === "get" ||
            operation.kind === "next" ||
            (operation.kind === "delete" && store.peek(operation.key) === undefined),
        );
        runScript(store, changeNothing);
        store.forgetTransaction();
        expect([store.chunkMeter, store.witness()]).toEqual([clean.chunkMeter, clean.witness()]);
      }
      expect(store.root()).toEqual(clean.root());
    }),
  );

  it("has changed nothing", () => {
    const store = OrderedStore.fromEntries([[keyOf(1), Uint8Array.of(1)]]);
    for (const change of [() => store.put(keyOf(1), Uint8Array.of(2)), () => store.delete(keyOf(1))]) {
      store.beginTransaction();
      change();
      expect(() => store.forgetTransaction()).toThrow("changed the store");
    }
  });
});

describe("inclusion proofs", () => {
  it("lead from the leaf to the root", () =>
    eachSeed((random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, KEY_SHAPES.random!, 50));
      for (const { key, value } of [...store.entries()]) {
        let hash = keccak256(concat([Uint8Array.of(0), key, value]));
        const proof = store.prove(key);
        for (let offset = 0; offset < proof.length; offset += 33) {
          const bit = proof[offset]!;
          const sibling = proof.subarray(offset + 1, offset + 33);
          const isRight = (key[bit >> 3]! & (0x80 >> (bit & 7))) !== 0;
          const children = isRight ? [sibling, hash] : [hash, sibling];
          hash = keccak256(concat([Uint8Array.of(1, bit), ...children]));
        }
        expect(hash).toEqual(store.root());
      }
      expect(() => store.prove(random.bytes(16))).toThrow(RangeError);
    }));
});

describe("the node table", () => {
  it("numbers its stamps anew without forgetting which nodes the chunk has touched", () => {
    const nodes = new NodeTable();
    const stamps = [0, 6, 7, 2 ** 31 - 1];
    const leaves = stamps.map((stamp) => nodes.addLeaf(keyOf(), Uint8Array.of(1), stamp));
    nodes.renumberStamps(7);
    expect(leaves.map((leaf) => nodes.stampOf(leaf))).toEqual([0, 0, 1, 1]);
  });

  it("fills places that are free again before it grows", () => {
    const nodes = new NodeTable();
    const [first, second] = [1, 2].map((byte) => nodes.addLeaf(keyOf(byte), Uint8Array.of(byte), 1));
    nodes.release(first!);
    nodes.release(second!);
    const reused = [3, 4, 5].map((byte) => nodes.addLeaf(keyOf(byte), Uint8Array.of(byte), 1));
    expect(reused).toEqual([second, first, 2]);
  });
});

describe("a clone", () => {
  it("goes its own way, meters and record included", () =>
    eachSeed((random) => {
      const makeKey = KEY_SHAPES.dense!;
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, 40));
      const preRoot = store.root();
      const before = randomOperations(random, makeKey, 20);
      const after = randomOperations(random, makeKey, 40);
      runScript(store, before);
      const copy = store.clone();
      const [root, witness, meter] = [store.root(), store.witness(), store.chunkMeter];
      const log = runScript(copy, after);
      expect([store.root(), store.witness(), store.chunkMeter]).toEqual([root, witness, meter]);
      expect(runScript(store, after)).toEqual(log);
      expect(copy.root()).toEqual(store.root());
      expect(copy.witness()).toEqual(store.witness());
      const partial = OrderedStore.fromWitness(preRoot, copy.witness());
      runScript(partial, [...before, ...after]);
      expect(partial.root()).toEqual(copy.root());
    }));
});
