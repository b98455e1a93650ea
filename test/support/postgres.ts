import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { PostgresReport, PostgresRequest } from "./postgresProcess.ts";

/** A real PostgreSQL server, with its own folder and socket, that synchronises what it confirms. */
export interface PostgresServer {
  /** Makes an empty database that belongs to a new role. @returns its URL, password included */
  createDatabase(): Promise<string>;
  /** Runs SQL with all rights, in a database that a URL names or in the server's own. */
  administer(sql: string, url?: string): Promise<Record<string, unknown>[]>;
  /** Ends the server at once, as a power failure would end its process. */
  kill(): Promise<void>;
  /** Starts the server, after stopping it in order where it runs. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the server and deletes all that it held. */
  stop(): Promise<void>;
}

/**
 * Starts a server in a process of its own. It is found among the npm packages, which carry one of a pinned version, else
 * on the machine. It ends with this process, however that ends.
 * @throws Error where there is no server to start, or why it does not start
 */
export async function startPostgres(): Promise<PostgresServer> {
  const operatorPassword = randomBytes(16).toString("hex");
  const child = fork(fileURLToPath(new URL("./postgresProcess.ts", import.meta.url)), [operatorPassword], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  let databases = 0;

  async function ask(request: PostgresRequest): Promise<PostgresReport> {
    child.send(request);
    const report = await Promise.race([
      once(child, "message").then(([message]) => message as PostgresReport),
      exited.then((): PostgresReport => ({ error: "its process ended" })),
    ]);
    if (report.error !== undefined) throw new Error(`PostgreSQL: ${report.error}`);
    return report;
  }

  const { socketFolder } = await ask({ action: "start", settings: {} });

  const urlOf = (role: string, password: string, database: string) =>
    `postgres://${role}:${password}@localhost/${database}?host=${socketFolder}`;

  async function administer(sql: string, url?: string): Promise<Record<string, unknown>[]> {
    const database = url === undefined ? "postgres" : new URL(url).pathname.slice(1);
    const client = new pg.Client(urlOf("operator", operatorPassword, database));
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows ?? [];
    } finally {
      await client.end();
    }
  }

  return {
    administer,
    async createDatabase() {
      const name = `journal_${++databases}`;
      const password = randomBytes(16).toString("hex");
      await administer(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
      await administer(`CREATE DATABASE ${name} OWNER ${name}`);
      return urlOf(name, password, name);
    },
    async kill() {
      await ask({ action: "kill" });
    },
    async start(settings = {}) {
      await ask({ action: "start", settings });
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send({ action: "stop" } satisfies PostgresRequest);
      await exited;
    },
  };
}
