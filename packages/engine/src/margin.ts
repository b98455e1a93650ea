import {
  type AccountNumber,
  type Cash,
  InstrumentKind,
  type InstrumentNumber,
  LIQUIDATION_SKEW_SECONDS,
  MARGIN_EVENT,
  nanoUsdPerCash,
  POSITION_BOUND,
  POSITION_EVENT,
  type Price,
  priceQuantityPerCash,
  priceQuantityPerNanoUsd,
  SETTLED_TIME,
  type Seconds,
  type UnderlyingNumber,
} from "@recourse/protocol";
import { ceilDiv, indexValue } from "./arithmetic.ts";
import { ACCOUNT_PREFIX_BITS, instrumentOfPositionKey, marketKey, positionKey, underlyingKey } from "./keys.ts";
import { LossSums } from "./lossSums.ts";
import { decodeMarket, decodePosition, decodeUnderlying, type MarketRecord, type PositionRecord } from "./records.ts";
import { type Full, fullness } from "./room.ts";
import type { Step } from "./step.ts";

/**
 * The margin of a portfolio. Positions in one underlying are summed up to an exposure; the margin of an exposure is
 *
 *   the greatest weighted loss over the scenarios (scan), but no less than a minimum on its delta,
 *   grown by the age of the oldest report that one of its legs is marked from,
 *   and on top of that what may hide between the scenarios' nodes (long gap), and between reports of different times
 *   (mixed age).
 *
 * Equity and margins are in nano-USD.
 */

/** What the oracle last said of an underlying. */
export interface UnderlyingIndex {
  /** In 1e-8 USD. */
  readonly index: Price;
  readonly indexTime: Seconds;
}

/** What an account's positions in one underlying come to. */
export interface Exposure extends UnderlyingIndex {
  readonly underlying: UnderlyingNumber;
  /** Σ lots × weighted loss per lot, in nano-USD, for each scenario. */
  readonly losses: LossSums;
  /** Σ lots × delta per lot and Σ |lots × delta per lot|, in 1e-12 of the underlying. */
  netDelta: bigint;
  grossDelta: bigint;
  /** Σ lots × gap per lot over what is held long, in nano-USD. */
  longGap: bigint;
  /** Σ |lots| × lot, in 1e-8 of the underlying. */
  size: bigint;
  /** What legs marked from older reports than the newest may be worth less by now, in nano-USD. */
  mixedAge: bigint;
  /** The time of the oldest report that a leg is marked from; SETTLED_TIME where all are settled. */
  oldest: number;
}

/** A position as the state holds it. */
export interface HeldPosition {
  readonly instrument: InstrumentNumber;
  readonly lots: number;
  readonly fundingIndex: bigint;
  readonly market: MarketRecord;
}

/** An account's positions, summed up: all a margin needs of them. */
export interface Portfolio {
  /** Σ lots × mark less the funding that is due, in nano-USD. */
  value: bigint;
  /** The same, with each perpetual at the worse of its mark and the index that it was marked from. */
  lowerValue: bigint;
  readonly exposures: Exposure[];
  /** The positions that were read from the state, by instrument. */
  readonly positions: HeldPosition[];
}

export function emptyPortfolio(): Portfolio {
  return { value: 0n, lowerValue: 0n, exposures: [], positions: [] };
}

export function emptyExposure(underlying: UnderlyingNumber, { index, indexTime }: UnderlyingIndex): Exposure {
  return {
    underlying,
    index,
    indexTime,
    losses: new LossSums(),
    netDelta: 0n,
    grossDelta: 0n,
    longGap: 0n,
    size: 0n,
    mixedAge: 0n,
    oldest: SETTLED_TIME,
  };
}

function findExposure({ exposures }: Portfolio, underlying: UnderlyingNumber): Exposure | undefined {
  return exposures.find((exposure) => exposure.underlying === underlying);
}

/**
 * Adds a position to a portfolio. In the state |lots| ≤ 2^40 and |mark|, |loss|, |delta|, |funding index| < 2^62, so sums
 * of 64 stay below 2^111; a calculator may count finer.
 * @param fundingIndex the market's when the position last paid funding
 * @param newest what the oracle last said of the underlying; of effect for its first position only
 */
