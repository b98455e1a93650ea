import {
  accountNumber,
  ChunkKind,
  concatBytes,
  FIRST_QUOTE_ID,
  instrumentNumber,
  MAX_RESTING_ORDERS,
  priceRank,
  Reason,
  reasonName,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { type QuoteFields, signedQuotes } from "../../../test/support/blocks.ts";
import { imbalances } from "../../../test/support/invariants.ts";
import { context, signedCancelAll, signedListing } from "../../../test/support/world.ts";
import {
  accountKey,
  accountOrderKey,
  bookKey,
  type EngineEvent,
  encodeAccount,
  encodeBookRecord,
  executeChunk,
  readAccount,
  readBook,
  readRestingOrders,
} from "../src/index.ts";
import { block, lowerPut, moveTo, quotes, rankOfMark, spreadMarket } from "./blockMarket.ts";
import {
  buy,
  cancel,
  deadline,
  expiry,
  fillsOf,
  immediate,
  keys,
  perpetual,
  put,
  replace,
  run,
  sell,
  start,
  tick,
  trade,
} from "./market.ts";

const bidId = (instrument: number) => FIRST_QUOTE_ID + 2 * instrument;
const askId = (instrument: number) => bidId(instrument) + 1;

/** A quote around an instrument's mark. */
function around(store: OrderedStore, instrument: number, half: number, size = 10): QuoteFields {
  const rank = rankOfMark(store, instrument);
  return { instrument, bid: { rank: rank - half, lots: size }, ask: { rank: rank + half, lots: size } };
}

const ordersOf = (store: OrderedStore, account: number) =>
  readRestingOrders(store, accountNumber(account)).map(({ clientOrderId, instrument, side, priceRank, lots }) => [
    clientOrderId,
    instrument as number,
    side,
    priceRank as number,
    lots,
  ]);

const leftOut = (events: readonly EngineEvent[]) =>
  events.flatMap((event) =>
    event.type === "quoteLeftOut" ? [[event.instrument as number, event.side, reasonName(event.reason)]] : [],
  );

describe("Quotes", () => {
  it("rest on both sides of all the books that they name, under numbers of their own", () => {
    const store = spreadMarket();
    const quoted = [perpetual, put, lowerPut].map((instrument) => around(store, instrument, 50));
    const { reasons, events } = block(store, quotes(3, quoted, { restMinutes: 5 }));
    expect(reasons).toEqual(["Ok"]);
    expect(ordersOf(store, 3)).toEqual(
      quoted.flatMap(({ instrument, bid, ask }) => [
        [bidId(instrument), instrument, 0, bid!.rank, 10],
        [askId(instrument), instrument, 1, ask!.rank, 10],
      ]),
    );
    expect(readRestingOrders(store, accountNumber(3))[0]!.goodTill).toBe(deadline + 300);
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 6 }, () => "rested"));
    expect(readAccount(store, accountNumber(3))!.restingOrders).toBe(6);
    expect(imbalances(store)).toEqual({});
  });

  it("take the places of the old ones, at the end of the queue, and leave other orders alone", () => {
    const store = spreadMarket();
    const rank = rankOfMark(store, perpetual);
    trade(store, sell(3, rank + 300, 7));
    block(store, quotes(3, [around(store, perpetual, 100), around(store, put, 100)]));
    trade(store, sell(4, rank + 100, 5));
    const { events } = block(store, quotes(3, [around(store, perpetual, 100, 20)]));
    expect(events.map((event) => [event.type, "cause" in event ? event.cause : undefined])).toEqual([
      ["cancelled", "replaced"],
      ["cancelled", "replaced"],
      ["rested", undefined],
      ["rested", undefined],
    ]);
    expect(readAccount(store, accountNumber(3))!.restingOrders).toBe(5);
    // Account 4 came before the new quote.
    expect(fillsOf(trade(store, buy(1, rank + 100, 12, immediate)))).toEqual([
      { maker: 4, rank: rank + 100, lots: 5 },
      { maker: 3, rank: rank + 100, lots: 7 },
    ]);
    expect(imbalances(store)).toEqual({});
  });

  it("may move past where the other side stood, as both old quotes are gone by then", () => {
    const store = spreadMarket();
    const rank = rankOfMark(store, perpetual);
    const at = (middle: number) => ({
      instrument: perpetual,
      bid: { rank: middle - 50, lots: 10 },
      ask: { rank: middle + 50, lots: 10 },
    });
    for (const middle of [rank, rank + 500, rank - 500, rank - 400]) {
      expect(block(store, quotes(3, [at(middle)])).reasons).toEqual(["Ok"]);
      expect(ordersOf(store, 3).map(([, , , placed]) => placed)).toEqual([middle - 50, middle + 50]);
    }
  });

  it("leave out a side that would trade, with others' orders or its own, and place the other", () => {
    const store = spreadMarket();
    const rank = rankOfMark(store, perpetual);
    trade(store, sell(4, rank + 50, 5), buy(3, rank - 200, 5));
    block(store, quotes(3, [around(store, perpetual, 20)]));
    const crossing = { instrument: perpetual, bid: { rank: rank + 50, lots: 10 }, ask: { rank: rank + 60, lots: 10 } };
    const { reasons, events } = block(store, quotes(3, [crossing]));
    expect(reasons).toEqual(["Ok"]);
    expect(leftOut(events)).toEqual([[perpetual, 0, "WouldCross"]]);
    expect(ordersOf(store, 3).map(([id]) => id)).toEqual([expect.any(Number), askId(perpetual)]);
    const own = { instrument: perpetual, ask: { rank: rank - 200, lots: 10 } };
    const second = block(store, quotes(3, [own]));
    expect(second.reasons).toEqual(["Ok"]);
    expect(leftOut(second.events)).toEqual([[perpetual, 1, "WouldCross"]]);
    expect(ordersOf(store, 3)).toHaveLength(1);
  });

  it("are kept out by a dead order, until an order that may trade takes it away", () => {
    const store = spreadMarket();
    const rank = rankOfMark(store, perpetual);
    trade(store, buy(4, rank, 5, { restMinutes: 1 }));
    tick(store, deadline + 61);
    const late = { deadline: deadline + 100 };
    const quote = { instrument: perpetual, ask: { rank: rank - 10, lots: 10 } };
    expect(block(store, quotes(3, [quote], late)).reasons).toEqual(["WouldCross"]);
    trade(store, sell(2, rank, 1, { ...immediate, ...late }));
    expect(block(store, quotes(3, [quote], late)).reasons).toEqual(["Ok"]);
  });

  it("are taken away where a side has no lots, or can no longer be placed", () => {
    const store = spreadMarket();
    const quoted = [perpetual, put, lowerPut].map((instrument) => around(store, instrument, 50));
    block(store, quotes(3, quoted));
    const { bid, ask } = around(store, put, 200);
    const { reasons, events } = block(store, quotes(3, [{ instrument: perpetual }, { instrument: put, ask: ask! }]));
    expect(reasons).toEqual(["Ok"]);
    expect(leftOut(events)).toEqual([]);
    expect(ordersOf(store, 3).map(([id]) => id)).toEqual([askId(put), bidId(lowerPut), askId(lowerPut)]);
    const { priceRank: far } = { priceRank: bid!.rank + 800_000 };
    const outside = block(store, quotes(3, [{ instrument: put, bid: { rank: far, lots: 10 } }]));
    expect(outside.reasons).toEqual(["Ok"]);
    expect(leftOut(outside.events)).toEqual([[put, 0, "OutsidePriceBand"]]);
    expect(ordersOf(store, 3).map(([id]) => id)).toEqual([bidId(lowerPut), askId(lowerPut)]);
    tick(store, expiry);
    const expired = quotes(3, [around(store, lowerPut, 50)], { deadline: expiry + 60 });
    expect(block(store, expired).reasons).toEqual(["Ok"]);
    expect(ordersOf(store, 3)).toEqual([]);
    expect(imbalances(store)).toEqual({});
  });

  it("are refused, for the first cause, where nothing comes of them", () => {
    const store = spreadMarket();
    const good = around(store, perpetual, 100);
    const rank = rankOfMark(store, perpetual);
    const causes: [string, QuoteFields[]][] = [
      ["MalformedQuotes", []],
      ["MalformedQuotes", [around(store, put, 100), good]],
      ["MalformedQuotes", [good, good]],
      ["MalformedQuotes", [{ ...good, instrument: 0 }]],
      ["MalformedQuotes", [{ instrument: 1, bid: { rank: 0, lots: 5 } }]],
      ["MalformedQuotes", [{ instrument: 1, ask: { rank: 5, lots: 0 } }]],
      ["MalformedQuotes", [{ instrument: 1, bid: { rank, lots: 5 }, ask: { rank, lots: 5 } }]],
      ["NothingToCancel", [{ instrument: 1 }]],
      ["UnknownInstrument", [{ ...good, instrument: 77 }]],
      ["ValueOutOfRange", [{ instrument: 1, bid: { rank: 2 ** 39, lots: 5 } }]],
      ["ValueOutOfRange", [{ instrument: 1, ask: { rank: 2 ** 30, lots: 2 ** 31 } }]],
      ["OutsidePriceBand", [{ instrument: 1, bid: { rank: Math.floor(1.11 * rank), lots: 5 } }]],
      ["OutsidePriceBand", [{ instrument: 1, ask: { rank: Math.floor(0.89 * rank), lots: 5 } }, { instrument: 77 }]],
    ];
    for (const [reason, quoted] of causes) {
      const { reasons, events } = block(store, quotes(3, quoted));
      expect(reasons, reason).toEqual([reason]);
      expect(events.filter(({ type }) => type !== "quoteLeftOut")).toEqual([]);
    }
    const fields = { account: 3, key: keys[2]!, deadline, nonce: 55_000, quotes: [good] };
    expect(block(store, signedQuotes(fields)).reasons).toEqual(["Ok"]);
    expect(block(store, signedQuotes(fields)).reasons).toEqual(["NonceUsed"]);
    expect(block(store, signedQuotes({ ...fields, key: keys[0]! })).reasons).toEqual(["BadSignature"]);
    expect(trade(store, signedQuotes(fields)).reasons).toEqual(["WrongChunkKind"]);
  });

  it("are too small, of an instrument without a mark, or marked too long ago: left out", () => {
    const store = spreadMarket();
    const unmarked = 4;
    const listing = signedListing({
      underlying: 1,
      name: "BTC-27MAR20-4000-P",
      minimumNotional: 500_000_000,
      deadline,
    });
    run(store, ChunkKind.risk, listing);
    const bid = { rank: 100, lots: 10 };
    expect(block(store, quotes(3, [{ instrument: unmarked, bid }])).reasons).toEqual(["InstrumentNotMarked"]);
    const later = start + 3_601;
    moveTo(store, later, 7_961_00000000, [unmarked]);
    const both = [put, unmarked].map((instrument) => ({ instrument, bid: { rank: 100, lots: 6 } }));
    const result = block(store, quotes(3, both, { deadline: later + 1 }));
    expect(result.reasons).toEqual(["MarkTooOld"]);
    expect(leftOut(result.events)).toEqual([]);
    const large = [put, unmarked].map((instrument) => ({ instrument, bid: { rank: 100, lots: 7 } }));
    const placed = block(store, quotes(3, large, { deadline: later + 1 }));
    expect(leftOut(placed.events)).toEqual([[put, 0, "MarkTooOld"]]);
    expect(ordersOf(store, 3).map(([id]) => id)).toEqual([bidId(unmarked)]);
  });

  it("count as resting orders, of which there may be so many", () => {
    const store = spreadMarket();
    const number = accountNumber(3);
    for (let id = 0; id < MAX_RESTING_ORDERS - 1; id++) {
      const key = bookKey(instrumentNumber(put), 1, priceRank(900_000 + id), id);
      const order = { account: number, clientOrderId: id, lots: 1, goodTill: 0, era: 0, isReduceOnly: false };
      store.put(key, encodeBookRecord(order));
      store.put(accountOrderKey(number, id), key.slice(1));
    }
    const record = { ...readAccount(store, number)!, restingOrders: MAX_RESTING_ORDERS - 1 };
    store.put(accountKey(number), encodeAccount(record));
    const first = block(store, quotes(3, [around(store, perpetual, 100)]));
    expect(leftOut(first.events)).toEqual([[perpetual, 1, "TooManyRestingOrders"]]);
    // An old quote makes room for the new one.
    const second = block(store, quotes(3, [around(store, perpetual, 200), around(store, put, 100)]));
    expect(leftOut(second.events)).toEqual([
      [perpetual, 1, "TooManyRestingOrders"],
      [put, 0, "TooManyRestingOrders"],
      [put, 1, "TooManyRestingOrders"],
    ]);
    expect(readAccount(store, number)!.restingOrders).toBe(MAX_RESTING_ORDERS);
    expect(imbalances(store)).toEqual({});
  });

  it("are orders like others: matched, cancelled, replaced, cancelled with all", () => {
    const store = spreadMarket();
    const rank = rankOfMark(store, perpetual);
    block(store, quotes(3, [around(store, perpetual, 100, 20), around(store, put, 100)]));
    const fill = trade(store, buy(1, rank + 100, 15, immediate));
    expect(fill.events).toContainEqual(
      expect.objectContaining({ type: "fill", maker: 3, makerClientOrderId: askId(perpetual), lots: 15 }),
    );
    expect(readBook(store, perpetual, 1, 5)).toEqual([{ priceRank: rank + 100, lots: 5, orders: 1 }]);
    expect(trade(store, cancel(3, askId(perpetual))).reasons).toEqual(["Ok"]);
    expect(trade(store, replace(3, bidId(perpetual), 0, rank - 50, 4)).reasons).toEqual(["Ok"]);
    expect(trade(store, buy(3, rank - 70, 1, { clientOrderId: bidId(perpetual) })).reasons).toEqual(["MalformedOrder"]);
    const all = signedCancelAll({ account: 3, key: keys[2]!, deadline, nonce: 55_001, instrument: put });
    expect(trade(store, all).reasons).toEqual(["Ok"]);
    expect(ordersOf(store, 3).map(([, instrument, side]) => [instrument, side])).toEqual([[perpetual, 0]]);
    expect(imbalances(store)).toEqual({});
  });

  it("trade with a taker's order one after the other, as far as the margin goes", () => {
    const store = spreadMarket();
    const rank = rankOfMark(store, perpetual);
    block(store, quotes(3, [around(store, perpetual, 100, 20_000)]));
    block(store, quotes(4, [around(store, perpetual, 110, 20)]));
    const { events } = trade(store, buy(1, rank + 110, 30, immediate));
    expect(events.filter(({ type }) => type === "fill")).toHaveLength(1);
    expect(events[0]).toMatchObject({ maker: 3, lots: 30 });
  });

  it("go to the next chunk, having changed nothing, where a chunk has no room for them", () => {
    const store = spreadMarket();
    const many = Array.from({ length: 40 }, (_, place) =>
      quotes(
        3,
        [perpetual, put, lowerPut].map((instrument) => around(store, instrument, 10 + place)),
      ),
    );
    const copy = store.clone();
    const reasons: number[] = [];
    let rest = concatBytes(...many);
    for (let chunks = 0; rest.length > 0; chunks++) {
      const result = executeChunk(copy, context(), ChunkKind.block, rest);
      reasons.push(...result.reasons);
      rest = rest.subarray(result.executedBytes);
      expect(chunks).toBeLessThan(5);
    }
    expect(reasons).toEqual(many.map(() => Reason.Ok));
    for (const transaction of many) run(store, ChunkKind.block, transaction);
    expect(copy.root()).toEqual(store.root());
  });
});
