/**
 * The load generator's process: sends prepared requests, and tells its parent what became of them. In a closed loop
 * each connection sends its next request when it has the answer to the last: that finds the most that a server takes.
 * In an open loop requests arrive when the schedule says, whether or not earlier ones are answered, and their latency
 * counts from then: waiting that a slow answer causes is not left out.
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { percentile, sorted } from "../statistics.ts";
import { exponentialGaps } from "./arrivals.ts";

export interface LoadPlan {
  /** Where the server answers. */
  readonly url: string;
  /** A file with a request a line: its path, a space, its body. They are sent in this order. */
  readonly file: string;
  /** Whether to begin again where all have been sent; else a run may end early. */
  readonly isRepeating?: boolean;
  readonly connections: number;
  /** Requests that arrive in a second, by chance; undefined for a closed loop. */
  readonly requestsPerSecond?: number;
  /** Of the arrivals. */
  readonly seed: number;
  /** Seconds whose answers do not count, and seconds whose answers do. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** What a run came to, after its warm-up. */
export interface LoadReport {
  /** Transactions that were answered with their place in the stream. */
  readonly accepted: number;
  /** Requests that were refused or got another answer than 200, with an example of such an answer. */
  readonly refused: number;
  readonly refusal: string | undefined;
  /** Seconds measured: fewer than planned where the requests ran out. */
  readonly seconds: number;
  /** Accepted transactions a second, in each whole second. */
  readonly rates: readonly number[];
  /** Milliseconds from arrival to the answer's last byte. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** By how much the generator itself was late to send, in milliseconds: part of the latency. */
  readonly latenessMs: { readonly p50: number; readonly p99: number };
  /** Processor seconds of the generator. */
  readonly processorSeconds: number;
}

interface Request {
  readonly path: string;
  readonly body: string;
}

/** Every accepted transaction is reported with its hash. */
const ACCEPTED = Buffer.from('"transactionHash"');
const HEADERS = { "content-type": "application/json" };

class Generator {
  readonly #plan: LoadPlan;
  readonly #requests: readonly Request[];
  readonly #pool: Pool;
  #next = 0;
  #begins = 0;
  #accepted = 0;
  #refused = 0;
  #refusal: string | undefined;
  #lastAnswer = 0;
  readonly #perSecond: number[] = [];
  readonly #latencies: number[] = [];
  readonly #lateness: number[] = [];

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#requests = readFileSync(plan.file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const space = line.indexOf(" ");
        return { path: line.slice(0, space), body: line.slice(space + 1) };
      });
    this.#pool = new Pool(plan.url, { connections: plan.connections, pipelining: 1 });
  }

  async run(): Promise<LoadReport> {
    const { warmUpSeconds, requestsPerSecond } = this.#plan;
    const start = performance.now();
    const before = process.cpuUsage();
    this.#begins = start + 1000 * warmUpSeconds;
    if (requestsPerSecond === undefined) await this.#runClosed();
    else await this.#runOpen(start, requestsPerSecond);
    const { user, system } = process.cpuUsage(before);
    await this.#pool.close();
    return this.#report((user + system) / 1e6);
  }

  get #ends(): number {
    return this.#begins + 1000 * this.#plan.seconds;
  }

  async #runClosed(): Promise<void> {
    const work = async () => {
      for (;;) {
        const now = performance.now();
        const request = now < this.#ends ? this.#take() : undefined;
        if (request === undefined) return;
        await this.#send(request, now);
      }
    };
    await Promise.all(Array.from({ length: this.#plan.connections }, work));
  }

  async #runOpen(start: number, requestsPerSecond: number): Promise<void> {
    const gaps = exponentialGaps(requestsPerSecond, this.#plan.seed);
    const answers: Promise<void>[] = [];
    for (let due = start + gaps(); due < this.#ends; due += gaps()) {
      const request = this.#take();
      if (request === undefined) break;
      while (performance.now() < due) await delay(1);
      answers.push(this.#send(request, due));
    }
    await Promise.all(answers);
  }

  #take(): Request | undefined {
    if (this.#plan.isRepeating && this.#next === this.#requests.length) this.#next = 0;
    return this.#requests[this.#next++];
  }

  /** Sends a request that is due at a moment, and resolves when it is answered. */
  #send({ path, body }: Request, due: number): Promise<void> {
    if (due >= this.#begins) this.#lateness.push(performance.now() - due);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let status = 0;
      this.#pool.dispatch(
        { path, method: "POST", headers: HEADERS, body },
        {
          onRequestStart: () => {},
          onResponseStart: (_, statusCode) => {
            status = statusCode;
          },
          onResponseData: (_, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => {
            this.#answered(due, status, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
            resolve();
          },
          onResponseError: (_, error) => reject(error),
        },
      );
    });
  }

  #answered(due: number, status: number, answer: Buffer): void {
    const now = performance.now();
    let accepted = 0;
    for (let at = answer.indexOf(ACCEPTED); at >= 0; at = answer.indexOf(ACCEPTED, at + ACCEPTED.length)) accepted++;
    if (status !== 200 || accepted === 0 || answer.includes('"error"')) {
      this.#refused++;
      this.#refusal ??= answer.toString().slice(0, 300);
    }
    const isMeasured = this.#plan.requestsPerSecond === undefined ? now >= this.#begins : due >= this.#begins;
    if (!isMeasured) return;
    this.#accepted += accepted;
    this.#lastAnswer = now;
    const second = Math.floor((now - this.#begins) / 1000);
    this.#perSecond[second] = (this.#perSecond[second] ?? 0) + accepted;
    this.#latencies.push(now - due);
  }

  #report(processorSeconds: number): LoadReport {
    const latencies = sorted(this.#latencies);
    const lateness = sorted(this.#lateness);
    const seconds = Math.max(0, this.#lastAnswer - this.#begins) / 1000;
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      refusal: this.#refusal,
      seconds,
      rates: Array.from({ length: Math.floor(seconds) }, (_, second) => this.#perSecond[second] ?? 0),
      latencyMs: {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        p999: percentile(latencies, 0.999),
        max: percentile(latencies, 1),
      },
      latenessMs: { p50: percentile(lateness, 0.5), p99: percentile(lateness, 0.99) },
      processorSeconds,
    };
  }
}

process.once("disconnect", () => process.exit());
const report = await new Generator(JSON.parse(process.argv[2]!) as LoadPlan).run();
process.send!(report);
process.disconnect();
