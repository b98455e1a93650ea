import { type AccountNumber, type Cash, MAX_CASH, MAX_POSITION_LOTS } from "@recourse/protocol";
import { BRANCH_TOUCH, LEAF_BYTE, LEAF_TOUCH, NODE_CREATE, VISIT, WRITE } from "@recourse/store";
import { writeAccount } from "./book.ts";
import type { EngineEvent } from "./events.ts";
import { cashValue, type Fund, marketWithHouse, payFunding, takeIntoHouse } from "./house.ts";
import { marketKey, positionKey } from "./keys.ts";
import type { LiquidationTerms } from "./liquidationTerms.ts";
import type { HeldPosition, Portfolio } from "./margin.ts";
import { longChange } from "./matching.ts";
import {
  type AccountRecord,
  encodeMarket,
  encodePosition,
  type MarketRecord,
  POSITION_BYTES,
  type PositionRecord,
} from "./records.ts";
import type { Step } from "./step.ts";

/** What a liquidation will do, found out before anything is written. */
export interface Liquidation {
  readonly account: AccountNumber;
  readonly record: AccountRecord;
  readonly legs: readonly Leg[];
  /** Undefined where the house takes over. */
  readonly provider: Provider | undefined;
  readonly events: EngineEvent[];
}

/** A position of the account that is liquidated, and the provider's in the same instrument. */
export interface Leg extends HeldPosition {
  /** Undefined where the provider has none, or the house takes over. */
  held: PositionRecord | undefined;
  /** What will be left of the account's position, and what the provider's will be. */
  readonly left: number;
  heldAfter: number;
}

/** The liquidity provider that takes over. */
export interface Provider {
  readonly account: AccountNumber;
  readonly record: AccountRecord;
  /** Its positions in instruments in which the liquidated account has none. */
  readonly others: Portfolio;
}

/** The lots that are moved are rounded up, so that every liquidation moves some of every position. */
export function legOf(position: HeldPosition, percent: number): Leg {
  const { lots } = position;
  const moved = Math.floor((Math.abs(lots) * percent + 99) / 100);
  const left = lots < 0 ? lots + moved : lots - moved;
  return { ...position, held: undefined, left, heldAfter: lots - left };
}

/**
 * Moves the positions and the money, in the accounts' records and the fund alone.
 * @returns what the fund pays for the account, in cash; undefined where a value would leave its range
 */
export function move(
  { account, record, legs, provider, events }: Liquidation,
  fund: Fund,
  { percent, penalty, reward }: LiquidationTerms,
): bigint | undefined {
  let cash = BigInt(record.cash) - penalty;
  let takerCash = 0n;
  fund.insurance += penalty;
  for (const leg of legs) {
    const { instrument, lots, left, market, held, heldAfter } = leg;
    const value = cashValue(lots - left, market.mark);
    cash += value - payFunding(fund, events, { account, instrument }, market, leg);
    if (left === 0) record.positions--;
    if (provider === undefined) {
      takeIntoHouse(fund, market, lots - left, value);
      continue;
    }
    if (Math.abs(heldAfter) > MAX_POSITION_LOTS) return undefined;
    takerCash -= value;
    if (held === undefined) provider.record.positions++;
    else takerCash -= payFunding(fund, events, { account: provider.account, instrument }, market, held);
    if (heldAfter === 0) provider.record.positions--;
  }
  let loss = 0n;
  if (percent === 100 && cash < 0n) {
    loss = -cash;
    fund.insurance -= loss;
    cash = 0n;
  }
  if (cash > MAX_CASH || cash < -MAX_CASH) return undefined;
  record.cash = Number(cash) as Cash;
  if (provider === undefined) return loss;
  // INVARIANT: where there is a provider there is a reward.
  takerCash += BigInt(provider.record.cash) + reward!;
  fund.insurance -= reward!;
  if (takerCash > MAX_CASH || takerCash < -MAX_CASH) return undefined;
  provider.record.cash = Number(takerCash) as Cash;
  return loss;
}

/** Branches below an account's positions, as many as an instrument's number has bits. */
const INSTRUMENT_BRANCHES = 24;
/** The longest paths to a market and to an account. */
const LONGEST_MARKET_PATH = 4 + 24;
const LONGEST_ACCOUNT_PATH = 4 + 32;
/** New branches that may come to lie above what is rewritten: the one above the positions of a provider that had none. */
const NEW_BRANCHES = 1;

/** Rewriting or removing what lies so deep and was read. */
const rewriting = (depth: number): number => WRITE + VISIT * (depth + 1 + NEW_BRANCHES);

/**
 * Units that writing may cost, at most. Everything was read before, so all nodes on the way are touched (see `plan.ts`).
 * An account's positions lie at most INSTRUMENT_BRANCHES deeper than its first; a new one costs a climb, its nodes and its
 * bytes as well, and the first of a provider that has none a walk down to where it belongs.
 */
export function boundOfWriting({ store }: Step, { account, legs, provider }: Liquidation): number {
  const rewritingPosition = (holder: AccountNumber): number => {
    if (legs.length > 0) store.get(positionKey(holder, legs[0]!.instrument));
    return rewriting(store.depth + INSTRUMENT_BRANCHES);
  };
  const forEach = rewritingPosition(account) + rewriting(LONGEST_MARKET_PATH);
  const bound = rewriting(LONGEST_ACCOUNT_PATH) + legs.length * forEach;
  if (provider === undefined) return bound;
  const held = rewritingPosition(provider.account);
  const created = held + INSTRUMENT_BRANCHES * VISIT + 2 * NODE_CREATE + POSITION_BYTES * LEAF_BYTE;
  const walk = INSTRUMENT_BRANCHES * BRANCH_TOUCH + LEAF_TOUCH + POSITION_BYTES * LEAF_BYTE;
  const news = legs.reduce((count, leg) => count + (leg.held === undefined ? 1 : 0), 0);
  return bound + rewriting(LONGEST_ACCOUNT_PATH) + walk + news * created + (legs.length - news) * held;
}

/** Writes what has been moved: first what may be new, then what goes. */
export function writeLiquidation(step: Step, { account, record, legs, provider }: Liquidation): void {
  const { store } = step;
  for (const { instrument, market, left, heldAfter } of legs) {
    const { fundingIndex } = market;
    if (left !== 0) store.put(positionKey(account, instrument), encodePosition(left, fundingIndex));
    if (provider === undefined || heldAfter === 0) continue;
    store.put(positionKey(provider.account, instrument), encodePosition(heldAfter, fundingIndex));
  }
  for (const leg of legs) {
    const { instrument, market, left, held, heldAfter } = leg;
    const after = marketAfter(leg, provider === undefined);
    if (after !== market) store.put(marketKey(instrument), encodeMarket(after));
    if (left === 0) store.delete(positionKey(account, instrument));
    if (held !== undefined && heldAfter === 0) store.delete(positionKey(provider!.account, instrument));
  }
  writeAccount(step, account, record);
  if (provider !== undefined) writeAccount(step, provider.account, provider.record);
}

function marketAfter({ market, lots, left, held, heldAfter }: Leg, intoHouse: boolean): MarketRecord {
  if (intoHouse) return marketWithHouse(market, lots, left);
  const change = longChange(lots, left) + longChange(held?.lots ?? 0, heldAfter);
  return change === 0 ? market : { ...market, openInterest: market.openInterest + change };
}
