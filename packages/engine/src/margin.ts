import {
  type AccountNumber,
  type Cash,
  type InstrumentNumber,
  MARGIN_EVENT,
  nanoUsdPerCash,
  POSITION_BOUND,
  POSITION_EVENT,
  type UnderlyingNumber,
} from "@recourse/protocol";
import { ACCOUNT_PREFIX_BITS, instrumentOfPositionKey, marketKey, positionKey, underlyingKey } from "./keys.ts";
import { decodeMarket, decodePosition, decodeUnderlying, type MarketRecord } from "./records.ts";
import { scenarios } from "./riskArray.ts";
import { type Full, fullness } from "./room.ts";
import type { Step } from "./step.ts";

/** What an account's positions in one underlying come to. */
export interface Exposure {
  readonly underlying: UnderlyingNumber;
  /** Σ lots × weighted loss per lot, in nano-USD, for each scenario. */
  readonly losses: bigint[];
  /** Σ lots × delta per lot and Σ |lots × delta per lot|, in 1e-12 of the underlying. */
  netDelta: bigint;
  grossDelta: bigint;
}

/** An account's positions, summed up: all a margin needs of them. */
export interface Portfolio {
  /** Σ lots × mark, in nano-USD. */
  value: bigint;
  readonly exposures: Exposure[];
}

/**
 * Adds a position to a portfolio. In the state |lots| ≤ 2^40 and |mark|, |loss|, |delta| < 2^62, so sums of 64 stay below
 * 2^110; a calculator may count finer.
 */
export function addPosition(portfolio: Portfolio, mark: MarketRecord, lots: number | bigint): void {
  const size = BigInt(lots);
  portfolio.value += size * mark.mark;
  let exposure = portfolio.exposures.find(({ underlying }) => underlying === mark.underlying);
  if (exposure === undefined) {
    exposure = { underlying: mark.underlying, losses: scenarios.map(() => 0n), netDelta: 0n, grossDelta: 0n };
    portfolio.exposures.push(exposure);
  }
  for (let scenario = 0; scenario < scenarios.length; scenario++) {
    exposure.losses[scenario]! += size * mark.losses[scenario]!;
  }
  const delta = size * mark.delta;
  exposure.netDelta += delta;
  exposure.grossDelta += delta < 0n ? -delta : delta;
}

/**
 * Sums up an account's positions from the state.
 * @param except an instrument whose position is left out, because the caller is about to change it
 * @param keptBack units that have to be left after reading
 * @param limit what the transaction may use
 * @returns what is full, where there may be no room for the next position, or for looking for the first
 */
export function readPortfolio(
  step: Step,
  account: AccountNumber,
  except: InstrumentNumber | undefined,
  keptBack: number,
  limit: number,
): Portfolio | Full {
  const portfolio: Portfolio = { value: 0n, exposures: [] };
  const full = fullness(step.store, POSITION_BOUND + keptBack, limit);
  if (full !== undefined) return full;
  for (const { key, value } of step.store.scan(positionKey(account, 0 as InstrumentNumber), ACCOUNT_PREFIX_BITS)) {
    const full = fullness(step.store, POSITION_BOUND + keptBack, limit);
    if (full !== undefined) return full;
    step.store.charge(POSITION_EVENT);
    const instrument = instrumentOfPositionKey(key);
    if (instrument === except) continue;
    // INVARIANT: a position is only ever opened in a marked instrument, and marks are never removed before it.
    addPosition(portfolio, decodeMarket(step.store.get(marketKey(instrument))!), decodePosition(value).lots);
  }
  return portfolio;
}

/** The scan margin and the minimum margin on delta of one underlying, in nano-USD; its margin is the greater. */
export interface UnderlyingMargin {
  readonly underlying: UnderlyingNumber;
  readonly scan: bigint;
  readonly minimumDelta: bigint;
  /** The scenario of the greatest weighted loss. */
  readonly worstScenario: number;
}

/**
 * The margin of one underlying.
 *
 * scan = the greatest weighted loss over the scenarios, at least 0.
 * minimum = (2 % × |Δ| + 1 % × hedged Δ) × index with hedged Δ = (gross − |net|) / 2, that is
 * (3 |net| + gross) × index / 200, rounded up; delta is in 1e-12, index in 1e-8 USD, the margin in 1e-9 USD.
 */
export function underlyingMargin(exposure: Exposure, index: number): UnderlyingMargin {
  let scan = 0n;
  let worstScenario = 0;
  for (let scenario = 0; scenario < scenarios.length; scenario++) {
    const loss = exposure.losses[scenario]!;
    if (loss > scan) {
      scan = loss;
      worstScenario = scenario;
    }
  }
  const net = exposure.netDelta < 0n ? -exposure.netDelta : exposure.netDelta;
  const divisor = 200n * 10n ** 11n;
  const minimumDelta = ((3n * net + exposure.grossDelta) * BigInt(index) + divisor - 1n) / divisor;
  return { underlying: exposure.underlying, scan, minimumDelta, worstScenario };
}

/** Initial margin of a portfolio, in nano-USD: over its underlyings, the greater of scan and minimum. */
export function initialMargin(step: Step, portfolio: Portfolio): bigint {
  let margin = 0n;
  for (const exposure of portfolio.exposures) {
    step.store.charge(MARGIN_EVENT);
    // INVARIANT: an instrument is listed only on an underlying that is, and underlyings are never removed.
    const { index } = decodeUnderlying(step.store.get(underlyingKey(exposure.underlying))!);
    const { scan, minimumDelta } = underlyingMargin(exposure, index);
    margin += scan > minimumDelta ? scan : minimumDelta;
  }
  return margin;
}

/** Equity, in nano-USD: cash and the positions at their marks. */
export function equity(portfolio: Portfolio, cash: Cash): bigint {
  return BigInt(cash) * nanoUsdPerCash + portfolio.value;
}

/** Whether an account of these positions and this cash has its initial margin. */
export function meetsInitialMargin(step: Step, portfolio: Portfolio, cash: Cash): boolean {
  return equity(portfolio, cash) >= initialMargin(step, portfolio);
}

/** A copy of a portfolio with one more position. */
export function withPosition(portfolio: Portfolio, mark: MarketRecord, lots: number): Portfolio {
  const copy: Portfolio = {
    value: portfolio.value,
    exposures: portfolio.exposures.map((exposure) => ({ ...exposure, losses: exposure.losses.slice() })),
  };
  if (lots !== 0) addPosition(copy, mark, lots);
  return copy;
}
