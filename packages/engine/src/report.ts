import { MAX_PRICE, Reason, type ReasonCode, type Report } from "@recourse/protocol";
import { expiryKey, parametersKey, underlyingKey } from "./keys.ts";
import { judgeQuorum } from "./quorum.ts";
import {
  decodeExpiry,
  decodeParameters,
  decodeUnderlying,
  type ExpiryRecord,
  encodeExpiry,
  encodeUnderlying,
} from "./records.ts";
import type { Step } from "./step.ts";
import { isValidSurface } from "./svi.ts";

/** Takes an oracle report: an underlying's index, and forward and volatility surface of some of its expiries. */
export function report(step: Step, transaction: Report): ReasonCode {
  const { underlying: number, time, index, surfaces } = transaction;
  if (!isPrice(index) || !surfaces.every(({ forward }) => isPrice(forward))) return Reason.PriceOutOfRange;
  const value = step.store.get(underlyingKey(number));
  if (value === undefined) return Reason.UnknownUnderlying;
  const underlying = decodeUnderlying(value);
  if (time <= underlying.indexTime) return Reason.ReportNotNewer;
  if (time > step.global.time) return Reason.ReportFromFuture;
  // INVARIANT: the parameters record is part of the genesis and never removed.
  const parameters = decodeParameters(step.store.get(parametersKey)!);
  if (step.global.time - time > parameters.maxReportAgeSeconds) return Reason.ReportTooOld;

  const expiries: ExpiryRecord[] = [];
  let previous = 0;
  for (const { expiry, a, b, rho, m, sigma } of surfaces) {
    // Expiries in rising order: each appears once.
    if (expiry <= previous || !isValidSurface(a, b, rho, m, sigma)) return Reason.BadSurface;
    previous = expiry;
    const expiryValue = step.store.get(expiryKey(number, expiry));
    if (expiryValue === undefined || expiry <= step.global.time) return Reason.UnknownExpiry;
    expiries.push(decodeExpiry(expiryValue));
  }
  const authority = judgeQuorum(step, transaction, parameters);
  if (authority !== Reason.Ok) return authority;

  step.store.put(underlyingKey(number), encodeUnderlying({ ...underlying, index, indexTime: time }));
  surfaces.forEach(({ expiry, ...surface }, place) => {
    step.store.put(expiryKey(number, expiry), encodeExpiry({ ...expiries[place]!, ...surface, time, index }));
  });
  step.events.push({ type: "reported", underlying: number, time });
  return Reason.Ok;
}

function isPrice(value: number): boolean {
  return value > 0 && value < MAX_PRICE;
}
