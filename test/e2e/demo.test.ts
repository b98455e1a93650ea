import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const binary = fileURLToPath(new URL("../../packages/cli/bin/recourse.js", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recourse-e2e-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts the demo; whatever it leaves in the temporary folder, or running, can be found. */
function startDemo(...args: readonly string[]) {
  const child = spawn(process.execPath, [binary, "demo", "--json", ...args], {
    env: { ...process.env, TMPDIR: folder, RECOURSE_E2E_FOLDER: folder },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return {
    child,
    output: () => ({ stdout, stderr }),
    exited: once(child, "close").then(([status]) => status as number | null),
  };
}

/** Processes that were started by the demo, directly or not, where the system tells. */
function processesLeft(): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/environ`, "utf8").includes(`RECOURSE_E2E_FOLDER=${folder}\0`);
    } catch {
      // It has ended meanwhile, or is somebody else's.
      return false;
    }
  });
}

describe("the demo", () => {
  it("takes a tape through the whole rollup, has a dishonest batch proved wrong, and pays a withdrawal", async () => {
    const { output, exited } = startDemo("--rows", "120", "--seed", "3");
    const status = await exited;
    const { stdout, stderr } = output();
    expect(stderr).not.toContain("error");
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      tape: { file: "simulated-seed-3.csv", rows: 120 },
      orders: { sent: 240, accepted: 240, rejected: 0, reasons: {} },
      fills: 120,
      fillsAtPrintedPrice: 120,
      accounts: 64,
      verifier: { mismatches: 1 },
      fraud: { transactions: 1, kind: expect.any(String), gasUsed: expect.any(Number), gasAt64: expect.any(Number) },
      recovered: true,
      withdrawal: { amount: "1250.00", claimed: true },
      rootsAgree: true,
    });
    expect(report.batches.finalized).toBeGreaterThan(0);
    expect(report.fraud.revertedBlock - report.fraud.postedBlock).toBeLessThanOrEqual(2);
    expect(report.fraud.gasUsed).toBeLessThan(16_777_216);
    expect(status).toBe(0);
    expect(processesLeft()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  }, 600_000);

  it("leaves nothing behind when it is interrupted", async () => {
    const { child, output, exited } = startDemo("--rows", "120");
    while (!output().stderr.includes("have paid in")) await once(child.stderr, "data");
    child.kill("SIGINT");
    expect(await exited).toBe(1);
    expect(JSON.parse(output().stdout).error.code).toBe("Interrupted");
    expect(processesLeft()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  }, 300_000);
});
