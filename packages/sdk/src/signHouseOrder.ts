import { type HouseOrder, TransactionKind } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import type { SigningDomain } from "./domain.ts";
import { type LegTerms, legMessage } from "./legMessage.ts";
import { admissionMessage, signedBytes, type UnsignedAdmission } from "./signedBytes.ts";
import type { Hex } from "./wire.ts";

/**
 * Signs an order for what the house has taken over; its price is the worst that is accepted.
 * @returns its canonical bytes, to be sent to POST /v1/transactions
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export async function signHouseOrder(
  account: LocalAccount,
  domain: SigningDomain,
  order: UnsignedAdmission & LegTerms,
): Promise<Hex> {
  return signedBytes<HouseOrder>(account, domain, "HouseOrder", {
    kind: TransactionKind.houseOrder,
    ...admissionMessage(order),
    ...legMessage(order),
  });
}
