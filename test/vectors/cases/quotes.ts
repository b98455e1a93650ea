import { bookKey } from "@recourse/engine";
import { concatBytes, FIRST_QUOTE_ID, instrumentNumber, MAX_RESTING_ORDERS, priceRank } from "@recourse/protocol";
import { markBytes, tickBytes } from "../../support/world.ts";
import { holdPositions, instrumentsFarApart, market, marketAfter, marketWith, rest, runAll } from "./state.ts";
import {
  block,
  buy,
  bySession,
  cancel,
  cancelAll,
  daily,
  deadline,
  immediate,
  listing,
  perpetual,
  put,
  quotes,
  repeated,
  replace,
  report,
  sell,
  session,
  soon,
  start,
  trade,
  unmarked,
  type VectorCase,
} from "./terms.ts";

const bid = (rank: number, lots = 5) => ({ bid: { rank, lots } });
const ask = (rank: number, lots = 5) => ({ ask: { rank, lots } });
const both = { instrument: perpetual, ...bid(796_000), ...ask(796_200) };

/** The id of an account's quote in an instrument. */
const quoteId = (instrument: number, side: number) => FIRST_QUOTE_ID + 2 * instrument + side;

/** Quotes of several instruments at once. */
export const quoteCases: readonly VectorCase[] = [
  {
    name: "quotes",
    why: "Quotes rest under ids of their own, are replaced at the end of the queue, on one side or both, and taken away.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "NothingToCancel"],
    state: market,
    kind: block,
    chunk: concatBytes(
      quotes(1, 1, [both, { instrument: put, ...bid(3_700), ...ask(3_900) }], { restMinutes: 3 }),
      quotes(1, 2, [both]),
      quotes(1, 3, [{ instrument: perpetual, ...ask(796_150, 7) }]),
      quotes(1, 4, [{ instrument: perpetual }, { instrument: put }]),
      quotes(1, 5, [{ instrument: perpetual }, { instrument: put }]),
    ),
  },
  {
    name: "quotes-are-orders",
    why: "Quotes are filled in price-time priority, cancelled and replaced like other orders, and live as long as they say.",
    reasons: ["Ok", "Ok", "Ok", "UnknownOrder", "Ok"],
    state: () => {
      const store = marketAfter(sell(3, 1, 796_200, 1))();
      runAll(
        store,
        quotes(1, 1, [both], { restMinutes: 1 }),
        quotes(2, 1, [{ instrument: perpetual, ...bid(796_000) }]),
      );
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(2, 2, 796_200, 3, immediate),
      cancel(1, 2, quoteId(perpetual, 1)),
      replace(1, 3, quoteId(perpetual, 0), { rank: 796_050, clientOrderId: 7 }),
      cancel(1, 4, quoteId(perpetual, 0)),
      cancelAll(2, 3),
    ),
  },
  {
    name: "quotes-crossing",
    why: "A side that meets another's order, an own one or a dead one is left out; the account's old quote is no hindrance.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "WouldCross"],
    state: () => {
      const store = marketAfter(
        sell(2, 1, 796_300, 5, { restMinutes: 1 }),
        buy(2, 2, 795_900, 5, { restMinutes: 1 }),
        buy(1, 1, 795_950, 1),
      )();
      runAll(store, quotes(1, 2, [both]), tickBytes(deadline + 61));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      // Over its own old offer, to which there is another one behind.
      quotes(1, 3, [{ instrument: perpetual, ...bid(796_250), ...ask(796_299) }], { deadline: deadline + 90 }),
      // The bid meets the dead offer.
      quotes(1, 4, [{ instrument: perpetual, ...bid(796_300), ...ask(796_310) }], { deadline: deadline + 90 }),
      // The offer meets a bid of its own account.
      quotes(1, 5, [{ instrument: perpetual, ...bid(795_000), ...ask(795_950) }], { deadline: deadline + 90 }),
      // Below its own old bid.
      quotes(1, 6, [{ instrument: perpetual, ...bid(795_000), ...ask(796_299) }], { deadline: deadline + 90 }),
      quotes(3, 7, [{ instrument: perpetual, ...bid(796_299) }], { deadline: deadline + 90 }),
    ),
  },
  {
    name: "quotes-over-old-quotes",
    why: "An old quote that is not the best is no hindrance, and one behind it that crosses is.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = market();
      runAll(store, quotes(1, 1, [both]), quotes(2, 1, [{ instrument: perpetual, ...bid(796_010), ...ask(796_190) }]));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      quotes(1, 2, [{ instrument: perpetual, ...bid(796_189), ...ask(796_195) }], { restMinutes: 2 }),
      quotes(2, 3, [{ instrument: perpetual, ...bid(796_195), ...ask(796_200) }]),
      quotes(1, 4, [{ instrument: perpetual, ...bid(796_100), ...ask(796_191) }], { restMinutes: 3 }),
    ),
  },
  {
    name: "quotes-left-out",
    why: "Sides that no order could have are left out: instruments, values, sizes, prices; the others are placed.",
    reasons: ["Ok", "UnknownInstrument", "OutsidePriceBand"],
    state: () => {
      const store = market();
      const dust = { lot: 10_000, tick: 1_000_000, minimumNotional: 7_961_000 };
      runAll(store, listing("BTC-27MAR20-7000-C", dust), markBytes(5));
      runAll(store, quotes(1, 1, [{ instrument: daily, ...bid(7_000), ...ask(7_500) }]));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      quotes(1, 2, [
        { instrument: perpetual, ...bid(875_711), ...ask(900_000) },
        { instrument: put, ...bid(83_000), ...ask(9_007_199_255 * 2) },
        { instrument: unmarked, ...bid(1), ...ask(2) },
        // The old quotes go all the same.
        { instrument: daily, ...bid(2_000_000, 1), ...ask(2_147_483, 10_485_764) },
        { instrument: 5, ...bid(100, 9), ...ask(110, 10) },
        { instrument: 6, ...bid(1) },
      ]),
      quotes(1, 3, [
        { instrument: 6, ...bid(1) },
        { instrument: 7, ...bid(1) },
      ]),
      quotes(
        2,
        4,
        [{ instrument: perpetual, ...bid(875_711), ...ask(716_490, 0) }].map(({ instrument, bid }) => ({
          instrument,
          bid,
        })),
      ),
    ),
  },
  {
    name: "quotes-full-book",
    why: "An account with as many resting orders as it may have replaces its quotes, and gets no further one.",
    reasons: ["Ok", "Ok", "TooManyRestingOrders"],
    state: () => {
      const store = market();
      runAll(store, quotes(1, 1, [{ instrument: perpetual, ...bid(796_000) }]));
      rest(store, 1, 1, 800_000, MAX_RESTING_ORDERS - 2);
      return store;
    },
    kind: block,
    chunk: concatBytes(
      quotes(1, 2, [{ instrument: perpetual, ...bid(796_010), ...ask(796_200) }]),
      quotes(1, 3, [both, { instrument: put, ...bid(3_700) }]),
      quotes(1, 4, [{ instrument: put, ...bid(3_700), ...ask(3_900) }]),
    ),
  },
  {
    name: "quotes-limit",
    why: "As many quotes as fit the limit are replaced, in order; the others stay as they were.",
    reasons: ["Ok"],
    state: marketWith((store) => {
      holdPositions(store, 3, 32);
      const quoted = instrumentsFarApart(32).map((instrument) => ({ instrument, ...bid(3_000), ...ask(4_000) }));
      runAll(store, quotes(1, 1, quoted));
      // Later orders at the prices of the first quotes, so that the ways to these are long; nobody reads them.
      for (const [place, { instrument, bid, ask }] of quoted.slice(0, 12).entries()) {
        for (const [side, { rank }] of [bid, ask].entries()) {
          for (let bit = 8; bit < 48; bit++) {
            const sequence = 1 + 2 * place + side + 2 ** bit;
            store.put(bookKey(instrumentNumber(instrument), side, priceRank(rank), sequence), Uint8Array.of(1));
          }
        }
      }
    }),
    kind: block,
    chunk: quotes(
      1,
      9,
      instrumentsFarApart(32).map((instrument) => ({ instrument, ...bid(3_100), ...ask(3_900) })),
    ),
  },
  {
    name: "quotes-by-session",
    why: "A session key of the scope of orders quotes, one for cancels does not even take quotes away.",
    reasons: ["Ok", "OutOfScope", "NonceUsed"],
    state: marketAfter(session(1, 1, { scope: 1 }), session(1, 2, { scope: 2, number: 2 })),
    kind: block,
    chunk: concatBytes(
      quotes(1, 3, [both], bySession),
      quotes(1, 4, [{ instrument: perpetual }], { ...bySession, signer: 2 }),
      quotes(1, 3, [both]),
    ),
  },
  {
    name: "quotes-stale",
    why: "On a mark that is too old nothing is quoted, but old quotes go.",
    reasons: ["Ok", "MarkTooOld", "MarkTooOld"],
    state: () => {
      const store = market();
      runAll(store, quotes(1, 1, [both]), tickBytes(start + 3_601));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      quotes(1, 2, [both], { deadline: start + 3_700 }),
      quotes(1, 3, [both], { deadline: start + 3_700 }),
      quotes(2, 1, [{ instrument: perpetual, ...ask(796_200) }], { deadline: start + 3_700 }),
    ),
  },
  {
    name: "quotes-expired",
    why: "At the second of its expiry an option is quoted no more.",
    reasons: ["InstrumentExpired", "Ok"],
    state: () => {
      const store = market();
      runAll(store, tickBytes(soon), report(soon), markBytes(perpetual));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      quotes(1, 1, [{ instrument: daily, ...bid(7_000) }], { deadline: soon }),
      quotes(1, 2, [{ instrument: perpetual, ...ask(796_100) }], { deadline: soon }),
    ),
  },
  {
    name: "reason-malformed-quotes",
    why: "None at all, instruments out of order or twice, prices without lots and lots without prices, a bid at its offer.",
    reasons: [...repeated(9, "MalformedQuotes" as const), "Ok"],
    state: market,
    kind: block,
    chunk: concatBytes(
      quotes(1, 1, []),
      quotes(1, 2, [{ instrument: put, ...bid(1) }, both]),
      quotes(1, 3, [both, both]),
      quotes(1, 4, [{ instrument: perpetual, ...bid(796_000, 0), ...ask(796_200) }]),
      quotes(1, 5, [{ instrument: perpetual, ...bid(0), ...ask(796_200) }]),
      quotes(1, 6, [{ instrument: perpetual, ...bid(796_000), ...ask(796_200, 0) }]),
      quotes(1, 7, [{ instrument: perpetual, ...bid(796_000), ...ask(0) }]),
      quotes(1, 8, [{ instrument: perpetual, ...bid(796_000), ...ask(796_000) }]),
      quotes(1, 9, [{ instrument: 0, ...bid(796_000) }]),
      quotes(1, 10, [{ instrument: perpetual, ...bid(796_000), ...ask(796_001) }]),
    ),
  },
  {
    name: "quotes-refused",
    why: "Where nothing is placed, the reason is that of the first side that was left out.",
    reasons: ["OutsidePriceBand", "InstrumentNotMarked"],
    state: market,
    kind: block,
    chunk: concatBytes(
      quotes(1, 1, [
        { instrument: perpetual, ...bid(875_711) },
        { instrument: unmarked, ...bid(1) },
      ]),
      quotes(1, 2, [{ instrument: put }, { instrument: unmarked, ...bid(1) }, { instrument: 9, ...bid(1) }]),
    ),
  },
  {
    name: "quotes-at-the-limits",
    why: "Prices to the ends of the band, the greatest value, the least size.",
    reasons: ["Ok", "Ok", "Ok", "ValueOutOfRange"],
    state: () => {
      const store = market();
      const dust = { lot: 10_000, tick: 1_000_000, minimumNotional: 7_961_000 };
      runAll(store, listing("BTC-27MAR20-7000-C", dust), markBytes(5));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      quotes(1, 1, [
        { instrument: perpetual, ...bid(875_710), ...ask(875_711) },
        { instrument: 5, ...bid(100, 10) },
      ]),
      quotes(1, 2, [{ instrument: perpetual, ...bid(716_489), ...ask(716_490) }]),
      // 2^51 of cash exactly, and more.
      quotes(2, 3, [{ instrument: 5, ...ask(2 ** 20, 2 ** 31) }]),
      quotes(3, 4, [{ instrument: 5, ...ask(2 ** 20, 2 ** 31 + 1) }]),
    ),
  },
];
