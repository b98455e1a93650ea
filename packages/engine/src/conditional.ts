import { type Conditional, ORDER_LIMIT, Reason, type ReasonCode } from "@recourse/protocol";
import { admit } from "./admission.ts";
import { executeOrder, isWellFormed } from "./order.ts";
import type { NextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { isTrigger } from "./trigger.ts";

/**
 * Executes an order that its account signed long before, once the mark has reached its trigger price. Whoever holds it may
 * submit it. A revert of batches makes it void, as it could otherwise be executed by what is known only since.
 */
export function conditional(step: Step, transaction: Conditional): ReasonCode | NextChunk {
  if (!isWellFormed(transaction) || !isTrigger(transaction)) return Reason.MalformedOrder;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  if (transaction.era !== step.global.era) return Reason.EraPassed;
  return executeOrder(step, transaction, account!, ORDER_LIMIT, { trigger: transaction });
}
