import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { Progress } from "../demo/progress.ts";
import { integer, jsonOption, seedOption } from "../options.ts";
import { Output } from "../output.ts";
import { stressPage } from "../stress/picture.ts";
import { runStress } from "../stress/runStress.ts";
import { stressLines, summary } from "../stress/stressReport.ts";
import { parseTape, readTape } from "../tape/readTape.ts";
import { defaultSimulatedRows, maxSimulatedRows, simulatedTapeName, simulateTape } from "../tape/simulateTape.ts";
import type { Tape } from "../tape/tape.ts";

const defaultAccounts = 100;
const maxAccounts = 10_000;
const maxIntervalSeconds = 86_400;

interface StressCommandOptions {
  readonly tape?: string;
  readonly rows?: number;
  readonly seed: number;
  readonly accounts: number;
  readonly liquidationInterval: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** `recourse stress`: what the margin engine makes of a tape's worst hours. */
export function stressCommand(): Command {
  return new Command("stress")
    .description(
      "replay a tape through the engine with leveraged accounts, liquidate them, and draw what becomes of the fund",
    )
    .option("--tape <file>", "tape of trades; a simulated one where it is left out")
    .option("--rows <number>", "rows of the tape to replay, at most", integer("rows", 1, maxSimulatedRows))
    .option("--accounts <number>", "leveraged accounts", integer("accounts", 1, maxAccounts), defaultAccounts)
    .option(
      "--liquidation-interval <seconds>",
      "let liquidations wait this long by the tape's clock",
      integer("liquidation-interval", 0, maxIntervalSeconds),
      0,
    )
    .option("--out <file>", "write the picture and every liquidation there, as an HTML page")
    .addOption(seedOption())
    .addOption(jsonOption())
    .action(stressAction);
}

function stressAction({ tape: path, rows, out, json = false, ...options }: StressCommandOptions): void {
  const output = new Output(json);
  const progress = new Progress(output);
  const tape = path === undefined ? simulatedTape(options.seed, rows) : readTape(path, rows);
  const report = runStress({
    tape,
    seed: options.seed,
    accounts: options.accounts,
    liquidationIntervalSeconds: options.liquidationInterval,
    progress: (line) => progress.show(line),
  });
  const found = summary(report);
  if (out !== undefined) {
    writePage(out, stressPage(report));
    progress.say(`The picture was written to ${out}.`);
  }
  output.result(found, stressLines(found));
  if (!found.isSolvent) process.exitCode = 1;
}

function simulatedTape(seed: number, rows = defaultSimulatedRows): Tape {
  const file = simulatedTapeName(seed);
  return { file, rows: parseTape(simulateTape(seed, rows).join("\n"), file) };
}

function writePage(path: string, page: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, page);
  } catch (cause) {
    throw new RecourseError(
      "FileNotWritable",
      `The file ${path} cannot be written.`,
      [{ field: "out", expected: "the path of a file that can be written" }],
      { cause },
    );
  }
}
