import {
  ChunkKind,
  concatBytes,
  instrumentNumber,
  price,
  SETTLED_TIME,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { signedSettlement } from "../../../test/support/house.ts";
import { imbalances } from "../../../test/support/invariants.ts";
import {
  flatSurface,
  markBytes,
  oracles,
  signedListing,
  signedReport,
  signer,
  tickBytes,
} from "../../../test/support/world.ts";
import { decodeExpiry, expiryKey, readMarket } from "../src/index.ts";
import { buy, deadline, expiry, market, put, run, sell, start, trade } from "./market.ts";

const usd = 100_000_000;

const settle = (store: OrderedStore, changes: Partial<Parameters<typeof signedSettlement>[0]> = {}) =>
  run(store, ChunkKind.risk, signedSettlement({ underlying: 1, expiry, price: 5_500 * usd, ...changes }));
const tickTo = (store: OrderedStore, time: number) => run(store, ChunkKind.risk, tickBytes(time));
const markOf = (store: OrderedStore, number: number) => run(store, ChunkKind.risk, markBytes(number)).reasons;
const priceOf = (store: OrderedStore) =>
  decodeExpiry(store.peek(expiryKey(underlyingNumber(1), seconds(expiry)))!).settlement;

/** Puts and calls around 6,000 USD, marked, but the last. */
const call = instrumentNumber(3);
const highPut = instrumentNumber(4);
const unmarked = instrumentNumber(5);

function options(): OrderedStore {
  const store = market();
  const names = ["BTC-27MAR20-5000-C", "BTC-27MAR20-7000-P", "BTC-27MAR20-8000-P"];
  const listings = names.map((name) => signedListing({ underlying: 1, name, deadline }));
  const { reasons } = run(store, ChunkKind.risk, concatBytes(...listings, markBytes(call), markBytes(highPut)));
  expect(new Set(reasons)).toEqual(new Set(["Ok"]));
  return store;
}

describe("A settlement price", () => {
  it("is taken from a quorum of the oracles, once the clock has reached the expiry", () => {
    const store = market();
    tickTo(store, expiry - 1);
    expect(settle(store).reasons).toEqual(["SettlementTooEarly"]);
    tickTo(store, expiry);
    const report = { type: "settlementReported", underlying: 1, expiry, price: 5_500 * usd };
    expect(settle(store)).toEqual({ reasons: ["Ok"], events: [report] });
    expect(priceOf(store)).toBe(5_500 * usd);
  });

  it("is taken once", () => {
    const store = market();
    tickTo(store, expiry + 100);
    expect(settle(store, { price: 1 }).reasons).toEqual(["Ok"]);
    expect(settle(store, { price: 2, signers: 0b111 }).reasons).toEqual(["AlreadySettled"]);
    expect(priceOf(store)).toBe(1);
  });

  it("is refused without a quorum, or with a signature that is not the named oracle's", () => {
    const store = market();
    tickTo(store, expiry);
    expect(settle(store, { signers: 0b001 }).reasons).toEqual(["BadQuorum"]);
    expect(settle(store, { signers: 0b1001, keys: [oracles[0], signer(1)] }).reasons).toEqual(["BadQuorum"]);
    expect(settle(store, { keys: [oracles[1], oracles[0]] }).reasons).toEqual(["BadSignature"]);
    expect(settle(store, { keys: [oracles[0], oracles[0]] }).reasons).toEqual(["BadSignature"]);
    expect(settle(store, { signers: 0b101, keys: [oracles[0], signer(1)] }).reasons).toEqual(["BadSignature"]);
    expect(priceOf(store)).toBe(0);
    expect(settle(store, { signers: 0b110 }).reasons).toEqual(["Ok"]);
  });

  it("is refused out of range, and for an expiry that is not listed", () => {
    const store = market();
    tickTo(store, expiry);
    expect(settle(store, { price: 0 }).reasons).toEqual(["PriceOutOfRange"]);
    expect(settle(store, { price: 2 ** 53 }).reasons).toEqual(["PriceOutOfRange"]);
    expect(settle(store, { expiry: expiry - 86_400 }).reasons).toEqual(["UnknownExpiry"]);
    expect(settle(store, { underlying: 2 }).reasons).toEqual(["UnknownExpiry"]);
  });
});

describe("The mark of an expired option", () => {
  /** The options after their expiry, settled at a price in USD. */
  function settled(at: number): OrderedStore {
    const store = options();
    tickTo(store, expiry);
    settle(store, { price: at * usd });
    return store;
  }

  it("is what it pays, of calls and of puts, and has no risk", () => {
    const store = settled(5_500.5);
    for (const number of [put, call, highPut]) expect(markOf(store, number), `${number}`).toEqual(["Ok"]);
    const values = [put, call, highPut].map((number) => readMarket(store, instrumentNumber(number))!);
    // A lot is a hundredth: 499.50, 500.50 and 1,499.50 USD for one.
    expect(values.map(({ mark }) => mark)).toEqual([4_995_000_000n, 5_005_000_000n, 14_995_000_000n]);
    for (const value of values) {
      expect(value).toMatchObject({ delta: 0n, gap: 0n, time: expiry, reportTime: SETTLED_TIME, index: 5_500.5 * usd });
      expect(value.losses).toEqual(Array.from({ length: 24 }, () => 0n));
    }
  });

  it("is nothing out of the money, and at the strike", () => {
    const store = settled(7_000);
    markOf(store, put);
    markOf(store, highPut);
    expect([put, 4].map((number) => readMarket(store, instrumentNumber(number))!.mark)).toEqual([0n, 0n]);
    const low = settled(5_000);
    markOf(low, call);
    expect(readMarket(low, call)!.mark).toBe(0n);
  });

  it("is set once, after the settlement price, and only if there was a mark", () => {
    const store = options();
    tickTo(store, expiry);
    expect(markOf(store, put)).toEqual(["InstrumentExpired"]);
    settle(store);
    expect(markOf(store, put)).toEqual(["Ok"]);
    expect(markOf(store, put)).toEqual(["AlreadySettled"]);
    expect(markOf(store, unmarked)).toEqual(["InstrumentExpired"]);
    expect(readMarket(store, unmarked)).toBeUndefined();
  });

  it("keeps open interest and positions, and what they pay sums to nothing", () => {
    const store = options();
    const instrument = put;
    trade(store, sell(1, 20_000, 30, { instrument }), buy(2, 20_000, 30, { instrument }));
    expect(readMarket(store, instrumentNumber(put))!.openInterest).toBe(30);
    tickTo(store, expiry);
    settle(store);
    markOf(store, put);
    expect(readMarket(store, instrumentNumber(put))).toMatchObject({ openInterest: 30, mark: 5_000_000_000n });
    expect(imbalances(store)).toEqual({});
  });
});

describe("A report", () => {
  it("says with each surface at which index it was seen", () => {
    const store = market();
    const record = () => decodeExpiry(store.peek(expiryKey(underlyingNumber(1), seconds(expiry)))!);
    expect(record().index).toBe(7_961 * usd);
    const surfaces = [flatSurface(expiry, price(7_000 * usd), 90, start + 5)];
    const both = signedReport({ underlying: 1, time: start + 5, index: 6_990 * usd, surfaces });
    const alone = signedReport({ underlying: 1, time: start + 6, index: 6_900 * usd });
    run(store, ChunkKind.risk, concatBytes(tickBytes(start + 6), both, alone, markBytes(put)));
    expect(record().index).toBe(6_990 * usd);
    expect(readMarket(store, instrumentNumber(put))).toMatchObject({ index: 6_990 * usd, reportTime: start + 5 });
  });
});
