import { writeFileSync } from "node:fs";
import { RecourseError, type SessionScopeWord, sessionScopeWords } from "@recourse/protocol";
import { type Hex, SequencerClient } from "@recourse/sdk";
import { Command } from "commander";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { address, integer, jsonOption, oneOf } from "../options.ts";
import { Output } from "../output.ts";
import {
  type AccountOptions,
  accountOption,
  checkAcknowledgement,
  type SequencerOptions,
  sequencerOption,
  traderClient,
  withAccount,
} from "./trader.ts";

const SECONDS_PER_HOUR = 3_600;
const sessionNumber = integer("number", 1, 255);
const scopeWord = oneOf("scope", sessionScopeWords);

/** `recourse session …`: keys that sign for an account in its owner's stead. */
export function sessionCommand(): Command {
  return new Command("session")
    .description("register, revoke and list an account's session keys")
    .addCommand(addCommand())
    .addCommand(revokeCommand())
    .addCommand(listCommand());
}

interface AddOptions extends AccountOptions {
  readonly number: number;
  readonly key?: Hex;
  readonly newKeyFile?: string;
  readonly scope: readonly SessionScopeWord[];
  readonly hours: number;
}

function addCommand(): Command {
  return withAccount(
    new Command("add").description("let a key sign for an account; the owner's private key signs this"),
  )
    .requiredOption(
      "--number <number>",
      "under which the key signs, 1 to 255; a key that is there is replaced",
      sessionNumber,
    )
    .option("--key <address>", "address of the key", address("key"))
    .option("--new-key-file <file>", "make a key and write it into a new file that only you can read")
    .option("--scope <words>", "what it may sign: trade, cancel or both, with a comma", scopeWords, sessionScopeWords)
    .option("--hours <number>", "how long, by the engine's clock", integer("hours", 1, 100_000), 24)
    .action(async (options: AddOptions) => {
      const { number, scope, hours } = options;
      const client = traderClient(options);
      const key = keyOf(options);
      const { engineTime } = await client.api.status();
      const expiry = engineTime + hours * SECONDS_PER_HOUR;
      const accepted = await client.registerSession({ number, key, scope, expiry });
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result({ ...accepted, key, scope, expiry }, [
        `Key ${number} (${key}) may sign ${scope.join(" and ")} until ${new Date(expiry * 1000).toISOString()}.`,
        ...(options.newKeyFile ? [`Its private key is in ${options.newKeyFile}.`] : []),
      ]);
    });
}

function scopeWords(text: string): SessionScopeWord[] {
  return text.split(",").map(scopeWord);
}

/** The address of the key that is to be registered; a new key is written into its file first. */
function keyOf({ key, newKeyFile }: AddOptions): Hex {
  if ((key === undefined) === (newKeyFile === undefined)) {
    throw new RecourseError("InvalidCommand", "A session key is named by --key, or made by --new-key-file.", [
      { field: "key", expected: "either --key or --new-key-file" },
    ]);
  }
  if (newKeyFile === undefined) return key!;
  const privateKey = generatePrivateKey();
  try {
    writeFileSync(newKeyFile, `${privateKey}\n`, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    const expected = "a file that does not exist yet, in a folder that can be written";
    const fields = [{ field: "new-key-file", expected }];
    throw new RecourseError("FileNotWritable", `The file ${newKeyFile} cannot be made.`, fields, { cause });
  }
  return privateKeyToAddress(privateKey);
}

function revokeCommand(): Command {
  return withAccount(new Command("revoke").description("let a key sign no longer; the owner's private key signs this"))
    .requiredOption("--number <number>", "the key's number", sessionNumber)
    .action(async (options: AccountOptions & { readonly number: number }) => {
      const client = traderClient(options);
      const accepted = await client.revokeSession(options.number);
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, [`Key ${accepted.number} is revoked.`]);
    });
}

function listCommand(): Command {
  return new Command("list")
    .description("list an account's session keys")
    .addOption(sequencerOption())
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(async ({ sequencer, account, json = false }: SequencerOptions & { readonly account: number }) => {
      const { sessions } = await new SequencerClient({ url: sequencer }).account(account);
      new Output(json).result(
        { account, sessions },
        sessions.length === 0
          ? [`Account ${account} has no session keys.`]
          : sessions.map(
              ({ number, key, scope, expiry }) =>
                `${number}: ${key} may sign ${scope.join(" and ")} until ${new Date(expiry * 1000).toISOString()}`,
            ),
      );
    });
}
