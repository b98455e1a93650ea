import type { ListedInstrument } from "@recourse/engine";
import {
  accountNumber,
  encodeTransaction,
  lots,
  MAX_QUOTES,
  priceRank,
  type Quote,
  type Quotes,
  RecourseError,
  reasonName,
  Side,
  seconds,
  TransactionKind,
} from "@recourse/protocol";
import type { AcceptedQuotes, QuotedSideResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { ApiContext } from "./context.ts";
import { refusalOr, termsOf } from "./legs.ts";
import { unknownInstrument } from "./orders.ts";
import { admission, decimal, instrumentReference, parse, unsigned } from "./schemas.ts";
import { type Accepted, type Candidate, describeAccepted, submitOne } from "./submit.ts";
import { formatLots, formatRank } from "./units.ts";

const expectedQuotes = `a list of 1 to ${MAX_QUOTES} quotes`;
const sideSchema = z.strictObject({ price: decimal, size: decimal });
const quoteSchema = z.strictObject({
  instrument: instrumentReference,
  bid: sideSchema.optional(),
  ask: sideSchema.optional(),
});

const quotesSchema = z.strictObject({
  ...admission,
  restMinutes: unsigned(16).default(0),
  quotes: z
    .array(quoteSchema, { error: expectedQuotes })
    .min(1, { error: expectedQuotes })
    .max(MAX_QUOTES, { error: expectedQuotes }),
});

/** POST /v1/quotes: puts an account's quotes of many instruments in the place of its old ones. */
export function quoteRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/quotes", async ({ body }) =>
    submitOne(context, prepareQuotes(parse(quotesSchema, body), context.instruments()), (accepted, transaction) =>
      describeQuotes(accepted, transaction as Quotes, context.instruments()),
    ),
  );
}

function prepareQuotes(request: z.output<typeof quotesSchema>, instruments: InstrumentDirectory): Candidate {
  const quotes: Quote[] = [];
  for (const [place, given] of request.quotes.entries()) {
    const quote = quoteOf(given, `quotes.${place}.`, instruments);
    if (quote instanceof RecourseError) return quote;
    quotes.push(quote);
  }
  const transaction: Quotes = {
    kind: TransactionKind.quotes,
    ...request,
    account: accountNumber(request.account),
    deadline: seconds(request.deadline),
    quotes: quotes.toSorted((left, right) => left.instrument - right.instrument),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

function quoteOf(
  { instrument, bid, ask }: z.output<typeof quoteSchema>,
  path: string,
  instruments: InstrumentDirectory,
): Quote | RecourseError {
  const listed = instruments.find(instrument);
  if (listed === undefined) return unknownInstrument(`${path}instrument`);
  const none = { priceRank: priceRank(0), lots: lots(0) };
  return refusalOr(() => {
    const { priceRank: bidPriceRank, lots: bidLots } = bid ? termsOf(bid, `${path}bid.`, listed) : none;
    const { priceRank: askPriceRank, lots: askLots } = ask ? termsOf(ask, `${path}ask.`, listed) : none;
    return { instrument: listed.instrument, bidPriceRank, bidLots, askPriceRank, askLots };
  });
}

/** What became of accepted quotes, side by side. */
export function describeQuotes(
  accepted: Accepted,
  { quotes }: Quotes,
  instruments: InstrumentDirectory,
): AcceptedQuotes {
  const stopped = accepted.events.find((event) => event.type === "quotesStopped");
  const listed = (quote: Quote): ListedInstrument | undefined => instruments.recall(quote.instrument);
  // A number that is no instrument's can only come in bytes that the client has made itself.
  const nameOf = (quote: Quote): string => listed(quote)?.name ?? String(quote.instrument);
  const sideOf = (quote: Quote, side: number): QuotedSideResponse => {
    for (const event of accepted.events) {
      if (event.type !== "rested" && event.type !== "quoteLeftOut") continue;
      if (event.instrument !== quote.instrument || event.side !== side) continue;
      if (event.type === "quoteLeftOut") return { status: "left_out", cause: reasonName(event.reason) };
      const { record } = listed(quote)!;
      const terms = { price: formatRank(event.priceRank, record), size: formatLots(event.lots, record) };
      return { status: "resting", clientOrderId: event.clientOrderId, ...terms };
    }
    return { status: "none" };
  };
  const replaced = quotes.slice(0, stopped?.place ?? quotes.length);
  return {
    ...describeAccepted(accepted),
    quotes: replaced.map((quote) => ({
      name: nameOf(quote),
      bid: sideOf(quote, Side.buy),
      ask: sideOf(quote, Side.sell),
    })),
    unchanged: quotes.slice(replaced.length).map(nameOf),
  };
}
