import { encodePosition, type MarketRecord, positionKey } from "@recourse/engine";
import {
  accountNumber,
  cash,
  concatBytes,
  instrumentNumber,
  MAX_CASH,
  MAX_POSITIONS,
  price,
  SETTLED_TIME,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { liquidateBytes } from "../../support/house.ts";
import { tickBytes } from "../../support/world.ts";
import {
  changeAccount,
  changeGlobal,
  changeMarket,
  holdAlone,
  holdDeepPositions,
  holdPositions,
  market,
  marketAfter,
  marketWith,
  runAll,
} from "./state.ts";
import { buy, house, index, provider, put, repeated, report, sell, start, type VectorCase } from "./terms.ts";

/** Maintenance margin of the accounts that are made here, in nano-USD. */
const M = 900_000_000_000n;
/** The least equities with which 40, 60 and 80 % are enough, and with which the whole penalty is paid. */
const [least40, least60, least80, leastPaid] = [852_000_000_000n, 778_000_000_000n, 704_000_000_000n, 630_000_000_000n];

/**
 * Opens an account with two positions of its own, eight lots with all the losses and one lot without, whose maintenance
 * margin is M and whose equity is what is given.
 */
function putAtRisk(
  store: OrderedStore,
  account: number,
  equity: bigint,
  { lots = 8, ...changes }: Partial<MarketRecord> & { lots?: number } = {},
): void {
  const sign = lots < 0 ? -1n : 1n;
  const losses = new Array<bigint>(24).fill(0n);
  losses[3] = (sign * 2n * M) / 8n;
  const { mark = 1_000_125n } = changes;
  // What is not a whole unit of cash is the mark of the second position.
  const rest = equity - BigInt(lots) * mark;
  const odd = rest % 1_000n;
  holdAlone(store, account, { losses, ...changes, mark }, 1_000, lots);
  holdAlone(store, account, { mark: odd }, 2_000);
  changeAccount(store, account, { cash: Number((rest - odd) / 1_000n) });
}

/** A market in which accounts from 10 on have these equities. */
const atRisk =
  (...equities: readonly bigint[]) =>
  (): OrderedStore => {
    const store = market();
    for (const [place, equity] of equities.entries()) putAtRisk(store, 10 + place, equity);
    return store;
  };

/** The same, with account 1 a provider. */
const atRiskOf1 =
  (change: (store: OrderedStore) => void = () => {}, ...equities: readonly bigint[]) =>
  (): OrderedStore => {
    const store = atRisk(...equities)();
    runAll(store, provider(1, 50));
    change(store);
    return store;
  };

/** A position of account 1 in the first instrument of account 10. */
const heldBy1 =
  (lots: number, fundingIndex = 0n) =>
  (store: OrderedStore): void => {
    store.put(positionKey(accountNumber(1), instrumentNumber(1_010)), encodePosition(lots, fundingIndex));
    changeAccount(store, 1, { positions: 1 });
  };

/** Liquidations by the house and by liquidity providers. */
export const liquidationCases: readonly VectorCase[] = [
  {
    name: "liquidate",
    why: "The least share that leaves enough: 40, 60, 80 % or all, to the unit; at its maintenance margin an account is left alone.",
    reasons: ["NotLiquidatable", ...repeated(7, "Ok" as const)],
    state: atRisk(M, M - 1n, least40, least40 - 1n, least60, least60 - 1n, least80, least80 - 1n),
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 13, 14, 15, 16, 17].map((account) => liquidateBytes(account))),
  },
  {
    name: "liquidate-short",
    why: "The same of who is short; lots are rounded up, cash down.",
    reasons: ["Ok", "Ok", "Ok", "NotLiquidatable"],
    state: () => {
      const store = market();
      putAtRisk(store, 10, least40, { lots: -8 });
      putAtRisk(store, 11, least60 - 1n, { lots: -8, houseLots: 5, openInterest: 8 });
      putAtRisk(store, 12, least60 + 1n, { houseLots: -3, openInterest: 8 });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 10].map((account) => liquidateBytes(account))),
  },
  {
    name: "liquidate-small-equity",
    why: "The penalty is no more than the equity, rounded down; of less than one unit of cash nothing is left.",
    reasons: ["Ok", "Ok", "Ok", "Ok"],
    state: atRisk(leastPaid, leastPaid - 1n, 1_999n, 999n),
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 13].map((account) => liquidateBytes(account))),
  },
  {
    name: "liquidate-bankrupt",
    why: "What a bankrupt account is short of, the fund pays, and beyond its means there is a deficit.",
    reasons: ["Ok", "Ok", "Ok", "NotLiquidatable"],
    state: () => {
      const store = atRisk(-10_000_001n, -10_000_000n, -1n)();
      changeGlobal(store, { insurance: cash(15_000) });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 12].map((account) => liquidateBytes(account))),
  },
  {
    name: "liquidate-debt",
    why: "A debt without positions is the fund's; an account without either is left alone.",
    reasons: ["Ok", "NotLiquidatable", "NotLiquidatable"],
    state: marketWith((store) => {
      changeAccount(store, 3, { cash: -77 });
      changeGlobal(store, { insurance: cash(70) });
    }),
    kind: house,
    chunk: concatBytes(liquidateBytes(3), liquidateBytes(3), liquidateBytes(1)),
  },
  {
    name: "liquidate-pays-funding",
    why: "Funding is paid of every position, of what moves and of what stays, and counts in the equity.",
    reasons: ["Ok", "Ok", "NotLiquidatable"],
    state: () => {
      const store = market();
      // Eight lots owe 56,056 nano-USD.
      putAtRisk(store, 10, M - 1n + 56_056n, { fundingIndex: 7_007n });
      putAtRisk(store, 11, M - 1n - 56_088n, { fundingIndex: 7_011n, lots: -8 });
      putAtRisk(store, 12, M + 56_056n, { fundingIndex: 7_007n });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[10, 11, 12].map((account) => liquidateBytes(account))),
  },
  {
    name: "liquidate-without-ages",
    why: "Maintenance margin has the gaps between nodes, but no ages; settled positions move like others.",
    reasons: ["NotLiquidatable", "Ok", "NotLiquidatable", "Ok"],
    state: () => {
      const store = market();
      const aged = { reportTime: seconds(start - 10), index: price(index - index / 1_000) };
      putAtRisk(store, 10, M, aged);
      putAtRisk(store, 11, M - 1n, aged);
      putAtRisk(store, 12, M + 80n, { gap: 10n, reportTime: seconds(SETTLED_TIME) });
      putAtRisk(store, 13, M + 79n, { gap: 10n, reportTime: seconds(SETTLED_TIME) });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 13].map((account) => liquidateBytes(account))),
  },
  {
    name: "liquidate-marks-of-one-time",
    why: "Marks of reports ten seconds older than the newest will do, if the index has moved by no more than 0.1 %.",
    reasons: ["Ok", "MarkTooOld", "MarkTooOld", "Ok", "MarkTooOld", "MarkTooOld", "Ok"],
    state: () => {
      const store = market();
      putAtRisk(store, 10, least40, { reportTime: seconds(start - 10) });
      putAtRisk(store, 11, least40, { reportTime: seconds(start - 11) });
      putAtRisk(store, 12, M, { reportTime: seconds(start - 11) });
      const tenth = index / 1_000;
      [index + tenth, index + tenth + 1, index - tenth - 1].forEach((at, place) => {
        putAtRisk(store, 13 + place, least40, { index: price(at) });
      });
      // Of what is settled it does not matter.
      putAtRisk(store, 16, least40, { index: price(1), reportTime: seconds(SETTLED_TIME) });
      return store;
    },
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 13, 14, 15, 16].map((account) => liquidateBytes(account))),
  },
  ...[
    { name: "liquidate-in-the-last-second", age: 3_600, reason: "Ok" as const },
    { name: "liquidate-too-late", age: 3_601, reason: "MarkTooOld" as const },
  ].map(
    ({ name, age, reason }): VectorCase => ({
      name,
      why: "A mark serves to the last second of its greatest age.",
      reasons: [reason],
      state: () => {
        const store = atRisk(least40)();
        runAll(store, tickBytes(start + age));
        return store;
      },
      kind: house,
      chunk: liquidateBytes(10),
    }),
  ),
  {
    name: "liquidate-to-a-provider",
    why: "A provider takes the positions at their marks for a quarter of the penalty, rounded down; the fund gets the rest.",
    reasons: ["Ok", "Ok"],
    state: atRiskOf1(undefined, least40, least80 - 1n),
    kind: house,
    chunk: concatBytes(liquidateBytes(10, 1), liquidateBytes(11, 1)),
  },
  ...[
    { name: "liquidate-against-a-provider", lots: -9, why: "Part of a provider's own position is closed." },
    { name: "liquidate-closes-for-a-provider", lots: -4, why: "A provider's own position is closed to nothing." },
    { name: "liquidate-adds-to-a-provider", lots: 3, why: "A provider's own position grows." },
  ].map(
    ({ name, lots, why }): VectorCase => ({
      name,
      why: `${why} Its funding is paid too.`,
      reasons: ["Ok"],
      state: () => {
        const store = market();
        putAtRisk(store, 10, least40 + 8_888n, { fundingIndex: 1_111n });
        runAll(store, provider(1, 50));
        heldBy1(lots, 112n)(store);
        return store;
      },
      kind: house,
      chunk: liquidateBytes(10, 1),
    }),
  ),
  {
    name: "reason-not-liquidatable",
    why: "Equity of the maintenance margin, after the first liquidation, and nobody.",
    reasons: ["NotLiquidatable", "Ok", "NotLiquidatable", "UnknownAccount"],
    state: atRisk(M, least40),
    kind: house,
    chunk: concatBytes(...[10, 11, 11, 77].map((account) => liquidateBytes(account))),
  },
  {
    name: "reason-not-provider",
    why: "Who has not registered, or no longer is, or is the account itself, takes over nothing; nor does nobody.",
    reasons: ["NotProvider", "NotProvider", "NotProvider", "UnknownAccount", "Ok"],
    state: () => {
      const store = atRisk(least40)();
      runAll(store, provider(2, 1), provider(2, 2, { active: 0 }), provider(10, 1));
      return store;
    },
    kind: house,
    chunk: concatBytes(...[1, 2, 10, 77, 0].map((taker) => liquidateBytes(10, taker))),
  },
  {
    name: "reason-provider-unpaid",
    why: "Where the penalty is not paid in full there is nothing for a provider, and only the house takes over.",
    reasons: ["ProviderUnpaid", "Ok", "ProviderUnpaid", "ProviderUnpaid", "Ok"],
    state: atRiskOf1(undefined, leastPaid - 1n, leastPaid, 0n, -1n),
    kind: house,
    chunk: concatBytes(...[10, 11, 12, 13].map((account) => liquidateBytes(account, 1)), liquidateBytes(10)),
  },
  ...(["Ok", "InsufficientMargin"] as const).map(
    (reason): VectorCase => ({
      name: reason === "Ok" ? "liquidate-to-a-provider-just-able" : "reason-provider-margin",
      why: "A provider must have its initial margin for what it takes, with its reward, to the unit.",
      reasons: [reason],
      state: () => {
        const store = marketAfter(provider(1, 50))();
        // So that the value of four lots is a whole number of cash.
        putAtRisk(store, 10, least40, { mark: 1_000_250n });
        // Their margin is 900 USD; a quarter of the penalty of 252 USD is the reward.
        changeAccount(store, 1, { cash: 900_000_000 - 63_000_000 - (reason === "Ok" ? 0 : 1) });
        return store;
      },
      kind: house,
      chunk: liquidateBytes(10, 1),
    }),
  ),
  {
    name: "reason-provider-refused",
    why: "A provider with too many positions, or with one on a mark that is too old, takes over nothing.",
    reasons: ["TooManyPositions", "MarkTooOld"],
    state: () => {
      const now = start + 3_601;
      const store = market();
      runAll(store, provider(1, 50), provider(2, 50), sell(2, 51, 3_800, 1, { instrument: put }));
      runAll(store, buy(3, 1, 3_800, 1, { instrument: put }), tickBytes(now), report(now));
      holdPositions(store, 1, MAX_POSITIONS - 1);
      putAtRisk(store, 10, least40);
      return store;
    },
    kind: house,
    chunk: concatBytes(liquidateBytes(10, 1), liquidateBytes(10, 2)),
  },
  {
    name: "reason-value-out-of-range-liquidate",
    why: "Cash, the provider's lots and cash, and the fund stay within their ranges.",
    reasons: repeated(5, "ValueOutOfRange"),
    state: () => {
      const store = market();
      runAll(store, provider(1, 50), provider(2, 50), provider(3, 50));
      // Rich by a position, and in debt as far as may be.
      holdAlone(store, 3, { mark: 2n ** 62n - 1n }, 5_000, 2 ** 40);
      changeAccount(store, 3, { cash: 5 - MAX_CASH });
      putAtRisk(store, 10, least40);
      putAtRisk(store, 14, least40, { mark: 10_000_000_000_000n });
      putAtRisk(store, 11, -5_000n);
      putAtRisk(store, 12, least40);
      // A debt larger than may be, of which six tenths stay.
      putAtRisk(store, 13, least40);
      changeAccount(store, 13, { cash: -8_000_000_000_000_000 });
      changeMarket(store, 2_013, { mark: 0n });
      changeMarket(store, 1_013, { mark: 10n ** 18n + least40 / 8n });
      heldBy1(2 ** 40 - 3)(store);
      changeAccount(store, 2, { cash: MAX_CASH - 5 });
      changeGlobal(store, { insurance: cash(-MAX_CASH), claims: 2n ** 100n });
      return store;
    },
    kind: house,
    chunk: concatBytes(
      liquidateBytes(10, 1),
      liquidateBytes(11),
      liquidateBytes(12, 2),
      liquidateBytes(13),
      liquidateBytes(14, 3),
    ),
  },
  {
    name: "reason-exceeds-limit-liquidate",
    why: "Reading more positions than there can be would use more than a liquidation may.",
    reasons: ["ExceedsLimit"],
    state: marketWith((store) => holdDeepPositions(store, 2, 127)),
    kind: house,
    chunk: liquidateBytes(2),
  },
  {
    name: "next-chunk-liquidate",
    why: "A liquidation that finds no room for the next position is the next chunk's.",
    reasons: repeated(110, "Ok"),
    state: marketWith((store) => holdDeepPositions(store, 2)),
    kind: house,
    chunk: concatBytes(...Array.from({ length: 110 }, (_, nonce) => provider(1, nonce)), liquidateBytes(2)),
  },
  {
    name: "liquidate-in-debt",
    why: "Who has positions left keeps its debt: only what is closed wholly is forgiven.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = market();
      for (const [place, equity] of [least40, -5_000n].entries()) {
        putAtRisk(store, 10 + place, equity, { mark: 10_000_000_000_000n });
      }
      return store;
    },
    kind: house,
    chunk: concatBytes(liquidateBytes(10), liquidateBytes(11)),
  },
  {
    name: "liquidate-to-a-provider-of-many",
    why: "A provider may hold as many positions as anybody.",
    reasons: ["Ok"],
    state: atRiskOf1((store) => holdPositions(store, 1, MAX_POSITIONS - 2), least40),
    kind: house,
    chunk: liquidateBytes(10, 1),
  },
];
