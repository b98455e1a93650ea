import { keccak256, toHex } from "@recourse/protocol";
import type { StreamResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ApiContext } from "./context.ts";
import { parse, pathNumber } from "./schemas.ts";

const DEFAULT_LIMIT = 500;
const MAX_LIMIT = 2_000;

const querySchema = z.strictObject({
  from: pathNumber(Number.MAX_SAFE_INTEGER).default(1),
  limit: pathNumber(MAX_LIMIT).default(DEFAULT_LIMIT),
});

/** GET /v1/stream: the durable transactions of the present term, from a position on. */
export function streamRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.get("/v1/stream", async ({ query }): Promise<StreamResponse> => {
    const { from, limit } = parse(querySchema, query);
    const { term } = context.state();
    const first = Math.max(from, 1);
    const transactions = await context.journal.readTransactions(term.from.sequence + first - 1, limit);
    return {
      term: term.term,
      transactions: transactions.map((bytes, place) => ({
        position: first + place,
        transactionHash: toHex(keccak256(bytes)),
        bytes: toHex(bytes),
      })),
    };
  });
}
