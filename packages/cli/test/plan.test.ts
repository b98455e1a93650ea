import { MAX_POSITIONS, Side } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { type Plan, planReplay, type RiskItem } from "../src/demo/plan.ts";
import { parseTape } from "../src/tape/readTape.ts";
import { simulateTape } from "../src/tape/simulateTape.ts";

const header = "time_ms,instrument,price,size,taker_side,index,forward,iv,source";
const startMs = Date.UTC(2021, 4, 19, 7, 0);
const tape = (...lines: readonly string[]) => parseTape([header, ...lines].join("\n"), "test");
const perpetual = (second: number, price = "40000", size = "1", symbol = "BTC") =>
  `${startMs + second * 1000},${symbol}-PERPETUAL,${price},${size},buy,${price},,,test`;
const option = (second: number, day: string, price = "100") =>
  `${startMs + second * 1000},BTC-${day}-40000-C,${price},1,sell,40000,40100,0.8,test`;

const allRisk = (plan: Plan): RiskItem[] => [...plan.opening, ...plan.groups.flatMap(({ risk }) => risk)];
const allTrades = (plan: Plan) => plan.groups.flatMap(({ rounds }) => rounds.flat());
const ofType = <Type extends RiskItem["type"]>(plan: Plan, type: Type) =>
  allRisk(plan).filter((item): item is Extract<RiskItem, { type: Type }> => item.type === type);

const simulated = planReplay(parseTape(simulateTape(4, 1_500).join("\n"), "simulated"), 4);
const manyLines = Array.from({ length: 700 }, (_, place) => {
  const name = `BTC-25JUN21-${20_000 + 500 * (place % 128)}-C`;
  return `${startMs + place * 900},${name},${100 + place},0.3,${place % 3 ? "buy" : "sell"},40000,40100,0.9,test`;
});
const many = planReplay(tape(...manyLines), 9);

describe.each([
  ["the simulated tape", simulated],
  ["a tape of 128 instruments", many],
])("the plan of %s", (_, plan) => {
  it("moves the clock forward only, and reports newer and newer", () => {
    let clock = 0;
    const reported = new Map<number, number>();
    for (const item of allRisk(plan)) {
      if (item.type === "tick") {
        expect(item.time).toBeGreaterThan(clock);
        clock = item.time;
      } else if (item.type === "report") {
        expect(item.time).toBeGreaterThan(reported.get(item.underlying) ?? 0);
        expect(item.time).toBeLessThanOrEqual(clock);
        reported.set(item.underlying, item.time);
      }
    }
    expect(plan.endTime).toBe(clock);
  });

  it("lists an instrument once, before it is marked, reported or traded", () => {
    const listed: number[] = [];
    for (const item of allRisk(plan)) {
      if (item.type === "listInstrument") listed.push(item.instrument.number);
      if (item.type === "mark") expect(listed).toContain(item.instrument);
    }
    expect(listed).toEqual(plan.instruments.map((_, place) => place + 1));
  });

  it("gives every trade two accounts, and every account a nonce only once", () => {
    const used = new Set<string>();
    for (const { maker, taker, cancelNonce } of allTrades(plan)) {
      expect(maker.account).not.toBe(taker.account);
      expect(maker.side).not.toBe(taker.side);
      for (const [account, nonce] of [
        [maker.account, maker.nonce],
        [maker.account, cancelNonce],
        [taker.account, taker.nonce],
      ]) {
        expect(used).not.toContain(`${account}/${nonce}`);
        used.add(`${account}/${nonce}`);
      }
    }
  });

  it("gives no account more positions than it may have", () => {
    const traded = Array.from({ length: plan.accounts }, () => new Set<number>());
    for (const { maker, taker, instrument } of allTrades(plan)) {
      traded[maker.account]!.add(instrument.number);
      traded[taker.account]!.add(instrument.number);
    }
    expect(plan.accounts).toBeGreaterThanOrEqual(50);
    for (const instruments of traded) expect(instruments.size).toBeLessThanOrEqual(MAX_POSITIONS);
  });

  it("trades an instrument once a round, and its rows in order", () => {
    const last = new Map<number, number>();
    for (const { rounds } of plan.groups) {
      for (const round of rounds) {
        expect(new Set(round.map(({ instrument }) => instrument.number)).size).toBe(round.length);
        for (const { instrument, row } of round) {
          expect(row).toBeGreaterThan(last.get(instrument.number) ?? 0);
          last.set(instrument.number, row);
        }
      }
    }
  });

  it("marks what is traded, and everything else once a minute", () => {
    const traded = new Set(plan.instruments.map(({ number }) => number));
    for (const { instrument } of ofType(plan, "mark")) traded.delete(instrument);
    expect(traded.size).toBe(0);
    const lastGroup = plan.groups.at(-1)!;
    const marks = (group: Plan["groups"][number]) => group.risk.filter(({ type }) => type === "mark").length;
    expect(Math.max(...plan.groups.slice(-40).map(marks), marks(lastGroup))).toBeGreaterThan(
      plan.instruments.length / 2,
    );
  });
});

