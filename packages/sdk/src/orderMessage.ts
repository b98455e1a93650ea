import {
  type Lots,
  lots,
  orderOptions,
  type PriceRank,
  parseDecimal,
  priceDecimals,
  priceRank,
  quantityDecimals,
  Side,
  timeInForceByWord,
} from "@recourse/protocol";
import { countOf } from "./decimals.ts";
import type { InstrumentResponse, OrderRequest } from "./wire.ts";

export type UnsignedOrder = Omit<OrderRequest, "signature" | "instrument">;

/** What of an instrument an order's units follow from; it never changes. */
export type InstrumentUnits = Pick<InstrumentResponse, "instrument" | "tick" | "lot">;

/**
 * An order in the units that are signed.
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export function orderMessage(instrument: InstrumentUnits, order: UnsignedOrder) {
  return {
    account: order.account,
    signer: order.signer ?? 0,
    deadline: order.deadline,
    nonce: order.nonce,
    instrument: instrument.instrument,
    side: order.side === "buy" ? Side.buy : Side.sell,
    timeInForce: timeInForceByWord[order.timeInForce ?? "good_til_cancelled"],
    options: orderOptions(order),
    priceRank: rankOf(instrument, order.price),
    lots: lotsOf(instrument, order.size),
    restMinutes: order.restMinutes ?? 0,
    clientOrderId: order.clientOrderId,
  };
}

/** A price in ticks. @throws RecourseError `InvalidDecimal` where it is no multiple of the tick */
export function rankOf({ tick }: InstrumentUnits, price: string): PriceRank {
  return priceRank(Number(countOf("price", price, priceDecimals, parseDecimal(tick, priceDecimals)!)));
}

/** A size in lots. @throws RecourseError `InvalidDecimal` where it is no multiple of the lot */
export function lotsOf({ lot }: InstrumentUnits, size: string): Lots {
  return lots(Number(countOf("size", size, quantityDecimals, parseDecimal(lot, quantityDecimals)!)));
}
