import { readFileSync } from "node:fs";
import { type Hash, RecourseError } from "@recourse/protocol";
import { z } from "zod";

const hash = (bytes: number, expected: string) =>
  z.custom<Hash>((value) => typeof value === "string" && new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(value), {
    error: expected,
  });

const localHosts = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** A chain on this machine is looked at ten times a second, any other every two seconds. */
function defaultPollIntervalMs(rpcUrls: readonly string[]): number {
  return rpcUrls.every((url) => localHosts.has(new URL(url).hostname)) ? 100 : 2_000;
}

const fields = {
  /** JSON-RPC endpoints; the first one is read from and sent to, the others are compared with it. */
  rpcUrls: z
    .array(z.url({ protocol: /^https?$/, error: "the address of a JSON-RPC endpoint, such as http://127.0.0.1:8545" }))
    .min(1, "at least one JSON-RPC endpoint"),
  rollup: hash(20, "the rollup's address: 0x and 40 hexadecimal digits"),
  mode: z.enum(["watch", "challenge"], { error: "watch or challenge" }).default("watch"),
  /** Pays for proofs; never logged. */
  key: hash(32, "a private key: 0x and 64 hexadecimal digits").optional(),
  pollIntervalMs: z.int({ error: "milliseconds between 10 and 600,000" }).min(10).max(600_000).optional(),
  /** Sync to the head, say what was found, and end. */
  once: z.boolean({ error: "true or false" }).default(false),
  json: z.boolean({ error: "true or false" }).default(false),
  /** File to which the canonical stream is written at the end. */
  exportStream: z.string({ error: "the path of a file" }).min(1, "the path of a file").optional(),
  /** No event of the rollup is older than this block. */
  fromBlock: z.int({ error: "the number of a block" }).min(0, "the number of a block").default(0),
  /** Blocks in one request for logs, at most. */
  logRangeBlocks: z.int({ error: "a number of blocks from 1" }).min(1, "a number of blocks from 1").default(2_000),
  /** Fee offered to the block's proposer for a proof, in wei a unit of gas. */
  priorityFeePerGas: z.coerce.bigint<bigint | number | string>({ error: "wei" }).default(2_000_000_000n),
};

const schema = z.strictObject(fields, {
  error: (issue) => (issue.code === "unrecognized_keys" ? "no such field" : undefined),
});

/** What may be given; whatever is left out has a default. */
export type VerifierOptions = z.input<typeof schema>;

/** A checked configuration. */
export type VerifierConfiguration = Omit<z.output<typeof schema>, "pollIntervalMs"> & {
  readonly pollIntervalMs: number;
};

/**
 * Checks a configuration.
 * @throws RecourseError `InvalidConfiguration` that names every wrong field at once
 */
export function parseConfiguration(options: unknown): VerifierConfiguration {
  const parsed = schema.safeParse(options);
  const errors = (parsed.error?.issues ?? []).map((issue) => ({
    field: [...issue.path, ...(issue.code === "unrecognized_keys" ? issue.keys : [])].join("."),
    expected: issue.message,
  }));
  const given = (typeof options === "object" && options !== null ? options : {}) as Partial<VerifierOptions>;
  if (given.mode === "challenge" && given.key === undefined) {
    errors.push({ field: "key", expected: "a private key (RECOURSE_VERIFIER_KEY or a file) in challenge mode" });
  }
  if (given.mode === "challenge" && given.once === true) {
    errors.push({ field: "once", expected: "watch mode: a proof needs a verifier that stays" });
  }
  if (!parsed.success || errors.length > 0) {
    throw new RecourseError(
      "InvalidConfiguration",
      `The verifier's configuration is wrong in ${errors.map(({ field }) => field).join(", ")}.`,
      errors,
    );
  }
  return {
    ...parsed.data,
    pollIntervalMs: parsed.data.pollIntervalMs ?? defaultPollIntervalMs(parsed.data.rpcUrls),
  };
}

/**
 * Finds the key that pays for proofs: in a file where one is named, else in RECOURSE_VERIFIER_KEY.
 * @returns undefined where there is none
 * @throws RecourseError `InvalidConfiguration` where the file cannot be read
 */
export function readVerifierKey(
  environment: Readonly<Record<string, string | undefined>>,
  keyFile: string | undefined,
): Hash | undefined {
  if (keyFile === undefined) return environment.RECOURSE_VERIFIER_KEY as Hash | undefined;
  try {
    return readFileSync(keyFile, "utf8").trim() as Hash;
  } catch (cause) {
    const expected = "a file that can be read and holds a private key";
    throw new RecourseError("InvalidConfiguration", "The key file cannot be read.", [{ field: "keyFile", expected }], {
      cause,
    });
  }
}
