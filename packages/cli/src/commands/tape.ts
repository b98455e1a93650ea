import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { integer, jsonOption, seedOption } from "../options.ts";
import { Output } from "../output.ts";
import { defaultSimulatedRows, maxSimulatedRows, simulatedTapeName, simulateTape } from "../tape/simulateTape.ts";

/** Where tapes go that are told no other place. */
const tapesFolder = "tapes";

/** `recourse tape …`: tapes of trades. */
export function tapeCommand(): Command {
  const simulate = new Command("simulate")
    .description("make a tape of a day that has a crash in it; the same tape from the same seed")
    .addOption(seedOption())
    .option("--rows <number>", "how many trades", integer("rows", 1, maxSimulatedRows), defaultSimulatedRows)
    .option("--out <file>", "where the tape is written (tapes/simulated-seed-S.csv)")
    .addOption(jsonOption())
    .action(simulateAction);
  return new Command("tape").description("tapes of trades").addCommand(simulate);
}

interface SimulateOptions {
  readonly seed: number;
  readonly rows: number;
  readonly out?: string;
  readonly json?: boolean;
}

function simulateAction({ seed, rows, json = false, ...options }: SimulateOptions): void {
  const lines = simulateTape(seed, rows);
  const out = options.out ?? join(tapesFolder, simulatedTapeName(seed));
  try {
    if (options.out === undefined) mkdirSync(tapesFolder, { recursive: true });
    writeFileSync(out, lines.map((line) => `${line}\n`).join(""));
  } catch (cause) {
    throw new RecourseError(
      "FileNotWritable",
      `The tape ${out} cannot be written.`,
      [{ field: "out", expected: "the path of a file that can be written" }],
      { cause },
    );
  }
  new Output(json).result({ file: out, rows, seed }, [`${rows} trades were written to ${out}.`]);
}
