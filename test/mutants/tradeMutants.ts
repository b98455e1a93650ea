import { type Mutant, mistakes, mistakesIn, type SolidityMutant } from "./mutant.ts";

/** Mistakes in orders, cancels and revocations. */

export const typeScriptTradeMutants: readonly Mutant[] = [
  ...mistakes("engine/src/matching.ts", [
    [" + FEE_SCALE - 1n) / FEE_SCALE", ") / FEE_SCALE", "fees are rounded down"],
    ["resting.goodTill < step.global.time", "resting.goodTill <= step.global.time", "an order dies a second early"],
    ["resting.rank <= order.priceRank : ", "resting.rank < order.priceRank : ", "a buyer does not meet its own price"],
    ["Math.max(record.cash, 0), ", "record.cash, ", "a maker in debt is given the fee"],
    [
      "(makerBefore.cash + direction * value - makerFee)",
      "(makerBefore.cash + direction * value - takerFee)",
      "the maker pays the taker's fee",
    ],
    ["longChange(maker.lots, makerAfter.lots)", "0", "open interest misses the maker"],
    ["Math.max(direction * maker.lots, 0)", "Math.abs(maker.lots)", "reduce-only adds"],
    [
      "setLeft(plan, resting, maker, hasReduced ? 0 : left)",
      "setLeft(plan, resting, maker, left)",
      "a reduce-only order that has reduced stays",
    ],
    ["if (death === undefined && (order.options", "if ((order.options", "a dead order keeps a post-only one away"],
    [
      "death === undefined && isOwn && prevention === SelfTradePrevention.cancelIncoming",
      "isOwn && prevention === SelfTradePrevention.cancelIncoming",
      "a dead order of the account counts as a self-trade",
    ],
    [
      "prevention === SelfTradePrevention.cancelBoth ? ",
      "prevention === SelfTradePrevention.cancelIncoming ? ",
      "the incoming order lives on where both go",
    ],
    ["if (isOwn && resting.clientOrderId === replaced?.clientOrderId) continue;", "", "the replaced order is met"],
    [
      "fullness(step.store, keptBack(plan) + MAKER_BASE",
      "fullness(step.store, MAKER_BASE",
      "writes are not kept back for",
    ],
    [
      '(isOwn || isWithinBand(resting.rank, plan.band) ? undefined : "band")',
      "undefined",
      "orders far from the mark are filled",
    ],
    [
      "const claims = plan.claims - takerBefore.due - makerBefore.due;",
      "const claims = plan.claims - takerBefore.due;",
      "the maker's funding is claimed for ever",
    ],
    [
      'if (judgedMaker.failure === "margin") chargeUnderMargined',
      "chargeUnderMargined",
      "a maker pays for an old mark",
    ],
    [
      "const paid = ceilDiv(due, nanoUsdPerCash);",
      "const paid = due / nanoUsdPerCash;",
      "funding is rounded toward zero",
    ],
    ["if (openInterest > MAX_OPEN_INTEREST || ", "if (", "open interest grows without end"],
    [
      "const takerBefore = afterFunding(plan, taker);",
      "const takerBefore = { ...taker, cash: taker.record.cash, due: 0n, paid: 0n };",
      "a taker's funding is forgotten",
    ],
  ]),
  ...mistakes("engine/src/order.ts", [
    [
      "(BigInt(tick) * BigInt(lot)) / priceQuantityPerCash",
      "BigInt(tick) * (BigInt(lot) / priceQuantityPerCash)",
      "it divides before it multiplies",
    ],
    [
      "record.restingOrders >= MAX_RESTING_ORDERS",
      "record.restingOrders > MAX_RESTING_ORDERS",
      "one resting order too many",
    ],
    [
      "? plan.metOrders.length > 0 : plan.isFilled",
      "? plan.isFilled : plan.isFilled",
      "dead orders are never taken away",
    ],
    [" || timeInForce === TimeInForce.fillOrKill) return", ") return", "half of an order that is all or nothing"],
    ["if (replaced !== undefined) record.restingOrders--;", "", "the replaced order is counted"],
    ["if (reducible <= 0)", "if (reducible < 0)", "nothing is reduced"],
    ["!(isPostOnly && timeInForce !== TimeInForce.goodTilCancelled) &&", "", "post-only orders may be immediate"],
    ["LAST_SECOND);", "LAST_SECOND - 1);", "the last second is cut off"],
    [
      "isReduceOnly(transaction) && trigger === undefined",
      "isReduceOnly(transaction)",
      "a conditional order fires on an old mark",
    ],
    [
      "const mayBeStale = isReduceOnly(transaction)",
      "const mayBeStale = !isReduceOnly(transaction)",
      "only what adds may trade on an old mark",
    ],
    [
      "priceRank > band.highest : priceRank < band.lowest",
      "priceRank >= band.highest : priceRank <= band.lowest",
      "a band ends too early",
    ],
    ["clientOrderId < FIRST_QUOTE_ID", "clientOrderId <= FIRST_QUOTE_ID", "an order takes the id of a quote"],
  ]),
  ...mistakes("engine/src/room.ts", [
    ['if (store.chunkMeter + units > CHUNK_LIMIT) return "chunk";', "", "an order goes on past the chunk's limit"],
  ]),
  ...mistakes("engine/src/plan.ts", [
    ["if (known !== undefined) return known;", "", "a maker's fills before are forgotten"],
    ["if (lots === 0) party.record.positions--;", "", "a closed position is counted"],
    ["2 * VISIT * plan.positionWrites", "VISIT * plan.positionWrites", "too little is kept back"],
    [
      "if (rests && clientOrderId === replaced.clientOrderId)",
      "if (clientOrderId === replaced.clientOrderId)",
      "a number taken over by an order that does not rest is never free again",
    ],
    ["isReduceOnly: isReduceOnly(order),", "isReduceOnly: false,", "a resting order forgets that it may only reduce"],
    ["  settleFund(step.global);\n", "", "fees retire no deficit"],
    ["  adjustParty(step, taker);\n", "", "totals miss the taker"],
  ]),
  ...mistakes("engine/src/book.ts", [["step.global.nextSequence++;", "", "orders of a price share a sequence number"]]),
  ...mistakes("engine/src/keys.ts", [
    ["side === Side.buy ? MAX_RANK - rank : rank", "rank", "the worst bid comes first"],
    [
      "writeUint(bytes, 10, 6, sequence)",
      "writeUint(bytes, 10, 6, 2 ** 48 - 1 - sequence)",
      "the last order of a price comes first",
    ],
  ]),
  ...mistakes("engine/src/trigger.ts", [
    ["mark >= level : mark <= level", "mark > level : mark < level", "a trigger is missed"],
    ["triggerPrice < MAX_PRICE", "triggerPrice <= MAX_PRICE", "a trigger price is too large"],
    ["triggerPrice > 0 && ", "", "there is no trigger price"],
    [
      "triggerDirection === TriggerDirection.atOrAbove",
      "triggerDirection === TriggerDirection.atOrBelow",
      "a trigger waits for the other direction",
    ],
  ]),
  ...mistakes("engine/src/conditional.ts", [
    ["if (transaction.era !== step.global.era) return Reason.EraPassed;", "", "a conditional order outlives a revert"],
  ]),
  ...mistakes("engine/src/revoke.ts", [
    ["useNonce(step, revoked);", "", "what is revoked stays good"],
    [
      "deadline > time + MAX_AHEAD_SECONDS",
      "deadline >= time + MAX_AHEAD_SECONDS",
      "the last deadline cannot be revoked",
    ],
    ["if (isNonceUsed(step, revoked)) return Reason.NonceUsed;", "", "what was executed is revoked"],
    [" || isOwn) return", ") return", "a revocation revokes itself"],
    ["deadline < time ||", "deadline <= time ||", "the last second cannot be revoked"],
  ]),
  ...mistakes("engine/src/cancelAll.ts", [
    [
      "instrument !== instrumentOfKey(key)) continue;",
      "instrument !== instrumentOfKey(key)) break;",
      "another instrument's order ends a cancel of all",
    ],
    [
      "step.store.transactionMeter > REMOVALS_LIMIT",
      "step.store.transactionMeter >= CANCEL_ALL_LIMIT",
      "a cancel of all goes on to its limit's end",
    ],
    [
      "account!.restingOrders -= orders;",
      "account!.restingOrders = 0;",
      "a cancel of all forgets the orders that it left",
    ],
  ]),
];

