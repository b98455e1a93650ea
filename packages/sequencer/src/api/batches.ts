import { type BatchSummary, ChunkKind } from "@recourse/protocol";
import type { BatchResponse, BatchSummaryResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { BatchRecord } from "../journal/batches.ts";
import type { ApiContext } from "./context.ts";
import { notFound, parse, pathNumber } from "./schemas.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

const pathSchema = z.strictObject({ index: pathNumber(Number.MAX_SAFE_INTEGER) });
const listSchema = z.strictObject({
  before: pathNumber(Number.MAX_SAFE_INTEGER).default(Number.MAX_SAFE_INTEGER),
  limit: pathNumber(MAX_LIMIT).default(DEFAULT_LIMIT),
});

const kindNames = {
  [ChunkKind.trade]: "trade",
  [ChunkKind.risk]: "risk",
  [ChunkKind.bridge]: "bridge",
  [ChunkKind.block]: "block",
  [ChunkKind.house]: "house",
} as const;

/** GET /v1/batches, the newest first and reverted ones included, and GET /v1/batches/:index. */
export function batchRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.get("/v1/batches", async ({ query }): Promise<BatchResponse[]> => {
    const { before, limit } = parse(listSchema, query);
    const starts = await termStarts(context);
    return (await context.batches.list(before, limit)).map((batch) => describeBatch(batch, starts));
  });

  server.get("/v1/batches/:index", async ({ params }): Promise<BatchResponse> => {
    const { index } = parse(pathSchema, params);
    const batch = await context.batches.read(index);
    if (batch === undefined) throw notFound(`batch ${index}`);
    return describeBatch(batch, await termStarts(context));
  });
}

/** Where each term's stream begins in the journal, by term. */
async function termStarts(context: ApiContext): Promise<ReadonlyMap<number, number>> {
  return new Map((await context.terms.list()).map(({ term, from }) => [term, from.sequence]));
}

export function encodeSummary(summary: BatchSummary): BatchSummaryResponse {
  return {
    ...summary,
    index: Number(summary.index),
    inboxTo: Number(summary.inboxTo),
    postedAt: Number(summary.postedAt),
  };
}

function describeBatch(batch: BatchRecord, termStarts: ReadonlyMap<number, number>): BatchResponse {
  const start = termStarts.get(batch.term)!;
  return {
    index: batch.index,
    term: batch.term,
    status: batch.status,
    time: batch.time,
    fromPosition: batch.from.sequence - start,
    toPosition: batch.to.sequence - start,
    inboxFrom: batch.from.inboxCursor,
    inboxTo: batch.to.inboxCursor,
    chunks: batch.chunks.map(({ kind, amount, byteLength, postRoot }) => ({
      kind: kindNames[kind],
      amount,
      bytes: byteLength,
      postRoot,
    })),
    ...(batch.transactionHash === undefined ? {} : { transactionHash: batch.transactionHash }),
    ...(batch.postedBlock === undefined ? {} : { postedBlock: batch.postedBlock }),
    ...(batch.finalBlock === undefined ? {} : { finalBlock: batch.finalBlock }),
    ...(batch.revert === undefined ? {} : { revert: batch.revert }),
    ...(batch.summary === undefined ? {} : { summary: encodeSummary(batch.summary) }),
    ...(batch.dishonest === undefined ? {} : { dishonest: batch.dishonest }),
  };
}
