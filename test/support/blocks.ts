import {
  accountNumber,
  encodeTransaction,
  instrumentNumber,
  lots,
  priceRank,
  seconds,
  TransactionKind,
  transactionDigest,
} from "@recourse/protocol";
import { type AdmissionFields, noSignature, type Signer, separator, sign, signed } from "./world.ts";

/** A leg of a block trade: the side is the taker's. */
export interface LegFields {
  readonly instrument: number;
  readonly side: number;
  readonly rank: number;
  readonly lots: number;
}

export interface BlockFields extends AdmissionFields {
  readonly maker: { readonly account: number; readonly key: Signer; readonly signer?: number; readonly nonce: number };
  readonly legs: readonly LegFields[];
  /** What the maker has signed, where it is not this. */
  readonly makerSignature?: Uint8Array;
}

function blockTrade({ account, signer = 0, deadline, nonce, maker, legs }: BlockFields) {
  return {
    kind: TransactionKind.blockTrade,
    account: accountNumber(account),
    signer,
    deadline: seconds(deadline),
    nonce,
    makerAccount: accountNumber(maker.account),
    makerSigner: maker.signer ?? 0,
    makerNonce: maker.nonce,
    legs: legs.map(({ instrument, side, rank, lots: size }) => ({
      instrument: instrumentNumber(instrument),
      side,
      priceRank: priceRank(rank),
      lots: lots(size),
    })),
    signature: noSignature,
    makerSignature: noSignature,
  };
}

/** What a maker signs of a block trade. */
export function makerSignatureOf(fields: BlockFields): Uint8Array {
  return sign(fields.maker.key, transactionDigest(fields.domain ?? separator, blockTrade(fields)));
}

export function signedBlockTrade(fields: BlockFields): Uint8Array {
  const transaction = blockTrade(fields);
  const signature = sign(fields.key, transactionDigest(fields.domain ?? separator, transaction));
  const makerSignature = fields.makerSignature ?? makerSignatureOf(fields);
  return encodeTransaction({ ...transaction, signature, makerSignature });
}

/** The quote of an instrument; a side that is left out has no lots. */
export interface QuoteFields {
  readonly instrument: number;
  readonly bid?: { readonly rank: number; readonly lots: number };
  readonly ask?: { readonly rank: number; readonly lots: number };
}

export function signedQuotes(
  fields: AdmissionFields & { readonly quotes: readonly QuoteFields[]; readonly restMinutes?: number },
): Uint8Array {
  const { account, signer = 0, deadline, nonce, quotes, restMinutes = 0, key, domain } = fields;
  const none = { rank: 0, lots: 0 };
  const transaction = {
    kind: TransactionKind.quotes,
    account: accountNumber(account),
    signer,
    deadline: seconds(deadline),
    nonce,
    restMinutes,
    quotes: quotes.map(({ instrument, bid = none, ask = none }) => ({
      instrument: instrumentNumber(instrument),
      bidPriceRank: priceRank(bid.rank),
      bidLots: lots(bid.lots),
      askPriceRank: priceRank(ask.rank),
      askLots: lots(ask.lots),
    })),
    signature: noSignature,
  };
  return signed(transaction, key, domain);
}
