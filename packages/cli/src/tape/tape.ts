import type { InstrumentTerms, Price, Quantity } from "@recourse/protocol";

/** The columns of a tape, in order: its first line. */
export const tapeColumns = [
  "time_ms",
  "instrument",
  "price",
  "size",
  "taker_side",
  "index",
  "forward",
  "iv",
  "source",
] as const;
/** The header of a tape's file. */
export const tapeHeader = tapeColumns.join(",");

/** Earlier times are most likely seconds in the place of milliseconds. */
export const minTimeMs = Date.UTC(1980, 0);

/** The engine's clock has 32 bits of seconds. */
export const maxTimeMs = 2 ** 32 * 1000 - 1;

/** A volatility above 10,000 % a year is cut by the engine: a tape with one has its columns mixed up. */
export const maxVolatility = 100;

export type TapeColumn = (typeof tapeColumns)[number];

/** What an option's print says about its expiry. */
export interface OptionQuote {
  /** The forward of the expiry. */
  readonly forward: Price;
  /** The implied volatility as a fraction a year of 365 days. */
  readonly volatility: number;
}

/** One trade of a tape. */
export interface TapeRow {
  /** Place in the tape, counted from 1; the header is not counted. */
  readonly number: number;
  readonly timeMs: number;
  /** The instrument's name as the tape writes it, such as `BTC-PERPETUAL`. */
  readonly instrument: string;
  readonly terms: InstrumentTerms;
  readonly price: Price;
  readonly size: Quantity;
  readonly takerSide: "buy" | "sell";
  readonly index: Price;
  /** Only options have one. */
  readonly quote: OptionQuote | undefined;
  readonly source: string;
}

export interface Tape {
  /** The file's name without its folder. */
  readonly file: string;
  readonly rows: readonly TapeRow[];
}
