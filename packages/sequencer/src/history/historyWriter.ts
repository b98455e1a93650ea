import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { shortMessage } from "../chain/shortMessage.ts";
import { type Database, numberOf } from "../database/database.ts";
import type { Cut } from "../journal/cut.ts";
import type { TermRecord } from "../journal/terms.ts";
import { Changes } from "./changes.ts";
import { type Execution, placeOf } from "./execution.ts";
import { type HistoryCursor, rewind, writeChanges } from "./statements.ts";

/**
 * The pause before each write. The embedded database does one thing at a time: a commit of the journal finds no write of
 * the history most of the time, and else waits for what has come together in a pause, which is little.
 */
const PAUSE_MS = 50;

/** Executions that are written at once, at most. */
const EXECUTIONS_A_WRITE = 512;

/** Executions that may wait; beyond them the sequencer waits for the history, as it would for a slow disk. */
const MAX_WAITING = 50_000;

/**
 * Writes the history behind the acknowledgements. It takes what has been executed, first or anew, leaves out what the
 * tables hold, and writes the rest once the journal holds it. Since it moves its cursor in the same transaction, each
 * entry is in the tables once, whenever the process ends. Where the database refuses the history, it stands still until
 * the next start, and the sequencer goes on: nothing is lost that the journal does not hold.
 */
export class HistoryWriter {
  readonly #database: Database;
  readonly #logger: Logger;
  #cursor: HistoryCursor;
  /** How far the journal is on the disk. */
  #durable: Cut;
  /** Executed, and not in the tables. */
  #waiting: Execution[] = [];
  /** The place after the last execution that was taken. */
  #next: number;
  #writing: Promise<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #failure: unknown;
  #isStopped = false;

  private constructor(database: Database, logger: Logger, cursor: HistoryCursor) {
    this.#database = database;
    this.#logger = logger;
    this.#cursor = cursor;
    this.#durable = cursor.at;
    this.#next = placeOf(cursor.at);
  }

  /** @param database with the history's tables */
  static async open(database: Database, logger: Logger): Promise<HistoryWriter> {
    const [row] = await database.query("SELECT term, sequence, inbox_cursor FROM history_cursor");
    return new HistoryWriter(database, logger, {
      term: numberOf(row!.term),
      at: { sequence: numberOf(row!.sequence), inboxCursor: numberOf(row!.inbox_cursor) },
    });
  }

  /** How much of the journal is in the tables. */
  get at(): Cut {
    return this.#cursor.at;
  }

  /** Why the history stands still; undefined where it does not. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Goes back to where the history is still true: what comes after the beginning of a term that it does not know is
   * executed anew under that term. Everything up to `durable` may be written from now on.
   * @param terms all terms, the newest last
   */
  async beginTerm(terms: readonly TermRecord[], durable: Cut): Promise<void> {
    const unknown = terms.filter(({ term }) => term > this.#cursor.term);
    const from = Math.min(...unknown.map((term) => placeOf(term.from)));
    this.#waiting = this.#waiting.filter(({ at }) => placeOf(at) < from);
    await this.#writing;
    if (this.#failure !== undefined) return;
    if (unknown.length > 0) {
      const { term } = terms.at(-1)!;
      if (placeOf(this.#cursor.at) > from) {
        const at = unknown.find((term) => placeOf(term.from) === from)!.from;
        try {
          await this.#database.transaction(rewind({ term, at }));
        } catch (error) {
          return this.#fail(error);
        }
        this.#cursor = { term, at };
      } else this.#cursor = { term, at: this.#cursor.at };
    }
    this.#next = placeOf(this.#cursor.at) + this.#waiting.length;
    this.release(durable);
  }

  /** Takes what has been executed, in the journal's order; what it has taken before is left out. */
  add(execution: Execution): void {
    const place = placeOf(execution.at);
    if (this.#failure !== undefined || this.#isStopped || place < this.#next) return;
    if (place > this.#next) {
      this.#fail(new Error(`The history has come to place ${this.#next}, and is to go on at ${place}.`));
      return;
    }
    this.#next++;
    this.#waiting.push(execution);
    if (place < placeOf(this.#durable)) this.#write();
  }

  /** The journal holds everything up to a place. */
  release(durable: Cut): void {
    this.#durable = durable;
    this.#write();
  }

  /** Resolves when there is room for more executions. */
  async room(): Promise<void> {
    if (this.#waiting.length < MAX_WAITING) return;
    this.#room ??= Promise.withResolvers();
    await this.#room.promise;
  }

  /** Writes nothing more; what is missing is written after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting = [];
    await this.#writing;
  }

  /** Has what may be written written, unless that is going on. */
  #write(): void {
    this.#writing ??= this.#writeAll()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#writing = undefined;
        this.#makeRoom();
        // What was released while the last write came to its end.
        if (this.#hasDurable) this.#write();
      });
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      await delay(PAUSE_MS);
      const run = this.#takeDurable();
      if (run.length === 0) return;
      const changes = new Changes();
      for (const execution of run) changes.add(execution);
      const { at, transaction } = run.at(-1)!;
      const cursor = { term: this.#cursor.term, at: after(at, transaction !== undefined) };
      await this.#database.transaction([writeChanges(changes, cursor)]);
      this.#cursor = cursor;
      this.#makeRoom();
    }
  }

  get #hasDurable(): boolean {
    return this.#waiting.length > 0 && placeOf(this.#waiting[0]!.at) < placeOf(this.#durable);
  }

  #takeDurable(): Execution[] {
    const durable = placeOf(this.#durable);
    const run = this.#waiting.slice(0, EXECUTIONS_A_WRITE);
    const end = run.findIndex(({ at }) => placeOf(at) >= durable);
    return this.#waiting.splice(0, end === -1 ? run.length : end);
  }

  #makeRoom(): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#room?.resolve();
    this.#room = undefined;
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#waiting = [];
    this.#makeRoom();
    this.#logger.error({ error: shortMessage(error) }, "the history stands still until the next start");
  }
}

function after({ sequence, inboxCursor }: Cut, isTransaction: boolean): Cut {
  return isTransaction ? { sequence: sequence + 1, inboxCursor } : { sequence, inboxCursor: inboxCursor + 1 };
}
