import { expect, it } from "vitest";
import { stressPage } from "../src/stress/picture.ts";
import { runStress } from "../src/stress/runStress.ts";
import { stressLines, summary } from "../src/stress/stressReport.ts";
import { parseTape } from "../src/tape/readTape.ts";
import { simulateTape } from "../src/tape/simulateTape.ts";

const tape = { file: "simulated", rows: parseTape(simulateTape(3, 400).join("\n"), "simulated") };
const run = (liquidationIntervalSeconds: number) =>
  runStress({ tape, seed: 3, accounts: 60, liquidationIntervalSeconds, progress: () => {} });

it("liquidates leveraged accounts through a crash, keeps the vault solvent, and comes out the same twice", () => {
  const report = run(0);
  const found = summary(report);
  expect(found.liquidations).toBeGreaterThan(10);
  expect(found.takenOverByProviders).toBeGreaterThan(0);
  expect(found.houseTrades).toBeGreaterThan(0);
  expect(found.isSolvent).toBe(true);
  expect(found.chunksAudited).toBeGreaterThan(100);
  const again = run(0);
  expect([again.stateRoot, again.runningHash]).toEqual([report.stateRoot, report.runningHash]);
  expect(stressPage(again)).toBe(stressPage(report));
  expect(stressLines(found).at(-1)).toContain(report.stateRoot);
});

it("shows a deficit where liquidations come late, and a vault that is solvent all the same", () => {
  const report = run(3_600);
  const found = summary(report);
  expect(Number(found.losses)).toBeGreaterThan(0);
  expect(Number(found.greatestDeficit)).toBeGreaterThan(0);
  expect(found.isSolvent).toBe(true);
  expect(report.moments.at(-1)!.underwater).toBe(0);
  expect(Math.max(...report.moments.map(({ underwater }) => underwater))).toBeGreaterThan(0);
  const page = stressPage(report);
  // Each step of a liquidation is a row of the table and a dot of the picture.
  expect(page.match(/<circle /g)).toHaveLength(report.liquidations.length);
  expect(page.match(/<tr>/g)).toHaveLength(report.liquidations.length + 1);
});
