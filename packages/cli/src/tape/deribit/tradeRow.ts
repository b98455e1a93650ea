import {
  formatDecimal,
  InstrumentKind,
  MAX_PRICE,
  parseDecimal,
  priceDecimals,
  quantityDecimals,
} from "@recourse/protocol";
import { type Decimal, divideToCount, multiply, parseNumber, roundTo, toCount } from "../decimal.ts";
import { maxTimeMs, maxVolatility, minTimeMs } from "../tape.ts";
import { impliedForward } from "./forward.ts";
import { readInstrument, type TradableInstrument } from "./instrument.ts";
import type { SkipReason, TradeField } from "./skips.ts";

/** A trade as the exchange prints it: text, numbers as they are written. Anything else is no number and no name. */
export type ExportedTrade = Readonly<Partial<Record<TradeField, unknown>>>;

/** A trade as a tape has it. */
export interface ImportedTrade {
  readonly timeMs: number;
  readonly identity: TradeIdentity;
  readonly instrument: string;
  /** The row of the tape. */
  readonly row: string;
}

/** What a trade is known by: the exchange numbers its trades in several series, `48077291`, `ETH-15`, `ETH_USDC-16`. */
export interface TradeIdentity {
  readonly series: string;
  readonly number: number;
}

/** The number of an id that has none. */
const withoutNumber = -1;

/** Writes an identity as the exchange does. */
export function formatIdentity({ series, number }: TradeIdentity): string {
  return number === withoutNumber ? series : `${series}${number}`;
}

/** What a person may choose to have in the tape. */
export interface TradeChoices {
  readonly withBlockTrades: boolean;
  readonly withComboLegs: boolean;
}

const yearMs = 31_536_000_000;
/** Percent are hundredths. */
const percentScale = 2;
const volatilityDecimals = 8;

/**
 * Turns an exported trade into a tape's row. Prices in USD: an inverse option's, which is in the coin, is multiplied by
 * the forward. Sizes in the coin: an inverse perpetual's, which is in USD, is divided by the price.
 * @returns the row, or why there is none
 */
export function importTrade(trade: ExportedTrade, choices: TradeChoices): ImportedTrade | SkipReason {
  try {
    return new TradeReader(trade).read(choices);
  } catch (skip) {
    if (skip instanceof Skip) return skip.reason;
    throw skip;
  }
}

/** The end of reading a trade. It has no stack: many trades may be skipped. */
class Skip {
  readonly reason: SkipReason;

  constructor(reason: SkipReason) {
    this.reason = reason;
  }
}

class TradeReader {
  readonly #trade: ExportedTrade;

  constructor(trade: ExportedTrade) {
    this.#trade = trade;
  }

