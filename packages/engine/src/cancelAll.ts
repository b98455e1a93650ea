import {
  CANCEL_ALL_END,
  CANCEL_ALL_LIMIT,
  type CancelAll,
  instrumentNumber,
  REMOVAL_BOUND,
  Reason,
  type ReasonCode,
} from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { removeOrder, writeAccount } from "./book.ts";
import {
  ACCOUNT_PREFIX_BYTES,
  accountOrderKey,
  bookKeyAt,
  clientOrderIdOfKey,
  instrumentOfKey,
  sharesPrefix,
} from "./keys.ts";
import { decodeBookRecord } from "./records.ts";
import type { Step } from "./step.ts";

const LAST_CLIENT_ORDER_ID = 2 ** 32 - 1;
const ALL_INSTRUMENTS = instrumentNumber(0);

/** Removals go on as long as one more, at its dearest, and the end still fit the limit. */
const REMOVALS_LIMIT = CANCEL_ALL_LIMIT - CANCEL_ALL_END - REMOVAL_BOUND;

/**
 * Takes an account's resting orders, of one instrument or of all, out of the book in the order of their client order
 * ids: as many as fit the transaction's limit.
 */
export function cancelAll(step: Step, transaction: CancelAll): ReasonCode {
  const { account: number, instrument } = transaction;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  let orders = 0;
  let stop: ReasonCode = Reason.NothingToCancel;
  for (let id = 0; id <= LAST_CLIENT_ORDER_ID; id++) {
    if (step.store.transactionMeter > REMOVALS_LIMIT) {
      stop = Reason.ExceedsLimit;
      break;
    }
    const from = accountOrderKey(number, id);
    const entry = step.store.next(from);
    if (entry === undefined || !sharesPrefix(entry.key, from, ACCOUNT_PREFIX_BYTES)) break;
    id = clientOrderIdOfKey(entry.key);
    const key = bookKeyAt(entry.value);
    if (instrument !== ALL_INSTRUMENTS && instrument !== instrumentOfKey(key)) continue;
    // INVARIANT: an account's list names exactly its orders in the book.
    const order = decodeBookRecord(step.store.get(key)!);
    removeOrder(step, key, order);
    orders++;
    step.events.push({
      type: "cancelled",
      account: number,
      clientOrderId: id,
      instrument: instrumentOfKey(key),
      lots: order.lots,
      cause: "requested",
    });
  }
  if (orders === 0) return stop;
  account!.restingOrders -= orders;
  useNonce(step, transaction);
  writeAccount(step, number, account!);
  step.events.push({ type: "cancelledAll", account: number, orders, remaining: account!.restingOrders });
  return Reason.Ok;
}
