import { readFileSync } from "node:fs";
import { basename } from "node:path";
import {
  type FieldError,
  formatInstrumentName,
  InstrumentKind,
  type InstrumentTerms,
  MAX_PRICE,
  type Price,
  parseDecimal,
  parseInstrumentName,
  price,
  priceDecimals,
  type Quantity,
  quantity,
  quantityDecimals,
  RecourseError,
} from "@recourse/protocol";
import {
  maxTimeMs,
  maxVolatility,
  minTimeMs,
  type OptionQuote,
  type Tape,
  type TapeColumn,
  type TapeRow,
  tapeColumns,
  tapeHeader,
} from "./tape.ts";

/** Errors that are listed before a reader gives up: a person mends a few and tries again. */
const maxListedErrors = 20;

/**
 * Reads a tape from a file.
 * @param maxRows rows to read, at most; what comes after them is not looked at
 * @throws RecourseError `FileNotReadable` or `MalformedTape`, the latter with row and column of what is wrong
 */
export function readTape(path: string, maxRows = Number.POSITIVE_INFINITY): Tape {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new RecourseError(
      "FileNotReadable",
      `The tape ${path} cannot be read.`,
      [{ field: "tape", expected: "the path of a file that can be read" }],
      { cause },
    );
  }
  return { file: basename(path), rows: parseTape(text, basename(path), maxRows) };
}

/**
 * Reads a tape's text.
 * @param name what the tape is called in errors
 * @throws RecourseError `MalformedTape` with row and column of what is wrong
 */
export function parseTape(text: string, name: string, maxRows = Number.POSITIVE_INFINITY): TapeRow[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines[0] !== tapeHeader) {
    const expected = `${tapeHeader} (recourse tape import makes a tape of an exchange's trades)`;
    throw malformed(name, [{ field: "header", expected }]);
  }
  const rows: TapeRow[] = [];
  const errors: FieldError[] = [];
  const terms = new Map<string, InstrumentTerms | undefined>();
  const termsOf = (instrument: string) => {
    if (!terms.has(instrument)) terms.set(instrument, parseCanonicalName(instrument));
    return terms.get(instrument);
  };
  let previousTimeMs = 0;
  for (let number = 1; number < lines.length && number <= maxRows; number++) {
    const reader = new RowReader(number, lines[number]!);
    const row = reader.read(termsOf, previousTimeMs);
    if (row) {
      rows.push(row);
      previousTimeMs = row.timeMs;
    }
    errors.push(...reader.errors);
    if (errors.length >= maxListedErrors) break;
  }
  if (errors.length > 0) throw malformed(name, errors);
  if (rows.length === 0) throw malformed(name, [{ field: "rows", expected: "at least one row after the header" }]);
  return rows;
}

function malformed(name: string, errors: readonly FieldError[]): RecourseError {
  const first = errors[0]!;
  return new RecourseError(
    "MalformedTape",
    `The tape ${name} is malformed: ${first.field} must be ${first.expected}.`,
    errors,
  );
}

/** Only the one way to write a name is taken: two names of one instrument would be taken for two instruments. */
function parseCanonicalName(name: string): InstrumentTerms | undefined {
  const terms = parseInstrumentName(name);
  return terms && formatInstrumentName(terms) === name ? terms : undefined;
}

/** Reads one line and collects what is wrong with it. */
class RowReader {
  readonly errors: FieldError[] = [];
  readonly #number: number;
  readonly #cells: readonly string[];

  constructor(number: number, line: string) {
    this.#number = number;
    this.#cells = line.split(",");
  }

  read(termsOf: (name: string) => InstrumentTerms | undefined, previousTimeMs: number): TapeRow | undefined {
    if (this.#cells.length !== tapeColumns.length) {
      const expected = `${tapeColumns.length} columns, not ${this.#cells.length}`;
      this.errors.push({ field: `rows.${this.#number}`, expected });
      return undefined;
    }
    const timeMs = this.#time(previousTimeMs);
    const terms = termsOf(this.#cell("instrument"));
    if (!terms) this.#fail("instrument", "an instrument's name, such as BTC-PERPETUAL or BTC-27DEC24-50000-C");
    const priceOfRow = this.#price("price");
    const size = this.#decimal("size", quantityDecimals, Number.MAX_SAFE_INTEGER);
    const takerSide = this.#cell("taker_side");
    if (takerSide !== "buy" && takerSide !== "sell") this.#fail("taker_side", "buy or sell");
    const index = this.#price("index");
    const quote = terms && terms.kind !== InstrumentKind.perpetual ? this.#quote() : undefined;
    if (this.errors.length > 0) return undefined;
    return {
      number: this.#number,
      timeMs,
      instrument: this.#cell("instrument"),
      terms: terms!,
      price: priceOfRow,
      size: quantity(size) as Quantity,
      takerSide: takerSide as "buy" | "sell",
      index,
      quote,
      source: this.#cell("source"),
    };
  }

  #cell(column: TapeColumn): string {
    return this.#cells[tapeColumns.indexOf(column)]!;
  }

  #fail(column: TapeColumn, expected: string): void {
    this.errors.push({ field: `rows.${this.#number}.${column}`, expected });
  }

  #time(previousTimeMs: number): number {
    const text = this.#cell("time_ms");
    const timeMs = /^\d{1,14}$/.test(text) ? Number(text) : Number.NaN;
    if (!(timeMs >= minTimeMs && timeMs <= maxTimeMs)) this.#fail("time_ms", "milliseconds since 1970, in digits");
    else if (timeMs < previousTimeMs) this.#fail("time_ms", `no earlier than the row before it (${previousTimeMs})`);
    return timeMs;
  }

  #price(column: TapeColumn): Price {
    return price(this.#decimal(column, priceDecimals, MAX_PRICE - 1));
  }

  /** A positive decimal as a count of 10^-decimals. */
  #decimal(column: TapeColumn, decimals: number, max: number): number {
    const count = parseDecimal(this.#cell(column), decimals);
    if (count === undefined || count <= 0n || count > BigInt(max)) {
      this.#fail(column, `a decimal number above 0 and below 90 million with at most ${decimals} decimals`);
      return Number.NaN;
    }
    return Number(count);
  }

  #quote(): OptionQuote {
    const volatility = /^\d{1,3}(\.\d{1,18})?$/.test(this.#cell("iv")) ? Number(this.#cell("iv")) : Number.NaN;
    if (!(volatility <= maxVolatility))
      this.#fail("iv", `a volatility as a fraction a year, from 0 to ${maxVolatility}`);
    return { forward: this.#price("forward"), volatility };
  }
}
