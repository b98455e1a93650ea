import {
  encodeInstrument,
  type GlobalRecord,
  instrumentKey,
  type MarketRecord,
  readInstrument,
} from "@recourse/engine";
import { cash, concatBytes, instrumentNumber, MAX_CASH, MAX_PRICE, quantity } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { markBytes, oracles, tickBytes } from "../../support/world.ts";
import { changeGlobal, changeMarket, market, runAll } from "./state.ts";
import {
  daily,
  expiry,
  index,
  listing,
  perpetual,
  report,
  risk,
  settlement,
  soon,
  start,
  type VectorCase,
} from "./terms.ts";

const atExpiry = [tickBytes(soon), settlement(8_100)];

/** Marks an account as holding lots of what expires on the first day. */
const dailyMarket =
  (changes: Partial<MarketRecord>, global: Partial<GlobalRecord> = {}) =>
  (): OrderedStore => {
    const store = market();
    changeMarket(store, daily, changes);
    changeGlobal(store, global);
    return store;
  };

/** Settlement prices, marks of expired options, and what marks make of the fund. */
export const settlementCases: readonly VectorCase[] = [
  {
    name: "settlement",
    why: "From the second of an expiry on the oracles settle it, once; options are then marked by it, once.",
    reasons: ["Ok", "SettlementTooEarly", "Ok", "InstrumentExpired", "Ok", "AlreadySettled", "Ok", "AlreadySettled"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      ...[tickBytes(soon - 1), settlement(8_100)],
      ...[tickBytes(soon), markBytes(daily), settlement(8_100), settlement(8_200, { signers: 0b110 })],
      ...[markBytes(daily), markBytes(daily)],
    ),
  },
  {
    name: "settlement-values",
    why: "Calls and puts pay what they are in the money, rounded down, or nothing; one that nobody marked is not marked.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "InstrumentExpired"],
    state: () => {
      const store = market();
      const names = ["BTC-12MAR20-8200-P", "BTC-12MAR20-8200-C", "BTC-12MAR20-8000-P", "BTC-12MAR20-7000-C"];
      const listings = names.map((name) => listing(name, { lot: 1_010_000 }));
      runAll(store, ...listings, ...[5, 6, 7].map(markBytes));
      return store;
    },
    kind: risk,
    chunk: concatBytes(
      tickBytes(soon),
      settlement(0, { price: 810_000_000_019, signers: 0b101 }),
      ...[daily, 5, 6, 7, 8].map(markBytes),
    ),
  },
  {
    name: "settlement-of-the-house",
    why: "What the house holds is worth what it pays: the fund's claims follow, and a deficit comes up, or is made good.",
    reasons: ["Ok", "Ok", "Ok"],
    state: dailyMarket(
      { houseLots: -1_000 },
      { insurance: cash(600_000_000), claims: -732_199_798_000n, deficit: cash(5) },
    ),
    kind: risk,
    chunk: concatBytes(...atExpiry, markBytes(daily)),
  },
  {
    name: "settlement-makes-good",
    why: "A settlement in the house's favour retires a deficit first.",
    reasons: ["Ok", "Ok", "Ok"],
    state: dailyMarket(
      { houseLots: 1_000 },
      { claims: 732_199_798_000n, deficit: cash(50_000_000), insurance: cash(-700_000_000) },
    ),
    kind: risk,
    chunk: concatBytes(...atExpiry, markBytes(daily)),
  },
  {
    name: "fund-follows-marks",
    why: "A mark lower than what the house paid makes a deficit, to the unit; a higher one retires it.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok"],
    state: () => {
      const store = market();
      changeMarket(store, perpetual, { houseLots: 777 });
      changeGlobal(store, { claims: 777n * 79_610_000_000n, insurance: cash(-61_000_000_000) });
      return store;
    },
    kind: risk,
    chunk: concatBytes(
      ...[tickBytes(start + 1), report(start + 1, { index: index - 500_00000001 }), markBytes(perpetual)],
      ...[tickBytes(start + 2), report(start + 2, { index: index - 100_00000003 }), markBytes(perpetual)],
    ),
  },
  {
    name: "fund-at-its-limits",
    why: "A deficit grows no further than it may, nor does the insurance.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = market();
      changeMarket(store, perpetual, { houseLots: 777 });
      changeGlobal(store, { claims: -(2n ** 80n), deficit: cash(MAX_CASH - 9), insurance: cash(MAX_CASH - 4) });
      return store;
    },
    kind: risk,
    chunk: concatBytes(tickBytes(start + 1), report(start + 1, { index: index - 1 }), markBytes(perpetual)),
  },
  {
    name: "deficit-at-its-limit",
    why: "Of a loss that is larger a deficit takes what it may.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = market();
      changeMarket(store, perpetual, { houseLots: 777 });
      changeGlobal(store, { claims: -(2n ** 80n), deficit: cash(MAX_CASH - 3), insurance: cash(-50) });
      return store;
    },
    kind: risk,
    chunk: concatBytes(tickBytes(start + 1), report(start + 1, { index: index - 1 }), markBytes(perpetual)),
  },
  {
    name: "fund-at-its-lower-limit",
    why: "Insurance falls no lower than it may where a deficit is made good.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = market();
      changeMarket(store, perpetual, { houseLots: 777 });
      changeGlobal(store, { claims: 2n ** 80n, deficit: cash(100), insurance: cash(7 - MAX_CASH) });
      return store;
    },
    kind: risk,
    chunk: concatBytes(tickBytes(start + 1), report(start + 1, { index: index - 1 }), markBytes(perpetual)),
  },
  ...[
    { name: "reason-mark-out-of-range-claims", sign: 1 },
    { name: "reason-mark-out-of-range-claims-below", sign: -1 },
  ].map(
    ({ name, sign }): VectorCase => ({
      name,
      why: "Claims on the house's lots may come near the limit, and not to it: 0.01 USD of a lot is just too much.",
      reasons: ["Ok", "Ok", "MarkOutOfRange", "Ok", "Ok", "Ok"],
      state: () => {
        const store = market();
        changeMarket(store, perpetual, { houseLots: sign });
        changeGlobal(store, { claims: BigInt(sign) * (2n ** 126n - 10_000_000n) });
        return store;
      },
      kind: risk,
      chunk: concatBytes(
        ...[tickBytes(start + 1), report(start + 1, { index: index + 1_00000000 }), markBytes(perpetual)],
        ...[tickBytes(start + 2), report(start + 2, { index: index + 99999990 }), markBytes(perpetual)],
      ),
    }),
  ),
  {
    name: "reason-mark-out-of-range-settled",
    why: "A lot so large that what it pays has no room in its field.",
    reasons: ["Ok", "Ok", "MarkOutOfRange"],
    state: () => {
      const store = market();
      const terms = readInstrument(store, instrumentNumber(daily))!;
      store.put(instrumentKey(instrumentNumber(daily)), encodeInstrument({ ...terms, lot: quantity(2 ** 40 - 1) }));
      return store;
    },
    kind: risk,
    chunk: concatBytes(tickBytes(soon), settlement(0, { price: MAX_PRICE - 1 }), markBytes(daily)),
  },
  {
    name: "reason-settlement",
    why: "No price or too large a one, no such expiry, too few oracles, the signatures of others.",
    reasons: [
      "Ok",
      "PriceOutOfRange",
      "PriceOutOfRange",
      "UnknownExpiry",
      "UnknownExpiry",
      "SettlementTooEarly",
      "BadQuorum",
      "BadQuorum",
      "BadSignature",
      "BadSignature",
      "Ok",
    ],
    state: market,
    kind: risk,
    chunk: concatBytes(
      tickBytes(soon),
      settlement(0),
      settlement(0, { price: MAX_PRICE }),
      settlement(8_100, { expiry: soon + 1 }),
      settlement(8_100, { underlying: 2 }),
      settlement(8_100, { expiry }),
      settlement(8_100, { signers: 0b001 }),
      settlement(8_100, { signers: 0b1001, keys: [oracles[0], oracles[1]] }),
      settlement(8_100, { keys: [oracles[0], oracles[2]] }),
      settlement(8_100, { keys: [oracles[1], oracles[0]] }),
      settlement(8_100, { signers: 0b111 }),
    ),
  },
];
