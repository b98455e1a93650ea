import { readInstrument } from "@recourse/engine";
import { fromHex, instrumentNumber, Reason } from "@recourse/protocol";
import { listInstrument, pruneBytes, tickBytes } from "@recourse/sdk";
import { expect, test } from "vitest";
import { Checkpoints } from "../src/execution/checkpoints.ts";
import type { InstrumentDirectory } from "../src/execution/instrumentDirectory.ts";
import { rebuildState } from "../src/execution/rebuild.ts";
import type { BatchRecord } from "../src/journal/batches.ts";
import type { Cut } from "../src/journal/cut.ts";
import type { Journal } from "../src/journal/journal.ts";
import { createState, domain, genesis, lister, opening, recover, separator, startTime } from "./engineWorld.ts";

const name = "BTC-PERPETUAL";
const instrument = instrumentNumber(1);
const pruned = { type: "pruned", instrument } as const;

async function listed(): Promise<{ directory: InstrumentDirectory; prune(): void }> {
  const { state } = createState();
  for (const transaction of await opening()) state.replay(transaction);
  const { instruments: directory, store } = state;
  expect(directory.find(name)).toEqual({ instrument, name, record: readInstrument(store, instrument) });
  return { directory, prune: () => directory.follow(store, [pruned]) };
}

test("an instrument that is gone is not found, and not forgotten", async () => {
  const { directory, prune } = await listed();
  const known = directory.find(1);
  prune();
  expect([directory.find(name), directory.find(1), directory.all]).toEqual([undefined, undefined, []]);
  expect([directory.recall(name), directory.recall(1)]).toEqual([known, known]);
  expect([directory.recall("ETH-PERPETUAL"), directory.recall(2)]).toEqual([undefined, undefined]);
});

test("a copy goes its own way, before and after", async () => {
  const { directory, prune } = await listed();
  const before = directory.copy();
  prune();
  expect(before.find(name)).toBeDefined();
  const after = directory.copy();
  expect([after.find(name), after.recall(name)]).toEqual([undefined, before.find(name)]);
});

const option = "BTC-15NOV23-50000-C";
const expiry = 1_700_035_200;

/** A market, an option that nobody trades, its expiry and its end. */
async function lifeOfAnOption(): Promise<Uint8Array[]> {
  const terms = { underlying: 1, tick: "0.5", lot: "0.001", minimumNotional: "10", deadline: startTime + 300 };
  const listing = { name: option, ...terms, takerFeeRate: "0.0005", makerFeeRate: "0.0001" };
  const life = [await listInstrument(lister, domain, listing), tickBytes(expiry), pruneBytes(2)];
  return [...(await opening()), ...life.map(fromHex)];
}

test("a rebuild from a checkpoint or from the genesis remembers what is gone, and comes to the same root", async () => {
  const stream = await lifeOfAnOption();
  const { state, batches } = createState();
  for (const transaction of stream) expect(state.submit(transaction, recover).outcome.reason).toBe(Reason.Ok);
  state.seal();
  const { batch, after: store } = batches[0]!;
  const checkpoint = { at: batch.to, batchIndex: batch.index, store, instruments: state.instruments.copy() };

  const later = fromHex(tickBytes(expiry + 1));
  state.replay(later);
  state.seal();
  const journal = {
    async *readFrom({ sequence }: Cut) {
      yield { kind: "transactions", transactions: [...stream, later].slice(sequence) } as const;
    },
  } as Journal;
  const record: BatchRecord = {
    ...batch,
    term: batch.term.term,
    status: "posted",
    chunks: batch.chunks.map(({ kind, bytes, postRoot, from, to }) => {
      return { kind, amount: to.sequence - from.sequence, byteLength: bytes.length, postRoot };
    }),
  };
  for (const kept of [[], [checkpoint]]) {
    const checkpoints = new Checkpoints(2, genesis);
    for (const each of kept) checkpoints.add(each);
    const rebuilt = await rebuildState({
      journal,
      checkpoints,
      terms: [batch.term],
      batches: [record],
      domainSeparator: separator,
      maxChunks: 32,
      onExecuted: () => {},
      room: async () => {},
      onChunkClosed: () => {},
      onBatchSealed: () => {},
    });
    rebuilt.seal();
    expect(rebuilt.root).toEqual(state.root);
    const { instruments } = rebuilt;
    expect(instruments.all.map((each) => each.name)).toEqual([name]);
    expect([instruments.find(option), instruments.recall(option)?.instrument]).toEqual([undefined, 2]);
    // What the checkpoint holds is for the next rebuild.
    instruments.follow(rebuilt.store, [pruned]);
  }
  expect(checkpoint.instruments.find(name)).toBeDefined();
});
