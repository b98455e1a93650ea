import { MAX_PRICE, Reason, type ReasonCode, type Settlement } from "@recourse/protocol";
import { expiryKey, parametersKey } from "./keys.ts";
import { judgeQuorum } from "./quorum.ts";
import { decodeExpiry, decodeParameters, encodeExpiry } from "./records.ts";
import type { Step } from "./step.ts";

/**
 * Takes the oracles' settlement price of an expiry, once and for good: options that expired then are worth what it makes
 * them worth. Each is marked so when somebody asks for it (`mark.ts`).
 */
export function settlement(step: Step, transaction: Settlement): ReasonCode {
  const { underlying, expiry, price } = transaction;
  if (price <= 0 || price >= MAX_PRICE) return Reason.PriceOutOfRange;
  const value = step.store.get(expiryKey(underlying, expiry));
  if (value === undefined) return Reason.UnknownExpiry;
  const record = decodeExpiry(value);
  if (step.global.time < expiry) return Reason.SettlementTooEarly;
  if (record.settlement !== 0) return Reason.AlreadySettled;
  // INVARIANT: the parameters record is part of the genesis and never removed.
  const authority = judgeQuorum(step, transaction, decodeParameters(step.store.get(parametersKey)!));
  if (authority !== Reason.Ok) return authority;
  step.store.put(expiryKey(underlying, expiry), encodeExpiry({ ...record, settlement: price }));
  step.events.push({ type: "settlementReported", underlying, expiry, price });
  return Reason.Ok;
}
