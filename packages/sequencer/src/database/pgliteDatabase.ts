import { mkdirSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Database, Row, SqlValue, Statement } from "./database.ts";
import { refusedByDatabase } from "./databaseErrors.ts";
import { lockFolder } from "./folderLock.ts";
import type { DatabaseReply, DatabaseRequest } from "./pgliteWorker.ts";

interface Waiting {
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}

/** PostgreSQL embedded in a thread of this process, its files in a folder that belongs to it alone. */
export class PgliteDatabase implements Database {
  readonly #unlock: () => void;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #failure: Error | undefined;

  private constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#unlock = lockFolder(folder);
    this.#worker = new Worker(new URL("./pgliteWorker.ts", import.meta.url), { workerData: { folder } });
    this.#worker.on("message", (reply: DatabaseReply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", () => this.#fail(new Error("The database's thread has ended.")));
  }

  /**
   * @throws RecourseError `JournalInUse` where another sequencer works on the folder
   * @throws Error where the folder holds no database and none can be made in it
   */
  static async open(folder: string): Promise<PgliteDatabase> {
    const database = new PgliteDatabase(folder);
    try {
      await database.query("SELECT 1");
    } catch (error) {
      await database.#end();
      throw error;
    }
    return database;
  }

  query(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#ask("query", [{ text, values }]);
  }

  async transaction(statements: readonly Statement[]): Promise<void> {
    await this.#ask("transaction", statements);
  }

  async close(): Promise<void> {
    if (!this.#failure) await this.#ask("close", []);
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#worker.terminate();
    this.#unlock();
  }

  #ask(action: DatabaseRequest["action"], statements: readonly Statement[]): Promise<Row[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, action, statements } satisfies DatabaseRequest);
    });
  }

  #settle(reply: DatabaseReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("failure" in reply) waiting?.reject(refusedByDatabase(reply.failure));
    else waiting?.resolve(reply.rows);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
