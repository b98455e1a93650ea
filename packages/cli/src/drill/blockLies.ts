import { accountOrderKey } from "@recourse/engine";
import {
  accountNumber,
  type BlockTrade,
  ChunkKind,
  decodeTransaction,
  encodeTransaction,
  lots,
  priceRank,
  type Quotes,
  Side,
} from "@recourse/protocol";
import { forgetNonces } from "./admissionLies.ts";
import { type Bend, signedBy, signedInTurnBy, withRiches } from "./bending.ts";
import { tradableInstruments } from "./books.ts";
import { between, shuffled } from "./chance.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import type { Participant } from "./market.ts";
import { prelude, staged } from "./scenes.ts";
import { hideOrder } from "./tradeLies.ts";

/** Lies about block trades and quotes. */

const blockOf = (bytes: Uint8Array) => decodeTransaction(bytes)!.transaction as BlockTrade;
const quotesOf = (bytes: Uint8Array) => decodeTransaction(bytes)!.transaction as Quotes;

/** A block of two to four legs at their marks between two who can afford it. */
function block(scene: Scene, most: number, wealth: Participant["wealth"] = "rich") {
  const { draft, world, random } = scene;
  const { market } = world;
  const taker = market.someone("rich");
  const maker = market.someone(wealth, taker);
  const legs = shuffled(random, tradableInstruments(draft.state))
    .slice(0, between(random, 2, 4))
    .sort((left, right) => left.instrument - right.instrument)
    .map(({ instrument, fair }) => ({ instrument, side: random.below(2), rank: fair, lots: between(random, 1, most) }));
  const others = market.bustle(draft.state, between(random, 0, 3));
  return { taker, maker, legs, others, bytes: market.desk.blockTrade(taker, maker, legs) };
}

const blockTrade: Staging = (scene): Staged => {
  const { desk } = scene.world.market;
  const stage = (transactions: readonly Uint8Array[], place: number, bend: Bend, variant: string) =>
    staged(ChunkKind.block, transactions, { [place]: bend }, variant);
  const { taker, maker, legs, bytes } = block(scene, 20);
  const recover = signedInTurnBy(taker.signer.address, maker.signer.address);
  const terms = blockOf(bytes);
  switch (scene.turn % 7) {
    case 0: {
      const instead = [encodeTransaction({ ...terms, legs: terms.legs.slice(1) })];
      return stage([bytes], 0, { instead, recover }, "a leg is missing");
    }
    case 1: {
      const forged = desk.blockTrade(taker, { ...maker, signer: taker.signer }, legs);
      return stage([bytes, forged], 1, { recover }, "the maker has not signed");
    }
    case 2: {
      const poor = block(scene, 20, "poor");
      const large = legs.map((leg) => ({ ...leg, lots: 30_000 }));
      const order = desk.blockTrade(poor.taker, poor.maker, large);
      return stage([order], 0, withRiches(poor.taker.number, poor.maker.number), "a margin passed over");
    }
    case 3: {
      const before = (store: Parameters<typeof forgetNonces>[0]) => {
        forgetNonces(store, taker.number);
        forgetNonces(store, maker.number);
      };
      return stage([bytes, bytes], 1, { before }, "twice");
    }
    case 4: {
      const turned = terms.legs.map((leg, place) => (place === 0 ? { ...leg, side: 1 - leg.side } : leg));
      return stage([bytes], 0, { instead: [encodeTransaction({ ...terms, legs: turned })], recover }, "a leg turned");
    }
    case 5: {
      const before = (store: Parameters<typeof forgetNonces>[0]) => forgetNonces(store, maker.number);
      const again = desk.blockTrade(taker, maker, legs);
      const same = { ...blockOf(again), makerNonce: terms.makerNonce, deadline: terms.deadline };
      const both = signedInTurnBy(taker.signer.address, maker.signer.address);
      const bend: Bend = { before, recover: both };
      return stage([bytes, encodeTransaction(same)], 1, bend, "the maker's nonce used twice");
    }
    default:
      return stage([bytes], 0, { instead: [] }, "left out");
  }
};

/** Quotes of a quiet book, and of another. */
const quotes: Staging = (scene): Staged => {
  const { draft, world, random } = scene;
  const { market } = world;
  const { desk } = market;
  const { instrument, bid, ask } = market.quietBook(draft.state);
  const trader = market.someone("rich");
  const middle = Math.floor((bid + ask) / 2);
  const quote = (bidRank: number, askRank: number) => ({
    instrument,
    bid: { rank: bidRank, lots: between(random, 1, 9) },
    ask: { rank: askRank, lots: between(random, 1, 9) },
  });
  const stage = (transactions: readonly Uint8Array[], place: number, bend: Bend, variant: string) =>
    staged(ChunkKind.block, transactions, { [place]: bend }, variant);
  const plain = desk.quotes(trader, [quote(middle - 1, middle + 1)]);
  const recover = signedBy(trader.signer.address);
  switch (scene.turn % 4) {
    case 0: {
      const other = market.someone("rich", trader);
      const id = desk.nextNumber;
      const offer = desk.order(other, { instrument, side: Side.sell, rank: middle, lots: 5, clientOrderId: id });
      prelude(scene, ChunkKind.trade, [offer]);
      let restore = () => {};
      const bend: Bend = {
        before: (store) => {
          restore = store.peek(accountOrderKey(accountNumber(other.number), id))
            ? hideOrder(store, other.number, id)
            : restore;
        },
        after: () => restore(),
      };
      return stage([desk.quotes(trader, [quote(middle + 1, middle + 3)])], 0, bend, "that cross what rests");
    }
    case 1: {
      const terms = quotesOf(plain);
      const oneSided = terms.quotes.map((each) => ({ ...each, askPriceRank: priceRank(0), askLots: lots(0) }));
      return stage(
        [plain],
        0,
        { instead: [encodeTransaction({ ...terms, quotes: oneSided })], recover },
        "a side left out",
      );
    }
    case 2:
      return stage([plain, desk.quotes(trader, [quote(middle - 2, middle + 2)])], 1, { instead: [] }, "not replaced");
    default: {
      const terms = quotesOf(plain);
      const better = terms.quotes.map((each) => ({ ...each, bidPriceRank: priceRank(each.bidPriceRank - 1) }));
      return stage(
        [plain],
        0,
        { instead: [encodeTransaction({ ...terms, quotes: better })], recover },
        "at another price",
      );
    }
  }
};

export const blockLies = { "block trade": blockTrade, quotes };
