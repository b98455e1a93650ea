import {
  formatInstrumentName,
  InstrumentKind,
  parseExpiryDate,
  price,
  priceDecimals,
  type Seconds,
  seconds,
} from "@recourse/protocol";
import { SeededRandom } from "../random.ts";
import { blackPrice, exponential, naturalLogarithm } from "./arithmetic.ts";
import { tapeHeader } from "./tape.ts";

/**
 * Two hours of a market that does not exist: calm, then a crash by a quarter or so within 22 minutes, then an uneasy
 * calm. The index follows a path with stochastic volatility and jumps; the volatility surface rises and tilts as the
 * price falls, short terms most; perpetual and options of four expiries are traded at what the surface says. Everything
 * follows from the seed and the number of rows, to the byte.
 */

export const defaultSimulatedRows = 2_100;
export const maxSimulatedRows = 1_000_000;

/** What the file of a simulated tape is called. */
export const simulatedTapeName = (seed: number): string => `simulated-seed-${seed}.csv`;

const startMs = Date.UTC(2024, 5, 11, 12);
const durationSeconds = 2 * 3600;
const yearSeconds = 31_536_000;
const symbol = "BTC";
const startIndex = 67_000;
/** Share of trades that are in options. */
const optionShare = 0.42;

/** Four real Fridays. */
const expiries = [
  { expiry: expiryOf("14JUN24"), strikeStep: 4_000, weight: 4 },
  { expiry: expiryOf("28JUN24"), strikeStep: 5_000, weight: 5 },
  { expiry: expiryOf("26JUL24"), strikeStep: 10_000, weight: 3 },
  { expiry: expiryOf("27SEP24"), strikeStep: 20_000, weight: 2 },
];

function expiryOf(text: string): Seconds {
  return parseExpiryDate(text)!;
}

/** How the market behaves during a part of the tape. */
interface Regime {
  /** Until when it lasts, as a fraction of the tape. */
  readonly until: number;
  /** Trades a minute, relative to the calm. */
  readonly pace: number;
  /** The index's volatility a year, before its own randomness. */
  readonly volatility: number;
  /** What the logarithm of the index changes by over the whole part, on average. */
  readonly drift: number;
  readonly jumpsAnHour: number;
  readonly jumpMean: number;
  readonly jumpDeviation: number;
  /** Share of trades in which the taker sells. */
  readonly sellers: number;
  /** The perpetual's price above the index, as a fraction. */
  readonly premium: number;
  /** What a year adds to the forward, as a fraction. */
  readonly basis: number;
}

const regimes: readonly Regime[] = [
  {
    until: 0.42,
    pace: 1,
    volatility: 0.45,
    drift: 0,
    jumpsAnHour: 2,
    jumpMean: 0,
    jumpDeviation: 0.003,
    sellers: 0.5,
    premium: 0.0003,
    basis: 0.08,
  },
  {
    until: 0.6,
    pace: 3.5,
    volatility: 3.2,
    drift: -0.24,
    jumpsAnHour: 28,
    jumpMean: -0.012,
    jumpDeviation: 0.012,
    sellers: 0.66,
    premium: -0.008,
    basis: -0.05,
  },
  {
    until: 1,
    pace: 1.3,
    volatility: 0.9,
    drift: 0.03,
    jumpsAnHour: 3,
    jumpMean: 0.002,
    jumpDeviation: 0.005,
    sellers: 0.48,
    premium: -0.0005,
    basis: 0.04,
  },
];

/** Where the market stands between two trades. */
interface Market {
  elapsedSeconds: number;
  index: number;
  /** Logarithm of what the regime's volatility is multiplied by. */
  logVolatility: number;
  /** The highest index of late, towards which a fall is measured. */
  reference: number;
  /** The implied volatility of a short at-the-money option. */
  level: number;
  premium: number;
  basis: number;
}

/**
 * Makes a tape.
 * @param rows trades, at least 1
 * @returns the lines of the file, header first
 */
export function simulateTape(seed: number, rows: number): string[] {
  const random = new SeededRandom(seed);
  const market: Market = {
    elapsedSeconds: 0,
    index: startIndex,
    logVolatility: 0,
    reference: startIndex,
    level: 0.52,
    premium: 0.0003,
    basis: 0.08,
  };
  const lines = [tapeHeader];
  for (const time of tradeTimes(random, rows)) {
    const regime = regimeAt(time);
    advance(market, regime, time, random);
    const timeMs = startMs + Math.floor(time * 1000);
    const option = random.uniform() < optionShare ? optionTrade(market, regime, timeMs, random) : undefined;
    lines.push((option ?? perpetualTrade(market, regime, timeMs, random)).join(","));
  }
  return lines;
}

function regimeAt(time: number): Regime {
  return regimes.find(({ until }) => time < until * durationSeconds) ?? regimes.at(-1)!;
}

/** When trades happen, in seconds from the start, rising: evenly at random, at each regime's pace. */
function tradeTimes(random: SeededRandom, rows: number): number[] {
  const lengths = regimes.map(({ until }, place) => until - (regimes[place - 1]?.until ?? 0));
  const total = regimes.reduce((sum, { pace }, place) => sum + pace * lengths[place]!, 0);
  const times: number[] = [];
  for (let row = 0; row < rows; row++) {
    let rest = random.uniform() * total;
    let place = 0;
    while (place < regimes.length - 1 && rest >= regimes[place]!.pace * lengths[place]!) {
      rest -= regimes[place]!.pace * lengths[place]!;
      place++;
    }
    times.push(((regimes[place - 1]?.until ?? 0) + rest / regimes[place]!.pace) * durationSeconds);
  }
  return times.sort((left, right) => left - right);
}

