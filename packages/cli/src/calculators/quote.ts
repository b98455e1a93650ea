/** The price and the greeks of a European option on a forward, undiscounted (Black 1976). */
import { optionLegs, optionPrice } from "@recourse/engine";
import { formatDecimal } from "@recourse/protocol";
import {
  countOf,
  type Decimal,
  divideNearest,
  type Greeks,
  logarithmOfRatio,
  optionGreeks,
  squareRootOfRatio,
  sum,
  toSignificant,
  WIDE_BITS,
} from "@recourse/sdk/greeks";
import { z } from "zod";
import { decimalField, isAtMost, isPositive, validate } from "./validation.ts";

const DAYS_PER_YEAR = 365n;
const SECONDS_PER_DAY = 86_400n;

/** From the calculator's 256 fractional bits to the engine's 60. */
const SPARE_BITS = WIDE_BITS - 60n;

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

/** Price and greeks; the greeks have at least 20 significant digits, all of them right. */
export interface Quote extends Greeks {
  /** In the unit of forward and strike: the engine's price, within 2e-17 of the smaller of the two. */
  readonly price: Decimal;
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
  const seconds = { count: SECONDS_PER_DAY * days.count, decimals: days.decimals };
  return { price, ...optionGreeks({ isCall, forward: option.forward, logRatio, deviation, seconds }) };
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
