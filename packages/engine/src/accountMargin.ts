import { type AccountNumber, type Cash, instrumentNumber, type Price, type Seconds } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  ACCOUNT_PREFIX_BITS,
  accountKey,
  globalKey,
  instrumentOfPositionKey,
  marketKey,
  parametersKey,
  positionKey,
  underlyingKey,
} from "./keys.ts";
import {
  addPosition,
  ageGrowth,
  type Exposure,
  emptyPortfolio,
  equity,
  type HeldPosition,
  isStale,
  notional,
  type Portfolio,
  type UnderlyingMargin,
  underlyingMargin,
} from "./margin.ts";
import {
  decodeAccount,
  decodeGlobal,
  decodeMarket,
  decodeParameters,
  decodePosition,
  decodeUnderlying,
} from "./records.ts";

/** An account's margin for people and programs: by the rules of margin.ts, unmetered, with what it is made of. */

/** What an account has: its cash and its positions, by instrument. */
export interface Holdings {
  readonly cash: Cash;
  readonly positions: readonly HeldPosition[];
}

/** What an account is worth and must keep. */
export interface AccountMargin<Part extends UnderlyingMargin = UnderlyingMargin> {
  readonly cash: Cash;
  /** In nano-USD, like the margins. */
  readonly equity: bigint;
  readonly initialMargin: bigint;
  readonly maintenanceMargin: bigint;
  /** In cash. */
  readonly notional: bigint;
  readonly underlyings: readonly Part[];
}

/** The margin of one underlying, what it is made of and what it is computed of. */
export interface UnderlyingBreakdown extends UnderlyingMargin {
  readonly index: Price;
  /** Σ lots × delta per lot, in 1e-12 of the underlying. */
  readonly netDelta: bigint;
  /** Σ lots × weighted loss per lot in each scenario, in nano-USD; a gain is negative. */
  readonly losses: readonly bigint[];
  /** Since the oldest report that a leg is marked from; 0 where all are settled. */
  readonly ageSeconds: number;
  /** By how much that makes the margin grow, in millionths. */
  readonly growth: bigint;
}

/** A margin with all that explains it. */
export interface MarginBreakdown extends AccountMargin<UnderlyingBreakdown> {
  /** Whether a leg's mark is too old for anything but a reduction of risk. */
  readonly isStale: boolean;
}

/** Reads what an account has; undefined where there is no such account. */
export function readHoldings(store: OrderedStore, account: AccountNumber): Holdings | undefined {
  const record = store.peek(accountKey(account));
  if (record === undefined) return undefined;
  const positions: HeldPosition[] = [];
  for (const { key, value } of store.peekScan(positionKey(account, instrumentNumber(0)), ACCOUNT_PREFIX_BITS)) {
    const instrument = instrumentOfPositionKey(key);
    const { lots, fundingIndex } = decodePosition(value);
    // INVARIANT: a position is only ever opened in a marked instrument, and a market stays as long as there are any.
    positions.push({ instrument, lots, fundingIndex, market: decodeMarket(store.peek(marketKey(instrument))!) });
  }
  return { cash: decodeAccount(record).cash, positions };
}

/** The clock as the state holds it. While a chunk is open the engine's is the chunk's, and may be later. */
export function storedTime(store: OrderedStore): Seconds {
  return decodeGlobal(store.peek(globalKey)!).time;
}

/**
 * What an account is worth and must keep, at the present marks.
 * @param time the engine's clock
 * @returns undefined where there is no such account
 */
export function accountMargin(
  store: OrderedStore,
  account: AccountNumber,
  time: Seconds = storedTime(store),
): AccountMargin | undefined {
  const holdings = readHoldings(store, account);
  if (holdings === undefined) return undefined;
  const portfolio = portfolioOf(store, holdings);
  const underlyings = portfolio.exposures.map((exposure) => underlyingMargin(exposure, time));
  return summarize(portfolio, holdings.cash, underlyings);
}

/** The same of holdings that need not be in the state, explained. */
export function explainMargin(store: OrderedStore, holdings: Holdings, time: Seconds): MarginBreakdown {
  const { maxMarkAgeSeconds } = decodeParameters(store.peek(parametersKey)!);
  const portfolio = portfolioOf(store, holdings);
  const underlyings = portfolio.exposures.map((exposure) => breakDown(exposure, time));
  return {
    ...summarize(portfolio, holdings.cash, underlyings),
    isStale: isStale(portfolio, time, maxMarkAgeSeconds),
  };
}

function portfolioOf(store: OrderedStore, { positions }: Holdings): Portfolio {
  const portfolio = emptyPortfolio();
  for (const { market, lots, fundingIndex } of positions) {
    // Of effect for the first position of an underlying only.
    const newest =
      portfolio.exposures.find(({ underlying }) => underlying === market.underlying) ??
      decodeUnderlying(store.peek(underlyingKey(market.underlying))!);
    addPosition(portfolio, market, lots, fundingIndex, newest);
  }
  return portfolio;
}

function summarize<Part extends UnderlyingMargin>(
  portfolio: Portfolio,
  cash: Cash,
  underlyings: readonly Part[],
): AccountMargin<Part> {
  return {
    cash,
    equity: equity(portfolio, cash),
    initialMargin: underlyings.reduce((sum, { initialMargin }) => sum + initialMargin, 0n),
    maintenanceMargin: underlyings.reduce((sum, { maintenanceMargin }) => sum + maintenanceMargin, 0n),
    notional: notional(portfolio),
    underlyings,
  };
}

function breakDown(exposure: Exposure, time: Seconds): UnderlyingBreakdown {
  const { index, netDelta, losses, oldest } = exposure;
  const ageSeconds = Math.max(time - oldest, 0);
  const margin = underlyingMargin(exposure, time);
  return { ...margin, index, netDelta, losses: losses.all(), ageSeconds, growth: ageGrowth(ageSeconds) };
}
