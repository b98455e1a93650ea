import { ChunkKind, concatBytes, MAX_CONDITIONAL_AHEAD_SECONDS, MAX_PRICE } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import {
  type OrderFields,
  signedConditional,
  signedRevoke,
  signedSession,
  signer,
} from "../../../test/support/world.ts";
import { moveTo } from "./blockMarket.ts";
import {
  buy,
  fillsOf,
  freshNumber,
  immediate,
  keys,
  market,
  perpetual,
  positionOf,
  run,
  sell,
  start,
  tick,
  trade,
} from "./market.ts";

const usd = 1_0000_0000;
const later = start + 1_000_000;

type ConditionalFields = Partial<OrderFields> & { era?: number; triggerPrice: number; triggerDirection?: number };

/** An immediate order of account 2, signed for long ahead. */
function conditional(side: number, rank: number, lots: number, changes: ConditionalFields): Uint8Array {
  const nonce = freshNumber();
  const own = { account: 2, key: keys[1]!, instrument: perpetual, side, rank, lots, deadline: later, nonce };
  return signedConditional({ ...own, ...immediate, ...changes });
}

/** Sells when the mark is at 7,900 USD or below. */
const stopLoss = (changes: Partial<ConditionalFields> = {}) =>
  conditional(1, 780_000, 5, { triggerPrice: 7_900 * usd, triggerDirection: 1, ...changes });

const revoke = (deadline: number, nonce: number, changes: Partial<OrderFields> = {}) =>
  signedRevoke({
    account: 2,
    key: keys[1]!,
    deadline: start + 60,
    nonce: freshNumber(),
    revokedDeadline: deadline,
    revokedNonce: nonce,
    ...changes,
  });

/** A market at 7,961 USD in which somebody buys at 7,850 USD, and account 2 holds 5 lots. */
function withBids(): OrderedStore {
  const store = market();
  trade(store, sell(1, 796_100, 5), buy(2, 796_100, 5), buy(3, 785_000, 100));
  expect(positionOf(store, 2)).toBe(5);
  return store;
}

describe("A conditional order", () => {
  it("is executed once the mark is at its trigger price, by whoever submits it, and then no more", () => {
    const store = withBids();
    const order = stopLoss();
    expect(trade(store, order).reasons).toEqual(["TriggerNotReached"]);
    moveTo(store, start + 10, 7_900 * usd + 1_0000, [perpetual]);
    expect(trade(store, order).reasons).toEqual(["TriggerNotReached"]);
    moveTo(store, start + 20, 7_900 * usd, [perpetual]);
    const result = trade(store, order);
    expect(fillsOf(result)).toEqual([{ maker: 3, rank: 785_000, lots: 5 }]);
    expect(positionOf(store, 2)).toBe(0);
    expect(trade(store, order).reasons).toEqual(["NonceUsed"]);
  });

  it("waits from either side", () => {
    const store = withBids();
    const takeProfit = conditional(1, 790_000, 5, { triggerPrice: 8_000 * usd });
    expect(trade(store, takeProfit).reasons).toEqual(["TriggerNotReached"]);
    moveTo(store, start + 10, 8_000 * usd, [perpetual]);
    trade(store, buy(3, 799_000, 5));
    expect(trade(store, stopLoss()).reasons).toEqual(["TriggerNotReached"]);
    expect(fillsOf(trade(store, takeProfit))).toEqual([{ maker: 3, rank: 799_000, lots: 5 }]);
  });

  it("is judged by the mark, not by a report that the mark does not follow, nor by an old mark", () => {
    const store = withBids();
    moveTo(store, start + 10, 7_800 * usd, []);
    const order = stopLoss({ options: 2 });
    expect(trade(store, order).reasons).toEqual(["TriggerNotReached"]);
    moveTo(store, start + 20, 7_800 * usd, [perpetual]);
    tick(store, start + 20 + 3_601);
    // Even where it may only close a position, as it cannot be known whether its condition holds.
    expect(trade(store, order).reasons).toEqual(["MarkTooOld"]);
    moveTo(store, start + 4_000, 7_800 * usd, [perpetual]);
    expect(fillsOf(trade(store, order))).toHaveLength(1);
  });

  it("is void in a later era", () => {
    const store = withBids();
    moveTo(store, start + 10, 7_900 * usd, [perpetual]);
    expect(run(store, ChunkKind.trade, stopLoss(), { era: 1 }).reasons).toEqual(["EraPassed"]);
    expect(run(store, ChunkKind.trade, stopLoss({ era: 2 }), { era: 1 }).reasons).toEqual(["EraPassed"]);
    const bid = buy(3, 785_000, 100);
    expect(run(store, ChunkKind.trade, concatBytes(bid, stopLoss({ era: 1 })), { era: 1 }).reasons).toEqual([
      "Ok",
      "Ok",
    ]);
  });

  it("may be signed thirty days ahead, where orders may ten minutes", () => {
    const store = withBids();
    const last = start + MAX_CONDITIONAL_AHEAD_SECONDS;
    expect(trade(store, stopLoss({ deadline: last })).reasons).toEqual(["TriggerNotReached"]);
    expect(trade(store, stopLoss({ deadline: last + 1 })).reasons).toEqual(["DeadlineTooFar"]);
    expect(trade(store, stopLoss({ deadline: start - 1 })).reasons).toEqual(["DeadlinePassed"]);
    expect(trade(store, buy(1, 785_000, 1, { deadline: start + 601 })).reasons).toEqual(["DeadlineTooFar"]);
  });

  it("is refused where its fields are none, and otherwise judged as an order is", () => {
    const store = withBids();
    const reached = { triggerPrice: 1, triggerDirection: 0 };
    for (const changes of [
      { ...reached, triggerPrice: 0 },
      { ...reached, triggerPrice: MAX_PRICE },
      { ...reached, triggerDirection: 2 },
      { ...reached, timeInForce: 3 },
      { ...reached, lots: 0 },
      { ...reached, clientOrderId: 0xfc00_0000 },
    ]) {
      expect(trade(store, conditional(1, 780_000, 5, changes)).reasons).toEqual(["MalformedOrder"]);
    }
    const reasonOf = (rank: number, lots: number, changes: Partial<ConditionalFields> = {}) =>
      trade(store, conditional(1, rank, lots, { ...reached, ...changes })).reasons[0];
    expect(reasonOf(780_000, 5, { instrument: 9 })).toBe("UnknownInstrument");
    expect(reasonOf(700_000, 5)).toBe("OutsidePriceBand");
    expect(reasonOf(790_000, 5)).toBe("NotFilled");
    expect(reasonOf(780_000, 200, { timeInForce: 2 })).toBe("NotFilled");
    expect(reasonOf(790_000, 5, { timeInForce: 0 })).toBe("Ok");
  });

  it("can be signed by a session key that may trade, and by no other", () => {
    const store = withBids();
    const session = signer(50);
    const owner = { account: 2, key: keys[1]!, deadline: start + 60 };
    for (const [number, scope] of [
      [1, 1],
      [2, 2],
    ] as const) {
      const terms = { number, address: session.address, scope, expiry: later };
      expect(trade(store, signedSession({ ...owner, nonce: freshNumber(), ...terms })).reasons).toEqual(["Ok"]);
    }
    moveTo(store, start + 10, 7_900 * usd, [perpetual]);
    expect(trade(store, stopLoss({ key: session, signer: 2 })).reasons).toEqual(["OutOfScope"]);
    expect(trade(store, stopLoss({ key: session, signer: 1 })).reasons).toEqual(["Ok"]);
  });
});

