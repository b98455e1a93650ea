import { CALL, type RiskInput } from "../src/riskArray.ts";
import { SURFACE_SCALE } from "../src/svi.ts";
import {
  blackPrice,
  divide,
  exponential,
  logarithm,
  multiply,
  normalDistribution,
  REAL_ONE,
  real,
  squareRoot,
} from "./highPrecision.ts";

const YEAR = 31_536_000n;
const DAY = 86_400n;

/** The margin grid as the exchange publishes it: spot / volatility / weight, in percent. */
export const publishedGrid =
  "16/40/100 12/40/100 12/-22/100 8/40/100 8/-22/100 4/40/100 4/-22/100 0/40/100 0/-22/100 -4/40/100 -4/-22/100 " +
  "-8/40/100 -8/-22/100 -12/40/100 -12/-22/100 -16/40/100 -66/40/18 -33/40/36 50/40/24 100/40/12 200/40/6 300/40/4 " +
  "400/40/3 500/40/2.4";

/** Standard deviations of the forward's logarithm, as they stand and with volatility shocked, from the formulas as written. */
export function exactDeviations({ surface, forward, strike, expiry, reportTime, time }: RiskInput) {
  const parameter = (value: bigint) => real(value, SURFACE_SCALE);
  const shift = logarithm(real(strike, forward)) - parameter(surface.m);
  const width = parameter(surface.sigma);
  const root = squareRoot(multiply(shift, shift) + multiply(width, width));
  const variance =
    parameter(surface.a) + multiply(parameter(surface.b), multiply(parameter(surface.rho), shift) + root);
  const volatility = squareRoot(divide(variance, real(expiry - reportTime, YEAR)));
  const days = real(expiry - time, DAY);
  const deviation = multiply(volatility, squareRoot(real(expiry - time, YEAR)));
  const power = days < 30n * REAL_ONE ? real(3n, 10n) : real(13n, 100n);
  const ratio = divide(30n * REAL_ONE, days > REAL_ONE ? days : REAL_ONE);
  const factor = exponential(multiply(power, logarithm(ratio)));
  const upFactor = factor > REAL_ONE ? factor : REAL_ONE;
  return {
    deviation,
    up: multiply(deviation, REAL_ONE + (40n * upFactor) / 100n),
    down: multiply(deviation, REAL_ONE - (22n * factor) / 100n),
  };
}

/** A risk array in nano-USD and 1e-12 of the underlying, from the formulas as they are written. */
export function exactRiskArray(input: RiskInput) {
  const isCall = input.kind === CALL;
  const forward = real(input.forward);
  const strike = real(input.strike);
  const { deviation, up, down } = exactDeviations(input);
  const perLot = (value: bigint) => (value * input.lot) / 10_000_000n;
  const value = blackPrice(isCall, forward, strike, deviation);
  const d1 = divide(logarithm(divide(forward, strike)), deviation) + deviation / 2n;
  return {
    mark: perLot(value),
    delta: (normalDistribution(d1) - (isCall ? 0n : REAL_ONE)) * input.lot * 10_000n,
    losses: publishedGrid.split(" ").map((scenario) => {
      const [spot, volatilityShock, weight] = scenario.split("/") as [string, string, string];
      const shockedForward = (forward * (100n + BigInt(spot))) / 100n;
      const shocked = blackPrice(isCall, shockedForward, strike, volatilityShock === "40" ? up : down);
      return (perLot(value - shocked) * BigInt(Math.round(Number(weight) * 10))) / 1000n;
    }),
  };
}