/** Moves the market on to a time. */
function advance(market: Market, regime: Regime, time: number, random: SeededRandom): void {
  const step = time - market.elapsedSeconds;
  const hours = step / 3600;
  market.elapsedSeconds = time;
  market.logVolatility += -2 * market.logVolatility * Math.min(hours, 0.5) + 0.6 * Math.sqrt(hours) * random.normal();
  const volatility = regime.volatility * exponential(market.logVolatility);
  const length = regime.until - (regimes[regimes.indexOf(regime) - 1]?.until ?? 0);
  let change = (regime.drift * step) / (length * durationSeconds);
  change += volatility * Math.sqrt(step / yearSeconds) * random.normal();
  if (random.uniform() < 1 - exponential(-regime.jumpsAnHour * hours)) {
    change += regime.jumpMean + regime.jumpDeviation * random.normal();
  }
  market.index *= exponential(change);

  market.reference = Math.max(
    market.index,
    market.reference + (market.index - market.reference) * Math.min(1, hours / 4),
  );
  const fall = naturalLogarithm(market.reference / market.index);
  const target = 0.48 + 0.1 * regime.volatility + 3.4 * fall;
  market.level += (target - market.level) * Math.min(1, 6 * hours) + 0.04 * Math.sqrt(hours) * random.normal();
  market.level = Math.max(0.25, Math.min(4, market.level));
  market.premium +=
    (regime.premium - market.premium) * Math.min(1, 12 * hours) + 0.0008 * Math.sqrt(hours) * random.normal();
  market.basis += (regime.basis - market.basis) * Math.min(1, 6 * hours);
}

/** Implied volatility of a strike: the level fades with the term, the smile leans to the puts, more so after a fall. */
function impliedVolatility(market: Market, forward: number, strike: number, years: number): number {
  const longRun = 0.58;
  const fading = 5 * years;
  const atTheMoney = longRun + (market.level - longRun) * ((1 - exponential(-fading)) / fading);
  const width = Math.sqrt(Math.max(years, 2 / 365) / (30 / 365));
  const moneyness = Math.max(-2.5, Math.min(2.5, naturalLogarithm(strike / forward) / (0.15 * width)));
  const skew = -0.02 - 0.05 * Math.max(0, market.level - 0.5);
  const volatility = atTheMoney * (1 + skew * moneyness + 0.03 * moneyness * moneyness);
  return Math.max(0.1, Math.min(5, volatility));
}

type Cells = readonly (string | number)[];

/** A trade of an option, or nothing where the strike that came up is worth next to nothing. */
function optionTrade(market: Market, regime: Regime, timeMs: number, random: SeededRandom): Cells | undefined {
  const { expiry, strikeStep } = random.choose(expiries.map((value) => ({ value, weight: value.weight })));
  const years = (expiry - timeMs / 1000) / yearSeconds;
  const forward = cents(market.index * (1 + market.basis * years));
  const reach = 0.13 * Math.sqrt(Math.max(years, 5 / 365) / (30 / 365)) * random.normal();
  const strike = Math.max(1, Math.round((forward * exponential(reach)) / strikeStep)) * strikeStep;
  const isOutOfTheMoney = random.uniform() < 0.9;
  const isCall = isOutOfTheMoney ? strike >= forward : strike < forward;
  const volatility = Math.round(1e4 * impliedVolatility(market, forward, strike, years)) / 1e4;
  const value = cents(blackPrice(isCall, forward, strike, years, volatility));
  if (value < 1) return undefined;
  const name = formatInstrumentName({
    symbol,
    kind: isCall ? InstrumentKind.call : InstrumentKind.put,
    expiry: seconds(expiry),
    strike: price(strike * 10 ** priceDecimals),
  });
  // A trader asks for protection while the price falls: puts are bought, calls are sold.
  const sells = random.uniform() < (isCall ? regime.sellers : 1 - regime.sellers);
  const size = Math.max(0.1, Math.round(10 * Math.min(30, exponential(-0.4 + 1.3 * random.normal()))) / 10);
  return row(timeMs, name, value, size, sells, market.index, [forward.toFixed(2), volatility.toFixed(4)]);
}

function perpetualTrade(market: Market, regime: Regime, timeMs: number, random: SeededRandom): Cells {
  const noise = 0.0002 * random.normal();
  const value = Math.round(2 * market.index * (1 + market.premium + noise)) / 2;
  const size = Math.max(0.01, cents(Math.min(30, exponential(-1 + 1.4 * random.normal()))));
  return row(timeMs, `${symbol}-PERPETUAL`, value, size, random.uniform() < regime.sellers, market.index, ["", ""]);
}

function row(
  timeMs: number,
  name: string,
  value: number,
  size: number,
  sells: boolean,
  index: number,
  quote: readonly [string, string],
): Cells {
  return [
    timeMs,
    name,
    value.toFixed(2),
    size.toFixed(2),
    sells ? "sell" : "buy",
    index.toFixed(2),
    ...quote,
    "simulator",
  ];
}

function cents(value: number): number {
  return Math.round(100 * value) / 100;
}
