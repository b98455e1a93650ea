import { fromHex, MAX_TRANSACTION_BYTES, RecourseError, type Transaction, TransactionKind } from "@recourse/protocol";
import type { AcceptedTransaction } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import { describeBlockTrade } from "./blockTrades.ts";
import { describeCancel, describeCancelAll } from "./cancels.ts";
import type { ApiContext } from "./context.ts";
import {
  describeHouseOrder,
  describeLiquidation,
  describeProvider,
  describePruning,
  describeSettlement,
} from "./house.ts";
import { requireOperator } from "./operator.ts";
import { describeOrder } from "./orders.ts";
import { describeQuotes } from "./quotes.ts";
import { describeReplace } from "./replacements.ts";
import { describeRevoke } from "./revocations.ts";
import { parse } from "./schemas.ts";
import { describeSession } from "./sessions.ts";
import { type Candidate, candidateOf, describeAccepted, submitMany } from "./submit.ts";
import { describeWithdrawal } from "./withdrawals.ts";

const MAX_TRANSACTIONS = 2_000;
/** Room for as many of the longest. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

const expectedBytes = `1 to ${MAX_TRANSACTION_BYTES} bytes in hexadecimal with the prefix 0x`;

const bodySchema = z.strictObject({
  transactions: z
    .array(
      z
        .string({ error: expectedBytes })
        .max(2 + 2 * MAX_TRANSACTION_BYTES, { error: expectedBytes })
        .regex(/^0x([0-9a-fA-F]{2})+$/, { error: expectedBytes })
        .transform(fromHex),
      { error: "a list of transactions" },
    )
    .min(1)
    .max(MAX_TRANSACTIONS),
});

/** POST /v1/transactions: canonical bytes of transactions of any kind, executed in a row. */
export function transactionRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/transactions", { bodyLimit: BODY_LIMIT_BYTES }, async ({ body, headers }) => {
    const candidates = parse(bodySchema, body).transactions.map(candidateOf);
    if (candidates.some(isTick)) {
      if (context.clock === "wall") {
        throw new RecourseError("TicksNotTaken", "This sequencer moves the clock itself, by wall time.");
      }
      requireOperator(headers.authorization, context.operatorToken);
    }
    return submitMany(context, candidates, (accepted, transaction) =>
      describe(accepted, transaction, context.instruments()),
    );
  });
}

function isTick(candidate: Candidate): boolean {
  return !(candidate instanceof RecourseError) && candidate.transaction.kind === TransactionKind.tick;
}

function describe(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  transaction: Transaction,
  instruments: InstrumentDirectory,
): AcceptedTransaction {
  switch (transaction.kind) {
    case TransactionKind.order:
      return describeOrder(accepted, transaction, instruments);
    case TransactionKind.cancel:
      return describeCancel(accepted, transaction, instruments);
    case TransactionKind.replace:
      return describeReplace(accepted, transaction, instruments);
    case TransactionKind.cancelAll:
      return describeCancelAll(accepted, instruments);
    case TransactionKind.session:
      return describeSession(accepted, transaction);
    case TransactionKind.withdraw:
      return describeWithdrawal(accepted, transaction);
    case TransactionKind.conditional:
      return describeOrder(accepted, transaction, instruments);
    case TransactionKind.revoke:
      return describeRevoke(accepted, transaction);
    case TransactionKind.blockTrade:
      return describeBlockTrade(accepted, instruments);
    case TransactionKind.quotes:
      return describeQuotes(accepted, transaction, instruments);
    case TransactionKind.houseOrder:
      return describeHouseOrder(accepted, instruments);
    case TransactionKind.provider:
      return describeProvider(accepted);
    case TransactionKind.liquidate:
      return describeLiquidation(accepted, instruments);
    case TransactionKind.settle:
      return describeSettlement(accepted, instruments);
    case TransactionKind.prune:
      return describePruning(accepted, transaction, instruments);
    default:
      return describeAccepted(accepted);
  }
}
