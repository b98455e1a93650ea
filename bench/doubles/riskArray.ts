import { type RiskInput, scenarios } from "@recourse/engine";
import { normalDistribution } from "./normal.ts";

const YEAR_SECONDS = 31_536_000;
const DAY_SECONDS = 86_400;

/** What an option's risk array is computed from, in USD, years and units: no fixed point anywhere. */
export interface DoubleInput {
  readonly isCall: boolean;
  readonly strike: number;
  readonly forward: number;
  readonly lot: number;
  readonly seconds: number;
  readonly secondsAtReport: number;
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
}

export interface DoubleRiskArray {
  /** In USD for one lot, as the losses are. */
  readonly mark: number;
  readonly delta: number;
  readonly losses: Float64Array;
}

/** An option's input in doubles. */
export function toDoubles({ kind, strike, lot, forward, surface, reportTime, expiry, time }: RiskInput): DoubleInput {
  const parameter = (value: bigint) => Number(value) / 1e15;
  return {
    isCall: kind === 1,
    strike: Number(strike) / 1e8,
    forward: Number(forward) / 1e8,
    lot: Number(lot) / 1e8,
    seconds: Number(expiry - time),
    secondsAtReport: Number(expiry - reportTime),
    a: parameter(surface.a),
    b: parameter(surface.b),
    rho: parameter(surface.rho),
    m: parameter(surface.m),
    sigma: parameter(surface.sigma),
  };
}

/** Black's formula: the out-of-the-money leg, then parity. */
function blackPrice(isCall: boolean, forward: number, strike: number, deviation: number): number {
  const low = Math.min(forward, strike);
  const high = Math.max(forward, strike);
  const d1 = Math.log(low / high) / deviation + deviation / 2;
  const outOfTheMoney = low * normalDistribution(d1) - high * normalDistribution(d1 - deviation);
  const intrinsic = isCall ? forward - strike : strike - forward;
  return Math.max(0, outOfTheMoney) + Math.max(0, intrinsic);
}

/** The same risk array as the engine's `riskArray`, in plain doubles: SVI, Black-76, 24 scenarios. */
export function doubleRiskArray(input: DoubleInput): DoubleRiskArray {
  const { isCall, strike, forward, lot, seconds, secondsAtReport, a, b, rho, m, sigma } = input;
  const shift = Math.log(strike / forward) - m;
  const variance = a + b * (rho * shift + Math.sqrt(shift * shift + sigma * sigma));
  const volatility = Math.sqrt((variance * YEAR_SECONDS) / secondsAtReport);
  const deviation = volatility * Math.sqrt(seconds / YEAR_SECONDS);
  const days = Math.max(1, seconds / DAY_SECONDS);
  const downFactor = (30 / days) ** (days < 30 ? 0.3 : 0.13);
  const up = deviation * (1 + 0.4 * Math.max(1, downFactor));
  const down = deviation * (1 - 0.22 * downFactor);
  const value = blackPrice(isCall, forward, strike, deviation);
  const losses = new Float64Array(scenarios.length);
  for (let place = 0; place < scenarios.length; place++) {
    const { spotShock, volatilityShock, weight } = scenarios[place]!;
    const shocked = blackPrice(isCall, forward * (1 + spotShock / 100), strike, volatilityShock > 0 ? up : down);
    losses[place] = (value - shocked) * lot * (weight / 1000);
  }
  const d1 = Math.log(forward / strike) / deviation + deviation / 2;
  const delta = (isCall ? normalDistribution(d1) : normalDistribution(d1) - 1) * lot;
  return { mark: value * lot, delta, losses };
}
