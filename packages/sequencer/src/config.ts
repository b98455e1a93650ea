import { readFileSync } from "node:fs";
import { MAX_CHUNKS, RecourseError } from "@recourse/protocol";
import { z } from "zod";
import { dishonestKinds } from "./drill/tampering.ts";

const addressPattern = /^0x[0-9a-fA-F]{40}$/;
const keyPattern = /^0x[0-9a-fA-F]{64}$/;

function whole(minimum: number, maximum: number) {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  return z
    .number({ error: expected })
    .int({ error: expected })
    .min(minimum, { error: expected })
    .max(maximum, { error: expected });
}

const configSchema = z.strictObject({
  /** Where the L1 chain answers. */
  rpcUrl: z.url({ protocol: /^https?$/, error: "the address of an L1 node, such as http://127.0.0.1:8545" }),
  /** The rollup contract. */
  rollup: z
    .string({ error: "the rollup contract's address" })
    .regex(addressPattern, { error: "the rollup contract's address: 0x and 40 hexadecimal digits" })
    .transform((text) => text as `0x${string}`),
  /** No log of the deployment is in an earlier block. */
  deploymentBlock: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  /** The account that holds the bond, posts and signs pre-confirmations. */
  key: z
    .string({ error: "the sequencer's private key" })
    .regex(keyPattern, { error: "the sequencer's private key: 0x and 64 hexadecimal digits" })
    .transform((text) => text as `0x${string}`),
  /** The folder of the embedded database; it belongs to one sequencer alone. */
  dataDir: z.string({ error: "a folder" }).min(1, { error: "a folder" }).optional(),
  /** A PostgreSQL server's database that holds the journal instead. It holds a password: nothing repeats it. */
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: "a URL such as postgres://user:password@host:5432/database" })
    .optional(),
  /** A database that went away must be back after this long; what waits for it is not acknowledged before. */
  databasePatienceMs: whole(1_000, 3_600_000).default(15_000),
  host: z
    .string({ error: "an address to listen on" })
    .min(1, { error: "an address to listen on" })
    .default("127.0.0.1"),
  /** 0 takes a free port. */
  port: whole(0, 65_535).default(0),
  /** Who moves the engine's clock: the sequencer by wall time, or the operator, who replays a tape. */
  clock: z.enum(["wall", "external"], { error: "wall or external" }).default("wall"),
  tickIntervalMs: whole(100, 60_000).default(1_000),
  /** With which ticks are taken, in the mode of the external clock. */
  operatorToken: z.string({ error: "a text" }).min(16, { error: "at least 16 characters" }).optional(),
  /** An open batch is sealed after this long, unless earlier ones still wait to be posted. */
  batchIntervalMs: whole(50, 86_400_000).default(2_000),
  batchMaxChunks: whole(1, MAX_CHUNKS).default(MAX_CHUNKS),
  /** Blocks, its own among them, that an inbox message must have. */
  inboxConfirmations: whole(1, 1_000).default(1),
  /** How often L1 is asked for news. */
  pollIntervalMs: whole(20, 60_000).default(500),
  /** A transaction that is in no L1 block after this long is sent again, with a higher fee. */
  resendAfterMs: whole(1_000, 3_600_000).default(30_000),
  /** Newest batches whose states are kept in memory. */
  checkpoints: whole(1, 1_000).default(8),
  /** Transactions that may wait for their execution. */
  maxQueuedTransactions: whole(1, 1_000_000).default(10_000),
  /** Closed chunks that may wait for their check by the contract. */
  maxUncheckedChunks: whole(1, 100_000).default(4_096),
  /** Sealed batches that may wait for their turn on L1. */
  maxUnpostedBatches: whole(1, 100_000).default(1_024),
  /** Threads that recover signers. */
  recoveryThreads: whole(1, 64).default(1),
  logLevel: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"], { error: "a level of the log" })
    .default("info"),
  /** A drill: post one batch that is wrong. */
  dishonest: z
    .strictObject({
      /** The first batch that may be made wrong. */
      batch: whole(1, Number.MAX_SAFE_INTEGER),
      /** Any applicable one where it is left out. */
      kind: z.enum(dishonestKinds, { error: `one of: ${dishonestKinds.join(", ")}` }).optional(),
      seed: whole(0, Number.MAX_SAFE_INTEGER).default(1),
    })
    .optional(),
});

/** A journal in one place: where both were given, nobody could say which one counts. */
const wholeSchema = configSchema.refine(
  ({ dataDir, databaseUrl }) => (dataDir === undefined) !== (databaseUrl === undefined),
  { path: ["dataDir"], error: "a folder for the journal, or else a databaseUrl, and not both" },
);

/** What a sequencer is started with. */
export type SequencerOptions = z.input<typeof configSchema>;
export type SequencerConfig = z.output<typeof configSchema>;

/** @throws RecourseError `InvalidConfiguration` with every field that is wrong; the key's value is never repeated */
export function readConfig(options: unknown): SequencerConfig {
  const parsed = wholeSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new RecourseError(
    "InvalidConfiguration",
    "The sequencer cannot be started with this configuration.",
    parsed.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ field: key, expected: "no such field" }))
        : [{ field: issue.path.join("."), expected: issue.message }],
    ),
  );
}

/**
 * Finds the URL of the journal's database, which is never taken from a command line either: it holds a password.
 * @param file a file that holds it; else the environment's RECOURSE_DATABASE_URL does
 * @returns undefined where it is in neither: the journal is then in the data folder
 * @throws RecourseError `FileNotReadable`
 */
export function readDatabaseUrl(
  file: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (file === undefined) return environment.RECOURSE_DATABASE_URL || undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const field = { field: "databaseUrlFile", expected: "a file that can be read and holds the database's URL" };
    throw new RecourseError("FileNotReadable", `The file ${file} cannot be read.`, [field], { cause });
  }
}

/**
 * Finds the sequencer's private key, which is never taken from a command line, where others could read it.
 * @param keyFile a file that holds it; else the environment's RECOURSE_SEQUENCER_KEY does
 * @throws RecourseError `MissingKey` where it is in neither
 */
export function readKey(keyFile: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  if (keyFile === undefined) {
    const key = environment.RECOURSE_SEQUENCER_KEY;
    if (key !== undefined) return key;
  } else {
    try {
      return readFileSync(keyFile, "utf8").trim();
    } catch (cause) {
      throw new RecourseError(
        "MissingKey",
        "The key file cannot be read.",
        [{ field: "keyFile", expected: "a readable file" }],
        {
          cause,
        },
      );
    }
  }
  throw new RecourseError("MissingKey", "The sequencer needs its private key.", [
    { field: "key", expected: "the environment variable RECOURSE_SEQUENCER_KEY, or a key file" },
  ]);
}
