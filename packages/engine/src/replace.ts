import { REPLACE_LIMIT, Reason, type ReasonCode, type Replace } from "@recourse/protocol";
import { admit } from "./admission.ts";
import { findOrder, readOrder } from "./book.ts";
import { executeOrder, isWellFormed } from "./order.ts";
import type { NextChunk } from "./room.ts";
import type { Step } from "./step.ts";

/**
 * Takes a resting order out of the book and executes a new one in its stead, both or neither: a new order that is
 * refused, or that neither fills nor rests, leaves the old one where it was.
 */
export function replace(step: Step, transaction: Replace): ReasonCode | NextChunk {
  if (!isWellFormed(transaction)) return Reason.MalformedOrder;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const key = findOrder(step, transaction.account, transaction.replacedClientOrderId);
  if (key === undefined) return Reason.UnknownOrder;
  return executeOrder(step, transaction, account!, REPLACE_LIMIT, { replaced: readOrder(step, key) });
}
