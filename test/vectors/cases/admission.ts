import { concatBytes } from "@recourse/protocol";
import { oracles, signedReport, tickBytes } from "../../support/world.ts";
import { market, marketAfter, run } from "./state.ts";
import { alice, bob, buy, index, listing, order, repeated, risk, start, trade, type VectorCase } from "./terms.ts";

/** Who may send a transaction, and until when. */
export const admissionCases: readonly VectorCase[] = [
  {
    name: "nonce-pruning",
    why: "A new nonce removes two old words of nonces whose deadlines have passed, the last of them just now.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const orders = [0, 64, 128, 192].map((later, place) =>
        buy(1, place, 700_000, 1, { deadline: start + later, nonce: 256 * place }),
      );
      const store = marketAfter(...orders)();
      run(store, risk, tickBytes(start + 256));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 9, 700_000, 1, { deadline: start + 400 }),
      buy(1, 10, 700_000, 1, { deadline: start + 401 }),
    ),
  },
  {
    name: "nonce-same-bucket",
    why: "The same nonce may be used again with a deadline of another 64 seconds.",
    reasons: ["Ok", "NonceUsed", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 5, 700_000, 1, { deadline: start + 100 }),
      buy(1, 5, 700_000, 1, { deadline: start + 101, clientOrderId: 6 }),
      buy(1, 5, 700_000, 1, { deadline: start + 170, clientOrderId: 7 }),
    ),
  },
  {
    name: "reason-unknown-account",
    why: "Nothing was ever deposited to the account.",
    reasons: ["UnknownAccount"],
    state: market,
    kind: trade,
    chunk: order({ account: 77, nonce: 1 }),
  },
  {
    name: "reason-deadline-passed",
    why: "A deadline of the clock's second is met; one of the second before is not.",
    reasons: ["Ok", "DeadlinePassed"],
    state: market,
    kind: trade,
    chunk: concatBytes(buy(1, 1, 700_000, 1, { deadline: start }), buy(1, 2, 700_000, 1, { deadline: start - 1 })),
  },
  {
    name: "reason-deadline-too-far",
    why: "Ten minutes ahead is allowed, a second more is not.",
    reasons: ["Ok", "DeadlineTooFar"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { deadline: start + 600 }),
      buy(1, 2, 700_000, 1, { deadline: start + 601 }),
    ),
  },
  {
    name: "reason-bad-signature",
    why: "Another account's key, another deployment's domain, another lister, another oracle.",
    reasons: ["BadSignature", "BadSignature"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, { key: bob }),
      buy(1, 2, 700_000, 1, { domain: new Uint8Array(32).fill(1) }),
    ),
  },
  {
    name: "reason-bad-signature-risk",
    why: "A lister that is none, and an oracle that signs in another's name.",
    reasons: ["BadSignature", "Ok", "BadSignature"],
    state: market,
    kind: risk,
    chunk: concatBytes(
      listing("BTC-26JUN20-10000-C", { key: alice }),
      tickBytes(start + 1),
      signedReport({ underlying: 1, time: start + 1, index, signers: 0b011, keys: [oracles[0], oracles[2]] }),
    ),
  },
  {
    name: "reason-nonce-used",
    why: "A replay: the same bytes twice.",
    reasons: ["Ok", "NonceUsed"],
    state: market,
    kind: trade,
    chunk: concatBytes(...repeated(2, buy(1, 1, 700_000, 1))),
  },
];
