import { SequencerClient } from "@recourse/sdk";
import { Command } from "commander";
import { integer, jsonOption } from "../options.ts";
import { Output } from "../output.ts";
import { blockCommand } from "./blocks.ts";
import { conditionalCommand, heldCommand, revokeCommand } from "./conditionalOrders.ts";
import { clientOrderId, type OrderOptions, orderLines, orderTerms, withOrder } from "./orderTerms.ts";
import { quoteCommand } from "./quotes.ts";
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

/** `recourse orders …`: a trader's orders. */
export function ordersCommand(): Command {
  return new Command("orders")
    .description("submit, replace, cancel and list orders; conditional orders, quotes, block trades")
    .addCommand(submitCommand())
    .addCommand(replaceCommand())
    .addCommand(cancelCommand())
    .addCommand(cancelAllCommand())
    .addCommand(listCommand())
    .addCommand(conditionalCommand())
    .addCommand(heldCommand())
    .addCommand(revokeCommand())
    .addCommand(quoteCommand())
    .addCommand(blockCommand());
}

function submitCommand(): Command {
  return withOrder(new Command("submit").description("sign an order and submit it")).action(
    async (options: OrderOptions) => {
      const client = traderClient(options);
      const accepted = await client.submitOrder(orderTerms(options));
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, orderLines(accepted));
    },
  );
}

function replaceCommand(): Command {
  return withOrder(
    new Command("replace").description("take an order back and submit another in its stead, both or neither"),
  )
    .requiredOption(
      "--replaced <number>",
      "the client order id of the order that goes",
      integer("replaced", 0, 2 ** 32 - 1),
    )
    .action(async (options: OrderOptions & { readonly replaced: number }) => {
      const client = traderClient(options);
      const accepted = await client.replaceOrder(options.replaced, orderTerms(options));
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, [
        `Order ${accepted.replacedClientOrderId} is gone; ${accepted.replacedSize} was left of it.`,
        ...orderLines(accepted),
      ]);
    });
}

function cancelCommand(): Command {
  return withSigner(withAccount(new Command("cancel").description("take an order back")))
    .requiredOption("--client-order-id <number>", "the order's number", clientOrderId)
    .action(async (options: AccountOptions & { readonly clientOrderId: number }) => {
      const client = traderClient(options);
      const accepted = await client.cancel(options.clientOrderId);
      await checkAcknowledgement(client, accepted);
      new Output(options.json ?? false).result(accepted, [
        `Order ${accepted.clientOrderId} is cancelled; ${accepted.cancelledSize} was left of it.`,
      ]);
    });
}

function cancelAllCommand(): Command {
  return withSigner(withAccount(new Command("cancel-all").description("take all orders back")))
    .option("--instrument <name>", "only those of one instrument")
    .action(async (options: AccountOptions & { readonly instrument?: string }) => {
      const client = traderClient(options);
      const accepted = await client.cancelAll(options.instrument);
      await checkAcknowledgement(client, accepted);
      const { cancelled, restingOrders } = accepted;
      new Output(options.json ?? false).result(accepted, [
        ...cancelled.map((order) => `Order ${order.clientOrderId} is cancelled; ${order.size} ${order.name} was left.`),
        `${cancelled.length} cancelled, ${restingOrders} of the account rest.`,
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
              ({ clientOrderId: id, side, size, name, price, reduceOnly }) =>
                `${id}: ${side} ${size} ${name} at ${price}${reduceOnly ? ", reduce-only" : ""}`,
            ),
      );
    });
}
