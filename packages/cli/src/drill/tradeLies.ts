import {
  accountKey,
  accountOrderKey,
  bookKey,
  decodeAccount,
  decodeMarket,
  encodeAccount,
  encodeMarket,
  marketKey,
  readRestingOrders,
} from "@recourse/engine";
import {
  accountNumber,
  price as asPrice,
  ChunkKind,
  decodeTransaction,
  encodeTransaction,
  instrumentNumber,
  type Order,
  POST_ONLY_OPTION,
  priceRank,
  type Report,
  Side,
  TimeInForce,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { addCash, type Bend, bent, signedBy } from "./bending.ts";
import { between } from "./chance.ts";
import { chunkOf } from "./draft.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import type { Participant } from "./market.ts";
import { oracles } from "./world.ts";

/** Puts the transactions that matter among others, and tells a lie about some of them. */
export function amidBustle(
  scene: Scene,
  instrument: number,
  key: readonly Uint8Array[],
  bends: ReadonlyMap<number, Bend>,
  variant: string,
): Staged {
  const { random, world, state } = scene;
  const ahead = world.market.bustle(state, between(random, 0, 5), [instrument]);
  const behind = world.market.bustle(state, between(random, 0, 5), [instrument]);
  const chunk = chunkOf(ChunkKind.trade, [...ahead, ...key, ...behind]);
  const shifted = new Map([...bends].map(([place, bend]) => [ahead.length + place, bend] as const));
  return { chunk, lie: bent(shifted), variant };
}

/** Two offers in a quiet book, and somebody who takes some of what is offered. */
export function offersAndTaker({ world, random, state }: Scene, isSamePrice = false) {
  const { market } = world;
  const { desk } = market;
  const { instrument, bid, ask } = market.quietBook(state);
  const side = random.below(2);
  const [first, second, taker] = distinct(() => market.someone("rich"), 3) as [Participant, Participant, Participant];
  // The better price is the higher one where bids rest.
  const ranks = side === Side.buy ? [bid + 2, bid + 4] : [ask - 2, ask - 4];
  const [better, worse] = isSamePrice ? [ranks[0]!, ranks[0]!] : [ranks[1]!, ranks[0]!];
  const lots = between(random, 2, 20);
  const offers = [
    desk.order(first, { instrument, side, rank: better, lots }),
    desk.order(second, { instrument, side, rank: worse, lots }),
  ];
  const taking = { instrument, side: 1 - side, rank: worse, lots: between(random, 1, lots), immediate: true };
  return { instrument, side, better, first, second, taker, lots, offers, taking };
}

/** So many different ones. */
export function distinct<Item>(make: () => Item, count: number): Item[] {
  const items = new Set<Item>();
  while (items.size < count) items.add(make());
  return [...items];
}

const orderOf = (bytes: Uint8Array): Order => decodeTransaction(bytes)!.transaction as Order;

/** An order, a report or a mark at another price than it names. */
const price: Staging = (scene) => {
  const { world, turn, draft } = scene;
  if (turn % 3 !== 0 && draft.time > draft.clock) return turn % 3 === 1 ? reportedPrice(scene) : markedPrice(scene);
  const { offers, taker, taking, instrument, side } = offersAndTaker(scene);
  const order = world.market.desk.order(taker, { ...taking, immediate: false, lots: taking.lots + 40 });
  const terms = orderOf(order);
  // What is left of it comes to rest one rank off.
  const shift = side === Side.buy ? 1 : -1;
  const other = encodeTransaction({ ...terms, priceRank: priceRank(terms.priceRank + shift) });
  const bends = new Map([[2, { instead: [other], recover: signedBy(taker.signer.address) }]]);
  return amidBustle(scene, instrument, [...offers, order], bends, "an order at another price");
};

/** A report of one index, taken as if it named another. */
function reportedPrice({ world, random, draft }: Scene): Staged {
  const { market } = world;
  const underlying = between(random, 1, 3);
  const report = market.report(underlying, draft.time);
  const terms = decodeTransaction(report)!.transaction as Report;
  const index = asPrice(Math.round(terms.index * 1.1));
  let asked = 0;
  const recover = () => oracles[asked++]!.address;
  const bend: Bend = { instead: [encodeTransaction({ ...terms, index })], recover };
  const chunk = chunkOf(ChunkKind.risk, [market.desk.tick(draft.time), report]);
  return { chunk, lie: bent(new Map([[1, bend]])), variant: "another index than reported" };
}

/** An instrument marked, and its mark then moved. */
function markedPrice(scene: Scene): Staged {
  const { world, draft, state } = scene;
  const { market } = world;
  const { instrument } = market.quietBook(state);
  const key = marketKey(instrumentNumber(instrument));
  const bend: Bend = {
    after: (store) => {
      const mark = decodeMarket(store.peek(key)!);
      store.put(key, encodeMarket({ ...mark, mark: mark.mark + 1n }));
    },
  };
  const chunk = chunkOf(ChunkKind.risk, [market.desk.tick(draft.time), market.desk.mark(instrument)]);
  return { chunk, lie: bent(new Map([[1, bend]])), variant: "a mark one unit higher" };
}

/** Takes a resting order out of the state, as if it were not there. */
export function hideOrder(store: OrderedStore, account: number, clientOrderId: number): () => void {
  const number = accountNumber(account);
  const listKey = accountOrderKey(number, clientOrderId);
  const place = store.peek(listKey)!;
  const resting = readRestingOrders(store, number).find((order) => order.clientOrderId === clientOrderId)!;
  const sequence = place.subarray(9).reduce((sum, byte) => sum * 256 + byte, 0);
  const key = bookKey(instrumentNumber(resting.instrument), resting.side, resting.priceRank, sequence);
  const value = store.peek(key)!;
  const count = (change: number) => {
    const record = decodeAccount(store.peek(accountKey(number))!);
    store.put(accountKey(number), encodeAccount({ ...record, restingOrders: record.restingOrders + change }));
  };
  store.delete(key);
  store.delete(listKey);
  count(-1);
  return () => {
    store.put(key, value);
    store.put(listKey, place);
    count(1);
  };
}

/** An order's options are passed over: a post-only one takes, one to fill or kill is filled in part. */
function optionIgnored(scene: Scene): Staged {
  const { offers, taker, taking, instrument, lots } = offersAndTaker(scene);
  const { desk } = scene.world.market;
  const isPostOnly = scene.turn % 8 === 3;
  const order = isPostOnly
    ? desk.order(taker, { ...taking, timeInForce: TimeInForce.goodTilCancelled, options: POST_ONLY_OPTION })
    : desk.order(taker, { ...taking, timeInForce: TimeInForce.fillOrKill, lots: 3 * lots });
  const terms = orderOf(order);
  const plain = { ...terms, options: 0, timeInForce: isPostOnly ? terms.timeInForce : TimeInForce.immediateOrCancel };
  const bend: Bend = { instead: [encodeTransaction(plain)], recover: signedBy(taker.signer.address) };
  const variant = isPostOnly ? "a post-only order takes" : "to fill or kill, filled in part";
  return amidBustle(scene, instrument, [...offers, order], new Map([[2, bend]]), variant);
}

/** The taker meets the worse of two orders, or the later of two at one price, or what it was not to meet. */
const outOfTurn: Staging = (scene) => {
  if (scene.turn % 4 === 3) return optionIgnored(scene);
  const { offers, first, taker, taking, instrument } = offersAndTaker(scene, scene.turn % 2 === 1);
  const { desk } = scene.world.market;
  const id = orderOf(offers[0]!).clientOrderId;
  let restore = () => {};
  const bend: Bend = {
    before: (store) => {
      restore = hideOrder(store, first.number, id);
    },
    after: () => restore(),
  };
  const order = desk.order(taker, taking);
  const variant = scene.turn % 2 === 1 ? "the later order first" : "the worse price first";
  return amidBustle(scene, instrument, [...offers, order], new Map([[2, bend]]), variant);
};

const RICHES = 2 ** 42;

/** An order, or a withdrawal, that the account's margin does not allow. */
const margin: Staging = (scene) => {
  const { world, random, turn } = scene;
  const { market } = world;
  const { desk } = market;
  const poor = market.someone("poor");
  if (turn % 3 === 2) {
    const bend: Bend = {
      before: (store) => addCash(store, poor.number, RICHES),
      after: (store) => addCash(store, poor.number, -RICHES),
    };
    const withdrawal = desk.withdraw(poor, between(random, 3_000, 9_000) * 1_000_000);
    return {
      chunk: chunkOf(ChunkKind.risk, [withdrawal]),
      lie: bent(new Map([[0, bend]])),
      variant: "of a withdrawal",
    };
  }
  const { instrument, bid, ask } = market.quietBook(scene.state);
  const side = random.below(2);
  const rank = Math.floor((bid + ask) / 2);
  const lots = between(random, 20_000, 40_000);
  const rich = market.someone("rich");
  const [maker, taker] = turn % 3 === 0 ? [rich, poor] : [poor, rich];
  const orders = [
    desk.order(maker, { instrument, side, rank, lots }),
    desk.order(taker, { instrument, side: 1 - side, rank, lots, immediate: true }),
  ];
  // Both may lack the margin for so much: the lie is that neither is looked at.
  const lend = (store: OrderedStore, amount: number) => {
    for (const { number } of [maker, taker]) addCash(store, number, amount);
  };
  const bend: Bend = {
    before: (store) => lend(store, RICHES),
    after: (store) => lend(store, -RICHES),
  };
  const variant = turn % 3 === 0 ? "of a taker" : "of a maker";
  return amidBustle(scene, instrument, orders, new Map([[1, bend]]), variant);
};

/** A cancelled order is in the book again, or has never left it and is filled; cancelled by itself, with all, or replaced. */
const broughtBack: Staging = (scene) => {
  const { offers, first, taker, taking, instrument, side, better } = offersAndTaker(scene);
  const { desk } = scene.world.market;
  const id = orderOf(offers[0]!).clientOrderId;
  const away = side === Side.buy ? better - 5 : better + 5;
  const [way, cancel] = [
    ["cancelled", () => desk.cancel(first, id)] as const,
    ["cancelled with all", () => desk.cancelAll(first, instrument)] as const,
    ["replaced", () => desk.replace(first, id, { instrument, side, rank: Math.max(1, away), lots: 1 })] as const,
  ][scene.turn % 3]!;
  const isMet = scene.turn % 2 === 1;
  const orders = [...offers, cancel(), ...(isMet ? [desk.order(taker, taking)] : [])];
  const variant = `${way}, ${isMet ? "and filled" : "and rests"}`;
  return amidBustle(scene, instrument, orders, new Map([[2, { instead: [] }]]), variant);
};

export const tradeLies = {
  price,
  "matching out of turn": outOfTurn,
  "margin check skipped": margin,
  "cancelled order brought back": broughtBack,
};
