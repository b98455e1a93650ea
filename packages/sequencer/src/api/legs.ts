import type { ListedInstrument } from "@recourse/engine";
import { type Leg, lots, priceRank, RecourseError, Side } from "@recourse/protocol";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import { unknownInstrument } from "./orders.ts";
import { decimal, instrumentReference, oneOf } from "./schemas.ts";
import { lotsOfSize, rankOfPrice } from "./units.ts";

/** What is bought or sold of an instrument, and at which price. */
export const legFields = {
  instrument: instrumentReference,
  side: oneOf(["buy", "sell"]),
  price: decimal,
  size: decimal,
};

export const legSchema = z.strictObject(legFields);

/** A leg in the protocol's units, or why there is none. */
export function legOf(
  leg: z.output<typeof legSchema>,
  path: string,
  instruments: InstrumentDirectory,
): Leg | RecourseError {
  const listed = instruments.find(leg.instrument);
  if (listed === undefined) return unknownInstrument(`${path}instrument`);
  return refusalOr(() => ({
    instrument: listed.instrument,
    side: leg.side === "buy" ? Side.buy : Side.sell,
    ...termsOf(leg, path, listed),
  }));
}

/** Price and size in the protocol's units. @throws RecourseError `InvalidPrice` or `InvalidSize` */
export function termsOf(
  terms: { readonly price: string; readonly size: string },
  path: string,
  listed: ListedInstrument,
) {
  return {
    priceRank: priceRank(rankOfPrice(terms.price, `${path}price`, listed)),
    lots: lots(lotsOfSize(terms.size, `${path}size`, listed)),
  };
}

/** What is made, or the error of ours with which that failed. */
export function refusalOr<Made>(make: () => Made): Made | RecourseError {
  try {
    return make();
  } catch (error) {
    if (error instanceof RecourseError) return error;
    throw error;
  }
}

export const sideName = (side: number): "buy" | "sell" => (side === Side.buy ? "buy" : "sell");
