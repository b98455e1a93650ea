import {
  accountNumber,
  encodeTransaction,
  lots,
  type Order,
  priceRank,
  RecourseError,
  reasons,
  Side,
  seconds,
  TimeInForce,
  type Transaction,
  TransactionKind,
} from "@recourse/protocol";
import type { AcceptedOrder, FillReport } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import type { ApiContext } from "./context.ts";
import { admission, decimal, isBulk, parse, unsigned } from "./schemas.ts";
import { type Candidate, describeAccepted, submitMany, submitOne } from "./submit.ts";
import { formatCash, formatLots, formatRank, lotsOfSize, rankOfPrice } from "./units.ts";

const MAX_ORDERS = 500;

const orderSchema = z.strictObject({
  ...admission,
  instrument: z.union([z.string().min(1).max(40), unsigned(24)], { error: "an instrument's name or number" }),
  side: z.enum(["buy", "sell"], { error: "buy or sell" }),
  timeInForce: z
    .enum(["good_til_cancelled", "immediate_or_cancel"], { error: "good_til_cancelled or immediate_or_cancel" })
    .default("good_til_cancelled"),
  price: decimal,
  size: decimal,
  clientOrderId: unsigned(32),
  restMinutes: unsigned(16).default(0),
});

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

function prepareOrder(order: z.output<typeof orderSchema>, path: string, instruments: InstrumentDirectory): Candidate {
  const instrument = instruments.find(order.instrument);
  if (instrument === undefined) {
    return new RecourseError("UnknownInstrument", reasons.UnknownInstrument.sentence, [
      { field: `${path}instrument`, expected: "the name or number of a listed instrument" },
    ]);
  }
  try {
    const transaction: Order = {
      kind: TransactionKind.order,
      account: accountNumber(order.account),
      signer: order.signer,
      deadline: seconds(order.deadline),
      nonce: order.nonce,
      signature: order.signature,
      instrument: instrument.instrument,
      side: order.side === "buy" ? Side.buy : Side.sell,
      timeInForce:
        order.timeInForce === "immediate_or_cancel" ? TimeInForce.immediateOrCancel : TimeInForce.goodTilCancelled,
      options: 0,
      priceRank: priceRank(rankOfPrice(order.price, `${path}price`, instrument)),
      lots: lots(lotsOfSize(order.size, `${path}size`, instrument)),
      restMinutes: order.restMinutes,
      clientOrderId: order.clientOrderId,
    };
    return { bytes: encodeTransaction(transaction), transaction };
  } catch (error) {
    if (error instanceof RecourseError) return error;
    throw error;
  }
}

/** What became of an accepted order. */
export function describeOrder(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  order: Order,
  instruments: InstrumentDirectory,
): AcceptedOrder {
  // INVARIANT: an order is accepted for a listed instrument only, and listings never go away.
  const { record } = instruments.find(order.instrument)!;
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