export const solidityTradeMutants: readonly SolidityMutant[] = [
  ...mistakesIn("StepTrade", "Matching.sol", [
    ["rank > plan.order.priceRank : ", "rank >= plan.order.priceRank : ", "a buyer does not meet its own price"],
    ["if (fee > room) fee = room;", "", "the insurance fund may overflow"],
    ["resting.era != step.global.era", "resting.era > step.global.era", "orders of older eras live on"],
    ["if (reducible <= 0) {", "if (reducible < 0) {", "an order for nothing is filled"],
    ["if (fill.size > uint256(reducible)) fill.size = uint256(reducible);", "", "reduce-only turns a position round"],
    ["if (key == plan.replacedKey) continue;", "", "the replaced order is met"],
    [
      "if (!isDead && isOwn && prevention == CANCEL_INCOMING)",
      "if (isOwn && prevention == CANCEL_INCOMING)",
      "a dead order of the account counts as a self-trade",
    ],
    [
      "if (result == Margin.UNDER_MARGINED) _charge",
      "if (result != Margin.PASSES) _charge",
      "a maker pays for an old mark",
    ],
    ["fill.claims -= due;", "", "funding that was paid stays owed"],
    [" || (!isOwn && !_isWithinBand(plan, int256(rank)))", "", "orders far from the mark are filled"],
  ]),
  ...mistakesIn("StepTrade", "Plan.sol", [
    ["if (lots == 0) party.record.positions--;", "", "a closed position is counted"],
    ["if (party.lots == 0) plan.newPositions++;", "", "what new positions add is not kept back"],
    [
      "if (rests && plan.order.clientOrderId == plan.replaced.clientOrderId)",
      "if (plan.order.clientOrderId == plan.replaced.clientOrderId)",
      "a number taken over by an order that does not rest is never free again",
    ],
  ]),
  ...mistakesIn("StepTrade", "Order.sol", [
    [
      "plan.replacedKey == 0 ? plan.firstOrder != 0 : plan.isFilled",
      "plan.firstOrder != 0",
      "a replaced order goes though nothing was filled",
    ],
    [" || order.timeInForce == FILL_OR_KILL) {", ") {", "half of an order that is all or nothing"],
    [
      "order.options >> 2 <= LAST_PREVENTION",
      "(order.options >> 2) & 3 <= LAST_PREVENTION",
      "a bit without meaning is taken",
    ],
    [" && plan.triggerPrice == 0;", ";", "a conditional order fires on an old mark"],
  ]),
  ...mistakesIn("StepTrade", "Records.sol", [
    ["record.isReduceOnly ? REDUCE_ONLY_FLAG : 0", "0", "a resting order forgets that it may only reduce"],
  ]),
  ...mistakesIn("StepTrade", "CancelAll.sol", [
    ["id <= LAST_CLIENT_ORDER_ID", "id < LAST_CLIENT_ORDER_ID", "the last client order id is not cancelled"],
  ]),
  ...mistakesIn("StepTrade", "Trigger.sol", [
    ["mark >= level : mark <= level", "mark > level : mark < level", "a trigger is missed"],
  ]),
  ...mistakesIn("StepTrade", "Conditional.sol", [
    [
      "if (Bytes.readCalldata(position + 31, 4) != step.global.era) return Reason.ERA_PASSED;",
      "",
      "a conditional order outlives a revert",
    ],
  ]),
  ...mistakesIn("StepTrade", "Revoke.sol", [["Admission.useNonce(step, revoked);", "", "what is revoked stays good"]]),
];
