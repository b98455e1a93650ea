import { encodePosition, positionKey } from "@recourse/engine";
import { accountNumber, concatBytes, instrumentNumber } from "@recourse/protocol";
import { markBytes } from "../../support/world.ts";
import { holdDeepPositions, marketWith, rest } from "./state.ts";
import { buy, cancel, perpetual, repeated, risk, sessions, trade, type VectorCase, withdraw } from "./terms.ts";

/** So many session keys that an order still starts after them, and soon finds the chunk full. */
const NEARLY_FULL = 90;

/** Transactions that a chunk has no room for. */
export const roomCases: readonly VectorCase[] = [
  {
    name: "next-chunk-maker",
    why: "An order that starts, and then finds that the chunk has no room for its next maker, is the next chunk's.",
    reasons: repeated(NEARLY_FULL, "Ok"),
    state: marketWith((store) => rest(store, 1, 1, 796_100, 120)),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL), buy(2, 1, 796_200, 120), cancel(1, 1_000, 1)),
  },
  {
    name: "next-chunk-taker-position",
    why: "So is one that finds no room for the next of the taker's positions.",
    reasons: repeated(NEARLY_FULL, "Ok"),
    state: marketWith((store) => {
      rest(store, 1, 1, 796_100, 1);
      holdDeepPositions(store, 2);
      store.put(positionKey(accountNumber(2), instrumentNumber(perpetual)), encodePosition(1, 0n));
    }),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL), buy(2, 1, 796_100, 1)),
  },
  {
    name: "next-chunk-maker-position",
    why: "And one that finds no room for the next of a maker's.",
    reasons: repeated(NEARLY_FULL, "Ok"),
    state: marketWith((store) => {
      rest(store, 1, 1, 796_100, 1);
      holdDeepPositions(store, 1);
      store.put(positionKey(accountNumber(1), instrumentNumber(perpetual)), encodePosition(1, 0n));
    }),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL), buy(2, 1, 796_100, 1)),
  },
  {
    name: "next-chunk-withdraw",
    why: "A withdrawal that finds no room for the next position is the next chunk's.",
    reasons: repeated(50, "Ok"),
    state: marketWith((store) => holdDeepPositions(store, 2)),
    kind: risk,
    chunk: concatBytes(...repeated(50, markBytes(perpetual)), withdraw(2, 1, 5)),
  },
  {
    name: "no-room-to-start",
    why: "An order for whose beginning the chunk has no room does not start.",
    reasons: repeated(NEARLY_FULL + 11, "Ok"),
    state: marketWith((store) => rest(store, 1, 1, 796_100, 120)),
    kind: trade,
    chunk: concatBytes(...sessions(1, NEARLY_FULL + 10), buy(2, 1, 796_200, 45), buy(2, 2, 796_200, 1)),
  },
];
