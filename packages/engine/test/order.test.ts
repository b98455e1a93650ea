import { cash, ChunkKind, encodeMessages, price, Reason } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  signedCancel,
  signedListing,
  signedOrder,
  signedReport,
  signedUnderlying,
  signedWithdraw,
  signer,
  tickBytes,
} from "../../../test/support/world.ts";
import { accountMargin, createGenesis, executeChunk, readAccount, readBook, readGlobal, readPositions } from "../src/index.ts";
import { concatBytes } from "@recourse/protocol";

const start = 1_583_971_200;
const expiry = 1_585_296_000; // 27MAR20 08:00
const alice = signer(1);
const bob = signer(2);

function world() {
  const store = createGenesis(genesisParameters);
  executeChunk(store, context(), ChunkKind.bridge, encodeMessages([
    depositMessage(1, alice.address, 1_000_000_000_000),
    depositMessage(2, bob.address, 1_000_000_000_000),
  ]));
  const risk = executeChunk(store, context(), ChunkKind.risk, concatBytes(
    tickBytes(start),
    signedUnderlying({ underlying: 1, symbol: "BTC", deadline: start + 60 }),
    signedListing({ underlying: 1, name: "BTC-PERPETUAL", deadline: start + 60 }),
    signedListing({ underlying: 1, name: "BTC-27MAR20-6000-P", deadline: start + 60 }),
    signedReport({ underlying: 1, time: start, index: 7961_00000000, surfaces: [flatSurface(expiry, price(7970_00000000), 80, start)] }),
    markBytes(1),
    markBytes(2),
  ));
  expect([...risk.reasons]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  return store;
}

describe("orders", () => {
  it("match in price-time priority and move cash and positions", () => {
    const store = world();
    const result = executeChunk(store, context(), ChunkKind.trade, concatBytes(
      signedOrder({ account: 1, key: alice, instrument: 1, side: 1, rank: 796_100, lots: 100, deadline: start + 60, nonce: 1 }),
      signedOrder({ account: 2, key: bob, instrument: 1, side: 0, rank: 796_200, lots: 60, deadline: start + 60, nonce: 1, timeInForce: 1 }),
    ));
    expect([...result.reasons]).toEqual([Reason.Ok, Reason.Ok]);
    expect(result.outcomes[1]!.events[0]).toMatchObject({ type: "fill", lots: 60, priceRank: 796_100, value: 4_776_600_000 });
    expect(readPositions(store, 1 as never)).toEqual([{ instrument: 1, lots: -60 }]);
    expect(readBook(store, 1 as never, 1, 5)).toEqual([{ priceRank: 796_100, lots: 40, orders: 1 }]);
    expect(readAccount(store, 2 as never)!.cash).toBe(1_000_000_000_000 - 4_776_600_000 - 1_432_980);
    expect(readGlobal(store).insurance).toBe(cash(1_432_980 + 477_660));
    console.log(accountMargin(store, 1 as never), result.meter);
  });
  it("withdraw and cancel", () => {
    const store = world();
    const trade = executeChunk(store, context(), ChunkKind.trade, concatBytes(
      signedOrder({ account: 1, key: alice, instrument: 2, side: 1, rank: 5_000, lots: 100, deadline: start + 60, nonce: 1 }),
      signedCancel({ account: 1, key: alice, deadline: start + 60, nonce: 2, clientOrderId: 1 }),
      signedCancel({ account: 1, key: alice, deadline: start + 60, nonce: 3, clientOrderId: 1 }),
    ));
    expect([...trade.reasons]).toEqual([Reason.Ok, Reason.Ok, Reason.UnknownOrder]);
    const risk = executeChunk(store, context(), ChunkKind.risk, signedWithdraw({ account: 2, key: bob, deadline: start + 60, nonce: 1, amount: 5_000_000, recipient: bob.address }));
    expect([...risk.reasons]).toEqual([Reason.Ok]);
    expect(readGlobal(store).position).toBe(7 + 3 + 1);
  });
});
