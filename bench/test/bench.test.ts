import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { replacePart } from "../document.ts";
import { groups } from "../groups.ts";
import { compare, keep, lastKept, makeRow, prepared, type RowDefinition, significant } from "../harness.ts";
import { exponentialGaps } from "../http/arrivals.ts";
import { summarise } from "../profile.ts";
import { median, percentile, slope } from "../statistics.ts";
import { type BenchReport, formatFigure, formatLine, formatMarkdown } from "../table.ts";

/** What the benchmarks do with figures, and that they run; never how large a figure is. */

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const definitions = Object.entries(groups).flatMap(([group, { rows }]) => rows.map((row) => ({ group, row })));
const more: RowDefinition = { name: "a/more", unit: "things/s", better: "more", peer: "another", how: "So." };
const less: RowDefinition = { ...more, name: "a/less", better: "less" };

function run(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env: { ...process.env, RECOURSE_BENCH_QUICK: "1" },
  });
}

describe("the rows", () => {
  it.each(definitions.map(({ group, row }) => [row.name, group, row] as const))(
    "%s is described",
    (name, group, row) => {
      expect(name.startsWith(`${group}/`)).toBe(true);
      for (const text of [row.unit, row.peer]) expect(text).not.toBe("");
      expect(row.how).toMatch(/^[A-Z].*\.$/s);
      if (row.budget) expect(row.budget.figure).toBeGreaterThan(0);
    },
  );

  it("have names of their own", () => {
    const names = definitions.map(({ row }) => row.name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("a row's arithmetic", () => {
  it("takes medians, and ratios above 1 where ours is better", () => {
    expect(makeRow(more, { ours: [30, 10, 20], peer: [5, 5] })).toMatchObject({
      ours: 20,
      peer: { name: "another", figure: 5 },
      ratio: 4,
      spread: { ours: [10, 30], peer: [5, 5] },
      budget: null,
      met: null,
    });
    expect(makeRow(less, { ours: [20], peer: [5] }).ratio).toBe(0.25);
    expect(makeRow(more, { ours: [1], peer: [1], note: "Thus." }).how).toBe("So. Thus.");
  });

  it("judges budgets of figures and of ratios, at their edges", () => {
    const met = (row: RowDefinition, of: "ours" | "ratio", figure: number) =>
      makeRow({ ...row, budget: { of, figure } }, { ours: [20], peer: [5] }).met;
    expect([met(more, "ours", 20), met(more, "ours", 21)]).toEqual([true, false]);
    expect([met(less, "ours", 20), met(less, "ours", 19)]).toEqual([true, false]);
    expect([met(more, "ratio", 4), met(more, "ratio", 4.1)]).toEqual([true, false]);
    expect([met(less, "ratio", 0.25), met(less, "ratio", 0.26)]).toEqual([true, false]);
  });

  it("refuses figures that are none", () => {
    expect(() => makeRow(more, { ours: [Number.NaN], peer: [1] })).toThrow("a/more was measured as NaN.");
    expect(() => makeRow(more, { ours: [1], peer: [] })).toThrow("a/more has no figures.");
  });

  it("rounds to what can be read", () => {
    expect([significant(12_345.6), significant(1.23456), significant(0.000123456)]).toEqual([12_346, 1.235, 0.0001235]);
    expect([formatFigure(12_345.6), formatFigure(12.345), formatFigure(0.0123)]).toEqual(["12,346", "12.3", "0.012"]);
  });
});

describe("statistics", () => {
  it("finds middle values, ranks and slopes", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    const hundred = Array.from({ length: 100 }, (_, place) => place + 1);
    expect([0, 0.5, 0.99, 0.999, 1].map((share) => percentile(hundred, share))).toEqual([1, 50, 99, 100, 100]);
    expect(percentile([], 0.5)).toBeNaN();
    expect(
      slope([
        [0, 5],
        [1, 7],
        [2, 9],
      ]),
    ).toBe(2);
  });

  it("lets requests arrive by the same schedule each time, so many a second on average", () => {
    const arrivals = (seed: number) => {
      const gaps = exponentialGaps(1_000, seed);
      return Array.from({ length: 20_000 }, gaps);
    };
    expect(arrivals(1)).toEqual(arrivals(1));
    expect(arrivals(1)).not.toEqual(arrivals(2));
    const mean = arrivals(3).reduce((sum, gap) => sum + gap, 0) / 20_000;
    expect(Math.abs(mean - 1)).toBeLessThan(0.03);
  });
});

describe("the harness", () => {
  it("lets contestants take turns, and makes a state for each run while the clock stands", async () => {
    const turns: string[] = [];
    let made = 0;
    const contestant = (name: string) =>
      prepared(
        () => ++made,
        async (state) => {
          turns.push(name);
          await new Promise((resolve) => setTimeout(resolve, 2));
          return state;
        },
      );
    const rates = await compare({ a: contestant("a"), b: contestant("b") }, { rounds: 2, roundMs: 1, warmUps: 1 });
    expect(turns).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(made).toBe(6);
    expect([rates.a.length, rates.b.length]).toEqual([2, 2]);
  });

  it("keeps what it is given", () => {
    keep("a result");
    expect(lastKept()).toBe("a result");
  });
});

describe("what is written", () => {
  const row = makeRow({ ...more, budget: { of: "ours", figure: 30 } }, { ours: [20], peer: [5] });
  const failed = { name: "a/less", error: "It was not there." };
  const machine = { processor: "One", cores: 2, memoryGib: 4, system: "linux", node: "24.0.0" };
  const report: BenchReport = { machine, rows: [row, failed], seconds: 3 };

  it("says of each row what it was measured against, or why it was not", () => {
    const text = formatMarkdown(report, () => "more");
    expect(text).toContain("| a/more | 20 things/s | 20–20 | another | 5 | 4 | ≥ 30 **missed** |");
    expect(text).toContain("- **a/more**: So.");
    expect(text).toContain("| a/less | could not be measured: It was not there. |");
    expect(formatLine(row, "more")).toMatch(/^a\/more +20 things\/s +5 another +4 × +≥ 30 missed$/);
  });

  it("goes between the markers of docs/performance.md, and nowhere else", () => {
    const document = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
    for (const part of ["table", "profiles"] as const) {
      const written = replacePart(document, part, "New.");
      expect(written).toContain(`<!-- begin of ${part} -->\n\nNew.\n\n<!-- end of ${part} -->`);
      expect(replacePart(written, part, "New.")).toBe(written);
      const heading = (text: string) => text.match(/^#.*$/gm);
      expect(heading(written)).toEqual(heading(document));
    }
    expect(() => replacePart("nothing", "table", "New.")).toThrow("no place for the table");
  });

  it("sums a profile up by file, without idling", () => {
    const frame = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
    const nodes = [
      frame(1, "(idle)", ""),
      frame(2, "get", "file:///project/packages/store/src/orderedStore.ts"),
      frame(3, "limit", "file:///project/node_modules/.pnpm/x/node_modules/@scope/book/dist/index.js"),
    ];
    const { busySeconds, lines } = summarise({ nodes, samples: [1, 2, 3, 2], timeDeltas: [9e6, 1e6, 1e6, 2e6] });
    expect(busySeconds).toBe(4);
    expect(lines).toEqual([
      { name: "packages/store/src/orderedStore.ts", share: 0.75 },
      { name: "@scope/book", share: 0.25 },
    ]);
  });
});

describe("npm run bench", () => {
  // All that can be run without figures that mean something; the whole takes minutes.
  const rows = process.env.RECOURSE_BENCH_TEST === "all" ? Object.keys(groups) : ["signatures"];

  it.each(rows)("measures %s and prints one JSON object", { timeout: 600_000 }, (group) => {
    const { stdout, stderr, status } = run("--json", "--rows", group);
    const report = JSON.parse(stdout) as BenchReport;
    expect(report.rows.filter((row) => "error" in row)).toEqual([]);
    expect(report.rows.map(({ name }) => name)).toEqual(groups[group]!.rows.map(({ name }) => name));
    for (const row of report.rows) expect(row).toMatchObject({ unit: expect.any(String), how: expect.any(String) });
    expect(report.machine.cores).toBeGreaterThan(0);
    expect([stdout.trim().split("\n").length, stderr, status]).toEqual([1, "", 0]);
  });

  it("says what is wrong with its options", () => {
    const { stdout, status } = run("--json", "--rows", "nothing");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "InvalidCommand", fields: [{ field: "rows" }] } });
    expect(status).toBe(1);
    expect(run("--fast").stderr).toContain("error: Unknown option '--fast'");
    expect(run("--write", "--rows", "engine").stderr).toContain("Only the table of a whole run is written down.");
  });
});
