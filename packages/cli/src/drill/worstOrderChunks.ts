import {
  decodeInstrument,
  decodeMarket,
  encodeInstrument,
  encodeMarket,
  instrumentKey,
  marketKey,
} from "@recourse/engine";
import {
  ChunkKind,
  instrumentNumber,
  MAX_CHUNK_BYTES,
  MAX_POSITIONS,
  MAX_RESTING_ORDERS,
  ORDER_BYTES,
  POST_ONLY_OPTION,
  price,
  quantity,
  Reason,
  Side,
  TimeInForce,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Desk, OrderTerms, Trader } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import { actor, books, equip, listDeep, openDeep, rest } from "./worstState.ts";

const rank = 100;
/** Orders, matching and replacements. */
export function worstOrderChunks(material: WorstMaterial): WorstChunk[] {
  return [
    ...manyPositions(material),
    ...manyMakers(material),
    ...manyOfOneAccount(material),
    oneMakerManyOrders(material),
    deepMatching(material),
    deepPositions(material),
    crowd(material),
    replacements(material),
    refusals(),
  ];
}

function trade(
  name: string,
  transactions: WorstChunk["transactions"],
  reasons: WorstChunk["reasons"] = allOk,
): WorstChunk {
  return { name, kind: ChunkKind.trade, transactions, reasons };
}

/** Orders that buy: one, or as many as the chunk has room for, the first on untouched ground and the rest on trodden. */
const buys =
  (taker: Trader, terms: Omit<OrderTerms, "side">, count = 1) =>
  (desk: Desk) =>
    Array.from({ length: count }, () =>
      desk.order(taker, { side: Side.buy, timeInForce: TimeInForce.immediateOrCancel, ...terms }),
    );

/** More orders of some size than a chunk has room for. */
const MANY = 40;

/** A taker and a maker of as many positions as may be: of the same, and of others. */
function manyPositions({ state, instruments }: WorstMaterial): WorstChunk[] {
  return (["shared", "apart"] as const).map((name, place) => {
    const [maker, taker] = [actor(5_000 + 100 * place), actor(6_001 + 100 * place)];
    const held = instruments(MAX_POSITIONS);
    const others = instruments(2 * MAX_POSITIONS).filter((instrument) => !held.includes(instrument));
    equip(state, maker, name === "shared" ? held : [held[0]!, ...others.slice(0, MAX_POSITIONS - 1)], 1);
    equip(state, taker, held);
    rest(state, maker, held[0]!, rank, 5 + place, 1);
    return trade(`64 and 64 positions, ${name}`, buys(taker, { instrument: held[0]!, rank, lots: 1 }, MANY));
  });
}

/** Books of offers of many accounts, each with positions elsewhere: living ones, and dead ones. */
function manyMakers({ state, instruments }: WorstMaterial): WorstChunk[] {
  const taker = actor(6_205);
  equip(state, taker, instruments(2));
  for (const [instrument, first, era] of [
    [books.manyMakers, 103, 0],
    [books.manyDeadMakers, 110, 9],
  ] as const) {
    for (let place = 0; place < 80; place++) {
      const maker = actor(first + 147 * place);
      equip(state, maker, instruments(2), 1);
      rest(state, maker, instrument, rank + (place >> 3), 100 + place, place, { era });
    }
  }
  const terms = { rank: 200, lots: 800 };
  const kill = { instrument: books.manyMakers, ...terms, timeInForce: TimeInForce.fillOrKill };
  const post = { timeInForce: TimeInForce.goodTilCancelled, options: POST_ONLY_OPTION };
  return [
    trade("makers of many accounts", buys(taker, { instrument: books.manyMakers, ...terms })),
    trade("killed orders", buys(taker, kill, MANY), [Reason.ExceedsLimit]),
    trade("dead orders of many accounts", buys(taker, { instrument: books.manyDeadMakers, ...terms, ...post })),
  ];
}

/** As many orders as an account may have, none of which can be filled. */
function manyOfOneAccount({ state }: WorstMaterial): WorstChunk[] {
  return (
    [
      ["own orders", books.own, true, {}],
      ["dead orders of one account", books.dead, false, { era: 9 }],
      ["reduce-only orders without a position", books.reduceOnly, false, { isReduceOnly: true }],
    ] as const
  ).map(([name, instrument, isOwn, changes], place) => {
    const [taker, other] = [actor(6_302 + 7 * place), actor(5_302 + 7 * place)];
    equip(state, taker, [], isOwn ? MAX_RESTING_ORDERS : 0);
    equip(state, other, [], isOwn ? 0 : MAX_RESTING_ORDERS);
    for (let id = 0; id < MAX_RESTING_ORDERS; id++) {
      rest(state, isOwn ? taker : other, instrument, rank, 100 + id, id, changes);
    }
    return trade(name, buys(taker, { instrument, rank, lots: 10, clientOrderId: 100_000 }));
  });
}

