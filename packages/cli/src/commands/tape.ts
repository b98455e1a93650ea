import { basename, join } from "node:path";
import { Command } from "commander";
import { integer, jsonOption, oneOf, seedOption } from "../options.ts";
import { Output } from "../output.ts";
import { type ExportFormat, exportFormats } from "../tape/deribit/readExport.ts";
import { importReportLines, importTape } from "../tape/importTape.ts";
import { defaultSimulatedRows, maxSimulatedRows, simulatedTapeName, simulateTape } from "../tape/simulateTape.ts";
import { tapesFolder, writeTape } from "../tape/writeTape.ts";

/** `recourse tape …`: tapes of trades. */
export function tapeCommand(): Command {
  const simulate = new Command("simulate")
    .description("make a tape of two hours that have a crash in them; the same bytes from the same seed and rows")
    .addOption(seedOption())
    .option("--rows <number>", "how many trades", integer("rows", 1, maxSimulatedRows), defaultSimulatedRows)
    .option("--out <file>", `where the tape is written (default: ${tapesFolder}/simulated-seed-S.csv)`)
    .addOption(jsonOption())
    .action(simulateAction);
  const importTrades = new Command("import")
    .description("make a tape of trades as Deribit's public API gives them: JSON or CSV, also packed with gzip")
    .argument("<file...>", "files of trades; their trades are merged")
    .option(
      "--format <format>",
      `how the files are written: ${exportFormats.join(", ")}`,
      oneOf("format", exportFormats),
    )
    .option("--out <file>", `where the tape is written (default: ${tapesFolder}/imported-FILE.csv)`)
    .option("--with-block-trades", "take block trades too", false)
    .option("--with-combo-legs", "take the legs of combos too", false)
    .addOption(jsonOption())
    .action(importAction);
  return new Command("tape")
    .description("tapes of trades, for recourse demo --tape")
    .addCommand(simulate)
    .addCommand(importTrades);
}

interface SimulateOptions {
  readonly seed: number;
  readonly rows: number;
  readonly out?: string;
  readonly json?: boolean;
}

function simulateAction({ seed, rows, json = false, ...options }: SimulateOptions): void {
  const out = options.out ?? join(tapesFolder, simulatedTapeName(seed));
  writeTape(out, simulateTape(seed, rows));
  new Output(json).result({ file: out, rows, seed }, [`${rows} trades were written to ${out}.`]);
}

interface ImportCommandOptions {
  readonly format?: ExportFormat;
  readonly out?: string;
  readonly withBlockTrades: boolean;
  readonly withComboLegs: boolean;
  readonly json?: boolean;
}

async function importAction(files: readonly string[], options: ImportCommandOptions): Promise<void> {
  const { format = "auto", out = join(tapesFolder, importedTapeName(files[0]!)), json = false } = options;
  const report = await importTape(files, { ...options, format, out });
  new Output(json).result(report, importReportLines(report));
}

/** What the file of an imported tape is called: as the first of the exports, without what says how that is packed. */
function importedTapeName(file: string): string {
  return `imported-${basename(file)
    .replace(/\.gz$/, "")
    .replace(/\.(csv|json|jsonl|ndjson|txt)$/, "")}.csv`;
}
