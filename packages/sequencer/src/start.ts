import { join } from "node:path";
import pino, { type Logger } from "pino";
import { Layer1 } from "./chain/layer1.ts";
import { readConfig, type SequencerConfig, type SequencerOptions } from "./config.ts";
import type { Database } from "./database/database.ts";
import { PgliteDatabase } from "./database/pgliteDatabase.ts";
import { PostgresDatabase } from "./database/postgresDatabase.ts";
import { Sequencer } from "./sequencer.ts";

/** A statement of the history may take longer than any of the journal's: after a revert it takes back a window of days. */
const HISTORY_PATIENCE_MS = 60_000;

export interface RunningSequencer {
  /** Where the API answers. */
  readonly url: string;
  /** Takes no more requests, finishes those it has, and ends. */
  close(): Promise<void>;
}

/** Structured lines on standard error; standard output is for whoever started the process. */
export function createLogger(level: SequencerConfig["logLevel"]): Logger {
  return pino({ level, base: { service: "sequencer" } }, pino.destination({ fd: 2, sync: true }));
}

/**
 * Starts a sequencer and resolves when its API answers. Where it can no longer keep its word (the journal does not
 * take what was executed, or the contract comes to another root), it logs why and ends the process with status 1: a
 * restart from the journal is the only way on.
 * @throws RecourseError `InvalidConfiguration` with every field that is wrong; or why it cannot start
 */
export async function startSequencer(options: SequencerOptions): Promise<RunningSequencer> {
  const config = readConfig(options);
  const logger = createLogger(config.logLevel);
  const layer1 = await Layer1.connect(config.rpcUrl, config.rollup, BigInt(config.deploymentBlock));
  const databases = await openDatabases(config);
  const fail = (error: unknown): void => {
    logger.fatal({ err: error }, "the sequencer cannot go on");
    process.exit(1);
  };
  try {
    const sequencer = await Sequencer.start({ config, layer1, ...databases, logger, fail });
    logger.info({ url: sequencer.url }, "the sequencer answers");
    return { url: sequencer.url, close: () => sequencer.close() };
  } catch (error) {
    await databases.database.close();
    await databases.historyDatabase.close();
    throw error;
  }
}

/** The database of a URL, with a connection for the journal and one for the history; else the data folder's. */
async function openDatabases(
  config: SequencerConfig,
): Promise<{ readonly database: Database; readonly historyDatabase: Database }> {
  const { databaseUrl: url, databasePatienceMs: patienceMs } = config;
  if (url === undefined) {
    const database = await PgliteDatabase.open(join(config.dataDir!, "journal"));
    return { database, historyDatabase: database };
  }
  const database = await PostgresDatabase.open({ url, session: "journal", patienceMs });
  try {
    const historyOptions = { url, session: "history", patienceMs: Math.max(patienceMs, HISTORY_PATIENCE_MS) } as const;
    return { database, historyDatabase: await PostgresDatabase.open(historyOptions) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
