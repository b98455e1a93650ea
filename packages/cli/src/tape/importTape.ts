import { realpathSync } from "node:fs";
import { RecourseError } from "@recourse/protocol";
import { formatPlace, type Place } from "./deribit/exportError.ts";
import { type ExportFormat, readExport } from "./deribit/readExport.ts";
import { describeSkip, requiredFields, type SkipReason } from "./deribit/skips.ts";
import { importTrade, type TradeChoices } from "./deribit/tradeRow.ts";
import { KeptRows } from "./keptRows.ts";
import { prepareTape, writeTape } from "./writeTape.ts";

export interface ImportOptions extends TradeChoices {
  readonly format: ExportFormat;
  /** Where the tape is written. */
  readonly out: string;
}

/** What `recourse tape import --json` prints. */
export interface ImportReport {
  readonly out: string;
  /** Trades in the files. */
  readonly read: number;
  /** Rows of the tape. */
  readonly rows: number;
  /** For each reason how many trades are not in the tape. */
  readonly skipped: Readonly<Record<string, number>>;
  /** For each reason where the first of them is, and its id. */
  readonly examples: Readonly<Record<string, string>>;
  /** Trades that came after a later one: they were put in order. */
  readonly reordered: number;
  /** Of the first and the last row, ISO 8601 in UTC. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** How many there are. */
  readonly instruments: number;
  /** Their symbols. */
  readonly underlyings: readonly string[];
}

/**
 * Makes a tape of files of trades as Deribit exports them, in order of time and without repetitions.
 * @throws RecourseError `FileNotReadable`, `MalformedTrades`, `FileNotWritable`, `NothingImported`; `InvalidOption` where
 * the tape would take the place of an export
 */
export async function importTape(files: readonly string[], options: ImportOptions): Promise<ImportReport> {
  const { out, format } = options;
  if (files.some((file) => isSameFile(file, out))) {
    throw new RecourseError("InvalidOption", `The tape would take the place of ${out}, which is to be imported.`, [
      { field: "out", expected: "a file that is not among those imported" },
    ]);
  }
  prepareTape(out);
  const skips = new Skips();
  const kept = new KeptRows();
  let read = 0;
  for (const [number, file] of files.entries()) {
    await readExport(file, format, (trade, place) => {
      read++;
      const imported = isTrade(trade) ? importTrade(trade, options) : "error" in trade ? "errorResponse" : "notATrade";
      if (typeof imported === "string") skips.add(imported, place, trade.trade_id);
      else kept.add(imported, { file: number, line: place.line! });
    });
  }
  if (kept.length === 0) throw nothingImported(files, read, skips);
  const order = kept.order((id, { file, line }) => skips.add("duplicate", { file: files[file]!, line }, id));
  writeTape(out, kept.lines(order));
  return {
    out,
    read,
    rows: order.length,
    skipped: skips.counts,
    examples: skips.examples,
    reordered: kept.reordered,
    firstTime: new Date(kept.timeMs(order[0]!)).toISOString(),
    lastTime: new Date(kept.timeMs(order.at(-1)!)).toISOString(),
    instruments: kept.instruments.size,
    underlyings: [...new Set([...kept.instruments].map((name) => name.split("-")[0]!))].sort(),
  };
}

/** The report for a person. */
export function importReportLines(report: ImportReport): string[] {
  const { out, read, rows, reordered, instruments, underlyings, firstTime, lastTime, skipped, examples } = report;
  const count = Object.values(skipped).reduce((sum, number) => sum + number, 0);
  return [
    `Read         ${read} trades${reordered > 0 ? `, ${reordered} of them put in order` : ""}`,
    `Written      ${rows} rows to ${out}`,
    `Instruments  ${instruments} of ${underlyings.join(", ")}`,
    `Time         ${firstTime} to ${lastTime}`,
    `Skipped      ${count}`,
    ...Object.entries(skipped).map(
      ([reason, number]) =>
        `  ${String(number).padStart(9)}  ${describeSkip(reason as SkipReason)}; first ${examples[reason]}`,
    ),
  ];
}

/** What was skipped and why: counts, and the first of each reason. */
class Skips {
  readonly counts: Record<string, number> = {};
  readonly examples: Record<string, string> = {};

  add(reason: SkipReason, place: Place, id: unknown): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    this.examples[reason] ??= `${formatPlace(place)}${typeof id === "string" ? ` (trade ${id})` : ""}`;
  }
}

/** Whether an object has anything of a trade. */
function isTrade(object: Readonly<Record<string, unknown>>): boolean {
  return requiredFields.some((field) => field in object);
}

function isSameFile(left: string, right: string): boolean {
  try {
    return realpathSync(left) === realpathSync(right);
  } catch {
    return false;
  }
}

function nothingImported(files: readonly string[], read: number, { counts, examples }: Skips): RecourseError {
  const fields = Object.entries(counts).map(([reason, count]) => ({
    field: examples[reason]!,
    expected: `a trade that can be in a tape; this and ${count - 1} more: ${describeSkip(reason as SkipReason)}`,
  }));
  const what = read === 0 ? "There are no trades" : `None of the ${read} trades can be in a tape`;
  return new RecourseError(
    "NothingImported",
    `${what} in ${files.join(", ")}.`,
    fields.length > 0 ? fields : [{ field: "file", expected: "at least one trade" }],
  );
}
