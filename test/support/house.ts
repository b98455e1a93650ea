import {
  accountNumber,
  encodeTransaction,
  instrumentNumber,
  lots,
  price,
  priceRank,
  seconds,
  TransactionKind,
  transactionDigest,
  underlyingNumber,
} from "@recourse/protocol";
import { type AdmissionFields, noSignature, oracles, type Signer, separator, sign, signed } from "./world.ts";

function admission({ account, signer = 0, deadline, nonce }: AdmissionFields) {
  return { account: accountNumber(account), signer, deadline: seconds(deadline), nonce, signature: noSignature };
}

/** @param provider 0 is the house */
export function liquidateBytes(account: number, provider = 0): Uint8Array {
  const kind = TransactionKind.liquidate;
  return encodeTransaction({ kind, account: accountNumber(account), provider: accountNumber(provider) });
}

export function settleBytes(account: number, instrument: number): Uint8Array {
  const kind = TransactionKind.settle;
  return encodeTransaction({ kind, account: accountNumber(account), instrument: instrumentNumber(instrument) });
}

export function pruneBytes(instrument: number): Uint8Array {
  return encodeTransaction({ kind: TransactionKind.prune, instrument: instrumentNumber(instrument) });
}

export function signedProvider(fields: AdmissionFields & { active?: number }): Uint8Array {
  const transaction = { kind: TransactionKind.provider, ...admission(fields), active: fields.active ?? 1 };
  return signed(transaction, fields.key, fields.domain);
}

export function signedHouseOrder(
  fields: AdmissionFields & { instrument: number; side: number; rank: number; lots: number },
): Uint8Array {
  const transaction = {
    kind: TransactionKind.houseOrder,
    ...admission(fields),
    instrument: instrumentNumber(fields.instrument),
    side: fields.side,
    priceRank: priceRank(fields.rank),
    lots: lots(fields.lots),
  };
  return signed(transaction, fields.key, fields.domain);
}

/** The oracles' settlement price of an expiry, signed by the first two where nothing else is said. */
export function signedSettlement(fields: {
  underlying: number;
  expiry: number;
  price: number;
  signers?: number;
  keys?: readonly Signer[];
}): Uint8Array {
  const signers = fields.signers ?? 0b011;
  const keys = fields.keys ?? oracles.filter((_, place) => (signers >> place) & 1);
  const transaction = {
    kind: TransactionKind.settlement,
    underlying: underlyingNumber(fields.underlying),
    expiry: seconds(fields.expiry),
    price: price(fields.price),
    signers,
    signatures: [],
  };
  const digest = transactionDigest(separator, transaction);
  return encodeTransaction({ ...transaction, signatures: keys.map((key) => sign(key, digest)) });
}
