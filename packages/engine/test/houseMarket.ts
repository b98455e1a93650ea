import { expect } from "vitest";
import type { WorldExecutor } from "../../../test/support/houseWorld.ts";
import { imbalances, stateProblems } from "../../../test/support/invariants.ts";
import { executeChunk } from "../src/index.ts";

/** Executes a chunk, and holds the state after it to everything that is always true. */
export const executeAndAudit: WorldExecutor = async (store, { context, kind, chunk }, name) => {
  const { reasons, outcomes } = executeChunk(store, context, kind, chunk);
  expect(imbalances(store), name).toEqual({});
  expect(stateProblems(store), name).toEqual([]);
  return { reasons: [...reasons], events: outcomes.flatMap(({ events }) => events) };
};
