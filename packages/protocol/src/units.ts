/**
 * Units of the protocol. Money, prices and sizes are integers of distinct, branded types, so that the compiler refuses
 * to add a price to a size. A branded `number` holds an integer below 2^53 in magnitude, with the bound stated here;
 * whatever can be larger is a `bigint`.
 */

declare const unit: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [unit]: Name };

/** A price in 1e-8 USD for one whole unit of the underlying; 0 < price < 2^53 (about 90 million USD). */
export type Price = Branded<number, "Price">;
/** A price counted in ticks of its instrument, as it stands in an order and in the book's key; 0 < rank < 2^40. */
export type PriceRank = Branded<number, "PriceRank">;
/** A size counted in lots of its instrument; an order's is below 2^32, a position's below 2^40 in magnitude. */
export type Lots = Branded<number, "Lots">;
/** A quantity of the underlying in 1e-8 units; a lot and a tick are stated in such integers; below 2^40. */
export type Quantity = Branded<number, "Quantity">;
/** Settled money in 1e-6 USD, the collateral token's own decimals; below 2^53 in magnitude. */
export type Cash = Branded<number, "Cash">;
/** A valuation in 1e-9 USD: marks and losses per lot, equity and margin. */
export type NanoUsd = Branded<bigint, "NanoUsd">;
/** Seconds since 1970, UTC; 0 ≤ seconds < 2^32. The engine's only clock. */
export type Seconds = Branded<number, "Seconds">;
/** An account's number, given out by the inbox on L1; 32 bits. */
export type AccountNumber = Branded<number, "AccountNumber">;
/** An instrument's number, given out by its listing; 24 bits. */
export type InstrumentNumber = Branded<number, "InstrumentNumber">;
/** An underlying's number; 16 bits. */
export type UnderlyingNumber = Branded<number, "UnderlyingNumber">;

export const priceDecimals = 8;
export const quantityDecimals = 8;
export const cashDecimals = 6;
export const nanoUsdDecimals = 9;
/** Decimals of a surface's parameters (a, b, rho, m, sigma). */
export const surfaceDecimals = 15;

/** 1e-9 USD in one unit of cash. */
export const nanoUsdPerCash = 1000n;
/** price × quantity is in 1e-16 USD; divided by this it is cash. */
export const priceQuantityPerCash = 10n ** 10n;
/** price × quantity is in 1e-16 USD; divided by this it is 1e-9 USD. */
export const priceQuantityPerNanoUsd = 10n ** 7n;

export const price = (value: number): Price => value as Price;
export const priceRank = (value: number): PriceRank => value as PriceRank;
export const lots = (value: number): Lots => value as Lots;
export const quantity = (value: number): Quantity => value as Quantity;
export const cash = (value: number): Cash => value as Cash;
export const nanoUsd = (value: bigint): NanoUsd => value as NanoUsd;
export const seconds = (value: number): Seconds => value as Seconds;
export const accountNumber = (value: number): AccountNumber => value as AccountNumber;
export const instrumentNumber = (value: number): InstrumentNumber => value as InstrumentNumber;
export const underlyingNumber = (value: number): UnderlyingNumber => value as UnderlyingNumber;

/**
 * Reads a decimal string as an integer count of 10^-decimals.
 * @returns the count, or undefined where the text is no plain decimal or has more decimals than the unit
 */
export function parseDecimal(text: string, decimals: number): bigint | undefined {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text);
  if (!match) return undefined;
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return undefined;
  const magnitude = BigInt(match[2]! + fraction.padEnd(decimals, "0"));
  return match[1] === "-" ? -magnitude : magnitude;
}

/** Writes a count of 10^-decimals as a decimal string, exactly, without trailing zeros after the point. */
export function formatDecimal(value: bigint | number, decimals: number): string {
  const count = BigInt(value);
  const digits = (count < 0n ? -count : count).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${count < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
