import { ChunkKind, concatBytes, instrumentNumber, Reason, Side, TimeInForce } from "@recourse/protocol";
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

const marks = (desk: Desk) => Array.from({ length: 120 }, () => desk.mark(instrumentNumber(put)));

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
  ] as const)("%s", async (name, kind, state, transactions, reason) => {
    const desk = new Desk(separator, lister, oracles);
    desk.clock = start;
    const store = state();
    const reasons = await proveWithinBudget(contract, name, store, kind, concatBytes(...transactions(desk)));
    expect(new Set(reasons)).toEqual(new Set([reason]));
  });
});
