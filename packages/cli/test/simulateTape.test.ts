import { InstrumentKind, keccak256, toHex } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { blackPrice, exponential, naturalLogarithm, normalDistribution } from "../src/tape/arithmetic.ts";
import { parseTape } from "../src/tape/readTape.ts";
import { defaultSimulatedRows, simulateTape } from "../src/tape/simulateTape.ts";

const text = (seed: number, rows: number) => `${simulateTape(seed, rows).join("\n")}\n`;

describe("the market simulator", () => {
  const rows = parseTape(text(1, defaultSimulatedRows), "simulated");

  it("makes the same bytes from the same seed, on every machine", () => {
    expect(text(7, 300)).toBe(text(7, 300));
    expect(text(7, 300)).not.toBe(text(8, 300));
    expect(toHex(keccak256(new TextEncoder().encode(text(1, 2_100))))).toBe(
      "0x3b94d8b73d9ab1a9eae67266c16dae216e4c4a9dcda4ef78d2999d16b774cfc4",
    );
  });

  it("has a crash between two calms", () => {
    const indexAt = (share: number) => rows[Math.floor(share * (rows.length - 1))]!.index / 1e8;
    const fall = (from: number, to: number) => 1 - indexAt(to) / indexAt(from);
    expect(rows.length).toBeGreaterThanOrEqual(2_000);
    expect(Math.abs(fall(0, 0.25))).toBeLessThan(0.05);
    expect(fall(0.25, 0.6)).toBeGreaterThan(0.15);
    expect(Math.abs(fall(0.7, 1))).toBeLessThan(0.08);
  });

  it("trades a perpetual and options of several expiries, all real Fridays at 08:00 UTC", () => {
    const expiries = new Set(rows.filter(({ quote }) => quote).map(({ terms }) => terms.expiry));
    expect(expiries.size).toBeGreaterThanOrEqual(3);
    for (const expiry of expiries) {
      expect(new Date(expiry * 1000).getUTCDay()).toBe(5);
      expect(expiry % 86_400).toBe(8 * 3600);
    }
    const perpetuals = rows.filter(({ terms }) => terms.kind === InstrumentKind.perpetual).length;
    expect(perpetuals / rows.length).toBeGreaterThan(0.4);
    expect(perpetuals / rows.length).toBeLessThan(0.7);
  });

  it("prices options at the printed volatility, which rises as the index falls and leans to the puts", () => {
    for (const { quote, terms, price, timeMs } of rows) {
      if (!quote) continue;
      const years = (terms.expiry - timeMs / 1000) / 31_536_000;
      const isCall = terms.kind === InstrumentKind.call;
      const value = blackPrice(isCall, quote.forward / 1e8, terms.strike / 1e8, years, quote.volatility);
      expect(Math.abs(value - price / 1e8)).toBeLessThan(0.0051);
    }
    const mean = (part: typeof rows) => {
      const volatilities = part.flatMap(({ quote }) => quote?.volatility ?? []);
      return volatilities.reduce((sum, volatility) => sum + volatility, 0) / volatilities.length;
    };
    const calm = rows.slice(0, rows.length / 4);
    const crash = rows.filter(({ index }) => index < 0.85 * rows[0]!.index);
    expect(mean(crash)).toBeGreaterThan(1.5 * mean(calm));
    const puts = crash.filter(({ terms, index }) => terms.strike < 0.9 * index);
    const calls = crash.filter(({ terms, index }) => terms.strike > 1.1 * index);
    expect(mean(puts)).toBeGreaterThan(mean(calls));
  });

  it("keeps sizes from 0.01 to 30", () => {
    for (const { size } of rows) {
      expect(size).toBeGreaterThanOrEqual(1e6);
      expect(size).toBeLessThanOrEqual(30e8);
    }
  });

  it.each([1, 2, 17])("makes a tape of %i rows", (count) => {
    expect(parseTape(text(3, count), "simulated")).toHaveLength(count);
  });
});

describe("the simulator's arithmetic", () => {
  it("agrees with the machine's functions", () => {
    for (let x = -30; x < 30; x += 0.37) expect(exponential(x) / Math.exp(x)).toBeCloseTo(1, 13);
    for (let x = 1e-6; x < 1e6; x *= 1.7) expect(naturalLogarithm(x)).toBeCloseTo(Math.log(x), 13);
    expect(normalDistribution(0)).toBeCloseTo(0.5, 14);
    expect(normalDistribution(1.959963984540054)).toBeCloseTo(0.975, 13);
    expect(normalDistribution(-8) / 6.220960574271785e-16).toBeCloseTo(1, 6);
  });

  it("prices by Black's formula, with parity and intrinsic value", () => {
    expect(blackPrice(true, 100, 100, 1, 0.2)).toBeCloseTo(7.965567455405804, 12);
    expect(blackPrice(true, 120, 100, 0.5, 0.6) - blackPrice(false, 120, 100, 0.5, 0.6)).toBeCloseTo(20, 11);
    expect(blackPrice(false, 90, 100, 1, 0)).toBe(10);
  });
});
