import { accountNumber, MAX_POSITIONS } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { liquidateBytes } from "../../../test/support/house.ts";
import { HouseWorld } from "../../../test/support/houseWorld.ts";
import { Random } from "../../../test/support/random.ts";
import {
  type AccountPage,
  accountsAtRisk,
  executeChunk,
  liquidityProviders,
  listInstruments,
  openPositions,
  readGlobal,
  readPositions,
  type Walk,
} from "../src/index.ts";

const accounts = 40;
const all: Walk = { after: 0, limit: accounts, looks: accounts * (1 + MAX_POSITIONS) };
const numbers = Array.from({ length: accounts }, (_, place) => accountNumber(place + 1));

const execute: ConstructorParameters<typeof HouseWorld>[2] = async (store, { context, kind, chunk }) => {
  const { reasons, outcomes } = executeChunk(store, context, kind, chunk);
  return { reasons: [...reasons], events: outcomes.flatMap(({ events }) => events) };
};

/** Markets after a crash, some marks of which are behind. */
async function crashed(seed: number): Promise<HouseWorld> {
  const world = new HouseWorld(seed, accounts, execute);
  await world.begin(() => 1_000_000_000 + world.random.below(3) * 1_000_000_000);
  await world.trades(150);
  await world.providers(3, 17, 40);
  world.crash(-30);
  await world.pass(11);
  await world.refresh(0.9);
  return world;
}

/** All pages of a walk, each of a size by chance. */
function walk<Found>(random: Random, read: (walk: Walk) => AccountPage<Found>): Found[] {
  const found: Found[] = [];
  for (let after = 0; ; ) {
    const limit = 1 + random.below(5);
    const page = read({ after, limit, looks: 1 + random.below(30) });
    expect(page.found.length).toBeLessThanOrEqual(limit);
    found.push(...page.found);
    if (page.next === undefined) return found;
    expect(page.next).toBeGreaterThan(after);
    after = page.next;
  }
}

describe("a walk through all accounts", () => {
  it("finds those whom the engine liquidates, or would once their marks are fresh", async () => {
    const counts = { Ok: 0, MarkTooOld: 0, NotLiquidatable: 0 };
    for (const seed of [1, 2, 3]) {
      await Random.run(seed, async () => {
        const world = await crashed(seed);
        const { found } = accountsAtRisk(world.store, all, readGlobal(world.store).time);
        const atRisk = new Map(found.map((each) => [each.account, each]));
        for (const account of numbers) {
          const { reasons } = await world.runOn(world.store.clone(), liquidateBytes(account));
          const [reason] = reasons as [keyof typeof counts];
          counts[reason]++;
          const expected = atRisk.get(account);
          if (expected?.stale.length === 0) expect(reason).toBe("Ok");
          else if (expected !== undefined) expect(reason).toBe("MarkTooOld");
          else expect(["NotLiquidatable", "MarkTooOld"]).toContain(reason);
        }
        await world.refresh();
        for (const { account } of accountsAtRisk(world.store, all, readGlobal(world.store).time).found) {
          expect((await world.runOn(world.store, liquidateBytes(account))).reasons).toEqual(["Ok"]);
        }
        expect(accountsAtRisk(world.store, all, readGlobal(world.store).time)).toEqual({ found: [] });
      });
    }
    for (const [reason, count] of Object.entries(counts)) expect(count, reason).toBeGreaterThan(0);
  });

  it("finds holders and providers, and the same in pages of any size", async () => {
    const world = await crashed(4);
    const { store } = world;
    const root = store.root();
    const time = readGlobal(store).time;
    const { instrument } = listInstruments(store)[0]!;
    const holders = numbers.flatMap((account) =>
      readPositions(store, account)
        .filter((position) => position.instrument === instrument)
        .map(({ lots }) => ({ account, lots })),
    );
    expect(holders.length).toBeGreaterThan(5);
    expect(openPositions(store, instrument, all)).toEqual({ found: holders });
    expect(liquidityProviders(store, all)).toEqual({ found: [3, 17, 40] });
    for (let round = 0; round < 20; round++) {
      expect(walk(world.random, (page) => openPositions(store, instrument, page))).toEqual(holders);
      expect(walk(world.random, (page) => liquidityProviders(store, page))).toEqual([3, 17, 40]);
      expect(walk(world.random, (page) => accountsAtRisk(store, page, time))).toEqual(
        accountsAtRisk(store, all, time).found,
      );
    }
    expect(store.root()).toEqual(root);
  });
});