export function addPosition(
  portfolio: Portfolio,
  market: MarketRecord,
  lots: number | bigint,
  fundingIndex: bigint,
  newest: UnderlyingIndex,
): void {
  const size = BigInt(lots);
  const absolute = size < 0n ? -size : size;
  const funding = size * (market.fundingIndex - fundingIndex);
  const value = size * market.mark;
  portfolio.value += value - funding;
  const atIndex = market.kind === InstrumentKind.perpetual ? size * indexValue(market.index, market.lot) : value;
  portfolio.lowerValue += (atIndex < value ? atIndex : value) - funding;

  let exposure = findExposure(portfolio, market.underlying);
  if (exposure === undefined) {
    exposure = emptyExposure(market.underlying, newest);
    portfolio.exposures.push(exposure);
  }
  exposure.losses.add(market.losses, lots);
  const delta = size * market.delta;
  exposure.netDelta += delta;
  exposure.grossDelta += delta < 0n ? -delta : delta;
  if (size > 0n) exposure.longGap += size * market.gap;
  exposure.size += absolute * BigInt(market.lot);
  exposure.oldest = Math.min(exposure.oldest, market.reportTime);
  if (market.reportTime < exposure.indexTime) exposure.mixedAge += absolute * lagOf(market, exposure.index);
}

/** The scenarios in which only volatility moves, up and down. */
const VOLATILITY_UP = 7;
const VOLATILITY_DOWN = 8;

/**
 * In a scenario of ± 16 % a value moves by no more than 1.16 for each unit that the index does, and in an extreme one, of
 * which only a share counts, by less: so much of a move may be missing in equity and scan together, in per cent.
 */
const MOVE_PERCENT = 116n;

/**
 * What one lot marked from an older report than the newest may be off by: how far the index has moved since, as its value
 * may have in any scenario, and a quarter of what it loses when volatility alone moves. Whoever brings only the winning
 * leg of a spread up to date thus gains nothing by it.
 */
