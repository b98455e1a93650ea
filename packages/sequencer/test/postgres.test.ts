import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../../test/support/postgres.ts";
import { numberOf, type Statement } from "../src/database/database.ts";
import { PostgresDatabase } from "../src/database/postgresDatabase.ts";
import { seededRandom } from "../src/drill/random.ts";
import { until } from "./world.ts";

const seed = Number(process.env.RECOURSE_TEST_SEED ?? "5");

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

beforeEach(async () => {
  url = await server.createDatabase();
});

const open = (at = url, patienceMs = 30_000) => PostgresDatabase.open({ url: at, session: "journal", patienceMs });

/** A table without any key, so that it shows what was done twice. */
const createNumbers: Statement = { text: "CREATE TABLE numbers (number bigint NOT NULL)" };
const insert = (number: number): Statement[] => [
  { text: "INSERT INTO numbers (number) VALUES ($1)", values: [number] },
  { text: "INSERT INTO numbers (number) VALUES ($1)", values: [-number] },
];

async function readNumbers(database: PostgresDatabase): Promise<number[]> {
  const rows = await database.query("SELECT number FROM numbers WHERE number > 0 ORDER BY number");
  const [other] = await database.query("SELECT count(*) AS halves FROM numbers WHERE number < 0");
  expect(numberOf(other!.halves)).toBe(rows.length);
  return rows.map(({ number }) => numberOf(number));
}

const upTo = (count: number) => Array.from({ length: count }, (_, place) => place + 1);

const terminate = () =>
  server.administer(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'recourse journal%'",
  );

/** Something between the sequencer and its server that can lose what it carries. */
class Link {
  readonly url: string;
  readonly #server: Server;
  readonly #folder: string;
  readonly #sockets = new Set<Socket>();
  /** Loses the next bytes with this text in them, and the connection with it: on the way there, or on the way back. */
  #toLose: { text: string; isAnswer: boolean } | undefined;
  losses = 0;

