import type { LocalAccount } from "viem";
import { type SigningDomain, signMessage } from "./domain.ts";
import { type InstrumentUnits, orderMessage, type UnsignedOrder } from "./orderMessage.ts";
import type { ReplaceRequest } from "./wire.ts";

/**
 * Signs the replacement of a resting order by a new one.
 * @throws RecourseError `InvalidDecimal` where the price is no multiple of the tick, or the size none of the lot
 */
export async function signReplace(
  account: LocalAccount,
  domain: SigningDomain,
  instrument: InstrumentUnits,
  replacement: UnsignedOrder & Pick<ReplaceRequest, "replacedClientOrderId">,
): Promise<ReplaceRequest> {
  const { replacedClientOrderId } = replacement;
  const message = { ...orderMessage(instrument, replacement), replacedClientOrderId };
  const signature = await signMessage(account, domain, "Replace", message);
  return { ...replacement, instrument: instrument.instrument, signature };
}
