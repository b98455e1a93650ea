import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { developmentAccount } from "@recourse/contracts/local";
import {
  listInstrument,
  markBytes,
  oracleReport,
  type StateProofResponse,
  type SystemicReport,
  systemicReport,
  tickBytes,
} from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  divide,
  logarithm,
  multiply,
  normalDensity,
  normalDistribution,
  real,
  squareRoot,
  toNumber,
} from "../../engine/test/highPrecision.ts";
import { createTraders, order, type Traders } from "./trading.ts";
import {
  createWorld,
  openMarket,
  perpetual,
  type SequencerProcess,
  startSequencerProcess,
  startTime,
  until,
  type World,
} from "./world.ts";

/** An option on a forward of 50,500 USD with a volatility of 50 %. */
const call = { name: "BTC-29DEC23-55000-C", number: 2, strike: 55_000, expiry: 1_703_836_800 };
const forward = 50_500;
const volatility = 0.5;
const SECONDS_PER_YEAR = 31_536_000;

let world: World;
let sequencer: SequencerProcess;
let traders: Traders;

beforeAll(async () => {
  world = await createWorld({ challengeWindowSeconds: 2 });
  sequencer = await startSequencerProcess(world, await world.temporaryFolder());
  await openMarket(world, sequencer.client);
  await reportSmile(startTime + 1, [
    await listInstrument(developmentAccount(2), world.domain, {
      name: call.name,
      underlying: 1,
      tick: "0.5",
      lot: "0.001",
      minimumNotional: "10",
      takerFeeRate: "0.0005",
      makerFeeRate: "0.0001",
      deadline: startTime + 300,
    }),
  ]);
  traders = await createTraders(world, sequencer);
});

afterAll(async () => {
  await sequencer.kill();
  await world.close();
});

/** Moves the clock, lists, reports a flat smile, and marks both instruments. */
async function reportSmile(time: number, listings: readonly `0x${string}`[] = []): Promise<void> {
  const a = ((volatility ** 2 * (call.expiry - time)) / SECONDS_PER_YEAR).toFixed(15);
  const surface = { expiry: call.expiry, forward: String(forward), a, b: "0", rho: "0", m: "0", sigma: "0" };
  const report = { underlying: 1, time, index: "50000", surfaces: [surface] };
  const oracle = { place: 0, account: developmentAccount(3) };
  const bytes = await oracleReport(world.domain, report, [oracle]);
  const { results } = await sequencer.client.submitTransactions([
    tickBytes(time),
    ...listings,
    bytes,
    markBytes(1),
    markBytes(call.number),
  ]);
  expect(results.filter((result) => "error" in result)).toEqual([]);
}

/** Alice takes what bob rests, at one price. */
async function trade(terms: Parameters<typeof order>[1], clientOrderId: number): Promise<void> {
  const side = terms?.side === "sell" ? "buy" : "sell";
  await traders.bob.submitOrder(order(clientOrderId, { ...terms, side }));
  const { status } = await traders.alice.submitOrder(
    order(clientOrderId, { ...terms, timeInForce: "immediate_or_cancel" }),
  );
  expect(status).toBe("filled");
}

