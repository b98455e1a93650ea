import { RecourseError } from "@recourse/protocol";
import { type Database, numberOf, type Statement } from "./database.ts";

/** One step of the tables' history. What has been released is never changed: another step comes after it. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly Statement[];
}

/**
 * Brings a database up to this program: each migration that it has not had yet, in order and in a transaction of its
 * own, in which it is recorded as well.
 * @param migrations all that there are; the first has number 1
 * @throws RecourseError `DatabaseTooNew` where the database has had migrations that this program does not know
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const version = await readVersion(database);
  if (version > migrations.length) {
    throw new RecourseError(
      "DatabaseTooNew",
      `The database has version ${version}, and this program knows versions up to ${migrations.length}.`,
      [{ field: "journal", expected: "a program at least as new as the one that wrote the journal last" }],
    );
  }
  for (const [place, { name, statements }] of migrations.entries()) {
    if (place < version) continue;
    await database.transaction([
      { text: "CREATE TABLE IF NOT EXISTS migrations (version bigint PRIMARY KEY, name text NOT NULL)" },
      ...statements,
      { text: "INSERT INTO migrations (version, name) VALUES ($1, $2)", values: [place + 1, name] },
    ]);
  }
}

async function readVersion(database: Database): Promise<number> {
  const [table] = await database.query("SELECT to_regclass('migrations')::text AS name");
  if (table?.name === null) return 0;
  const [row] = await database.query("SELECT max(version) AS version FROM migrations");
  return numberOf(row?.version ?? 0);
}
