import { executeChunk } from "@recourse/engine";
import { fromHex, Reason, Side, TimeInForce, toHex } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import { beforeAll, describe, expect, test } from "vitest";
import { falseClaim } from "../src/drill/dishonestBatch.ts";
import { dishonestKinds } from "../src/drill/tampering.ts";
import type { ChunkProof, ClosedChunk } from "../src/execution/liveState.ts";
import { createState, deposit, opening, recover, signedCancel, signedOrder } from "./engineWorld.ts";

let openingBytes: Uint8Array[];
let orders: Uint8Array[];
let cancel: Uint8Array;
/** What is refused once {@link traded}, and why: before, while and after the book is read. */
let refused: (readonly [bytes: Uint8Array, reason: number])[];

beforeAll(async () => {
  openingBytes = await opening();
  orders = await Promise.all([
    signedOrder(0, { side: Side.sell, rank: 100_002, lots: 50, id: 1 }),
    signedOrder(0, { side: Side.sell, rank: 100_004, lots: 20, id: 2 }),
    signedOrder(0, { side: Side.sell, rank: 100_004, lots: 30, id: 3 }),
    signedOrder(1, { side: Side.buy, rank: 100_002, lots: 40, id: 4 }),
  ]);
  cancel = await signedCancel(0, 1, 5);
  const { immediateOrCancel } = TimeInForce;
  const far = { side: Side.buy, rank: 90_000, lots: 40, id: 90, timeInForce: immediateOrCancel };
  refused = [
    [orders[0]!, Reason.NonceUsed],
    [await signedOrder(1, far), Reason.NotFilled],
    [
      await signedOrder(1, { ...far, rank: 110_000, lots: 100_000, timeInForce: TimeInForce.fillOrKill }),
      Reason.NotFilled,
    ],
    [await signedCancel(1, 77, 92), Reason.UnknownOrder],
  ];
});

/** A state in which two accounts have traded, in several chunks. */
function traded(maxChunks?: number) {
  const world = createState(maxChunks);
  world.state.consume([deposit(0, 100_000), deposit(1, 100_000)]);
  for (const bytes of openingBytes) expect(world.state.submit(bytes, recover).outcome.reason).toBe(Reason.Ok);
  for (const bytes of orders) expect(world.state.submit(bytes, recover).outcome.reason).toBe(Reason.Ok);
  return world;
}

function executeFromWitness(chunk: ClosedChunk & ChunkProof) {
  const store = OrderedStore.fromWitness(fromHex(chunk.preRoot), chunk.witness);
  const { meter } = executeChunk(store, chunk.context, chunk.kind, chunk.bytes);
  return { root: toHex(store.root()), meter };
}

describe("the live state", () => {
  test("cuts a chunk for each kind, and each can be executed from its witness alone", () => {
    const { state, chunks, batches } = traded();
    state.seal();
    expect(chunks.map(({ kind }) => kind)).toEqual([2, 1, 0]);
    for (const chunk of chunks) expect(executeFromWitness(chunk)).toEqual({ root: chunk.postRoot, meter: chunk.meter });
    expect(batches).toHaveLength(1);
    expect(batches[0]!.batch).toMatchObject({
      index: 1,
      from: { sequence: 0, inboxCursor: 0 },
      to: { sequence: 9, inboxCursor: 2 },
    });
    expect(state.root).toEqual({ root: chunks.at(-1)!.postRoot, at: state.at });
  });

  test("leaves no trace of what it refuses", () => {
    const clean = traded();
    const { state, chunks } = traded();
    const { position, runningHash } = state;
    const { chunkMeter } = state.store;
    const witness = state.store.witness();
    for (let count = 0; count < 1_000; count++) {
      const [bytes, reason] = refused[count % refused.length]!;
      expect(state.submit(bytes, recover).outcome.reason).toBe(reason);
    }
    expect([state.store.chunkMeter, state.store.witness()]).toEqual([chunkMeter, witness]);
    expect([state.position, state.runningHash]).toEqual([position, runningHash]);
    state.seal();
    clean.state.seal();
    expect(state.root).toEqual(clean.state.root);
    // Nor in what the contract gets to execute the chunk, however much is refused.
    expect(chunks).toEqual(clean.chunks);
    const last = chunks.at(-1)!;
    expect(executeFromWitness(last)).toEqual({ root: last.postRoot, meter: last.meter });
  });

  test("a chunk in which everything was refused never was", () => {
    const { state, chunks } = traded();
    state.seal();
    const before = state.root;
    state.submit(orders[0]!, recover);
    state.seal();
    expect(chunks).toHaveLength(3);
    expect(state.root).toEqual(before);
    expect(state.hasOpenBatch).toBe(false);
  });

  test("seals a batch that has as many chunks as it may", () => {
    const { state, batches } = traded(2);
    expect(batches.map(({ batch }) => batch.chunks.length)).toEqual([2]);
    state.seal();
    expect(batches.map(({ batch }) => batch.index)).toEqual([1, 2]);
    expect(batches[1]!.batch.from).toEqual(batches[0]!.batch.to);
  });

  test("comes to the same root however the stream is cut", () => {
    const roots = [1, 2, 32].map((maxChunks) => {
      const { state } = traded(maxChunks);
      state.seal();
      return state.root.root;
    });
    expect(new Set(roots).size).toBe(1);
  });
});

describe("a false claim", () => {
  test.each(dishonestKinds)("%s: wrong from one chunk on, and consistent with itself", (kind) => {
    const { state, batches, before } = traded();
    state.submit(openingBytes[4]!, recover);
    state.submit(cancel, recover);
    state.seal();
    const [{ batch }] = batches as [(typeof batches)[number]];
    const honest = batch.chunks.map(({ postRoot }) => postRoot);
    const claim = falseClaim(batch, before, { kind, seed: 7 });
    expect(claim?.dishonest?.kind).toBe(kind);
    const { chunk } = claim!.dishonest!;
    expect(claim!.postRoots.slice(0, chunk)).toEqual(honest.slice(0, chunk));
    for (let place = chunk; place < honest.length; place++) expect(claim!.postRoots[place]).not.toBe(honest[place]);
    expect(falseClaim(batch, before, { kind, seed: 7 })).toEqual(claim);
    expect(toHex(before.root())).toBe(batch.chunks[0]!.preRoot);
  });

  test("is not made where the lie has nothing to lie about", () => {
    const { state, batches, before } = createState();
    state.consume([deposit(0, 100)]);
    state.seal();
    expect(falseClaim(batches[0]!.batch, before, { kind: "mark altered", seed: 1 })).toBeUndefined();
    expect(falseClaim(batches[0]!.batch, before, { seed: 1 })).toBeDefined();
  });
});
