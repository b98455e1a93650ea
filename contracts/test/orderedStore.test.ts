import { keccak256 } from "@recourse/protocol/keccak";
import { BaseError, decodeFunctionResult, encodeFunctionData, type Hex, toFunctionSelector, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrderedStore } from "../../packages/store/src/index.ts";
import {
  chainKey,
  concat,
  encodeScript,
  KEY_SHAPES,
  type Operation,
  randomEntries,
  randomOperations,
  runScript,
} from "../../packages/store/test/script.ts";
import { openedNodes, parseWitness, writeWitness } from "../../packages/store/test/witnessTree.ts";
import { Random } from "../../test/support/random.ts";
import { readArtifact } from "../artifacts.ts";
import { startLocalChain } from "../local.ts";

/** RECOURSE_LONG_TESTS multiplies how many seeds are tried. */
const ROUNDS = 4 * Number(process.env.RECOURSE_LONG_TESTS ?? "1");

/** Below the gas cap of a transaction. */
const CALL_GAS = 16_700_000n;

const MISSING_NODE = toFunctionSelector("MissingNode()");
const BAD_WITNESS = toFunctionSelector("BadWitness()");
const BAD_VALUE_LENGTH = toFunctionSelector("BadValueLength()");

const ZERO_ROOT = new Uint8Array(32);
const shapes = Object.entries(KEY_SHAPES);

const artifact = readArtifact("test/OrderedStoreHarness.sol");
let chain: Awaited<ReturnType<typeof startLocalChain>>;
let harness: Hex;

beforeAll(async () => {
  chain = await startLocalChain();
  harness = await chain.deploy(artifact);
});

afterAll(() => chain.close());

/** Calls the harness: its results, or what it reverted with. */
async function call(
  functionName: "run" | "measure",
  root: Uint8Array,
  witness: Uint8Array,
  script: Uint8Array,
): Promise<{ readonly results: readonly unknown[] } | { readonly revert: Hex }> {
  const args = [toHex(root), toHex(witness), toHex(script)];
  const data = encodeFunctionData({ abi: artifact.abi, functionName, args });
  try {
    const result = await chain.publicClient.call({ to: harness, data, gas: CALL_GAS });
    const results = decodeFunctionResult({ abi: artifact.abi, functionName, data: result.data! });
    return { results: results as readonly unknown[] };
  } catch (error) {
    const reason = error instanceof BaseError ? error.walk((cause) => hasData(cause)) : undefined;
    if (!hasData(reason)) throw error;
    return { revert: reason.data };
  }
}

function hasData(error: unknown): error is { readonly data: Hex } {
  return typeof error === "object" && error !== null && "data" in error && typeof error.data === "string";
}

/** What running the operations on a store should make the contract return; changes the store. */
function expected(store: OrderedStore, operations: readonly Operation[]) {
  const log = runScript(store, operations);
  return {
    results: [toHex(log), toHex(store.root()), BigInt(store.chunkMeter), BigInt(store.transactionMeter)],
  };
}

async function eachSeed(test: (random: Random) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= ROUNDS; seed++) await Random.run(seed, test);
}

