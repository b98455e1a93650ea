import type { Outcome } from "@recourse/engine";
import type { Cut } from "../journal/cut.ts";

/** An entry of the journal that has been executed, and what that came to. */
export interface Execution {
  /** Where it stands in the journal: what comes before it. */
  readonly at: Cut;
  /** A transaction's bytes; undefined for an inbox message. */
  readonly transaction: Uint8Array | undefined;
  readonly outcome: Outcome;
  readonly term: number;
  /** Transactions of the term's stream so far, itself included. */
  readonly position: number;
  /** The engine's clock, in seconds. */
  readonly time: number;
}

/** How many entries of the journal come before a place in it: a number that orders them all. */
export function placeOf({ sequence, inboxCursor }: Cut): number {
  return sequence + inboxCursor;
}
