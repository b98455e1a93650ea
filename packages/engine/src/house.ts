import { type AccountNumber, type Cash, type InstrumentNumber, nanoUsdPerCash } from "@recourse/protocol";
import { ceilDiv, floorDiv } from "./arithmetic.ts";
import type { EngineEvent } from "./events.ts";
import { fundingDue, settleFund } from "./fund.ts";
import { longChange } from "./matching.ts";
import type { GlobalRecord, MarketRecord, PositionRecord } from "./records.ts";

/**
 * The house: the insurance fund as a holder of positions. It takes over at the mark what liquidations and settlements
 * leave, and gives it away near the mark. Its lots stand in the markets' records; it needs no margin.
 */

/** The fund's cash (1e-6 USD) and claims (1e-9 USD) as a transaction will leave them. */
export interface Fund {
  insurance: bigint;
  claims: bigint;
}

export function openFund({ insurance, claims }: GlobalRecord): Fund {
  return { insurance: BigInt(insurance), claims };
}

/** Writes the fund, which must be within its range. */
export function closeFund(global: GlobalRecord, { insurance, claims }: Fund): void {
  global.insurance = Number(insurance) as typeof global.insurance;
  global.claims = claims;
  settleFund(global);
}

/** Whose position it is, and in what. */
export interface Holder {
  readonly account: AccountNumber;
  readonly instrument: InstrumentNumber;
}

/** A position pays the fund what funding it owes, or is paid it. @returns what it pays, in cash, rounded up */
export function payFunding(
  fund: Fund,
  events: EngineEvent[],
  { account, instrument }: Holder,
  market: MarketRecord,
  { lots, fundingIndex }: PositionRecord,
): bigint {
  const due = fundingDue(lots, market.fundingIndex, fundingIndex);
  const paid = ceilDiv(due, nanoUsdPerCash);
  fund.insurance += paid;
  fund.claims -= due;
  if (due !== 0n) events.push({ type: "fundingPaid", account, instrument, amount: Number(paid) as Cash });
  return paid;
}

/** What lots are worth at a price per lot in nano-USD: in cash, rounded down. */
export function cashValue(lots: number, price: bigint): bigint {
  return floorDiv(BigInt(lots) * price, nanoUsdPerCash);
}

/** The house takes lots for cash; negative ones of both are given and received. */
export function takeIntoHouse(fund: Fund, { mark }: MarketRecord, lots: number, cash: bigint): void {
  fund.insurance -= cash;
  fund.claims += BigInt(lots) * mark;
}

/**
 * A market after an account's position has changed, all of it against the house.
 * Open interest counts the house's lots: nothing is opened or closed by moving a position to it.
 */
export function marketWithHouse(market: MarketRecord, before: number, after: number): MarketRecord {
  const houseLots = market.houseLots + before - after;
  const openInterest = market.openInterest + longChange(before, after) + longChange(market.houseLots, houseLots);
  return { ...market, openInterest, houseLots };
}
