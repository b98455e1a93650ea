import { ChunkKind, LIQUIDATE_LIMIT, ORDER_LIMIT } from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WorstCase } from "../../packages/cli/src/drill/worstChunks.ts";
import { dearestTransaction } from "../../test/support/meters.ts";
import { deploySteps } from "../../test/support/steps.ts";
import { separator } from "../../test/support/world.ts";
import { proveWithinBudget } from "./proofBudget.ts";

/** The chunks that cost most to prove, built on purpose in a large state: what an attacker would post. */

describe("the worst chunks prove within budget", () => {
  const worst = new WorstCase();
  let contract: Awaited<ReturnType<typeof deploySteps>>;

  beforeAll(async () => {
    contract = await deploySteps();
  });
  afterAll(() => contract.close());

  it.each(worst.chunks.map((chunk) => [chunk.name, chunk] as const))("%s", async (name, chunk) => {
    const store = worst.state.clone();
    const bytes = worst.bytesOf(chunk, separator);
    const dearest = chunk.kind === ChunkKind.bridge ? 0 : dearestTransaction(store, chunk.kind, bytes);
    const reasons = await proveWithinBudget(contract, name, store, chunk.kind, bytes);
    expect(new Set(reasons)).toEqual(new Set(chunk.reasons));
    // No order passes its limit, nor does anything that may use less; liquidations have the greatest.
    expect(dearest).toBeLessThanOrEqual(chunk.kind === ChunkKind.trade ? ORDER_LIMIT : LIQUIDATE_LIMIT);
  });
});
