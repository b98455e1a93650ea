import {
  accountNumber,
  bytesEqual,
  type Cash,
  ChunkKind,
  cash,
  compactSignature,
  domainSeparator,
  encodeDeposit,
  encodeTransaction,
  fromHex,
  type InboxMessage,
  InstrumentKind,
  instrumentNumber,
  keccak256,
  lots,
  MessageKind,
  type Price,
  parseInstrumentName,
  price,
  priceRank,
  quantity,
  type SignedTransaction,
  type StepContext,
  type Surface,
  seconds,
  type Transaction,
  TransactionKind,
  transactionDigest,
  underlyingNumber,
} from "@recourse/protocol";
import secp256k1 from "secp256k1/bindings.js";

/** A key pair made from a number, the same each time. */
export interface Signer {
  readonly privateKey: Uint8Array;
  readonly address: Uint8Array;
}

export function signer(seed: number): Signer {
  const privateKey = keccak256(new TextEncoder().encode(`signer ${seed}`));
  const publicKey = secp256k1.publicKeyCreate(privateKey, false);
  return { privateKey, address: keccak256(publicKey.subarray(1)).slice(12) };
}

export function sign({ privateKey }: Signer, digest: Uint8Array): Uint8Array {
  const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
  const full = new Uint8Array(65);
  full.set(signature);
  full[64] = 27 + recid;
  return compactSignature(full);
}

export const chainId = 31337;
export const rollupAddress = fromHex("0x00000000000000000000000000000000000000aa");
export const separator = domainSeparator(chainId, rollupAddress);

export const lister = signer(1_000_001);
export const oracles = [signer(1_000_011), signer(1_000_012), signer(1_000_013)] as const;

export const genesisParameters = {
  lister: lister.address,
  oracles: oracles.map(({ address }) => address),
  oracleThreshold: 2,
  maxReportAgeSeconds: 60,
  maxMarkAgeSeconds: 3_600,
};

export const noSignature = new Uint8Array(64);

export function context(changes: Partial<StepContext> = {}): StepContext {
  return { era: 0, eraStart: 0, term: 1, batchTime: 0xffff_ffff, domainSeparator: separator, ...changes };
}

/** A transaction's bytes, signed by a key. */
export function signed(transaction: SignedTransaction, key: Signer, domain: Uint8Array = separator): Uint8Array {
  const signature = sign(key, transactionDigest(domain, transaction));
  return encodeTransaction({ ...transaction, signature } as Transaction);
}

/** Who sends a transaction of an account. */
export interface AdmissionFields {
  account: number;
  key: Signer;
  deadline: number;
  nonce: number;
  signer?: number;
  domain?: Uint8Array;
}

function admission({ account, signer = 0, deadline, nonce }: AdmissionFields) {
  return { account: accountNumber(account), signer, deadline: seconds(deadline), nonce, signature: noSignature };
}

export interface OrderFields extends AdmissionFields {
  instrument: number;
  side: number;
  rank: number;
  lots: number;
  clientOrderId?: number;
  timeInForce?: number;
  restMinutes?: number;
  options?: number;
}

function orderTerms(fields: OrderFields) {
  return {
    instrument: instrumentNumber(fields.instrument),
    side: fields.side,
    timeInForce: fields.timeInForce ?? 0,
    options: fields.options ?? 0,
    priceRank: priceRank(fields.rank),
    lots: lots(fields.lots),
    restMinutes: fields.restMinutes ?? 0,
    clientOrderId: fields.clientOrderId ?? fields.nonce,
  };
}

export function signedOrder(fields: OrderFields): Uint8Array {
  const transaction = { kind: TransactionKind.order, ...admission(fields), ...orderTerms(fields) };
  return signed(transaction, fields.key, fields.domain);
}

export function signedReplace(fields: OrderFields & { replaced: number }): Uint8Array {
  const replacedClientOrderId = fields.replaced;
  const transaction = {
    kind: TransactionKind.replace,
    ...admission(fields),
    ...orderTerms(fields),
    replacedClientOrderId,
  };
  return signed(transaction, fields.key, fields.domain);
}

/** An order that is executed only once the mark is at its trigger price, or above it; below it with direction 1. */
export function signedConditional(
  fields: OrderFields & { era?: number; triggerPrice: number; triggerDirection?: number },
): Uint8Array {
  const transaction = {
    kind: TransactionKind.conditional,
    ...admission(fields),
    ...orderTerms(fields),
    era: fields.era ?? 0,
    triggerPrice: price(fields.triggerPrice),
    triggerDirection: fields.triggerDirection ?? 0,
  };
  return signed(transaction, fields.key, fields.domain);
}

export function signedRevoke(fields: AdmissionFields & { revokedDeadline: number; revokedNonce: number }): Uint8Array {
  const { revokedDeadline, revokedNonce, key, domain } = fields;
  const transaction = {
    kind: TransactionKind.revoke,
    ...admission(fields),
    revokedDeadline: seconds(revokedDeadline),
    revokedNonce,
  };
  return signed(transaction, key, domain);
}

