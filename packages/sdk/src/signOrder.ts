import {
  accountNumber,
  encodeTransaction,
  instrumentNumber,
  keccak256,
  seconds,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { type SigningDomain, signMessage } from "./domain.ts";
import { type InstrumentUnits, orderMessage, type UnsignedOrder } from "./orderMessage.ts";
import { wireSignature } from "./signedBytes.ts";
import type { Hex, OrderRequest } from "./wire.ts";

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
  const bytes = encodeTransaction({
    kind: TransactionKind.order,
    ...message,
    account: accountNumber(message.account),
    deadline: seconds(message.deadline),
    instrument: instrumentNumber(message.instrument),
    signature: wireSignature(order.signature),
  });
  return toHex(keccak256(bytes));
}
