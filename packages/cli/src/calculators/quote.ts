/** The price and the greeks of a European option on a forward, undiscounted (Black 1976). */
import { optionLegs, optionPrice } from "@recourse/engine";
import { formatDecimal } from "@recourse/protocol";
import { z } from "zod";
import { countOf, type Decimal, divideNearest, sum, toSignificant } from "./decimal.ts";
import {
  divide,
  logarithmOfRatio,
  normalDensity,
  normalTail,
  squareRootOfRatio,
  WIDE_BITS,
  WIDE_ONE,
} from "./reals.ts";
import { decimalField, isAtMost, isPositive, validate } from "./validation.ts";

const DAYS_PER_YEAR = 365n;

/** From the calculator's 256 fractional bits to the engine's 60. */
const SPARE_BITS = WIDE_BITS - 60n;

/** Significant digits of a greek, at the least. */
const GREEK_DIGITS = 20;

const ZERO: Decimal = { count: 0n, decimals: 0 };

const MAX_PRICE = 10n ** 30n;
const MAX_IV = 100n;
const MAX_DAYS = 1_000_000n;

const priceField = () =>
  decimalField(
    'a decimal number above 0 and at most 1e30, such as "61250.5"',
    (value) => isPositive(value) && isAtMost(value, MAX_PRICE),
  );

const optionSchema = z.strictObject(
  {
    forward: priceField(),
    strike: priceField(),
    iv: decimalField(
      `a decimal number from 0 to ${MAX_IV}; 0.55 is 55 %`,
      (value) => value.count >= 0n && isAtMost(value, MAX_IV),
    ),
    days: decimalField(
      `a decimal number of days from 0 to ${MAX_DAYS}`,
      (value) => value.count >= 0n && isAtMost(value, MAX_DAYS),
    ),
    type: z.enum(["call", "put"], { error: "call or put" }),
  },
  { error: "an object of forward, strike, iv, days and type" },
);

/** An option; `iv` is 1 for 100 %, `days` are to expiry, of which a year has 365. */
export type OptionTerms = z.output<typeof optionSchema>;

/** Price and greeks. */
export interface Quote {
  /** In the unit of forward and strike: the engine's price, within 2e-17 of the smaller of the two. */
  readonly price: Decimal;
  /** ∂ price / ∂ forward; like the other greeks of at least 20 significant digits, all of them right. */
  readonly delta: Decimal;
  /** ∂ delta / ∂ forward. */
  readonly gamma: Decimal;
  /** ∂ price / ∂ iv: for a change of volatility by 1.00. */
  readonly vega: Decimal;
  /** −∂ price / ∂ days: what passes in one calendar day, negative. */
  readonly theta: Decimal;
}

/**
 * Reads an option from an object of decimal strings.
 * @throws RecourseError `MalformedOption` with every field that was wrong
 */
export function readOption(input: unknown): OptionTerms {
  return validate(optionSchema, input, "MalformedOption", "The option is not one that can be priced.");
}

/** Prices an option. Without time or without volatility it is worth what its exercise would bring. */
export function quote(option: OptionTerms): Quote {
  const { iv, days, type } = option;
  const isCall = type === "call";
  // Forward and strike in the finest unit of the two. The engine's limits of size keep its twin on L1 within 256 bits; here
  // integers have no end.
  const decimals = Math.max(option.forward.decimals, option.strike.decimals);
  const forward = countOf(option.forward, decimals);
  const strike = countOf(option.strike, decimals);
  const logRatio = logarithmOfRatio(forward, strike);
  // σ√τ = √(σ² days / 365), from the decimals as they were written.
  const deviation = squareRootOfRatio(
    iv.count * iv.count * days.count,
    DAYS_PER_YEAR * 10n ** BigInt(2 * iv.decimals + days.decimals),
  );
  const legs = optionLegs(logRatio >> SPARE_BITS, deviation >> SPARE_BITS);
  const price = decimalPrice(optionPrice(isCall, forward, strike, legs), isCall, forward, strike, decimals);
  const greeks = { forward, decimals, days, logRatio, deviation };
  return { price, ...(deviation === 0n ? certainGreeks(isCall, logRatio) : blackGreeks(isCall, greeks)) };
}

/**
 * The engine's price, a Q60 number of units of 10^-decimals, as a decimal number. What it is worth in exercise is exact;
 * its time value has the digits that the engine's 60 bits give, and the same ones for call and put.
 */
