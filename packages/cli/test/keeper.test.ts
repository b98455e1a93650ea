import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { developmentAccount } from "@recourse/contracts/local";
import {
  type Hex,
  type InstrumentResponse,
  listInstrument,
  markBytes,
  oracleReport,
  RecourseClient,
  settlementReport,
  signProvider,
  tickBytes,
} from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { order } from "../../sequencer/test/trading.ts";
import {
  createWorld,
  type FundedAccount,
  openMarket,
  perpetual,
  type SequencerProcess,
  startSequencerProcess,
  startTime,
  until,
  type World,
} from "../../sequencer/test/world.ts";
import { Expiries } from "../src/keeper/expiries.ts";
import { Keeper } from "../src/keeper/keeper.ts";
import { readProviders } from "../src/keeper/liquidations.ts";
import { needsMark } from "../src/keeper/marks.ts";

const binary = fileURLToPath(new URL("../bin/recourse.js", import.meta.url));
/** 15 November 2023, 08:00 UTC: some hours after the world begins. */
const expiry = 1_700_035_200;
const call = "BTC-15NOV23-40000-C";
const put = "BTC-15NOV23-42000-P";
/** Of which nobody ever trades anything. */
const unused = "BTC-15NOV23-99000-C";
const oracle = { place: 0, account: developmentAccount(3) };
const lister = developmentAccount(2);

let world: World;
let sequencer: SequencerProcess;
let folder: string;
let port: number;
let time = startTime;
let clientOrderId = 1;
/** A rich one who trades with everybody, three who are leveraged, one who provides liquidity, and one more. */
let funded: FundedAccount[];

const client = (place: number) => new RecourseClient({ url: sequencer.url, ...funded[place]! });

beforeAll(async () => {
  world = await createWorld();
  folder = await world.temporaryFolder();
  port = await freePort();
  sequencer = await start();
  await openMarket(world, sequencer.client);
  const deadline = time + 300;
  const fees = { takerFeeRate: "0.0005", makerFeeRate: "0.0001" };
  const terms = { underlying: 1, tick: "0.5", lot: "0.001", minimumNotional: "10", ...fees, deadline };
  for (const name of [call, put, unused]) await submit(await listInstrument(lister, world.domain, { name, ...terms }));
  funded = [];
  for (const [place, dollars] of [1_000_000, 10_000, 10_000, 10_000, 500_000, 10_000].entries()) {
    funded.push(await world.fund(place, dollars));
  }
  await until("the deposits", async () => (await sequencer.client.status()).inboxCursor === funded.length);
});

afterAll(async () => {
  await sequencer?.kill();
  await world?.close();
});

const start = () => startSequencerProcess(world, folder, { port: String(port) });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function submit(...transactions: Hex[]): Promise<void> {
  const { results } = await sequencer.client.submitTransactions(transactions);
  expect(results.filter((result) => "error" in result)).toEqual([]);
}

/** Moves the clock and reports, with a flat smile for the expiry as long as it is ahead. Nothing is marked. */
async function report(index: string, seconds = 60): Promise<void> {
  time += seconds;
  const surfaces = time < expiry ? [{ expiry, forward: index, a: "0.0003", b: "0", rho: "0", m: "0", sigma: "0" }] : [];
  await submit(tickBytes(time), await oracleReport(world.domain, { underlying: 1, time, index, surfaces }, [oracle]));
}

/** One takes what the rich one rests. */
async function trade(place: number, terms: { instrument: string; side: "buy" | "sell"; price: string; size: string }) {
  const id = clientOrderId++;
  await client(0).submitOrder(order(id, { ...terms, side: terms.side === "buy" ? "sell" : "buy" }));
  const { status } = await client(place).submitOrder(order(id, { ...terms, timeInForce: "immediate_or_cancel" }));
  expect(status).toBe("filled");
}

function newKeeper(lines: string[] = []): Keeper {
  return new Keeper({ venue: sequencer.client, intervalMs: 50, say: (line) => lines.push(line) });
}