describe("the Solidity store", () => {
  it.each(shapes)("does what the TypeScript store does, at the same meters: %s keys", (_, makeKey) =>
    eachSeed(async (random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, random.below(200)));
      for (let chunk = 0; chunk < 5; chunk++) {
        store.beginChunk();
        const preRoot = store.root();
        const operations = randomOperations(random, makeKey, 150);
        const answer = expected(store, operations);
        expect(await call("run", preRoot, store.witness(), encodeScript(operations))).toEqual(answer);
      }
    }),
  );

  it("starts from the empty tree, and returns to it", async () => {
    const operations: Operation[] = [
      { kind: "next", key: chainKey(3) },
      { kind: "put", key: chainKey(3), value: Uint8Array.of(1) },
      { kind: "root" },
      { kind: "put", key: chainKey(9), value: Uint8Array.of(2) },
      { kind: "delete", key: chainKey(3) },
      { kind: "delete", key: chainKey(9) },
      { kind: "get", key: chainKey(9) },
    ];
    const store = new OrderedStore();
    store.beginChunk();
    const answer = expected(store, operations);
    expect(answer.results[1]).toBe(toHex(ZERO_ROOT));
    expect(await call("run", ZERO_ROOT, new Uint8Array(0), encodeScript(operations))).toEqual(answer);
  });

  it("holds values of the greatest length, grown and shrunk", async () => {
    const store = OrderedStore.fromEntries([[chainKey(0), new Uint8Array(65_535).fill(1)]]);
    const root = store.root();
    const operations = [2, 65_535, 1, 40_000, 30, 61, 200].flatMap((length, index): Operation[] => [
      { kind: "put", key: chainKey(index % 3), value: new Uint8Array(length).fill(index) },
      { kind: "get", key: chainKey(index % 3) },
      { kind: "root" },
    ]);
    const answer = expected(store, operations);
    expect(await call("run", root, store.witness(), encodeScript(operations))).toEqual(answer);
  });

  it("lifts a bare hash unopened when its sibling is deleted", async () => {
    const store = OrderedStore.fromEntries([0, 1, 2].map((bit) => [chainKey(bit), Uint8Array.of(bit)] as const));
    const root = store.root();
    const operations: Operation[] = [{ kind: "delete", key: chainKey(0) }];
    const answer = expected(store, operations);
    expect(store.witness().length).toBe(19 + 1 + 33 + 2);
    expect(await call("run", root, store.witness(), encodeScript(operations))).toEqual(answer);
    const after: Operation[] = [...operations, { kind: "get", key: chainKey(1) }];
    expect(await call("run", root, store.witness(), encodeScript(after))).toEqual({ revert: MISSING_NODE });
  });

  it.each(shapes)("reverts where the witness lacks a node that is needed: %s keys", (_, makeKey) =>
    eachSeed(async (random) => {
      const store = OrderedStore.fromEntries(randomEntries(random, makeKey, 60));
      const preRoot = store.root();
      const operations = randomOperations(random, makeKey, 5);
      const answer = expected(store, operations);
      const witness = parseWitness(store.witness());
      const script = encodeScript(operations);
      expect(await call("run", preRoot, writeWitness(witness), script)).toEqual(answer);
      for (const node of openedNodes(witness).slice(0, 40)) {
        expect(await call("run", preRoot, writeWitness(witness, node), script)).toEqual({ revert: MISSING_NODE });
      }
    }),
  );

  it("refuses a witness that was changed anywhere, cut or lengthened", async () => {
    const random = new Random(5);
    const store = OrderedStore.fromEntries(randomEntries(random, (source) => source.bytes(16), 12));
    const root = store.root();
    for (let count = 0; count < 2; count++) store.next(random.bytes(16));
    const witness = store.witness();
    const refuse = async (bytes: Uint8Array, expectedRoot = root) => {
      expect(await call("run", expectedRoot, bytes, new Uint8Array(0))).toEqual({ revert: BAD_WITNESS });
    };
    for (let index = 0; index < witness.length; index++) {
      await refuse(witness.subarray(0, index));
      const changed = witness.slice();
      changed[index]! ^= 1 << random.below(8);
      await refuse(changed);
    }
    await refuse(concat([witness, Uint8Array.of(0x01, 0x00)]));
    await refuse(concat([witness, Uint8Array.of(0x00)]));
    await refuse(concat([witness, Uint8Array.of(0x02), root]));
    await refuse(concat([Uint8Array.of(0x02), root, witness]));
    await refuse(witness, ZERO_ROOT);
    await refuse(concat([Uint8Array.of(0x02), ZERO_ROOT]), ZERO_ROOT);
    await refuse(new Uint8Array(0), keccak256(ZERO_ROOT));
  });

  it("refuses trees that no store makes, whatever their root", async () => {
    const leaf = concat([Uint8Array.of(0x03, 0, 1), new Uint8Array(16), Uint8Array.of(9)]);
    const branch = (bit: number, left: Uint8Array, right: Uint8Array) =>
      concat([left, right, Uint8Array.of(0x01, bit)]);
    const bareHash = concat([Uint8Array.of(0x02), new Uint8Array(32).fill(7)]);
    const chainOf = (depth: number) => {
      let tree = leaf;
      for (let bit = depth - 1; bit >= 0; bit--) tree = branch(bit, bareHash, tree);
      return tree;
    };
    const outcome = (witness: Uint8Array) => call("run", parseWitness(witness).hash, witness, new Uint8Array(0));
    expect(await outcome(chainOf(128))).toHaveProperty("results");
    for (const witness of [
      chainOf(129),
      branch(128, leaf, leaf),
      branch(5, branch(5, leaf, leaf), leaf),
      branch(6, leaf, branch(5, leaf, leaf)),
      concat([Uint8Array.of(0x03, 0, 0), new Uint8Array(16)]),
    ]) {
      expect(await outcome(witness)).toEqual({ revert: BAD_WITNESS });
    }
    // More items in waiting than any tree leaves, and a length that reaches past the end.
    const crowd = concat(Array.from({ length: 200 }, () => bareHash));
    const short = concat([Uint8Array.of(0x03, 0xff, 0xff), new Uint8Array(40)]);
    for (const witness of [crowd, short]) {
      expect(await call("run", keccak256(witness), witness, new Uint8Array(0))).toEqual({ revert: BAD_WITNESS });
    }
  });

  it("refuses an empty value", async () => {
    const script = concat([Uint8Array.of(1), chainKey(0), Uint8Array.of(0, 0)]);
    expect(await call("run", ZERO_ROOT, new Uint8Array(0), script)).toEqual({ revert: BAD_VALUE_LENGTH });
  });
});

