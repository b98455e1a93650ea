import { accountNumber, encodeTransaction, TransactionKind, toHex } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { type SigningDomain, signMessage } from "./domain.ts";
import { type LegTerms, legMessage } from "./legMessage.ts";
import { admissionMessage, type UnsignedAdmission, wireSignature } from "./signedBytes.ts";
import type { Hex } from "./wire.ts";

/** What two accounts have agreed to trade. The admission is the taker's, and the deadline is both parties'. */
export interface BlockTradeTerms extends UnsignedAdmission {
  readonly makerAccount: number;
  /** 0, the default, is the maker's owner. */
  readonly makerSigner?: number;
  readonly makerNonce: number;
  /** One for each instrument, of which there may be 8; in any order. The side is the taker's. */
  readonly legs: readonly LegTerms[];
}

/**
 * Signs a block trade for one of its parties: taker and maker sign the same.
 * @returns the party's signature
 * @throws RecourseError `InvalidDecimal` where a price is no multiple of the tick, or a size none of the lot
 */
export async function signBlockTrade(
  account: LocalAccount,
  domain: SigningDomain,
  terms: BlockTradeTerms,
): Promise<Hex> {
  return signMessage(account, domain, "BlockTrade", blockTradeMessage(terms));
}

/** The canonical bytes of a block trade that both parties have signed, to be sent to POST /v1/transactions. */
export function blockTradeBytes(terms: BlockTradeTerms, takerSignature: Hex, makerSignature: Hex): Hex {
  return toHex(
    encodeTransaction({
      kind: TransactionKind.blockTrade,
      ...blockTradeMessage(terms),
      signature: wireSignature(takerSignature),
      makerSignature: wireSignature(makerSignature),
    }),
  );
}

function blockTradeMessage(terms: BlockTradeTerms) {
  return {
    ...admissionMessage(terms),
    makerAccount: accountNumber(terms.makerAccount),
    makerSigner: terms.makerSigner ?? 0,
    makerNonce: terms.makerNonce,
    legs: terms.legs.map(legMessage).toSorted((left, right) => left.instrument - right.instrument),
  };
}
