import { blackPrice } from "../arithmetic.ts";

/** A trade of an option whose forward is not printed beside it. */
export interface OptionPrint {
  readonly isCall: boolean;
  readonly strike: number;
  /** To the expiry, of 365 days each. */
  readonly years: number;
  /** A year, as a fraction; above 0. */
  readonly volatility: number;
  /** In USD, or in the coin itself for an inverse option. */
  readonly price: number;
  readonly isInverse: boolean;
  readonly index: number;
}

/** No forward is farther from the index than this factor: beyond it, price and volatility do not belong together. */
const widestRatio = 2;
const maxSteps = 100;

/**
 * The forward at which Black's formula gives the printed price from the printed volatility. An inverse option's price is
 * that formula's divided by the forward. Either rises with the forward for a call and falls for a put, so there is one
 * forward at most; it is found by false position with halving (the Illinois method), in elementary operations only, so
 * that it is the same on every machine.
 * @returns undefined where no forward between half the index and twice it explains the print
 */
export function impliedForward(print: OptionPrint): number | undefined {
  const { isCall, strike, years, volatility, price, isInverse, index } = print;
  const excess = (forward: number): number =>
    blackPrice(isCall, forward, strike, years, volatility) / (isInverse ? forward : 1) - price;
  let [low, high] = [index / widestRatio, index * widestRatio];
  let [excessAtLow, excessAtHigh] = [excess(low), excess(high)];
  if (!(excessAtLow * excessAtHigh < 0)) return undefined;
  let previous = Number.NaN;
  let moved: "low" | "high" | undefined;
  for (let step = 0; step < maxSteps; step++) {
    const middle = (low * excessAtHigh - high * excessAtLow) / (excessAtHigh - excessAtLow);
    const excessAtMiddle = excess(middle);
    if (excessAtMiddle === 0 || Math.abs(middle - previous) <= 1e-13 * index) return middle;
    previous = middle;
    // An end that stays where it is for a second time counts half, so that it moves soon.
    if (excessAtMiddle > 0 === excessAtHigh > 0) {
      [high, excessAtHigh] = [middle, excessAtMiddle];
      if (moved === "high") excessAtLow /= 2;
      moved = "high";
    } else {
      [low, excessAtLow] = [middle, excessAtMiddle];
      if (moved === "low") excessAtHigh /= 2;
      moved = "low";
    }
  }
  return previous;
}
