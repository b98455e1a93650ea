import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { RecourseError } from "@recourse/protocol";
import type pg from "pg";
import type { Database, Row, SqlValue, Statement } from "./database.ts";
import { databaseRolledBack, databaseUnavailable, journalInUse, refusedByDatabase } from "./databaseErrors.ts";
import { connect, isLoss, placeOf, type SessionName } from "./postgresConnection.ts";

/** Between two attempts to reach a server that went away. */
const RETRY_PAUSE_MS = 100;

/** The predecessor's connection may live on for a moment after its process has ended. */
const PREDECESSOR_MS = 3_000;

export interface PostgresOptions {
  /** A `postgres://` URL; what it says of user and password is repeated nowhere. */
  readonly url: string;
  /** What the connection is for; the database has one session of each name at a time. */
  readonly session: SessionName;
  /** A connection that is lost must be back after this long; a statement that takes longer counts as lost. */
  readonly patienceMs: number;
}

/**
 * A database on a PostgreSQL server, over one connection of its own.
 *
 * INVARIANT: a transaction is done once, by this session, or not at all, whatever becomes of the connection. Each one
 * counts up `writes` in the session's row of `recourse_sessions`, in the same commit, and fails there if the row has
 * another session's token or another number. So a connection that comes back reads there whether the transaction under
 * way was committed. It looks only once it holds the session's advisory lock, which the server gives when the former
 * connection's process is gone: nothing of the former connection can commit after that.
 */
