import { RecourseError } from "@recourse/protocol";
import { type OrderTerms, RecourseClient, SequencerClient } from "@recourse/sdk";
import { Command, Option } from "commander";
import { privateKeyToAccount } from "viem/accounts";
import { claimOnL1 } from "../claim.ts";
import { address, decimal, httpUrl, integer, jsonOption, oneOf, readPrivateKey, withPrivateKey } from "../options.ts";
import { Output } from "../output.ts";

/** Commands of a trader and an operator, thin over the client library. */

interface SequencerOptions {
  readonly sequencer: string;
  readonly json?: boolean;
}

interface AccountOptions extends SequencerOptions {
  readonly account: number;
  readonly privateKey?: string;
  readonly privateKeyFile?: string;
}

const sequencerOption = () =>
  new Option("--sequencer <url>", "where the sequencer answers")
    .env("RECOURSE_SEQUENCER")
    .argParser(httpUrl("sequencer"))
    .default("http://127.0.0.1:8080");

const accountOption = () =>
  new Option("--account <number>", "the account").argParser(integer("account", 1, 2 ** 32 - 1)).makeOptionMandatory();

const clientOrderId = integer("client-order-id", 0, 2 ** 32 - 1);

function traderClient(options: AccountOptions): RecourseClient {
  const owner = privateKeyToAccount(readPrivateKey(options));
  return new RecourseClient({ url: options.sequencer, owner, account: options.account });
}

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

/** `recourse orders …`: a trader's orders. */
export function ordersCommand(): Command {
  return new Command("orders")
    .description("submit, cancel and list orders")
    .addCommand(submitCommand())
    .addCommand(cancelCommand())
    .addCommand(listCommand());
}

interface SubmitOptions extends AccountOptions {
  readonly instrument: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
  readonly clientOrderId: number;
  readonly immediate?: boolean;
  readonly restMinutes: number;
}

function submitCommand(): Command {
  return withPrivateKey(
    new Command("submit")
      .description("sign an order and submit it")
      .addOption(sequencerOption())
      .addOption(accountOption()),
  )
    .requiredOption("--instrument <name>", "such as BTC-PERPETUAL or BTC-27DEC24-50000-C")
    .requiredOption("--side <side>", "buy or sell", oneOf("side", ["buy", "sell"]))
    .requiredOption("--price <usd>", "for one whole unit of the underlying", decimal("price"))
    .requiredOption("--size <units>", "of the underlying", decimal("size"))
    .requiredOption("--client-order-id <number>", "your own number for the order", clientOrderId)
    .option("--immediate", "fill it at once, or cancel it")
    .option(
      "--rest-minutes <number>",
      "how long it may rest; 0 is until cancelled",
      integer("rest-minutes", 0, 65_535),
      0,
    )
    .addOption(jsonOption())
    .action(async (options: SubmitOptions) => {
      const client = traderClient(options);
      const order: OrderTerms = {
        instrument: options.instrument,
        side: options.side,
        price: options.price,
        size: options.size,
        clientOrderId: options.clientOrderId,
        timeInForce: options.immediate ? "immediate_or_cancel" : "good_til_cancelled",
        restMinutes: options.restMinutes,
      };
      const accepted = await client.submitOrder(order);
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, [
        `Order ${accepted.clientOrderId}: ${accepted.status}, ${accepted.filledSize} filled, ${accepted.remainingSize} resting.`,
        ...accepted.fills.map(({ size, price, takerFee }) => `  ${size} at ${price}, fee ${takerFee} USD`),
        `Position ${accepted.position} of the stream, signed by the sequencer.`,
      ]);
    });
}

interface CancelOptions extends AccountOptions {
  readonly clientOrderId: number;
}

function cancelCommand(): Command {
  return withPrivateKey(
    new Command("cancel").description("take an order back").addOption(sequencerOption()).addOption(accountOption()),
  )
    .requiredOption("--client-order-id <number>", "the order's number", clientOrderId)
    .addOption(jsonOption())
    .action(async (options: CancelOptions) => {
      const client = traderClient(options);
      const accepted = await client.cancel(options.clientOrderId);
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, [
        `Order ${accepted.clientOrderId} is cancelled; ${accepted.cancelledSize} was left of it.`,
      ]);
    });
}

function listCommand(): Command {
  return new Command("list")
    .description("list an account's resting orders")
    .addOption(sequencerOption())
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(async ({ sequencer, account, json = false }: SequencerOptions & { readonly account: number }) => {
      const orders = await new SequencerClient({ url: sequencer }).orders(account);
      new Output(json).result(
        { account, orders },
        orders.length === 0
          ? [`Account ${account} has no resting orders.`]
          : orders.map(
              ({ clientOrderId, side, size, name, price }) => `${clientOrderId}: ${side} ${size} ${name} at ${price}`,
            ),
      );
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

/** A client believes no acknowledgement that it has not checked. */
async function checkAcknowledgement(client: RecourseClient, response: Parameters<RecourseClient["verify"]>[0]) {
  const verdict = await client.verify(response);
  if (verdict !== true) throw new RecourseError("BadAcknowledgement", verdict);
}
