import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";
import { type FieldError, RecourseError } from "@recourse/protocol";
import type { VerifierSummary } from "./announcements.ts";
import { readVerifierKey, type VerifierOptions } from "./configuration.ts";
import { createLog, type RunningVerifier, startVerifier } from "./start.ts";

/** Flags of the process; the key comes from RECOURSE_VERIFIER_KEY or from a file, never from a flag. */
const flags = {
  "rpc-url": { type: "string", multiple: true },
  rollup: { type: "string" },
  mode: { type: "string" },
  "key-file": { type: "string" },
  "poll-interval-ms": { type: "string" },
  "from-block": { type: "string" },
  once: { type: "boolean" },
  json: { type: "boolean" },
  "export-stream": { type: "string" },
} as const;

function readOptions(): VerifierOptions {
  const { values } = parseArgs({ options: flags, strict: true });
  const given = {
    rpcUrls: values["rpc-url"] ?? [],
    rollup: values.rollup,
    mode: values.mode,
    key: values.mode === "challenge" ? readVerifierKey(process.env, values["key-file"]) : undefined,
    pollIntervalMs: values["poll-interval-ms"] && Number(values["poll-interval-ms"]),
    fromBlock: values["from-block"] && Number(values["from-block"]),
    once: values.once,
    json: values.json,
    exportStream: values["export-stream"],
  };
  // The configuration's own check names whatever is wrong.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as VerifierOptions;
}

/** Ends the verifier with its parent: a child must not go on sending transactions unsupervised. */
function stopWithParent({ stop }: RunningVerifier): void {
  if (process.send !== undefined) {
    process.once("disconnect", stop);
    return;
  }
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  process.stdin.once("end", stop);
  process.stdin.once("error", stop);
  process.stdin.resume();
}

/** Whether a verifier that has synced leaves nothing in doubt. */
function isAllVerified({ batch, head }: VerifierSummary): boolean {
  return batch === head;
}

async function main(): Promise<number> {
  const options = readOptions();
  const verifier = startVerifier(options);
  process.once("SIGTERM", verifier.stop);
  process.once("SIGINT", verifier.stop);
  if (options.once !== true) stopWithParent(verifier);
  const summary = await verifier.done;
  if (options.once !== true) return 0;
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return isAllVerified(summary) ? 0 : 1;
}

/** A person gets the sentence and the fields, a program the report. */
function describe(error: unknown): { readonly message: string; readonly fields: readonly FieldError[] } {
  if (error instanceof RecourseError) return { message: error.message, fields: error.fields };
  return { message: error instanceof Error ? error.message : String(error), fields: [] };
}

try {
  process.exitCode = await main();
} catch (error) {
  createLog().fatal(describe(error), "the verifier could not go on");
  process.exitCode = 1;
}
// An open pipe to the parent would keep the process alive.
process.stdin.destroy();
if (process.connected) process.disconnect();
