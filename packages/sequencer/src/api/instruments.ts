import {
  decodeExpiry,
  expiryKey,
  type InstrumentRecord,
  type ListedInstrument,
  readBook,
  readFunding,
  readMarket,
  readUnderlying,
} from "@recourse/engine";
import { InstrumentKind, type InstrumentNumber, SETTLED_TIME, Side } from "@recourse/protocol";
import type { BookLevelResponse, BookResponse, InstrumentResponse } from "@recourse/sdk";
import type { OrderedStore } from "@recourse/store";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
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
  formatSignedPrice,
} from "./units.ts";

const DEFAULT_DEPTH = 20;
const MAX_DEPTH = 1_000;

const depthSchema = z.strictObject({ depth: pathNumber(MAX_DEPTH).default(DEFAULT_DEPTH) });

/** GET /v1/instruments, /v1/instruments/:name and /v1/instruments/:name/book; a number will do for a name. */
export function instrumentRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  const find = (params: unknown): ListedInstrument => {
    const { name } = params as { readonly name: string };
    return findListed(context.instruments(), name);
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

/**
 * The listed instrument of a name, or of a number, in a path.
 * @throws RecourseError `NotFound`, which says so where there was one and it is gone
 */
export function findListed(instruments: InstrumentDirectory, name: string): ListedInstrument {
  const nameOrNumber = /^\d+$/.test(name) ? Number(name) : name;
  const listed = instruments.find(nameOrNumber);
  if (listed !== undefined) return listed;
  const gone = instruments.recall(nameOrNumber);
  throw notFound(gone ? `instrument ${gone.name} any more: it has expired and was settled` : `instrument ${name}`);
}

function kindName(kind: number): InstrumentResponse["kind"] {
  if (kind === InstrumentKind.perpetual) return "perpetual";
  return kind === InstrumentKind.call ? "call" : "put";
}

function describeInstrument(store: OrderedStore, { instrument, name, record }: ListedInstrument): InstrumentResponse {
  // INVARIANT: underlyings never go away.
  const underlying = readUnderlying(store, record.underlying)!;
  const market = readMarket(store, instrument);
  const { reportTime, settlement } = readReported(store, record, underlying.indexTime);
  const isSettled = market?.reportTime === SETTLED_TIME;
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
    ...(reportTime === 0 ? {} : { reportTime }),
    ...(settlement === 0 ? {} : { settlementPrice: formatPrice(settlement) }),
    isSettled,
    ...(market === undefined
      ? {}
      : {
          mark: {
            price: formatMarkPrice(market.mark, record),
            delta: formatDelta(market.delta, record),
            time: market.time,
            ...(isSettled ? {} : { reportTime: market.reportTime }),
          },
        }),
    ...describeFunding(store, instrument, record),
  };
}

function describeFunding(
  store: OrderedStore,
  instrument: InstrumentNumber,
  record: InstrumentRecord,
): Pick<InstrumentResponse, "funding"> {
  const funding = readFunding(store, instrument);
  if (funding === undefined) return {};
  const { premium, average, due, dueRate, fundingIndex } = funding;
  return {
    funding: {
      premium: formatSignedPrice(premium),
      averagePremium: formatSignedPrice(average),
      dueTime: due,
      duePayment: formatSignedPrice(dueRate),
      paid: formatMarkPrice(fundingIndex, record),
    },
  };
}

/** When what an instrument is marked from was last reported, and its expiry's settlement price; 0 where there is none. */
function readReported(store: OrderedStore, { kind, underlying, expiry }: InstrumentRecord, indexTime: number) {
  if (kind === InstrumentKind.perpetual) return { reportTime: indexTime, settlement: 0 };
  // INVARIANT: an expiry's record is there as long as an instrument of it is.
  const { time: reportTime, settlement } = decodeExpiry(store.peek(expiryKey(underlying, expiry))!);
  return { reportTime, settlement };
}
