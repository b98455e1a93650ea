import {
  ChunkKind,
  concatBytes,
  instrumentNumber,
  Reason,
  Side,
  TimeInForce,
  TriggerDirection,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Desk } from "../../packages/cli/src/drill/transactions.ts";
import { lister, oracles } from "../../packages/cli/src/drill/world.ts";
import { actor, equip, rest } from "../../packages/cli/src/drill/worstState.ts";
import { market, perpetual, put, start } from "../../packages/engine/test/market.ts";
import { deploySteps } from "../../test/support/steps.ts";
import { separator } from "../../test/support/world.ts";
import { proveWithinBudget } from "./proofBudget.ts";

/**
 * Chunks that do the same again and again in a small state. All that they visit is touched already and no path is long,
 * so that the units of touches and visits pay for nothing but themselves: what the rules cost must be charged in full.
 */

const rank = 796_100;
const taker = actor(100);
const firstMaker = 101;

/** A book of offers: so many accounts, each with so many orders. */
function book(makers: number, orders: number, changes: Parameters<typeof rest>[6] = {}): OrderedStore {
  const store = market();
  equip(store, taker, []);
  for (let place = 0; place < makers; place++) equip(store, actor(firstMaker + place), [], orders);
  for (let id = 0; id < makers * orders; id++) {
    rest(store, actor(firstMaker + (id % makers)), perpetual, rank, id, id, changes);
  }
  return store;
}

/** A book of offers of the one who buys. */
function ownBook(orders: number): OrderedStore {
  const store = market();
  equip(store, taker, [], orders);
  for (let id = 0; id < orders; id++) rest(store, taker, perpetual, rank, id, id);
  return store;
}

/** As many orders as a chunk may take, each of which goes through a whole book and is then killed. */
function killed(desk: Desk): Uint8Array[] {
  const terms = { instrument: perpetual, side: Side.buy, rank, lots: 100_000, timeInForce: TimeInForce.fillOrKill };
  return Array.from({ length: 60 }, () => desk.order(taker, { ...terms, clientOrderId: 1_000_000 }));
}

const many = <Item>(make: (place: number) => Item, count = 140): Item[] =>
  Array.from({ length: count }, (_, place) => make(place));
const plain = { instrument: perpetual, side: Side.buy, rank, lots: 10 };
const other = actor(101);
const waiting = { era: 0, triggerPrice: 1, triggerDirection: TriggerDirection.atOrBelow };

/** Two accounts that lie near each other, the first of them poor. */
function two(): OrderedStore {
  const store = market();
  equip(store, taker, []);
  equip(store, other, []);
  return store;
}

const marks = (desk: Desk) => Array.from({ length: 120 }, () => desk.mark(instrumentNumber(put)));

const outside = (desk: Desk) => many(() => desk.order(taker, { ...plain, rank: 2 * rank }));
const huge = (desk: Desk) => many(() => desk.order(taker, { ...plain, lots: 2 ** 31 }));
const vain = (desk: Desk) => many(() => desk.conditional(taker, { ...plain, ...waiting }));
const revoked = (desk: Desk) => many((place) => desk.revoke(taker, 40_000 + place, start + 10));
const cancelled = (desk: Desk) => many((place) => desk.cancel(taker, place));
const withdrawals = (desk: Desk) => many(() => desk.withdraw(taker, 5));
const leg = { instrument: perpetual, side: Side.buy, rank, lots: 1 };
const blocksOutside = (desk: Desk) => many(() => desk.blockTrade(taker, other, [{ ...leg, rank: 2 * rank }]), 70);
const blocks = (desk: Desk) => many((place) => desk.blockTrade(taker, other, [{ ...leg, side: place & 1 }]), 70);
const quoteOf = (bid: number) => ({ instrument: perpetual, bid: { rank: bid, lots: 9 } });
const quoted = (desk: Desk) => many((place) => desk.quotes(taker, [quoteOf(rank - place)]), 110);
const quotedOutside = (desk: Desk) => many(() => desk.quotes(taker, [quoteOf(2 * rank)]), 110);
const quotedNothing = (desk: Desk) => many(() => desk.quotes(taker, [{ instrument: perpetual }]), 110);
const houseOrders = (desk: Desk) => many(() => desk.houseOrder(taker, plain));
const providers = (desk: Desk) => many((place) => desk.provider(taker, place & 1));
const liquidations = (desk: Desk) => many(() => desk.liquidate(taker.number, 0), 1_300);
const settles = (desk: Desk) => many(() => desk.settle(taker.number, perpetual), 1_400);
const prunings = (desk: Desk) => many(() => desk.prune(perpetual), 3_000);

