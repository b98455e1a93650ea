import { reasonName } from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../support/random.ts";
import { deploySteps } from "../support/steps.ts";
import { compareChunk, compareWithoutRefused } from "./comparison.ts";
import { MarksWorld } from "./marksWorld.ts";
import { premiumBooks } from "./premiumBooks.ts";

/** How many chunks are compared, and from which seed on, as in `differential.test.ts`; by default fewer. */
const chunks = Math.ceil(Number(process.env.RECOURSE_FUZZ_CHUNKS ?? "250") / 2);
const firstSeed = Number(process.env.RECOURSE_FUZZ_SEED ?? "1");
const CHUNKS_PER_WORLD = 40;

describe("Marks, funding and settlement prices in both languages", () => {
  let contracts: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contracts = await deploySteps();
  });
  afterAll(() => contracts.close());

  it("agree about books in which the last unit decides", async () => {
    for (const { name, store, input } of premiumBooks()) {
      const { result } = await compareChunk(contracts, store, input, name);
      expect(new Set(result.reasons), name).toEqual(new Set([0]));
    }
  });

  it(`agree about ${chunks} generated chunks`, { timeout: 60_000 + chunks * 1_000 }, async () => {
    const seen = new Map<string, number>();
    const count = (name: string) => seen.set(name, (seen.get(name) ?? 0) + 1);
    let done = 0;
    for (let seed = firstSeed; done < chunks; seed++) {
      const world = new MarksWorld(new Random(seed));
      const prelude = world.prelude();
      for (let number = 0; number < CHUNKS_PER_WORLD && done < chunks; number++, done++) {
        const name = `marks, seed ${seed} chunk ${number}`;
        const input = prelude[number] ?? world.next();
        compareWithoutRefused(world.store, input, name);
        const { result, events } = await compareChunk(contracts, world.store, input, name);
        for (const reason of result.reasons) count(reasonName(reason));
        for (const { type } of events) count(type);
      }
    }
    console.log(`${done} chunks: ${[...seen].map(([name, times]) => `${name} ${times}`).join(", ")}.`);
    for (const name of [
      "marked",
      "fundingAccrued",
      "fundingPaid",
      "settlementReported",
      "AlreadySettled",
      "MarkOutOfRange",
    ]) {
      expect(seen.get(name) ?? 0, name).toBeGreaterThan(0);
    }
  });
});
