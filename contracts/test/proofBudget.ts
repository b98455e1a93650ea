import { executeChunk } from "@recourse/engine";
import { CHUNK_BASE, CHUNK_LIMIT, type ChunkKind, toHex } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { expect } from "vitest";
import type { deploySteps } from "../../test/support/steps.ts";
import { context } from "../../test/support/world.ts";

/** What a proof may cost, in gas, as used and at 64 gas a byte of calldata. */
const PROOF_BUDGET = 8_000_000;
/** A proof's header, summary and offsets, in bytes, with the most chunks that a batch can have. */
const HEADER_BYTES = 5_500;
/** What the rollup does around the step, beside calldata (measured with the most chunks in the header). */
const ROLLUP_GAS = 110_000;

/**
 * Executes a chunk in both languages; the meter must bound both measures of the proof's gas, and both the budget.
 * @returns the reason of each transaction executed
 */
export async function proveWithinBudget(
  contract: Awaited<ReturnType<typeof deploySteps>>,
  name: string,
  store: OrderedStore,
  kind: ChunkKind,
  chunk: Uint8Array,
): Promise<number[]> {
  const preRoot = store.root();
  const result = executeChunk(store, context(), kind, chunk);
  const witness = store.witness();
  const reasons = [...result.reasons];
  const theirs = await contract.execute(kind, preRoot, context(), chunk, witness);
  expect(theirs).toEqual({ postRoot: toHex(store.root()), meter: result.meter, reasons });

  const stepGas = await contract.gas(kind, preRoot, context(), chunk, witness);
  const bytes = HEADER_BYTES + chunk.length + witness.length;
  const gasUsed = stepGas + ROLLUP_GAS + 16 * HEADER_BYTES;
  const gasAt64 = 21_000 + 64 * bytes;
  console.log(
    `${name}: ${reasons.length} transactions, ${bytes} bytes, gas used ${gasUsed}, at 64 a byte at least ${gasAt64}, meter ${result.meter}`,
  );
  // Bytes that do not execute are not metered, but a chunk's length is limited.
  const unmeteredBytes = chunk.length - result.executedBytes;
  expect(gasUsed).toBeLessThanOrEqual(result.meter + 16 * unmeteredBytes);
  expect(gasAt64).toBeLessThanOrEqual(result.meter + 64 * unmeteredBytes + CHUNK_BASE);
  expect(Math.max(gasUsed, gasAt64)).toBeLessThanOrEqual(PROOF_BUDGET);
  expect(result.meter).toBeLessThanOrEqual(CHUNK_LIMIT);
  return reasons;
}
