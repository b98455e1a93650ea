import { accountKey, globalKey, marketKey } from "@recourse/engine";
import { accountNumber, toHex } from "@recourse/protocol";
import type { StateProofResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { encodeSummary } from "./batches.ts";
import type { ApiContext } from "./context.ts";
import { findListed } from "./instruments.ts";
import { notFound, parse, pathNumber } from "./schemas.ts";

const accountSchema = z.strictObject({ number: pathNumber(2 ** 32 - 1) });

/** GET /v1/proofs/global, /v1/proofs/instruments/:name and /v1/proofs/accounts/:number: records of the newest final state. */
export function proofRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  const prove = async (key: Uint8Array, what: string): Promise<StateProofResponse> => {
    const found = await context.finalState.prove(key);
    if (found === undefined) throw notFound(`${what} in a final state`);
    return { summary: encodeSummary(found.summary), value: toHex(found.value), proof: toHex(found.proof) };
  };

  server.get("/v1/proofs/global", () => prove(globalKey, "record of the totals"));

  server.get("/v1/proofs/instruments/:name", ({ params }) => {
    const { name } = params as { readonly name: string };
    const listed = findListed(context.instruments(), name);
    return prove(marketKey(listed.instrument), `market of ${listed.name}`);
  });

  server.get("/v1/proofs/accounts/:number", ({ params }) => {
    const account = accountNumber(parse(accountSchema, params).number);
    return prove(accountKey(account), `account ${account}`);
  });
}
