import { existsSync } from "node:fs";
import { RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { Cleanup } from "../demo/cleanup.ts";
import { Progress } from "../demo/progress.ts";
import { failedChecks, reportLines } from "../drill/report.ts";
import { integer, jsonOption, seedOption } from "../options.ts";
import { Output } from "../output.ts";

const defaultCases = 100;
const maxCases = 100_000;

interface DrillCommandOptions {
  readonly seed: number;
  readonly cases: number;
  readonly out?: string;
  readonly verifier?: string;
  readonly replay?: string;
  readonly worst: boolean;
  readonly json?: boolean;
}

/** `recourse drill`: corrupted and honest batches for the verifier to tell apart. */
export function drillCommand(): Command {
  return new Command("drill")
    .description("post seeded batches, about half of them corrupted, and have verifier and contract judge each")
    .addOption(seedOption())
    .option("--cases <number>", "how many batches", integer("cases", 1, maxCases), defaultCases)
    .option("--no-worst", "leave the worst chunks out")
    .option("--out <folder>", "write each case there, for others to replay")
    .option("--verifier <program>", "a program to be tested in place of recourse verifier")
    .option("--replay <folder>", "execute the cases of a folder again instead")
    .addOption(jsonOption())
    .action(drillAction);
}

async function drillAction(options: DrillCommandOptions): Promise<void> {
  const { seed, cases, out, verifier, replay, worst, json = false } = options;
  if (replay !== undefined) return replayAction(replay, json);
  if (verifier !== undefined && !existsSync(verifier)) {
    throw new RecourseError("FileNotReadable", `There is no program ${verifier}.`, [
      { field: "verifier", expected: "the path of a JavaScript program" },
    ]);
  }
  // Loaded here, because a local chain is a lot to load for a command that needs none.
  const [{ runDrill }, { verifierProcess }] = await Promise.all([
    import("../drill/runDrill.ts"),
    import("../drill/verdicts.ts"),
  ]);
  const output = new Output(json);
  const cleanup = new Cleanup();
  const interruption = interrupted();
  try {
    const startVerifier = verifierProcess(verifier);
    const progress = new Progress(output);
    const run = runDrill({ seed, cases, out, progress, cleanup, startVerifier, isWithoutWorst: !worst });
    // After an interruption, what is still under way fails as its services go away.
    run.catch(() => {});
    const report = await Promise.race([run, interruption]);
    output.result(report, reportLines(report));
    const failed = failedChecks(report, cases);
    if (failed.length > 0) {
      for (const check of failed) output.say(`FAILED: expected ${check}.`);
      process.exitCode = 1;
    }
  } finally {
    await cleanup.run();
  }
}

async function replayAction(folder: string, json: boolean): Promise<void> {
  const { replayArchive } = await import("../drill/archive.ts");
  const report = replayArchive(folder);
  new Output(json).result(report, [
    ...report.mismatches,
    `${report.matching} of ${report.cases} cases come out as they are written: ${report.fraudulent} fraudulent, ${report.honest} honest, ${report.refusedAtPost} refused.`,
  ]);
  if (report.matching !== report.cases || report.cases === 0) process.exitCode = 1;
}

/** Rejects when the person has had enough. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => reject(new RecourseError("Interrupted", `The drill was stopped by ${signal}.`)));
    }
  });
}