describe("A revocation", () => {
  it("makes what was signed void, before it is executed", () => {
    const store = withBids();
    const nonce = freshNumber();
    const order = stopLoss({ nonce });
    expect(trade(store, revoke(later, nonce)).reasons).toEqual(["Ok"]);
    moveTo(store, start + 10, 7_900 * usd, [perpetual]);
    expect(trade(store, order).reasons).toEqual(["NonceUsed"]);
    expect(trade(store, revoke(later, nonce)).reasons).toEqual(["NonceUsed"]);
    expect(positionOf(store, 2)).toBe(5);
  });

  it("comes too late where that has been executed", () => {
    const store = withBids();
    const nonce = freshNumber();
    moveTo(store, start + 10, 7_900 * usd, [perpetual]);
    expect(trade(store, stopLoss({ nonce })).reasons).toEqual(["Ok"]);
    expect(trade(store, revoke(later, nonce)).reasons).toEqual(["NonceUsed"]);
  });

  it("uses its own nonce as well, and cannot revoke itself", () => {
    const store = withBids();
    const own = { nonce: freshNumber(), deadline: start + 60 };
    const other = freshNumber();
    expect(trade(store, revoke(own.deadline, own.nonce, own)).reasons).toEqual(["MalformedRevocation"]);
    const revocation = revoke(later, other, own);
    expect(trade(store, revocation).reasons).toEqual(["Ok"]);
    expect(trade(store, revocation).reasons).toEqual(["NonceUsed"]);
    // The same number with a deadline of another bucket is another nonce.
    expect(trade(store, revoke(later + 64, other)).reasons).toEqual(["Ok"]);
  });

  it("names a deadline that something may still have", () => {
    const store = withBids();
    const last = start + MAX_CONDITIONAL_AHEAD_SECONDS + 600;
    expect(trade(store, revoke(start - 1, 1)).reasons).toEqual(["MalformedRevocation"]);
    expect(trade(store, revoke(last + 1, 1)).reasons).toEqual(["MalformedRevocation"]);
    expect(trade(store, revoke(start, 60_000), revoke(last, 60_000)).reasons).toEqual(["Ok", "Ok"]);
  });
});
