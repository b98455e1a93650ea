import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { RecourseError } from "@recourse/protocol";
import { destination, type Logger, pino } from "pino";
import type { Transport } from "viem";
import { type Announce, announceJson, announceReadably, type VerifierSummary } from "./announcements.ts";
import { parseConfiguration, type VerifierConfiguration, type VerifierOptions } from "./configuration.ts";
import type { StreamEntry } from "./stream.ts";
import { Verifier, type VerifierDependencies } from "./verifier.ts";

/** Where a verifier reads from and speaks to, where that is not the process's own. */
export interface StartDependencies {
  readonly announce?: Announce;
  readonly log?: Logger;
  readonly transports?: readonly Transport[];
  readonly genesis?: NonNullable<VerifierDependencies["genesis"]>;
}

export interface RunningVerifier {
  /** Ends the verifier after what it is doing. */
  stop(): void;
  /** Where it stood when it ended. Rejects where it could not sync (`once`) or write its export. */
  readonly done: Promise<VerifierSummary>;
}

/** Looks that may fail in a row before a verifier that is to end by itself gives up. */
const FAILURES_BEFORE_GIVING_UP = 5;
/** The longest pause after looks that failed. */
const LONGEST_PAUSE_MS = 5_000;

/** Logs as JSON to standard error. */
export function createLog(): Logger {
  return pino({ name: "verifier", level: "info" }, destination({ fd: 2, sync: true }));
}

/**
 * Starts a verifier.
 * @throws RecourseError `InvalidConfiguration` that names every wrong field
 */
export function startVerifier(options: VerifierOptions, dependencies: StartDependencies = {}): RunningVerifier {
  const configuration = parseConfiguration(options);
  const stopped = new AbortController();
  return { stop: () => stopped.abort(), done: run(configuration, dependencies, stopped.signal) };
}

async function run(
  configuration: VerifierConfiguration,
  { announce, log = createLog(), transports, genesis }: StartDependencies,
  signal: AbortSignal,
): Promise<VerifierSummary> {
  const { once, json, exportStream } = configuration;
  const write = (line: string): unknown => process.stdout.write(line);
  // With --once --json the result is all that standard output holds.
  const silent: Announce = (announcement) => log.info(announcement);
  const chosen = announce ?? (json ? (once ? silent : announceJson(write)) : announceReadably(write));
  const verifier = new Verifier(configuration, {
    announce: chosen,
    log,
    ...(transports && { transports }),
    ...(genesis && { genesis }),
  });
  if (once) await sync(verifier, configuration, signal);
  else await follow(verifier, configuration, signal);
  if (exportStream !== undefined) await writeStream(exportStream, verifier.stream());
  const summary = verifier.summary();
  if (!once) chosen({ event: "final", ...summary });
  return summary;
}

/** Looks at L1 until it is told to stop. */
async function follow(verifier: Verifier, { pollIntervalMs }: VerifierConfiguration, signal: AbortSignal) {
  let failures = 0;
  while (!signal.aborted) {
    const outcome = await verifier.tick();
    failures = outcome === "unknown" ? failures + 1 : 0;
    if (outcome === "busy") continue;
    await pause(
      Math.min(pollIntervalMs * 2 ** Math.min(failures, 10), Math.max(pollIntervalMs, LONGEST_PAUSE_MS)),
      signal,
    );
  }
}

/**
 * Looks at L1 until all of it has been read and judged.
 * @throws RecourseError `NotSynced` where that does not come about
 */
async function sync(verifier: Verifier, { pollIntervalMs }: VerifierConfiguration, signal: AbortSignal) {
  let failures = 0;
  while (!signal.aborted) {
    const outcome = await verifier.tick();
    if (outcome === "idle" && verifier.isReady) return;
    failures = outcome === "unknown" ? failures + 1 : 0;
    if (failures >= FAILURES_BEFORE_GIVING_UP) {
      throw new RecourseError("NotSynced", `Not all of L1 could be read and judged: ${verifier.doubt}`);
    }
    if (outcome !== "busy") await pause(pollIntervalMs * 2 ** failures, signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Writes one line of JSON for each transaction. */
async function writeStream(path: string, entries: readonly StreamEntry[]): Promise<void> {
  await writeFile(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}
