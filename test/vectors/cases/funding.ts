import { encodePremium, type MarketRecord, premiumKey } from "@recourse/engine";
import { concatBytes, instrumentNumber, seconds } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { markBytes, tickBytes } from "../../support/world.ts";
import { changeAccount, changeGlobal, changeMarket, marketAfter, runAll } from "./state.ts";
import { buy, immediate, perpetual, repeated, report, risk, sell, start, trade, type VectorCase } from "./terms.ts";

/** A market in which the premium is as if it had been seen in the book, and the house holds some lots. */
const withPremium =
  (time: number, premium: bigint, average: bigint, hourSum: bigint, changes: Partial<MarketRecord> = {}) =>
  (): OrderedStore => {
    const store = marketAfter(buy(1, 1, 796_100, 3), sell(2, 1, 796_100, 3))();
    const record = { time: seconds(time), premium, average, hourSum };
    store.put(premiumKey(instrumentNumber(perpetual)), encodePremium(record));
    changeMarket(store, perpetual, changes);
    return store;
  };

/** Marks without a report between them: what was seen before stays in force. */
const markAt = (...times: readonly number[]): Uint8Array =>
  concatBytes(...times.flatMap((time) => [tickBytes(time), markBytes(perpetual)]));

/** Funding: what premiums come to within an hour. */
export const fundingCases: readonly VectorCase[] = [
  {
    name: "funding",
    why: "Premiums add up second by second; at the first mark of each hour an eighth of their mean is paid.",
    reasons: repeated(10, "Ok"),
    state: withPremium(start + 60, 800_000_013n, 0n, 77n, { houseLots: -4 }),
    kind: risk,
    chunk: markAt(start + 3_599, start + 3_600, start + 3_601, start + 7_199, start + 7_200),
  },
  {
    name: "funding-below-zero",
    why: "Of a discount the short pay; all is rounded down.",
    reasons: repeated(8, "Ok"),
    state: withPremium(start, -800_000_013n, 0n, 0n, { houseLots: 3 }),
    kind: risk,
    chunk: markAt(start + 1, start + 302, start + 3_601, start + 7_300),
  },
  {
    name: "funding-silent-hours",
    why: "For hours in which nobody marked nothing is paid, and the hour that runs has a sum only if it is the next.",
    reasons: repeated(8, "Ok"),
    state: withPremium(start + 1_800, 90_000_007n, 5n, 3n),
    kind: risk,
    chunk: markAt(start + 7_199, start + 14_399, start + 14_400, start + 25_000),
  },
  {
    name: "funding-next-hour",
    why: "At the very end of the next hour its sum is forgotten.",
    reasons: repeated(4, "Ok"),
    state: withPremium(start, 90_000_007n, 0n, 0n),
    kind: risk,
    chunk: markAt(start + 7_200, start + 10_800),
  },
  {
    name: "funding-at-its-limit",
    why: "The rate of an hour is 0.05 % of the index at most.",
    reasons: repeated(4, "Ok"),
    state: withPremium(start, 3_980_500_000n, 3_980_500_000n, 0n),
    kind: risk,
    chunk: markAt(start + 3_600, start + 7_200),
  },
  {
    name: "funding-at-its-lower-limit",
    why: "The same below zero.",
    reasons: repeated(4, "Ok"),
    state: withPremium(start, -3_980_500_000n, -3_980_500_000n, 0n),
    kind: risk,
    chunk: markAt(start + 3_600, start + 7_200),
  },
  {
    name: "funding-average",
    why: "The average moves towards the premium by seconds out of 300, rounded down on either side of it.",
    reasons: repeated(10, "Ok"),
    state: withPremium(start, 1_000_000_001n, -2_000_000_000n, 0n),
    kind: risk,
    chunk: markAt(start + 1, start + 8, start + 307, start + 308, start + 700),
  },
  ...[
    { name: "reason-mark-out-of-range-funding", premium: 3_980_500_000n, fundingIndex: 2n ** 62n - 39_805_000n },
    { name: "reason-mark-out-of-range-funding-below", premium: -3_980_500_000n, fundingIndex: 39_805_000n - 2n ** 62n },
  ].map(
    ({ name, premium, fundingIndex }): VectorCase => ({
      name,
      why: "A funding index may come near its limit, and not to it.",
      reasons: ["Ok", "MarkOutOfRange"],
      state: withPremium(start, premium, premium, 0n, { fundingIndex }),
      kind: risk,
      chunk: markAt(start + 3_600),
    }),
  ),
  ...[
    { name: "funding-index-near-its-limit", premium: 3_980_500_000n, fundingIndex: 2n ** 62n - 39_805_001n },
    { name: "funding-index-near-its-lower-limit", premium: -3_980_500_000n, fundingIndex: 39_805_001n - 2n ** 62n },
  ].map(
    ({ name, premium, fundingIndex }): VectorCase => ({
      name,
      why: "One unit from its limit a funding index is kept.",
      reasons: ["Ok", "Ok"],
      state: withPremium(start, premium, premium, 0n, { fundingIndex }),
      kind: risk,
      chunk: markAt(start + 3_600),
    }),
  ),
  {
    name: "funding-of-a-fill",
    why: "Both parties of a fill pay their funding, up and down to the unit, once for all fills of an order.",
    reasons: ["Ok", "Ok", "Ok"],
    state: () => {
      const store = withPremium(start, 0n, 0n, 0n, { fundingIndex: 777n })();
      changeGlobal(store, { claims: 0n });
      runAll(store, sell(1, 2, 796_100, 1), sell(1, 3, 796_110, 1), sell(3, 3, 796_120, 1), sell(2, 4, 796_130, 1));
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(2, 5, 796_120, 3, immediate), buy(1, 6, 796_130, 1, immediate), buy(3, 7, 796_000, 1)),
  },
  {
    name: "funding-decides",
    why: "Funding that is due is taken off what a taker has before its margin is judged, and a maker likewise.",
    reasons: ["InsufficientMargin", "Ok"],
    state: () => {
      const store = withPremium(start, 0n, 0n, 0n)();
      changeAccount(store, 3, { cash: 300_000_000 });
      runAll(store, buy(3, 1, 796_100, 10), sell(1, 2, 796_100, 30), sell(3, 4, 796_200, 1));
      // 200 USD for ten lots.
      changeMarket(store, perpetual, { fundingIndex: 20_000_000_000n });
      runAll(store, buy(3, 5, 796_000, 9), buy(1, 6, 795_900, 1));
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(3, 7, 796_100, 9, immediate), sell(2, 8, 795_900, 2, immediate)),
  },
  {
    name: "funding-of-the-house",
    why: "What the house holds owes nothing: its part of the funding is a change of the fund's claims.",
    reasons: ["Ok", "Ok", "Ok"],
    state: withPremium(start, 800_000_000n, 800_000_000n, 0n, { houseLots: 1_000_000 }),
    kind: risk,
    chunk: concatBytes(tickBytes(start + 3_600), report(start + 3_600), markBytes(perpetual)),
  },
];
