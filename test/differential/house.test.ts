import { ChunkKind, concatBytes, transactionLength } from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HouseWorld, type WorldExecutor } from "../support/houseWorld.ts";
import { imbalances, stateProblems } from "../support/invariants.ts";
import { Random } from "../support/random.ts";
import { deploySteps } from "../support/steps.ts";
import { compareChunk, compareWithoutRefused, executeInTypeScript } from "./comparison.ts";

/** `RECOURSE_LONG_TESTS=20 npx vitest run test/differential/house.test.ts` is the long run. */
const histories = Number(process.env.RECOURSE_LONG_TESTS ?? 1);
const firstSeed = Number(process.env.RECOURSE_FUZZ_SEED ?? 1);
const TURNS = 3;

describe("The TypeScript engine and the Solidity step contracts", () => {
  let contracts: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contracts = await deploySteps();
  });
  afterAll(() => contracts.close());

  /** Executes a chunk in both languages, and transaction by transaction, each in a chunk of its own. */
  const executeInBoth: WorldExecutor = async (store, input, name) => {
    const alone = store.clone();
    compareWithoutRefused(store, input, name);
    const { result, events } = await compareChunk(contracts, store, input, name);
    expect(imbalances(store), name).toEqual({});
    expect(stateProblems(store), name).toEqual([]);
    if (input.kind === ChunkKind.house) {
      let offset = 0;
      for (const reason of result.reasons) {
        const length = transactionLength(input.chunk, offset)!;
        const chunk = concatBytes(input.chunk.subarray(offset, offset + length));
        expect(executeInTypeScript(alone, { ...input, chunk }).reasons, name).toEqual([reason]);
        offset += length;
      }
      expect(alone.root(), name).toEqual(store.root());
    }
    return { reasons: result.reasons, events };
  };

  it(`agree about ${histories} histories of crashes, liquidations, the house and expiries`, {
    timeout: 60_000 + histories * 60_000,
  }, async () => {
    const counts = new Map<string, number>();
    for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
      await Random.run(seed, async (random) => {
        const world = new HouseWorld(seed, 16, executeInBoth);
        await world.begin(() => 100_000_000 + random.below(30) * 100_000_000);
        await world.providers(1, 2, 3);
        await world.trades(80);
        for (let turn = 0; turn < TURNS; turn++) {
          if (turn % 2 === 0) world.crash(random.pick([-90, -50, -30, 30, 90]));
          else world.move(random.pick([2, 8, 25]));
          await world.pass(random.pick([11, 30, 70, 3_600]));
          await world.refresh(turn === 1 ? 0.7 : 1);
          await world.liquidateAll(() => random.below(5));
          await world.houseOrders(10);
          await world.trades(8);
          await world.withdrawals(2);
          await world.cancels(2);
        }
        await world.pass(9 * 3_600);
        await world.refresh();
        await world.liquidateAll();
        await world.settleExpired(0.5);
        await world.settleExpired();
        for (const [name, count] of world.counts) counts.set(name, (counts.get(name) ?? 0) + count);
      });
    }
    console.log([...counts].map(([name, count]) => `${name} ${count}`).join(", "));
    for (const name of ["liquidated", "houseTrade", "settled", "pruned", "withdrawn", "providerChanged"]) {
      expect(counts.get(name) ?? 0, name).toBeGreaterThan(0);
    }
    for (const name of ["NotLiquidatable", "MarkTooOld", "NoHouseInventory", "StillOpen"]) {
      expect(counts.get(name) ?? 0, name).toBeGreaterThan(0);
    }
  });
});