/** `recourse keeper --once --json`, to its end. */
async function keepOnce(): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    binary,
    ...["keeper", "--sequencer-url", sequencer.url, "--once", "--json"],
  ]);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stdout);
}

async function isHealthy(place: number): Promise<boolean> {
  const { equity, maintenanceMargin } = await client(place).account();
  return Number(equity) >= Number(maintenanceMargin);
}

describe("a mark is needed", () => {
  const instrument = {
    kind: "call",
    expiry: 20_000,
    reportTime: 9_000,
    isSettled: false,
    mark: { price: "1", delta: "1", time: 9_000, reportTime: 9_000 },
  } as unknown as InstrumentResponse;
  const perpetualAt = (markTime: number) =>
    ({
      ...instrument,
      kind: "perpetual",
      expiry: undefined,
      mark: { ...instrument.mark, time: markTime },
    }) as unknown as InstrumentResponse;
  const { mark: _, ...unmarked } = instrument;
  const { reportTime: __, ...unreported } = unmarked;

  test.each<[string, InstrumentResponse, number, boolean]>([
    ["for the first time", unmarked, 9_000, true],
    ["not before the first report", unreported, 9_000, false],
    ["after a newer report", { ...instrument, reportTime: 9_001 }, 9_001, true],
    ["not of an option again from the same report", instrument, 19_999, false],
    ["not of a perpetual a moment later", perpetualAt(9_100), 9_101, false],
    ["of a perpetual after a quarter of the maximum age", perpetualAt(9_100), 9_200, true],
    ["of a perpetual when an hour of funding is over", perpetualAt(10_799), 10_800, true],
    ["not of what has expired and has no price", instrument, 20_000, false],
    ["of what has expired once its price is known", { ...instrument, settlementPrice: "1" }, 20_000, true],
    ["not of what expired unmarked", { ...unmarked, settlementPrice: "1" }, 20_000, false],
    ["not of what is settled", { ...instrument, settlementPrice: "1", isSettled: true }, 20_000, false],
  ])("%s", (_, instrument, engineTime, expected) => {
    expect(needsMark(instrument, { engineTime, maxMarkAgeSeconds: 400, instruments: [] })).toBe(expected);
  });
});

