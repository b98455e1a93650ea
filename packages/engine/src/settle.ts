import { MAX_CASH, Reason, type ReasonCode, SETTLED_TIME, type Settle } from "@recourse/protocol";
import { readKnownAccount, writeAccount } from "./book.ts";
import { adjustTotals, isFundWithinRange } from "./fund.ts";
import { cashValue, closeFund, marketWithHouse, openFund, takeIntoHouse } from "./house.ts";
import { marketKey, positionKey } from "./keys.ts";
import { decodeMarket, decodePosition, encodeMarket } from "./records.ts";
import type { Step } from "./step.ts";

/**
 * Pays out an account's position in a settled instrument: the house takes it at its final mark, until the long and the
 * short have all come and it holds nothing. Anyone may.
 */
export function settle(step: Step, { account: number, instrument }: Settle): ReasonCode {
  const marketValue = step.store.get(marketKey(instrument));
  if (marketValue === undefined) return Reason.UnknownInstrument;
  const market = decodeMarket(marketValue);
  if (market.reportTime !== SETTLED_TIME) return Reason.NotSettled;
  const positionValue = step.store.get(positionKey(number, instrument));
  if (positionValue === undefined) return Reason.NothingToSettle;
  // Only options settle, and they have no funding.
  const { lots } = decodePosition(positionValue);
  const record = readKnownAccount(step, number);
  const value = cashValue(lots, market.mark);
  const cash = BigInt(record.cash) + value;
  const fund = openFund(step.global);
  takeIntoHouse(fund, market, lots, value);
  if (cash > MAX_CASH || cash < -MAX_CASH || !isFundWithinRange(fund.insurance, fund.claims)) {
    return Reason.ValueOutOfRange;
  }

  record.cash = Number(cash) as typeof record.cash;
  record.positions--;
  if (record.positions === 0) adjustTotals(step.global, record, 0n, 0n);
  closeFund(step.global, fund);
  step.store.put(marketKey(instrument), encodeMarket(marketWithHouse(market, lots, 0)));
  writeAccount(step, number, record);
  step.store.delete(positionKey(number, instrument));
  step.events.push({ type: "settled", account: number, instrument, lots, value: Number(value) as typeof record.cash });
  return Reason.Ok;
}
