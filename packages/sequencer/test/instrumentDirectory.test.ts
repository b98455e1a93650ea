import { readInstrument } from "@recourse/engine";
import { instrumentNumber } from "@recourse/protocol";
import { expect, test } from "vitest";
import { Checkpoints } from "../src/execution/checkpoints.ts";
import type { InstrumentDirectory } from "../src/execution/instrumentDirectory.ts";
import { createState, genesis, opening } from "./engineWorld.ts";

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

test("a checkpoint knows what was gone by then, so that a rebuild from it does", async () => {
  const { directory, prune } = await listed();
  prune();
  const checkpoints = new Checkpoints(2, genesis);
  const at = { sequence: 9, inboxCursor: 0 };
  checkpoints.add({ at, batchIndex: 3, store: genesis(), instruments: directory.copy() });
  expect(checkpoints.nearest(at).instruments.recall(1)?.name).toBe(name);
  expect(checkpoints.nearest({ sequence: 8, inboxCursor: 0 }).instruments.recall(1)).toBeUndefined();
});
