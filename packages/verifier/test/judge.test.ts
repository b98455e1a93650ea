import { executeChunk } from "@recourse/engine";
import { ChunkKind, type Hash, type InboxMessage, toHex } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { separator } from "../../../test/support/world.ts";
import { judgeBatch, type PostedBatch, type Verdict } from "../src/index.ts";
import { describeBatch } from "./support/fakeL1.ts";
import { type BatchPlan, type ChunkPlan, Market, withRoot, wrongRoot } from "./support/market.ts";

const noHash: Hash = `0x${"00".repeat(32)}`;

/** A batch of every kind of chunk on the genesis, and what it is judged by. */
function situation() {
  const market = new Market();
  const parent = market.store.clone();
  const messages = market.deposits();
  const chunks = [
    market.bridge(messages.slice(0, 1)),
    market.bridge(messages.slice(1)),
    market.opening(),
    market.orders(10),
    market.tick(),
    market.orders(7),
  ];
  const before = market.clone();
  return { parent, messages, chunks, before, plan: market.batch(...chunks), store: market.store };
}

function describeOnGenesis(plan: BatchPlan, parent: OrderedStore): PostedBatch {
  const stateRoot = toHex(parent.root());
  return describeBatch(plan, {
    summary: { index: 0n, headerHash: noHash, stateRoot, term: 0, time: 0, inboxTo: 0n, postedAt: 1n },
  });
}

function judge(plan: BatchPlan, parent: OrderedStore, messages: readonly InboxMessage[]): Verdict {
  return judgeBatch(parent, describeOnGenesis(plan, parent), messages, separator);
}

describe("judging an honest batch", () => {
  it("finds every root right and gives the state after it", () => {
    const { plan, parent, messages, store } = situation();
    const verdict = judge(plan, parent, messages);
    if (verdict.verdict !== "valid") throw new Error(JSON.stringify(verdict));
    expect(verdict.chunks).toBe(6);
    expect(toHex(verdict.store.root())).toBe(toHex(store.root()));
  });

  it("leaves the parent's state as it was", () => {
    const { plan, parent, messages } = situation();
    const root = toHex(parent.root());
    judge(plan, parent, messages);
    judge(withRoot(plan, 3, wrongRoot), parent, messages);
    expect(toHex(parent.root())).toBe(root);
  });

  it("takes a chunk with an undecodable tail for what it executes to", () => {
    const { chunks, before, parent, messages } = situation();
    const bytes = new Uint8Array([...chunks[3]!.bytes, 0xff, 0x01]);
    const plan = before.batch(...chunks.slice(0, 3), { ...chunks[3]!, bytes });
    const verdict = judge(plan, parent, messages);
    expect(verdict).toMatchObject({ verdict: "valid", chunks: 4 });
    expect(verdict.verdict === "valid" && verdict.executed[3]!.length).toBe(chunks[3]!.bytes.length);
  });
});

describe("judging a wrong batch", () => {
  it.each([0, 1, 2, 3, 4, 5])("finds a wrong root of chunk %i and the witness that proves it", (chunkIndex) => {
    const { plan, parent, messages } = situation();
    const verdict = judge(withRoot(plan, chunkIndex, wrongRoot), parent, messages);
    if (verdict.verdict !== "fraud") throw new Error(verdict.verdict);
    expect(verdict.chunkIndex).toBe(chunkIndex);
    expect(verdict.claimedRoot).toBe(wrongRoot);
    expect(verdict.correctRoot).toBe(plan.chunks[chunkIndex]!.postRoot);
    expectProof(describeOnGenesis(plan, parent), verdict);
  });

  const tamperings: Record<string, (chunks: ChunkPlan[], plan: BatchPlan) => { plan: BatchPlan; wrongChunk: number }> =
    {
      "an order's bytes changed": (chunks, plan) => {
        const bytes = chunks[3]!.bytes.slice();
        bytes[24]! ^= 1;
        return { plan: { ...plan, data: plan.data.map((data, place) => (place === 3 ? bytes : data)) }, wrongChunk: 3 };
      },
      "an order left out": (chunks, plan) => {
        const bytes = chunks[5]!.bytes.subarray(95);
        return { plan: { ...plan, data: plan.data.map((data, place) => (place === 5 ? bytes : data)) }, wrongChunk: 5 };
      },
      "the kind of a chunk changed": (_, plan) => ({
        plan: {
          ...plan,
          chunks: plan.chunks.map((chunk, place) => (place === 3 ? { ...chunk, kind: ChunkKind.risk } : chunk)),
        },
        wrongChunk: 3,
      }),
      "two chunks in the other order": (_, plan) => {
        const order = [0, 1, 2, 5, 4, 3];
        return {
          plan: { ...plan, data: order.map((place) => plan.data[place]!) },
          wrongChunk: 3,
        };
      },
      "a root that is the chunk's pre-root": (_, plan) => ({
        plan: withRoot(plan, 4, plan.chunks[3]!.postRoot),
        wrongChunk: 4,
      }),
      "the state of a dropped message": (_, plan) => ({
        // The batch names both messages, but its roots go on as if the second had not been there.
        plan: withRoot(plan, 1, plan.chunks[0]!.postRoot),
        wrongChunk: 1,
      }),
      "an earlier batch time than its last tick": (_, plan) => ({
        plan: { ...plan, time: plan.time - 1 },
        wrongChunk: 4,
      }),
    };

  it.each(Object.entries(tamperings))("%s", (_, tamper) => {
    const { chunks, plan: honest, parent, messages } = situation();
    const { plan, wrongChunk } = tamper(chunks, honest);
    const verdict = judge(plan, parent, messages);
    if (verdict.verdict !== "fraud") throw new Error(verdict.verdict);
    expect(verdict.chunkIndex).toBe(wrongChunk);
    expectProof(describeOnGenesis(plan, parent), verdict);
  });
});

