import { encodeGlobal, globalKey, readGlobal } from "@recourse/engine";
import { concatBytes, MAX_INSTRUMENTS, MAX_PRICE } from "@recourse/protocol";
import { signedUnderlying } from "../../support/world.ts";
import { market, marketWith } from "./state.ts";
import { deadline, listing, repeated, risk, type VectorCase } from "./terms.ts";

/** Listings of underlyings and instruments. */
export const listingCases: readonly VectorCase[] = [
  {
    name: "list-underlying",
    why: "Further underlyings are listed under the next numbers.",
    reasons: ["Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 3, symbol: "X2Y3Z4A5", deadline }),
    ),
  },
  {
    name: "list-instrument",
    why: "A listing at a new expiry, one at a known expiry, and the limits of fees and minimum.",
    reasons: ["Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C"),
      listing("BTC-27MAR20-0.5-P"),
      listing("BTC-26JUN20-10000-P", { takerFeeRate: 10_000, makerFeeRate: 10_000, minimumNotional: MAX_PRICE - 1 }),
    ),
  },
  {
    name: "reason-already-listed",
    why: "The same underlying by number and by symbol, the same instrument.",
    reasons: ["AlreadyListed", "AlreadyListed", "AlreadyListed"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 1, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 2, symbol: "BTC", deadline }),
      listing("BTC-27MAR20-6000-P", { tick: 1_000_000 }),
    ),
  },
  {
    name: "reason-malformed-listing",
    why: "Every field of a listing, just outside its range.",
    reasons: repeated(13, "MalformedListing"),
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 0, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 3, symbol: "ETH", deadline }),
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline, grid: 2 }),
      signedUnderlying({ underlying: 2, symbol: "eth", deadline }),
      signedUnderlying({ underlying: 2, symbol: "A\0B", deadline }),
      listing("BTC-11MAR20-6000-P"),
      listing("BTC-26JUN20-6000-P", { tick: 0 }),
      listing("BTC-26JUN20-6000-P", { tick: 3, lot: 7 }),
      listing("BTC-26JUN20-6000-P", { lot: 2 ** 40, tick: 10_000_000_000 }),
      listing("BTC-26JUN20-6000-P", { tick: 2 ** 39, lot: 20_000_000_000 }),
      listing("BTC-26JUN20-6000-P", { minimumNotional: MAX_PRICE }),
      listing("BTC-26JUN20-6000-P", { takerFeeRate: 10_001 }),
      listing("BTC-26JUN20-6000-P", { makerFeeRate: 10_001 }),
    ),
  },
  {
    name: "reason-too-many-listed",
    why: "The last number that an instrument may have, and no number after it; no seventeenth underlying.",
    reasons: ["Ok", "TooManyListed", "TooManyListed"],
    state: marketWith((store) => {
      store.put(globalKey, encodeGlobal({ ...readGlobal(store), nextInstrument: MAX_INSTRUMENTS }));
    }),
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C"),
      listing("BTC-26JUN20-10000-P"),
      signedUnderlying({ underlying: 17, symbol: "ETH", deadline }),
    ),
  },
];
