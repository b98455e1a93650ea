import { createGenesis } from "@recourse/engine";
import { encodeMessages } from "@recourse/protocol";
import { depositMessage, genesisParameters } from "../../support/world.ts";
import { market } from "./state.ts";
import { alice, bob, bridge, carol, type VectorCase } from "./terms.ts";

/** Messages of the inbox. */
export const bridgeCases: readonly VectorCase[] = [
  {
    name: "deposit",
    why: "Deposits open an account, and credit one that is open whatever owner they name.",
    reasons: ["Ok", "Ok"],
    state: market,
    kind: bridge,
    chunk: encodeMessages([depositMessage(9, carol.address, 5_000), depositMessage(1, bob.address, 7)]),
  },
  {
    name: "deposit-first",
    why: "The first chunk of all, on the genesis state: a term begins.",
    reasons: ["Ok"],
    state: () => createGenesis(genesisParameters),
    kind: bridge,
    chunk: encodeMessages([depositMessage(1, alice.address, 1_000_000)]),
  },
  {
    name: "reason-value-out-of-range-deposit",
    why: "More than the inbox ever lets in, to the unit.",
    reasons: ["ValueOutOfRange", "ValueOutOfRange", "Ok"],
    state: market,
    kind: bridge,
    chunk: encodeMessages([
      depositMessage(1, alice.address, 2 ** 53 - 1),
      depositMessage(1, alice.address, 2 ** 52 - 2_000_060_000_000),
      depositMessage(1, alice.address, 2 ** 52 - 1 - 2_000_060_000_000),
    ]),
  },
  {
    name: "reason-unknown-message",
    why: "Messages of kinds to come, and deposits of no deposit's length, change nothing but the cursor.",
    reasons: ["UnknownMessage", "UnknownMessage", "UnknownMessage", "Ok"],
    state: market,
    kind: bridge,
    chunk: encodeMessages([
      { ...depositMessage(1, alice.address, 5), kind: 2 },
      { ...depositMessage(1, alice.address, 5), body: new Uint8Array(31) },
      { ...depositMessage(1, alice.address, 5), body: new Uint8Array(0) },
      depositMessage(1, alice.address, 5),
    ]),
  },
];
