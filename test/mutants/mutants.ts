import type { StepContractName } from "../support/steps.ts";

/** A mistake of one line, such as a person makes, that the comparison of the two languages has to find. */
export interface Mutant {
  readonly language: "TypeScript" | "Solidity";
  /** From the repository's root. */
  readonly file: string;
  /** Text that occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What kind of mistake it is. */
  readonly why: string;
}

/** A mistake in a Solidity file, with the contract that has to be compiled to see it. */
export interface SolidityMutant extends Mutant {
  readonly language: "Solidity";
  readonly contract: StepContractName;
}

const typeScript = (file: string, find: string, replace: string, why: string): Mutant => {
  return { language: "TypeScript", file: `packages/${file}`, find, replace, why };
};

const solidity = (
  contract: StepContractName,
  file: string,
  find: string,
  replace: string,
  why: string,
): SolidityMutant => ({ language: "Solidity", contract, file: `contracts/src/step/${file}`, find, replace, why });

export const typeScriptMutants: readonly Mutant[] = [
  typeScript("engine/src/matching.ts", " + FEE_SCALE - 1n) / FEE_SCALE", ") / FEE_SCALE", "fees are rounded down"),
  typeScript(
    "engine/src/order.ts",
    "(BigInt(instrument.tick) * BigInt(instrument.lot)) / priceQuantityPerCash",
    "BigInt(instrument.tick) * (BigInt(instrument.lot) / priceQuantityPerCash)",
    "it divides before it multiplies",
  ),
  typeScript(
    "engine/src/matching.ts",
    "resting.goodTill < step.global.time",
    "resting.goodTill <= step.global.time",
    "an order dies a second early",
  ),
  typeScript(
    "engine/src/order.ts",
    "record.restingOrders >= MAX_RESTING_ORDERS",
    "record.restingOrders > MAX_RESTING_ORDERS",
    "one resting order too many",
  ),
  typeScript(
    "engine/src/matching.ts",
    "resting.rank <= order.priceRank : ",
    "resting.rank < order.priceRank : ",
    "a buyer does not meet its own price",
  ),
  typeScript(
    "engine/src/matching.ts",
    "Math.max(maker.record.cash, 0), ",
    "maker.record.cash, ",
    "a maker in debt is given the fee",
  ),
  typeScript(
    "engine/src/matching.ts",
    "(maker.record.cash + direction * value - makerFee)",
    "(maker.record.cash + direction * value - takerFee)",
    "the maker pays the taker's fee",
  ),
  typeScript("engine/src/matching.ts", "longChange(maker.lots, makerLots)", "0", "open interest misses the maker"),
  typeScript(
    "engine/src/matching.ts",
    "Math.max(direction * maker.lots, 0)",
    "Math.abs(maker.lots)",
    "reduce-only adds",
  ),
  typeScript(
    "engine/src/matching.ts",
    "setLeft(plan, resting, maker, hasReduced ? 0 : left)",
    "setLeft(plan, resting, maker, left)",
    "a reduce-only order that has reduced stays",
  ),
  typeScript(
    "engine/src/matching.ts",
    "if (death === undefined && (order.options",
    "if ((order.options",
    "a dead order keeps a post-only one away",
  ),
  typeScript(
    "engine/src/matching.ts",
    "death === undefined && isOwn && prevention === SelfTradePrevention.cancelIncoming",
    "isOwn && prevention === SelfTradePrevention.cancelIncoming",
    "a dead order of the account counts as a self-trade",
  ),
  typeScript(
    "engine/src/matching.ts",
    "prevention === SelfTradePrevention.cancelBoth ? ",
    "prevention === SelfTradePrevention.cancelIncoming ? ",
    "the incoming order lives on where both go",
  ),
  typeScript(
    "engine/src/matching.ts",
    "if (isOwn && resting.clientOrderId === replaced?.clientOrderId) continue;",
    "",
    "the replaced order is met",
  ),
  typeScript(
    "engine/src/matching.ts",
    "fullness(step.store, keptBack(plan) + MAKER_BASE",
    "fullness(step.store, MAKER_BASE",
    "writes are not kept back for",
  ),
  typeScript(
    "engine/src/room.ts",
    'if (store.chunkMeter + units > CHUNK_LIMIT) return "chunk";',
    "",
    "an order goes on past the chunk's limit",
  ),
  typeScript(
    "engine/src/plan.ts",
    "if (known !== undefined) return known;",
    "",
    "a maker's fills before are forgotten",
  ),
  typeScript("engine/src/plan.ts", "if (lots === 0) party.record.positions--;", "", "a closed position is counted"),
  typeScript(
    "engine/src/plan.ts",
    "2 * VISIT * plan.positionWrites",
    "VISIT * plan.positionWrites",
    "too little is kept back",
  ),
  typeScript(
    "engine/src/plan.ts",
    "if (rests && clientOrderId === replaced.clientOrderId)",
    "if (clientOrderId === replaced.clientOrderId)",
    "a number taken over by an order that does not rest is never free again",
  ),
  typeScript(
    "engine/src/plan.ts",
    "isReduceOnly: isReduceOnly(order),",
    "isReduceOnly: false,",
    "a resting order forgets that it may only reduce",
  ),
  typeScript(
    "engine/src/order.ts",
    "? plan.metOrders.length > 0 : plan.isFilled",
    "? plan.isFilled : plan.isFilled",
    "dead orders are never taken away",
  ),
  typeScript(
    "engine/src/order.ts",
    " || timeInForce === TimeInForce.fillOrKill) return",
    ") return",
    "half of an order that is all or nothing",
  ),
  typeScript(
    "engine/src/order.ts",
    "if (replaced !== undefined) record.restingOrders--;",
    "",
    "the replaced order is counted",
  ),
  typeScript("engine/src/order.ts", "if (reducible <= 0)", "if (reducible < 0)", "nothing is reduced"),
  typeScript(
    "engine/src/order.ts",
    "!(isPostOnly && timeInForce !== TimeInForce.goodTilCancelled) &&",
    "",
    "post-only orders may be immediate",
  ),
  typeScript(
    "store/src/orderedStore.ts",
    "this.#descend(nodes.childOf(this.#path[above - 1]!, 1), LEAST_KEY, above)",
    "this.#descend(nodes.childOf(this.#path[above - 1]!, 1), LEAST_KEY)",
    "a depth is counted from the wrong place",
  ),
  typeScript("engine/src/order.ts", "LAST_SECOND);", "LAST_SECOND - 1);", "the last second is cut off"),
  typeScript("engine/src/book.ts", "step.global.nextSequence++;", "", "orders of a price share a sequence number"),
  typeScript("engine/src/keys.ts", "side === Side.buy ? MAX_RANK - rank : rank", "rank", "the worst bid comes first"),
  typeScript(
    "engine/src/keys.ts",
    "writeUint(bytes, 10, 6, sequence)",
    "writeUint(bytes, 10, 6, 2 ** 48 - 1 - sequence)",
    "the last order of a price comes first",
  ),
  typeScript("engine/src/margin.ts", " + divisor - 1n) / divisor", ") / divisor", "the minimum margin is rounded down"),
  typeScript("engine/src/margin.ts", "(3n * net + ", "(2n * net + ", "a percentage is another"),
  typeScript(
    "engine/src/margin.ts",
    "equity(portfolio, cash) >= initialMargin",
    "equity(portfolio, cash) > initialMargin",
    "equity of exactly the margin does not do",
  ),
  typeScript("engine/src/margin.ts", "scan > minimumDelta ? scan", "scan < minimumDelta ? scan", "the lesser counts"),
  typeScript(
    "engine/src/admission.ts",
    "if (end > step.global.time) break;",
    "if (end >= step.global.time) break;",
    "nonces wait a second longer",
  ),
  typeScript(
    "engine/src/admission.ts",
    "deadline > step.global.time + MAX_DEADLINE_AHEAD_SECONDS",
    "deadline >= step.global.time + MAX_DEADLINE_AHEAD_SECONDS",
    "ten minutes ahead is too far",
  ),
  typeScript(
    "engine/src/admission.ts",
    "step.global.time > expiry",
    "step.global.time >= expiry",
    "a session key ends a second early",
  ),
  typeScript(
    "engine/src/admission.ts",
    "(scope & (scopes[kind] ?? 0)) === 0",
    "scope < (scopes[kind] ?? 4)",
    "a scope holds the lesser ones",
  ),
  typeScript(
    "engine/src/admission.ts",
    "return { reason: Reason.Ok, address: key };",
    "return { reason: Reason.Ok, address: owner };",
    "the owner signs under a session key's number",
  ),
  typeScript(
    "engine/src/admission.ts",
    "[TransactionKind.cancelAll]: SessionScope.cancel",
    "[TransactionKind.cancelAll]: SessionScope.trade",
    "a cancel of all is in another scope",
  ),
  typeScript(
    "engine/src/session.ts",
    "if (!step.store.delete(signerKey(account, number))) return Reason.UnknownSigner;",
    "step.store.delete(signerKey(account, number));",
    "what is not there is revoked",
  ),
  typeScript(
    "engine/src/session.ts",
    "expiry > step.global.time",
    "expiry >= step.global.time",
    "a key is born expired",
  ),
  typeScript("engine/src/session.ts", "scope <= EVERY_SCOPE", "scope !== 0", "a scope of no meaning is taken"),
  typeScript(
    "engine/src/cancelAll.ts",
    "instrument !== instrumentOfKey(key)) continue;",
    "instrument !== instrumentOfKey(key)) break;",
    "another instrument's order ends a cancel of all",
  ),
  typeScript(
    "engine/src/cancelAll.ts",
    "step.store.transactionMeter > REMOVALS_LIMIT",
    "step.store.transactionMeter >= CANCEL_ALL_LIMIT",
    "a cancel of all goes on to its limit's end",
  ),
  typeScript(
    "engine/src/cancelAll.ts",
    "account!.restingOrders -= orders;",
    "account!.restingOrders = 0;",
    "a cancel of all forgets the orders that it left",
  ),
  typeScript("engine/src/execute.ts", "global.position = 0;", "", "a new term goes on counting"),
  typeScript(
    "engine/src/execute.ts",
    "Math.max(global.time, context.eraStart)",
    "context.eraStart",
    "a new era moves the clock back",
  ),
  typeScript(
    "engine/src/listing.ts",
    "takerFeeRate > MAX_FEE_RATE",
    "takerFeeRate >= MAX_FEE_RATE",
    "the greatest fee is refused",
  ),
  typeScript("engine/src/report.ts", "expiry <= previous", "expiry < previous", "an expiry may come twice"),
  typeScript(
    "engine/src/withdraw.ts",
    "amount > step.global.deposits - step.global.withdrawals",
    "amount >= step.global.deposits - step.global.withdrawals",
    "the last unit stays in the vault",
  ),
  typeScript("engine/src/riskArray.ts", "if (upFactor < ONE) upFactor = ONE;", "", "an up-shock has no least size"),
  typeScript(
    "engine/src/riskArray.ts",
    "lot * DELTA_PER_LOT_UNIT) >> FRACTION_BITS",
    "lot * DELTA_PER_LOT_UNIT) / ONE",
    "a negative delta is rounded up",
  ),
  typeScript(
    "engine/src/riskArray.ts",
    "* lot + divisor - 1n) / divisor",
    "* lot) / divisor",
    "the gap is rounded down",
  ),
  typeScript("engine/src/black76.ts", "callDelta - ONE", "ONE - callDelta", "a put's delta has the wrong sign"),
  typeScript(
    "engine/src/svi.ts",
    "-logRatio - (surface.m",
    "-logRatio + (surface.m",
    "a smile is shifted the other way",
  ),
  typeScript("store/src/meter.ts", "VISIT = 200", "VISIT = 201", "a visit costs more"),
  typeScript(
    "store/src/orderedStore.ts",
    "const sibling = depth === this.#pathLength ? leaf : this.#path[depth]!;",
    "const sibling = leaf;",
    "a new branch loses what was below the old",
  ),
  typeScript(
    "protocol/src/decodeTransaction.ts",
    "timeInForce: (flags >> 1) & 3",
    "timeInForce: (flags >> 1) & 1",
    "a bit of a field is lost",
  ),
];