describe("what is done again and again in a small state proves within its meter", () => {
  let contract: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contract = await deploySteps();
  });
  afterAll(() => contract.close());

  const dead = { era: 9 };
  const { NotFilled, Ok } = Reason;
  it.each([
    ["one dead order", ChunkKind.trade, () => book(1, 1, dead), killed, NotFilled],
    ["dead orders of 20 accounts", ChunkKind.trade, () => book(20, 1, dead), killed, NotFilled],
    ["dead orders of 70 accounts", ChunkKind.trade, () => book(70, 1, dead), killed, NotFilled],
    ["two dead orders of 40 accounts each", ChunkKind.trade, () => book(40, 2, dead), killed, NotFilled],
    [
      "reduce-only orders without a position",
      ChunkKind.trade,
      () => book(20, 1, { isReduceOnly: true }),
      killed,
      NotFilled,
    ],
    ["own orders", ChunkKind.trade, () => ownBook(60), killed, NotFilled],
    ["fills of one account", ChunkKind.trade, () => book(1, 10), killed, NotFilled],
    ["fills of 5 accounts", ChunkKind.trade, () => book(5, 1), killed, NotFilled],
    ["fills of 30 accounts", ChunkKind.trade, () => book(30, 1), killed, NotFilled],
    ["marks", ChunkKind.risk, market, marks, Ok],
    ["outside the band", ChunkKind.trade, two, outside, Reason.OutsidePriceBand],
    ["too small", ChunkKind.trade, two, huge, Reason.ValueOutOfRange],
    ["that wait in vain", ChunkKind.trade, two, vain, Reason.TriggerNotReached],
    ["revoked", ChunkKind.trade, two, revoked, Ok],
    ["cancelled in vain", ChunkKind.trade, two, cancelled, Reason.UnknownOrder],
    ["withdrawals", ChunkKind.risk, two, withdrawals, Ok],
    ["blocks outside the band", ChunkKind.block, two, blocksOutside, Reason.OutsidePriceBand],
    ["blocks to and fro", ChunkKind.block, two, blocks, Ok],
    ["quotes", ChunkKind.block, two, quoted, Ok],
    ["quotes left out", ChunkKind.block, two, quotedOutside, Reason.OutsidePriceBand],
    ["quotes of nothing", ChunkKind.block, two, quotedNothing, Reason.NothingToCancel],
    ["what the house has not", ChunkKind.house, two, houseOrders, Reason.NoHouseInventory],
    ["providers", ChunkKind.house, two, providers, Ok],
    ["liquidations of nothing", ChunkKind.house, two, liquidations, Reason.NotLiquidatable],
    ["settlements of nothing", ChunkKind.house, two, settles, Reason.NotSettled],
    ["prunings of nothing", ChunkKind.house, two, prunings, Reason.NotSettled],
  ] as const)("%s", async (name, kind, state, transactions, reason) => {
    const desk = new Desk(separator, lister, oracles);
    desk.clock = start;
    const store = state();
    const reasons = await proveWithinBudget(contract, name, store, kind, concatBytes(...transactions(desk)));
    expect(new Set(reasons)).toEqual(new Set([reason]));
  });
});
