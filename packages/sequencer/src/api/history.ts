import { type ListedInstrument, readAccount } from "@recourse/engine";
import { accountNumber, POST_ONLY_OPTION, REDUCE_ONLY_OPTION, RecourseError, Side } from "@recourse/protocol";
import type {
  FillHistoryEntry,
  FundingHistoryEntry,
  Hex,
  HistoryPage,
  HouseHistoryEntry,
  OrderHistoryEntry,
  TransferHistoryEntry,
} from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { FillRow, FundingRow, OrderRow, TransferRow } from "../history/changes.ts";
import type { HistoryPlace } from "../history/historyReader.ts";
import type { HouseRow } from "../history/houseChanges.ts";
import type { ApiContext } from "./context.ts";
import { notFound, parse, pathNumber } from "./schemas.ts";
import { formatCash, formatLots, formatMarkPrice, formatRank } from "./units.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

const pathSchema = z.strictObject({ number: pathNumber(2 ** 32 - 1) });

const before = z
  .string()
  .regex(/^\d{1,15}\.\d{1,8}$/, { error: "the `next` of another page" })
  .transform((text): HistoryPlace => {
    const [place, number] = text.split(".").map(Number);
    return { place: place!, number: number! };
  });

const page = {
  limit: pathNumber(MAX_LIMIT)
    .refine((limit) => limit > 0, { error: `a whole number from 1 to ${MAX_LIMIT}` })
    .default(DEFAULT_LIMIT),
  before: before.optional(),
};
const instrument = z.string().min(1).max(40).optional();
const statuses = ["open", "filled", "cancelled", "refused"] as const;
const status = z.enum(statuses, { error: statuses.join(", ") }).optional();

const ordersSchema = z.strictObject({ ...page, instrument, status });
const fillsSchema = z.strictObject({ ...page, instrument });
const transfersSchema = z.strictObject(page);

const timesInForce = ["good_til_cancelled", "immediate_or_cancel", "fill_or_kill"] as const;

/** GET /v1/accounts/:number/history/orders, /fills, /funding, /house and /transfers: pages of the past, the newest first. */
export function historyRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  const { reader, writer } = context.history;

  const accountOf = (params: unknown): number => {
    const { number } = parse(pathSchema, params);
    if (readAccount(context.state().store, accountNumber(number)) === undefined) throw notFound(`account ${number}`);
    return number;
  };

  const instrumentOf = (name: string | undefined): number | undefined => {
    if (name === undefined) return undefined;
    const listed = context.instruments().recall(/^\d+$/.test(name) ? Number(name) : name);
    if (listed === undefined) throw notFound(`instrument ${name}`);
    return listed.instrument;
  };

  /** A page of what is read, one entry more than asked for telling that there is another. */
  async function pageOf<Row extends { readonly place: number; readonly number?: number | null }, Entry>(
    limit: number,
    read: (limit: number) => Promise<Row[]>,
    describe: (row: Row) => Entry,
  ): Promise<HistoryPage<Entry>> {
    if (writer.failure !== undefined) {
      throw new RecourseError("HistoryUnavailable", "The history stands still; the operator has been told.");
    }
    const position = Math.max(0, writer.at.sequence - context.state().term.from.sequence);
    const rows = await read(limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      entries: rows.slice(0, limit).map(describe),
      ...(last && { next: `${last.place}.${last.number ?? 0}` }),
      position,
    };
  }

  const listed = (number: number): ListedInstrument => {
    // INVARIANT: what was executed named an instrument that was listed then.
    return context.instruments().recall(number)!;
  };

  server.get("/v1/accounts/:number/history/orders", ({ params, query }): Promise<HistoryPage<OrderHistoryEntry>> => {
    const account = accountOf(params);
    const { limit, before, instrument, status } = parse(ordersSchema, query);
    const filter = { account, before, instrument: instrumentOf(instrument), status };
    return pageOf(
      limit,
      (limit) => reader.orders({ ...filter, limit }),
      (row) => describeOrder(row, listed(row.instrument)),
    );
  });

  server.get("/v1/accounts/:number/history/fills", ({ params, query }): Promise<HistoryPage<FillHistoryEntry>> => {
    const account = accountOf(params);
    const { limit, before, instrument } = parse(fillsSchema, query);
    const filter = { account, before, instrument: instrumentOf(instrument) };
    return pageOf(
      limit,
      (limit) => reader.fills({ ...filter, limit }),
      (row) => describeFill(row, listed(row.instrument)),
    );
  });

  server.get("/v1/accounts/:number/history/funding", ({ params, query }): Promise<HistoryPage<FundingHistoryEntry>> => {
    const account = accountOf(params);
    const { limit, before, instrument } = parse(fillsSchema, query);
    const filter = { account, before, instrument: instrumentOf(instrument) };
    return pageOf(
      limit,
      // An account pays once an entry and instrument, so the instrument is the number within a place.
      async (limit) => (await reader.funding({ ...filter, limit })).map((row) => ({ ...row, number: row.instrument })),
      (row) => describeFunding(row, listed(row.instrument)),
    );
  });

  server.get("/v1/accounts/:number/history/house", ({ params, query }): Promise<HistoryPage<HouseHistoryEntry>> => {
    const account = accountOf(params);
    const { limit, before, instrument } = parse(fillsSchema, query);
    const filter = { account, before, instrument: instrumentOf(instrument) };
    return pageOf(
      limit,
      (limit) => reader.house({ ...filter, limit }),
      (row) => describeHouse(row, row.instrument === null ? undefined : listed(row.instrument)),
    );
  });

  server.get(
    "/v1/accounts/:number/history/transfers",
    ({ params, query }): Promise<HistoryPage<TransferHistoryEntry>> => {
      const account = accountOf(params);
      const { limit, before } = parse(transfersSchema, query);
      return pageOf(limit, (limit) => reader.transfers({ account, before, limit }), describeTransfer);
    },
  );
}

