import { executeChunk, listInstruments, readGlobal } from "@recourse/engine";
import type { FundResponse, RiskResponse } from "@recourse/sdk";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { HouseWorld, type WorldExecutor } from "../../../test/support/houseWorld.ts";
import type { ApiContext } from "../src/api/context.ts";
import { riskRoutes } from "../src/api/risk.ts";

/** The report of what is at risk, of states that the engine has come to. */

const execute: WorldExecutor = async (store, { context, kind, chunk }) => {
  const { reasons, outcomes } = executeChunk(store, context, kind, chunk);
  return { reasons: [...reasons], events: outcomes.flatMap(({ events }) => events) };
};

async function readRisk({ store }: HouseWorld): Promise<RiskResponse> {
  const server = Fastify();
  const state = { store, position: 7, instruments: { all: listInstruments(store) } };
  riskRoutes(server, { context: { state: () => state } as unknown as ApiContext });
  const response = await server.inject("/v1/risk");
  expect(response.statusCode).toBe(200);
  return response.json<RiskResponse>();
}

const sum = (values: readonly string[]) => values.reduce((total, value) => total + Number(value), 0);

test("is empty where nobody has traded", async () => {
  const world = new HouseWorld(1, 2, execute);
  await world.begin(() => 1_000_000_000);
  const fund: FundResponse = { insurance: "0", claims: "0", equity: "0", deficit: "0", withdrawalFactor: "1" };
  expect(await readRisk(world)).toMatchObject({
    position: 7,
    time: world.time,
    fund,
    collateral: "2000",
    accountCash: "2000",
    margin: "0",
    notional: "0",
    leverage: "0",
  });
});

test("says what the house holds and asks, what is open, and what a withdrawal pays", async () => {
  const world = new HouseWorld(3, 24, execute);
  await world.begin(() => 2_000_000_000);
  await world.trades(200);
  world.crash(-90);
  await world.refresh();
  await world.liquidateAll();
  const risk = await readRisk(world);
  const { fund, markets } = risk;
  expect(Number(fund.deficit)).toBeGreaterThan(0);
  expect(fund.equity).toBe("0");
  const collateral = Number(risk.collateral);
  expect(Number(fund.withdrawalFactor)).toBeCloseTo(collateral / (collateral + Number(fund.deficit)), 8);
  expect(Number(risk.accountCash)).toBeCloseTo(collateral + Number(fund.deficit) - Number(fund.insurance), 3);
  expect(Number(risk.leverage)).toBeCloseTo(Number(risk.notional) / collateral, 3);
  expect(Number(risk.margin)).toBeGreaterThan(0);

  const house = markets.flatMap((market) => (market.house ? [{ ...market.house, mark: Number(market.mark) }] : []));
  expect(house.length).toBeGreaterThan(2);
  // Nothing is owed as funding yet, so that the claims are what the house holds.
  expect(sum(house.map(({ value }) => value))).toBeCloseTo(Number(fund.claims), 3);
  for (const { size, side, price, mark } of house) {
    const isLong = Number(size) > 0;
    expect(side).toBe(isLong ? "buy" : "sell");
    expect(isLong ? Number(price) <= mark : Number(price) >= mark).toBe(true);
  }
  expect(markets.filter(({ openInterest }) => openInterest !== "0").length).toBeGreaterThan(5);
  expect(readGlobal(world.store).deficit).toBe(Math.round(Number(fund.deficit) * 1e6));

  // After an expiry the house asks nothing for what it holds of it: it is settled.
  await world.pass(9 * 3_600);
  const expired = new Set(world.living.map(({ name }) => name));
  const late = (await readRisk(world)).markets.filter(({ name, house: held }) => !expired.has(name) && held);
  for (const market of late) expect(market.house?.price).toBeUndefined();
});
