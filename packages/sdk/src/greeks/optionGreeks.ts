import { type Decimal, sum, toSignificant } from "./decimal.ts";
import {
  divide,
  logarithmOfRatio,
  normalDensity,
  normalTail,
  squareRootOfRatio,
  WIDE_BITS,
  WIDE_ONE,
} from "./reals.ts";

/** How the value of an option, or of positions, moves. Exact decimal numbers. */
export interface Greeks {
  /** ∂ value / ∂ forward, of at least 20 significant digits, all of them right, like the others of one option. */
  readonly delta: Decimal;
  /** ∂ delta / ∂ forward. */
  readonly gamma: Decimal;
  /** ∂ value / ∂ volatility: for a change of volatility by 1.00. */
  readonly vega: Decimal;
  /** −∂ value / ∂ time: what passes in one calendar day, negative for what is held long. */
  readonly theta: Decimal;
}

/** An option on a forward, undiscounted. */
export interface GreeksInput {
  readonly isCall: boolean;
  readonly forward: Decimal;
  /** ln(forward / strike), with {@link WIDE_BITS} fractional bits. */
  readonly logRatio: bigint;
  /** σ√τ, the standard deviation of the forward's logarithm at expiry, with as many; 0 without time or volatility. */
  readonly deviation: bigint;
  /** To expiry, of which a year has 365 × 86,400; above 0 where the deviation is. */
  readonly seconds: Decimal;
}

/** Significant digits of a greek, at the least. */
const GREEK_DIGITS = 20;

const SECONDS_PER_DAY = 86_400n;
const SECONDS_PER_YEAR = 365n * SECONDS_PER_DAY;

const ZERO: Decimal = { count: 0n, decimals: 0 };

/** Of what does not move, and of an empty sum. */
export const noGreeks: Greeks = { delta: ZERO, gamma: ZERO, vega: ZERO, theta: ZERO };

/** ln(forward / strike) as {@link optionGreeks} takes it. */
export function logMoneyness(forward: Decimal, strike: Decimal): bigint {
  const [above, below] = [10n ** BigInt(strike.decimals), 10n ** BigInt(forward.decimals)];
  return logarithmOfRatio(forward.count * above, strike.count * below);
}

/**
 * The greeks of Black's formula, with d1 = ln(F / K) / s + s / 2, s = σ√τ and the normal density φ:
 *
 *     delta = N(d1), less 1 for a put     gamma = φ(d1) / (F s)     vega = F φ(d1) √τ
 *     theta = −F φ(d1) σ / (2 √τ) a year = −F φ(d1) s / (2 τ) a year
 *
 * Where the outcome is certain nothing is left but delta, of which there is a half exactly at the money.
 */
export function optionGreeks({ isCall, forward, logRatio, deviation, seconds }: GreeksInput): Greeks {
  if (deviation === 0n) return certainGreeks(isCall, logRatio);
  const d1 = divide(logRatio, deviation) + deviation / 2n;
  const density = normalDensity(d1);
  const tail = normalTail(d1 < 0n ? -d1 : d1, density);
  const unit = 10n ** BigInt(forward.decimals);
  const scale = WIDE_ONE << density.shift;
  const secondScale = 10n ** BigInt(seconds.decimals);
  const rootOfYears = squareRootOfRatio(seconds.count, SECONDS_PER_YEAR * secondScale);

  const tailScale = WIDE_ONE << tail.shift;
  const delta = d1 > 0n === isCall ? tailScale - tail.mantissa : tail.mantissa;
  const value = forward.count * density.mantissa;
  const perDay = 2n * seconds.count * unit * scale;
  return {
    delta: toSignificant(isCall ? delta : -delta, tailScale, GREEK_DIGITS),
    gamma: toSignificant(density.mantissa * unit, (forward.count * deviation) << density.shift, GREEK_DIGITS),
    vega: toSignificant(value * rootOfYears, (unit * scale) << WIDE_BITS, GREEK_DIGITS),
    theta: toSignificant(-value * deviation * secondScale * SECONDS_PER_DAY, perDay << WIDE_BITS, GREEK_DIGITS),
  };
}

function certainGreeks(isCall: boolean, logRatio: bigint): Greeks {
  const tenths = logRatio === 0n ? 5n : logRatio > 0n === isCall ? 10n : 0n;
  return { ...noGreeks, delta: { count: isCall ? tenths : -tenths, decimals: 1 } };
}

/** The greeks of so many units of the underlying of something; a negative size is short. */
export function scaleGreeks({ delta, gamma, vega, theta }: Greeks, size: Decimal): Greeks {
  const scaled = ({ count, decimals }: Decimal) => ({ count: count * size.count, decimals: decimals + size.decimals });
  return { delta: scaled(delta), gamma: scaled(gamma), vega: scaled(vega), theta: scaled(theta) };
}

/** The greeks of positions together. */
export function sumGreeks(parts: readonly Greeks[]): Greeks {
  return {
    delta: sum(parts.map(({ delta }) => delta)),
    gamma: sum(parts.map(({ gamma }) => gamma)),
    vega: sum(parts.map(({ vega }) => vega)),
    theta: sum(parts.map(({ theta }) => theta)),
  };
}