function describeOrder(row: OrderRow, { name, record }: ListedInstrument): OrderHistoryEntry {
  return {
    term: row.term,
    position: row.position,
    time: row.time,
    transactionHash: row.transaction_hash as Hex,
    clientOrderId: row.client_order_id,
    instrument: row.instrument,
    name,
    side: sideName(row.side),
    timeInForce: timesInForce[row.time_in_force]!,
    postOnly: (row.options & POST_ONLY_OPTION) !== 0,
    reduceOnly: (row.options & REDUCE_ONLY_OPTION) !== 0,
    price: formatRank(row.price_rank, record),
    size: formatLots(row.lots, record),
    filledSize: formatLots(row.filled_lots, record),
    status: row.status,
    ...(row.cause === null ? {} : { cause: row.cause }),
    updateTime: row.updated_time,
  };
}

function describeFill(row: FillRow, { name, record }: ListedInstrument): FillHistoryEntry {
  return {
    term: row.term,
    position: row.position,
    time: row.time,
    kind: row.kind,
    ...(row.client_order_id === null ? {} : { clientOrderId: row.client_order_id }),
    instrument: row.instrument,
    name,
    role: row.is_taker === 1 ? "taker" : "maker",
    side: sideName(row.side),
    price: formatRank(row.price_rank, record),
    size: formatLots(row.lots, record),
    value: formatCash(row.value),
    fee: formatCash(row.fee),
  };
}

function describeFunding(row: FundingRow, { name }: ListedInstrument): FundingHistoryEntry {
  const { term, position, time, instrument, amount } = row;
  return { term, position, time, instrument, name, amount: formatCash(amount) };
}

function describeHouse(row: HouseRow, listed: ListedInstrument | undefined): HouseHistoryEntry {
  const { term, position, time, kind, lots, price, amount } = row;
  return {
    ...{ term, position, time, kind },
    ...(listed && { name: listed.name, size: formatLots(lots, listed.record) }),
    ...(listed && price !== null ? { price: formatMarkPrice(BigInt(price), listed.record) } : {}),
    amount: formatCash(amount),
  };
}

function describeTransfer(row: TransferRow): TransferHistoryEntry {
  return {
    kind: row.kind,
    term: row.term,
    time: row.time,
    amount: formatCash(row.amount),
    ...(row.number === null ? {} : { number: row.number }),
    ...(row.recipient === null ? {} : { recipient: row.recipient as Hex }),
  };
}

function sideName(side: number): "buy" | "sell" {
  return side === Side.buy ? "buy" : "sell";
}