export const solidityMutants: readonly SolidityMutant[] = [
  solidity(
    "StepTrade",
    "Execute.sol",
    "if (reason == Room.NEXT_CHUNK) break;",
    "",
    "an order of the next chunk counts in this one",
  ),
  solidity(
    "StepTrade",
    "Matching.sol",
    "rank > plan.order.priceRank : ",
    "rank >= plan.order.priceRank : ",
    "a buyer does not meet its own price",
  ),
  solidity("StepTrade", "Matching.sol", "if (fee > room) fee = room;", "", "the insurance fund may overflow"),
  solidity(
    "StepTrade",
    "Matching.sol",
    "resting.era != step.global.era",
    "resting.era > step.global.era",
    "orders of older eras live on",
  ),
  solidity(
    "StepTrade",
    "Matching.sol",
    "if (reducible <= 0) {",
    "if (reducible < 0) {",
    "an order for nothing is filled",
  ),
  solidity(
    "StepTrade",
    "Matching.sol",
    "if (fill.size > uint256(reducible)) fill.size = uint256(reducible);",
    "",
    "reduce-only turns a position round",
  ),
  solidity("StepTrade", "Matching.sol", "if (key == plan.replacedKey) continue;", "", "the replaced order is met"),
  solidity(
    "StepTrade",
    "Matching.sol",
    "if (!isDead && isOwn && prevention == CANCEL_INCOMING)",
    "if (isOwn && prevention == CANCEL_INCOMING)",
    "a dead order of the account counts as a self-trade",
  ),
  solidity("StepTrade", "Plan.sol", "if (lots == 0) party.record.positions--;", "", "a closed position is counted"),
  solidity(
    "StepTrade",
    "Plan.sol",
    "if (party.lots == 0) plan.newPositions++;",
    "",
    "what new positions add is not kept back",
  ),
  solidity(
    "StepTrade",
    "Plan.sol",
    "if (rests && plan.order.clientOrderId == plan.replaced.clientOrderId)",
    "if (plan.order.clientOrderId == plan.replaced.clientOrderId)",
    "a number taken over by an order that does not rest is never free again",
  ),
  solidity(
    "StepTrade",
    "Order.sol",
    "plan.replacedKey == 0 ? plan.firstOrder != 0 : plan.isFilled",
    "plan.firstOrder != 0",
    "a replaced order goes though nothing was filled",
  ),
  solidity(
    "StepTrade",
    "Order.sol",
    " || order.timeInForce == FILL_OR_KILL) {",
    ") {",
    "half of an order that is all or nothing",
  ),
  solidity(
    "StepTrade",
    "Order.sol",
    "order.options >> 2 <= LAST_PREVENTION",
    "(order.options >> 2) & 3 <= LAST_PREVENTION",
    "a bit without meaning is taken",
  ),
  solidity(
    "StepTrade",
    "Records.sol",
    "record.isReduceOnly ? REDUCE_ONLY_FLAG : 0",
    "0",
    "a resting order forgets that it may only reduce",
  ),
  solidity(
    "StepTrade",
    "Admission.sol",
    "deadline < step.global.time",
    "deadline <= step.global.time",
    "the last second is too late",
  ),
  solidity(
    "StepTrade",
    "Admission.sol",
    "return (Reason.OK, session.key);",
    "return (Reason.OK, owner);",
    "the owner signs under a session key's number",
  ),
  solidity(
    "StepTrade",
    "Session.sol",
    "session.scope <= EVERY_SCOPE",
    "session.scope < EVERY_SCOPE",
    "no key signs everything",
  ),
  solidity(
    "StepTrade",
    "CancelAll.sol",
    "id <= LAST_CLIENT_ORDER_ID",
    "id < LAST_CLIENT_ORDER_ID",
    "the last client order id is not cancelled",
  ),
  solidity("StepTrade", "Admission.sol", "PRUNED_WORDS = 2", "PRUNED_WORDS = 1", "nonces pile up"),
  solidity(
    "StepTrade",
    "Margin.sol",
    "if (lots != 0) addPosition",
    "addPosition",
    "a closed position opens an exposure",
  ),
  solidity(
    "StepTrade",
    "Execute.sol",
    "position - start + length > ",
    "position - start + length >= ",
    "the longest chunk is cut",
  ),
  solidity("StepRisk", "Margin.sol", "MINIMUM_DELTA_DIVISOR - 1) / ", "0) / ", "the minimum margin is rounded down"),
  solidity("StepRisk", "Report.sol", "|| expiry <= step.global.time", "", "an expired expiry is reported"),
  solidity("StepRisk", "Listing.sol", "< MAX_TICK_VALUE", "<= MAX_TICK_VALUE", "a limit is met that must not be"),
  solidity(
    "StepRisk",
    "Tick.sol",
    "time > step.context.batchTime",
    "time >= step.context.batchTime",
    "the batch's time is not reached",
  ),
  solidity(
    "StepBridge",
    "Deposit.sol",
    "amount > Limits.MAX_DEPOSITS",
    "amount >= Limits.MAX_DEPOSITS",
    "the last deposit is refused",
  ),
  solidity(
    "Pricing",
    "RiskArray.sol",
    "secondsLeft > SECONDS_PER_DAY ? secondsLeft : SECONDS_PER_DAY",
    "secondsLeft",
    "shocks grow without end on the last day",
  ),
  solidity(
    "Pricing",
    "RiskArray.sol",
    "state.delta * width - rise",
    "state.delta * width + rise",
    "the upper tangent of a gap starts at the wrong end",
  ),
  solidity(
    "Pricing",
    "Svi.sol",
    "rootOfComplement >= -a",
    "rootOfComplement > -a",
    "a surface that touches zero is refused",
  ),
];
