import { concatBytes } from "@recourse/protocol";
import { changeMarket, market, marketAfter, marketWith } from "./state.ts";
import {
  buy,
  cancelIncoming,
  daily,
  fillOrKill,
  immediate,
  perpetual,
  postOnly,
  put,
  sell,
  trade,
  type VectorCase,
} from "./terms.ts";

/** How far from its mark an instrument may be traded. */
export const bandCases: readonly VectorCase[] = [
  {
    name: "band",
    why: "A buyer's price lies in the band to its upper end, a seller's to its lower; the other way there is no end.",
    reasons: ["OutsidePriceBand", "NotFilled", "OutsidePriceBand", "NotFilled", "Ok", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 875_711, 1, immediate),
      buy(1, 2, 875_710, 1, immediate),
      sell(1, 3, 716_489, 1, immediate),
      sell(1, 4, 716_490, 1, immediate),
      buy(1, 5, 1_000, 1),
      sell(1, 6, 2 ** 24, 1),
    ),
  },
  {
    name: "band-rounding",
    why: "A mark between two ranks: both ends are those that lie within.",
    reasons: ["NotFilled", "OutsidePriceBand", "OutsidePriceBand", "NotFilled"],
    state: marketWith((store) => changeMarket(store, perpetual, { mark: 79_609_999_999n })),
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 875_709, 1, immediate),
      buy(1, 2, 875_710, 1, immediate),
      sell(1, 3, 716_489, 1, immediate),
      sell(1, 4, 716_490, 1, immediate),
    ),
  },
  {
    name: "band-option",
    why: "An option's band is half of its mark and a twentieth of the index; it may reach below nothing.",
    reasons: [
      "NotFilled",
      "OutsidePriceBand",
      "NotFilled",
      "NotFilled",
      "OutsidePriceBand",
      "OutsidePriceBand",
      "NotFilled",
    ],
    state: marketWith((store) => changeMarket(store, daily, { mark: 20_000_000_001n })),
    kind: trade,
    chunk: concatBytes(
      // The put's mark is 382,881,639 nano-USD, its width 8,152,440,819.
      buy(1, 1, 85_353, 1, { instrument: put, ...immediate }),
      buy(1, 2, 85_354, 1, { instrument: put, ...immediate }),
      sell(1, 3, 1, 1, { instrument: put, ...immediate }),
      // Of the call 10,000,000,000 and 3,980,500,000: from 60,195.00001 to 339,805.00001 ranks.
      buy(1, 4, 339_805, 1, { instrument: daily, ...immediate }),
      buy(1, 5, 339_806, 1, { instrument: daily, ...immediate }),
      sell(1, 6, 60_195, 1, { instrument: daily, ...immediate }),
      sell(1, 7, 60_196, 1, { instrument: daily, ...immediate }),
    ),
  },
  {
    name: "band-negative-mark",
    why: "The size of a mark counts, whatever its sign.",
    reasons: ["NotFilled", "OutsidePriceBand"],
    state: marketWith((store) => changeMarket(store, daily, { mark: -2_000_000_000n })),
    kind: trade,
    chunk: concatBytes(
      // −2,000,000,000 + 1,000,000,000 + 3,980,500,000.
      buy(1, 1, 29_805, 1, { instrument: daily, ...immediate }),
      buy(1, 2, 29_806, 1, { instrument: daily, ...immediate }),
    ),
  },
  {
    name: "band-of-makers",
    why: "Offers that lie below the band by now are cancelled on sight, also by a post-only order; own ones are live.",
    reasons: ["SelfTrade", "Ok", "Ok", "Ok"],
    state: () => {
      const offers = [sell(1, 1, 796_090, 5), sell(1, 2, 796_100, 5), sell(1, 3, 796_101, 5)];
      const store = marketAfter(...offers)();
      // From 796,100.6 ranks.
      changeMarket(store, perpetual, { mark: 87_571_060_000n });
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 4, 796_100, 1, cancelIncoming),
      buy(2, 1, 796_095, 1, postOnly),
      buy(2, 2, 796_101, 2, immediate),
      buy(2, 3, 796_101, 3, fillOrKill),
    ),
  },
  {
    name: "band-of-makers-that-buy",
    why: "Bids that lie above the band by now are cancelled on sight.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = marketAfter(buy(1, 1, 796_082, 5), buy(1, 2, 796_081, 5), buy(1, 3, 796_080, 5))();
      // To 796,080.5 ranks.
      changeMarket(store, perpetual, { mark: 71_647_050_000n });
      return store;
    },
    kind: trade,
    chunk: concatBytes(sell(2, 1, 796_082, 1, postOnly), sell(2, 2, 796_080, 2, immediate)),
  },
];
