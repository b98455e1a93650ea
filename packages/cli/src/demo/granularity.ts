import {
  type Cash,
  cash,
  cashDecimals,
  type Price,
  price,
  type Quantity,
  quantity,
  RecourseError,
} from "@recourse/protocol";
import type { TapeRow } from "../tape/tape.ts";

/** The step of prices and the step of sizes in which an instrument is traded. */
export interface Granularity {
  readonly tick: Price;
  readonly lot: Quantity;
}

/** 0.01, in 1e-8. */
const coarsestTick = 10 ** 6;
const usualLot = 10 ** 6;
/** Tick × lot must be a whole number of cash units: 1e-16 USD to 1e-6 USD. */
const leastTickTimesLot = 10 ** 10;
/** Bounds of an order's fields. */
const maxPriceRank = 2 ** 40 - 1;
const maxLots = 2 ** 32 - 1;

/** The largest power of ten that divides a positive integer, up to a bound that is one itself. */
function powerOfTenWithin(value: number, bound: number): number {
  let power = 1;
  while (power < bound && value % (power * 10) === 0) power *= 10;
  return power;
}

/**
 * Chooses tick and lot of an instrument: powers of ten, 0.01 where that is fine enough for every price and size. A lot
 * is coarser where ticks are so fine that the value of one lot at one tick would be no whole number of cash units;
 * sizes are rounded to lots then, never prices.
 * @param rows the tape's trades of one instrument
 * @throws RecourseError `UnrepresentableTape` where a price has too many digits for any tick
 */
export function chooseGranularity(rows: readonly TapeRow[]): Granularity {
  let tick = coarsestTick;
  let lot = usualLot;
  let largestSize = 0;
  for (const row of rows) {
    tick = Math.min(tick, powerOfTenWithin(row.price, coarsestTick));
    lot = Math.min(lot, powerOfTenWithin(row.size, usualLot));
    largestSize = Math.max(largestSize, row.size);
  }
  for (const row of rows) {
    if (row.price / tick <= maxPriceRank) continue;
    throw new RecourseError("UnrepresentableTape", `Prices of ${row.instrument} have too many digits for one tick.`, [
      {
        field: `rows.${row.number}.price`,
        expected: `at most ${maxPriceRank} times the finest step of the tape's prices`,
      },
    ]);
  }
  while (tick * lot < leastTickTimesLot || largestSize / lot > maxLots) lot *= 10;
  return { tick: price(tick), lot: quantity(lot) };
}

/** A size in lots, rounded down, but at least one. */
export function sizeInLots(size: Quantity, lot: Quantity): number {
  return Math.max(1, Math.floor(size / lot));
}

/** The least value of an order where the tape has nothing smaller: 1 USD. */
const usualMinimumNotional = 10 ** cashDecimals;

/** Chooses the minimum notional: 1 USD, or the greatest power of ten below it that all rows of a tape reach. */
export function chooseMinimumNotional(rows: readonly TapeRow[], lotOf: (row: TapeRow) => Quantity): Cash {
  let minimum = usualMinimumNotional;
  for (const row of rows) {
    const lot = lotOf(row);
    // Size and index are in 1e-8, cash is in 1e-6. A double is close enough: the bound is halved by ten at a time.
    const notional = (sizeInLots(row.size, lot) * lot * row.index) / 10 ** 10;
    while (minimum > 1 && minimum > notional) minimum /= 10;
  }
  return cash(minimum);
}
