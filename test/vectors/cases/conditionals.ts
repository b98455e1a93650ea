import { concatBytes, FIRST_QUOTE_ID, MAX_PRICE } from "@recourse/protocol";
import { tickBytes } from "../../support/world.ts";
import { market, marketAfter, runAll } from "./state.ts";
import {
  bob,
  buy,
  bySession,
  cancelAll,
  conditional,
  deadline,
  immediate,
  index,
  otherKey,
  put,
  repeated,
  report,
  revoke,
  sell,
  session,
  start,
  trade,
  unmarked,
  type VectorCase,
} from "./terms.ts";

const DAY = 86_400;
const inAMonth = { deadline: start + 30 * DAY };
const below = { triggerDirection: 1 };

/** Conditional orders, and revocations of what was signed for later. */
export const conditionalCases: readonly VectorCase[] = [
  {
    name: "conditional",
    why: "An order fires once the mark is at its level or above it, or below: levels are rounded down to a lot's value.",
    reasons: ["Ok", "TriggerNotReached", "Ok", "TriggerNotReached", "Ok", "Ok"],
    state: marketAfter(sell(1, 1, 796_100, 5)),
    kind: trade,
    chunk: concatBytes(
      // The mark is 79,610,000,000 nano-USD, a lot's value at 7,961 USD.
      conditional(2, 1, 0, { triggerPrice: 796_100_000_009 }),
      conditional(2, 2, 0, { triggerPrice: 796_100_000_010 }),
      conditional(2, 3, 0, { triggerPrice: 796_100_000_000, ...below }),
      conditional(2, 4, 0, { triggerPrice: 796_099_999_999, ...below }),
      conditional(2, 5, 1, { lots: 2, timeInForce: 2 }),
      conditional(2, 6, 90_000_000, { ...below, rank: 700_000, restMinutes: 5 }),
    ),
  },
  {
    name: "conditional-option",
    why: "The mark of an option that is waited for is its own, of one unit of the underlying.",
    reasons: ["Ok", "TriggerNotReached", "TriggerNotReached", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      // The put's mark is 382,881,639 nano-USD for a lot of 0.02.
      ...[1_914_408_199, 1_914_408_200].map((triggerPrice, place) =>
        conditional(1, 1 + place, 0, { instrument: put, rank: 100, triggerPrice }),
      ),
      ...[1_914_408_194, 1_914_408_195].map((triggerPrice, place) =>
        conditional(1, 3 + place, 0, { instrument: put, rank: 100, triggerPrice, ...below }),
      ),
    ),
  },
  {
    name: "conditional-deadlines",
    why: "It may lie for thirty days, and is executed once; an order under the same nonce is neither.",
    reasons: ["DeadlineTooFar", "Ok", "NonceUsed", "DeadlineTooFar", "DeadlinePassed"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      conditional(1, 1, 7_000, { rank: 700_000, deadline: start + 30 * DAY + 1 }),
      conditional(1, 1, 7_000, { rank: 700_000, ...inAMonth }),
      conditional(1, 1, 7_000, { rank: 700_000, ...inAMonth }),
      buy(1, 2, 700_000, 1, inAMonth),
      conditional(1, 2, 7_000, { rank: 700_000, deadline: start - 1 }),
    ),
  },
  {
    name: "conditional-session",
    why: "A key of the scope of orders signs conditional ones and revokes nothing; one for cancels the other way round.",
    reasons: ["Ok", "Ok", "Ok", "OutOfScope", "OutOfScope", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      session(1, 1, { scope: 1 }),
      session(1, 2, { scope: 2, number: 2, address: otherKey.address }),
      conditional(1, 3, 7_000, { rank: 700_000, ...bySession }),
      revoke(1, 4, deadline, 99, bySession),
      conditional(1, 5, 7_000, { rank: 700_000, signer: 2, key: otherKey }),
      revoke(1, 6, deadline, 99, { signer: 2, key: otherKey }),
    ),
  },
  {
    name: "reason-era-passed",
    why: "What was signed before a revert of batches is void, and so is what was signed for an era to come.",
    reasons: ["EraPassed", "EraPassed", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(...[0, 2, 1].map((era) => conditional(1, 1, 7_000, { rank: 700_000, era }))),
    context: { era: 1, eraStart: start },
  },
  {
    name: "reason-trigger-not-reached",
    why: "Refused for now, it fires as soon as the mark is there.",
    reasons: ["TriggerNotReached", "Ok", "Ok"],
    state: () => {
      const store = market();
      runAll(store, tickBytes(start + 1), report(start + 1, { index: index + 1e8 }));
      return store;
    },
    kind: trade,
    chunk: concatBytes(
      conditional(1, 1, 7_962, { rank: 700_000 }),
      conditional(1, 1, 7_961, { rank: 700_000 }),
      conditional(1, 2, 7_961, { rank: 700_000, ...below }),
    ),
  },
  {
    name: "reason-malformed-conditional",
    why: "No trigger price, the first that is too large, a direction of no meaning, and what no order may be.",
    reasons: [...repeated(3, "MalformedOrder" as const), "Ok", ...repeated(3, "MalformedOrder" as const)],
    state: market,
    kind: trade,
    chunk: concatBytes(
      conditional(1, 1, 0, { rank: 700_000 }),
      conditional(1, 2, 0, { rank: 700_000, triggerPrice: MAX_PRICE, ...below }),
      conditional(1, 3, 7_000, { rank: 700_000, triggerDirection: 2 }),
      conditional(1, 4, 0, { rank: 700_000, triggerPrice: MAX_PRICE - 1, ...below }),
      conditional(1, 5, 7_000, { rank: 0 }),
      conditional(1, 6, 7_000, { rank: 700_000, timeInForce: 3 }),
      conditional(1, 7, 7_000, { rank: 700_000, clientOrderId: FIRST_QUOTE_ID }),
    ),
  },
  {
    name: "reason-conditional",
    why: "What refuses an order refuses a conditional one.",
    reasons: [
      "UnknownInstrument",
      "InstrumentNotMarked",
      "UnknownAccount",
      "BadSignature",
      "OutsidePriceBand",
      "NotFilled",
    ],
    state: market,
    kind: trade,
    chunk: concatBytes(
      conditional(1, 1, 7_000, { instrument: 5 }),
      conditional(1, 2, 7_000, { instrument: unmarked }),
      conditional(77, 3, 7_000),
      conditional(1, 4, 7_000, { key: bob }),
      conditional(1, 5, 7_000, { rank: 900_000 }),
      conditional(1, 6, 7_000, immediate),
    ),
  },
  {
    name: "revoke",
    why: "What was signed for later cannot be executed any more; what has the same nonce in another bucket can.",
    reasons: ["Ok", "NonceUsed", "Ok", "NonceUsed"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      revoke(1, 1, start + 10 * DAY, 7),
      conditional(1, 7, 7_000, { rank: 700_000, deadline: start + 10 * DAY }),
      conditional(1, 7, 7_000, { rank: 700_000, deadline: start + 11 * DAY }),
      // Its own nonce is used too.
      cancelAll(1, 1),
    ),
  },
  {
    name: "revoke-used",
    why: "What was executed cannot be revoked, nor twice, and a refused revocation uses no nonce.",
    reasons: ["Ok", "NonceUsed", "Ok", "NonceUsed", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      conditional(1, 1, 7_000, { rank: 700_000, ...inAMonth }),
      revoke(1, 2, inAMonth.deadline, 1),
      revoke(1, 2, inAMonth.deadline, 9),
      revoke(1, 3, inAMonth.deadline, 9),
      buy(1, 3, 700_000, 1),
    ),
  },
  {
    name: "reason-malformed-revocation",
    why: "Nothing whose deadline has passed, or lies further ahead than any may, and not the revocation itself.",
    reasons: ["MalformedRevocation", "Ok", "Ok", "MalformedRevocation", "MalformedRevocation", "Ok"],
    state: market,
    kind: trade,
    chunk: concatBytes(
      revoke(1, 1, start - 1, 9),
      revoke(1, 2, start, 9),
      revoke(1, 3, start + 2_592_600, 9),
      revoke(1, 4, start + 2_592_601, 9),
      // In one bucket with its own deadline.
      revoke(1, 5, deadline - 1, 5),
      revoke(1, 6, deadline + 64, 6),
    ),
  },
];
