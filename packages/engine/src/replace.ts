import { Reason, type ReasonCode, type Replace } from "@recourse/protocol";
import type { Step } from "./step.ts";

/** Takes a resting order out of the book and executes a new one in its stead, both or neither. */
export function replace(_step: Step, _transaction: Replace): ReasonCode {
  return Reason.MalformedOrder;
}
