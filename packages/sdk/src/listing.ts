import {
  cash,
  cashDecimals,
  compactSignature,
  encodeTransaction,
  fromHex,
  parseInstrumentName,
  price,
  priceDecimals,
  quantity,
  quantityDecimals,
  RecourseError,
  seconds,
  TransactionKind,
  toHex,
  underlyingNumber,
} from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { countOf } from "./decimals.ts";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { Hex } from "./wire.ts";

const SYMBOL_BYTES = 8;
/** Fee rates are counted in 1e-6 of the traded value. */
const RATE_DECIMALS = 6;
const SCENARIO_GRID = 1;

export interface UnderlyingListing {
  /** The number that it gets: underlyings are numbered from 1, in the order of their listing. */
  readonly underlying: number;
  /** Such as `BTC`. */
  readonly symbol: string;
  readonly deadline: number;
}

/** Makes the listing of an underlying, signed by the deployment's lister. @returns its canonical bytes */
export async function listUnderlying(
  lister: LocalAccount,
  domain: SigningDomain,
  { underlying, symbol, deadline }: UnderlyingListing,
): Promise<Hex> {
  const padded = new Uint8Array(SYMBOL_BYTES);
  padded.set(new TextEncoder().encode(symbol).subarray(0, SYMBOL_BYTES));
  const message = { underlying, symbol: toHex(padded), grid: SCENARIO_GRID, deadline };
  const signature = await signMessage(lister, domain, "ListUnderlying", message);
  return toHex(
    encodeTransaction({
      kind: TransactionKind.listUnderlying,
      underlying: underlyingNumber(underlying),
      symbol: padded,
      grid: SCENARIO_GRID,
      deadline: seconds(deadline),
      signature: compactSignature(fromHex(signature)),
    }),
  );
}

export interface InstrumentListing {
  /** Such as `BTC-PERPETUAL` or `BTC-27DEC24-50000-C`: it says kind, expiry and strike. */
  readonly name: string;
  readonly underlying: number;
  /** USD. */
  readonly tick: string;
  /** Units of the underlying. */
  readonly lot: string;
  /** USD. */
  readonly minimumNotional: string;
  /** Part of the traded value, such as `0.0005`. */
  readonly takerFeeRate: string;
  readonly makerFeeRate: string;
  readonly deadline: number;
}

/**
 * Makes the listing of an instrument, signed by the deployment's lister.
 * @returns its canonical bytes
 * @throws RecourseError `InvalidName` where the name is no instrument's
 */
export async function listInstrument(
  lister: LocalAccount,
  domain: SigningDomain,
  listing: InstrumentListing,
): Promise<Hex> {
  const terms = parseInstrumentName(listing.name);
  if (terms === undefined) {
    throw new RecourseError("InvalidName", `${listing.name} is no instrument's name.`, [
      { field: "name", expected: "a name such as BTC-PERPETUAL or BTC-27DEC24-50000-C" },
    ]);
  }
  const message = {
    kind: terms.kind,
    underlying: listing.underlying,
    expiry: terms.expiry,
    strike: BigInt(terms.strike),
    tick: countOf("tick", listing.tick, priceDecimals),
    lot: countOf("lot", listing.lot, quantityDecimals),
    minimumNotional: countOf("minimumNotional", listing.minimumNotional, cashDecimals),
    takerFeeRate: Number(countOf("takerFeeRate", listing.takerFeeRate, RATE_DECIMALS)),
    makerFeeRate: Number(countOf("makerFeeRate", listing.makerFeeRate, RATE_DECIMALS)),
    deadline: listing.deadline,
  };
  const signature = await signMessage(lister, domain, "ListInstrument", message);
  return toHex(
    encodeTransaction({
      kind: TransactionKind.listInstrument,
      instrumentKind: terms.kind,
      underlying: underlyingNumber(listing.underlying),
      expiry: terms.expiry,
      strike: terms.strike,
      tick: price(Number(message.tick)),
      lot: quantity(Number(message.lot)),
      minimumNotional: cash(Number(message.minimumNotional)),
      takerFeeRate: message.takerFeeRate,
      makerFeeRate: message.makerFeeRate,
      deadline: seconds(listing.deadline),
      signature: compactSignature(fromHex(signature)),
    }),
  );
}
