import { accountKey, accountOrderKey, bookKey, encodeAccount, encodeBookRecord, readAccount } from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  FIRST_QUOTE_ID,
  instrumentNumber,
  MAX_LEGS,
  MAX_POSITIONS,
  MAX_QUOTES,
  priceRank,
  Reason,
  Side,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { QuoteTerms } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import { actor, equip, keyHolder, listDeep, openDeep } from "./worstState.ts";

/** The rank of every instrument's mark. */
const fair = 30_000;

/** More blocks, or quotes, than a chunk has room for. */
const MANY = 40;

/** Block trades and quotes. */
export function worstBlockChunks(material: WorstMaterial): WorstChunk[] {
  return [
    ...manyPositions(material),
    deepBlock(material),
    ...refusedBlocks(material),
    ...manyQuotes(material),
    deepQuotes(material),
    refusedQuotes(material),
  ];
}

function block(
  name: string,
  transactions: WorstChunk["transactions"],
  reasons: WorstChunk["reasons"] = allOk,
): WorstChunk {
  return { name, kind: ChunkKind.block, transactions, reasons };
}

const legsOf = (instruments: readonly number[], lots = 1) =>
  [...instruments]
    .sort((left, right) => left - right)
    .map((instrument, place) => ({ instrument, side: place & 1, rank: fair, lots }));

/** Two parties of as many positions as may be, of the same and of others, and as many legs as may be. */
function manyPositions({ state, instruments }: WorstMaterial): WorstChunk[] {
  return (["shared", "apart"] as const).map((name, place) => {
    const [maker, taker] = [actor(5_500 + 101 * place), actor(6_501 + 101 * place)];
    const held = instruments(MAX_POSITIONS);
    const others = instruments(3 * MAX_POSITIONS).filter((instrument) => !held.includes(instrument));
    equip(state, taker, held);
    const legs = held.slice(0, MAX_LEGS);
    equip(state, maker, name === "shared" ? held : [...legs, ...others.slice(0, MAX_POSITIONS - MAX_LEGS)]);
    return block(`blocks of 64 and 64 positions, ${name}`, (desk) =>
      Array.from({ length: MANY }, () => desk.blockTrade(taker, maker, legsOf(legs))),
    );
  });
}

/** Legs, accounts, session keys and nonces on the deepest paths; all positions are new. */
function deepBlock({ state }: WorstMaterial): WorstChunk {
  const [maker, taker] = [actor(0x5655_5555), actor(0x2a6a_aaaa)];
  for (const party of [maker, taker]) openDeep(state, party, []);
  const listed = Array.from({ length: MAX_LEGS }, (_, place) => listDeep(state, place));
  return block("a deep block, by session keys", (desk) => [
    desk.blockTrade(keyHolder(taker), keyHolder(maker), legsOf(listed)),
  ]);
}

/** Blocks of which it is found out last that a party has not the margin, or that the maker has not signed. */
function refusedBlocks({ state, instruments }: WorstMaterial): WorstChunk[] {
  const [maker, taker] = [actor(5_702), actor(6_703)];
  const held = instruments(24);
  equip(state, taker, held);
  equip(state, maker, held);
  const account = accountNumber(maker.number);
  const record = readAccount(state, account)!;
  state.put(accountKey(account), encodeAccount({ ...record, cash: 0 as typeof record.cash }));
  const poor = actor(5_703);
  equip(state, poor, []);
  return [
    block(
      "blocks without margin",
      (desk) => Array.from({ length: MANY }, () => desk.blockTrade(taker, maker, legsOf(held.slice(0, 2), 1_000))),
      [Reason.CounterpartyMargin],
    ),
    block(
      "blocks that the maker has not signed",
      (desk) => Array.from({ length: 70 }, () => desk.blockTrade(poor, { ...poor, number: maker.number }, legsOf([1]))),
      [Reason.BadSignature],
    ),
  ];
}

const around = (instrument: number, half: number): QuoteTerms => ({
  instrument,
  bid: { rank: fair - half, lots: 10 },
  ask: { rank: fair + half, lots: 10 },
});

