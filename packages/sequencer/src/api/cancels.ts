import {
  accountNumber,
  type Cancel,
  type CancelAll,
  encodeTransaction,
  instrumentNumber,
  seconds,
  type Transaction,
  TransactionKind,
} from "@recourse/protocol";
import type { AcceptedCancel, AcceptedCancelAll } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import type { ApiContext } from "./context.ts";
import { unknownInstrument } from "./orders.ts";
import { admission, instrumentReference, isBulk, parse, unsigned } from "./schemas.ts";
import { type Candidate, describeAccepted, submitMany, submitOne } from "./submit.ts";
import { formatLots } from "./units.ts";

const MAX_CANCELS = 500;

const cancelSchema = z.strictObject({ ...admission, clientOrderId: unsigned(32) });

const cancelAllSchema = z.strictObject({ ...admission, instrument: instrumentReference.optional() });

const bulkSchema = z.strictObject({
  cancels: z.array(cancelSchema, { error: "a list of cancels" }).min(1).max(MAX_CANCELS),
});

/** POST /v1/cancels takes one resting order out of the book, or many; /v1/cancels/all all of an account's. */
export function cancelRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/cancels", async ({ body }) => {
    const describe = (accepted: Extract<TransactionResult, { isAccepted: true }>, transaction: Transaction) =>
      describeCancel(accepted, transaction as Cancel, context.instruments());
    if (!isBulk(body, "cancels")) return submitOne(context, prepareCancel(parse(cancelSchema, body)), describe);
    return submitMany(context, parse(bulkSchema, body).cancels.map(prepareCancel), describe);
  });

  server.post("/v1/cancels/all", async ({ body }) =>
    submitOne(context, prepareCancelAll(parse(cancelAllSchema, body), context.instruments()), (accepted) =>
      describeCancelAll(accepted, context.instruments()),
    ),
  );
}

function prepareCancel(cancel: z.output<typeof cancelSchema>): Candidate {
  const transaction: Cancel = {
    kind: TransactionKind.cancel,
    ...cancel,
    account: accountNumber(cancel.account),
    deadline: seconds(cancel.deadline),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

function prepareCancelAll(
  { instrument, ...cancel }: z.output<typeof cancelAllSchema>,
  instruments: InstrumentDirectory,
): Candidate {
  const found = instrument === undefined ? undefined : instruments.find(instrument);
  if (instrument !== undefined && found === undefined) return unknownInstrument("instrument");
  const transaction: CancelAll = {
    kind: TransactionKind.cancelAll,
    ...cancel,
    account: accountNumber(cancel.account),
    deadline: seconds(cancel.deadline),
    instrument: found?.instrument ?? instrumentNumber(0),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** What became of an accepted cancel. */
export function describeCancel(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  cancel: Cancel,
  instruments: InstrumentDirectory,
): AcceptedCancel {
  const cancelled = accepted.events.find((event) => event.type === "cancelled");
  // INVARIANT: a cancel is accepted only where it took an order out of an instrument's book. It may be gone since.
  const { record } = instruments.recall(cancelled!.instrument)!;
  return {
    ...describeAccepted(accepted),
    clientOrderId: cancel.clientOrderId,
    cancelledSize: formatLots(cancelled!.lots, record),
  };
}

/** What became of an accepted cancel of all orders. */
export function describeCancelAll(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  instruments: InstrumentDirectory,
): AcceptedCancelAll {
  // INVARIANT: a cancel-all is accepted only where it took orders out of instruments' books, and says so.
  const { remaining } = accepted.events.find((event) => event.type === "cancelledAll")!;
  const cancelled = accepted.events.flatMap((event) => {
    if (event.type !== "cancelled") return [];
    const { name, record } = instruments.recall(event.instrument)!;
    return [{ clientOrderId: event.clientOrderId, name, size: formatLots(event.lots, record) }];
  });
  return { ...describeAccepted(accepted), cancelled, restingOrders: remaining };
}
