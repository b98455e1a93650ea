import { type ListedInstrument, readBook, readInstrument, readMarket, readUnderlying } from "@recourse/engine";
import { InstrumentKind, Side } from "@recourse/protocol";
import type { BookLevelResponse, BookResponse, InstrumentResponse } from "@recourse/sdk";
import type { OrderedStore } from "@recourse/store";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ApiContext } from "./context.ts";
import { notFound, parse, pathNumber } from "./schemas.ts";
import {
  formatCash,
  formatDelta,
  formatLots,
  formatMarkPrice,
  formatPrice,
  formatQuantity,
  formatRank,
  formatRate,
} from "./units.ts";

const DEFAULT_DEPTH = 20;
const MAX_DEPTH = 1_000;

const depthSchema = z.strictObject({ depth: pathNumber(MAX_DEPTH).default(DEFAULT_DEPTH) });

/** GET /v1/instruments, /v1/instruments/:name and /v1/instruments/:name/book; a number will do for a name. */
export function instrumentRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  const find = (params: unknown): ListedInstrument => {
    const { name } = params as { readonly name: string };
    const listed = context.instruments().find(/^\d+$/.test(name) ? Number(name) : name);
    if (listed === undefined) throw notFound(`instrument ${name}`);
    return listed;
  };

  server.get("/v1/instruments", async (): Promise<InstrumentResponse[]> => {
    const { store, instruments } = context.state();
    return instruments.all.map((listed) => describeInstrument(store, listed));
  });

  server.get(
    "/v1/instruments/:name",
    async ({ params }): Promise<InstrumentResponse> => describeInstrument(context.state().store, find(params)),
  );

  server.get("/v1/instruments/:name/book", async ({ params, query }): Promise<BookResponse> => {
    const { store, position } = context.state();
    const { instrument, name, record } = find(params);
    const { depth } = parse(depthSchema, query);
    const levels = (side: Side): BookLevelResponse[] =>
      readBook(store, instrument, side, depth).map(({ priceRank, lots, orders }) => ({
        price: formatRank(priceRank, record),
        size: formatLots(lots, record),
        orders,
      }));
    return { instrument, name, position, bids: levels(Side.buy), asks: levels(Side.sell) };
  });
}

function kindName(kind: number): InstrumentResponse["kind"] {
  if (kind === InstrumentKind.perpetual) return "perpetual";
  return kind === InstrumentKind.call ? "call" : "put";
}

function describeInstrument(store: OrderedStore, { instrument, name }: ListedInstrument): InstrumentResponse {
  // INVARIANT: listings never go away, nor do their underlyings.
  const record = readInstrument(store, instrument)!;
  const underlying = readUnderlying(store, record.underlying)!;
  const market = readMarket(store, instrument);
  return {
    instrument,
    name,
    kind: kindName(record.kind),
    underlying: underlying.symbol,
    ...(record.kind === InstrumentKind.perpetual ? {} : { expiry: record.expiry, strike: formatPrice(record.strike) }),
    tick: formatPrice(record.tick),
    lot: formatQuantity(record.lot),
    minimumNotional: formatCash(record.minimumNotional),
    takerFeeRate: formatRate(record.takerFeeRate),
    makerFeeRate: formatRate(record.makerFeeRate),
    openInterest: formatLots(market?.openInterest ?? 0, record),
    ...(underlying.index === 0 ? {} : { index: formatPrice(underlying.index) }),
    ...(market === undefined
      ? {}
      : {
          mark: {
            price: formatMarkPrice(market.mark, record),
            delta: formatDelta(market.delta, record),
            time: market.time,
            reportTime: market.reportTime,
          },
        }),
  };
}