describe("a plan", () => {
  it("follows from tape and seed alone", () => {
    const rows = parseTape(simulateTape(4, 1_500).join("\n"), "simulated");
    expect(planReplay(rows, 4)).toEqual(simulated);
    expect(planReplay(rows, 5)).not.toEqual(simulated);
  });

  it("makes orders that meet at the printed price", () => {
    const [trade] = allTrades(planReplay(tape(perpetual(0, "40000.5", "0.37")), 1));
    expect(trade).toMatchObject({ row: 1, priceRank: 4_000_050, lots: 37 });
    expect(trade!.taker.side).toBe(Side.buy);
    expect(trade!.maker.side).toBe(Side.sell);
  });

  it("chooses ticks and lots that are fine enough, and whole in cash", () => {
    const plan = planReplay(
      tape(
        perpetual(0, "0.2345", "1500", "DOGE"),
        perpetual(1, "40000.125", "0.0012"),
        perpetual(2, "3.1", "0.5", "ETH"),
      ),
      1,
    );
    const [doge, bitcoin, ether] = plan.instruments;
    expect([doge!.tick, doge!.lot]).toEqual([10_000, 1_000_000]);
    expect([bitcoin!.tick, bitcoin!.lot]).toEqual([100_000, 100_000]);
    expect([ether!.tick, ether!.lot]).toEqual([1_000_000, 1_000_000]);
    expect(plan.underlyings.map(({ symbol }) => symbol)).toEqual(["DOGE", "BTC", "ETH"]);
    for (const { tick, lot } of plan.instruments) expect((tick * lot) % 10 ** 10).toBe(0);
  });

  it("lets a small tape have a small minimum", () => {
    expect(planReplay(tape(perpetual(0)), 1).instruments[0]!.minimumNotional).toBe(1_000_000);
    expect(planReplay(tape(perpetual(0, "0.5", "0.3", "XRP")), 1).instruments[0]!.minimumNotional).toBe(100_000);
  });

  it("lists what has expired before its first row when the venue opens, so that its orders can be refused", () => {
    const plan = planReplay(tape(option(7200, "19MAY21"), option(7210, "18MAY21"), option(7220, "25JUN21")), 1);
    const opening = plan.opening.filter(({ type }) => type === "listInstrument");
    expect(opening).toHaveLength(2);
    expect(ofType(plan, "tick")[0]!.time).toBeLessThan(Date.UTC(2021, 4, 18, 8) / 1000);
    expect(ofType(plan, "mark").map(({ instrument }) => instrument)).toEqual([3]);
    expect(ofType(plan, "report").flatMap(({ surfaces }) => surfaces)).toHaveLength(1);
    expect(allTrades(plan)).toHaveLength(3);
  });

  it("stops reporting and marking an expiry when it has passed", () => {
    const plan = planReplay(tape(option(0, "19MAY21"), option(3600, "19MAY21"), perpetual(3700)), 1);
    expect(ofType(plan, "report").map(({ surfaces }) => surfaces.length)).toEqual([1, 0, 0]);
    expect(ofType(plan, "mark")).toHaveLength(2);
  });

  it("executes the last orders before an expiry before it", () => {
    const plan = planReplay(
      tape(option(3590, "19MAY21"), option(3599, "19MAY21"), perpetual(3600), perpetual(3601)),
      1,
    );
    const expiry = Date.UTC(2021, 4, 19, 8) / 1000;
    expect(plan.groups.map(({ rows }) => rows)).toEqual([2, 2]);
    for (const item of plan.groups[0]!.risk) if (item.type === "tick") expect(item.time).toBeLessThan(expiry);
  });

  it("merges rows of one second, and takes more seconds for more expiries than one report holds", () => {
    const days = [
      "21MAY21",
      "28MAY21",
      "4JUN21",
      "11JUN21",
      "18JUN21",
      "25JUN21",
      "2JUL21",
      "9JUL21",
      "16JUL21",
      "23JUL21",
    ];
    const plan = planReplay(tape(...days.map((day) => option(0, day)), perpetual(0), perpetual(1), perpetual(9)), 1);
    const reports = ofType(plan, "report");
    expect(reports.map(({ surfaces }) => surfaces.length)).toEqual([8, 2, 0, 0]);
    expect(reports.map(({ time }) => time - startMs / 1000)).toEqual([0, 1, 2, 9]);
    for (const { surfaces } of reports) {
      expect(surfaces.map(({ expiry }) => expiry)).toEqual(surfaces.map(({ expiry }) => expiry).sort((a, b) => a - b));
    }
    expect(ofType(plan, "mark").filter(({ instrument }) => instrument <= 10)).toHaveLength(10);
  });

  it("states a flat surface as total variance", () => {
    const [report] = ofType(planReplay(tape(option(0, "19MAY21")), 1), "report");
    expect(report!.surfaces[0]!.variance).toBe(BigInt(Math.round((0.64 * 3600 * 1e15) / 31_536_000)));
  });
});