function oneMakerManyOrders({ state, instruments }: WorstMaterial): WorstChunk {
  const [maker, taker] = [actor(5_203), actor(6_201)];
  const held = instruments(8);
  equip(state, maker, held, 60);
  equip(state, taker, held);
  for (let id = 0; id < 60; id++) rest(state, maker, held[0]!, rank, 100 + id, id);
  return trade("one maker, many orders", buys(taker, { instrument: held[0]!, rank, lots: 600 }));
}

/** Prices, sequences, client order ids and accounts that differ from the others in one bit each: deep paths. */
function deepMatching({ state, instruments }: WorstMaterial): WorstChunk {
  const taker = actor(6_401);
  equip(state, taker, instruments(2));
  widenBand(state, books.deep);
  for (let bit = 0; bit < 35; bit++) {
    const maker = actor(bit < 13 ? 2 ** bit : 4_096 * (bit < 24 ? 1 : 2) + 2 ** ((bit - 13) % 11));
    equip(state, maker, instruments(2), 1);
    rest(state, maker, books.deep, 2 ** bit, 2 ** Math.min(bit, 47), 2 ** bit);
  }
  return trade("deep matching", buys(taker, { instrument: books.deep, rank: 2 ** 35, lots: 400 }));
}

/** Gives an instrument the smallest ticks and a mark by which nearly all ranks with 35 bits may be traded at. */
function widenBand(state: OrderedStore, number: number): void {
  const instrument = instrumentNumber(number);
  const lot = quantity(1e10);
  const terms = decodeInstrument(state.peek(instrumentKey(instrument))!);
  state.put(instrumentKey(instrument), encodeInstrument({ ...terms, tick: price(1), lot }));
  const market = decodeMarket(state.peek(marketKey(instrument))!);
  state.put(marketKey(instrument), encodeMarket({ ...market, lot, mark: 60_000_000_000_000n }));
}

/** A taker and a maker with as many positions as may be, each of which, and its mark, lies as deep as its table allows. */
function deepPositions({ state }: WorstMaterial): WorstChunk {
  const held = Array.from({ length: MAX_POSITIONS }, (_, place) => listDeep(state, place));
  const [maker, taker] = [actor(0x2aaa_aaaa), actor(0x1999_9999)];
  for (const trader of [maker, taker]) openDeep(state, trader, held, trader === maker ? 1 : 0);
  rest(state, maker, held[0]!, rank, 7, 1);
  const order = buys(taker, { instrument: held[0]!, rank, lots: 1 }, MANY);
  return trade("64 and 64 positions, deep", order);
}

/** Orders of as many accounts as fit. */
function crowd({ state, instruments }: WorstMaterial): WorstChunk {
  const universe = instruments(64);
  const traders = Array.from({ length: 60 }, (_, place) => actor(101 + 154 * place));
  for (const [place, trader] of traders.entries()) {
    equip(
      state,
      trader,
      universe.filter((_, index) => (index + place) % 8 === 0),
    );
  }
  return trade("accounts of 8 positions", (desk) =>
    traders.map((trader, place) =>
      desk.order(trader, {
        instrument: universe[place >> 1]!,
        side: place % 2,
        rank,
        lots: 10,
        timeInForce: place % 2,
      }),
    ),
  );
}

/** Replacements of as many accounts as fit. */
function replacements({ state, instruments }: WorstMaterial): WorstChunk {
  const traders = Array.from({ length: 60 }, (_, place) => actor(109 + 154 * place));
  for (const [place, trader] of traders.entries()) {
    equip(state, trader, instruments(4), 1);
    rest(state, trader, books.replaced, 1_000 + place, 100 + place, 2 ** (place % 32));
  }
  return trade(
    "replacements",
    (desk) =>
      traders.map((trader, place) =>
        desk.replace(trader, 2 ** (place % 32), {
          instrument: books.replaced,
          side: place % 2,
          rank: 1_500 - place,
          lots: 10,
          clientOrderId: place,
        }),
      ),
    // Some have been met by an earlier one when it is their turn.
    [Reason.Ok, Reason.UnknownOrder],
  );
}

/** As many orders as a chunk may have bytes for, of accounts that lie apart, each signed by somebody else. */
function refusals(): WorstChunk {
  const { signer } = actor(99_999);
  const count = Math.floor(MAX_CHUNK_BYTES / ORDER_BYTES);
  const terms = { instrument: 1, side: Side.buy, rank: 1, lots: 1 };
  return trade(
    "refused orders",
    (desk) => Array.from({ length: count }, (_, place) => desk.order({ number: 3 * place + 1, signer }, terms)),
    [Reason.BadSignature],
  );
}
