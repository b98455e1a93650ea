import { createGenesis } from "@recourse/engine";
import { concatBytes, encodeMessages, MAX_CASH } from "@recourse/protocol";
import { depositMessage, genesisParameters, tickBytes } from "../../support/world.ts";
import { holdDeepPositions, market, marketAfter, marketWith, run } from "./state.ts";
import { alice, bridge, buy, repeated, risk, sell, start, type VectorCase, withdraw } from "./terms.ts";

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
];
