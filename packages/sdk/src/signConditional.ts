import {
  accountNumber,
  type Conditional,
  instrumentNumber,
  price,
  priceDecimals,
  seconds,
  TransactionKind,
  type TriggerDirectionWord,
  triggerDirectionByWord,
} from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { countOf } from "./decimals.ts";
import type { SigningDomain } from "./domain.ts";
import { type InstrumentUnits, orderMessage, type UnsignedOrder } from "./orderMessage.ts";
import { signedBytes } from "./signedBytes.ts";
import type { Hex } from "./wire.ts";

/** An order that is executed only once the mark has reached a price. Its deadline may lie thirty days ahead. */
export interface UnsignedConditional extends UnsignedOrder {
  /** The state's era: a revert of batches makes the order void. */
  readonly era: number;
  readonly triggerPrice: string;
  readonly triggerDirection: TriggerDirectionWord;
}

/**
 * Signs a conditional order.
 * @returns its canonical bytes, which whoever holds them sends to POST /v1/transactions when the mark is there
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export async function signConditional(
  account: LocalAccount,
  domain: SigningDomain,
  instrument: InstrumentUnits,
  order: UnsignedConditional,
): Promise<Hex> {
  const message = orderMessage(instrument, order);
  return signedBytes<Conditional>(account, domain, "ConditionalOrder", {
    kind: TransactionKind.conditional,
    ...message,
    account: accountNumber(message.account),
    deadline: seconds(message.deadline),
    instrument: instrumentNumber(message.instrument),
    era: order.era,
    triggerPrice: price(Number(countOf("triggerPrice", order.triggerPrice, priceDecimals))),
    triggerDirection: triggerDirectionByWord[order.triggerDirection],
  });
}
