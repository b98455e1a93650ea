import { ORDER_LIMIT } from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WorstCase } from "../../packages/cli/src/drill/worstChunks.ts";
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
    const reasons = await proveWithinBudget(contract, name, store, chunk.kind, bytes);
    expect(new Set(reasons)).toEqual(new Set(chunk.reasons));
    // The meter of the last transaction: no order passes its limit, nor does anything that may use less.
    expect(store.transactionMeter).toBeLessThanOrEqual(ORDER_LIMIT);
  });
});