describe("an account's margin", () => {
  test("is that of the account, with what it is made of", async () => {
    await trade({ instrument: perpetual, side: "buy", price: "50000", size: "0.4" }, 1);
    await trade({ instrument: call.name, side: "sell", price: "1500", size: "2" }, 2);
    const margin = await traders.alice.margin();
    const { equity, initialMargin, maintenanceMargin, cash } = await traders.alice.account();
    expect(margin).toMatchObject({ equity, initialMargin, maintenanceMargin, cash });
    expect(margin).toMatchObject({ meetsInitialMargin: true, isStale: false, notional: "120000" });
    expect(margin.positions).toEqual([
      { instrument: 1, name: perpetual, size: "0.4" },
      { instrument: call.number, name: call.name, size: "-2" },
    ]);
    const [underlying] = margin.underlyings;
    expect(underlying).toMatchObject({
      underlying: "BTC",
      index: "50000",
      worstScenario: { spotMovePercent: 500, volatilityMovePercent: 40, weight: "0.024" },
      betweenNodes: "0",
      mixedAge: "0",
      initialMargin,
      maintenanceMargin,
    });
    expect(underlying!.losses).toHaveLength(24);
    expect(underlying!.scan).toBe(underlying!.losses[23]);
  });

  test("grows with the age of the marks, as the clock says that nobody has written down yet", async () => {
    const before = (await traders.alice.margin()).underlyings[0]!;
    await sequencer.client.submitTransactions([tickBytes(startTime + 37)]);
    const { underlyings, engineTime } = await traders.alice.margin();
    expect(engineTime).toBe(startTime + 37);
    const [underlying] = underlyings;
    expect(underlying!.age).toMatchObject({ seconds: 36, growth: "0.010001" });
    expect(Number(underlying!.initialMargin)).toBeGreaterThan(Number(before.initialMargin));
    expect((await traders.alice.account()).initialMargin).toBe(underlying!.initialMargin);
  });

  test("comes with the greeks of its positions", async () => {
    await reportSmile(startTime + 40);
    const [underlying] = (await traders.alice.margin()).underlyings;
    const years = real(BigInt(call.expiry - startTime - 40), BigInt(SECONDS_PER_YEAR));
    const [f, k] = [real(BigInt(forward), 1n), real(BigInt(call.strike), 1n)];
    const root = squareRoot(years);
    const deviation = root / 2n;
    const d1 = divide(logarithm(divide(f, k)), deviation) + deviation / 2n;
    const vega = multiply(multiply(f, normalDensity(d1)), root);
    const expected = {
      delta: 0.4 - 2 * toNumber(normalDistribution(d1)),
      gamma: -2 * toNumber(divide(normalDensity(d1), multiply(f, deviation))),
      vega: -2 * toNumber(vega),
      theta: (2 * toNumber(divide(vega, 2n * years)) * volatility) / 365,
    };
    for (const name of ["delta", "gamma", "vega", "theta"] as const) {
      expect(Number(underlying!.greeks[name]) / expected[name]).toBeCloseTo(1, 9);
    }
    // What the margin is computed with is what the mark was.
    expect(Number(underlying!.delta)).toBeCloseTo(expected.delta, 6);
  });
});

