import { RecourseError } from "@recourse/protocol";
import { SequencerClient } from "@recourse/sdk";
import { Command } from "commander";
import { decimal, integer, jsonOption } from "../options.ts";
import { Output } from "../output.ts";
import { type OrderOptions, orderLines, orderTerms, withOrder } from "./orderTerms.ts";
import {
  type AccountOptions,
  accountOption,
  checkAcknowledgement,
  type SequencerOptions,
  sequencerOption,
  traderClient,
  withAccount,
  withSigner,
} from "./trader.ts";

const MAX_DAYS = 30;
const SECONDS_PER_DAY = 86_400;

interface ConditionalOptions extends OrderOptions {
  readonly atOrAbove?: string;
  readonly atOrBelow?: string;
  readonly days?: number;
}

/** `recourse orders conditional`: a stop or a take-profit order. */
export function conditionalCommand(): Command {
  const command = new Command("conditional").description(
    "leave an order with the sequencer until the mark is at a price: a stop or, with a better price, a take-profit order",
  );
  return withOrder(command)
    .option("--at-or-above <usd>", "send it when the mark is at this price or above", decimal("at-or-above"))
    .option("--at-or-below <usd>", "send it when the mark is at this price or below", decimal("at-or-below"))
    .option("--days <number>", "how long it waits; the longest is the default", integer("days", 1, MAX_DAYS))
    .action(async (options: ConditionalOptions) => {
      const client = traderClient(options);
      const { days } = options;
      const deadline =
        days === undefined || days === MAX_DAYS
          ? {}
          : { deadline: (await client.api.status()).engineTime + days * SECONDS_PER_DAY };
      const trigger = triggerOf(options);
      const response = await client.submitConditionalOrder({
        ...orderTerms(options),
        ...trigger,
        ...deadline,
      });
      const output = new Output(options.json ?? false);
      if (response.status === "executed") {
        await checkAcknowledgement(client, response.order);
        output.result(response, ["The mark is there already.", ...orderLines(response.order)]);
      } else {
        output.result(response, [
          `Order ${response.clientOrderId} is held until the mark is ${directionOf(trigger.triggerDirection)} ${trigger.triggerPrice}.`,
          `To take it back: recourse orders revoke --account ${response.account} --deadline ${response.deadline} --nonce ${response.nonce}`,
        ]);
      }
    });
}

const directionOf = (word: string): string => word.replaceAll("_", " ");

function triggerOf({ atOrAbove, atOrBelow }: ConditionalOptions) {
  if ((atOrAbove === undefined) === (atOrBelow === undefined)) {
    throw new RecourseError("InvalidCommand", "A conditional order waits for one price.", [
      { field: "at-or-above", expected: "either --at-or-above or --at-or-below" },
    ]);
  }
  return atOrAbove === undefined
    ? ({ triggerPrice: atOrBelow!, triggerDirection: "at_or_below" } as const)
    : ({ triggerPrice: atOrAbove, triggerDirection: "at_or_above" } as const);
}

/** `recourse orders held`: the conditional orders that the sequencer holds. */
export function heldCommand(): Command {
  return new Command("held")
    .description("list an account's conditional orders that wait for their price")
    .addOption(sequencerOption())
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(async ({ sequencer, account, json = false }: SequencerOptions & { readonly account: number }) => {
      const orders = await new SequencerClient({ url: sequencer }).conditionalOrders(account);
      new Output(json).result(
        { account, orders },
        orders.length === 0
          ? [`No conditional orders of account ${account} are held.`]
          : orders.map(
              ({ clientOrderId: id, name, deadline, nonce, lastRefusal }) =>
                `${id}: ${name}, deadline ${deadline}, nonce ${nonce}` +
                `${lastRefusal === undefined ? "" : `; last refused: ${lastRefusal}`}`,
            ),
      );
    });
}

/** `recourse orders revoke`: what was signed is never to be executed. */
export function revokeCommand(): Command {
  return withSigner(
    withAccount(
      new Command("revoke").description(
        "make sure that something signed, such as a conditional order, is never executed",
      ),
    ),
  )
    .requiredOption("--deadline <seconds>", "its deadline", integer("deadline", 0, 2 ** 32 - 1))
    .requiredOption("--nonce <number>", "its nonce", integer("nonce", 0, 65_535))
    .action(async (options: AccountOptions & { readonly deadline: number; readonly nonce: number }) => {
      const client = traderClient(options);
      const accepted = await client.revoke(options.deadline, options.nonce);
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, [
        `What was signed with nonce ${accepted.revokedNonce} until ${accepted.revokedDeadline} is never executed.`,
      ]);
    });
}
