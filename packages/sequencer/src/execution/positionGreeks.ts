import {
  decodeExpiry,
  expiryKey,
  type HeldPosition,
  type InstrumentRecord,
  impliedVolatility,
  readInstrument,
  SECONDS_PER_YEAR,
} from "@recourse/engine";
import {
  InstrumentKind,
  type InstrumentNumber,
  priceDecimals,
  quantityDecimals,
  SETTLED_TIME,
  type UnderlyingNumber,
} from "@recourse/protocol";
import {
  type Decimal,
  type Greeks,
  logMoneyness,
  noGreeks,
  optionGreeks,
  scaleGreeks,
  squareRootOfRatio,
  sumGreeks,
  WIDE_BITS,
} from "@recourse/sdk/greeks";
import type { OrderedStore } from "@recourse/store";

/** From the greeks' fractional bits to the engine's 60. */
const ENGINE_BITS = 60n;
const SPARE_BITS = WIDE_BITS - ENGINE_BITS;

const perpetualGreeks: Greeks = { ...noGreeks, delta: { count: 1n, decimals: 0 } };

interface KeptGreeks {
  /** For which they were computed. */
  readonly time: number;
  readonly greeks: Greeks;
}

/** The greeks of one unit by the record of the option's expiry, which every report writes anew: that long they are kept. */
const kept = new WeakMap<Uint8Array, Map<InstrumentNumber, KeptGreeks>>();

/**
 * Greeks of positions by underlying, summed over its forwards: from the newest reported surfaces, at the time of each
 * instrument's mark.
 */
export function positionGreeks(
  store: OrderedStore,
  positions: readonly HeldPosition[],
): ReadonlyMap<UnderlyingNumber, Greeks> {
  const parts = new Map<UnderlyingNumber, Greeks[]>();
  for (const { instrument, lots, market } of positions) {
    const size: Decimal = { count: BigInt(lots) * BigInt(market.lot), decimals: quantityDecimals };
    const part = scaleGreeks(unitGreeks(store, instrument, market), size);
    const others = parts.get(market.underlying);
    if (others === undefined) parts.set(market.underlying, [part]);
    else others.push(part);
  }
  return new Map([...parts].map(([underlying, all]) => [underlying, sumGreeks(all)]));
}

function unitGreeks(store: OrderedStore, number: InstrumentNumber, market: HeldPosition["market"]): Greeks {
  if (market.kind === InstrumentKind.perpetual) return perpetualGreeks;
  if (market.reportTime === SETTLED_TIME) return noGreeks;
  // INVARIANT: instruments and their expiries stay as long as there are positions, and marks are made of a surface.
  const instrument = readInstrument(store, number)!;
  const surface = store.peek(expiryKey(instrument.underlying, instrument.expiry))!;
  let known = kept.get(surface);
  if (known === undefined) {
    known = new Map();
    kept.set(surface, known);
  }
  const found = known.get(number);
  if (found?.time === market.time) return found.greeks;
  const greeks = greeksOfOption(instrument, surface, market.time);
  known.set(number, { time: market.time, greeks });
  return greeks;
}

function greeksOfOption({ kind, strike, expiry }: InstrumentRecord, record: Uint8Array, markTime: number): Greeks {
  const reported = decodeExpiry(record);
  const [forward, struckAt] = [reported.forward, strike].map((price) => ({
    count: BigInt(price),
    decimals: priceDecimals,
  })) as [Decimal, Decimal];
  const logRatio = logMoneyness(forward, struckAt);
  const seconds = BigInt(Math.max(expiry - Math.max(markTime, reported.time), 0));
  const volatility =
    seconds === 0n ? 0n : impliedVolatility(logRatio >> SPARE_BITS, reported, BigInt(expiry - reported.time));
  return optionGreeks({
    isCall: kind === InstrumentKind.call,
    forward,
    logRatio,
    deviation: squareRootOfRatio(volatility * volatility * seconds, SECONDS_PER_YEAR << (2n * ENGINE_BITS)),
    seconds: { count: seconds, decimals: 0 },
  });
}
