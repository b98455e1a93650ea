import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { profilingArguments } from "../profile.ts";
import type { MemoryReport } from "./probe.ts";

const recourse = fileURLToPath(new URL("../../packages/cli/bin/recourse.js", import.meta.url));
const bareServer = fileURLToPath(new URL("./bareServer.ts", import.meta.url));
const probe = new URL("./probe.ts", import.meta.url).href;

/** Lines of its log that are kept for the case that it fails. */
const KEPT_LINES = 20;
/** How long a process may take to end before it is killed. */
const PATIENCE_MS = 15_000;

/** A program in a process of its own, which says on its first line where it answers, and ends with this process. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #log: string[] = [];
  readonly #firstLine: Promise<string>;

  private constructor(
    /** Under which its profiles are written, where they were asked for. */
    label: string | undefined,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#child = fork(program, args, {
      execArgv: [`--import=${probe}`, ...(label === undefined ? [] : profilingArguments(label))],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...environment },
    });
    this.#exited = once(this.#child, "close");
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.#log.push(line);
      if (this.#log.length > KEPT_LINES) this.#log.shift();
    });
    const output = createInterface({ input: this.#child.stdout! });
    this.#firstLine = once(output, "line").then(([line]) => line as string);
  }

  /** A command of `recourse`, as it is deployed. */
  static recourse(args: readonly string[], environment: Readonly<Record<string, string>> = {}): MeasuredProcess {
    return new MeasuredProcess(args[0]!, recourse, args, environment);
  }

  /** The floor under any server: the same framework, and nothing behind it. */
  static bareServer(): MeasuredProcess {
    return new MeasuredProcess(undefined, bareServer, []);
  }

  /** Where it answers. @throws Error with what it said where it could not start */
  async url(): Promise<string> {
    const line = await Promise.race([this.#firstLine, this.#failure()]);
    const { url } = JSON.parse(line) as { readonly url?: string };
    if (url === undefined) throw new Error(`A measured process did not start: ${line}`);
    return url;
  }

  /** What it holds after a collection of garbage. */
  async memory(): Promise<MemoryReport> {
    const answer = once(this.#child, "message").then(([message]) => message as MemoryReport);
    this.#child.send("memory");
    return Promise.race([answer, this.#failure()]);
  }

  /** Ends it, by force if it does not end by itself. */
  async stop(): Promise<void> {
    const killing = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    this.#child.kill("SIGTERM");
    await this.#exited;
    clearTimeout(killing);
  }

  async #failure(): Promise<never> {
    await this.#exited;
    throw new Error(`A measured process has ended; its log ends with: ${this.#log.join(" ")}`);
  }
}
