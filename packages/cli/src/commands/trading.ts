import { RecourseError } from "@recourse/protocol";
import { SequencerClient } from "@recourse/sdk";
import { Command, Option } from "commander";
import { claimOnL1 } from "../claim.ts";
import { address, decimal, httpUrl, integer, jsonOption, readPrivateKey, withPrivateKey } from "../options.ts";
import { Output } from "../output.ts";
import {
  type AccountOptions,
  checkAcknowledgement,
  type SequencerOptions,
  sequencerOption,
  traderClient,
} from "./trader.ts";

/** Commands of a trader and an operator, thin over the client library. */

/** `recourse status`: how the sequencer stands. */
export function statusCommand(): Command {
  return new Command("status")
    .description("show how the sequencer stands")
    .addOption(sequencerOption())
    .addOption(jsonOption())
    .action(async ({ sequencer, json = false }: SequencerOptions) => {
      const status = await new SequencerClient({ url: sequencer }).status();
      const { batches } = status;
      new Output(json).result(status, [
        `Rollup      ${status.rollup} on chain ${status.chainId}`,
        `Sequencer   ${status.sequencer}, term ${status.term}, era ${status.era}`,
        `Stream      position ${status.position}, running hash ${status.runningHash}`,
        `Clock       ${new Date(status.engineTime * 1000).toISOString()} (${status.clock})`,
        `State       ${status.state.root} at position ${status.state.position}`,
        `Batches     ${batches.sealed} sealed, ${batches.posted} posted, ${batches.final} final`,
        ...(batches.postingError === undefined ? [] : [`Posting     failed: ${batches.postingError}`]),
      ]);
    });
}

interface WithdrawOptions extends Partial<AccountOptions> {
  readonly sequencer: string;
  readonly amount?: string;
  readonly recipient?: `0x${string}`;
  readonly claim?: number;
  readonly rpcUrl?: string;
}

/** `recourse withdraw`: out of the rollup, and then out of the vault. */
export function withdrawCommand(): Command {
  return withPrivateKey(
    new Command("withdraw")
      .description("take money out of an account (--amount), and claim it on L1 once it is final (--claim)")
      .addOption(sequencerOption()),
  )
    .option("--account <number>", "the account", integer("account", 1, 2 ** 32 - 1))
    .option("--amount <usd>", "what to take out", decimal("amount"))
    .option("--recipient <address>", "who is paid; the owner where it is left out", address("recipient"))
    .option("--claim <number>", "claim the withdrawal of this number", integer("claim", 1, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option("--rpc-url <url>", "JSON-RPC endpoint of the L1 chain, for --claim")
        .env("RECOURSE_RPC_URL")
        .argParser(httpUrl("rpc-url")),
    )
    .addOption(jsonOption())
    .action(async (options: WithdrawOptions) => {
      if (options.claim !== undefined) await claimWithdrawal(options, options.claim);
      else await requestWithdrawal(options);
    });
}

async function requestWithdrawal({ account, amount, recipient, ...options }: WithdrawOptions): Promise<void> {
  if (account === undefined || amount === undefined) {
    throw new RecourseError("InvalidCommand", "A withdrawal needs --account and --amount, or --claim.", [
      { field: account === undefined ? "account" : "amount", expected: "a value" },
    ]);
  }
  const client = traderClient({ ...options, account });
  const accepted = await client.withdraw(amount, recipient);
  await checkAcknowledgement(client, accepted);
  new Output(options.json ?? false).result(accepted, [
    `Withdrawal ${accepted.number}: ${accepted.amount} USD for ${accepted.recipient}.`,
    `When its batch is final, claim it: recourse withdraw --claim ${accepted.number} --rpc-url URL`,
  ]);
}

async function claimWithdrawal({ sequencer, rpcUrl, ...options }: WithdrawOptions, number: number): Promise<void> {
  if (rpcUrl === undefined) {
    throw new RecourseError("InvalidCommand", "A claim is made on L1.", [
      { field: "rpc-url", expected: "JSON-RPC endpoint of the L1 chain" },
    ]);
  }
  const privateKey = readPrivateKey(options);
  const client = new SequencerClient({ url: sequencer });
  const [{ rollup }, { claim, amount, recipient }] = await Promise.all([client.status(), client.withdrawal(number)]);
  if (claim === undefined) {
    throw new RecourseError("NotFinal", `Withdrawal ${number} does not stand in a final batch yet.`, [
      { field: "claim", expected: "the number of a withdrawal in a final batch" },
    ]);
  }
  const transaction = await claimOnL1(rpcUrl, rollup, privateKey, claim);
  new Output(options.json ?? false).result({ number, amount, recipient, transaction }, [
    `${amount} USD were paid to ${recipient}: ${transaction}.`,
  ]);
}
