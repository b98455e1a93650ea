import { InstrumentKind, MARK_EVENT, MAX_LOSS_PER_LOT, type Mark, Reason, type ReasonCode } from "@recourse/protocol";
import { expiryKey, instrumentKey, marketKey, underlyingKey } from "./keys.ts";
import { decodeExpiry, decodeInstrument, decodeMarket, decodeUnderlying, encodeMarket } from "./records.ts";
import { riskArray } from "./riskArray.ts";
import type { Step } from "./step.ts";

const LOSS_LIMIT = BigInt(MAX_LOSS_PER_LOT);

/** What the first marking finds. */
const newMarket = { openInterest: 0, houseLots: 0, fundingIndex: 0n };

/** Marks an instrument from the newest report: its value, its delta, and its loss in each scenario. Anyone may. */
export function mark(step: Step, { instrument: number }: Mark): ReasonCode {
  const value = step.store.get(instrumentKey(number));
  if (value === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(value);
  const { kind, underlying: underlyingNumber, expiry, strike, lot } = instrument;
  if (expiry !== 0 && step.global.time >= expiry) return Reason.InstrumentExpired;
  // INVARIANT: an instrument is listed only on an underlying that is, and its expiry with it; neither is removed before it.
  const underlying = decodeUnderlying(step.store.get(underlyingKey(underlyingNumber))!);
  const surface =
    kind === InstrumentKind.perpetual ? undefined : decodeExpiry(step.store.get(expiryKey(underlyingNumber, expiry))!);
  const reportTime = surface === undefined ? underlying.indexTime : surface.time;
  if (reportTime === 0) return Reason.NothingToMarkFrom;

  step.store.charge(MARK_EVENT);
  const array = riskArray({
    kind,
    strike: BigInt(strike),
    lot: BigInt(lot),
    index: BigInt(underlying.index),
    forward: BigInt(surface?.forward ?? 0),
    surface: surface ?? { a: 0n, b: 0n, rho: 0n, m: 0n, sigma: 0n },
    reportTime: BigInt(reportTime),
    expiry: BigInt(expiry),
    time: BigInt(step.global.time),
  });
  if (array === undefined || array.losses.some((loss) => loss >= LOSS_LIMIT || loss < -LOSS_LIMIT)) {
    return Reason.MarkOutOfRange;
  }
  const marketValue = step.store.get(marketKey(number));
  const { openInterest, houseLots, fundingIndex } = marketValue === undefined ? newMarket : decodeMarket(marketValue);
  step.store.put(
    marketKey(number),
    encodeMarket({
      underlying: underlyingNumber,
      kind,
      ...array,
      time: step.global.time,
      reportTime,
      index: surface === undefined ? underlying.index : surface.index,
      lot,
      gap: 0n,
      openInterest,
      houseLots,
      fundingIndex,
    }),
  );
  step.events.push({ type: "marked", instrument: number });
  return Reason.Ok;
}
