import { formatInstrumentName, type InstrumentTerms, parseInstrumentName } from "@recourse/protocol";

/**
 * Deribit's names, as its article on naming has them: `BTC-PERPETUAL`, `BTC-25MAR23-420-C`, and with another currency of
 * settlement `BTC_USDC-PERPETUAL`, `XRP_USDC-30JUN23-0d625-C` (`d` is the decimal point). What has no quote currency in
 * its name is inverse: settled in its own coin.
 */

export interface TradableInstrument {
  /** The project's name for it: the same for the inverse instrument and the linear one. */
  readonly name: string;
  readonly terms: InstrumentTerms;
  /** A perpetual's amounts are in USD and an option's prices in the coin. */
  readonly isInverse: boolean;
}

/** Kinds of instruments that Recourse does not trade. */
export type OtherKind = "future" | "spot" | "combo" | "instrument";

/** Currencies that are taken for dollars. */
const dollars: readonly string[] = ["USDC", "USDT"];

/** @returns what the name says, or the kind of what is not traded here: `instrument` where the name is not understood */
export function readInstrument(name: string): TradableInstrument | OtherKind {
  const [pair, ...rest] = name.split("-");
  const [base, quote, ...more] = pair!.split("_");
  if (more.length > 0) return "instrument";
  if (rest.length === 0) return quote === undefined ? "instrument" : "spot";
  if (/^\d{1,2}[A-Z]{3}\d{2}$/.test(rest[0]!) && rest.length === 1) return "future";
  // Combos: a strategy of letters stands where others have their date, BTC-FS-27DEC24_PERP, BTC-CS-28FEB25-90000_95000.
  if (/^[A-Z0-9]{2,6}$/.test(rest[0]!) && rest.length > 1 && !/^\d/.test(rest[0]!)) return "combo";
  if (quote !== undefined && !dollars.includes(quote)) return "instrument";
  const terms = parseInstrumentName([base, ...rest.map((part) => part.replace(/^(\d+)d(\d+)$/, "$1.$2"))].join("-"));
  if (!terms) return "instrument";
  return { name: formatInstrumentName(terms), terms, isInverse: quote === undefined };
}