describe("what cannot be judged", () => {
  const changes: Record<string, [string, (batch: PostedBatch) => PostedBatch]> = {
    "without the data of a chunk": ["data-missing", (batch) => ({ ...batch, data: batch.data.slice(1) })],
    "with other data than the header names": [
      "data-missing",
      (batch) => ({ ...batch, data: batch.data.map((data, place) => (place === 3 ? data.slice(1) : data)) }),
    ],
    "of no chunks": ["data-missing", (batch) => ({ ...batch, header: { ...batch.header, chunks: [] }, data: [] })],
    "of a kind of chunk that does not exist": [
      "data-missing",
      (batch) => changeChunk(batch, 3, { kind: 5 as ChunkKind }),
    ],
    "that names messages where none belong": ["data-missing", (batch) => changeChunk(batch, 3, { messages: 1 })],
    "that names more messages than are at hand": ["data-missing", (batch) => changeChunk(batch, 1, { messages: 2 })],
    "on a state that is not at hand": [
      "parent-state",
      (batch) => ({ ...batch, header: { ...batch.header, preRoot: wrongRoot } }),
    ],
  };

  it.each(Object.entries(changes))("a batch %s is unknown, though its roots are wrong", (_, [reason, change]) => {
    const { plan, parent, messages } = situation();
    const batch = describeOnGenesis(withRoot(plan, 3, wrongRoot), parent);
    expect(judgeBatch(parent, change(batch), messages, separator)).toMatchObject({ verdict: "unknown", reason });
  });

  it("a batch that the engine throws on is unknown", () => {
    const { plan, messages } = situation();
    // A state without its global record cannot come about; the engine relies on that.
    expect(judge(plan, new OrderedStore(), messages)).toMatchObject({ verdict: "unknown", reason: "execution-failed" });
  });
});

function changeChunk(
  batch: PostedBatch,
  changed: number,
  change: Partial<PostedBatch["header"]["chunks"][number]>,
): PostedBatch {
  const chunks = batch.header.chunks.map((chunk, place) => (place === changed ? { ...chunk, ...change } : chunk));
  return { ...batch, header: { ...batch.header, chunks } };
}

/** Executes a fraud's chunk on its witness alone, as the contract does. */
function expectProof({ header }: PostedBatch, fraud: Extract<Verdict, { verdict: "fraud" }>): void {
  const preRoot = fraud.chunkIndex === 0 ? header.preRoot : header.chunks[fraud.chunkIndex - 1]!.postRoot;
  const store = OrderedStore.fromWitness(Buffer.from(preRoot.slice(2), "hex"), fraud.witness);
  const { era, eraStart, term, time } = header;
  const context = { era, eraStart, term, batchTime: time, domainSeparator: separator };
  executeChunk(store, context, header.chunks[fraud.chunkIndex]!.kind, fraud.chunk);
  expect(toHex(store.root())).toBe(fraud.correctRoot);
}
