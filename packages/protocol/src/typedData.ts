import { concatBytes } from "./bytes.ts";
import { keccak256 } from "./keccak.ts";
import {
  type Admission,
  type Cancel,
  type CancelAll,
  type ListInstrument,
  type ListUnderlying,
  type Order,
  type OrderTerms,
  type Replace,
  type Report,
  type Session,
  TransactionKind,
  type Withdraw,
} from "./transactions.ts";

/**
 * What is signed: EIP-712 typed data. The domain names the L1 chain and the rollup's address, so nothing signed for
 * one deployment means anything to another. `contracts/src/step/TypedData.sol` is the twin.
 */

export const domainName = "Recourse";
export const domainVersion = "1";

/** Of every transaction of an account. */
const admissionFields = [
  { name: "account", type: "uint32" },
  { name: "signer", type: "uint8" },
  { name: "deadline", type: "uint32" },
  { name: "nonce", type: "uint16" },
] as const;

/** Of every order. */
const orderFields = [
  { name: "instrument", type: "uint24" },
  { name: "side", type: "uint8" },
  { name: "timeInForce", type: "uint8" },
  { name: "options", type: "uint8" },
  { name: "priceRank", type: "uint40" },
  { name: "lots", type: "uint32" },
  { name: "restMinutes", type: "uint16" },
  { name: "clientOrderId", type: "uint32" },
] as const;

/** The types in the form that wallets and viem take. */
export const typedDataTypes = {
  Order: [...admissionFields, ...orderFields],
  Replace: [...admissionFields, ...orderFields, { name: "replacedClientOrderId", type: "uint32" }],
  Cancel: [...admissionFields, { name: "clientOrderId", type: "uint32" }],
  CancelAll: [...admissionFields, { name: "instrument", type: "uint24" }],
  Session: [
    ...admissionFields,
    { name: "number", type: "uint8" },
    { name: "key", type: "address" },
    { name: "scope", type: "uint8" },
    { name: "expiry", type: "uint32" },
  ],
  Withdraw: [...admissionFields, { name: "amount", type: "uint64" }, { name: "recipient", type: "address" }],
  Surface: [
    { name: "expiry", type: "uint32" },
    { name: "forward", type: "uint64" },
    { name: "a", type: "int64" },
    { name: "b", type: "int64" },
    { name: "rho", type: "int64" },
    { name: "m", type: "int64" },
    { name: "sigma", type: "int64" },
  ],
  Report: [
    { name: "underlying", type: "uint16" },
    { name: "time", type: "uint32" },
    { name: "index", type: "uint64" },
    { name: "surfaces", type: "Surface[]" },
  ],
  ListUnderlying: [
    { name: "underlying", type: "uint16" },
    { name: "symbol", type: "bytes8" },
    { name: "grid", type: "uint8" },
    { name: "deadline", type: "uint32" },
  ],
  ListInstrument: [
    { name: "kind", type: "uint8" },
    { name: "underlying", type: "uint16" },
    { name: "expiry", type: "uint32" },
    { name: "strike", type: "uint64" },
    { name: "tick", type: "uint64" },
    { name: "lot", type: "uint64" },
    { name: "minimumNotional", type: "uint64" },
    { name: "takerFeeRate", type: "uint16" },
    { name: "makerFeeRate", type: "uint16" },
    { name: "deadline", type: "uint32" },
  ],
  Preconfirmation: [
    { name: "term", type: "uint32" },
    { name: "position", type: "uint64" },
    { name: "runningHash", type: "bytes32" },
  ],
} as const;

type TypeName = keyof typeof typedDataTypes;

function typeString(name: TypeName): string {
  return `${name}(${typedDataTypes[name].map((field) => `${field.type} ${field.name}`).join(",")})`;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

const typeHashes = Object.fromEntries(
  (Object.keys(typedDataTypes) as TypeName[]).map((name) => [
    name,
    keccak256(ascii(name === "Report" ? typeString("Report") + typeString("Surface") : typeString(name))),
  ]),
) as Record<TypeName, Uint8Array>;

/** The type hashes of EIP-712, by name, 32 bytes each. */
export function typeHash(name: TypeName): Uint8Array {
  return typeHashes[name];
}

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
  data.set(typeHashes[name]);
  words.forEach((word, place) => {
    putWord(data, 32 * (place + 1), word);
  });
  return keccak256(data);
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
  | Withdraw
  | Report
  | ListUnderlying
  | ListInstrument;

/** The 32 bytes that the signer of a transaction signs. The transaction's own signature is not part of them. */
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
    case TransactionKind.withdraw:
      return hashStruct("Withdraw", [...admissionWords(transaction), transaction.amount, transaction.recipient]);
    case TransactionKind.report:
      return hashStruct("Report", [
        transaction.underlying,
        transaction.time,
        transaction.index,
        keccak256(
          concatBytes(
            ...transaction.surfaces.map((surface) =>
              hashStruct("Surface", [
                surface.expiry,
                surface.forward,
                surface.a,
                surface.b,
                surface.rho,
                surface.m,
                surface.sigma,
              ]),
            ),
          ),
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
