import { type Mutant, mistakes, mistakesIn, type SolidityMutant } from "./mutant.ts";

/** Mistakes in chunks, admission, listings, reports, options' marks and the store. */

export const typeScriptChunkMutants: readonly Mutant[] = [
  ...mistakes("store/src/orderedStore.ts", [
    [
      "this.#descend(nodes.childOf(this.#path[above - 1]!, 1), LEAST_KEY, above)",
      "this.#descend(nodes.childOf(this.#path[above - 1]!, 1), LEAST_KEY)",
      "a depth is counted from the wrong place",
    ],
    [
      "const sibling = depth === this.#pathLength ? leaf : this.#path[depth]!;",
      "const sibling = leaf;",
      "a new branch loses what was below the old",
    ],
  ]),
  ...mistakes("engine/src/admission.ts", [
    ["if (end > step.global.time) break;", "if (end >= step.global.time) break;", "nonces wait a second longer"],
    [
      "deadline > step.global.time + aheadSeconds",
      "deadline >= step.global.time + aheadSeconds",
      "ten minutes ahead is too far",
    ],
    ["step.global.time > expiry", "step.global.time >= expiry", "a session key ends a second early"],
    ["(scope & (scopes[kind] ?? 0)) === 0", "scope < (scopes[kind] ?? 4)", "a scope holds the lesser ones"],
    [
      "return { reason: Reason.Ok, address: key };",
      "return { reason: Reason.Ok, address: owner };",
      "the owner signs under a session key's number",
    ],
    [
      "[TransactionKind.cancelAll]: SessionScope.cancel",
      "[TransactionKind.cancelAll]: SessionScope.trade",
      "a cancel of all is in another scope",
    ],
    [
      "[TransactionKind.quotes]: SessionScope.trade",
      "[TransactionKind.quotes]: SessionScope.cancel",
      "quotes are in another scope",
    ],
    [
      "[TransactionKind.revoke]: SessionScope.cancel",
      "[TransactionKind.revoke]: SessionScope.trade",
      "revocations are in another scope",
    ],
  ]),
  ...mistakes("engine/src/session.ts", [
    [
      "if (!step.store.delete(signerKey(account, number))) return Reason.UnknownSigner;",
      "step.store.delete(signerKey(account, number));",
      "what is not there is revoked",
    ],
    ["expiry > step.global.time", "expiry >= step.global.time", "a key is born expired"],
    ["scope <= EVERY_SCOPE", "scope !== 0", "a scope of no meaning is taken"],
  ]),
  ...mistakes("engine/src/execute.ts", [
    ["global.position = 0;", "", "a new term goes on counting"],
    ["Math.max(global.time, context.eraStart)", "context.eraStart", "a new era moves the clock back"],
  ]),
  ...mistakes("engine/src/listing.ts", [
    ["takerFeeRate > MAX_FEE_RATE", "takerFeeRate >= MAX_FEE_RATE", "the greatest fee is refused"],
  ]),
  ...mistakes("engine/src/report.ts", [["expiry <= previous", "expiry < previous", "an expiry may come twice"]]),
  ...mistakes("engine/src/riskArray.ts", [
    ["if (upFactor < ONE) upFactor = ONE;", "", "an up-shock has no least size"],
    ["lot * DELTA_PER_LOT_UNIT) >> FRACTION_BITS", "lot * DELTA_PER_LOT_UNIT) / ONE", "a negative delta is rounded up"],
    ["* lot + divisor - 1n) / divisor", "* lot) / divisor", "the gap is rounded down"],
  ]),
  ...mistakes("engine/src/black76.ts", [["callDelta - ONE", "ONE - callDelta", "a put's delta has the wrong sign"]]),
  ...mistakes("engine/src/svi.ts", [
    ["-logRatio - (surface.m", "-logRatio + (surface.m", "a smile is shifted the other way"],
  ]),
  ...mistakes("store/src/meter.ts", [["VISIT = 200", "VISIT = 201", "a visit costs more"]]),
  ...mistakes("protocol/src/decodeTransaction.ts", [
    ["timeInForce: (flags >> 1) & 3", "timeInForce: (flags >> 1) & 1", "a bit of a field is lost"],
  ]),
];

export const solidityChunkMutants: readonly SolidityMutant[] = [
  ...mistakesIn("StepTrade", "Execute.sol", [
    ["if (reason == Room.NEXT_CHUNK) break;", "", "an order of the next chunk counts in this one"],
    ["position - start + length > ", "position - start + length >= ", "the longest chunk is cut"],
  ]),
  ...mistakesIn("StepTrade", "Admission.sol", [
    [
      "? Limits.MAX_CONDITIONAL_AHEAD_SECONDS",
      "? Limits.MAX_DEADLINE_AHEAD_SECONDS",
      "a conditional order lies no longer than others",
    ],

    ["deadline < step.global.time", "deadline <= step.global.time", "the last second is too late"],
    ["return (Reason.OK, session.key);", "return (Reason.OK, owner);", "the owner signs under a session key's number"],
    ["PRUNED_WORDS = 2", "PRUNED_WORDS = 1", "nonces pile up"],
  ]),
  ...mistakesIn("StepTrade", "Session.sol", [
    ["session.scope <= EVERY_SCOPE", "session.scope < EVERY_SCOPE", "no key signs everything"],
  ]),
  ...mistakesIn("StepRisk", "Report.sol", [["|| expiry <= step.global.time", "", "an expired expiry is reported"]]),
  ...mistakesIn("StepRisk", "Listing.sol", [
    ["< MAX_TICK_VALUE", "<= MAX_TICK_VALUE", "a limit is met that must not be"],
  ]),
  ...mistakesIn("StepRisk", "Tick.sol", [
    ["time > step.context.batchTime", "time >= step.context.batchTime", "the batch's time is not reached"],
  ]),
  ...mistakesIn("StepBridge", "Deposit.sol", [
    ["amount > Limits.MAX_DEPOSITS", "amount >= Limits.MAX_DEPOSITS", "the last deposit is refused"],
  ]),
  ...mistakesIn("Pricing", "RiskArray.sol", [
    [
      "secondsLeft > SECONDS_PER_DAY ? secondsLeft : SECONDS_PER_DAY",
      "secondsLeft",
      "shocks grow without end on the last day",
    ],
    ["state.delta * width - rise", "state.delta * width + rise", "the upper tangent of a gap starts at the wrong end"],
  ]),
  ...mistakesIn("Pricing", "Svi.sol", [
    ["rootOfComplement >= -a", "rootOfComplement > -a", "a surface that touches zero is refused"],
  ]),
];
