import { ChunkKind, concatBytes, encodeMessages, instrumentNumber } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { expect } from "vitest";
import { imbalances } from "../../../test/support/invariants.ts";
import {
  depositMessage,
  genesisParameters,
  markBytes,
  type OrderFields,
  signedListing,
  signedOrder,
  signedReport,
  signedUnderlying,
  signer,
  tickBytes,
} from "../../../test/support/world.ts";
import {
  createGenesis,
  decodePremium,
  type EngineEvent,
  type MarketRecord,
  type PremiumRecord,
  premiumKey,
  readGlobal,
  readMarket,
} from "../src/index.ts";
import { freshNumber, type Result, run } from "./market.ts";

/**
 * A perpetual whose index begins at 10,000 USD: one rank is 0.01 USD, one lot 0.01, so that at 10,000 USD a lot is worth
 * 100 USD and IMPACT_VALUE is 100 lots. There are no fees.
 */

/** A full hour. */
export const start = 1_583_971_200;
export const perpetual = instrumentNumber(1);
export const usd = 100_000_000;
/** 10,000 USD, in ranks. */
export const par = 1_000_000;

/** @param deposits of the accounts from 1 on, in USD */
export function perpetualMarket(deposits: readonly number[]): OrderedStore {
  const store = createGenesis(genesisParameters);
  const messages = deposits.map((amount, place) =>
    depositMessage(place + 1, signer(place + 1).address, amount * 1_000_000),
  );
  run(store, ChunkKind.bridge, encodeMessages(messages));
  const fees = { takerFeeRate: 0, makerFeeRate: 0 };
  const listings = concatBytes(
    tickBytes(start),
    signedUnderlying({ underlying: 1, symbol: "BTC", deadline: start }),
    signedListing({ underlying: 1, name: "BTC-PERPETUAL", deadline: start, ...fees }),
    signedReport({ underlying: 1, time: start, index: 10_000 * usd }),
    markBytes(perpetual),
  );
  expect(new Set(run(store, ChunkKind.risk, listings).reasons)).toEqual(new Set(["Ok"]));
  return store;
}

/** Moves the clock, and marks by a report of that time. */
export function markAt(store: OrderedStore, time: number, index = 10_000): readonly EngineEvent[] {
  const report = signedReport({ underlying: 1, time, index: Math.round(index * usd) });
  const { reasons, events } = run(store, ChunkKind.risk, concatBytes(tickBytes(time), report, markBytes(perpetual)));
  expect(reasons).toEqual(["Ok", "Ok", "Ok"]);
  expect(imbalances(store)).toEqual({});
  return events;
}

/** Orders at prices in ranks above 10,000 USD. */
export function order(
  store: OrderedStore,
  account: number,
  side: number,
  above: number,
  lots: number,
  more: Partial<OrderFields> = {},
): Uint8Array {
  const nonce = freshNumber();
  const deadline = readGlobal(store).time;
  const key = signer(account);
  return signedOrder({ account, key, instrument: perpetual, side, rank: par + above, lots, deadline, nonce, ...more });
}

export const bid = (store: OrderedStore, account: number, above: number, lots: number, more?: Partial<OrderFields>) =>
  place(store, order(store, account, 0, above, lots, more));
export const offer = (store: OrderedStore, account: number, above: number, lots: number, more?: Partial<OrderFields>) =>
  place(store, order(store, account, 1, above, lots, more));

function place(store: OrderedStore, bytes: Uint8Array): Result {
  const result = run(store, ChunkKind.trade, bytes);
  expect(result.reasons).toEqual(["Ok"]);
  expect(imbalances(store)).toEqual({});
  return result;
}

export function premiumOf(store: OrderedStore): PremiumRecord {
  return decodePremium(store.peek(premiumKey(perpetual))!);
}

export function marketOf(store: OrderedStore): MarketRecord {
  return readMarket(store, perpetual)!;
}