  private constructor(folder: string, target: string) {
    const link = new URL(target);
    const path = join(link.searchParams.get("host")!, ".s.PGSQL.5432");
    link.searchParams.set("host", folder);
    this.url = link.href;
    this.#folder = folder;
    this.#server = createServer((near) => {
      const far = createConnection(path);
      let isAwaited = false;
      near.on("data", (bytes) => {
        const isMeant = this.#toLose !== undefined && bytes.includes(this.#toLose.text);
        if (isMeant && !this.#toLose!.isAnswer) return this.#lose(near, far);
        isAwaited ||= isMeant;
        far.write(bytes);
      });
      far.on("data", (bytes) => {
        if (isAwaited && bytes.includes("COMMIT")) return this.#lose(near, far);
        if (!isAwaited) near.write(bytes);
      });
      for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => other.destroy());
      }
    });
  }

  static async open(target: string): Promise<Link> {
    const folder = await mkdtemp(join(tmpdir(), "recourse-link-"));
    const link = new Link(folder, target);
    await new Promise<void>((resolve) => link.#server.listen(join(folder, ".s.PGSQL.5432"), resolve));
    return link;
  }

  lose(text: string, isAnswer: boolean): void {
    this.#toLose = { text, isAnswer };
  }

  #lose(near: Socket, far: Socket): void {
    this.#toLose = undefined;
    this.losses++;
    near.destroy();
    far.destroy();
  }

  /** Cuts every connection, whatever is on its way. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe("a transaction is done once", () => {
  test.each([
    ["the request", false],
    ["the answer", true],
  ])("when %s is lost with the connection", async (_, isAnswer) => {
    const link = await Link.open(url);
    const database = await open(link.url);
    await database.transaction([createNumbers]);
    await database.transaction(insert(1));
    link.lose("COMMIT", isAnswer);
    await database.transaction(insert(2));
    await database.transaction(insert(3));
    expect(link.losses).toBe(1);
    expect(await readNumbers(database)).toEqual([1, 2, 3]);
    await database.close();
    await link.close();
  });

  test(`when its connection is terminated at any moment (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const database = await open();
    await database.transaction([createNumbers]);
    for (const number of upTo(150)) {
      const terminated = random() < 0.1 ? terminate() : undefined;
      if (terminated && random() < 0.5) await terminated;
      await database.transaction(insert(number));
      await terminated;
    }
    expect(await readNumbers(database)).toEqual(upTo(150));
    await database.close();
  });

  test("when the server still works on it after the connection is gone", async () => {
    const link = await Link.open(url);
    const database = await open(link.url);
    await database.transaction([createNumbers]);
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query("BEGIN; LOCK TABLE numbers");
    const writing = database.transaction(insert(1));
    await until("the wait for the lock", async () => {
      return (await holder.query("SELECT 1 FROM pg_locks WHERE NOT granted")).rowCount;
    });
    link.cut();
    await holder.query("COMMIT");
    await writing;
    await holder.end();
    expect(await readNumbers(database)).toEqual([1]);
    await database.close();
    await link.close();
  });

  test("when the server is killed and comes back", async () => {
    const database = await open();
    await database.transaction([createNumbers]);
    let done = 0;
    let isWriting = true;
    const writing = (async () => {
      for (let number = 1; isWriting; number++) {
        await database.transaction(insert(number));
        done = number;
      }
    })();
    for (const rounds of [1, 2]) {
      await until("some transactions", async () => done >= rounds * 50);
      await server.kill();
      await server.start();
    }
    await until("some transactions", async () => done >= 150);
    isWriting = false;
    await writing;
    expect(await readNumbers(database)).toEqual(upTo(done));
    await database.close();
  });

  test("or not at all, where the database refuses a part of it, and the next ones are done", async () => {
    const database = await open();
    await database.transaction([createNumbers]);
    const refused = [...insert(1), { text: "INSERT INTO numbers (number) VALUES (NULL)" }];
    await expect(database.transaction(refused)).rejects.toMatchObject({ code: "DatabaseRefused" });
    await database.transaction(insert(2));
    expect(await readNumbers(database)).toEqual([2]);
    await database.close();
  });
});

describe("a database with two sequencers", () => {
  test("belongs to the first as long as it is connected", async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: "JournalInUse" });
    await first.close();
    await (await open()).close();
  });

  test("refuses the first one's writes when it comes back", async () => {
    const first = await open();
    await first.transaction([createNumbers]);
    await terminate();
    const second = await open();
    await second.transaction(insert(1));
    await second.close();
    await expect(first.transaction(insert(2))).rejects.toMatchObject({ code: "JournalInUse" });
    await expect(first.transaction(insert(2))).rejects.toMatchObject({ code: "JournalInUse" });
    const third = await open();
    expect(await readNumbers(third)).toEqual([1]);
    await third.close();
    await first.close();
  });
});

describe("a database that cannot be trusted", () => {
  test("is given up where it came back without what it had confirmed", async () => {
    const database = await open();
    await database.transaction([createNumbers]);
    await database.transaction(insert(1));
    await server.administer("UPDATE recourse_sessions SET writes = writes - 1", url);
    await terminate();
    await expect(database.transaction(insert(2))).rejects.toMatchObject({ code: "DatabaseRolledBack" });
    await database.close();
  });

  test("is given up where it does not come back in time", async () => {
    const link = await Link.open(url);
    const database = await open(link.url, 300);
    await database.transaction([createNumbers]);
    await link.close();
    await expect(database.transaction(insert(1))).rejects.toMatchObject({ code: "DatabaseUnavailable" });
    await database.close();
  });

  test("is refused where its server does not synchronise, and made to where the role does not", async () => {
    const role = new URL(url).username;
    await server.administer(`ALTER ROLE ${role} SET synchronous_commit = off`);
    const database = await open();
    expect(await database.query("SELECT current_setting('synchronous_commit') AS setting")).toEqual([
      { setting: "on" },
    ]);
    await database.close();
    await server.start({ fsync: "off" });
    await expect(open()).rejects.toMatchObject({
      code: "DatabaseNotDurable",
      message: expect.stringContaining("fsync = off"),
    });
    await server.start();
  });

  test.each([
    ["a wrong password", "DatabaseDenied", (wrong: URL) => Object.assign(wrong, { password: "secret-word" })],
    ["an unknown database", "DatabaseDenied", (wrong: URL) => Object.assign(wrong, { pathname: "/unknown" })],
    [
      "no server",
      "DatabaseUnavailable",
      (wrong: URL) => {
        wrong.searchParams.set("host", "/nowhere");
        return wrong;
      },
    ],
  ])("is named without its password where there is %s", async (_, code, change) => {
    const wrong = change(new URL(url));
    const error = await open(wrong.href, 500).catch((error: unknown) => error);
    expect(error).toMatchObject({ code });
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(shown).not.toContain(wrong.password);
  });
});
