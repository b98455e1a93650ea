import { encodeUnderlying, underlyingKey } from "@recourse/engine";
import {
  cash,
  concatBytes,
  encodeMessages,
  price,
  quantity,
  SETTLED_TIME,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { depositMessage, signer, tickBytes } from "../../support/world.ts";
import {
  changeAccount,
  changeGlobal,
  changeMarket,
  holdAlone,
  market,
  marketAfter,
  marketWith,
  run,
  runAll,
} from "./state.ts";
import {
  bridge,
  buy,
  immediate,
  index,
  perpetual,
  risk,
  sell,
  start,
  trade,
  type VectorCase,
  withdraw,
} from "./terms.ts";

/** Withdraws the one unit of cash of an account that {@link holdAlone} made, so that its equity is its positions' value. */
const withdrawAll = (account: number, now = start): Uint8Array =>
  withdraw(account, 1, 1, { recipient: signer(account).address, deadline: now });

/** No loss in any scenario but these. */
function lossesOf(loss: bigint, scenario = 23, otherLoss = 0n, otherScenario = 0): bigint[] {
  const losses = new Array<bigint>(24).fill(0n);
  losses[otherScenario] = otherLoss;
  losses[scenario] = loss;
  return losses;
}

/** So many accounts that have just enough, each before one that has a unit less. */
const pairs = (count: number) => Array.from({ length: count }, () => ["Ok", "InsufficientMargin"] as const).flat();

/** A second underlying with the index of the first. */
function listSecond(store: OrderedStore): void {
  const symbol = new Uint8Array(8).fill(0x58);
  const other = encodeUnderlying({ symbol, grid: 1, index: price(index), indexTime: seconds(start) });
  store.put(underlyingKey(underlyingNumber(2)), other);
}

/** What accounts must keep for their positions. */
export const marginCases: readonly VectorCase[] = [
  {
    name: "margin-to-the-unit",
    why: "Equity of exactly the margin is enough and one unit less is not: by the minimum, by its rounding, by a scenario.",
    reasons: ["Ok", "InsufficientMargin", "InsufficientMargin", "Ok", "InsufficientMargin"],
    state: marketWith((store) => {
      const unweighted = [
        { mark: 7_961n, delta: 50_000n },
        { mark: 7_960n, delta: 50_000n },
        { mark: 0n, delta: 1n },
      ];
      const scenarios = [
        { mark: 300n, loss: 300n },
        { mark: 299n, loss: 300n },
      ];
      unweighted.forEach(({ mark, delta }, place) => {
        holdAlone(store, 10 + place, { mark, delta });
      });
      scenarios.forEach(({ mark, loss }, place) => {
        holdAlone(store, 13 + place, { mark, losses: [...new Array<bigint>(23).fill(-1n), loss] });
      });
    }),
    kind: risk,
    chunk: concatBytes(...[10, 11, 12, 13, 14].map((account) => withdrawAll(account))),
  },
  {
    name: "margin-hedged",
    why: "Positions that hedge each other owe the minimum on what is hedged, and each underlying owes its own.",
    reasons: ["Ok", "InsufficientMargin"],
    state: marketWith((store) => {
      for (const [account, value] of [
        [10, 3_981n + 7_961n],
        [11, 3_981n + 7_960n],
      ] as const) {
        const losses = [...new Array<bigint>(23).fill(0n), 7_961n];
        holdAlone(store, account, { mark: value, delta: 50_000n });
        holdAlone(store, account, { delta: -50_000n }, 2_000);
        holdAlone(store, account, { losses, underlying: underlyingNumber(2) }, 3_000);
      }
      listSecond(store);
    }),
    kind: risk,
    chunk: concatBytes(withdrawAll(10), withdrawAll(11)),
  },
  {
    name: "margin-age",
    why: "Margin grows with the square root of a report's age: after a second, 100 seconds, an hour, to the unit.",
    reasons: ["Ok", "Ok", "InsufficientMargin", "Ok", "Ok", "InsufficientMargin", "Ok", "Ok", "InsufficientMargin"],
    state: marketWith((store) => {
      // 300,000 grown by 1,667, 16,667 and 100,001 millionths, rounded up.
      [300_501n, 300_500n, 305_001n, 305_000n, 330_001n, 330_000n].forEach((mark, place) => {
        holdAlone(store, 10 + place, { mark, losses: lossesOf(300_000n) });
      });
    }),
    kind: risk,
    chunk: concatBytes(
      ...[1, 100, 3_600].flatMap((age, place) => [
        tickBytes(start + age),
        withdrawAll(10 + 2 * place, start + age),
        withdrawAll(11 + 2 * place, start + age),
      ]),
    ),
  },
  {
    name: "margin-age-of-the-oldest",
    why: "The oldest report among the legs of an underlying counts, that of another underlying not, settled legs never.",
    reasons: ["Ok", "Ok", "InsufficientMargin", "Ok", "InsufficientMargin"],
    state: marketWith((store) => {
      listSecond(store);
      const losses = lossesOf(300_000n);
      const later = { reportTime: seconds(start + 60) };
      const settled = { mark: 5n, reportTime: seconds(SETTLED_TIME) };
      [305_001n, 305_000n].forEach((mark, place) => {
        holdAlone(store, 10 + place, { mark, losses, ...later });
        holdAlone(store, 10 + place, {}, 2_000);
        holdAlone(store, 10 + place, { reportTime: seconds(start + 30) }, 3_000);
        // A settled leg adds its value and takes no part in the age.
        holdAlone(store, 12 + place, { mark: mark - 5n, losses }, 1_000);
        holdAlone(store, 12 + place, settled, 2_000);
        holdAlone(store, 12 + place, { underlying: underlyingNumber(2), ...later }, 3_000);
      });
    }),
    kind: risk,
    chunk: concatBytes(tickBytes(start + 100), ...[10, 11, 12, 13].map((account) => withdrawAll(account, start + 100))),
  },
  {
    name: "margin-age-none",
    why: "What is settled alone has no age, and no report can be younger than now.",
    reasons: ["Ok", "Ok", "InsufficientMargin", "Ok"],
    state: marketWith((store) => {
      const settled = { losses: lossesOf(300_000n), reportTime: seconds(SETTLED_TIME) };
      holdAlone(store, 10, { mark: 300_000n, ...settled });
      holdAlone(store, 11, { mark: 299_999n, ...settled });
      holdAlone(store, 12, { mark: 300_000n, losses: lossesOf(300_000n), reportTime: seconds(start + 3_599) });
    }),
    kind: risk,
    chunk: concatBytes(tickBytes(start + 3_599), ...[10, 11, 12].map((account) => withdrawAll(account, start + 3_599))),
  },
  {
    name: "margin-mixed-ages",
    why: "A leg marked from an older report pays for the index's move since, and for a quarter of a move of volatility.",
    reasons: pairs(5),
    state: marketWith((store) => {
      const older = { reportTime: seconds(start - 1), index: price(index - 1_000_000_000) };
      // Of one unit: 116 for the move, 2 for the quarter of 6, and 6 for the greatest loss of 5, grown.
      const [up, down] = [lossesOf(5n, 7, -6n, 8), lossesOf(-6n, 7, 5n, 8)];
      [0n, 1n].forEach((less, place) => {
        holdAlone(store, 10 + place, { ...older, mark: 124n - less, losses: up });
        holdAlone(store, 12 + place, { ...older, mark: 124n - less, losses: down });
        // Rounded up: 116 and a little.
        const little = { ...older, index: price(index + 1_000_000_001), mark: 125n - less, losses: up };
        holdAlone(store, 14 + place, little);
        // Three held short, whose least loss becomes the greatest.
        holdAlone(store, 16 + place, { ...older, mark: -125n + less, losses: lossesOf(-6n, 7) }, 1_000, -3);
        // The newest report has no lag, wherever its index was.
        holdAlone(store, 18 + place, { index: price(1), mark: 5n - less, losses: up });
      });
    }),
    kind: risk,
    chunk: concatBytes(...Array.from({ length: 10 }, (_, place) => withdrawAll(10 + place))),
  },
  {
    name: "margin-between-nodes",
    why: "What is held long owes its gap, on top of its margin and unaged; what is held short does not.",
    reasons: ["Ok", ...pairs(2)],
    state: marketWith((store) => {
      const losses = lossesOf(300_000n);
      holdAlone(store, 10, { mark: 330_001n + 77n, gap: 77n, losses });
      holdAlone(store, 11, { mark: 330_000n + 77n, gap: 77n, losses });
      // Short: the mark is what it receives.
      holdAlone(store, 12, { mark: -330_001n, gap: 77n, losses: lossesOf(-300_000n) }, 1_000, -1);
      holdAlone(store, 13, { mark: -330_000n, gap: 77n, losses: lossesOf(-300_000n) }, 1_000, -1);
    }),
    kind: risk,
    chunk: concatBytes(
      tickBytes(start + 3_600),
      ...[10, 11, 12, 13].map((account) => withdrawAll(account, start + 3_600)),
    ),
  },
  {
    name: "margin-funding-due",
    why: "What a position owes as funding is taken off its account's equity, what it is owed is added.",
    reasons: pairs(2),
    state: marketWith((store) => {
      [0n, 1n].forEach((less, place) => {
        holdAlone(store, 10 + place, { mark: 107n - less, fundingIndex: 7n, losses: lossesOf(100n) });
        holdAlone(store, 12 + place, { mark: -93n + less, fundingIndex: 7n, losses: lossesOf(-100n) }, 1_000, -1);
      });
    }),
    kind: risk,
    chunk: concatBytes(...[10, 11, 12, 13].map((account) => withdrawAll(account))),
  },
  {
    name: "margin-totals",
    why: "A withdrawal notes the account's margin and notional value, and the changes of the sums over all accounts.",
    reasons: ["Ok", "Ok", "Ok"],
    state: marketWith((store) => {
      const lot = quantity(3_333_333);
      holdAlone(store, 10, { mark: 5_000_001n, losses: lossesOf(2_000_001n), lot }, 1_000, 2);
      holdAlone(store, 11, { mark: -5_000_001n, losses: lossesOf(-2_000_001n), lot }, 1_000, -2);
      // Of before there is more than there will be.
      changeAccount(store, 10, { margin: 9_000, notional: 99_000_000_000 });
      changeAccount(store, 1, { margin: 7, notional: 8 });
      changeGlobal(store, { margin: 9_007n, notional: 99_000_000_008n });
    }),
    kind: risk,
    chunk: concatBytes(withdrawAll(10), withdrawAll(11), withdraw(1, 1, 5)),
  },
  {
    name: "margin-totals-at-their-limit",
    why: "Margins and notional values beyond what a record can say are said to be the greatest that it can.",
    reasons: ["Ok"],
    state: marketWith((store) => {
      const losses = lossesOf(2n ** 47n - 1n);
      for (const offset of [1_000, 2_000]) {
        holdAlone(store, 10, { mark: 2n ** 61n, losses, lot: quantity(2 ** 39) }, offset, 2 ** 40);
      }
    }),
    kind: risk,
    chunk: withdrawAll(10),
  },
  {
    name: "margin-of-a-trade-to-the-unit",
    why: "After a fill equity of exactly the margin is enough, one unit less is not, of a taker and of a maker.",
    reasons: ["InsufficientMargin", "Ok", "Ok"],
    state: () => {
      const store = market();
      changeMarket(store, perpetual, { losses: new Array<bigint>(24).fill(50_000_000_000n), delta: 0n });
      // A lot at its mark costs 23,883 units of cash as a taker and 7,961 as a maker.
      for (const [account, amount] of [
        [4, 50_023_882],
        [5, 50_023_883],
        [6, 50_007_960],
        [7, 50_007_961],
      ] as const) {
        run(store, bridge, encodeMessages([depositMessage(account, signer(account).address, amount)]));
      }
      runAll(store, sell(1, 1, 796_100, 2), buy(6, 2, 796_090, 1), buy(6, 3, 796_080, 1), buy(7, 4, 796_080, 1));
      changeMarket(store, perpetual, { mark: 79_610_000_000n });
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(4, 5, 796_100, 1, immediate),
      buy(5, 6, 796_100, 1, immediate),
      // A bid at 0.2 USD below the mark leaves 0.2 USD more than there has to be.
      sell(2, 7, 796_080, 3, immediate),
    ),
  },
  {
    name: "margin-of-a-maker-to-the-unit",
    why: "A maker that has a unit less than its margin is cancelled for a fee, one that has it is filled.",
    reasons: ["Ok"],
    state: () => {
      const store = market();
      changeMarket(store, perpetual, { losses: new Array<bigint>(24).fill(50_000_000_000n), delta: 0n });
      for (const [account, amount] of [
        [6, 50_007_960],
        [7, 50_007_961],
      ] as const) {
        run(store, bridge, encodeMessages([depositMessage(account, signer(account).address, amount)]));
      }
      runAll(store, buy(6, 1, 796_100, 1), buy(7, 2, 796_100, 1));
      return store;
    },
    kind: trade,
    chunk: sell(2, 3, 796_100, 2, immediate),
  },
  {
    name: "fees-make-good",
    why: "Fees of fills retire a deficit first, and a maker's for want of margin too.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = marketAfter(sell(3, 1, 796_000, 50), sell(1, 1, 796_100, 5))();
      changeGlobal(store, { deficit: cash(150_000) });
      return store;
    },
    kind: trade,
    chunk: concatBytes(buy(2, 1, 796_000, 1, immediate), buy(2, 2, 796_100, 5, immediate)),
  },
];
