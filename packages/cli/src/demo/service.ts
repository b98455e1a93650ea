import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RecourseError } from "@recourse/protocol";

const binary = fileURLToPath(new URL("../../bin/recourse.js", import.meta.url));

/** Lines of a service's log that are kept for the case that it fails. */
const keptLines = 20;
/** How long a service may take to end before it is killed. */
const patienceMs = 10_000;

export interface ServiceOptions {
  readonly name: string;
  /** The JavaScript program; `recourse` where it is left out. */
  readonly program?: string | undefined;
  /** Command and options of the program. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Called with each line of standard output. */
  readonly onLine?: (line: string) => void;
}

/** A `recourse` command, or a program like it, in a process of its own, which ends with this one. */
export class Service {
  readonly name: string;
  /** Resolves with the exit status when the process has ended. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #log: string[] = [];
  #isStopping = false;

  constructor({ name, program = binary, args, environment = {}, folder, onLine = () => {} }: ServiceOptions) {
    this.name = name;
    this.#child = spawn(process.execPath, [program, ...args], {
      ...(folder !== undefined && { cwd: folder }),
      env: { ...process.env, ...environment },
      // The channel carries nothing; the service sees by it that this process is gone. A group of its own, because a
      // terminal's Ctrl-C is for this process, which then stops its services one by one.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    createInterface({ input: this.#child.stdout! }).on("line", onLine);
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.#log.push(line);
      if (this.#log.length > keptLines) this.#log.shift();
    });
    this.exited = once(this.#child, "close").then(([status]) => status as number | null);
  }

  /** Rejects when the service ends without having been told to. */
  async failure(): Promise<never> {
    const status = await this.exited;
    if (this.#isStopping) return new Promise(() => {});
    throw this.error(`The ${this.name} ended unexpectedly (status ${status}).`);
  }

  /** An error with the end of the service's log. */
  error(message: string): RecourseError {
    return new RecourseError("ServiceFailed", message, [
      { field: this.name, expected: `a running service; its log ends with:\n${this.#log.join("\n")}` },
    ]);
  }

  /** Ends the service, by force if it does not end by itself. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const killing = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    this.#child.kill("SIGTERM");
    await this.exited;
    clearTimeout(killing);
  }
}
