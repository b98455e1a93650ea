import { concatBytes, SETTLED_TIME, seconds } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { markBytes, tickBytes } from "../../support/world.ts";
import { changeAccount, changeMarket, market, marketAfter, runAll } from "./state.ts";
import {
  buy,
  conditional,
  fillOrKill,
  immediate,
  order,
  perpetual,
  put,
  reduceOnly,
  replace,
  report,
  sell,
  start,
  trade,
  type VectorCase,
} from "./terms.ts";

/**
 * A market in which account 3 holds ten lots, long or short, each of which adds a loss to its margin in one scenario. Of a
 * position the other way each lot would need six times as much.
 */
const heldBy3 =
  (side: number, lossPerLot: bigint, equityUsd: number, ...transactions: readonly Uint8Array[]) =>
  () => {
    const store = market();
    changeAccount(store, 3, { cash: 1_000_000_000 });
    const terms = { rank: 796_100, lots: 10, clientOrderId: 90, nonce: 90 };
    runAll(store, order({ account: 3, side, ...terms }), order({ account: 1, side: 1 - side, ...terms }));
    const losses = new Array<bigint>(24).fill(0n);
    const sign = side === 0 ? 1n : -1n;
    losses[5] = sign * lossPerLot;
    losses[6] = sign * -6n * lossPerLot;
    changeMarket(store, perpetual, { losses, delta: 0n });
    // Ten lots are worth 796.10 USD.
    changeAccount(store, 3, { cash: equityUsd * 1_000_000 - Number(sign) * 796_100_000 });
    runAll(store, ...transactions);
    return store;
  };

const late = { deadline: start + 4_000 };

/** A market in which accounts 1 and 2 hold five lots of the perpetual and one of the put against each other. */
function bothHeld(...transactions: readonly Uint8Array[]): OrderedStore {
  const inPut = { instrument: put };
  const perpetuals = [sell(1, 90, 796_100, 5), buy(2, 90, 796_100, 5)];
  return marketAfter(...perpetuals, sell(1, 91, 3_800, 1, inPut), buy(2, 91, 3_800, 1, inPut), ...transactions)();
}

