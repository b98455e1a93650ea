import { accountNumber, encodeTransaction, type Revoke, seconds, TransactionKind } from "@recourse/protocol";
import type { AcceptedRevoke } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ApiContext } from "./context.ts";
import { admission, parse, unsigned } from "./schemas.ts";
import { type Accepted, type Candidate, describeAccepted, submitOne } from "./submit.ts";

const revokeSchema = z.strictObject({ ...admission, revokedDeadline: unsigned(32), revokedNonce: unsigned(16) });

/** POST /v1/revocations: what was signed under a deadline and a nonce is never to be executed. */
export function revocationRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/revocations", async ({ body }) =>
    submitOne(context, prepareRevoke(parse(revokeSchema, body)), (accepted, transaction) =>
      describeRevoke(accepted, transaction as Revoke),
    ),
  );
}

function prepareRevoke(revoke: z.output<typeof revokeSchema>): Candidate {
  const transaction: Revoke = {
    kind: TransactionKind.revoke,
    ...revoke,
    account: accountNumber(revoke.account),
    deadline: seconds(revoke.deadline),
    revokedDeadline: seconds(revoke.revokedDeadline),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** What became of an accepted revocation. */
export function describeRevoke(accepted: Accepted, { revokedDeadline, revokedNonce }: Revoke): AcceptedRevoke {
  return { ...describeAccepted(accepted), revokedDeadline, revokedNonce };
}
