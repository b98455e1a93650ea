// Does all set-up, then runs one of the project's commands on the pinned Node.js: `node scripts/run.mjs demo|test|bench …`.
// Its exit status is the command's; signals are passed on, and it ends only after the command has ended.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrapOrExit, pinnedNode, withPinnedNode } from "./bootstrap.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");

/** The steps of each command, run one after the other until one fails. */
const commands = {
  demo: (args) => [[pinnedNode, join(root, "packages", "cli", "bin", "recourse.js"), "demo", ...args]],
  test: (args) => [
    [join(bin, "biome"), "check", "."],
    [join(bin, "tsc"), "--noEmit"],
    [join(bin, "vitest"), "run", ...args],
  ],
  bench: (args) => [[pinnedNode, join(root, "bench", "main.ts"), ...args]],
};

function runStep([command, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: withPinnedNode(),
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    const forward = (signal) => child.kill(signal);
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    child.on("error", reject);
    child.on("exit", (status, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(status ?? 128 + constants.signals[signal]);
    });
  });
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(commands, name)) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(commands).join("|")} [arguments]\n`);
  process.exit(1);
}
bootstrapOrExit();
for (const step of commands[name](args)) {
  const status = await runStep(step);
  if (status !== 0) process.exit(status);
}
