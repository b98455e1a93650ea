import { ascii } from "./bytes.ts";
import { keccak256 } from "./keccak.ts";

/** The types of what is signed, EIP-712, and the names of its domain. */

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

/** Of an order of the house's inventory and of a leg of a block trade. */
const legFields = [
  { name: "instrument", type: "uint24" },
  { name: "side", type: "uint8" },
  { name: "priceRank", type: "uint40" },
  { name: "lots", type: "uint32" },
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
  ConditionalOrder: [
    ...admissionFields,
    ...orderFields,
    { name: "era", type: "uint32" },
    { name: "triggerPrice", type: "uint64" },
    { name: "triggerDirection", type: "uint8" },
  ],
  Revoke: [...admissionFields, { name: "revokedDeadline", type: "uint32" }, { name: "revokedNonce", type: "uint16" }],
  Leg: legFields,
  BlockTrade: [
    ...admissionFields,
    { name: "makerAccount", type: "uint32" },
    { name: "makerSigner", type: "uint8" },
    { name: "makerNonce", type: "uint16" },
    { name: "legs", type: "Leg[]" },
  ],
  Quote: [
    { name: "instrument", type: "uint24" },
    { name: "bidPriceRank", type: "uint40" },
    { name: "bidLots", type: "uint32" },
    { name: "askPriceRank", type: "uint40" },
    { name: "askLots", type: "uint32" },
  ],
  Quotes: [...admissionFields, { name: "restMinutes", type: "uint16" }, { name: "quotes", type: "Quote[]" }],
  HouseOrder: [...admissionFields, ...legFields],
  Provider: [...admissionFields, { name: "active", type: "uint8" }],
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
  Settlement: [
    { name: "underlying", type: "uint16" },
    { name: "expiry", type: "uint32" },
    { name: "price", type: "uint64" },
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

export type TypeName = keyof typeof typedDataTypes;

function typeString(name: TypeName): string {
  return `${name}(${typedDataTypes[name].map((field) => `${field.type} ${field.name}`).join(",")})`;
}

/** The type of which an array is part of another type. */
const elementTypes: { readonly [name in TypeName]?: TypeName } = {
  Report: "Surface",
  BlockTrade: "Leg",
  Quotes: "Quote",
};

function encodeType(name: TypeName): string {
  const element = elementTypes[name];
  return element === undefined ? typeString(name) : typeString(name) + typeString(element);
}

const typeHashes = Object.fromEntries(
  (Object.keys(typedDataTypes) as TypeName[]).map((name) => [name, keccak256(ascii(encodeType(name)))]),
) as Record<TypeName, Uint8Array>;

/** The type hashes of EIP-712, by name, 32 bytes each. */
export function typeHash(name: TypeName): Uint8Array {
  return typeHashes[name];
}
