/** `npm run bench`: measures every row beside its peer; ends with 0 only if every row was measured. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RecourseError } from "@recourse/protocol";
import { writePart } from "./document.ts";
import { groups } from "./groups.ts";
import type { FailedRow, Row } from "./harness.ts";
import { readOptions } from "./options.ts";
import { describeProfiles } from "./profile.ts";
import { type BenchReport, formatLine, formatMarkdown, type Machine } from "./table.ts";

const groupProcess = fileURLToPath(new URL("./groupProcess.ts", import.meta.url));
const definitions = new Map(Object.values(groups).flatMap(({ rows }) => rows.map((row) => [row.name, row])));
const betterOf = (name: string) => definitions.get(name)!.better;

function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]!.model.trim(),
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
  };
}

/** Measures some rows of a group in a process of its own; what it leaves out has failed. */
async function measureGroup(
  name: string,
  wanted: readonly string[],
  report: (row: Row | FailedRow) => void,
): Promise<void> {
  const missing = new Set(wanted);
  const child = fork(groupProcess, [name, ...wanted], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.on("message", (message) => {
    const row = message as Row | FailedRow;
    missing.delete(row.name);
    report(row);
  });
  const [status] = await once(child, "close");
  for (const row of missing) report({ name: row, error: `Its process ended with status ${status}.` });
}

async function main(): Promise<void> {
  const order = [...definitions.keys()];
  const options = readOptions(process.argv.slice(2), [...Object.keys(groups), ...order]);
  const { isJson, isWriting, profiles } = options;
  if (profiles !== undefined) process.env.RECOURSE_BENCH_PROFILES = resolve(profiles);
  const started = performance.now();
  const measured: (Row | FailedRow)[] = [];
  for (const [group, { rows }] of Object.entries(groups)) {
    const isWanted = (row: string) => options.rows.some((name) => name === group || name === row);
    const wanted = rows.map(({ name }) => name).filter((name) => options.rows.length === 0 || isWanted(name));
    if (wanted.length === 0) continue;
    await measureGroup(group, wanted, (row) => {
      measured.push(row);
      if (!isJson) process.stdout.write(`${formatLine(row, betterOf(row.name))}\n`);
    });
  }
  const report: BenchReport = {
    machine: describeMachine(),
    rows: measured.toSorted((left, right) => order.indexOf(left.name) - order.indexOf(right.name)),
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
  const failures = measured.filter((row) => "error" in row).length;
  if (isWriting && failures === 0) {
    if (profiles === undefined) writePart("table", formatMarkdown(report, betterOf));
    else writePart("profiles", describeProfiles(resolve(profiles)));
  }
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`${measured.length - failures} of ${measured.length} rows in ${report.seconds} s.\n`);
  process.exitCode = failures === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  const report = (
    error instanceof RecourseError ? error : new RecourseError("UnexpectedError", String(error))
  ).toReport();
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const fields = report.error.fields.map(({ field, expected }) => `\n  ${field}: expected ${expected}`);
    process.stderr.write(`error: ${report.error.message} (${report.error.code})${fields.join("")}\n`);
  }
  process.exitCode = 1;
}