function lagOf(market: MarketRecord, index: Price): bigint {
  const moved = BigInt(Math.abs(index - market.index));
  const up = magnitude(market.losses[VOLATILITY_UP]!);
  const down = magnitude(market.losses[VOLATILITY_DOWN]!);
  const value = ceilDiv(BigInt(market.lot) * moved * MOVE_PERCENT, 100n * priceQuantityPerNanoUsd);
  return value + ceilDiv(up > down ? up : down, 4n);
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** A copy of a portfolio with one more position, of which all funding is paid. */
export function withPosition(
  portfolio: Portfolio,
  market: MarketRecord,
  lots: number,
  newest: UnderlyingIndex,
): Portfolio {
  const { value, lowerValue, exposures, positions } = portfolio;
  const copies = exposures.map((exposure) => ({ ...exposure, losses: exposure.losses.copy() }));
  const copy: Portfolio = { value, lowerValue, exposures: copies, positions };
  if (lots !== 0) addPosition(copy, market, lots, market.fundingIndex, newest);
  return copy;
}

/** Adds a position that the state holds, as its market and its underlying are now. */
export function addHeldPosition(
  { store }: Step,
  portfolio: Portfolio,
  instrument: InstrumentNumber,
  { lots, fundingIndex }: PositionRecord,
): void {
  // INVARIANT: a position is only ever opened in a marked instrument, and a market stays as long as there are any. An
  // instrument is listed only on an underlying that is, and underlyings are never removed.
  const market = decodeMarket(store.get(marketKey(instrument))!);
  const newest =
    findExposure(portfolio, market.underlying) ?? decodeUnderlying(store.get(underlyingKey(market.underlying))!);
  addPosition(portfolio, market, lots, fundingIndex, newest);
  portfolio.positions.push({ instrument, lots, fundingIndex, market });
}

/**
 * Sums up an account's positions from the state.
 * @param except instruments whose positions are left out, because the caller is about to change them
 * @param keptBack units that have to be left after reading
 * @param limit what the transaction may use
 * @returns what is full, where there may be no room for the next position, or for looking for the first
 */
export function readPortfolio(
  step: Step,
  account: AccountNumber,
  except: readonly InstrumentNumber[],
  keptBack: number,
  limit: number,
): Portfolio | Full {
  const { store } = step;
  const portfolio = emptyPortfolio();
  const full = fullness(store, POSITION_BOUND + keptBack, limit);
  if (full !== undefined) return full;
  for (const { key, value } of store.scan(positionKey(account, 0 as InstrumentNumber), ACCOUNT_PREFIX_BITS)) {
    const full = fullness(store, POSITION_BOUND + keptBack, limit);
    if (full !== undefined) return full;
    store.charge(POSITION_EVENT);
    const instrument = instrumentOfPositionKey(key);
    if (except.includes(instrument)) continue;
    addHeldPosition(step, portfolio, instrument, decodePosition(value));
  }
  return portfolio;
}

/** The margin of one underlying and what it is made of, in nano-USD. */
export interface UnderlyingMargin {
  readonly underlying: UnderlyingNumber;
  readonly scan: bigint;
  readonly minimumDelta: bigint;
  /** The scenario of the greatest weighted loss. */
  readonly worstScenario: number;
  /** The greater of scan and minimum, grown by the age of the oldest report. */
  readonly aged: bigint;
  readonly longGap: bigint;
  readonly mixedAge: bigint;
  readonly initialMargin: bigint;
  readonly maintenanceMargin: bigint;
}

/** Margins grow by a tenth within the first hour, and with the square root of time: in millionths, rounded up. */
const GROWTH_SCALE = 1_000_000n;
const HOUR_SECONDS = 3_600n;

/** By how much margins have grown when a mark is so old, in millionths: ⌊√⌊age × 1e10 / 3600⌋⌋ + 1, and 0 at once. */
export function ageGrowth(ageSeconds: number): bigint {
  if (ageSeconds === 0) return 0n;
  const square = (BigInt(ageSeconds) * 10n ** 10n) / HOUR_SECONDS;
  // The double is off by one at most.
  let root = BigInt(Math.floor(Math.sqrt(Number(square))));
  while (root * root > square) root--;
  while ((root + 1n) * (root + 1n) <= square) root++;
  return root + 1n;
}

/** 200 for the percentages, 1e11 from delta × index (1e-20 USD) to nano-USD. */
const MINIMUM_DELTA_DIVISOR = 200n * 10n ** 11n;

/**
 * Before age and add-ons, the margin of one underlying is the greater of
 *
 * scan = the greatest weighted loss over the scenarios, at least 0;
 * minimum = (2 % × |Δ| + 1 % × hedged Δ) × index with hedged Δ = (gross − |net|) / 2, that is
 * (3 |net| + gross) × index / 200, rounded up.
 */
function baseMargin({ losses, netDelta, grossDelta, index }: Exposure) {
  const { loss: scan, scenario: worstScenario } = losses.worst();
  const minimumDelta = ceilDiv((3n * magnitude(netDelta) + grossDelta) * BigInt(index), MINIMUM_DELTA_DIVISOR);
  return { scan, minimumDelta, worstScenario, base: scan > minimumDelta ? scan : minimumDelta };
}

/**
 * The margin of one underlying.
 * @param time the engine's clock
 */
export function underlyingMargin(exposure: Exposure, time: Seconds): UnderlyingMargin {
  const { underlying, longGap, mixedAge, oldest } = exposure;
  const { scan, minimumDelta, worstScenario, base } = baseMargin(exposure);
  const growth = ageGrowth(Math.max(time - oldest, 0));
  const aged = ceilDiv(base * (GROWTH_SCALE + growth), GROWTH_SCALE);
  const initialMargin = aged + longGap + mixedAge;
  const maintenanceMargin = ceilDiv(aged, 2n) + longGap + mixedAge;
  const parts = { underlying, scan, minimumDelta, worstScenario, aged, longGap, mixedAge };
  return { ...parts, initialMargin, maintenanceMargin };
}

/** Equity, in nano-USD: cash and the positions at their marks, less the funding that is due. */
export function equity(portfolio: Portfolio, cash: Cash): bigint {
  return BigInt(cash) * nanoUsdPerCash + portfolio.value;
}

/** What a portfolio's positions are worth at the indexes, in cash, rounded down. */
export function notional({ exposures }: Portfolio): bigint {
  return exposures.reduce((sum, { size, index }) => sum + (size * BigInt(index)) / priceQuantityPerCash, 0n);
}

/** What an account has and what it must keep. */
export interface Evaluation {
  /** In nano-USD. */
  readonly equity: bigint;
  readonly initialMargin: bigint;
  readonly maintenanceMargin: bigint;
  /** In cash. */
  readonly notional: bigint;
}

/** Evaluates a portfolio and its account's cash. */
export function evaluate(step: Step, portfolio: Portfolio, cash: Cash): Evaluation {
  let initialMargin = 0n;
  let maintenanceMargin = 0n;
  for (const exposure of portfolio.exposures) {
    step.store.charge(MARGIN_EVENT);
    const margin = underlyingMargin(exposure, step.global.time);
    initialMargin += margin.initialMargin;
    maintenanceMargin += margin.maintenanceMargin;
  }
  return { equity: equity(portfolio, cash), initialMargin, maintenanceMargin, notional: notional(portfolio) };
}

/** What an account is liquidated by: its maintenance margin, in nano-USD, as if all reports were of now. */
export function freshMaintenance(step: Step, portfolio: Portfolio): bigint {
  let margin = 0n;
  for (const exposure of portfolio.exposures) {
    step.store.charge(MARGIN_EVENT);
    margin += freshUnderlyingMaintenance(exposure);
  }
  return margin;
}

/** What one underlying adds to it. */
export function freshUnderlyingMaintenance(exposure: Exposure): bigint {
  return ceilDiv(baseMargin(exposure).base, 2n) + exposure.longGap;
}

/** By no more than this part of the index may it have moved since the report of a mark that is fresh: 0.1 %. */
const FRESH_INDEX_SHARE = 1000;

/**
 * Whether a mark may be liquidated by, and the house may deal on it: its report is neither too old nor much older than the
 * underlying's newest, and says nearly the same of the index. Otherwise whoever sends marks could bring the losing leg of a
 * spread up to date, liquidate, and take the other leg at what it was worth before.
 */
export function isFreshMark(
  market: MarketRecord,
  { index, indexTime }: UnderlyingIndex,
  time: Seconds,
  maxMarkAgeSeconds: number,
): boolean {
  const { reportTime } = market;
  if (reportTime === SETTLED_TIME) return true;
  const isOfNow = Math.abs(index - market.index) <= Math.floor(index / FRESH_INDEX_SHARE);
  return (
    isOfNow && indexTime - reportTime <= LIQUIDATION_SKEW_SECONDS && !isTooOld(reportTime, time, maxMarkAgeSeconds)
  );
}

/** Whether a report is older than marks may be where risk is added or money taken out. A settlement never is. */
export function isTooOld(reportTime: number, time: Seconds, maxMarkAgeSeconds: number): boolean {
  return time - reportTime > maxMarkAgeSeconds;
}

/** Whether a position of the portfolio is marked from a report that is too old. */
export function isStale({ exposures }: Portfolio, time: Seconds, maxMarkAgeSeconds: number): boolean {
  return exposures.some(({ oldest }) => isTooOld(oldest, time, maxMarkAgeSeconds));
}

/** What is traded, and by what it is judged. */
export interface Traded {
  readonly market: MarketRecord;
  readonly underlying: UnderlyingIndex;
  readonly maxMarkAgeSeconds: number;
}

/** A position in what is traded, and the account's cash after the funding for it is paid. */
export interface Holding {
  readonly lots: number;
  readonly cash: Cash;
}

/** Why a trade is not allowed: a leg's mark is too old, or there is too little margin. */
export type MarginFailure = "stale" | "margin";

/**
 * Judges what a trade would make of an account. It has to have its initial margin after it, and none of its marks may be
 * too old. Failing that it may still bring its position nearer to zero, not beyond it, if what it lacks of its initial
 * margin grows by nothing, and it gives away no more of its equity than of its risk (see {@link keepsEquity}).
 * @param others the account's other positions
 * @returns what it would have and must keep after the trade, and what fails, if anything
 */
export function judgeTrade(
  step: Step,
  others: Portfolio,
  traded: Traded,
  before: Holding,
  after: Holding,
): { readonly failure: MarginFailure | undefined; readonly evaluation: Evaluation } {
  const portfolio = withPosition(others, traded.market, after.lots, traded.underlying);
  const evaluation = evaluate(step, portfolio, after.cash);
  const excess = evaluation.equity - evaluation.initialMargin;
  let failure: MarginFailure | undefined;
  if (isStale(portfolio, step.global.time, traded.maxMarkAgeSeconds)) failure = "stale";
  else if (excess < 0n) failure = "margin";
  if (failure !== undefined && isReduced(before.lots, after.lots)) {
    const present = withPosition(others, traded.market, before.lots, traded.underlying);
    const presently = evaluate(step, present, before.cash);
    const isNoWorse = excess >= presently.equity - presently.initialMargin;
    if (isNoWorse && keepsEquity(presently, evaluation)) failure = undefined;
  }
  return { failure, evaluation };
}

/**
 * Whether a trade that takes risk away leaves an account at least as much equity for each unit of margin as it had, and
 * takes none of it where there is none. Otherwise an account near its maintenance margin could sell to its owner's other
 * account for a tenth less than the mark, and leave the fund with what it then owes.
 */
function keepsEquity(before: Evaluation, after: Evaluation): boolean {
  if (before.equity < 0n) return after.equity >= before.equity;
  return after.equity * before.initialMargin >= before.equity * after.initialMargin;
}

/** Whether a position comes nearer to zero, not beyond it. */
function isReduced(before: number, after: number): boolean {
  return before > 0 ? after >= 0 && after < before : after <= 0 && after > before;
}
