import { InstrumentKind } from "./transactions.ts";
import { formatDecimal, type Price, parseDecimal, price, priceDecimals, type Seconds, seconds } from "./units.ts";

/** What an instrument's name says: `BTC-PERPETUAL`, `BTC-27DEC24-50000-C`. */
export interface InstrumentTerms {
  readonly symbol: string;
  readonly kind: InstrumentKind;
  /** 08:00 UTC of the day in the name; 0 for a perpetual. */
  readonly expiry: Seconds;
  /** 0 for a perpetual. */
  readonly strike: Price;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** Options expire at 08:00 UTC. */
const expiryHour = 8;

/** @returns the terms that a name says, or undefined where it is no instrument's name */
export function parseInstrumentName(name: string): InstrumentTerms | undefined {
  const perpetual = /^([A-Z][A-Z0-9]{0,7})-PERPETUAL$/.exec(name);
  if (perpetual) {
    return { symbol: perpetual[1]!, kind: InstrumentKind.perpetual, expiry: seconds(0), strike: price(0) };
  }
  const option = /^([A-Z][A-Z0-9]{0,7})-(\d{1,2})([A-Z]{3})(\d{2})-(\d{1,9}(?:\.\d{1,8})?)-([CP])$/.exec(name);
  if (!option) return undefined;
  const expiry = parseExpiryDate(option[2]! + option[3]! + option[4]!);
  const strike = parseDecimal(option[5]!, priceDecimals);
  if (expiry === undefined || strike === undefined || strike === 0n || strike >= 2n ** 53n) return undefined;
  return {
    symbol: option[1]!,
    kind: option[6] === "C" ? InstrumentKind.call : InstrumentKind.put,
    expiry,
    strike: price(Number(strike)),
  };
}

/** Reads `27DEC24` as 08:00 UTC of that day. @returns undefined for a day that does not exist */
export function parseExpiryDate(text: string): Seconds | undefined {
  const match = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(text);
  const month = match ? months.indexOf(match[2]!) : -1;
  if (!match || month < 0) return undefined;
  const date = new Date(Date.UTC(2000 + Number(match[3]), month, Number(match[1]), expiryHour));
  if (date.getUTCDate() !== Number(match[1])) return undefined;
  return seconds(date.getTime() / 1000);
}

/** Writes 08:00 UTC of a day as `27DEC24`. */
export function formatExpiryDate(expiry: Seconds): string {
  const date = new Date(expiry * 1000);
  return `${date.getUTCDate()}${months[date.getUTCMonth()]}${String(date.getUTCFullYear() % 100).padStart(2, "0")}`;
}

export function formatInstrumentName(terms: InstrumentTerms): string {
  if (terms.kind === InstrumentKind.perpetual) return `${terms.symbol}-PERPETUAL`;
  const strike = formatDecimal(terms.strike, priceDecimals);
  return `${terms.symbol}-${formatExpiryDate(terms.expiry)}-${strike}-${terms.kind === InstrumentKind.call ? "C" : "P"}`;
}
