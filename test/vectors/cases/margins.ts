import { encodeUnderlying, underlyingKey } from "@recourse/engine";
import { concatBytes, price, seconds, underlyingNumber } from "@recourse/protocol";
import { signer } from "../../support/world.ts";
import { holdAlone, marketWith } from "./state.ts";
import { index, risk, start, type VectorCase, withdraw } from "./terms.ts";

/** Withdraws the one unit of cash of an account that {@link holdAlone} made, so that its equity is its positions' value. */
const withdrawAll = (account: number): Uint8Array => withdraw(account, 1, 1, { recipient: signer(account).address });

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
      const symbol = new Uint8Array(8).fill(0x58);
      const other = encodeUnderlying({ symbol, grid: 1, index: price(index), indexTime: seconds(start) });
      store.put(underlyingKey(underlyingNumber(2)), other);
    }),
    kind: risk,
    chunk: concatBytes(withdrawAll(10), withdrawAll(11)),
  },
];
