import { MAX_PRICE, type Price, TriggerDirection } from "@recourse/protocol";
import { indexValue } from "./arithmetic.ts";
import type { MarketRecord } from "./records.ts";

/** What a conditional order waits for. */
export interface Trigger {
  readonly triggerPrice: Price;
  /** A {@link TriggerDirection}. */
  readonly triggerDirection: number;
}

/** Whether the fields of a trigger are within their ranges. */
export function isTrigger({ triggerPrice, triggerDirection }: Trigger): boolean {
  return triggerPrice > 0 && triggerPrice < MAX_PRICE && triggerDirection <= TriggerDirection.atOrBelow;
}

/** Whether an instrument's mark is at the trigger price, or beyond it in the direction that was waited for. */
export function isTriggered({ triggerPrice, triggerDirection }: Trigger, { mark, lot }: MarketRecord): boolean {
  const level = indexValue(triggerPrice, lot);
  return triggerDirection === TriggerDirection.atOrAbove ? mark >= level : mark <= level;
}