describe("the meter", () => {
  /** Random entries, which make a wide tree about as deep as the logarithm of their number. */
  const wide = (random: Random, count: number, valueBytes: number) =>
    OrderedStore.fromEntries(
      Array.from({ length: count }, () => [random.bytes(16), random.bytes(valueBytes)] as const),
    );
  const deep = (valueBytes: number) =>
    OrderedStore.fromEntries(
      Array.from({ length: 129 }, (_, bit) => [chainKey(bit), new Uint8Array(valueBytes).fill(1)]),
    );
  const keysOf = (store: OrderedStore, random: Random, count: number) => {
    const keys = [...store.entries()].map(({ key }) => key);
    return Array.from({ length: count }, () => random.pick(keys));
  };

  /** Workloads, of which each drives another part of the cost to its worst. */
  const workloads: Readonly<Record<string, (random: Random) => readonly [OrderedStore, Operation[]]>> = {
    "puts all over a wide tree": (random) => {
      const store = wide(random, 20_000, 60);
      return [store, keysOf(store, random, 200).map((key) => ({ kind: "put", key, value: random.bytes(60) }))];
    },
    "short values all over a wide tree": (random) => {
      const store = wide(random, 20_000, 1);
      return [store, keysOf(store, random, 300).map((key) => ({ kind: "put", key, value: random.bytes(1) }))];
    },
    "every leaf of a small tree": (random) => {
      const store = wide(random, 1_000, 1);
      return [store, [...store.entries()].map(({ key }) => ({ kind: "put", key, value: random.bytes(1) }))];
    },
    "long values": (random) => {
      const store = wide(random, 500, 900);
      return [store, keysOf(store, random, 60).map((key) => ({ kind: "put", key, value: random.bytes(1_000) }))];
    },
    "new entries": (random) => {
      const store = wide(random, 20_000, 60);
      return [
        store,
        Array.from({ length: 300 }, () => ({ kind: "put", key: random.bytes(16), value: random.bytes(1) })),
      ];
    },
    "a tree from nothing": (random) => [
      new OrderedStore(),
      Array.from({ length: 1_500 }, () => ({ kind: "put", key: random.bytes(16), value: random.bytes(1) })),
    ],
    "deletes and searches": (random) => {
      const store = wide(random, 20_000, 60);
      const deletes = keysOf(store, random, 120).map((key): Operation => ({ kind: "delete", key }));
      return [store, deletes.flatMap((each) => [each, { kind: "next", key: random.bytes(16) }])];
    },
    "the same reads again and again": (random) => {
      const store = wide(random, 200, 30);
      return [store, keysOf(store, random, 2_000).map((key) => ({ kind: "get", key }))];
    },
    "the same ranges again and again": (random) => {
      const store = wide(random, 300, 30);
      const bits = [0, 1, 2, 3, 4, 5, 128];
      const scan = (): Operation => ({ kind: "scan", key: random.bytes(16), bits: random.pick(bits), count: 60 });
      return [store, Array.from({ length: 200 }, scan)];
    },
    "one entry again and again": () => [
      OrderedStore.fromEntries([[chainKey(0), new Uint8Array(120).fill(1)]]),
      Array.from({ length: 1_000 }, (_, index): Operation => {
        const key = chainKey(0);
        if (index % 3 === 0) return { kind: "put", key, value: new Uint8Array(120).fill(2) };
        if (index % 3 === 1) return { kind: "scan", key, bits: 128, count: 1 };
        return { kind: "next", key: new Uint8Array(16).fill(0xff) };
      }),
    ],
    "the same writes again and again": (random) => {
      const store = wide(random, 200, 30);
      return [store, keysOf(store, random, 2_000).map((key) => ({ kind: "put", key, value: random.bytes(30) }))];
    },
    "a chain of the greatest depth": (random) => [
      deep(1),
      Array.from({ length: 100 }, () => ({ kind: "put", key: chainKey(random.below(129)), value: random.bytes(1) })),
    ],
    "searches that climb a chain": () => [
      deep(1),
      Array.from({ length: 100 }, () => ({ kind: "next", key: concat([new Uint8Array(15), Uint8Array.of(1)]) })),
    ],
    "searches that climb a chain to its top": () => {
      // All ones but for one bit: every key on the way down goes right.
      const entries = Array.from(
        { length: 129 },
        (_, bit) => [chainKey(bit).map((byte) => byte ^ 0xff), Uint8Array.of(1)] as const,
      );
      const store = OrderedStore.fromEntries(entries);
      store.delete(new Uint8Array(16).fill(0xff));
      return [store, Array.from({ length: 100 }, () => ({ kind: "next", key: new Uint8Array(16).fill(0xff) }))];
    },
    "entries made and deleted at the end of a chain": () => {
      const store = deep(1);
      store.delete(chainKey(127));
      return [
        store,
        Array.from(
          { length: 100 },
          (_, index): Operation =>
            index % 2 === 0
              ? { kind: "put", key: chainKey(127), value: Uint8Array.of(1) }
              : { kind: "delete", key: chainKey(127) },
        ),
      ];
    },
    "a value that grows byte by byte": () => [
      OrderedStore.fromEntries([[chainKey(0), Uint8Array.of(1)]]),
      Array.from({ length: 600 }, (_, index) => ({
        kind: "put",
        key: chainKey(0),
        value: new Uint8Array(index + 1).fill(1),
      })),
    ],
  };

  it.each(Object.entries(workloads))("is an upper bound for gas: %s", async (name, makeWorkload) => {
    const [store, operations] = makeWorkload(new Random(11));
    store.beginChunk();
    const preRoot = store.root();
    runScript(store, operations);
    const witness = store.witness();
    const outcome = await call("measure", preRoot, witness, encodeScript(operations));
    if (!("results" in outcome)) throw new Error(`The measurement reverted with ${outcome.revert}.`);
    const [decodeGas, scriptGas, rootGas, meter] = outcome.results.map(Number) as [number, number, number, number];
    const withExecution = 16 * witness.length + decodeGas + scriptGas + rootGas;
    if (process.env.RECOURSE_SHOW_GAS !== undefined) {
      console.log(
        "GAS",
        name,
        JSON.stringify({ bytes: witness.length, decodeGas, scriptGas, rootGas, withExecution, meter }),
      );
    }
    expect(meter).toBe(store.chunkMeter);
    expect(withExecution).toBeLessThanOrEqual(meter);
    expect(64 * witness.length).toBeLessThanOrEqual(meter);
  });
});
