import {
  accountNumber,
  type Conditional,
  encodeTransaction,
  type Hash,
  parseDecimal,
  price,
  priceDecimals,
  RecourseError,
  reasonName,
  seconds,
  TransactionKind,
  triggerDirectionByWord,
  triggerDirectionWords,
} from "@recourse/protocol";
import type { ConditionalOrderResponse, HeldConditionalOrder } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type HeldOrder, isWaiting } from "../conditional/heldOrders.ts";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { ApiContext } from "./context.ts";
import { refusal } from "./errors.ts";
import { describeOrder, orderFields, orderTermsOf, refuseRestlessPostOnly } from "./orders.ts";
import { decimal, oneOf, parse, pathNumber, unsigned } from "./schemas.ts";
import { type Candidate, describeSubmitted, submit } from "./submit.ts";

const conditionalSchema = z
  .strictObject({
    ...orderFields,
    era: unsigned(32),
    triggerPrice: decimal,
    triggerDirection: oneOf(triggerDirectionWords),
  })
  .superRefine(refuseRestlessPostOnly);

const accountSchema = z.strictObject({ number: pathNumber(2 ** 32 - 1) });

/**
 * POST /v1/conditional-orders: an order that the sequencer holds on its disk and sends when the mark is there; one whose
 * mark is there already is executed. GET /v1/accounts/:number/conditional-orders: those that are
 * held, but not at which prices they wait: anybody could make use of that.
 */
export function conditionalOrderRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/conditional-orders", async ({ body }, reply): Promise<ConditionalOrderResponse> => {
    const candidate = prepareConditional(parse(conditionalSchema, body), context.instruments());
    if (candidate instanceof RecourseError) throw candidate;
    const submitted = await submit(context, [candidate]);
    const result = submitted.results[0]!;
    if (result.isAccepted) {
      const description = describeOrder(result, candidate.transaction as Conditional, context.instruments());
      return { status: "executed", order: describeSubmitted(submitted, description) };
    }
    // Whoever may not send it, or too late, is told so now.
    if (!isWaiting(result.reason)) throw refusal(result.reason);
    const held = await context.heldOrders.hold(candidate.bytes);
    reply.code(202);
    return { status: "held", ...describeHeld(held, context.instruments()) };
  });

  server.get("/v1/accounts/:number/conditional-orders", async ({ params }): Promise<HeldConditionalOrder[]> => {
    const account = accountNumber(parse(accountSchema, params).number);
    return context.heldOrders.list(account).map((order) => describeHeld(order, context.instruments()));
  });
}

function prepareConditional(order: z.output<typeof conditionalSchema>, instruments: InstrumentDirectory): Candidate {
  const terms = orderTermsOf(order, "", instruments);
  if (terms instanceof RecourseError) return terms;
  const { account, signer, deadline, nonce, signature, era, triggerDirection } = order;
  const triggerPrice = parseDecimal(order.triggerPrice, priceDecimals);
  if (triggerPrice === undefined || triggerPrice <= 0n || triggerPrice >= 2n ** 53n) {
    const expected = `a positive decimal number of at most ${priceDecimals} decimals, below 90,071,992`;
    const fields = [{ field: "triggerPrice", expected }];
    return new RecourseError("InvalidPrice", `${order.triggerPrice} is not ${expected}.`, fields);
  }
  const transaction: Conditional = {
    kind: TransactionKind.conditional,
    account: accountNumber(account),
    signer,
    deadline: seconds(deadline),
    nonce,
    signature,
    ...terms,
    era,
    triggerPrice: price(Number(triggerPrice)),
    triggerDirection: triggerDirectionByWord[triggerDirection],
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

function describeHeld(
  { hash, transaction, lastRefusal }: HeldOrder,
  instruments: InstrumentDirectory,
): HeldConditionalOrder {
  const { account, deadline, nonce, era, instrument, clientOrderId } = transaction;
  return {
    transactionHash: hash as Hash,
    ...{ account, deadline, nonce, era, clientOrderId },
    name: instruments.recall(instrument)!.name,
    ...(lastRefusal === undefined ? {} : { lastRefusal: reasonName(lastRefusal) }),
  };
}