/** Quotes of as many instruments as may be, new and replaced, in books of some depth; and of few, again and again. */
function manyQuotes({ state, instruments }: WorstMaterial): WorstChunk[] {
  const quoted = instruments(MAX_QUOTES).sort((left, right) => left - right);
  for (const instrument of quoted) for (let place = 0; place < 20; place++) crowd(state, instrument, place);
  const [first, second] = [actor(7_899), actor(7_903)];
  for (const holder of [first, second]) equip(state, holder, []);
  return [
    block("quotes of 32 instruments, new and replaced", (desk) =>
      [20, 30, 40].map((half) =>
        desk.quotes(
          first,
          quoted.map((instrument) => around(instrument, half)),
        ),
      ),
    ),
    block("quotes of one instrument, again and again", (desk) =>
      Array.from({ length: 110 }, (_, place) => desk.quotes(second, [around(quoted[0]!, 20 + place)])),
    ),
  ];
}

/** Puts an order of some account into each side of a book, away from the mark. */
function crowd(state: OrderedStore, instrument: number, place: number): void {
  for (const side of [Side.buy, Side.sell]) {
    const account = accountNumber(1 + ((instrument * 31 + place * 17 + side) % 11_000));
    const rank = side === Side.buy ? fair - 500 - 7 * place : fair + 500 + 7 * place;
    const key = bookKey(instrumentNumber(instrument), side, priceRank(rank), 10_000 + place);
    const order = { account, clientOrderId: instrument, lots: 10, goodTill: 0, era: 0, isReduceOnly: false };
    state.put(key, encodeBookRecord(order));
  }
}

/** What lies beside other paths is never read, so that one value does for all tables. */
const beside = new Uint8Array(32);

/**
 * Makes the path of a key deep: beside each bit of some of its bytes another key.
 * @param least no other key comes before this one
 */
function deepen(state: OrderedStore, key: Uint8Array, firstByte: number, endByte: number, least?: Uint8Array): void {
  for (let byte = firstByte; byte < endByte; byte++) {
    for (let bit = 0; bit < 8; bit++) {
      const other = key.slice();
      other[byte]! ^= 1 << bit;
      const isBefore = least !== undefined && Buffer.compare(other, least) < 0;
      if (!isBefore && state.peek(other) === undefined) state.put(other, beside);
    }
  }
}

/** Old quotes, the first orders of both sides and the places of the new quotes, all on paths as deep as they can be. */
function deepQuotes({ state }: WorstMaterial): WorstChunk {
  const holder = actor(0x5255_5555);
  const account = accountNumber(holder.number);
  openDeep(state, holder, []);
  const listed = Array.from({ length: 10 }, (_, place) => listDeep(state, place)).sort((left, right) => left - right);
  for (const number of listed) {
    const instrument = instrumentNumber(number);
    for (const side of [Side.buy, Side.sell]) {
      const sign = side === Side.buy ? -1 : 1;
      const at = (away: number, sequence: number) => bookKey(instrument, side, priceRank(fair + sign * away), sequence);
      const best = at(100, 0x5555_5555);
      const order = { account: accountNumber(1), clientOrderId: 1, lots: 10, goodTill: 0, era: 0, isReduceOnly: false };
      state.put(best, encodeBookRecord(order));
      const clientOrderId = FIRST_QUOTE_ID + 2 * number + side;
      const old = at(8_000, 0x2aaa_aaaa);
      state.put(old, encodeBookRecord({ ...order, account, clientOrderId }));
      state.put(accountOrderKey(account, clientOrderId), old.slice(1));
      deepen(state, accountOrderKey(account, clientOrderId), 1, 9);
      for (const key of [best, old, at(4_000, 1_000_000)]) deepen(state, key, 5, 16, best);
      deepen(state, best, 1, 4);
    }
  }
  const record = readAccount(state, account)!;
  state.put(accountKey(account), encodeAccount({ ...record, restingOrders: 2 * listed.length }));
  return block("deep quotes, by session key", (desk) => [
    desk.quotes(
      keyHolder(holder),
      listed.map((instrument) => around(instrument, 4_000)),
    ),
  ]);
}

/** Quotes that all would trade at once. */
function refusedQuotes({ state, instruments }: WorstMaterial): WorstChunk {
  const holder = actor(7_907);
  equip(state, holder, []);
  const quoted = instruments(MAX_QUOTES).sort((left, right) => left - right);
  for (const instrument of quoted) crowd(state, instrument, 0);
  const crossing = quoted.map((instrument) => ({ instrument, bid: { rank: fair + 900, lots: 10 } }));
  return block(
    "quotes that would trade",
    (desk) => Array.from({ length: MANY }, () => desk.quotes(holder, crossing.slice(0, 10))),
    [Reason.WouldCross],
  );
}
