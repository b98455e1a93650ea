import { instrumentNumber, type Leg, Side } from "@recourse/protocol";
import { type InstrumentUnits, lotsOf, rankOf } from "./orderMessage.ts";

/** What is bought or sold of an instrument, and at which price. */
export interface LegTerms {
  readonly instrument: InstrumentUnits;
  readonly side: "buy" | "sell";
  /** A multiple of the instrument's tick. */
  readonly price: string;
  /** A multiple of the instrument's lot. */
  readonly size: string;
}

/**
 * A leg in the units that are signed.
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export function legMessage({ instrument, side, price, size }: LegTerms): Leg {
  return {
    instrument: instrumentNumber(instrument.instrument),
    side: side === "buy" ? Side.buy : Side.sell,
    priceRank: rankOf(instrument, price),
    lots: lotsOf(instrument, size),
  };
}
