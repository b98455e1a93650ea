import { ChunkKind, reasonName } from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imbalances, stateProblems } from "../support/invariants.ts";
import { deploySteps } from "../support/steps.ts";
import { BlockWorld } from "./blockWorld.ts";
import { compareChunk, compareWithoutRefused, executeInTypeScript } from "./comparison.ts";

/** How many chunks are compared: `RECOURSE_FUZZ_BLOCK_CHUNKS=2000 npx vitest run test/differential` is the long run. */
const chunks = Number(process.env.RECOURSE_FUZZ_BLOCK_CHUNKS ?? "80");
const firstSeed = Number(process.env.RECOURSE_FUZZ_SEED ?? "1");
const CHUNKS_PER_WORLD = 40;

describe("Block trades and quotes in both languages", () => {
  let contracts: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contracts = await deploySteps();
  });
  afterAll(() => contracts.close());

  it(`come to the same in ${chunks} generated chunks`, { timeout: 60_000 + chunks * 2_000 }, async () => {
    const reasons = new Map<string, number>();
    const events = new Map<string, number>();
    const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
    let done = 0;
    for (let seed = firstSeed; done < chunks; seed++) {
      const world = new BlockWorld(seed);
      const prelude = world.prelude();
      let before = imbalances(world.store);
      for (let number = 0; number < CHUNKS_PER_WORLD && done < chunks; number++, done++) {
        if (number === prelude.length && seed % 2 === 0) {
          world.goToExtremes();
          before = imbalances(world.store);
        }
        const name = `blocks seed ${seed} chunk ${number}`;
        const input = prelude[number] ?? world.next();
        // What makes the market is compared elsewhere.
        if (input.kind !== ChunkKind.block && input.kind !== ChunkKind.trade) {
          executeInTypeScript(world.store, input);
          continue;
        }
        compareWithoutRefused(world.store, input, name);
        const { result, events: caused } = await compareChunk(contracts, world.store, input, name);
        if (input.kind === ChunkKind.block) for (const reason of result.reasons) count(reasons, reasonName(reason));
        for (const { type } of caused) count(events, type);
        expect(imbalances(world.store), name).toEqual(before);
        expect(stateProblems(world.store), name).toEqual([]);
      }
    }
    const written = [reasons, events].map((counts) =>
      [...counts].map(([name, times]) => `${name} ${times}`).join(", "),
    );
    console.log(`${done} chunks.\nReasons: ${written[0]}.\nEvents: ${written[1]}.`);
    // Chunks of nothing but refusals would prove little.
    for (const event of ["blockTrade", "quoteLeftOut", "fill", "rested"]) {
      expect(events.get(event) ?? 0, event).toBeGreaterThan(0);
    }
    for (const reason of ["Ok", "InsufficientMargin", "CounterpartyMargin", "NonceUsed", "OutsidePriceBand"]) {
      expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
    }
  });
});
