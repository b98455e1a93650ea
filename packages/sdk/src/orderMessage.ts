import {
  orderOptions,
  parseDecimal,
  priceDecimals,
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
  const tick = parseDecimal(instrument.tick, priceDecimals)!;
  const lot = parseDecimal(instrument.lot, quantityDecimals)!;
  return {
    account: order.account,
    signer: order.signer ?? 0,
    deadline: order.deadline,
    nonce: order.nonce,
    instrument: instrument.instrument,
    side: order.side === "buy" ? Side.buy : Side.sell,
    timeInForce: timeInForceByWord[order.timeInForce ?? "good_til_cancelled"],
    options: orderOptions(order),
    priceRank: Number(countOf("price", order.price, priceDecimals, tick)),
    lots: Number(countOf("size", order.size, quantityDecimals, lot)),
    restMinutes: order.restMinutes ?? 0,
    clientOrderId: order.clientOrderId,
  };
}
