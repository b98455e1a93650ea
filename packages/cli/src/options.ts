import { readFileSync } from "node:fs";
import { type Hash, RecourseError } from "@recourse/protocol";
import { type Command, Option } from "commander";

/** Readers of what a person writes after an option. Each throws a RecourseError that names the option. */

function wrong(option: string, expected: string): RecourseError {
  return new RecourseError("InvalidOption", `The option --${option} must be ${expected}.`, [
    { field: option, expected },
  ]);
}

/** A whole number within bounds. */
export function integer(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw wrong(option, `a whole number from ${min} to ${max}`);
    return value;
  };
}

/** The address of something that speaks HTTP. */
export function httpUrl(option: string): (text: string) => string {
  return (text) => {
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
      throw wrong(option, "an address such as http://127.0.0.1:8545");
    }
    return text;
  };
}

/** The address of a contract or an account. */
export function address(option: string): (text: string) => Hash {
  return (text) => {
    if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw wrong(option, "an address: 0x and 40 hexadecimal digits");
    return text as Hash;
  };
}

/** One of some words. */
export function oneOf<Word extends string>(option: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw wrong(option, `one of ${words.join(", ")}`);
    return word;
  };
}

/** A positive decimal number, kept as it is written. */
export function decimal(option: string): (text: string) => string {
  return (text) => {
    if (!/^\d{1,16}(\.\d{1,8})?$/.test(text)) throw wrong(option, "a decimal number, such as 48000.5");
    return text;
  };
}

/** The largest seed: whole numbers are exact up to here. */
const maxSeed = Number.MAX_SAFE_INTEGER;

export const jsonOption = () => new Option("--json", "print one JSON object and nothing else");
export const seedOption = () =>
  new Option("--seed <number>", "what all chance follows from").argParser(integer("seed", 0, maxSeed)).default(1);
export const rpcUrlOption = () =>
  new Option("--rpc-url <url>", "JSON-RPC endpoint of the L1 chain")
    .env("RECOURSE_RPC_URL")
    .argParser(httpUrl("rpc-url"))
    .makeOptionMandatory();
export const rollupOption = () =>
  new Option("--rollup <address>", "address of the rollup contract")
    .env("RECOURSE_ROLLUP")
    .argParser(address("rollup"))
    .makeOptionMandatory();

/** Adds the options that say where a private key is. */
export function withPrivateKey(command: Command): Command {
  return command
    .option("--private-key <key>", "private key (rather in the environment: RECOURSE_PRIVATE_KEY)")
    .option("--private-key-file <file>", "file that holds the private key");
}

/**
 * Finds a private key: the option, else the named file, else RECOURSE_PRIVATE_KEY. It is never repeated in a message.
 * @throws RecourseError where there is none or it is malformed
 */
export function readPrivateKey(options: { privateKey?: string; privateKeyFile?: string }): Hash {
  const [text, field] =
    options.privateKey !== undefined
      ? [options.privateKey, "private-key"]
      : options.privateKeyFile !== undefined
        ? [readKeyFile(options.privateKeyFile), "private-key-file"]
        : [process.env.RECOURSE_PRIVATE_KEY, "private-key"];
  const expected = "0x and 64 hexadecimal digits";
  if (text === undefined) {
    throw new RecourseError("MissingPrivateKey", "A private key is needed: set RECOURSE_PRIVATE_KEY or name a file.", [
      { field, expected },
    ]);
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(text) || /^0x0+$/.test(text)) {
    throw new RecourseError("InvalidPrivateKey", "The private key is malformed.", [{ field, expected }]);
  }
  return text as Hash;
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    const expected = "a file that can be read and holds a private key";
    throw new RecourseError(
      "FileNotReadable",
      `The key file ${path} cannot be read.`,
      [{ field: "private-key-file", expected }],
      { cause },
    );
  }
}