describe("in a crash", () => {
  test("nobody is at risk before", async () => {
    await trade(1, { instrument: perpetual, side: "buy", price: "50000", size: "1" });
    await trade(2, { instrument: perpetual, side: "buy", price: "50000", size: "0.9" });
    await trade(3, { instrument: perpetual, side: "buy", price: "50000", size: "0.8" });
    expect(await sequencer.client.accountsAtRisk()).toMatchObject({ accounts: [] });
    expect(await keepOnce()).toEqual({ rounds: 1, marks: 0, liquidations: 0, settlements: 0, prunings: 0, refused: 0 });
  });

  test("a keeper marks, and liquidates whoever is below maintenance margin", async () => {
    await report("43400");
    // By the old mark all is well.
    expect(await sequencer.client.accountsAtRisk()).toMatchObject({ accounts: [] });
    expect(await keepOnce()).toMatchObject({ rounds: 1, marks: 4, liquidations: 1, refused: 0 });
    expect(await Promise.all([1, 2, 3].map(isHealthy))).toEqual([true, true, true]);
    const [position] = await sequencer.client.positions(funded[1]!.account);
    expect(Number(position?.size ?? 0)).toBeLessThan(1);
    expect(await sequencer.client.accountsAtRisk()).toMatchObject({ accounts: [] });
  });

  test("two keepers at once do each other's work, once", async () => {
    const status = await sequencer.client.status();
    await submit(
      await signProvider(funded[4]!.owner, world.domain, {
        account: funded[4]!.account,
        deadline: status.engineTime + 300,
        nonce: 1,
        isActive: true,
      }),
    );
    const inSmallPages: Parameters<typeof readProviders>[0] = {
      providers: (query) => sequencer.client.providers({ ...query, limit: 1 }),
    };
    expect(await readProviders(inSmallPages)).toEqual([funded[4]!.account]);
    await report("40700");
    await submit(markBytes(1));
    const { accounts } = await sequencer.client.accountsAtRisk();
    expect(accounts.map(({ account }) => account)).toEqual([funded[1]!, funded[2]!, funded[3]!].map((f) => f.account));
    expect((await sequencer.client.accountsAtRisk({ limit: 1 })).next).toBe(funded[1]!.account);

    const lines: string[] = [];
    const keepers = [newKeeper(lines), newKeeper(lines)];
    await Promise.all(keepers.map((keeper) => keeper.round()));
    const liquidations = keepers.reduce((sum, { report }) => sum + report.liquidations, 0);
    expect(liquidations).toBe(accounts.length);
    // A provider takes over only where the whole penalty is paid; the house takes the rest.
    expect(lines.filter((line) => line.includes("takes over")).sort()).toEqual([
      `Account ${funded[1]!.account} is liquidated: the house takes over.`,
      `Account ${funded[2]!.account} is liquidated: the house takes over.`,
      `Account ${funded[3]!.account} is liquidated: provider ${funded[4]!.account} takes over.`,
    ]);
    expect(await sequencer.client.accountsAtRisk()).toMatchObject({ accounts: [] });
    expect(await Promise.all([1, 2, 3, 4].map(isHealthy))).toEqual([true, true, true, true]);
    const [taken] = await sequencer.client.positions(funded[4]!.account);
    expect(Number(taken!.size)).toBeGreaterThan(0);
  });

  test("an account is not liquidated by an old mark, and it is said once", async () => {
    await report("41000");
    await newKeeper().round();
    await trade(5, { instrument: perpetual, side: "buy", price: "41000", size: "1" });
    await trade(5, { instrument: call, side: "buy", price: "1000", size: "0.1" });
    time += 60;
    const indexAlone = { underlying: 1, time, index: "33000", surfaces: [] };
    await submit(tickBytes(time), await oracleReport(world.domain, indexAlone, [oracle]));
    const lines: string[] = [];
    const keeper = newKeeper(lines);
    await keeper.round();
    await keeper.round();
    const waiting = `Account ${funded[5]!.account} is below maintenance margin: it waits for newer reports of ${call}.`;
    expect(lines.filter((line) => line.includes(waiting))).toHaveLength(1);
    expect((await sequencer.client.accountsAtRisk()).accounts).toMatchObject([
      { account: funded[5]!.account, staleInstruments: [{ instrument: 2, name: call }] },
    ]);
    await report("33000");
    await keeper.round();
    expect(lines.at(-1)).toMatch(new RegExp(`^Account ${funded[5]!.account} is liquidated`));
    expect(await isHealthy(5)).toBe(true);
  });
});

