import { type Cancel, Reason, type ReasonCode } from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { findOrder, removeOrder, writeAccount } from "./book.ts";
import { instrumentOfKey } from "./keys.ts";
import { decodeBookRecord } from "./records.ts";
import type { Step } from "./step.ts";

/** Takes an account's resting order out of the book. */
export function cancel(step: Step, transaction: Cancel): ReasonCode {
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const key = findOrder(step, transaction.account, transaction.clientOrderId);
  if (key === undefined) return Reason.UnknownOrder;
  // INVARIANT: an account's list names exactly its orders in the book.
  const order = decodeBookRecord(step.store.get(key)!);
  removeOrder(step, key, order);
  account!.restingOrders--;
  useNonce(step, transaction);
  writeAccount(step, transaction.account, account!);
  step.events.push({
    type: "cancelled",
    account: transaction.account,
    clientOrderId: transaction.clientOrderId,
    instrument: instrumentOfKey(key),
    lots: order.lots,
    cause: "requested",
  });
  return Reason.Ok;
}