export class PostgresDatabase implements Database {
  readonly #options: PostgresOptions;
  readonly #place: string;
  readonly #token = randomUUID();
  #client: pg.Client | undefined;
  /** Transactions of this session that are known to be committed. */
  #writes = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  private constructor(options: PostgresOptions) {
    this.#options = options;
    this.#place = placeOf(options.url);
  }

  /**
   * @throws RecourseError `DatabaseUnavailable`, `DatabaseDenied`, `DatabaseNotDurable`, or `JournalInUse` where
   *   another sequencer works on the database
   */
  static async open(options: PostgresOptions): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(options);
    let client: pg.Client | undefined;
    try {
      client = await database.#connect();
      await database.#lock(client, Math.min(PREDECESSOR_MS, options.patienceMs));
      await database.#beginSession(client);
      database.#client = client;
      return database;
    } catch (error) {
      await client?.end().catch(() => {});
      throw database.#explain(error);
    }
  }

  query(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#inTurn(async (client) => (await client.query<Row>(text, [...values])).rows);
  }

  async transaction(statements: readonly Statement[]): Promise<void> {
    await this.#inTurn(async (client, writesBefore) => {
      // The connection was lost, and its successor found the transaction committed.
      if (this.#writes > writesBefore) return;
      await this.#send(client, statements);
      this.#writes++;
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#failure ??= new Error("The database has been closed.");
    await this.#client?.end();
  }

  /** Does a job after those before it, on whatever connection there is, and again on the next where one is lost. */
  #inTurn<Result>(job: (client: pg.Client, writesBefore: number) => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(async () => {
      if (this.#failure) throw this.#failure;
      const writesBefore = this.#writes;
      let lostAt: number | undefined;
      for (;;) {
        try {
          this.#client ??= await this.#reconnect();
          return await job(this.#client, writesBefore);
        } catch (error) {
          if (!isLoss(error)) {
            throw error instanceof RecourseError ? this.#fail(error) : this.#explain(error);
          }
          lostAt ??= Date.now();
          this.#drop(this.#client);
          if (Date.now() - lostAt > this.#options.patienceMs) throw this.#fail(this.#explain(error));
          await delay(RETRY_PAUSE_MS);
        }
      }
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  /** One round trip: all is sent at once, and the server does it one after the other. */
  async #send(client: pg.Client, statements: readonly Statement[]): Promise<void> {
    const count: Statement = {
      text: `UPDATE recourse_sessions SET writes = CASE WHEN token = $2 AND writes = $3 THEN $3::bigint + 1 END
             WHERE session = $1`,
      values: [this.#options.session, this.#token, this.#writes],
    };
    const all = [{ text: "BEGIN" }, count, ...statements, { text: "COMMIT" }];
    const results = await Promise.allSettled(
      all.map(({ text, values }: Statement) => client.query(text, values && [...values])),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed === undefined) return;
    if (failed === results[1] && !isLoss(failed.reason)) throw await this.#explainCount(client, failed.reason);
    throw failed.reason;
  }

  /** The session's row did not take the count: it is no longer this session's, or may not be written. */
  async #explainCount(client: pg.Client, error: unknown): Promise<unknown> {
    const { token } = await this.#readSession(client);
    return token === this.#token ? error : journalInUse(this.#place, "a sequencer that was started later");
  }

  async #connect(): Promise<pg.Client> {
    const { url, session, patienceMs } = this.#options;
    const client = await connect(url, `recourse ${session} ${this.#token}`, patienceMs);
    client.on("error", () => this.#drop(client));
    return client;
  }

  /** Connects anew, ends what the server may still hold of the former connection, and finds out where that got to. */
  async #reconnect(): Promise<pg.Client> {
    const client = await this.#connect();
    try {
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()",
        [`recourse ${this.#options.session} ${this.#token}`],
      );
      await this.#lock(client, this.#options.patienceMs);
      const { token, writes } = await this.#readSession(client);
      if (token !== this.#token) throw journalInUse(this.#place, "a sequencer that was started later");
      if (writes !== this.#writes && writes !== this.#writes + 1) throw databaseRolledBack(this.#place);
      this.#writes = writes;
      return client;
    } catch (error) {
      this.#drop(client);
      throw error;
    }
  }

  async #lock(client: pg.Client, patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const { rows } = await client.query<{ taken: boolean }>(
        "SELECT pg_try_advisory_lock(hashtext('recourse'), hashtext($1)) AS taken",
        [this.#options.session],
      );
      if (rows[0]!.taken) return;
      if (Date.now() > deadline) throw journalInUse(this.#place, "another sequencer");
      await delay(RETRY_PAUSE_MS);
    }
  }

  /** From here on the transactions of every earlier session are refused. */
  async #beginSession(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ name: string | null }>("SELECT to_regclass('recourse_sessions') AS name");
    if (rows[0]!.name === null) {
      await client.query(
        `CREATE TABLE IF NOT EXISTS recourse_sessions (session text PRIMARY KEY, token text NOT NULL, writes bigint NOT NULL)`,
      );
    }
    await client.query(
      `INSERT INTO recourse_sessions (session, token, writes) VALUES ($1, $2, 0)
       ON CONFLICT (session) DO UPDATE SET token = excluded.token, writes = 0`,
      [this.#options.session, this.#token],
    );
  }

  async #readSession(client: pg.Client): Promise<{ token: string | undefined; writes: number }> {
    const { rows } = await client.query<{ token: string; writes: string }>(
      "SELECT token, writes FROM recourse_sessions WHERE session = $1",
      [this.#options.session],
    );
    return { token: rows[0]?.token, writes: Number(rows[0]?.writes ?? -1) };
  }

  #drop(client: pg.Client | undefined): void {
    if (this.#client === client) this.#client = undefined;
    client?.end().catch(() => {});
  }

  #explain(error: unknown): RecourseError {
    if (error instanceof RecourseError) return error;
    return isLoss(error)
      ? databaseUnavailable(this.#place, messageOf(error), error)
      : refusedByDatabase(messageOf(error), error);
  }

  /** What happened does not go away: nothing more is done. */
  #fail(error: Error): Error {
    this.#failure ??= error;
    this.#drop(this.#client);
    return this.#failure;
  }
}

/** The message of an error, where there are several addresses to try the first one's. */
function messageOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : String(first);
}
