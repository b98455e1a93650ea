import {
  bytesEqual,
  formatInstrumentName,
  InstrumentKind,
  instrumentNumber,
  type ListInstrument,
  type ListUnderlying,
  MAX_INSTRUMENTS,
  MAX_LOT,
  MAX_PRICE,
  MAX_UNDERLYINGS,
  priceQuantityPerCash,
  Reason,
  type ReasonCode,
  type Seconds,
  type SignedTransaction,
  type UnderlyingNumber,
} from "@recourse/protocol";
import { isSignedBy, judgeDeadline } from "./admission.ts";
import { expiryKey, instrumentKey, listingKey, parametersKey, underlyingKey } from "./keys.ts";
import {
  decodeExpiry,
  decodeParameters,
  decodeUnderlying,
  type ExpiryRecord,
  encodeExpiry,
  encodeInstrument,
  encodeInstrumentNumber,
  encodeUnderlying,
} from "./records.ts";
import type { Step } from "./step.ts";

/** The scenario grid of this version. */
const ONLY_GRID = 1;
const SECONDS_PER_DAY = 86_400;
/** Options expire at 08:00 UTC. */
const EXPIRY_SECOND_OF_DAY = 28_800;
/** Fees are at most 1 %, in 1e-6. */
const MAX_FEE_RATE = 10_000;
/** Cash for one lot and one rank of price is below this. */
const MAX_TICK_VALUE = 2n ** 40n;

/** Lists an underlying under the next number. */
export function listUnderlying(step: Step, transaction: ListUnderlying): ReasonCode {
  const { underlying, symbol, grid } = transaction;
  if (underlying === 0 || grid !== ONLY_GRID || !isSymbol(symbol)) return Reason.MalformedListing;
  const authority = judgeLister(step, transaction, transaction.deadline, transaction.signature);
  if (authority !== Reason.Ok) return authority;
  if (underlying <= step.global.underlyingCount) return Reason.AlreadyListed;
  if (underlying > MAX_UNDERLYINGS) return Reason.TooManyListed;
  if (underlying !== step.global.underlyingCount + 1) return Reason.MalformedListing;
  for (let other = 1; other < underlying; other++) {
    // INVARIANT: underlyings 1 to underlyingCount exist.
    const value = step.store.get(underlyingKey(other as UnderlyingNumber))!;
    if (bytesEqual(decodeUnderlying(value).symbol, symbol)) return Reason.AlreadyListed;
  }
  step.store.put(
    underlyingKey(underlying),
    encodeUnderlying({ symbol, grid, index: 0 as never, indexTime: 0 as never }),
  );
  step.global.underlyingCount = underlying;
  step.events.push({ type: "listedUnderlying", underlying, symbol: symbolText(symbol) });
  return Reason.Ok;
}

/** Capitals and digits, a capital first, zeros only at the end. */
function isSymbol(symbol: Uint8Array): boolean {
  let ended = false;
  for (const [place, byte] of symbol.entries()) {
    const isCapital = byte >= 0x41 && byte <= 0x5a;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (byte === 0 && place > 0) ended = true;
    else if (ended || !(isCapital || (isDigit && place > 0))) return false;
  }
  return true;
}

/** A symbol as text. */
export function symbolText(symbol: Uint8Array): string {
  return new TextDecoder().decode(symbol).replace(/\0+$/, "");
}

/** Lists an instrument under the next number, and its expiry where it is new. */
export function listInstrument(step: Step, transaction: ListInstrument): ReasonCode {
  if (!isWellFormed(transaction, step.global.time)) return Reason.MalformedListing;
  const authority = judgeLister(step, transaction, transaction.deadline, transaction.signature);
  if (authority !== Reason.Ok) return authority;
  const { instrumentKind: kind, underlying, expiry, strike, tick, lot } = transaction;
  const underlyingValue = step.store.get(underlyingKey(underlying));
  if (underlyingValue === undefined) return Reason.UnknownUnderlying;
  const listing = listingKey(underlying, expiry, strike, kind);
  if (step.store.get(listing) !== undefined) return Reason.AlreadyListed;
  const instrument = instrumentNumber(step.global.nextInstrument);
  if (instrument > MAX_INSTRUMENTS) return Reason.TooManyListed;

  step.global.nextInstrument = instrument + 1;
  step.store.put(listing, encodeInstrumentNumber(instrument));
  const { minimumNotional, takerFeeRate, makerFeeRate } = transaction;
  step.store.put(
    instrumentKey(instrument),
    encodeInstrument({
      kind,
      underlying,
      expiry,
      strike,
      tick,
      lot,
      minimumNotional,
      takerFeeRate,
      makerFeeRate,
    }),
  );
  if (kind !== InstrumentKind.perpetual) countAtExpiry(step, underlying, expiry);
  const symbol = symbolText(decodeUnderlying(underlyingValue).symbol);
  const name = formatInstrumentName({ symbol, kind: kind as InstrumentKind, expiry, strike });
  step.events.push({ type: "listedInstrument", instrument, name });
  return Reason.Ok;
}

const newExpiry: ExpiryRecord = {
  instruments: 0,
  forward: 0 as never,
  time: 0 as never,
  a: 0n,
  b: 0n,
  rho: 0n,
  m: 0n,
  sigma: 0n,
  settlement: 0 as never,
  index: 0 as never,
};

function countAtExpiry(step: Step, underlying: UnderlyingNumber, expiry: Seconds): void {
  const key = expiryKey(underlying, expiry);
  const value = step.store.get(key);
  const record = value === undefined ? newExpiry : decodeExpiry(value);
  step.store.put(key, encodeExpiry({ ...record, instruments: record.instruments + 1 }));
}

/** Whether every field of a listing is within its range; the tick's value of a lot must be whole in cash. */
function isWellFormed(listing: ListInstrument, time: Seconds): boolean {
  const { instrumentKind: kind, expiry, strike, tick, lot, minimumNotional, takerFeeRate, makerFeeRate } = listing;
  if (kind > InstrumentKind.put) return false;
  const isPerpetual = kind === InstrumentKind.perpetual;
  if (isPerpetual && (expiry !== 0 || strike !== 0)) return false;
  if (!isPerpetual && (expiry <= time || expiry % SECONDS_PER_DAY !== EXPIRY_SECOND_OF_DAY)) return false;
  if (!isPerpetual && (strike === 0 || strike >= MAX_PRICE)) return false;
  if (tick === 0 || tick >= MAX_PRICE || lot === 0 || lot >= MAX_LOT || minimumNotional >= MAX_PRICE) return false;
  if (takerFeeRate > MAX_FEE_RATE || makerFeeRate > MAX_FEE_RATE) return false;
  const tickTimesLot = BigInt(tick) * BigInt(lot);
  return tickTimesLot % priceQuantityPerCash === 0n && tickTimesLot / priceQuantityPerCash < MAX_TICK_VALUE;
}

/** Whether a listing is signed by the lister, and in time. */
function judgeLister(step: Step, transaction: SignedTransaction, deadline: Seconds, signature: Uint8Array): ReasonCode {
  const reason = judgeDeadline(step, deadline, transaction.kind);
  if (reason !== Reason.Ok) return reason;
  // INVARIANT: the parameters record is part of the genesis and never removed.
  const { lister } = decodeParameters(step.store.get(parametersKey)!);
  return isSignedBy(step, transaction, signature, lister) ? Reason.Ok : Reason.BadSignature;
}
