import {
  RecourseError,
  type SelfTradePreventionWord,
  selfTradePreventionWords,
  type TimeInForceWord,
  timeInForceWords,
} from "@recourse/protocol";
import { type AcceptedOrder, type Acknowledged, type OrderTerms, SequencerClient } from "@recourse/sdk";
import { Command } from "commander";
import { decimal, integer, jsonOption, oneOf } from "../options.ts";
import { Output } from "../output.ts";
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

const clientOrderId = integer("client-order-id", 0, 2 ** 32 - 1);

/** `recourse orders …`: a trader's orders. */
export function ordersCommand(): Command {
  return new Command("orders")
    .description("submit, replace, cancel and list orders")
    .addCommand(submitCommand())
    .addCommand(replaceCommand())
    .addCommand(cancelCommand())
    .addCommand(cancelAllCommand())
    .addCommand(listCommand());
}

interface OrderOptions extends AccountOptions {
  readonly instrument: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
  readonly clientOrderId: number;
  readonly timeInForce?: TimeInForceWord;
  readonly immediate?: boolean;
  readonly fillOrKill?: boolean;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  readonly selfTradePrevention?: SelfTradePreventionWord;
  readonly restMinutes: number;
}

/** Adds what an order says. */
function withOrder(command: Command): Command {
  return withSigner(withAccount(command))
    .requiredOption("--instrument <name>", "such as BTC-PERPETUAL or BTC-27DEC24-50000-C")
    .requiredOption("--side <side>", "buy or sell", oneOf("side", ["buy", "sell"]))
    .requiredOption("--price <usd>", "for one whole unit of the underlying", decimal("price"))
    .requiredOption("--size <units>", "of the underlying", decimal("size"))
    .requiredOption("--client-order-id <number>", "your own number for the order", clientOrderId)
    .option("--time-in-force <word>", timeInForceWords.join(", "), oneOf("time-in-force", timeInForceWords))
    .option("--immediate", "fill at once what can be, and cancel the rest")
    .option("--fill-or-kill", "fill all of it at once, or do nothing")
    .option("--post-only", "refuse it where it would trade at once")
    .option("--reduce-only", "only make the position smaller")
    .option(
      "--self-trade-prevention <word>",
      "what becomes of two orders of the account that meet",
      oneOf("self-trade-prevention", selfTradePreventionWords),
    )
    .option(
      "--rest-minutes <number>",
      "how long it may rest; 0 is until cancelled",
      integer("rest-minutes", 0, 65_535),
      0,
    );
}

/** @throws RecourseError where two options say different times in force, or say that it trades at once and never */
function orderTerms(options: OrderOptions): OrderTerms {
  const { instrument, side, price, size, clientOrderId: id, restMinutes } = options;
  const { postOnly = false, reduceOnly = false, selfTradePrevention } = options;
  const stated: TimeInForceWord[] = [
    ...(options.timeInForce ? [options.timeInForce] : []),
    ...(options.immediate ? (["immediate_or_cancel"] as const) : []),
    ...(options.fillOrKill ? (["fill_or_kill"] as const) : []),
  ];
  const timeInForce = stated[0] ?? "good_til_cancelled";
  if (stated.some((other) => other !== timeInForce)) {
    throw new RecourseError("InvalidCommand", "An order has one time in force.", [
      { field: "time-in-force", expected: "one of --time-in-force, --immediate and --fill-or-kill" },
    ]);
  }
  if (postOnly && timeInForce !== "good_til_cancelled") {
    throw new RecourseError("InvalidCommand", "A post-only order rests, and an order that may not rest trades.", [
      { field: "post-only", expected: "only with good_til_cancelled" },
    ]);
  }
  const prevention = selfTradePrevention === undefined ? {} : { selfTradePrevention };
  const behaviour = { timeInForce, postOnly, reduceOnly, ...prevention };
  return { instrument, side, price, size, clientOrderId: id, restMinutes, ...behaviour };
}

function orderLines(accepted: Acknowledged<AcceptedOrder>): string[] {
  const { clientOrderId: id, status, filledSize, remainingSize, cancelCause } = accepted;
  const rest = cancelCause === undefined ? "" : ` The rest was cancelled: ${cancelCause}.`;
  return [
    `Order ${id}: ${status}, ${filledSize} filled, ${remainingSize} resting.${rest}`,
    ...accepted.fills.map(({ size, price, takerFee }) => `  ${size} at ${price}, fee ${takerFee} USD`),
    `Position ${accepted.position} of the stream, signed by the sequencer.`,
  ];
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