describe("a keeper that runs on", () => {
  let keeper: ChildProcess;
  let output = "";
  const said = (line: string) => until(`the keeper says: ${line}`, async () => output.includes(line));

  beforeAll(() => {
    const args = ["keeper", "--sequencer", sequencer.url, "--interval-ms", "50"];
    keeper = spawn(process.execPath, [binary, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    keeper.stdout!.on("data", (data) => {
      output += data;
    });
  });

  afterAll(() => {
    keeper.kill("SIGKILL");
  });

  test("marks, pays out and prunes what expires, all by itself", async () => {
    await report("41000");
    await until("fresh marks", async () => {
      const instruments = await sequencer.client.instruments();
      return instruments.every(({ mark }) => mark?.reportTime === time);
    });
    await trade(4, { instrument: call, side: "buy", price: "1000", size: "1" });
    await trade(4, { instrument: put, side: "buy", price: "1000", size: "0.5" });
    await client(4).submitOrder(order(7, { instrument: call, price: "500", size: "0.2" }));
    const { cash } = await client(4).account();
    const traded = await sequencer.client.instruments();
    // What it took over from others counts as well.
    const held = new Map(
      (await sequencer.client.positions(funded[4]!.account)).map(({ name, size }) => [name, Number(size)]),
    );
    const pay = held.get(call)! * (41_250 - 40_000) + held.get(put)! * (42_000 - 41_250);

    await report("41500", expiry - time);
    const settlement = { underlying: 1, expiry, price: "41250" };
    await submit(await settlementReport(world.domain, settlement, [oracle]));
    await until("the expiry gone", async () => (await sequencer.client.instruments()).length === 1);

    const after = await client(4).account();
    expect(Number(after.cash) - Number(cash)).toBeCloseTo(pay, 6);
    expect(after.restingOrders).toBe(0);
    await said(`Pruned ${call}`);
    for (const name of [call, put, unused]) {
      await expect(sequencer.client.instrument(name)).rejects.toMatchObject({
        code: "NotFound",
        message: `There is no instrument ${name} any more: it has expired and was settled.`,
      });
    }
    // A keeper that comes late finds nothing to do, and nothing wrong.
    const late = {
      engineTime: time,
      maxMarkAgeSeconds: 60,
      instruments: traded.map((each) => ({ ...each, isSettled: true })),
    };
    expect(late.instruments.filter(({ openInterest }) => openInterest !== "0")).toHaveLength(3);
    const expiries = new Expiries(sequencer.client, () => {});
    expect(await expiries.settle({ ...late, instruments: late.instruments.slice(1) })).toMatchObject({
      settlements: 0,
    });
    expect(await expiries.prune(late)).toEqual({ prunings: 0, refused: 1 });
    await expect(sequencer.client.openPositions(call)).rejects.toMatchObject({ code: "NotFound" });
    await expect(sequencer.client.instrumentProof(call)).rejects.toMatchObject({ code: "NotFound" });
    await expect(client(4).submitOrder(order(8, { instrument: call }))).rejects.toMatchObject({ code: "NotFound" });
  });

  test("outlives the sequencer, whose history still knows what is gone after a restart", async () => {
    const before = await pastOfOptions();
    expect(before.orders).toMatchObject([
      { name: call, clientOrderId: 7, status: "cancelled", cause: "expired" },
      { name: put, status: "filled", size: "0.5" },
      { name: call, status: "filled", price: "1000", size: "1" },
    ]);
    expect(before.fills).toMatchObject([{ name: call, price: "1000", size: "1", role: "taker" }]);
    await sequencer.kill();
    await said("does not answer");
    sequencer = await start();
    await said("The sequencer answers again.");
    expect(await pastOfOptions()).toEqual(before);
    await expect(sequencer.client.instrument(put)).rejects.toMatchObject({ code: "NotFound" });
    await report("41600");
    await until("a fresh mark", async () => {
      return (await sequencer.client.instrument(perpetual)).mark?.reportTime === time;
    });
  });

  test("ends at once when it is told to, and says what it has done", async () => {
    keeper.kill("SIGTERM");
    const [status] = await once(keeper, "exit");
    expect(status).toBe(0);
    expect(output.trim().split("\n").at(-1)).toMatch(/^\d+ rounds: \d+ marks, .*, 3 prunings; \d+ refused\.$/);
  });

  test("does not call a single round without a sequencer a success", async () => {
    const run = promisify(execFile)(process.execPath, [
      binary,
      ...["keeper", "--sequencer", "http://127.0.0.1:9", "--once", "--json"],
    ]);
    const { stdout } = (await run.catch((error: unknown) => error)) as { stdout: string };
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "Unreachable" } });
  });
});

/** What the history says of an account's options, once it has caught up. */
async function pastOfOptions() {
  const { position } = await sequencer.client.status();
  const trader = funded[4]!.account;
  await until("the history", async () => (await sequencer.client.orderHistory(trader)).position >= position);
  const orders = (await sequencer.client.orderHistory(trader)).entries.filter(({ name }) => name !== perpetual);
  const { entries } = await sequencer.client.fillHistory(trader, { instrument: call });
  return { orders, fills: entries };
}
