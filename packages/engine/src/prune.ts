import {
  type InstrumentNumber,
  PRUNE_END,
  PRUNE_LIMIT,
  PRUNE_ORDER_BOUND,
  type Prune,
  Reason,
  type ReasonCode,
  SETTLED_TIME,
  Side,
} from "@recourse/protocol";
import { nextOrder, readKnownAccount, removeOrder, writeAccount } from "./book.ts";
import { bookSideKey, expiryKey, instrumentKey, listingKey, marketKey } from "./keys.ts";
import { decodeExpiry, decodeInstrument, decodeMarket, encodeExpiry, type InstrumentRecord } from "./records.ts";
import type { Step } from "./step.ts";

/** Orders are removed as long as one more, at its dearest, and the end still fit the limit. */
const ORDERS_LIMIT = PRUNE_LIMIT - PRUNE_END - PRUNE_ORDER_BOUND;

/**
 * Removes an expired instrument that nobody holds: its resting orders, as many as fit the limit, and once none is left
 * every record of it. Anyone may, and again until it is done.
 */
export function prune(step: Step, { instrument: number }: Prune): ReasonCode {
  const value = step.store.get(instrumentKey(number));
  if (value === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(value);
  if (instrument.expiry === 0 || step.global.time < instrument.expiry) return Reason.NotSettled;
  // Without a mark nobody has traded it, so there is nothing to settle.
  const marketValue = step.store.get(marketKey(number));
  if (marketValue !== undefined) {
    const { reportTime, openInterest, houseLots } = decodeMarket(marketValue);
    if (reportTime !== SETTLED_TIME) return Reason.NotSettled;
    if (openInterest !== 0 || houseLots !== 0) return Reason.StillOpen;
  }
  if (!removeOrders(step, number, Side.buy) || !removeOrders(step, number, Side.sell)) return Reason.Ok;
  if (marketValue !== undefined) step.store.delete(marketKey(number));
  removeInstrument(step, number, instrument);
  step.events.push({ type: "pruned", instrument: number });
  return Reason.Ok;
}

/** Takes the resting orders of one side out of the book. @returns whether none is left */
function removeOrders(step: Step, instrument: InstrumentNumber, side: Side): boolean {
  const from = bookSideKey(instrument, side);
  // INVARIANT: the first order always fits, so a pruning that is not over has removed one.
  while (step.store.transactionMeter <= ORDERS_LIMIT) {
    const order = nextOrder(step, from);
    if (order === undefined) return true;
    const { account: number, clientOrderId, lots } = order;
    const account = readKnownAccount(step, number);
    account.restingOrders--;
    removeOrder(step, order.key, order);
    writeAccount(step, number, account);
    step.events.push({ type: "cancelled", account: number, clientOrderId, instrument, lots, cause: "expired" });
  }
  return false;
}

/** Removes what its listing has made. */
function removeInstrument(
  step: Step,
  number: InstrumentNumber,
  { underlying, expiry, strike, kind }: InstrumentRecord,
): void {
  step.store.delete(instrumentKey(number));
  step.store.delete(listingKey(underlying, expiry, strike, kind));
  const key = expiryKey(underlying, expiry);
  // INVARIANT: an expiry's record exists as long as an instrument of it does.
  const record = decodeExpiry(step.store.get(key)!);
  if (record.instruments > 1) step.store.put(key, encodeExpiry({ ...record, instruments: record.instruments - 1 }));
  else step.store.delete(key);
}
