import {
  accountNumber,
  encodeTransaction,
  lots,
  type Order,
  type OrderTerms,
  orderOptions,
  priceRank,
  RecourseError,
  reasons,
  Side,
  seconds,
  selfTradePreventionWords,
  type Transaction,
  TransactionKind,
  timeInForceByWord,
  timeInForceWords,
} from "@recourse/protocol";
import type { AcceptedOrder, FillReport } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import type { ApiContext } from "./context.ts";
import { admission, decimal, instrumentReference, isBulk, oneOf, parse, unsigned } from "./schemas.ts";
import { type Candidate, describeAccepted, submitMany, submitOne } from "./submit.ts";
import { formatCash, formatLots, formatRank, lotsOfSize, rankOfPrice } from "./units.ts";

const MAX_ORDERS = 500;

const boolean = z.boolean({ error: "true or false" });

/** What an order has, and what takes an order's place. */
export const orderFields = {
  ...admission,
  instrument: instrumentReference,
  side: oneOf(["buy", "sell"]),
  timeInForce: oneOf(timeInForceWords).default("good_til_cancelled"),
  postOnly: boolean.default(false),
  reduceOnly: boolean.default(false),
  selfTradePrevention: oneOf(selfTradePreventionWords).default("cancel_resting"),
  price: decimal,
  size: decimal,
  clientOrderId: unsigned(32),
  restMinutes: unsigned(16).default(0),
};

const orderSchema = z.strictObject(orderFields).superRefine(refuseRestlessPostOnly);
type OrderBody = z.output<typeof orderSchema>;

/** An order that may not rest cannot be post-only: it could do nothing at all. */
export function refuseRestlessPostOnly(
  { postOnly, timeInForce }: Pick<OrderBody, "postOnly" | "timeInForce">,
  context: z.RefinementCtx,
): void {
  if (!postOnly || timeInForce === "good_til_cancelled") return;
  context.addIssue({
    code: "custom",
    path: ["postOnly"],
    message: "false where the time in force is not good_til_cancelled",
  });
}

const bulkSchema = z.strictObject({
  orders: z.array(orderSchema, { error: "a list of orders" }).min(1).max(MAX_ORDERS),
});

/** POST /v1/orders: one order, or many that are executed in a row. */
export function orderRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/orders", async ({ body }) => {
    const describe = (accepted: Extract<TransactionResult, { isAccepted: true }>, transaction: Transaction) =>
      describeOrder(accepted, transaction as Order, context.instruments());
    if (!isBulk(body, "orders")) {
      return submitOne(context, prepareOrder(parse(orderSchema, body), "", context.instruments()), describe);
    }
    const { orders } = parse(bulkSchema, body);
    const instruments = context.instruments();
    const candidates = orders.map((order, place) => prepareOrder(order, `orders.${place}.`, instruments));
    return submitMany(context, candidates, describe);
  });
}

function prepareOrder(order: OrderBody, path: string, instruments: InstrumentDirectory): Candidate {
  const terms = orderTermsOf(order, path, instruments);
  if (terms instanceof RecourseError) return terms;
  const { account, signer, deadline, nonce, signature } = order;
  const transaction: Order = {
    kind: TransactionKind.order,
    account: accountNumber(account),
    signer,
    deadline: seconds(deadline),
    nonce,
    signature,
    ...terms,
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** An order's terms in the protocol's units, or why it has none. */
export function orderTermsOf(
  order: OrderBody,
  path: string,
  instruments: InstrumentDirectory,
): OrderTerms | RecourseError {
  const instrument = instruments.find(order.instrument);
  if (instrument === undefined) return unknownInstrument(`${path}instrument`);
  try {
    return {
      instrument: instrument.instrument,
      side: order.side === "buy" ? Side.buy : Side.sell,
      timeInForce: timeInForceByWord[order.timeInForce],
      options: orderOptions(order),
      priceRank: priceRank(rankOfPrice(order.price, `${path}price`, instrument)),
      lots: lots(lotsOfSize(order.size, `${path}size`, instrument)),
      restMinutes: order.restMinutes,
      clientOrderId: order.clientOrderId,
    };
  } catch (error) {
    if (error instanceof RecourseError) return error;
    throw error;
  }
}

export function unknownInstrument(field: string): RecourseError {
  return new RecourseError("UnknownInstrument", reasons.UnknownInstrument.sentence, [
    { field, expected: "the name or number of a listed instrument" },
  ]);
}

/** What became of an accepted order. */
export function describeOrder(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  order: OrderTerms,
  instruments: InstrumentDirectory,
): AcceptedOrder {
  // INVARIANT: an order is accepted for a listed instrument only. It may have been removed since.
  const { record } = instruments.recall(order.instrument)!;
  const fills: FillReport[] = [];
  let filledLots = 0;
  let restingLots = 0;
  let cancelCause: string | undefined;
  for (const event of accepted.events) {
    if (event.type === "fill") {
      filledLots += event.lots;
      fills.push({
        price: formatRank(event.priceRank, record),
        size: formatLots(event.lots, record),
        value: formatCash(event.value),
        takerFee: formatCash(event.takerFee),
        maker: event.maker,
        makerClientOrderId: event.makerClientOrderId,
        makerFee: formatCash(event.makerFee),
      });
    } else if (event.type === "rested") restingLots = event.lots;
    else if (event.type === "remainderCancelled") cancelCause = event.cause;
  }
  return {
    ...describeAccepted(accepted),
    clientOrderId: order.clientOrderId,
    status: statusOf(order.lots, filledLots, restingLots),
    filledSize: formatLots(filledLots, record),
    remainingSize: formatLots(restingLots, record),
    fills,
    ...(cancelCause === undefined ? {} : { cancelCause }),
  };
}

function statusOf(orderLots: number, filledLots: number, restingLots: number): AcceptedOrder["status"] {
  if (filledLots === orderLots) return "filled";
  if (filledLots > 0) return "partially_filled";
  return restingLots > 0 ? "resting" : "cancelled";
}