  read({ withBlockTrades, withComboLegs }: TradeChoices): ImportedTrade {
    const instrument = readInstrument(this.#text("instrument_name"));
    if (typeof instrument === "string") throw new Skip(`notTraded.${instrument}`);
    if (!withBlockTrades && this.#has("block_trade_id", "block_rfq_id")) throw new Skip("blockTrade");
    if (!withComboLegs && this.#has("combo_id", "combo_trade_id")) throw new Skip("comboLeg");

    const timeMs = this.#time();
    const printed = this.#number("price");
    const amount = this.#number("amount");
    const side = this.#text("direction");
    if (side !== "buy" && side !== "sell") throw new Skip("malformed.direction");
    const indexCount = this.#priceCount("index_price", toCount(this.#number("index_price"), priceDecimals));

    let priceCount = toCount(printed, priceDecimals);
    let sizeCount = toCount(amount, quantityDecimals);
    let quote = ["", ""];
    if (instrument.terms.kind === InstrumentKind.perpetual) {
      if (instrument.isInverse) sizeCount = divideToCount(amount, printed, quantityDecimals);
    } else {
      const years = (instrument.terms.expiry * 1000 - timeMs) / yearMs;
      if (years <= 0) throw new Skip("expired");
      const decimals = derivedDecimals(indexCount);
      const volatilityCount = this.#volatilityCount();
      const forward = this.#forward(instrument, years, volatilityCount, indexCount, decimals);
      if (instrument.isInverse) priceCount = toCount(roundTo(multiply(printed, forward), decimals), priceDecimals);
      const forwardCount = this.#priceCount("underlying_price", toCount(forward, priceDecimals));
      quote = [atLeast(forwardCount, priceDecimals, 2), atLeast(volatilityCount, volatilityDecimals, 4)];
    }
    this.#priceCount("price", priceCount);
    if (sizeCount === 0n) throw new Skip("zeroSize");
    if (sizeCount > Number.MAX_SAFE_INTEGER) throw new Skip("outOfRange.amount");

    const cells = [
      timeMs,
      instrument.name,
      atLeast(priceCount, priceDecimals, 2),
      atLeast(sizeCount, quantityDecimals, 2),
      side,
      atLeast(indexCount, priceDecimals, 2),
      ...quote,
      "deribit",
    ];
    return { timeMs, identity: this.#identity(), instrument: instrument.name, row: cells.join(",") };
  }

  /** By its id, else by its number among the trades of its instrument. */
  #identity(): TradeIdentity {
    const isNumberedByInstrument = !this.#has("trade_id") && this.#has("trade_seq");
    const id = isNumberedByInstrument
      ? `${this.#text("instrument_name")} ${this.#text("trade_seq")}`
      : this.#text("trade_id");
    const match = /^(.*?)(\d{1,15})$/.exec(id);
    return match ? { series: match[1]!, number: Number(match[2]) } : { series: id, number: withoutNumber };
  }

  #has(...fields: readonly TradeField[]): boolean {
    return fields.some((field) => this.#trade[field] !== undefined && this.#trade[field] !== null);
  }

  #text(field: TradeField): string {
    if (!this.#has(field)) throw new Skip(`missing.${field}`);
    const value = this.#trade[field];
    if (typeof value !== "string") throw new Skip(`malformed.${field}`);
    return value;
  }

  /** A number above 0. */
  #number(field: TradeField): Decimal {
    const value = parseNumber(this.#text(field));
    if (!value) throw new Skip(`malformed.${field}`);
    if (value.digits <= 0n) throw new Skip(`outOfRange.${field}`);
    return value;
  }

  #priceCount(field: TradeField, count: bigint): bigint {
    if (count <= 0n || count >= MAX_PRICE) throw new Skip(`outOfRange.${field}`);
    return count;
  }

  #time(): number {
    // Tables that went through other programs may say 1583971200500.0.
    const value = parseNumber(this.#text("timestamp"));
    const timeMs = value ? Number(toCount(value, 0)) : Number.NaN;
    if (!(timeMs >= minTimeMs && timeMs <= maxTimeMs)) throw new Skip("malformed.timestamp");
    return timeMs;
  }

  /** From percent to a fraction a year. */
  #volatilityCount(): bigint {
    const { digits, scale } = this.#number("iv");
    const count = toCount({ digits, scale: scale + percentScale }, volatilityDecimals);
    if (count === 0n || count > maxVolatility * 10 ** volatilityDecimals) throw new Skip("outOfRange.iv");
    return count;
  }

  /** The forward that the export names (exports of one's own trades do), else the one that explains the price. */
  #forward(
    { terms, isInverse }: TradableInstrument,
    years: number,
    volatilityCount: bigint,
    indexCount: bigint,
    decimals: number,
  ): Decimal {
    if (this.#has("underlying_price")) return this.#number("underlying_price");
    const forward = impliedForward({
      isCall: terms.kind === InstrumentKind.call,
      strike: terms.strike / 10 ** priceDecimals,
      years,
      volatility: Number(volatilityCount) / 10 ** volatilityDecimals,
      price: Number(this.#text("price")),
      isInverse,
      index: Number(indexCount) / 10 ** priceDecimals,
    });
    if (forward === undefined) throw new Skip("noForward");
    return { digits: parseDecimal(forward.toFixed(decimals), decimals)!, scale: decimals };
  }
}

/**
 * Decimals of what is computed and not printed: cents where the underlying costs 100 USD or more, and two more for each
 * hundredth of that, so that rounding never moves it by more than 1 / 20,000 of the underlying.
 */
function derivedDecimals(indexCount: bigint): number {
  if (indexCount >= 10n ** 10n) return 2;
  if (indexCount >= 10n ** 8n) return 4;
  return indexCount >= 10n ** 6n ? 6 : priceDecimals;
}

/** Writes a count of 10^-decimals with at least some digits after the point, as a tape has them. */
function atLeast(count: bigint, decimals: number, least: number): string {
  const [whole, fraction = ""] = formatDecimal(count, decimals).split(".");
  return `${whole}.${fraction.padEnd(least, "0")}`;
}
