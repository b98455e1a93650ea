import { ChunkKind, concatBytes, instrumentNumber, price } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { expect } from "vitest";
import { type BlockFields, type QuoteFields, signedBlockTrade, signedQuotes } from "../../../test/support/blocks.ts";
import { flatSurface, markBytes, signedListing, signedReport, tickBytes } from "../../../test/support/world.ts";
import { readMarket } from "../src/index.ts";
import { deadline, expiry, freshNumber, keys, market, type Result, run, start } from "./market.ts";

/** The market with a second put, of a lower strike: a spread with the first. */
export const lowerPut = 3;

export function spreadMarket(): OrderedStore {
  const store = market();
  const { reasons } = run(
    store,
    ChunkKind.risk,
    concatBytes(signedListing({ underlying: 1, name: "BTC-27MAR20-5000-P", deadline }), markBytes(lowerPut)),
  );
  expect(reasons).toEqual(["Ok", "Ok"]);
  return store;
}

/** The rank of a price at or next below an instrument's mark. */
export function rankOfMark(store: OrderedStore, instrument: number): number {
  // One lot and one rank are 0.0001 USD, 100,000 nano-USD, for all instruments here.
  return Number(readMarket(store, instrumentNumber(instrument))!.mark / 100_000n);
}

/** Moves the clock on and takes a report of an index; what is named is marked by it. */
export function moveTo(store: OrderedStore, time: number, index: number, marked: readonly number[]): void {
  const surfaces = [flatSurface(expiry, price(index + 9_00000000), 80, time)];
  const report = signedReport({ underlying: 1, time, index, surfaces });
  const { reasons } = run(store, ChunkKind.risk, concatBytes(tickBytes(time), report, ...marked.map(markBytes)));
  expect(new Set(reasons)).toEqual(new Set(["Ok"]));
}

export const block = (store: OrderedStore, ...transactions: readonly Uint8Array[]): Result =>
  run(store, ChunkKind.block, concatBytes(...transactions));

/** A block of account 1 as the taker with account 2 as the maker, under fresh nonces. */
export function blockFields(changes: Partial<BlockFields> & Pick<BlockFields, "legs">): BlockFields {
  const maker = { account: 2, key: keys[1]!, nonce: freshNumber() };
  return { account: 1, key: keys[0]!, deadline, nonce: freshNumber(), maker, ...changes };
}

export const blockTrade = (changes: Partial<BlockFields> & Pick<BlockFields, "legs">): Uint8Array =>
  signedBlockTrade(blockFields(changes));

/** Quotes of an account under a fresh nonce. */
export function quotes(
  account: number,
  quoted: readonly QuoteFields[],
  changes: { readonly restMinutes?: number; readonly deadline?: number } = {},
): Uint8Array {
  const by = { account, key: keys[account - 1]!, deadline, nonce: freshNumber() };
  return signedQuotes({ ...by, quotes: quoted, ...changes });
}

export { start };
