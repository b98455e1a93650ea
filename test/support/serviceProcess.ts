import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The services as they are deployed: each in a process of its own, by its own entry. */
const entries = {
  sequencer: fileURLToPath(new URL("../../packages/sequencer/src/main.ts", import.meta.url)),
  verifier: fileURLToPath(new URL("../../packages/verifier/src/main.ts", import.meta.url)),
} as const;

/** Characters of the log that are quoted, its last ones. */
const QUOTED_LOG = 4_000;

/** A service in a process that ends with this one, however this one ends. */
export class ServiceProcess {
  readonly name: keyof typeof entries;
  /** Its exit status; null where a signal has ended it. */
  readonly exited: Promise<number | null>;
  /** The first line that it writes to standard output; rejects where it ends without one. */
  readonly firstLine: Promise<string>;
  readonly #child: ChildProcess;
  #log = "";

  constructor(
    name: keyof typeof entries,
    flags: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    this.#child = fork(entries[name], flags, {
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...environment },
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
    // Its streams are read to their ends before it counts as ended.
    this.exited = once(this.#child, "close").then(([status]) => status as number | null);
    this.firstLine = this.#readFirstLine();
    // A process may be killed before anybody waits for what it says.
    this.firstLine.catch(() => {});
  }

  /** The end of what it has logged. */
  get log(): string {
    return this.#log.slice(-QUOTED_LOG);
  }

  /** Rejects when it ends: for waiting beside what needs it alive. */
  async failWhenEnded(): Promise<never> {
    const status = await this.exited;
    throw new Error(`The ${this.name} ended with status ${status}.`);
  }

  /** Ends it at once, in the midst of whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  /** Asks it to end. @returns its exit status */
  stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.exited;
  }

  async #readFirstLine(): Promise<string> {
    let output = "";
    const line = new Promise<string>((resolve) => {
      this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const end = output.indexOf("\n");
        if (end >= 0) resolve(output.slice(0, end));
      });
    });
    return Promise.race([line, this.failWhenEnded()]);
  }
}
