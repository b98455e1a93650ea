import type { EngineEvent } from "@recourse/engine";
import {
  accountNumber,
  encodeTransaction,
  RecourseError,
  type Replace,
  seconds,
  type Transaction,
  TransactionKind,
} from "@recourse/protocol";
import type { AcceptedReplace } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import type { ApiContext } from "./context.ts";
import { describeOrder, orderFields, orderTermsOf, refuseRestlessPostOnly } from "./orders.ts";
import { isBulk, parse, unsigned } from "./schemas.ts";
import { type Candidate, submitMany, submitOne } from "./submit.ts";
import { formatLots } from "./units.ts";

const MAX_REPLACEMENTS = 500;

const replacementSchema = z
  .strictObject({ ...orderFields, replacedClientOrderId: unsigned(32) })
  .superRefine(refuseRestlessPostOnly);

const bulkSchema = z.strictObject({
  replacements: z.array(replacementSchema, { error: "a list of replacements" }).min(1).max(MAX_REPLACEMENTS),
});

/** POST /v1/replacements: a new order in a resting order's stead, or many that are executed in a row. */
export function replacementRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/replacements", async ({ body }) => {
    const instruments = context.instruments();
    const describe = (accepted: Extract<TransactionResult, { isAccepted: true }>, transaction: Transaction) =>
      describeReplace(accepted, transaction as Replace, context.instruments());
    if (!isBulk(body, "replacements")) {
      return submitOne(context, prepareReplacement(parse(replacementSchema, body), "", instruments), describe);
    }
    const candidates = parse(bulkSchema, body).replacements.map((replacement, place) =>
      prepareReplacement(replacement, `replacements.${place}.`, instruments),
    );
    return submitMany(context, candidates, describe);
  });
}

function prepareReplacement(
  replacement: z.output<typeof replacementSchema>,
  path: string,
  instruments: InstrumentDirectory,
): Candidate {
  const terms = orderTermsOf(replacement, path, instruments);
  if (terms instanceof RecourseError) return terms;
  const { account, signer, deadline, nonce, signature, replacedClientOrderId } = replacement;
  const transaction: Replace = {
    kind: TransactionKind.replace,
    account: accountNumber(account),
    signer,
    deadline: seconds(deadline),
    nonce,
    signature,
    ...terms,
    replacedClientOrderId,
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** What became of an accepted replacement. */
export function describeReplace(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  replacement: Replace,
  instruments: InstrumentDirectory,
): AcceptedReplace {
  const { replacedClientOrderId } = replacement;
  // INVARIANT: a replacement is accepted only where it took the old order out of a listed instrument's book.
  const replaced = accepted.events.find((event) => event.type === "cancelled" && event.cause === "replaced");
  const { instrument, lots } = replaced as Extract<EngineEvent, { type: "cancelled" }>;
  return {
    ...describeOrder(accepted, replacement, instruments),
    replacedClientOrderId,
    replacedSize: formatLots(lots, instruments.recall(instrument)!.record),
  };
}