function decimalPrice(value: bigint, isCall: boolean, forward: bigint, strike: bigint, decimals: number): Decimal {
  const difference = isCall ? forward - strike : strike - forward;
  const intrinsic = { count: difference > 0n ? difference : 0n, decimals };
  const timeValue = value - (intrinsic.count << 60n);
  const smaller = forward < strike ? forward : strike;
  // The last place is between 1e-19 and 1e-18 of the smaller of forward and strike.
  const places = Math.max(0, decimals + 19 - smaller.toString().length);
  const count = divideNearest(timeValue * 10n ** BigInt(places), (10n ** BigInt(decimals)) << 60n);
  return sum([intrinsic, { count, decimals: places }]);
}

type Greeks = Omit<Quote, "price">;

interface GreeksInput {
  /** In units of 10^-decimals. */
  readonly forward: bigint;
  readonly decimals: number;
  readonly days: Decimal;
  /** ln(forward / strike) and σ√τ > 0, of 256 fractional bits. */
  readonly logRatio: bigint;
  readonly deviation: bigint;
}

/** The greeks where the outcome is certain: nothing but delta, of which a half is left exactly at the money. */
function certainGreeks(isCall: boolean, logRatio: bigint): Greeks {
  const tenths = logRatio === 0n ? 5n : logRatio > 0n === isCall ? 10n : 0n;
  return { delta: { count: isCall ? tenths : -tenths, decimals: 1 }, gamma: ZERO, vega: ZERO, theta: ZERO };
}

/**
 * The greeks of Black's formula, with d1 = ln(F / K) / s + s / 2, s = σ√τ and the normal density φ:
 *
 *     delta = N(d1), less 1 for a put     gamma = φ(d1) / (F s)     vega = F φ(d1) √τ
 *     theta = −F φ(d1) σ / (2 √τ) a year = −F φ(d1) s / (2 days) a day
 */
function blackGreeks(isCall: boolean, { forward, decimals, days, logRatio, deviation }: GreeksInput): Greeks {
  const d1 = divide(logRatio, deviation) + deviation / 2n;
  const density = normalDensity(d1);
  const tail = normalTail(d1 < 0n ? -d1 : d1, density);
  const unit = 10n ** BigInt(decimals);
  const scale = WIDE_ONE << density.shift;
  const dayScale = 10n ** BigInt(days.decimals);
  const rootOfYears = squareRootOfRatio(days.count, DAYS_PER_YEAR * dayScale);

  const tailScale = WIDE_ONE << tail.shift;
  const delta = d1 > 0n === isCall ? tailScale - tail.mantissa : tail.mantissa;
  const value = forward * density.mantissa;
  return {
    delta: toSignificant(isCall ? delta : -delta, tailScale, GREEK_DIGITS),
    gamma: toSignificant(density.mantissa * unit, (forward * deviation) << density.shift, GREEK_DIGITS),
    vega: toSignificant(value * rootOfYears, (unit * scale) << WIDE_BITS, GREEK_DIGITS),
    theta: toSignificant(-value * deviation * dayScale, (2n * days.count * unit * scale) << WIDE_BITS, GREEK_DIGITS),
  };
}

/** What `recourse price --json` prints: decimal strings with all digits. */
export function quoteJson({ price, delta, gamma, vega, theta }: Quote) {
  return { price: text(price), delta: text(delta), gamma: text(gamma), vega: text(vega), theta: text(theta) };
}

const text = ({ count, decimals }: Decimal): string => formatDecimal(count, decimals);

/** Significant digits for a person. */
const READABLE_DIGITS = 10;

const readable = ({ count, decimals }: Decimal): string =>
  text(toSignificant(count, 10n ** BigInt(decimals), READABLE_DIGITS));

/** A quote for a person. */
export function quoteLines({ type, forward, strike, iv, days }: OptionTerms, quote: Quote): string[] {
  const percent = text({ count: 100n * iv.count, decimals: iv.decimals });
  return [
    `A ${type} struck at ${text(strike)} on a forward of ${text(forward)}, ${text(days)} days, volatility ${percent} %`,
    "",
    `Price  ${readable(quote.price)}`,
    `Delta  ${readable(quote.delta)}, for a change of the forward by 1`,
    `Gamma  ${readable(quote.gamma)}, the change of delta for the same`,
    `Vega   ${readable(quote.vega)}, for a change of volatility by 1.00, which is 100 points`,
    `Theta  ${readable(quote.theta)}, for a day that passes`,
  ];
}
