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
  typeScript("engine/src/order.ts", " + FEE_SCALE - 1n) / FEE_SCALE", ") / FEE_SCALE", "fees are rounded down"),
  typeScript(
    "engine/src/order.ts",
    "(BigInt(instrument.tick) * BigInt(instrument.lot)) / priceQuantityPerCash",
    "BigInt(instrument.tick) * (BigInt(instrument.lot) / priceQuantityPerCash)",
    "it divides before it multiplies",
  ),
  typeScript(
    "engine/src/order.ts",
    "resting.goodTill < step.global.time",
    "resting.goodTill <= step.global.time",
    "an order dies a second early",
  ),
  typeScript(
    "engine/src/order.ts",
    "taker.restingOrders >= MAX_RESTING_ORDERS",
    "taker.restingOrders > MAX_RESTING_ORDERS",
    "one resting order too many",
  ),
  typeScript(
    "engine/src/order.ts",
    "resting.rank <= taker.priceRank : ",
    "resting.rank < taker.priceRank : ",
    "a buyer does not meet its own price",
  ),
  typeScript("engine/src/order.ts", "Math.max(maker.cash, 0), ", "maker.cash, ", "a maker in debt is given the fee"),
  typeScript(
    "engine/src/order.ts",
    "(maker.cash + direction * value - makerFee)",
    "(maker.cash + direction * value - takerFee)",
    "the maker pays the taker's fee",
  ),
  typeScript("engine/src/order.ts", "longChange(makerLotsBefore, makerLots)", "0", "open interest misses the maker"),
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
    "protocol/src/transactions.ts",
    "timeInForce: (flags >> 1) & 3",
    "timeInForce: (flags >> 1) & 1",
    "a bit of a field is lost",
  ),
];

export const solidityMutants: readonly SolidityMutant[] = [
  solidity(
    "StepTrade",
    "Order.sol",
    "rank > taker.priceRank : ",
    "rank >= taker.priceRank : ",
    "a buyer does not meet its own price",
  ),
  solidity("StepTrade", "Order.sol", "if (fee > room) fee = room;", "", "the insurance fund may overflow"),
  solidity(
    "StepTrade",
    "Order.sol",
    "resting.era != step.global.era",
    "resting.era > step.global.era",
    "orders of older eras live on",
  ),
  solidity(
    "StepTrade",
    "Admission.sol",
    "deadline < step.global.time",
    "deadline <= step.global.time",
    "the last second is too late",
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
    "Svi.sol",
    "rootOfComplement >= -a",
    "rootOfComplement > -a",
    "a surface that touches zero is refused",
  ),
];
