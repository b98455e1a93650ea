import { developmentAccount } from "@recourse/contracts/local";
import { listInstrument, markBytes, oracleReport, settlementReport, tickBytes } from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTraders, order, readPages, type Traders } from "./trading.ts";
import {
  createWorld,
  openMarket,
  perpetual,
  reportIndex,
  type SequencerProcess,
  startSequencerProcess,
  startTime,
  until,
  type World,
} from "./world.ts";

/** Funding of a perpetual and settlement of an option, from the oracle's reports to what traders are told. */

/** The full hour after the start. */
const hourEnd = 1_700_002_800;
const put = { name: "BTC-15NOV23-52000-P", expiry: 1_700_035_200 };
const oracles = [{ place: 0, account: developmentAccount(3) }];

let world: World;
let sequencer: SequencerProcess;
let traders: Traders;

beforeAll(async () => {
  world = await createWorld();
  sequencer = await startSequencerProcess(world, await world.temporaryFolder());
  await openMarket(world, sequencer.client);
  traders = await createTraders(world, sequencer);
});

afterAll(async () => {
  await sequencer.kill();
  await world.close();
});

/** Submits transactions that must all be accepted. */
async function submit(...transactions: readonly `0x${string}`[]): Promise<void> {
  const { results } = await sequencer.client.submitTransactions(transactions);
  expect(results.filter((result) => "error" in result)).toEqual([]);
}

const report = async (time: number) => submit(tickBytes(time), await reportIndex(world, time, "50000"), markBytes(1));
const funding = async () => (await sequencer.client.instrument(perpetual)).funding;

/** One trader buys from the other at a price. */
async function trade(buyer: "alice" | "bob", price: string, size: string, clientOrderId: number): Promise<void> {
  const seller = buyer === "alice" ? "bob" : "alice";
  await traders[seller].submitOrder(order(clientOrderId, { side: "sell", price, size }));
  const terms = { side: "buy", price, size, timeInForce: "immediate_or_cancel" } as const;
  expect((await traders[buyer].submitOrder(order(clientOrderId, terms))).status).toBe("filled");
}

describe("funding", () => {
  test("is said in advance, falls due at the full hour, and is in the history of who has paid it", async () => {
    expect(await funding()).toEqual({
      premium: "0",
      averagePremium: "0",
      dueTime: hourEnd,
      duePayment: "0",
      paid: "0",
    });
    await trade("alice", "50000", "2", 1);
    await traders.bob.submitOrder(order(2, { price: "50100", size: "1" }));
    await report(startTime + 10);
    // 100 USD for 2,790 seconds of the hour, an eighth of it.
    const due = { premium: "100", dueTime: hourEnd, duePayment: "9.6875", paid: "0" };
    expect(await funding()).toEqual({ ...due, averagePremium: "0" });
    await report(startTime + 160);
    expect(await funding()).toEqual({ ...due, averagePremium: "50" });
    await report(hourEnd);
    expect(await funding()).toMatchObject({ dueTime: hourEnd + 3_600, duePayment: "12.5", paid: "9.6875" });
    const { mark } = await sequencer.client.instrument(perpetual);
    expect(mark?.price).toBe("50100");

    await traders.bob.cancel(2);
    const before = (await traders.alice.account()).cash;
    await trade("bob", "50000", "0.5", 3);
    const client = sequencer.client;
    const [alice, bob] = traders.accounts.map(({ account }) => account);
    const { position } = await client.status();
    await until("the history", async () => (await client.fundingHistory(alice!)).position >= position);
    const entry = { term: 1, time: hourEnd, instrument: 1, name: perpetual };
    const histories = await Promise.all(
      [alice!, bob!].map((account) => readPages((query) => client.fundingHistory(account, query))),
    );
    expect(histories).toMatchObject([[{ ...entry, amount: "19.375" }], [{ ...entry, amount: "-19.375" }]]);
    expect(await client.fundingHistory(alice!, { instrument: perpetual, limit: 1 })).toMatchObject({
      entries: [entry],
    });
    const after = (await traders.alice.account()).cash;
    // A maker's fee of 0.01 % of 25,000 USD.
    expect(Number(after) - Number(before)).toBeCloseTo(25_000 - 2.5 - 19.375, 6);
  });
});

describe("a settlement price", () => {
  test("is taken where reports are, once the option has expired, and the option is marked by it", async () => {
    const a = ((0.5 ** 2 * (put.expiry - hourEnd - 5)) / 31_536_000).toFixed(15);
    const surface = { expiry: put.expiry, forward: "50000", a, b: "0", rho: "0", m: "0", sigma: "0" };
    const time = hourEnd + 5;
    await submit(
      tickBytes(time),
      await listInstrument(developmentAccount(2), world.domain, {
        name: put.name,
        underlying: 1,
        tick: "0.5",
        lot: "0.001",
        minimumNotional: "10",
        takerFeeRate: "0",
        makerFeeRate: "0",
        deadline: time,
      }),
      await oracleReport(world.domain, { underlying: 1, time, index: "50000", surfaces: [surface] }, oracles),
      markBytes(2),
    );
    const settlement = await settlementReport(
      world.domain,
      { underlying: 1, expiry: put.expiry, price: "50750.25" },
      oracles,
    );
    const early = await sequencer.client.submitTransactions([settlement]);
    expect(early.results).toMatchObject([{ error: { code: "SettlementTooEarly" } }]);
    await submit(tickBytes(put.expiry), settlement);
    const settled = { settlementPrice: "50750.25", openInterest: "0" };
    expect(await sequencer.client.instrument(put.name)).toMatchObject({ ...settled, isSettled: false });
    await submit(markBytes(2));
    const instrument = await sequencer.client.instrument(put.name);
    expect(instrument).toMatchObject({ ...settled, isSettled: true, mark: { price: "1249.75", delta: "0" } });
    expect(instrument).not.toHaveProperty("funding");
    const again = await sequencer.client.submitTransactions([markBytes(2)]);
    expect(again.results).toMatchObject([{ error: { code: "AlreadySettled" } }]);
  });
});
