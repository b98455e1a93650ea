import { RecourseError } from "@recourse/protocol";

/** What the field of a wrong database is called in the configuration. */
const field = "databaseUrl";

/** The database looked at the statements and did none of them. */
export function refusedByDatabase(reason: string, cause?: unknown): RecourseError {
  return new RecourseError("DatabaseRefused", `The database refused: ${reason}.`, [], { cause });
}

export function databaseUnavailable(place: string, reason: string, cause?: unknown): RecourseError {
  return new RecourseError(
    "DatabaseUnavailable",
    `The database at ${place} cannot be reached: ${reason}.`,
    [{ field, expected: "a PostgreSQL server that answers" }],
    { cause },
  );
}

/** The server answers, but lets nobody in with this user, password or database name. */
export function databaseDenied(place: string, reason: string, cause?: unknown): RecourseError {
  return new RecourseError(
    "DatabaseDenied",
    `The database at ${place} does not let the sequencer in: ${reason}.`,
    [{ field, expected: "a user with its password, and a database that exists" }],
    { cause },
  );
}

/** A commit would not survive a failure of the machine, so nothing could be acknowledged. */
export function databaseNotDurable(place: string, setting: string): RecourseError {
  return new RecourseError(
    "DatabaseNotDurable",
    `The database at ${place} runs with ${setting}: it would confirm what a power failure can undo.`,
    [{ field, expected: "a server with fsync and synchronous_commit on" }],
  );
}

export function journalInUse(place: string, holder: string): RecourseError {
  return new RecourseError("JournalInUse", `The journal at ${place} is in use by ${holder}.`, [
    { field: "journal", expected: "a journal that no other sequencer works on" },
  ]);
}

export function databaseRolledBack(place: string): RecourseError {
  return new RecourseError(
    "DatabaseRolledBack",
    `The database at ${place} came back without writes that it had confirmed: a backup, or a replica that had not caught up.`,
    [{ field, expected: "the database with everything that it confirmed" }],
  );
}
