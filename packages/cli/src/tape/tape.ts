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
