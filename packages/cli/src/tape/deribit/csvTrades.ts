import { malformedExport, maxRecordCharacters } from "./exportError.ts";
import { optionalFields, requiredFields, type TradeField } from "./skips.ts";
import type { TradeSink } from "./tradeSource.ts";

/** What programs write where a table has no value. */
const absent: ReadonlySet<string> = new Set(["", "null", "NULL", "None", "nan", "NaN", "NA", "<NA>"]);

const aHeader = "a header with the names of the columns";

/**
 * Finds trades in CSV text that comes in pieces: a header with the exchange's names in any order, then a trade a line.
 * Cells may be quoted, with doubled quotes and line breaks inside. Other columns are left alone.
 */
export class CsvTrades {
  readonly #file: string;
  readonly #sink: TradeSink;
  /** The columns that are read, and how many there are in all. */
  #columns: readonly (readonly [TradeField, number])[] | undefined;
  #width = 0;
  #rest = "";
  #line = 1;

  constructor(file: string, sink: TradeSink) {
    this.#file = file;
    this.#sink = sink;
  }

  /** @throws RecourseError `MalformedTrades` with the line that is wrong */
  push(piece: string): void {
    const text = this.#rest + piece;
    let start = 0;
    for (let end = recordEnd(text, start); end >= 0; end = recordEnd(text, start)) {
      this.#readRecord(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > maxRecordCharacters) {
      throw malformedExport(this.#place, `a line of at most ${maxRecordCharacters} characters, its quotes closed`);
    }
  }

  /** @throws RecourseError `MalformedTrades` where the text ends within a quoted cell, or has no header */
  end(): void {
    if (this.#rest !== "") this.#readRecord(this.#rest);
    if (!this.#columns) throw malformedExport(this.#place, aHeader);
  }

  get #place() {
    return { file: this.#file, line: this.#line };
  }

  #readRecord(record: string): void {
    const text = record.endsWith("\r") ? record.slice(0, -1) : record;
    if (text !== "") this.#readCells(this.#split(text));
    this.#line += 1 + countOf(text, "\n");
  }

  #readCells(cells: readonly string[]): void {
    if (!this.#columns) {
      this.#readHeader(cells.map((cell) => cell.trim()));
      return;
    }
    if (cells.length !== this.#width) {
      throw malformedExport(this.#place, `${this.#width} cells, as the header has, not ${cells.length}`);
    }
    const trade: Record<string, string> = {};
    for (const [field, place] of this.#columns) {
      const cell = cells[place]!.trim();
      if (!absent.has(cell)) trade[field] = cell;
    }
    this.#sink(trade, this.#place);
  }

  #readHeader(names: readonly string[]): void {
    const missing = requiredFields.filter((field) => !names.includes(field));
    if (missing.length > 0) throw malformedExport(this.#place, `a header with the columns ${missing.join(", ")} too`);
    const fields = [...requiredFields, ...optionalFields].filter((field) => names.includes(field));
    const twice = fields.find((field) => names.indexOf(field) !== names.lastIndexOf(field));
    if (twice) throw malformedExport(this.#place, `a header with one column ${twice}, not several`);
    this.#columns = fields.map((field) => [field, names.indexOf(field)]);
    this.#width = names.length;
  }

  #split(record: string): string[] {
    if (!record.includes('"')) return record.split(",");
    const cells: string[] = [];
    const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
    for (;;) {
      const match = cell.exec(record);
      if (!match)
        throw malformedExport(this.#place, this.#columns ? "cells wholly in quotes, or without any" : aHeader);
      cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
      if (match[3] === "") return cells;
    }
  }
}

/** Where the record that starts at a place ends: at the first line break outside of quotes. @returns −1 for none yet */
function recordEnd(text: string, start: number): number {
  let isQuoted = false;
  for (let lineStart = start; ; ) {
    const end = text.indexOf("\n", lineStart);
    if (end < 0) return -1;
    if (countOf(text.slice(lineStart, end), '"') % 2 === 1) isQuoted = !isQuoted;
    if (!isQuoted) return end;
    lineStart = end + 1;
  }
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}
