import {
  accountNumber,
  encodeTransaction,
  type Session,
  seconds,
  sessionScope,
  sessionScopeWords,
  type Transaction,
  TransactionKind,
} from "@recourse/protocol";
import type { AcceptedSession } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { TransactionResult } from "../execution/submissionQueue.ts";
import type { ApiContext } from "./context.ts";
import { address, admission, oneOf, parse, unsigned } from "./schemas.ts";
import { type Candidate, describeAccepted, submitOne } from "./submit.ts";

const expectedNumber = "a whole number from 1 to 255";
const number = unsigned(8).min(1, { error: expectedNumber });
const expectedScope = `a list of ${sessionScopeWords.join(" and ")}, one at least`;

const sessionSchema = z.strictObject({
  ...admission,
  number,
  key: address.refine((bytes) => bytes.some((byte) => byte !== 0), { error: "an address that is not zero" }),
  scope: z.array(oneOf(sessionScopeWords), { error: expectedScope }).min(1, { error: expectedScope }),
  expiry: unsigned(32),
});

const revocationSchema = z.strictObject({ ...admission, number });

/** POST /v1/sessions registers a session key of an account, /v1/sessions/revoke revokes one. */
export function sessionRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/sessions", async ({ body }) => {
    const { scope, ...session } = parse(sessionSchema, body);
    return submitOne(context, prepareSession({ ...session, scope: sessionScope(scope) }), describeSession);
  });

  server.post("/v1/sessions/revoke", async ({ body }) => {
    const revocation = { key: new Uint8Array(20), scope: 0, expiry: 0 };
    return submitOne(context, prepareSession({ ...parse(revocationSchema, body), ...revocation }), describeSession);
  });
}

function prepareSession(
  session: z.output<typeof revocationSchema> & Pick<Session, "key" | "scope"> & { readonly expiry: number },
): Candidate {
  const transaction: Session = {
    kind: TransactionKind.session,
    ...session,
    account: accountNumber(session.account),
    deadline: seconds(session.deadline),
    expiry: seconds(session.expiry),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** What became of an accepted registration or revocation. */
export function describeSession(
  accepted: Extract<TransactionResult, { isAccepted: true }>,
  transaction: Transaction,
): AcceptedSession {
  return { ...describeAccepted(accepted), number: (transaction as Session).number };
}
