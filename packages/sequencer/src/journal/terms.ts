import { type Database, numberOf } from "../database/database.ts";
import { type Cut, isAtOrBefore } from "./cut.ts";

/** A time in office, and from where in the journal its stream runs. */
export interface TermRecord {
  readonly term: number;
  readonly era: number;
  /** The engine's clock is never before this in the term, in seconds. */
  readonly eraStart: number;
  /** The end of the batch that was the newest standing one: position 0 of the term's stream. */
  readonly from: Cut;
}

export class TermTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add({ term, era, eraStart, from }: TermRecord): Promise<void> {
    await this.#database.transaction([
      {
        text: "INSERT INTO terms (term, era, era_start, sequence, inbox_cursor) VALUES ($1, $2, $3, $4, $5)",
        values: [term, era, eraStart, from.sequence, from.inboxCursor],
      },
    ]);
  }

  /** All terms, the newest last. */
  async list(): Promise<TermRecord[]> {
    const rows = await this.#database.query("SELECT * FROM terms ORDER BY term");
    return rows.map((row) => ({
      term: numberOf(row.term),
      era: numberOf(row.era),
      eraStart: numberOf(row.era_start),
      from: { sequence: numberOf(row.sequence), inboxCursor: numberOf(row.inbox_cursor) },
    }));
  }
}

/**
 * The terms under which the journal counts today: a later term that begins at or before another's beginning has taken
 * all of the other's stream over.
 * @param terms all terms, the newest last
 */
export function effectiveTerms(terms: readonly TermRecord[]): TermRecord[] {
  const effective: TermRecord[] = [];
  for (const term of terms) {
    while (effective.length > 0 && isAtOrBefore(term.from, effective.at(-1)!.from)) effective.pop();
    effective.push(term);
  }
  return effective;
}