export function signedCancel(fields: AdmissionFields & { clientOrderId: number }): Uint8Array {
  const { clientOrderId, key, domain } = fields;
  return signed({ kind: TransactionKind.cancel, ...admission(fields), clientOrderId }, key, domain);
}

/** Cancels all orders, or those of one instrument. */
export function signedCancelAll(fields: AdmissionFields & { instrument?: number }): Uint8Array {
  const instrument = instrumentNumber(fields.instrument ?? 0);
  const transaction = { kind: TransactionKind.cancelAll, ...admission(fields), instrument };
  return signed(transaction, fields.key, fields.domain);
}

/** Registers a session key, or revokes it where no address is given. */
export function signedSession(
  fields: AdmissionFields & { number: number; address?: Uint8Array; scope?: number; expiry?: number },
): Uint8Array {
  const { number, address = new Uint8Array(20), scope = 0, expiry = 0, key, domain } = fields;
  const transaction = {
    kind: TransactionKind.session,
    ...admission(fields),
    number,
    key: address,
    scope,
    expiry: seconds(expiry),
  };
  return signed(transaction, key, domain);
}

export function signedWithdraw(fields: AdmissionFields & { amount: number; recipient: Uint8Array }): Uint8Array {
  return signed(
    {
      kind: TransactionKind.withdraw,
      ...admission(fields),
      amount: cash(fields.amount),
      recipient: fields.recipient,
    },
    fields.key,
    fields.domain,
  );
}

export function tickBytes(time: number): Uint8Array {
  return encodeTransaction({ kind: TransactionKind.tick, time: seconds(time) });
}

export function markBytes(instrument: number): Uint8Array {
  return encodeTransaction({ kind: TransactionKind.mark, instrument: instrumentNumber(instrument) });
}

export function signedUnderlying(fields: {
  underlying: number;
  symbol: string;
  deadline: number;
  key?: Signer;
  grid?: number;
  domain?: Uint8Array;
}): Uint8Array {
  const symbol = new Uint8Array(8);
  symbol.set(new TextEncoder().encode(fields.symbol));
  return signed(
    {
      kind: TransactionKind.listUnderlying,
      underlying: underlyingNumber(fields.underlying),
      symbol,
      grid: fields.grid ?? 1,
      deadline: seconds(fields.deadline),
      signature: noSignature,
    },
    fields.key ?? lister,
    fields.domain,
  );
}

export function signedListing(fields: {
  underlying: number;
  name: string;
  deadline: number;
  tick?: number;
  lot?: number;
  minimumNotional?: number;
  takerFeeRate?: number;
  makerFeeRate?: number;
  key?: Signer;
  domain?: Uint8Array;
}): Uint8Array {
  const terms = parseInstrumentName(fields.name)!;
  return signed(
    {
      kind: TransactionKind.listInstrument,
      instrumentKind: terms.kind,
      underlying: underlyingNumber(fields.underlying),
      expiry: terms.expiry,
      strike: terms.strike,
      tick: price(fields.tick ?? 1_000_000),
      lot: quantity(fields.lot ?? 1_000_000),
      minimumNotional: cash(fields.minimumNotional ?? 1_000_000),
      takerFeeRate: fields.takerFeeRate ?? 300,
      makerFeeRate: fields.makerFeeRate ?? 100,
      deadline: seconds(fields.deadline),
      signature: noSignature,
    },
    fields.key ?? lister,
    fields.domain,
  );
}

/** A surface of the same volatility at every strike: a = iv² τ in 1e-15. */
export function flatSurface(expiry: number, forward: Price, volatilityPercent: number, reportTime: number): Surface {
  const yearSeconds = 31_536_000n;
  const a = (BigInt(volatilityPercent) ** 2n * BigInt(expiry - reportTime) * 10n ** 11n) / yearSeconds;
  return { expiry: seconds(expiry), forward, a, b: 0n, rho: 0n, m: 0n, sigma: 0n };
}

export function signedReport(fields: {
  underlying: number;
  time: number;
  index: number;
  surfaces?: readonly Surface[];
  signers?: number;
  keys?: readonly Signer[];
  domain?: Uint8Array;
}): Uint8Array {
  const signers = fields.signers ?? 0b011;
  const keys = fields.keys ?? oracles.filter((_, place) => (signers >> place) & 1);
  const transaction = {
    kind: TransactionKind.report,
    underlying: underlyingNumber(fields.underlying),
    time: seconds(fields.time),
    index: price(fields.index),
    surfaces: fields.surfaces ?? [],
    signers,
    signatures: [],
  };
  const digest = transactionDigest(fields.domain ?? separator, transaction);
  return encodeTransaction({ ...transaction, signatures: keys.map((key) => sign(key, digest)) });
}

export function depositMessage(account: number, owner: Uint8Array, amount: number, time = 1): InboxMessage {
  return {
    kind: MessageKind.deposit,
    sender: owner,
    time: seconds(time),
    body: encodeDeposit({ account: accountNumber(account), owner, amount: amount as Cash }),
  };
}

export { bytesEqual, ChunkKind, InstrumentKind };