describe("a simulation", () => {
  test("says what comes of orders that are sent afterwards, and sends none", async () => {
    const orders = [
      { instrument: call.name, side: "buy", price: "1520", size: "1.5" },
      { instrument: 1, side: "sell", price: "49990.5", size: "1" },
    ] as const;
    const before = await traders.alice.margin();
    const simulation = await traders.alice.simulate(orders);
    expect((await traders.alice.margin()).position).toBe(before.position);
    const { account, position, engineTime, ...present } = before;
    expect(simulation).toMatchObject({ account, position, engineTime });
    expect(simulation.before).toEqual(present);
    expect(simulation.orders).toEqual([
      { name: call.name, side: "buy", price: "1520", size: "1.5", value: "2280", fee: "1.14", isWithinBand: true },
      {
        name: perpetual,
        side: "sell",
        price: "49990.5",
        size: "1",
        value: "49990.5",
        fee: "24.99525",
        isWithinBand: true,
      },
    ]);
    expect(simulation).toMatchObject({ fees: "26.13525", funding: "0" });
    await trade({ ...orders[0] }, 11);
    await trade({ ...orders[1], instrument: perpetual }, 12);
    const { account: _, position: moved, engineTime: __, ...actual } = await traders.alice.margin();
    expect(moved).toBeGreaterThan(position);
    expect(simulation.after).toEqual(actual);
  });

  test("says that margin would be missing, and that a price is outside the band", async () => {
    const { after, orders } = await traders.alice.simulate([
      { instrument: perpetual, side: "buy", price: "60000", size: "200" },
    ]);
    expect(after.meetsInitialMargin).toBe(false);
    expect(orders).toMatchObject([{ isWithinBand: false }]);
  });

  const good = { instrument: perpetual, side: "buy", price: "50000", size: "1" };
  test.each<[string, number, unknown, number, string, readonly string[]]>([
    ["no orders", 1, { orders: [] }, 400, "MalformedRequest", ["orders"]],
    ["too many orders", 1, { orders: Array(65).fill(good) }, 400, "MalformedRequest", ["orders"]],
    ["a field too many", 1, { orders: [{ ...good, nonce: 1 }] }, 400, "MalformedRequest", ["orders.0.nonce"]],
    [
      "a size that is a number",
      1,
      { orders: [good, { ...good, size: 1 }] },
      400,
      "MalformedRequest",
      ["orders.1.size"],
    ],
    ["a price off the tick", 1, { orders: [{ ...good, price: "50000.1" }] }, 400, "InvalidPrice", ["orders.0.price"]],
    ["a size off the lot", 1, { orders: [{ ...good, size: "0.0001" }] }, 400, "InvalidSize", ["orders.0.size"]],
    [
      "an instrument that nobody has listed",
      1,
      { orders: [good, { ...good, instrument: "ETH-PERPETUAL" }] },
      422,
      "UnknownInstrument",
      ["orders.1.instrument"],
    ],
    [
      "a value beyond any order's",
      1,
      { orders: [{ ...good, price: "50000000", size: "4000000" }] },
      422,
      "ValueOutOfRange",
      ["orders.0"],
    ],
    ["an account that there is not", 99, { orders: [good] }, 404, "NotFound", []],
  ])("of %s is refused with the field", async (_, account, body, status, code, fields) => {
    const response = await fetch(`${sequencer.url}/v1/accounts/${account}/simulate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { code: string; fields: { field: string }[] } };
    expect({ code: error.code, fields: error.fields.map(({ field }) => field) }).toEqual({ code, fields });
  });

  test("of a margin, an account that there is not has none", async () => {
    await expect(sequencer.client.accountMargin(99)).rejects.toMatchObject({ code: "NotFound" });
    await expect(sequencer.client.accountProof(99)).rejects.toMatchObject({ code: "NotFound" });
    await expect(sequencer.client.instrumentProof("ETH-PERPETUAL")).rejects.toMatchObject({ code: "NotFound" });
  });
});

describe("the systemic report", () => {
  let report: SystemicReport;
  let global: StateProofResponse;

  beforeAll(async () => {
    report = systemicReport(world.publicClient, world.deployment.systemicReport);
    const { position } = await sequencer.client.status();
    await until("all trades to be final", async () => {
      const { batches } = await sequencer.client.status();
      return batches.final > 0 && (await sequencer.client.batch(batches.final)).toPosition >= position;
    });
    global = await sequencer.client.globalProof();
  });

  test("is what L1 itself says of the rollup, by the sequencer's proofs", async () => {
    expect((await report.rollup()).toLowerCase()).toBe(world.deployment.rollup.toLowerCase());
    const totals = await report.global(global);
    const [alice, bob] = await Promise.all([traders.alice.account(), traders.bob.account()]);
    const sum = Number(alice.cash) + Number(bob.cash);
    expect(totals).toMatchObject({
      time: startTime + 40,
      deposits: "2000000",
      withdrawals: "0",
      collateral: "2000000",
      deficit: "0",
      claims: "0",
      withdrawalFactor: "1",
    });
    expect(Number(totals.accountCash)).toBeCloseTo(sum, 6);
    expect(Number(totals.fundEquity)).toBeCloseTo(2_000_000 - sum, 6);
    const holdings = await Promise.all(
      [1, 2].map(async (n) => report.account(n, await sequencer.client.accountProof(n))),
    );
    const total = (name: "margin" | "notional"): number =>
      holdings.reduce((all, holding) => all + Number(holding[name]), 0);
    expect(Number(totals.margin)).toBeCloseTo(total("margin"), 6);
    expect(Number(totals.notional)).toBeCloseTo(total("notional"), 6);
    expect(Number(totals.leverage)).toBeCloseTo(total("notional") / 2_000_000, 4);
    expect(holdings[0]).toMatchObject({
      owner: alice.owner,
      cash: alice.cash,
      positions: 2,
      isLiquidityProvider: false,
    });
  });

  test("has the markets", async () => {
    const market = await report.instrument(call.number, await sequencer.client.instrumentProof(call.name));
    const { openInterest, mark } = await sequencer.client.instrument(call.name);
    expect(market).toMatchObject({
      underlying: 1,
      kind: "call",
      lot: "0.001",
      openInterest,
      houseSize: "0",
      mark: mark!.price,
      markTime: startTime + 40,
      reportTime: startTime + 40,
      isSettled: false,
      index: "50000",
      funding: "0",
    });
  });

  test("believes no value, proof or batch but the state's own", async () => {
    const value: `0x${string}` = `${global.value.slice(0, -1) as `0x${string}`}${global.value.endsWith("1") ? "2" : "1"}`;
    await expect(report.global({ ...global, value })).rejects.toMatchObject({ code: "WrongProof" });
    const account = await sequencer.client.accountProof(1);
    await expect(report.account(2, account)).rejects.toMatchObject({ code: "WrongProof" });
    await expect(report.global({ ...global, proof: account.proof })).rejects.toMatchObject({ code: "WrongProof" });
    const summary = { ...global.summary, index: global.summary.index + 1 };
    await expect(report.global({ ...global, summary })).rejects.toMatchObject({ code: "NotFinal" });
  });

  describe("of the command line", () => {
    const binary = fileURLToPath(new URL("../../cli/bin/recourse.js", import.meta.url));
    const run = promisify(execFile);
    const recourse = (...args: readonly string[]) =>
      run(process.execPath, [
        binary,
        "report",
        ...["--rpc-url", world.rpcUrl, "--systemic-report", world.deployment.systemicReport],
        ...args,
      ]);

    test("is the same by the sequencer's proofs and by a state rebuilt from L1", async () => {
      const { collateral, accountCash, margin, notional, leverage } = await report.global(global);
      const expected = {
        rollup: expect.stringMatching(new RegExp(world.deployment.rollup, "i")),
        global: { collateral, accountCash, margin, notional, leverage },
        instrument: { name: perpetual, kind: "perpetual", houseSize: "0" },
        account: { number: 1, positions: 2 },
      };
      for (const source of [["--sequencer", sequencer.url], ["--from-l1"]]) {
        const { stdout } = await recourse(...source, "--instrument", perpetual, "--account", "1", "--json");
        expect(stdout.trim().split("\n")).toHaveLength(1);
        expect(JSON.parse(stdout)).toMatchObject(expected);
      }
      const { stdout } = await recourse("--sequencer", sequencer.url);
      expect(stdout).toMatch(/^Proved on L1 against batch \d+ of 0x/);
      expect(stdout).toContain("Collateral         2000000 USD: 2000000 paid in, 0 paid out");
    });

    test("says what is not there", async () => {
      const failure = async (...args: readonly string[]) => {
        const error = (await recourse(...args, "--json").catch((cause: unknown) => cause)) as { stdout: string };
        return (JSON.parse(error.stdout) as { error: unknown }).error;
      };
      const failures = await Promise.all([
        failure("--from-l1", "--account", "99"),
        failure("--sequencer", sequencer.url, "--instrument", "ETH-1JAN24-1-C"),
        failure("--sequencer", "http://127.0.0.1:9"),
        failure("--rollup", world.deployment.vault),
      ]);
      expect(failures).toMatchObject([
        { code: "NotFound", fields: [{ field: "account" }] },
        { code: "NotFound" },
        { code: "Unreachable" },
        { code: "WrongDeployment", fields: [{ field: "systemic-report" }] },
      ]);
    });
  });
});
