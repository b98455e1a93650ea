import { Reason, type ReasonCode, type Tick } from "@recourse/protocol";
import type { Step } from "./step.ts";

/** Moves the clock forward, no further than the batch's time. */
export function tick(step: Step, { time }: Tick): ReasonCode {
  if (time <= step.global.time) return Reason.TimeNotIncreasing;
  if (time > step.context.batchTime) return Reason.TimeBeyondBatch;
  step.global.time = time;
  step.events.push({ type: "ticked", time });
  return Reason.Ok;
}
