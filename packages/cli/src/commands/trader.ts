import { RecourseError } from "@recourse/protocol";
import { RecourseClient } from "@recourse/sdk";
import { type Command, Option } from "commander";
import { privateKeyToAccount } from "viem/accounts";
import { httpUrl, integer, jsonOption, readPrivateKey, withPrivateKey } from "../options.ts";

/** What the commands of a trader have in common. */

export interface SequencerOptions {
  readonly sequencer: string;
  readonly json?: boolean;
}

export interface AccountOptions extends SequencerOptions {
  readonly account: number;
  readonly signer?: number;
  readonly privateKey?: string;
  readonly privateKeyFile?: string;
}

export const sequencerOption = () =>
  new Option("--sequencer <url>", "where the sequencer answers")
    .env("RECOURSE_SEQUENCER")
    .argParser(httpUrl("sequencer"))
    .default("http://127.0.0.1:8080");

export const accountOption = () =>
  new Option("--account <number>", "the account").argParser(integer("account", 1, 2 ** 32 - 1)).makeOptionMandatory();

/** Adds what every command has that signs in the name of an account. */
export function withAccount(command: Command): Command {
  return withPrivateKey(command.addOption(sequencerOption()).addOption(accountOption())).addOption(jsonOption());
}

/** Adds what says that a session key signs. */
export function withSigner(command: Command): Command {
  return command.option(
    "--signer <number>",
    "the session key that signs, by its number; the owner where it is left out",
    integer("signer", 1, 255),
  );
}

export function traderClient(options: AccountOptions): RecourseClient {
  const owner = privateKeyToAccount(readPrivateKey(options));
  const { account, signer = 0 } = options;
  return new RecourseClient({ url: options.sequencer, owner, account, signer });
}

/** A client believes no acknowledgement that it has not checked. */
export async function checkAcknowledgement(client: RecourseClient, response: Parameters<RecourseClient["verify"]>[0]) {
  const verdict = await client.verify(response);
  if (verdict !== true) throw new RecourseError("BadAcknowledgement", verdict);
}
