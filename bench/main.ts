/** `npm run bench`: measures every row beside its peer; ends with 0 only if every row was measured. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { RecourseError } from "@recourse/protocol";
import { writeTable } from "./document.ts";
import { groups } from "./groups.ts";
import type { FailedRow, Row } from "./harness.ts";
import { readOptions } from "./options.ts";
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

/** Measures a group in a process of its own; what it leaves out has failed. */
async function measureGroup(name: string, report: (row: Row | FailedRow) => void): Promise<void> {
  const missing = new Set(groups[name]!.rows.map((row) => row.name));
  const child = fork(groupProcess, [name], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.on("message", (message) => {
    const row = message as Row | FailedRow;
    missing.delete(row.name);
    report(row);
  });
  const [status] = await once(child, "close");
  for (const row of missing) report({ name: row, error: `Its process ended with status ${status}.` });
}

async function main(): Promise<void> {
  const known = [...Object.keys(groups), ...definitions.keys()];
  const { isJson, rows: wanted, isWriting, profiles } = readOptions(process.argv.slice(2), known);
  if (profiles !== undefined) process.env.RECOURSE_BENCH_PROFILES = profiles;
  const started = performance.now();
  const rows: (Row | FailedRow)[] = [];
  for (const [name, { rows: ofGroup }] of Object.entries(groups)) {
    const isWanted = (row: string) => wanted.length === 0 || wanted.includes(name) || wanted.includes(row);
    if (!ofGroup.some((row) => isWanted(row.name))) continue;
    await measureGroup(name, (row) => {
      if (!isWanted(row.name)) return;
      rows.push(row);
      if (!isJson) process.stdout.write(`${formatLine(row, betterOf(row.name))}\n`);
    });
  }
  const order = [...definitions.keys()];
  const report: BenchReport = {
    machine: describeMachine(),
    rows: rows.toSorted((left, right) => order.indexOf(left.name) - order.indexOf(right.name)),
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
  const failed = rows.filter((row) => "error" in row);
  if (isWriting && failed.length === 0) writeTable(formatMarkdown(report, betterOf));
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`${rows.length - failed.length} of ${rows.length} rows in ${report.seconds} s.\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
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