/** Trades that take risk away: what is allowed without the initial margin, and with marks that are too old. */
export const reductionCases: readonly VectorCase[] = [
  {
    name: "reduction",
    why: "Below its initial margin an account may only come nearer to zero, not beyond.",
    reasons: ["InsufficientMargin", "InsufficientMargin", "Ok", "Ok"],
    state: heldBy3(0, 5_000_000_000n, 20, buy(2, 1, 796_100, 12), sell(2, 3, 796_200, 5)),
    kind: trade,
    chunk: concatBytes(
      buy(3, 1, 796_200, 1, immediate),
      sell(3, 2, 796_100, 11, fillOrKill),
      sell(3, 3, 796_100, 2, immediate),
      sell(3, 4, 796_100, 8, fillOrKill),
    ),
  },
  {
    name: "reduction-of-a-short-position",
    why: "The same for one who is short.",
    reasons: ["InsufficientMargin", "InsufficientMargin", "Ok", "Ok"],
    state: heldBy3(1, 5_000_000_000n, 20, sell(2, 1, 796_100, 12), buy(2, 3, 796_000, 5)),
    kind: trade,
    chunk: concatBytes(
      sell(3, 1, 796_000, 1, immediate),
      buy(3, 2, 796_100, 11, fillOrKill),
      buy(3, 3, 796_100, 2, immediate),
      buy(3, 4, 796_100, 8, fillOrKill),
    ),
  },
  {
    name: "reduction-at-a-bad-price",
    why: "A reduction that costs more than the margin that it sets free is refused; what was filled before stays.",
    reasons: ["InsufficientMargin", "Ok"],
    state: heldBy3(0, 5_000_000_000n, 20, buy(2, 1, 796_100, 3), buy(2, 2, 720_000, 30)),
    kind: trade,
    chunk: concatBytes(sell(3, 1, 720_000, 5, fillOrKill), sell(3, 2, 720_000, 5, reduceOnly)),
  },
  {
    name: "reduction-to-the-unit",
    why: "What a trade costs, its fee too, may be as large a share of the equity as what it sets free is of the margin.",
    reasons: ["InsufficientMargin", "Ok"],
    // One of ten lots at its mark costs a fee of 23,883 units of cash.
    state: heldBy3(0, 5_000_000_000n, 0.23883, buy(1, 1, 796_100, 1), buy(1, 2, 796_099, 1)),
    kind: trade,
    chunk: concatBytes(sell(3, 1, 796_099, 2, fillOrKill), sell(3, 2, 796_100, 1, fillOrKill)),
  },
  {
    name: "reduction-without-equity",
    why: "Who owes more than all is worth may close only for no less than the mark and the fee.",
    reasons: ["InsufficientMargin", "Ok"],
    state: heldBy3(0, 5_000_000_000n, -1, buy(1, 1, 796_339, 1), buy(1, 2, 796_338, 1)),
    kind: trade,
    chunk: concatBytes(sell(3, 1, 796_338, 2, fillOrKill), sell(3, 2, 796_339, 1, fillOrKill)),
  },
  {
    name: "reduction-of-a-stale-position",
    why: "Where only marks are too old, a trade may cost as much as the margin that it sets free, and no more.",
    reasons: ["MarkTooOld", "Ok"],
    // With its growth in 3,601 seconds the margin of one lot is that fee, to the unit.
    state: heldBy3(
      ...([0, 21_711_542n, 100, buy(1, 1, 796_100, 1), buy(1, 2, 796_099, 1), tickBytes(start + 3_601)] as const),
    ),
    kind: trade,
    chunk: concatBytes(
      sell(3, 1, 796_099, 2, { ...fillOrKill, options: 2, ...late }),
      sell(3, 2, 796_100, 1, { ...fillOrKill, options: 2, ...late }),
    ),
  },
  {
    name: "reduction-of-a-maker",
    why: "A maker below its initial margin is filled where that takes risk away, and is else cancelled for a fee.",
    reasons: ["Ok", "Ok"],
    state: heldBy3(
      0,
      5_000_000_000n,
      20,
      ...[sell(3, 1, 796_100, 4), sell(3, 2, 796_110, 9), buy(3, 3, 796_000, 1), buy(1, 4, 795_900, 1)],
    ),
    kind: trade,
    chunk: concatBytes(buy(2, 1, 796_110, 13, immediate), sell(2, 2, 795_900, 2, immediate)),
  },
  {
    name: "stale-last-second",
    why: "A mark serves for orders in the last second of its greatest age.",
    reasons: ["Ok", "Ok", "Ok", "Ok"],
    state: () => bothHeld(tickBytes(start + 3_600)),
    kind: trade,
    chunk: concatBytes(
      buy(1, 2, 796_000, 1, late),
      sell(2, 2, 796_000, 1, late),
      conditional(1, 3, 7_961, { rank: 700_000, ...late }),
      sell(1, 4, 796_000, 1, late),
    ),
  },
  {
    name: "stale-orders",
    why: "A second later only orders that may only reduce are taken, and no conditional ones; their makers must reduce too.",
    reasons: ["MarkTooOld", "MarkTooOld", "MarkTooOld", "Ok", "Ok"],
    state: () => {
      const resting = [buy(3, 1, 796_020, 1), buy(1, 1, 796_010, 2), buy(1, 2, 796_000, 1), sell(1, 3, 796_200, 9)];
      return bothHeld(...resting, tickBytes(start + 3_601));
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 4, 795_000, 1, late),
      replace(1, 5, 2, { rank: 795_000, ...late }),
      conditional(1, 6, 7_961, { ...reduceOnly, ...late }),
      sell(2, 7, 796_000, 2, { ...reduceOnly, ...immediate, ...late }),
      replace(1, 8, 2, { rank: 795_000, ...reduceOnly, ...late }),
    ),
  },
  {
    name: "stale-other-leg",
    why: "Whoever has another position on a mark that is too old trades only to reduce, as a taker and as a maker.",
    reasons: ["MarkTooOld", "Ok", "Ok"],
    state: () => {
      const now = start + 3_601;
      const store = bothHeld(sell(1, 1, 796_120, 3), buy(1, 2, 796_000, 2), tickBytes(now), report(now));
      changeAccount(store, 3, { cash: 1_000_000_000 });
      runAll(store, markBytes(perpetual), sell(3, 3, 796_130, 4, late));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      // Account 3 has no other position; account 2 would hold more.
      buy(2, 4, 796_130, 1, { ...fillOrKill, ...late }),
      // Account 2 holds less, so does account 1 by its bid.
      sell(2, 5, 796_000, 1, late),
      // Account 1 would be shorter: its offer goes, without a fee.
      buy(3, 6, 796_120, 1, late),
    ),
  },
  {
    name: "stale-settled-leg",
    why: "A settled leg never grows old.",
    reasons: ["Ok"],
    state: () => {
      const now = start + 3_601;
      const store = bothHeld(tickBytes(now), report(now), markBytes(perpetual));
      changeMarket(store, put, {
        reportTime: seconds(SETTLED_TIME),
        delta: 0n,
        losses: new Array<bigint>(24).fill(0n),
      });
      runAll(store, sell(1, 3, 796_130, 4, late));
      return store;
    },
    kind: trade,
    chunk: buy(2, 4, 796_130, 1, late),
  },
];
