/** The sequencer as a process of its own: configured by flags and the environment, ended by SIGTERM or with its parent. */
import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";
import { RecourseError } from "@recourse/protocol";
import { shortMessage } from "./chain/shortMessage.ts";
import { readConfig, readDatabaseUrl, readKey } from "./config.ts";
import { type RunningSequencer, startSequencer } from "./start.ts";

const text = { type: "string" } as const;

const { values: flags } = parseArgs({
  options: {
    "rpc-url": text,
    rollup: text,
    "deployment-block": text,
    "key-file": text,
    "data-dir": text,
    "database-url-file": text,
    "database-patience-ms": text,
    host: text,
    port: text,
    clock: text,
    "tick-interval-ms": text,
    "batch-interval-ms": text,
    "batch-max-chunks": text,
    "inbox-confirmations": text,
    "poll-interval-ms": text,
    checkpoints: text,
    "recovery-threads": text,
    "log-level": text,
    "dishonest-batch": text,
    "dishonest-kind": text,
    "dishonest-seed": text,
  },
});

/** What was not given is left out, so that the defaults hold; what is no number is named by the check of the whole. */
function given(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));

function readOptions() {
  return readConfig(
    given({
      rpcUrl: flags["rpc-url"],
      rollup: flags.rollup,
      deploymentBlock: number(flags["deployment-block"]),
      key: readKey(flags["key-file"]),
      dataDir: flags["data-dir"],
      databaseUrl: readDatabaseUrl(flags["database-url-file"]),
      databasePatienceMs: number(flags["database-patience-ms"]),
      host: flags.host,
      port: number(flags.port),
      clock: flags.clock,
      tickIntervalMs: number(flags["tick-interval-ms"]),
      operatorToken: process.env.RECOURSE_OPERATOR_TOKEN,
      batchIntervalMs: number(flags["batch-interval-ms"]),
      batchMaxChunks: number(flags["batch-max-chunks"]),
      inboxConfirmations: number(flags["inbox-confirmations"]),
      pollIntervalMs: number(flags["poll-interval-ms"]),
      checkpoints: number(flags.checkpoints),
      recoveryThreads: number(flags["recovery-threads"]),
      logLevel: flags["log-level"],
      dishonest:
        flags["dishonest-batch"] === undefined
          ? undefined
          : given({
              batch: Number(flags["dishonest-batch"]),
              kind: flags["dishonest-kind"],
              seed: number(flags["dishonest-seed"]),
            }),
    }),
  );
}

/** Ends the sequencer with its parent: nobody would stop it otherwise. */
function endWithParent(end: () => void): void {
  if (process.send !== undefined) {
    process.once("disconnect", end);
    return;
  }
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.stdin.resume();
}

let running: RunningSequencer | undefined;
let isEnding = false;

function end(): void {
  // Before it is ready there is nothing to finish: the journal is whole at any moment.
  if (running === undefined) process.exit(0);
  if (isEnding) return;
  isEnding = true;
  running.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

process.once("SIGTERM", end);
process.once("SIGINT", end);
endWithParent(end);

try {
  running = await startSequencer(readOptions());
  process.stdout.write(`${JSON.stringify({ ready: true, url: running.url })}\n`);
} catch (error) {
  const report =
    error instanceof RecourseError
      ? error.toReport()
      : { error: { code: "CannotStart", message: shortMessage(error), fields: [] } };
  process.stderr.write(`${JSON.stringify(report)}\n`);
  process.exit(1);
}
