// Sets the project up: packages, then contracts. Plain JavaScript without dependencies, since it runs on whatever
// Node.js is there, before anything is installed. Doing it again when nothing has changed takes milliseconds.
// Progress goes to standard error: standard output belongs to the command that follows.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const leastNodeMajor = 20;
const installer = "pnpm@12.21.0";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");

/** The Node.js that the project pins: everything but this script and the installer runs on it. */
export const pinnedNode = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** An error whose message tells a person what to do. */
export class SetUpError extends Error {}

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** The hash of some files by path and content; folders count with all that is below them. */
function hashFiles(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    const absolute = join(root, path);
    if (!existsSync(absolute)) return;
    for (const entry of readdirSync(absolute, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) add(child);
      else addFile(child);
    }
  };
  const addFile = (path) => {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  };
  for (const { folder, file } of paths) {
    if (folder) add(folder);
    else addFile(file);
  }
  return hash.digest("hex");
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Runs a command to its end and returns what it printed. @throws SetUpError where it fails */
function run(command, args, options, explain) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  if (result.signal) throw new SetUpError(`${command} was stopped by ${result.signal}.`);
  if (result.error || result.status !== 0) {
    const output = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim();
    throw new SetUpError(explain(output, result.error));
  }
}

function lastLines(output, count = 20) {
  return output.split("\n").slice(-count).join("\n");
}

function explainInstallFailure(output, error) {
  if (error?.code === "ENOENT") {
    return "npx was not found. It comes with npm: install Node.js with npm from https://nodejs.org, then try again.";
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|network|fetch failed/i.test(output)) {
    return `${lastLines(output)}\nThe npm registry cannot be reached. Check with "npm ping"; behind a mirror, set it with "npm config set registry URL".`;
  }
  if (/OUTDATED_LOCKFILE|frozen-lockfile/i.test(output)) {
    return `${lastLines(output)}\npnpm-lock.yaml does not fit the package.json files: run "npx --yes ${installer} install" and commit the lockfile.`;
  }
  return `${lastLines(output)}\nThe packages could not be installed.`;
}

function installPackages() {
  const stampFile = join(modules, ".recourse-packages");
  const stamp = hashFiles([{ file: "pnpm-lock.yaml" }, { file: "pnpm-workspace.yaml" }]);
  if (readStamp(stampFile) === stamp && existsSync(pinnedNode)) return;
  say("Installing packages (a minute or two the first time) …");
  const started = Date.now();
  rmSync(stampFile, { force: true });
  run(
    "npx",
    ["--yes", installer, "install", "--frozen-lockfile"],
    // Without a terminal the installer must not ask whether it may replace the folder of packages.
    { env: { ...process.env, CI: "true" }, shell: process.platform === "win32" },
    explainInstallFailure,
  );
  if (!existsSync(pinnedNode)) {
    throw new SetUpError("The pinned Node.js was not installed: delete node_modules and try again.");
  }
  writeFileSync(stampFile, stamp);
  say(`Packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function buildContracts() {
  const stampFile = join(modules, ".recourse-contracts");
  const stamp = hashFiles([
    { folder: "contracts/src" },
    { file: "contracts/hardhat.config.ts" },
    { file: "contracts/package.json" },
    { file: "pnpm-lock.yaml" },
  ]);
  if (readStamp(stampFile) === stamp && existsSync(join(root, "contracts", "artifacts"))) return;
  say("Building the contracts …");
  const started = Date.now();
  rmSync(stampFile, { force: true });
  run(
    pinnedNode,
    [join("node_modules", "hardhat", "dist", "src", "cli.js"), "build"],
    { cwd: join(root, "contracts"), env: withPinnedNode() },
    (output) => `${lastLines(output, 40)}\nThe contracts could not be built.`,
  );
  writeFileSync(stampFile, stamp);
  say(`Contracts built in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** The environment in which the project's own commands, the pinned Node.js among them, come first on the path. */
export function withPinnedNode() {
  return {
    ...process.env,
    PATH: `${join(modules, ".bin")}${delimiter}${process.env.PATH ?? ""}`,
    HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
  };
}

/** Does all set-up that is not done yet. @throws SetUpError with what a person can do about it */
export function bootstrap() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < leastNodeMajor) {
    throw new SetUpError(
      `Node.js ${process.versions.node} is too old: install Node.js ${leastNodeMajor} or newer from https://nodejs.org.`,
    );
  }
  installPackages();
  buildContracts();
}

/** Runs the set-up and ends the process with what went wrong, if something did. */
export function bootstrapOrExit() {
  try {
    bootstrap();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(`error: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bootstrapOrExit();
