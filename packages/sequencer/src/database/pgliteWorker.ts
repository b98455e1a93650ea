/** The thread in which the embedded database runs, so that a commit and the engine do not wait for each other. */
import { parentPort, workerData } from "node:worker_threads";
import { PGlite, types } from "@electric-sql/pglite";
import type { Row, Statement } from "./database.ts";
import { durableOptions } from "./durableFileSystem.ts";

export interface DatabaseRequest {
  readonly id: number;
  readonly action: "query" | "transaction" | "close";
  readonly statements: readonly Statement[];
}

export type DatabaseReply =
  | { readonly id: number; readonly rows: Row[] }
  | { readonly id: number; readonly failure: string };

const port = parentPort!;
const database = PGlite.create({
  ...durableOptions((workerData as { readonly folder: string }).folder),
  // The package's own makes a text of each byte: most of what a commit costs.
  serializers: { [types.BYTEA]: bytesToText },
});

function bytesToText(value: Uint8Array): string {
  return `\\x${Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex")}`;
}

async function answer({ action, statements }: DatabaseRequest): Promise<Row[]> {
  const opened = await database;
  if (action === "close") {
    await opened.close();
    return [];
  }
  // A single statement is a transaction of its own, and saves two turns.
  if (action === "query" || statements.length === 1) {
    const [statement] = statements;
    return (await opened.query<Row>(statement!.text, [...(statement!.values ?? [])])).rows;
  }
  await opened.transaction(async (transaction) => {
    for (const { text, values } of statements) await transaction.query(text, [...(values ?? [])]);
  });
  return [];
}

let turn: Promise<void> = Promise.resolve();

port.on("message", (request: DatabaseRequest) => {
  turn = turn.then(async () => {
    try {
      port.postMessage({ id: request.id, rows: await answer(request) } satisfies DatabaseReply);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      port.postMessage({ id: request.id, failure } satisfies DatabaseReply);
    }
    if (request.action === "close") port.close();
  });
});
