import { parseDecimal, priceDecimals, quantityDecimals, Side, TimeInForce } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { countOf } from "./decimals.ts";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { InstrumentResponse, OrderRequest } from "./wire.ts";

export type UnsignedOrder = Omit<OrderRequest, "signature" | "instrument">;

/**
 * Signs an order for an instrument.
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export async function signOrder(
  account: LocalAccount,
  domain: SigningDomain,
  instrument: Pick<InstrumentResponse, "instrument" | "tick" | "lot">,
  order: UnsignedOrder,
): Promise<OrderRequest> {
  const tick = parseDecimal(instrument.tick, priceDecimals)!;
  const lot = parseDecimal(instrument.lot, quantityDecimals)!;
  const signature = await signMessage(account, domain, "Order", {
    account: order.account,
    signer: order.signer ?? 0,
    deadline: order.deadline,
    nonce: order.nonce,
    instrument: instrument.instrument,
    side: order.side === "buy" ? Side.buy : Side.sell,
    timeInForce:
      order.timeInForce === "immediate_or_cancel" ? TimeInForce.immediateOrCancel : TimeInForce.goodTilCancelled,
    options: 0,
    priceRank: Number(countOf("price", order.price, priceDecimals, tick)),
    lots: Number(countOf("size", order.size, quantityDecimals, lot)),
    restMinutes: order.restMinutes ?? 0,
    clientOrderId: order.clientOrderId,
  });
  return { ...order, instrument: instrument.instrument, signature };
}
