import { accountNumber, LIQUIDATION_SKEW_SECONDS, SETTLED_TIME, UNDER_MARGINED_MAKER_FEE } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { HouseWorld } from "../../../test/support/houseWorld.ts";
import { Random } from "../../../test/support/random.ts";
import { fundEquity, listInstruments, readAccount, readMarket, readPositions, readUnderlying } from "../src/index.ts";
import { executeAndAudit, modelPositions } from "./houseMarket.ts";
import { isLess, modelEquity, modelMaintenance } from "./liquidationModel.ts";

/** Every chunk of these histories is audited: conservation to the last unit, and records that agree with each other. */

const histories = Number(process.env.RECOURSE_LONG_TESTS ?? 1);

/** Accounts below maintenance margin all of whose marks a liquidation would take. */
function liquidatable(world: HouseWorld): number[] {
  const time = world.global().time;
  return Array.from({ length: world.accounts }, (_, place) => place + 1).filter((account) => {
    const isFresh = readPositions(world.store, accountNumber(account)).every(({ instrument }) => {
      const market = readMarket(world.store, instrument)!;
      const { indexTime } = readUnderlying(world.store, market.underlying)!;
      const age = Math.max((indexTime - market.reportTime) / LIQUIDATION_SKEW_SECONDS, (time - market.reportTime) / 60);
      return market.reportTime === SETTLED_TIME || age <= 1;
    });
    const positions = modelPositions(world.store, account);
    const { cash } = readAccount(world.store, accountNumber(account))!;
    return isFresh && isLess(modelEquity(BigInt(cash), positions), modelMaintenance(positions));
  });
}

describe("markets at their extremes", () => {
  it("hold what is owed to the last unit, and leave nobody below maintenance margin, through crashes of 90 %", async () => {
    const counts = new Map<string, number>();
    let deficits = 0;
    for (let seed = 1; seed <= histories; seed++) {
      await Random.run(seed, async (random) => {
        const world = new HouseWorld(seed, 200, executeAndAudit);
        await world.begin(() => 100_000_000 + random.below(30) * 100_000_000);
        await world.providers(1, 2, 3, 4);
        await world.trades(500);
        for (const percent of [-90, 90, -50, 30, 90]) {
          world.crash(percent);
          // Now and then some marks stay behind.
          await world.pass(LIQUIDATION_SKEW_SECONDS);
          await world.refresh(percent === 30 ? 0.6 : 1);
          await world.liquidateAll(() => random.below(6));
          expect(liquidatable(world)).toEqual([]);
          if (world.global().deficit > 0) deficits++;
          await world.houseOrders(20);
          await world.trades(20);
          await world.withdrawals(4);
        }
        await world.pass(9 * 3_600);
        await world.refresh();
        await world.settleExpired(0.5);
        await world.settleExpired();
        expect(world.living).toHaveLength(listInstruments(world.store).length);
        for (const [name, count] of world.counts) counts.set(name, (counts.get(name) ?? 0) + count);
      });
    }
    for (const name of ["liquidated", "houseTrade", "settled", "pruned", "withdrawn", "MarkTooOld", "ProviderUnpaid"]) {
      expect(counts.get(name) ?? 0, name).toBeGreaterThan(0);
    }
    expect(counts.get("liquidated")).toBeGreaterThan(50);
    expect(deficits).toBeGreaterThan(0);
  });

  it("clear a deficit by what the fund earns, and pay withdrawals in full again", async () => {
    const world = new HouseWorld(3, 12, executeAndAudit);
    await world.begin(() => 2_000_000_000);
    await world.trades(200);
    world.crash(-90);
    await world.refresh();
    await world.liquidateAll();
    const { deficit } = world.global();
    expect(deficit).toBeGreaterThan(0);
    expect(fundEquity(world.global())).toBe(0n);
    const { events } = await world.withdrawals(60);
    const withdrawn = events.filter((event) => event.type === "withdrawn");
    expect(withdrawn.length).toBeGreaterThan(0);
    for (const { amount, retired } of withdrawn) {
      expect(retired).toBeGreaterThan(0);
      expect(amount).toBeGreaterThan(0);
    }
    expect(world.global().deficit).toBe(deficit - withdrawn.reduce((sum, { retired }) => sum + retired, 0));
    // Whoever is left trades on, and what the fund earns by it goes to the deficit first.
    for (let account = 1; account <= world.accounts; account++) await world.deposit(account, 2_000_000_000_000);
    for (let turn = 0; turn < 60 && world.global().deficit > 0; turn++) {
      const before = world.global().deficit;
      const { events: traded } = await world.trades(10);
      const fees = traded.reduce(
        (sum, event) => sum + (event.type === "fill" ? event.takerFee + event.makerFee : 0),
        0,
      );
      // Makers without the margin for a fill pay a small fee; funding is rounded up.
      const lacking = traded.filter((event) => event.type === "cancelled" && event.cause === "margin").length;
      const rounding = traded.filter(({ type }) => type === "fundingPaid").length;
      const { deficit: after } = world.global();
      if (after > 0) {
        expect(before - after).toBeGreaterThanOrEqual(fees - rounding);
        expect(before - after).toBeLessThanOrEqual(fees + rounding + lacking * UNDER_MARGINED_MAKER_FEE);
      }
    }
    expect(world.global().deficit).toBe(0);
    const last = await world.withdrawals(40);
    const paid = last.events.filter((event) => event.type === "withdrawn");
    expect(paid.length).toBeGreaterThan(0);
    expect(paid.every(({ retired }) => retired === 0)).toBe(true);
  });

  it("lose the house its concession, and no more, on what it gives away", async () => {
    const world = new HouseWorld(5, 40, executeAndAudit);
    await world.begin(() => 3_000_000_000);
    await world.trades(150);
    world.crash(-35);
    await world.refresh();
    await world.liquidateAll();
    const held = () =>
      world.living.reduce((sum, { instrument }) => sum + Math.abs(readMarket(world.store, instrument)!.houseLots), 0);
    expect(held()).toBeGreaterThan(0);
    await world.deposit(1, 2 ** 44);
    const worth = (global = world.global()) =>
      BigInt(global.insurance) * 1000n - BigInt(global.deficit) * 1000n + global.claims;
    const before = worth();
    const marks = new Map(world.living.map(({ instrument }) => [instrument, readMarket(world.store, instrument)!]));
    const { events } = await world.takeAllFromHouse(1);
    let conceded = 0n;
    for (const event of events) {
      if (event.type !== "houseTrade") continue;
      const { mark } = marks.get(event.instrument)!;
      const value = BigInt(event.lots) * mark;
      const paid = BigInt(event.value) * 1000n;
      conceded += event.side === 0 ? value - paid : paid - value;
      const far = (value - paid) * 1000n;
      expect(far <= 1_001n * value && -far <= 1_001n * value).toBe(true);
    }
    expect(held()).toBe(0);
    expect(conceded).toBeGreaterThan(0n);
    const funding = events.some((event) => event.type === "fundingPaid");
    expect(funding).toBe(false);
    expect(worth()).toBe(before - conceded);
    expect(world.global().claims).toBe(0n);
  });
});
