import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../../../test/support/postgres.ts";
import type { Database } from "../src/database/database.ts";
import { PgliteDatabase } from "../src/database/pgliteDatabase.ts";
import { PostgresDatabase } from "../src/database/postgresDatabase.ts";

/** A place where a journal may stand: empty at first, and found again by whoever opens it next. */
export interface JournalPlace {
  open(): Promise<Database>;
  /** What a sequencer's process is started with, to keep its journal there. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

export interface JournalPlaces {
  create(): Promise<JournalPlace>;
  close(): Promise<void>;
}

async function createFolders(): Promise<JournalPlaces> {
  const parent = await mkdtemp(join(tmpdir(), "recourse-journal-"));
  // An empty database takes seconds to make, and no time to copy.
  const template = join(parent, "template");
  await (await PgliteDatabase.open(template)).close();
  let folders = 0;
  return {
    async create() {
      const dataDir = join(parent, String(++folders));
      await cp(template, join(dataDir, "journal"), { recursive: true });
      return {
        open: () => PgliteDatabase.open(join(dataDir, "journal")),
        flags: { "data-dir": dataDir },
        environment: {},
      };
    },
    close: () => rm(parent, { recursive: true, force: true }),
  };
}

/** Databases of a server, each a place. */
export function databasesOf(server: PostgresServer): JournalPlaces {
  return {
    async create() {
      const url = await server.createDatabase();
      return {
        open: () => PostgresDatabase.open({ url, session: "journal", patienceMs: 20_000 }),
        flags: {},
        environment: { RECOURSE_DATABASE_URL: url },
      };
    },
    close: () => server.stop(),
  };
}

/** Every kind of database that a journal may stand in: what is promised of one holds for the other. */
export const databaseKinds: readonly (readonly [string, () => Promise<JournalPlaces>])[] = [
  ["PGlite", createFolders],
  ["PostgreSQL", async () => databasesOf(await startPostgres())],
];
