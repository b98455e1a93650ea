import { type Cash, MAX_CASH, MAX_CLAIMS, nanoUsdPerCash } from "@recourse/protocol";
import { ceilDiv, floorDiv } from "./arithmetic.ts";
import type { AccountRecord, GlobalRecord } from "./records.ts";

/**
 * The insurance fund. It owns its cash, which may be negative, and its claims: the house's lots at their marks, and the
 * funding that positions owe and have not paid yet, net. Together they are its equity. Where that falls below zero there
 * is a deficit, a loss that nobody bears yet; what the fund gains later makes it good.
 *
 * Two sums hold at all times, exactly: Σ cash of the accounts + insurance − deficit = deposits − withdrawals, and
 * claims = Σ house lots × mark + Σ lots × (funding index of the market − that of the position) over all positions.
 */

/** What the fund is worth, in cash: its cash and its claims, rounded down. */
export function fundEquity({ insurance, claims }: Pick<GlobalRecord, "insurance" | "claims">): bigint {
  return floorDiv(BigInt(insurance) * nanoUsdPerCash + claims, nanoUsdPerCash);
}

/** Whether the fund's cash and claims may become these: what would take them further is refused. */
export function isFundWithinRange(insurance: bigint | number, claims: bigint): boolean {
  return insurance <= MAX_CASH && insurance >= -MAX_CASH && claims < MAX_CLAIMS && claims > -MAX_CLAIMS;
}

/**
 * Recognises what the fund has lost beyond its means as deficit, or makes a deficit good from what it has. For every
 * operation that has changed the fund's cash or claims, once, at its end.
 */
export function settleFund(global: GlobalRecord): void {
  const equity = fundEquity(global);
  let change = 0;
  if (equity < 0n) {
    // INVARIANT: the deficit is at most MAX_CASH, and insurance is within ± MAX_CASH, so there is no negative room.
    change = Math.min(Number(-equity), MAX_CASH - global.deficit, MAX_CASH - global.insurance);
  } else if (equity > 0n) {
    change = -Math.min(Number(equity), global.deficit, MAX_CASH + global.insurance);
  }
  global.deficit = (global.deficit + change) as Cash;
  global.insurance = (global.insurance + change) as Cash;
}

/**
 * Takes an account's new margin and notional value into its record and into the sums over all accounts. The sums say what
 * is at risk; they show, they decide nothing.
 * @param margin initial margin of all its positions, in nano-USD
 * @param notional their notional value, in cash
 */
export function adjustTotals(global: GlobalRecord, account: AccountRecord, margin: bigint, notional: bigint): void {
  const marginAfter = Math.min(Number(ceilDiv(margin, nanoUsdPerCash)), MAX_CASH);
  const notionalAfter = Math.min(Number(notional), MAX_CASH);
  global.margin += BigInt(marginAfter - account.margin);
  global.notional += BigInt(notionalAfter - account.notional);
  account.margin = marginAfter;
  account.notional = notionalAfter;
}

/**
 * What a position owes as funding since it last paid, in nano-USD; negative where it is owed. It pays
 * ceilDiv(this, 1000) in cash, and the fund's claims fall by this.
 */
export function fundingDue(lots: number, marketIndex: bigint, positionIndex: bigint): bigint {
  return BigInt(lots) * (marketIndex - positionIndex);
}
