import { DatabaseSync } from "node:sqlite";
import { journalInUse } from "./databaseErrors.ts";

/** SQLite's code for a file that somebody else has locked. */
const SQLITE_BUSY = 5;

/**
 * Takes a folder for this process alone. The operating system holds the lock (SQLite's, on a file beside the folder),
 * and lets it go when the process ends, however it ends: there is nothing stale to clean up.
 * @returns what gives the folder back; doing so twice is without effect
 * @throws RecourseError `JournalInUse` where another holds it
 */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(`${folder}.lock`);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw journalInUse(folder, "another sequencer on this machine");
    }
    throw error;
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
