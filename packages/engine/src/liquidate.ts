import {
  type AccountNumber,
  type Cash,
  type InstrumentNumber,
  LIQUIDATE_END,
  LIQUIDATE_LIMIT,
  type Liquidate,
  MAX_POSITIONS,
  POSITION_BOUND,
  POSITION_EVENT,
  Reason,
  type ReasonCode,
} from "@recourse/protocol";
import { adjustTotals, isFundWithinRange } from "./fund.ts";
import { cashValue, closeFund, openFund } from "./house.ts";
import { ACCOUNT_PREFIX_BITS, accountKey, instrumentOfPositionKey, positionKey } from "./keys.ts";
import {
  boundOfWriting,
  type Leg,
  type Liquidation,
  legOf,
  move,
  type Provider,
  writeLiquidation,
} from "./liquidation.ts";
import { liquidationTerms } from "./liquidationTerms.ts";
import {
  addHeldPosition,
  addPosition,
  type Evaluation,
  emptyPortfolio,
  equity,
  evaluate,
  freshMaintenance,
  isFreshMark,
  isStale,
  type Portfolio,
  readPortfolio,
} from "./margin.ts";
import { type AccountRecord, decodeAccount, decodePosition, type MarketRecord } from "./records.ts";
import { type Full, fullness, type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { readMaxMarkAge } from "./tradable.ts";

/**
 * Takes over a part of every position of an account, or all, whose equity is below the maintenance margin of fresh marks,
 * at those marks, for a penalty; what it cannot pay in the end, the insurance fund does. The house takes the
 * positions, or a liquidity provider that has the margin for them. Anyone may ask for it.
 */
export function liquidate(step: Step, transaction: Liquidate): ReasonCode | NextChunk {
  const { account } = transaction;
  const value = step.store.get(accountKey(account));
  if (value === undefined) return Reason.UnknownAccount;
  const record = decodeAccount(value);
  const taker = readTaker(step, transaction);
  if (typeof taker === "number") return taker;
  const maxMarkAge = readMaxMarkAge(step);

  const keptBack = LIQUIDATE_END + 2 * POSITION_EVENT * record.positions;
  const portfolio = readPortfolio(step, account, [], keptBack, LIQUIDATE_LIMIT);
  if (typeof portfolio === "string") return reasonOf(portfolio);
  if (!isFresh(step, portfolio, maxMarkAge)) return Reason.MarkTooOld;
  const accountEquity = equity(portfolio, record.cash);
  const maintenance = freshMaintenance(step, portfolio);
  if (accountEquity >= maintenance) return Reason.NotLiquidatable;
  const terms = liquidationTerms(accountEquity, maintenance);
  const legs = portfolio.positions.map((position) => legOf(position, terms.percent));
  let provider: Provider | undefined;
  if (taker !== undefined) {
    if (terms.reward === undefined) return Reason.ProviderUnpaid;
    const others = readOthers(step, transaction.provider, legs, keptBack);
    if (typeof others === "string") return reasonOf(others);
    provider = { account: transaction.provider, record: taker, others };
  }

  const liquidation: Liquidation = { account, record, legs, provider, events: [] };
  const fund = openFund(step.global);
  const loss = move(liquidation, fund, terms);
  if (loss === undefined || !isFundWithinRange(fund.insurance, fund.claims)) return Reason.ValueOutOfRange;
  const rest = emptyPortfolio();
  for (const { market, left } of legs) addPaid(step, rest, market, left, portfolio);
  const margin = evaluate(step, rest, record.cash);
  const providerMargin = provider && judgeProvider(step, provider, legs, portfolio, maxMarkAge);
  if (typeof providerMargin === "number") return providerMargin;
  const full = fullness(step.store, boundOfWriting(step, liquidation), LIQUIDATE_LIMIT);
  if (full !== undefined) return reasonOf(full);

  adjustTotals(step.global, record, margin.initialMargin, margin.notional);
  if (provider && providerMargin) {
    adjustTotals(step.global, provider.record, providerMargin.initialMargin, providerMargin.notional);
  }
  closeFund(step.global, fund);
  writeLiquidation(step, liquidation);
  step.events.push(...liquidation.events, {
    type: "liquidated",
    account,
    provider: transaction.provider,
    percent: terms.percent,
    penalty: Number(terms.penalty) as Cash,
    reward: Number(provider === undefined ? 0n : terms.reward) as Cash,
    equity: accountEquity,
    maintenance,
    loss: Number(loss) as Cash,
    legs: legs.map(legEvent),
  });
  return Reason.Ok;
}

const reasonOf = (full: Full): ReasonCode | NextChunk => (full === "chunk" ? nextChunk : Reason.ExceedsLimit);

/** The record of the provider that is named; undefined where the house takes over. */
function readTaker(step: Step, { account, provider }: Liquidate): AccountRecord | undefined | ReasonCode {
  if (provider === 0) return undefined;
  const value = step.store.get(accountKey(provider));
  if (value === undefined) return Reason.UnknownAccount;
  const record = decodeAccount(value);
  return record.isProvider && provider !== account ? record : Reason.NotProvider;
}

/** Whether all marks are fresh enough. */
function isFresh({ global }: Step, portfolio: Portfolio, maxMarkAge: number): boolean {
  return portfolio.positions.every(({ market }) =>
    isFreshMark(market, newestOf(portfolio, market), global.time, maxMarkAge),
  );
}

function newestOf({ exposures }: Portfolio, { underlying }: MarketRecord) {
  // INVARIANT: a portfolio has an exposure for every underlying of its positions.
  return exposures.find((exposure) => exposure.underlying === underlying)!;
}

/** Sums up the provider's other positions, and notes in the legs those in the instruments that are moved. */
function readOthers(step: Step, account: AccountNumber, legs: readonly Leg[], keptBack: number): Portfolio | Full {
  const { store } = step;
  const others = emptyPortfolio();
  const isFull = () => fullness(store, POSITION_BOUND + keptBack, LIQUIDATE_LIMIT);
  let full = isFull();
  if (full !== undefined) return full;
  let next = 0;
  for (const { key, value } of store.scan(positionKey(account, 0 as InstrumentNumber), ACCOUNT_PREFIX_BITS)) {
    full = isFull();
    if (full !== undefined) return full;
    store.charge(POSITION_EVENT);
    const instrument = instrumentOfPositionKey(key);
    const position = decodePosition(value);
    // Both run in the order of the instruments.
    while (next < legs.length && legs[next]!.instrument < instrument) next++;
    const leg = legs[next];
    if (leg?.instrument === instrument) {
      leg.held = position;
      leg.heldAfter += position.lots;
    } else {
      addHeldPosition(step, others, instrument, position);
    }
  }
  return others;
}

/** Judges the provider with all its positions as they will be. @returns its margin, or why it may not take over */
function judgeProvider(
  step: Step,
  { record, others }: Provider,
  legs: readonly Leg[],
  portfolio: Portfolio,
  maxMarkAge: number,
): Evaluation | ReasonCode {
  if (record.positions > MAX_POSITIONS) return Reason.TooManyPositions;
  for (const { market, heldAfter } of legs) addPaid(step, others, market, heldAfter, portfolio);
  if (isStale(others, step.global.time, maxMarkAge)) return Reason.MarkTooOld;
  const evaluation = evaluate(step, others, record.cash);
  return evaluation.equity < evaluation.initialMargin ? Reason.InsufficientMargin : evaluation;
}

/** Adds a position of which all funding is paid, if there is one, in an underlying that the account has a position in. */
function addPaid(step: Step, portfolio: Portfolio, market: MarketRecord, lots: number, account: Portfolio): void {
  step.store.charge(POSITION_EVENT);
  if (lots !== 0) addPosition(portfolio, market, lots, market.fundingIndex, newestOf(account, market));
}

function legEvent({ instrument, lots, left, market: { mark } }: Leg) {
  const moved = lots - left;
  return { instrument, lots: moved, mark, value: Number(cashValue(moved, mark)) as Cash };
}
