import { concatBytes, price, type Surface } from "@recourse/protocol";
import { flatSurface, markBytes, signedUnderlying, tickBytes } from "../../support/world.ts";
import { market } from "./state.ts";
import {
  daily,
  deadline,
  flat,
  listing,
  perpetual,
  put,
  report,
  risk,
  soon,
  start,
  surfaceScale,
  unmarked,
  type VectorCase,
} from "./terms.ts";

/** Marks of options, and of perpetuals in whose book nothing moves them. */
export const markCases: readonly VectorCase[] = [
  {
    name: "mark",
    why: "Marks of a perpetual, a put and a call, later than the report.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(start + 7_200), ...[perpetual, put, unmarked, daily].map(markBytes)),
  },
  {
    name: "mark-smile",
    why: "A mark from a smile rather than a flat surface, and one just before its expiry.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(soon - 1),
      report(soon - 1, {
        surfaces: [
          { ...flat, expiry: soon as Surface["expiry"] },
          { ...flat, b: surfaceScale / 7n, rho: -surfaceScale / 3n, m: -surfaceScale / 30n, sigma: surfaceScale / 9n },
        ],
      }),
      ...[put, unmarked, daily].map(markBytes),
    ),
  },
  {
    name: "mark-long-dated",
    why: "Beyond thirty days the shock of volatility shrinks downwards, not upwards.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C"),
      listing("BTC-26JUN20-7000-P"),
      tickBytes(start + 1),
      report(start + 1, {
        surfaces: [
          flat,
          {
            ...flatSurface(1_593_158_400, price(8_100_00000000), 80, start + 1),
            b: surfaceScale / 9n,
            sigma: surfaceScale,
          },
        ],
      }),
      markBytes(5),
      markBytes(6),
    ),
  },
  {
    name: "reason-unknown-instrument-mark",
    why: "What is not listed cannot be marked.",
    reasons: ["UnknownInstrument"],
    state: market,
    kind: risk,
    chunk: markBytes(5),
  },
  {
    name: "reason-instrument-expired-mark",
    why: "A second before its expiry an option is marked, at its second no longer.",
    reasons: ["Ok", "Ok", "Ok", "InstrumentExpired"],
    state: market,
    kind: risk,
    chunk: concatBytes(tickBytes(soon - 1), markBytes(daily), tickBytes(soon), markBytes(daily)),
  },
  {
    name: "reason-nothing-to-mark-from",
    why: "No report of the underlying, then none of the expiry.",
    reasons: ["Ok", "Ok", "NothingToMarkFrom", "Ok", "NothingToMarkFrom"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      signedUnderlying({ underlying: 2, symbol: "ETH", deadline }),
      listing("ETH-PERPETUAL", { underlying: 2 }),
      markBytes(5),
      listing("BTC-26JUN20-10000-C"),
      markBytes(6),
    ),
  },
  {
    name: "reason-mark-out-of-range",
    why: "A lot so large that its loss in some scenario has no room in its field.",
    reasons: ["Ok", "Ok", "Ok", "MarkOutOfRange", "Ok"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-27MAR20-7000-C", { tick: 1_000_000, lot: 500_000_000_000 }),
      tickBytes(start + 1),
      report(start + 1, { surfaces: [flat], index: 2 ** 50 }),
      markBytes(5),
      markBytes(perpetual),
    ),
  },
];
