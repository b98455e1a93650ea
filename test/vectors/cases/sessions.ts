import { concatBytes } from "@recourse/protocol";
import { signedCancel, signedSession, signedWithdraw, tickBytes } from "../../support/world.ts";
import { market, marketAfter, run } from "./state.ts";
import {
  bob,
  buy,
  bySession,
  cancelAll,
  deadline,
  LAST_SECOND,
  otherKey,
  repeated,
  replace,
  revokeSession,
  risk,
  sell,
  session,
  sessionKey,
  start,
  trade,
  type VectorCase,
  withAccount,
} from "./terms.ts";

/** Session keys: registering and revoking them, and what they sign. */
export const sessionCases: readonly VectorCase[] = [
  {
    name: "session",
    why: "A key orders, replaces, cancels one and cancels all; its owner signs on.",
    reasons: ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "NothingToCancel"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1),
      buy(1, 2, 700_000, 1, bySession),
      buy(1, 3, 700_000, 1, bySession),
      signedCancel({ account: 1, deadline, nonce: 4, clientOrderId: 2, ...bySession }),
      replace(1, 7, 3, bySession),
      cancelAll(1, 5, bySession),
      cancelAll(1, 6),
    ),
  },
  {
    name: "session-in-force-at-once",
    why: "A key signs from the next transaction on, its successor under the number in its stead, and none after a revocation.",
    reasons: ["Ok", "Ok", "Ok", "BadSignature", "Ok", "Ok", "UnknownSigner", "UnknownSigner"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { number: 255 }),
      buy(1, 2, 700_000, 1, { signer: 255, key: sessionKey }),
      session(1, 3, { number: 255, address: otherKey.address, expiry: LAST_SECOND }),
      buy(1, 4, 700_000, 1, { signer: 255, key: sessionKey }),
      buy(1, 4, 700_000, 1, { signer: 255, key: otherKey }),
      revokeSession(1, 5, 255),
      buy(1, 6, 700_000, 1, { signer: 255, key: otherKey }),
      revokeSession(1, 7, 255),
    ),
  },
  {
    name: "session-signatures",
    why: "A key's signature counts for its account, number and deployment only, the owner's for the owner's number only.",
    reasons: ["Ok", "Ok", "Ok", ...repeated(4, "BadSignature" as const)],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1),
      session(2, 1),
      session(1, 2, { number: 2, address: otherKey.address }),
      withAccount(2, buy(1, 3, 700_000, 1, bySession)),
      buy(1, 3, 700_000, 1, { ...bySession, signer: 2 }),
      buy(1, 3, 700_000, 1, { signer: 1 }),
      buy(1, 3, 700_000, 1, { ...bySession, domain: new Uint8Array(32) }),
    ),
  },
  {
    name: "session-nonces",
    why: "Owner and session keys share the account's nonces.",
    reasons: ["Ok", "Ok", "NonceUsed", "NonceUsed", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1),
      buy(1, 2, 700_000, 1, bySession),
      buy(1, 2, 700_000, 1, { clientOrderId: 3 }),
      cancelAll(1, 1, bySession),
      cancelAll(1, 3, bySession),
    ),
  },
  {
    name: "reason-unknown-signer",
    why: "A number under which no key was registered, another account's key, the revocation of nothing.",
    reasons: ["UnknownSigner", "Ok", "UnknownSigner", "UnknownSigner", "UnknownSigner"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      buy(1, 1, 700_000, 1, bySession),
      session(2, 1),
      buy(1, 1, 700_000, 1, bySession),
      buy(2, 2, 700_000, 1, { ...bySession, signer: 2 }),
      revokeSession(2, 3, 2),
    ),
  },
  {
    name: "reason-out-of-scope",
    why: "A key for orders cancels nothing, a key for cancels orders nothing, and no key makes or revokes keys.",
    reasons: ["Ok", "Ok", ...repeated(6, "OutOfScope" as const)],
    state: marketAfter(sell(1, 10, 800_000, 5)),
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { scope: 1 }),
      session(1, 2, { number: 2, scope: 2, address: otherKey.address }),
      signedCancel({ account: 1, deadline, nonce: 3, clientOrderId: 10, ...bySession }),
      cancelAll(1, 4, bySession),
      buy(1, 5, 700_000, 1, { signer: 2, key: otherKey }),
      replace(1, 6, 10, { signer: 2, key: otherKey }),
      session(1, 7, { ...bySession, number: 3 }),
      signedSession({ account: 1, deadline, nonce: 8, number: 1, ...bySession }),
    ),
  },
  {
    name: "reason-out-of-scope-withdraw",
    why: "Only the owner withdraws: not a key of every scope, and not a key that is not there.",
    reasons: ["OutOfScope", "UnknownSigner"],
    state: marketAfter(session(1, 1)),
    kind: risk,
    chunk: concatBytes(
      ...[bySession, { ...bySession, signer: 2 }].map((by) =>
        signedWithdraw({ account: 1, deadline, nonce: 2, amount: 5, recipient: bob.address, ...by }),
      ),
    ),
  },
  {
    name: "reason-session-expired",
    why: "A key signs in the second of its expiry, and no longer in the one after it, whatever the deadline says.",
    reasons: ["SessionExpired", "Ok", "Ok"],
    state: () => {
      const store = market();
      const [soonest, next] = [start + 1, start + 2];
      const second = { number: 2, address: otherKey.address, expiry: next };
      run(store, trade, concatBytes(session(1, 1, { expiry: soonest }), session(1, 2, second)));
      run(store, risk, tickBytes(next));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      buy(1, 3, 700_000, 1, bySession),
      buy(1, 4, 700_000, 1, { signer: 2, key: otherKey }),
      buy(1, 5, 700_000, 1),
    ),
  },
  {
    name: "reason-malformed-session",
    why: "Number 0, no scope, a scope of no meaning, an expiry that is not ahead, and revocations that say more.",
    reasons: ["Ok", ...repeated(6, "MalformedSession" as const), "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { expiry: start + 1 }),
      session(1, 2, { number: 0 }),
      session(1, 2, { scope: 0 }),
      session(1, 2, { scope: 4 }),
      session(1, 2, { expiry: start }),
      session(1, 2, { address: new Uint8Array(20), scope: 0 }),
      session(1, 2, { address: new Uint8Array(20), expiry: 0 }),
      revokeSession(1, 2, 1),
    ),
  },
];
