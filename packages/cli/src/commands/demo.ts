import { RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { Cleanup } from "../demo/cleanup.ts";
import { Progress } from "../demo/progress.ts";
import { failedChecks, reportLines } from "../demo/report.ts";
import { integer, jsonOption, seedOption } from "../options.ts";
import { Output } from "../output.ts";
import { parseTape, readTape } from "../tape/readTape.ts";
import { defaultSimulatedRows, maxSimulatedRows, simulatedTapeName, simulateTape } from "../tape/simulateTape.ts";
import type { Tape } from "../tape/tape.ts";

interface DemoCommandOptions {
  readonly tape?: string;
  readonly rows?: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `recourse demo`: the main job, on a simulated tape or a real one. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("replay a tape through the whole rollup, have a dishonest batch proved wrong, and withdraw")
    .option("--tape <file>", "tape of trades; a simulated one where it is left out")
    .option("--rows <number>", "rows of the tape to replay, at most", integer("rows", 1, maxSimulatedRows))
    .addOption(seedOption())
    .addOption(jsonOption())
    .action(demoAction);
}

async function demoAction({ tape: path, rows, seed, json = false }: DemoCommandOptions): Promise<void> {
  const tape = path === undefined ? simulatedTape(seed, rows) : readTape(path, rows);
  // Loaded here, because a local chain is a lot to load for a command that needs none.
  const { runDemo } = await import("../demo/runDemo.ts");
  const output = new Output(json);
  const cleanup = new Cleanup();
  const interruption = interrupted();
  try {
    const run = runDemo({ tape, seed, progress: new Progress(output), cleanup });
    // After an interruption, what is still under way fails as its services go away.
    run.catch(() => {});
    const report = await Promise.race([run, interruption]);
    await cleanup.run();
    const failed = failedChecks(report);
    if (failed.length > 0) {
      output.say(`The run came to ${JSON.stringify(report)}`);
      throw new RecourseError(
        "DemoFailed",
        "The demo did not show what it is there to show.",
        failed.map((check) => ({ field: "check", expected: check })),
      );
    }
    output.result(report, reportLines(report));
  } finally {
    await cleanup.run();
  }
}

function simulatedTape(seed: number, rows = defaultSimulatedRows): Tape {
  const file = simulatedTapeName(seed);
  return { file, rows: parseTape(simulateTape(seed, rows).join("\n"), file) };
}

/** Rejects when the person has had enough. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => reject(new RecourseError("Interrupted", `The demo was stopped by ${signal}.`)));
    }
  });
}
