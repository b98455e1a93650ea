import { RecourseError } from "@recourse/protocol";
import pg from "pg";
import { databaseDenied, databaseNotDurable, databaseUnavailable } from "./databaseErrors.ts";

/** The journal and the history have a connection each, so that neither waits for the other. */
export type SessionName = "journal" | "history";

/** How often the server asks a silent client whether it is there, so that a dead one's lock is free within seconds. */
const KEEP_ALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/** SQLSTATEs of a server that is going away, coming up or full: another attempt may find it well. */
const lossCodes: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P05", "53300", "25006"]);

/** SQLSTATEs of a server that does not know the user, the password or the database. */
const denialCodes: ReadonlySet<string> = new Set(["28000", "28P01", "3D000"]);

/** Whether an error says that the connection is gone, and with it the knowledge of what became of the statements. */
export function isLoss(error: unknown): boolean {
  if (error instanceof RecourseError) return error.code === "DatabaseUnavailable";
  if (!(error instanceof pg.DatabaseError)) return true;
  const code = error.code ?? "";
  return lossCodes.has(code) || code.startsWith("08");
}

/** The server and the database that a URL names, without user and password. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${searchParams.get("host") ?? hostname}${port && `:${port}`}${pathname}`;
}

/**
 * Connects to a server, and makes sure that it confirms only what is on its disk.
 * @param timeoutMs after which an attempt, or a statement, counts as a lost connection
 * @throws RecourseError `DatabaseDenied` or `DatabaseNotDurable`; `pg`'s errors where the server does not answer
 */
export async function connect(url: string, applicationName: string, timeoutMs: number): Promise<pg.Client> {
  const place = placeOf(url);
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // What happens to the connection later is told to whoever uses it.
  client.on("error", () => {});
  try {
    await client.connect();
    await makeDurable(client, place);
    return client;
  } catch (error) {
    client.end().catch(() => {});
    if (error instanceof pg.DatabaseError && denialCodes.has(error.code ?? "")) {
      throw databaseDenied(place, error.message, error);
    }
    throw error;
  }
}

/** Sets what the session may set, and looks at what only the server's operator can. */
async function makeDurable(client: pg.Client, place: string): Promise<void> {
  // A commit that waits for less than the own disk is raised to that; one that waits for replicas too is left alone.
  await client.query(`SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'local', 'remote_write', 'remote_apply')`);
  await client.query(`SET statement_timeout = 0; SET idle_session_timeout = 0; ${KEEP_ALIVE}`);
  const { rows } = await client.query<{ fsync: string; commit: string; standby: boolean }>(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
            pg_is_in_recovery() AS standby`,
  );
  const { fsync, commit, standby } = rows[0]!;
  if (fsync !== "on") throw databaseNotDurable(place, `fsync = ${fsync}`);
  if (commit === "off") throw databaseNotDurable(place, "synchronous_commit = off");
  if (standby) throw databaseUnavailable(place, "it is a standby and takes no writes");
}
