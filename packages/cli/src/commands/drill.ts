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
  readonly json?: boolean;
}

/** `recourse drill`: corrupted and honest batches for the verifier to tell apart. */
export function drillCommand(): Command {
  return new Command("drill")
    .description("post seeded batches, about half of them corrupted, and have verifier and contract judge each")
    .addOption(seedOption())
    .option("--cases <number>", "how many batches", integer("cases", 1, maxCases), defaultCases)
    .option("--out <folder>", "write each case there, for others to replay")
    .addOption(jsonOption())
    .action(drillAction);
}

async function drillAction({ seed, cases, json = false }: DrillCommandOptions): Promise<void> {
  // Loaded here, because a local chain is a lot to load for a command that needs none.
  const { runDrill } = await import("../drill/runDrill.ts");
  const output = new Output(json);
  const cleanup = new Cleanup();
  const interruption = interrupted();
  try {
    const run = runDrill({ seed, cases, progress: new Progress(output), cleanup });
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

/** Rejects when the person has had enough. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => reject(new RecourseError("Interrupted", `The drill was stopped by ${signal}.`)));
    }
  });
}
