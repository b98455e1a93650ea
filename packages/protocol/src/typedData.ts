import { ascii, concatBytes } from "./bytes.ts";
import { keccak256 } from "./keccak.ts";
import {
  type Admission,
  type BlockTrade,
  type Cancel,
  type CancelAll,
  type Conditional,
  type HouseOrder,
  type Leg,
  type ListInstrument,
  type ListUnderlying,
  type Order,
  type OrderTerms,
  type Provider,
  type Quotes,
  type Replace,
  type Report,
  type Revoke,
  type Session,
  type Settlement,
  TransactionKind,
  type Withdraw,
} from "./transactions.ts";
import { domainName, domainVersion, type TypeName, typeHash } from "./typedDataTypes.ts";

/**
 * What is signed: EIP-712 typed data. The domain names the L1 chain and the rollup's address, so nothing signed for
 * one deployment means anything to another. `contracts/src/step/TypedData.sol` is the twin.
 */

type Word = number | bigint | Uint8Array;

/** One 32-byte word: numbers right-aligned in two's complement, 20-byte addresses right-aligned, other bytes left-aligned. */
function putWord(target: Uint8Array, offset: number, value: Word): void {
  if (typeof value === "number") {
    let rest = value;
    for (let index = offset + 31; rest > 0; index--) {
      target[index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  } else if (typeof value === "bigint") {
    let rest = BigInt.asUintN(256, value);
    for (let index = offset + 31; rest > 0n; index--) {
      target[index] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  } else {
    target.set(value, value.length === 20 ? offset + 12 : offset);
  }
}

function hashStruct(name: TypeName, words: readonly Word[]): Uint8Array {
  const data = new Uint8Array(32 * (words.length + 1));
  data.set(typeHash(name));
  words.forEach((word, place) => {
    putWord(data, 32 * (place + 1), word);
  });
  return keccak256(data);
}

/** The hash of an array of structs. */
function hashStructs(name: TypeName, elements: readonly (readonly Word[])[]): Uint8Array {
  return keccak256(concatBytes(...elements.map((words) => hashStruct(name, words))));
}

/**
 * The domain separator of one deployment.
 * @param chainId of the L1 chain
 * @param rollup the rollup contract's address, 20 bytes
 */
export function domainSeparator(chainId: number, rollup: Uint8Array): Uint8Array {
  const data = new Uint8Array(160);
  data.set(keccak256(ascii("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")));
  data.set(keccak256(ascii(domainName)), 32);
  data.set(keccak256(ascii(domainVersion)), 64);
  putWord(data, 96, chainId);
  putWord(data, 128, rollup);
  return keccak256(data);
}

function digest(separator: Uint8Array, structHash: Uint8Array): Uint8Array {
  const data = new Uint8Array(66);
  data[0] = 0x19;
  data[1] = 0x01;
  data.set(separator, 2);
  data.set(structHash, 34);
  return keccak256(data);
}

export type SignedTransaction =
  | Order
  | Replace
  | Cancel
  | CancelAll
  | Session
  | Conditional
  | Revoke
  | BlockTrade
  | Quotes
  | Withdraw
  | HouseOrder
  | Provider
  | Report
  | Settlement
  | ListUnderlying
  | ListInstrument;

/** A transaction of an account. */
export type AdmittedTransaction = SignedTransaction & Admission;

/** The 32 bytes that the signer of a transaction signs. Its signatures are not part of them. */
export function transactionDigest(separator: Uint8Array, transaction: SignedTransaction): Uint8Array {
  return digest(separator, transactionStructHash(transaction));
}

function admissionWords({ account, signer, deadline, nonce }: Admission): Word[] {
  return [account, signer, deadline, nonce];
}

function orderWords(order: OrderTerms): Word[] {
  return [
    order.instrument,
    order.side,
    order.timeInForce,
    order.options,
    order.priceRank,
    order.lots,
    order.restMinutes,
    order.clientOrderId,
  ];
}

function legWords({ instrument, side, priceRank, lots }: Leg): Word[] {
  return [instrument, side, priceRank, lots];
}

function transactionStructHash(transaction: SignedTransaction): Uint8Array {
  switch (transaction.kind) {
    case TransactionKind.order:
      return hashStruct("Order", [...admissionWords(transaction), ...orderWords(transaction)]);
    case TransactionKind.replace:
      return hashStruct("Replace", [
        ...admissionWords(transaction),
        ...orderWords(transaction),
        transaction.replacedClientOrderId,
      ]);
    case TransactionKind.cancel:
      return hashStruct("Cancel", [...admissionWords(transaction), transaction.clientOrderId]);
    case TransactionKind.cancelAll:
      return hashStruct("CancelAll", [...admissionWords(transaction), transaction.instrument]);
    case TransactionKind.session:
      return hashStruct("Session", [
        ...admissionWords(transaction),
        transaction.number,
        transaction.key,
        transaction.scope,
        transaction.expiry,
      ]);
    case TransactionKind.conditional:
      return hashStruct("ConditionalOrder", [
        ...admissionWords(transaction),
        ...orderWords(transaction),
        transaction.era,
        transaction.triggerPrice,
        transaction.triggerDirection,
      ]);
    case TransactionKind.revoke:
      return hashStruct("Revoke", [
        ...admissionWords(transaction),
        transaction.revokedDeadline,
        transaction.revokedNonce,
      ]);
    case TransactionKind.blockTrade:
      return hashStruct("BlockTrade", [
        ...admissionWords(transaction),
        transaction.makerAccount,
        transaction.makerSigner,
        transaction.makerNonce,
        hashStructs("Leg", transaction.legs.map(legWords)),
      ]);
    case TransactionKind.quotes:
      return hashStruct("Quotes", [
        ...admissionWords(transaction),
        transaction.restMinutes,
        hashStructs(
          "Quote",
          transaction.quotes.map((quote) => [
            quote.instrument,
            quote.bidPriceRank,
            quote.bidLots,
            quote.askPriceRank,
            quote.askLots,
          ]),
        ),
      ]);
    case TransactionKind.houseOrder:
      return hashStruct("HouseOrder", [...admissionWords(transaction), ...legWords(transaction)]);
    case TransactionKind.provider:
      return hashStruct("Provider", [...admissionWords(transaction), transaction.active]);
    case TransactionKind.settlement:
      return hashStruct("Settlement", [transaction.underlying, transaction.expiry, transaction.price]);
    case TransactionKind.withdraw:
      return hashStruct("Withdraw", [...admissionWords(transaction), transaction.amount, transaction.recipient]);
    case TransactionKind.report:
      return hashStruct("Report", [
        transaction.underlying,
        transaction.time,
        transaction.index,
        hashStructs(
          "Surface",
          transaction.surfaces.map((surface) => [
            surface.expiry,
            surface.forward,
            surface.a,
            surface.b,
            surface.rho,
            surface.m,
            surface.sigma,
          ]),
        ),
      ]);
    case TransactionKind.listUnderlying:
      return hashStruct("ListUnderlying", [
        transaction.underlying,
        transaction.symbol,
        transaction.grid,
        transaction.deadline,
      ]);
    case TransactionKind.listInstrument:
      return hashStruct("ListInstrument", [
        transaction.instrumentKind,
        transaction.underlying,
        transaction.expiry,
        transaction.strike,
        transaction.tick,
        transaction.lot,
        transaction.minimumNotional,
        transaction.takerFeeRate,
        transaction.makerFeeRate,
        transaction.deadline,
      ]);
  }
}

/** What the sequencer signs when it acknowledges: the stream up to a position. */
export interface Preconfirmation {
  readonly term: number;
  /** Transactions of the term's stream so far. */
  readonly position: number;
  /** 32 bytes. */
  readonly runningHash: Uint8Array;
}

/** The 32 bytes that a pre-confirmation's signature signs. */
export function preconfirmationDigest(separator: Uint8Array, { term, position, runningHash }: Preconfirmation) {
  return digest(separator, hashStruct("Preconfirmation", [term, position, runningHash]));
}

/** The running hash after one more transaction: Hₙ = keccak(Hₙ₋₁ ‖ keccak(transaction)). */
export function extendRunningHash(runningHash: Uint8Array, transactionHash: Uint8Array): Uint8Array {
  return keccak256(concatBytes(runningHash, transactionHash));
}
