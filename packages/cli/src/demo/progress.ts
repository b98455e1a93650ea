import type { Output } from "../output.ts";

const terminalIntervalMs = 150;
const plainIntervalMs = 10_000;

/** Tells how the demo goes: one line that is rewritten on a terminal, plain lines now and then elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #isTerminal: boolean;
  readonly #startedAtMs = performance.now();
  #shownAtMs = 0;
  #isLineOpen = false;

  constructor(output: Output) {
    this.#output = output;
    this.#isTerminal = (output.json ? process.stderr : process.stdout).isTTY === true;
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#startedAtMs) / 1000;
  }

  /** Says something that happened. */
  say(line: string): void {
    this.#closeLine();
    this.#output.say(`${this.#stamp()} ${line}`);
  }

  /** Shows where things stand, unless that was shown a moment ago. */
  show(status: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#shownAtMs < (this.#isTerminal ? terminalIntervalMs : plainIntervalMs)) return;
    this.#shownAtMs = nowMs;
    if (!this.#isTerminal) {
      this.#output.say(`${this.#stamp()} ${status}`);
      return;
    }
    const stream = this.#output.json ? process.stderr : process.stdout;
    const line = `${this.#stamp()} ${status}`.slice(0, (stream.columns ?? 80) - 1);
    stream.write(`\r\x1b[2K${line}`);
    this.#isLineOpen = true;
  }

  #closeLine(): void {
    if (!this.#isLineOpen) return;
    (this.#output.json ? process.stderr : process.stdout).write("\r\x1b[2K");
    this.#isLineOpen = false;
  }

  #stamp(): string {
    return `${this.elapsedSeconds.toFixed(1).padStart(6)}s`;
  }
}
