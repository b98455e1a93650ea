import {
  accountNumber,
  ChunkKind,
  concatBytes,
  instrumentNumber,
  nanoUsdPerCash,
  parseInstrumentName,
  price,
  Reason,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { expect } from "vitest";
import {
  context,
  flatSurface,
  markBytes,
  signedListing,
  signedReport,
  signedWithdraw,
  tickBytes,
} from "../../../test/support/world.ts";
import {
  type AccountMargin,
  accountMargin,
  encodeMarket,
  executeChunk,
  listInstruments,
  type MarketRecord,
  marketKey,
  readGlobal,
  readMarket,
} from "../src/index.ts";
import { freshNumber, immediate, keys, market, order, perpetual, type Result, run, start, trade } from "./market.ts";

/** Lists options beside those of the market, and marks them by a report of their own surfaces. */
export function marketWith(...names: readonly string[]): { store: OrderedStore; numbers: number[] } {
  const store = market();
  const deadline = start + 60;
  const listings = names.map((name) => signedListing({ underlying: 1, name, deadline }));
  if (names.length > 0) expectOk(run(store, ChunkKind.risk, concatBytes(...listings)));
  const numbers = names.map((_, place) => 3 + place);
  if (names.length > 0) report(store, start + 1, { marked: numbers });
  return { store, numbers };
}

export interface ReportTerms {
  /** In USD; 7,961 where it is not given. */
  readonly index?: number;
  /** In percent; 80 where it is not given. */
  readonly volatility?: number;
  readonly marked?: readonly number[];
}

/** Moves the clock on, and takes a report with a flat surface for every expiry that is ahead; what is named is marked by it. */
export function report(
  store: OrderedStore,
  time: number,
  { index = 7_961, volatility = 80, marked = [] }: ReportTerms,
) {
  const expiries = listInstruments(store).map(({ name }) => parseInstrumentName(name)!.expiry as number);
  const ahead = [...new Set(expiries)].filter((expiry) => expiry > time).sort((left, right) => left - right);
  const surfaces = ahead.map((expiry) => flatSurface(expiry, price(Math.round(index * 1e8)), volatility, time));
  const reported = signedReport({ underlying: 1, time, index: Math.round(index * 1e8), surfaces });
  expectOk(run(store, ChunkKind.risk, concatBytes(tickBytes(time), reported, ...marked.map(markBytes))));
}

export function expectOk({ reasons }: Result): void {
  expect(new Set(reasons)).toEqual(new Set(["Ok"]));
}

/** Lets an account buy lots of another at a price near the mark, or sell them to it where they are less than none. */
export function deal(store: OrderedStore, account: number, maker: number, instrument: number, lots: number): void {
  if (lots === 0) return;
  const rank = Math.max(1, Math.round(Number(marketOf(store, instrument).mark) / 100_000));
  const side = lots > 0 ? 0 : 1;
  const deadline = readGlobal(store).time + 60;
  const terms = { instrument, deadline };
  const resting = order(maker, 1 - side, rank, Math.abs(lots), terms);
  const taking = order(account, side, rank, Math.abs(lots), { ...terms, ...immediate });
  expectOk(trade(store, resting, taking));
}

export const marketOf = (store: OrderedStore, instrument: number): MarketRecord =>
  readMarket(store, instrumentNumber(instrument))!;

export function setMarket(store: OrderedStore, instrument: number, changes: Partial<MarketRecord>): void {
  store.put(marketKey(instrumentNumber(instrument)), encodeMarket({ ...marketOf(store, instrument), ...changes }));
}

export const marginOf = (store: OrderedStore, account: number): AccountMargin =>
  accountMargin(store, accountNumber(account))!;

export function withdraw(account: number, amount: number, deadline: number): Uint8Array {
  const { key, address } = { key: keys[account - 1]!, address: keys[account - 1]!.address };
  return signedWithdraw({ account, key, deadline, nonce: freshNumber(), amount, recipient: address });
}

/** The most that an account may withdraw, found by the engine itself; the state stays as it is. */
export function withdrawable(store: OrderedStore, account: number): number {
  const deadline = readGlobal(store).time + 60;
  const allows = (amount: number) =>
    executeChunk(store.clone(), context(), ChunkKind.risk, withdraw(account, amount, deadline)).reasons[0] ===
    Reason.Ok;
  let [low, high] = [0, 2 ** 42];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (allows(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Cash in nano-USD. */
export const nano = (cash: number): bigint => BigInt(cash) * nanoUsdPerCash;

export { perpetual };
