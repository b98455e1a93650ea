import { type Hash, RecourseError } from "@recourse/protocol";
import type { VerifierOptions } from "@recourse/verifier";
import { Command } from "commander";
import {
  httpUrl,
  integer,
  jsonOption,
  oneOf,
  readPrivateKey,
  rollupOption,
  rpcUrlOption,
  withPrivateKey,
} from "../options.ts";
import { Output } from "../output.ts";
import { endWithParent } from "../parent.ts";

interface VerifierCommandOptions {
  readonly rpcUrl: string[];
  readonly rollup: Hash;
  readonly mode: "watch" | "challenge";
  readonly privateKey?: string;
  readonly privateKeyFile?: string;
  readonly pollInterval?: number;
  readonly fromBlock?: number;
  readonly once?: boolean;
  readonly exportStream?: string;
  readonly json?: boolean;
}

const readUrl = httpUrl("rpc-url");

/** `recourse verifier`: derives everything from L1 and says what is wrong; in challenge mode it proves it. */
export function verifierCommand(): Command {
  return withPrivateKey(
    new Command("verifier")
      .description("re-execute every batch from L1 data alone, and prove wrong ones (--mode challenge)")
      .requiredOption(
        "--rpc-url <url>",
        "JSON-RPC endpoint; more of them are compared with the first",
        (text, all: string[] = []) => [...all, readUrl(text)],
      )
      .addOption(rollupOption())
      .option("--mode <mode>", "watch or challenge", oneOf("mode", ["watch", "challenge"]), "watch"),
  )
    .option("--poll-interval <ms>", "milliseconds between two looks at L1", integer("poll-interval", 10, 600_000))
    .option("--from-block <number>", "block of the deployment, or an earlier one", integer("from-block", 0, 2 ** 48))
    .option("--once", "read everything there is, say what it is worth, and end")
    .option("--export-stream <file>", "write the canonical stream at the end, one line of JSON a transaction")
    .addOption(jsonOption())
    .action(verifierAction);
}

async function verifierAction(options: VerifierCommandOptions): Promise<void> {
  const { rpcUrl, rollup, mode, pollInterval, fromBlock, once = false, exportStream, json = false } = options;
  const configuration: VerifierOptions = {
    rpcUrls: rpcUrl,
    rollup,
    mode,
    once,
    json,
    ...(mode === "challenge" && { key: readPrivateKey(options) }),
    ...(pollInterval !== undefined && { pollIntervalMs: pollInterval }),
    ...(fromBlock !== undefined && { fromBlock }),
    ...(exportStream !== undefined && { exportStream }),
  };
  const { startVerifier } = await import("@recourse/verifier");
  const verifier = startVerifier(configuration);
  endWithParent(verifier.stop);
  const summary = await verifier.done;
  if (!once) return;
  if (summary.batch !== summary.head) {
    throw new RecourseError("NotVerified", `Batch ${summary.batch + 1} of ${summary.head} is not valid or not known.`);
  }
  new Output(json).result(summary, [
    `Batch ${summary.batch} of ${summary.head} is verified; the state root is ${summary.root}.`,
  ]);
}

interface ChallengeCommandOptions {
  readonly rpcUrl: string;
  readonly rollup: Hash;
  readonly batch: number;
  readonly privateKey?: string;
  readonly privateKeyFile?: string;
  readonly json?: boolean;
}

/** `recourse challenge`: re-executes up to one batch, and proves it if it is wrong. */
export function challengeCommand(): Command {
  return withPrivateKey(
    new Command("challenge")
      .description("re-execute the batches up to one, and prove the first wrong one")
      .addOption(rpcUrlOption())
      .addOption(rollupOption())
      .requiredOption("--batch <number>", "the batch in question", integer("batch", 1, 2 ** 48)),
  )
    .addOption(jsonOption())
    .action(challengeAction);
}

async function challengeAction(options: ChallengeCommandOptions): Promise<void> {
  const { rpcUrl, rollup, batch, json = false } = options;
  const { challengeBatch } = await import("@recourse/verifier");
  const outcome = await challengeBatch({ rpcUrl, rollup, batch, key: readPrivateKey(options) });
  switch (outcome.outcome) {
    case "valid":
      return new Output(json).result(outcome, [`Batch ${batch} is valid; its root is ${outcome.root}.`]);
    case "proved":
      return new Output(json).result(outcome, [
        `Batch ${outcome.index} was wrong in chunk ${outcome.chunk} and is proved so: ${outcome.transaction}.`,
        `The proof used ${outcome.gasUsed} gas; at 64 a byte it would be ${outcome.gasAt64}.`,
      ]);
    case "reverted":
      return new Output(json).result(outcome, [`Batch ${outcome.index} was wrong; ${outcome.prover} proved it first.`]);
    case "absent":
      throw new RecourseError("UnknownBatch", `Batch ${batch} does not stand: the newest is ${outcome.head}.`, [
        { field: "batch", expected: `a number from 1 to ${outcome.head}` },
      ]);
    case "unknown":
      throw new RecourseError("VerdictUnknown", `Batch ${batch} could not be judged: ${outcome.detail}`);
  }
}
