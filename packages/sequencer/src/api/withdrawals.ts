import { decodeWithdrawal, readWithdrawal, withdrawalKey } from "@recourse/engine";
import {
  accountNumber,
  cash,
  cashDecimals,
  encodeTransaction,
  parseDecimal,
  RecourseError,
  seconds,
  type Transaction,
  TransactionKind,
  toHex,
  type Withdraw,
} from "@recourse/protocol";
import type { AcceptedWithdrawal, WithdrawalResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import { encodeSummary } from "./batches.ts";
import type { ApiContext } from "./context.ts";
import { address, admission, decimal, notFound, parse, pathNumber } from "./schemas.ts";
import { type Candidate, describeAccepted, submitOne } from "./submit.ts";
import { formatCash } from "./units.ts";

/** Amounts have 7 bytes in a transaction, and are exact below this. */
const MAX_AMOUNT = 2n ** 53n;

const withdrawalSchema = z.strictObject({ ...admission, amount: decimal, recipient: address });
const pathSchema = z.strictObject({ number: pathNumber(Number.MAX_SAFE_INTEGER) });

/** POST /v1/withdrawals takes money out; GET /v1/withdrawals/:number says how to claim it on L1. */
export function withdrawalRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/withdrawals", async ({ body }) =>
    submitOne(context, prepareWithdrawal(parse(withdrawalSchema, body)), describeWithdrawal),
  );

  server.get("/v1/withdrawals/:number", async ({ params }): Promise<WithdrawalResponse> => {
    const { number } = parse(pathSchema, params);
    const proved = await context.finalState.prove(withdrawalKey(number));
    const record = proved ? decodeWithdrawal(proved.value) : readWithdrawal(context.state().store, number);
    if (record === undefined) throw notFound(`withdrawal ${number}`);
    const recipient = toHex(record.recipient);
    return {
      number,
      recipient,
      amount: formatCash(record.amount),
      time: record.time,
      status: proved ? "final" : "pending",
      ...(proved
        ? {
            claim: {
              summary: encodeSummary(proved.summary),
              number,
              recipient,
              amount: String(record.amount),
              time: record.time,
              proof: toHex(proved.proof),
            },
          }
        : {}),
    };
  });
}

function prepareWithdrawal(withdrawal: z.output<typeof withdrawalSchema>): Candidate {
  const amount = parseDecimal(withdrawal.amount, cashDecimals);
  if (amount === undefined || amount >= MAX_AMOUNT) {
    return new RecourseError("MalformedRequest", "The amount is not one of the collateral.", [
      { field: "amount", expected: `a decimal with at most ${cashDecimals} places` },
    ]);
  }
  const transaction: Withdraw = {
    kind: TransactionKind.withdraw,
    ...withdrawal,
    account: accountNumber(withdrawal.account),
    deadline: seconds(withdrawal.deadline),
    amount: cash(Number(amount)),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** What became of an accepted withdrawal. */
export function describeWithdrawal(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  _transaction: Transaction,
): AcceptedWithdrawal {
  // INVARIANT: a withdrawal is accepted only where it was written into the state.
  const withdrawn = accepted.events.find((event) => event.type === "withdrawn")!;
  return {
    ...describeAccepted(accepted),
    number: withdrawn.number,
    account: withdrawn.account,
    amount: formatCash(withdrawn.amount),
    recipient: toHex(withdrawn.recipient),
    time: withdrawn.time,
  };
}
