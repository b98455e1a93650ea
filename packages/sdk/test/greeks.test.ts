import { describe, expect, it } from "vitest";
import {
  type Decimal,
  type Greeks,
  logMoneyness,
  noGreeks,
  optionGreeks,
  readDecimal,
  scaleGreeks,
  squareRootOfRatio,
  sumGreeks,
} from "../src/greeks/index.ts";

const decimal = (value: number | string): Decimal =>
  readDecimal(typeof value === "string" ? value : value.toFixed(20))!;
const toNumber = ({ count, decimals }: Decimal): number => Number(count) / 10 ** decimals;
const toNumbers = ({ delta, gamma, vega, theta }: Greeks) => ({
  delta: toNumber(delta),
  gamma: toNumber(gamma),
  vega: toNumber(vega),
  theta: toNumber(theta),
});

const SECONDS_PER_YEAR = 31_536_000;

interface Option {
  readonly isCall: boolean;
  readonly forward: number;
  readonly strike: number;
  readonly years: number;
  readonly volatility: number;
}

function greeksOf({ isCall, years, volatility, ...prices }: Option) {
  const [forward, strike] = [decimal(prices.forward), decimal(prices.strike)];
  const variance = decimal(volatility ** 2 * years);
  return toNumbers(
    optionGreeks({
      isCall,
      forward,
      logRatio: logMoneyness(forward, strike),
      deviation: squareRootOfRatio(variance.count, 10n ** BigInt(variance.decimals)),
      seconds: decimal(years * SECONDS_PER_YEAR),
    }),
  );
}

/** The published ones are of options on spot, with interest r and cost of carry b: they follow from those of the forward. */
function spotGreeks(
  { isCall, spot, strike, years, volatility }: Omit<Option, "forward"> & { readonly spot: number },
  r: number,
  b: number,
) {
  const growth = Math.exp(b * years);
  const discount = Math.exp(-r * years);
  const option = { isCall, forward: spot * growth, strike, years, volatility };
  const { delta, gamma, vega, theta } = greeksOf(option);
  // The delta to the strike, by symmetry: an option on F struck at K is the other kind on K struck at F.
  const dual = greeksOf({ ...option, isCall: !isCall, forward: strike, strike: option.forward }).delta;
  const value = discount * (delta * option.forward + dual * strike);
  return {
    delta: discount * growth * delta,
    gamma: discount * growth ** 2 * gamma,
    vega: discount * vega,
    theta: r * value + discount * (365 * theta - b * option.forward * delta),
  };
}

describe("greeks are the published ones", () => {
  it("of Haug's Complete Guide to Option Pricing Formulas", () => {
    const futures = { spot: 105, strike: 100, years: 0.5, volatility: 0.36 };
    expect(spotGreeks({ ...futures, isCall: true }, 0.1, 0).delta).toBeCloseTo(0.5946, 4);
    expect(spotGreeks({ ...futures, isCall: false }, 0.1, 0).delta).toBeCloseTo(-0.3566, 4);
    const stock = { isCall: true, spot: 55, strike: 60, years: 0.75, volatility: 0.3 };
    expect(spotGreeks(stock, 0.1, 0.1).gamma).toBeCloseTo(0.0278, 4);
    expect(spotGreeks(stock, 0.105, 0.0695).vega).toBeCloseTo(18.5027, 4);
    const index = { isCall: false, spot: 430, strike: 405, years: 1 / 12, volatility: 0.2 };
    expect(spotGreeks(index, 0.07, 0.02).theta).toBeCloseTo(-31.1924, 4);
  });

  it("of Hull's Options, Futures and Other Derivatives", () => {
    const call = { isCall: true, spot: 49, strike: 50, years: 0.3846, volatility: 0.2 };
    const { delta, gamma, vega, theta } = spotGreeks(call, 0.05, 0.05);
    expect(delta).toBeCloseTo(0.522, 3);
    expect(gamma).toBeCloseTo(0.066, 3);
    expect(vega).toBeCloseTo(12.1, 1);
    expect(theta).toBeCloseTo(-4.31, 2);
  });
});

describe("greeks are what differences say", () => {
  /** Black's price in doubles, from deltas: F N(d1) − K N(d2). */
  function priceOf(option: Option): number {
    const { forward, strike } = option;
    const dual = greeksOf({ ...option, isCall: !option.isCall, forward: strike, strike: forward }).delta;
    return greeksOf(option).delta * forward + dual * strike;
  }

  it.each([
    { isCall: true, forward: 95_120.5, strike: 100_000, years: 31 / 365, volatility: 0.55 },
    { isCall: false, forward: 95_120.5, strike: 80_000, years: 0.5, volatility: 0.8 },
    { isCall: false, forward: 3_400, strike: 3_500, years: 1 / 365, volatility: 1.2 },
    { isCall: true, forward: 3_400, strike: 2_000, years: 2, volatility: 0.4 },
  ])("$isCall $forward $strike", (option) => {
    const difference = (field: "forward" | "volatility" | "years", step: number, of = priceOf): number =>
      (of({ ...option, [field]: option[field] + step }) - of({ ...option, [field]: option[field] - step })) /
      (2 * step);
    const { delta, gamma, vega, theta } = greeksOf(option);
    const near = (expected: number, actual: number) => expect(actual / expected).toBeCloseTo(1, 5);
    near(delta, difference("forward", option.forward * 1e-5));
    near(
      gamma,
      difference("forward", option.forward * 1e-5, (shifted) => greeksOf(shifted).delta),
    );
    near(vega, difference("volatility", 1e-5));
    near(theta, -difference("years", option.years * 1e-5) / 365);
  });
});

describe("where the outcome is certain", () => {
  const certain = (isCall: boolean, forward: string, strike: string) =>
    toNumbers(
      optionGreeks({
        isCall,
        forward: decimal(forward),
        logRatio: logMoneyness(decimal(forward), decimal(strike)),
        deviation: 0n,
        seconds: decimal("0"),
      }),
    );

  it("delta is all or nothing, or a half at the money", () => {
    const none = toNumbers(noGreeks);
    expect(certain(true, "101", "100")).toEqual({ ...none, delta: 1 });
    expect(certain(true, "99.5", "100")).toEqual(none);
    expect(certain(false, "99.5", "100")).toEqual({ ...none, delta: -1 });
    expect(certain(false, "100.00", "100")).toEqual({ ...none, delta: -0.5 });
  });
});

it("positions add up, shorts negative", () => {
  const part: Greeks = { delta: decimal("0.5"), gamma: decimal("0.001"), vega: decimal("12.5"), theta: decimal("-3") };
  const sum = sumGreeks([scaleGreeks(part, decimal("2")), scaleGreeks(part, decimal("-0.25")), noGreeks]);
  expect(toNumbers(sum)).toEqual({ delta: 0.875, gamma: 0.00175, vega: 21.875, theta: -5.25 });
  expect(toNumbers(sumGreeks([]))).toEqual(toNumbers(noGreeks));
});
