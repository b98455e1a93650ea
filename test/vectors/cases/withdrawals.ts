import { createGenesis } from "@recourse/engine";
import { cash, concatBytes, encodeMessages, InstrumentKind, MAX_CASH, price } from "@recourse/protocol";
import { depositMessage, genesisParameters, tickBytes } from "../../support/world.ts";
import {
  changeAccount,
  changeGlobal,
  holdAlone,
  holdDeepPositions,
  market,
  marketAfter,
  marketWith,
  run,
} from "./state.ts";
import { alice, bridge, buy, repeated, risk, sell, start, type VectorCase, withdraw } from "./terms.ts";

/** What all accounts of the market have deposited. */
const paidIn = 2_000_060_000_000;

/** Withdrawals. */
export const withdrawalCases: readonly VectorCase[] = [
  {
    name: "withdraw",
    why: "Withdrawals with and without positions, recorded under rising numbers.",
    reasons: ["Ok", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5)),
    kind: risk,
    chunk: concatBytes(withdraw(1, 2, 5_000_000), withdraw(3, 1, 60_000_000)),
  },
  {
    name: "withdraw-everything",
    why: "All that was ever paid in is withdrawn.",
    reasons: ["Ok", "VaultExhausted"],
    state: () => {
      const store = createGenesis(genesisParameters);
      run(store, bridge, encodeMessages([depositMessage(1, alice.address, 5_000)]));
      run(store, risk, tickBytes(start));
      return store;
    },
    kind: risk,
    chunk: concatBytes(withdraw(1, 1, 5_000), withdraw(1, 2, 1)),
  },
  {
    name: "reason-insufficient-margin-withdraw",
    why: "Without positions all may be withdrawn but not a unit more; what margin needs stays.",
    reasons: ["InsufficientMargin", "Ok", "InsufficientMargin"],
    state: marketAfter(sell(1, 1, 796_100, 500), buy(2, 1, 796_100, 500)),
    kind: risk,
    chunk: concatBytes(withdraw(3, 1, 60_000_001), withdraw(3, 2, 60_000_000), withdraw(1, 2, 1_000_000_000_000)),
  },
  {
    name: "reason-malformed-withdrawal",
    why: "No amount, no recipient, more than any account can have.",
    reasons: repeated(3, "MalformedWithdrawal"),
    state: market,
    kind: risk,
    chunk: concatBytes(
      withdraw(1, 1, 0),
      withdraw(1, 2, 5, { recipient: new Uint8Array(20) }),
      withdraw(1, 3, MAX_CASH + 1),
    ),
  },
  {
    name: "reason-vault-exhausted",
    why: "More than was ever paid in and not yet paid out.",
    reasons: ["VaultExhausted"],
    state: market,
    kind: risk,
    chunk: withdraw(1, 1, 2_000_060_000_001),
  },
  {
    name: "reason-exceeds-limit-withdraw",
    why: "Reading the account's positions, more than it can have, would use more than a withdrawal may.",
    reasons: ["ExceedsLimit"],
    state: marketWith((store) => holdDeepPositions(store, 2, 127)),
    kind: risk,
    chunk: withdraw(2, 1, 5),
  },
  {
    name: "withdraw-with-a-deficit",
    why: "Whoever leaves while there is a deficit bears a share of it, rounded down; one may not ask for more than there is.",
    reasons: ["Ok", "VaultExhausted", "VaultExhausted", "Ok"],
    state: marketWith((store) => {
      // Two thirds of what accounts may claim are there.
      changeGlobal(store, { deficit: cash(paidIn / 2), insurance: cash(17) });
      changeAccount(store, 1, { cash: 2 * paidIn });
    }),
    kind: risk,
    chunk: concatBytes(
      withdraw(1, 1, 100),
      withdraw(1, 2, 1),
      withdraw(1, 3, paidIn * 1.5 - 99),
      withdraw(1, 4, paidIn * 1.5 - 100),
    ),
  },
  {
    name: "withdraw-perpetuals-at-the-worse",
    why: "A perpetual counts at the worse of its mark and the index that it was marked from, held long or short.",
    reasons: repeated(4, ["Ok", "InsufficientMargin"] as const).flat(),
    state: marketWith((store) => {
      const [above, below] = [
        { mark: 1_005n, index: price(10_030_000_000) },
        { mark: 1_003n, index: price(10_050_000_000) },
      ];
      [above, below].forEach((prices, place) => {
        for (const less of [0, 1]) {
          const terms = { ...prices, kind: InstrumentKind.perpetual };
          const long = 10 + 2 * place + less;
          holdAlone(store, long, { ...terms, losses: new Array<bigint>(24).fill(1_003n + BigInt(less)) });
          const short = 20 + 2 * place + less;
          holdAlone(store, short, { ...terms, losses: new Array<bigint>(24).fill(-995n - BigInt(less)) }, 1_000, -1);
          changeAccount(store, short, { cash: 3 });
        }
      });
    }),
    kind: risk,
    chunk: concatBytes(...[10, 11, 12, 13, 20, 21, 22, 23].map((account) => withdraw(account, 1, 1))),
  },
  {
    name: "withdraw-stale",
    why: "Marks serve to the last second of their greatest age; without positions no mark matters.",
    reasons: ["Ok", "Ok", "Ok", "MarkTooOld", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5), buy(2, 1, 796_100, 5)),
    kind: risk,
    chunk: concatBytes(
      tickBytes(start + 3_600),
      withdraw(1, 2, 5, { deadline: start + 3_700 }),
      tickBytes(start + 3_601),
      withdraw(1, 3, 5, { deadline: start + 3_700 }),
      withdraw(3, 1, 5, { deadline: start + 3_700 }),
    ),
  },
  {
    name: "reason-value-out-of-range-withdraw",
    why: "Cash goes no further below zero than any account's may, whatever its positions are worth.",
    reasons: ["Ok", "ValueOutOfRange"],
    state: marketWith((store) => {
      holdAlone(store, 10, { mark: 2n ** 62n - 1n }, 1_000, 2 ** 40);
      changeAccount(store, 10, { cash: 5 - MAX_CASH });
    }),
    kind: risk,
    chunk: concatBytes(withdraw(10, 1, 5), withdraw(10, 2, 1)),
  },
];
