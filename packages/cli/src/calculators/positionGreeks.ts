import { impliedVolatility, SECONDS_PER_YEAR } from "@recourse/engine";
import { formatExpiryDate, InstrumentKind, priceDecimals, type Seconds } from "@recourse/protocol";
import {
  type Greeks,
  logMoneyness,
  noGreeks,
  optionGreeks,
  scaleGreeks,
  squareRootOfRatio,
  WIDE_BITS,
} from "@recourse/sdk/greeks";
import type { Position, Underlying } from "./portfolio.ts";

/** Fractional bits of the engine's volatility. */
const ENGINE_BITS = 60n;

/** The greeks of a position. */
export function greeksOf({ terms, size }: Position, { expiries }: Underlying, time: Seconds): Greeks {
  const { kind, strike, expiry } = terms;
  if (kind === InstrumentKind.perpetual) return scaleGreeks(perpetualGreeks, size);
  const { forward, volatility, age } = expiries.get(formatExpiryDate(expiry))!;
  const logRatio = logMoneyness(forward, { count: BigInt(strike), decimals: priceDecimals });
  // INVARIANT: no option here has expired.
  const left = BigInt(expiry - time);
  const deviation = (count: bigint, scale: bigint) => squareRootOfRatio(count * count * left, scale * SECONDS_PER_YEAR);
  const isCall = kind === InstrumentKind.call;
  const option = { isCall, forward, logRatio, seconds: { count: left, decimals: 0 } };
  if ("count" in volatility) {
    const scale = 10n ** BigInt(2 * volatility.decimals);
    return scaleGreeks(optionGreeks({ ...option, deviation: deviation(volatility.count, scale) }), size);
  }
  const atReport = BigInt(expiry - time + age);
  const implied = impliedVolatility(logRatio >> (WIDE_BITS - ENGINE_BITS), volatility, atReport);
  return scaleGreeks(optionGreeks({ ...option, deviation: deviation(implied, 1n << (2n * ENGINE_BITS)) }), size);
}

const perpetualGreeks: Greeks = { ...noGreeks, delta: { count: 1n, decimals: 0 } };
