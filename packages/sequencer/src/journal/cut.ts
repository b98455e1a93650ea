/**
 * A place in the journal between two entries: so many of its transactions and inbox messages come before. Both counts
 * run over the whole journal, whatever the term, and never fall.
 */
export interface Cut {
  readonly sequence: number;
  readonly inboxCursor: number;
}

export const beginning: Cut = { sequence: 0, inboxCursor: 0 };

/** Whether one place is the other or lies before it. */
export function isAtOrBefore(cut: Cut, other: Cut): boolean {
  return cut.sequence <= other.sequence && cut.inboxCursor <= other.inboxCursor;
}

export function isSameCut(cut: Cut, other: Cut): boolean {
  return cut.sequence === other.sequence && cut.inboxCursor === other.inboxCursor;
}
