import type { InstrumentRecord, ListedInstrument } from "@recourse/engine";
import {
  cashDecimals,
  formatDecimal,
  nanoUsdDecimals,
  parseDecimal,
  priceDecimals,
  quantityDecimals,
  RecourseError,
} from "@recourse/protocol";

/** Conversions between the API's decimals and the protocol's integers. */

export const formatCash = (cash: number): string => formatDecimal(cash, cashDecimals);
export const formatNanoUsd = (value: bigint): string => formatDecimal(value, nanoUsdDecimals);
export const formatPrice = (price: number): string => formatDecimal(price, priceDecimals);
/** Of a difference of prices: a premium, or what is paid for one unit of the underlying. */
export const formatSignedPrice = (difference: bigint): string => formatDecimal(difference, priceDecimals);
export const formatQuantity = (quantity: number): string => formatDecimal(quantity, quantityDecimals);

/** Fee rates are in 1e-6 of the traded value. */
export const formatRate = (rate: number): string => formatDecimal(rate, 6);

export function formatRank(rank: number, { tick }: InstrumentRecord): string {
  return formatDecimal(BigInt(rank) * BigInt(tick), priceDecimals);
}

export function formatLots(lots: number, { lot }: InstrumentRecord): string {
  return formatDecimal(BigInt(lots) * BigInt(lot), quantityDecimals);
}

/** A value in nano-USD for one lot as USD for one unit of the underlying, rounded down. */
export function formatMarkPrice(mark: bigint, { lot }: InstrumentRecord): string {
  return formatDecimal((mark * 10n ** 7n) / BigInt(lot), priceDecimals);
}

/** A delta in 1e-12 of the underlying for one lot as that of one unit. */
export function formatDelta(delta: bigint, { lot }: InstrumentRecord): string {
  return formatDecimal((delta * 10n ** 4n) / BigInt(lot), 8);
}

/** @throws RecourseError `InvalidPrice` where the price is no multiple of the tick, or too many of them */
export function rankOfPrice(price: string, field: string, { name, record }: ListedInstrument): number {
  const units = parseDecimal(price, priceDecimals);
  const tick = BigInt(record.tick);
  if (units === undefined || units <= 0n || units % tick !== 0n || units / tick >= 2n ** 40n) {
    const expected = `a positive multiple of ${name}'s tick ${formatPrice(record.tick)}, below ${2 ** 40} ticks`;
    throw new RecourseError("InvalidPrice", `${price} is not ${expected}.`, [{ field, expected }]);
  }
  return Number(units / tick);
}

/** @throws RecourseError `InvalidSize` where the size is no multiple of the lot, or too many of them */
export function lotsOfSize(size: string, field: string, { name, record }: ListedInstrument): number {
  const units = parseDecimal(size, quantityDecimals);
  const lot = BigInt(record.lot);
  if (units === undefined || units <= 0n || units % lot !== 0n || units / lot >= 2n ** 32n) {
    const expected = `a positive multiple of ${name}'s lot ${formatQuantity(record.lot)}, below ${2 ** 32} lots`;
    throw new RecourseError("InvalidSize", `${size} is not ${expected}.`, [{ field, expected }]);
  }
  return Number(units / lot);
}
