import {
  accountNumber,
  compactSignature,
  encodeTransaction,
  fromHex,
  instrumentNumber,
  keccak256,
  lots,
  parseDecimal,
  priceDecimals,
  priceRank,
  quantityDecimals,
  SIGNATURE_BYTES,
  Side,
  seconds,
  TimeInForce,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { countOf } from "./decimals.ts";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { Hex, InstrumentResponse, OrderRequest } from "./wire.ts";

export type UnsignedOrder = Omit<OrderRequest, "signature" | "instrument">;

/** What of an instrument an order's units follow from; it never changes. */
type InstrumentUnits = Pick<InstrumentResponse, "instrument" | "tick" | "lot">;

/**
 * Signs an order for an instrument.
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export async function signOrder(
  account: LocalAccount,
  domain: SigningDomain,
  instrument: InstrumentUnits,
  order: UnsignedOrder,
): Promise<OrderRequest> {
  const signature = await signMessage(account, domain, "Order", orderMessage(instrument, order));
  return { ...order, instrument: instrument.instrument, signature };
}

/**
 * Computes the hash under which a signed order stands in the stream, for comparison with what the sequencer
 * acknowledges.
 * @throws RecourseError `InvalidDecimal` as {@link signOrder} does
 */
export function hashOrder(instrument: InstrumentUnits, order: OrderRequest): Hex {
  const message = orderMessage(instrument, order);
  const signature = fromHex(order.signature);
  const bytes = encodeTransaction({
    kind: TransactionKind.order,
    ...message,
    account: accountNumber(message.account),
    deadline: seconds(message.deadline),
    instrument: instrumentNumber(message.instrument),
    priceRank: priceRank(message.priceRank),
    lots: lots(message.lots),
    signature: signature.length === SIGNATURE_BYTES ? signature : compactSignature(signature),
  });
  return toHex(keccak256(bytes));
}

/** An order in the units that are signed. */
function orderMessage(instrument: InstrumentUnits, order: UnsignedOrder) {
  const tick = parseDecimal(instrument.tick, priceDecimals)!;
  const lot = parseDecimal(instrument.lot, quantityDecimals)!;
  return {
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
  };
}
