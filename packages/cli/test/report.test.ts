import { describe, expect, it } from "vitest";
import { type DemoReport, failedChecks, reportLines } from "../src/demo/report.ts";

const report: DemoReport = {
  tape: { file: "day.csv", rows: 9472 },
  orders: { sent: 18_944, accepted: 18_800, rejected: 144, reasons: { expired: 100, margin: 44 } },
  fills: 9400,
  fillsAtPrintedPrice: 9390,
  accounts: 64,
  batches: { posted: 41, finalized: 38 },
  verifier: { chunksVerified: 700, mismatches: 1 },
  fraud: {
    batch: 12,
    chunk: 3,
    kind: "balance minted",
    transactions: 1,
    gasUsed: 2_400_000,
    gasAt64: 3_100_000,
    postedBlock: 210,
    revertedBlock: 211,
  },
  recovered: true,
  withdrawal: { amount: "1250.00", claimed: true },
  rootsAgree: true,
  seconds: 95.1,
};

describe("the demo's report", () => {
  it("passes its checks only if everything came about", () => {
    expect(failedChecks(report)).toEqual([]);
    const spoilt: readonly Partial<DemoReport>[] = [
      { recovered: false },
      { rootsAgree: false },
      { withdrawal: { amount: "1250.00", claimed: false } },
      { verifier: { chunksVerified: 700, mismatches: 2 } },
      { fraud: { ...report.fraud, transactions: 2 } },
      { fraud: { ...report.fraud, revertedBlock: 210 } },
      { batches: { posted: 41, finalized: 0 } },
    ];
    for (const change of spoilt) expect(failedChecks({ ...report, ...change })).toHaveLength(1);
  });

  it("tells a person what happened", () => {
    const text = reportLines(report).join("\n");
    for (const part of ["9472 rows", "100 expired, 44 margin", "batch 12, chunk 3", "2400000 gas", "1250.00 USD"]) {
      expect(text).toContain(part);
    }
  });
});
