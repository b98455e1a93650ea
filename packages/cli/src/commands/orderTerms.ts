import {
  RecourseError,
  type SelfTradePreventionWord,
  selfTradePreventionWords,
  type TimeInForceWord,
  timeInForceWords,
} from "@recourse/protocol";
import type { AcceptedOrder, Acknowledged, OrderTerms } from "@recourse/sdk";
import type { Command } from "commander";
import { decimal, integer, oneOf } from "../options.ts";
import { type AccountOptions, withAccount, withSigner } from "./trader.ts";

export const clientOrderId = integer("client-order-id", 0, 2 ** 32 - 1);

export interface OrderOptions extends AccountOptions {
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
export function withOrder(command: Command): Command {
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
export function orderTerms(options: OrderOptions): OrderTerms {
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

/** What became of an accepted order, for people. */
export function orderLines(accepted: Acknowledged<AcceptedOrder>): string[] {
  const { clientOrderId: id, status, filledSize, remainingSize, cancelCause } = accepted;
  const rest = cancelCause === undefined ? "" : ` The rest was cancelled: ${cancelCause}.`;
  return [
    `Order ${id}: ${status}, ${filledSize} filled, ${remainingSize} resting.${rest}`,
    ...accepted.fills.map(({ size, price, takerFee }) => `  ${size} at ${price}, fee ${takerFee} USD`),
    `Position ${accepted.position} of the stream, signed by the sequencer.`,
  ];
}
