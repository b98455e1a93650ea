import { type Mutant, mistakes, mistakesIn, type SolidityMutant } from "./mutant.ts";

/** Mistakes in block trades and quotes. */

export const typeScriptBlockMutants: readonly Mutant[] = [
  ...mistakes("engine/src/blockTrade.ts", [
    ["instrument <= previous ||", "instrument < previous ||", "an instrument comes twice"],
    ["side > Side.sell || ", "", "a leg has a side of no meaning"],
    [" && account !== makerAccount", "", "an account trades with itself"],
    ["if (!isWithinBand(leg.priceRank, tradable.band)) return Reason.OutsidePriceBand;", "", "a block has any price"],
    ["feeCeil(value, instrument.makerFeeRate)", "feeCeil(value, instrument.takerFeeRate)", "makers pay as takers do"],
    ["  block.insurance += payment;\n", "", "funding of a block is paid to nobody"],
    ["block.claims -= due;", "block.claims += due;", "funding that was paid is owed twice"],
    ["Reason.CounterpartyMargin)", "Reason.InsufficientMargin)", "the wrong party lacks margin"],
    ["  useMakerNonce(step, transaction);\n", "", "a maker's signature serves again"],
    ["record.positions > MAX_POSITIONS", "record.positions >= MAX_POSITIONS", "a position too few"],
    ["openInterest > MAX_OPEN_INTEREST || ", "", "open interest grows without end"],
    ["if (isStale(portfolio, step.global.time, maxMarkAge)) return Reason.MarkTooOld;", "", "other legs may be stale"],
    ["party.margin.equity >= party", "party.margin.equity > party", "equity of exactly the margin does not do"],
    ["  settleFund(global);\n", "", "fees of a block retire no deficit"],
    ["if (before === 0) record.positions++;", "", "a new position is not counted"],
  ]),
  ...mistakes("engine/src/quotes.ts", [
    ["bidPriceRank >= askPriceRank", "bidPriceRank > askPriceRank", "a bid meets its own offer"],
    ["if (instrument <= previous) return false;", "", "an instrument is quoted twice"],
    ["FIRST_QUOTE_ID + 2 * instrument + side", "FIRST_QUOTE_ID + instrument + side", "quotes share their ids"],
    ["resting.rank <= rank : ", "resting.rank < rank : ", "a bid may meet an offer of its price"],
    ["best.clientOrderId === other.clientOrderId", "false", "an account's old quote keeps its new one out"],
    [
      "best = nextOrder(plan.step, keyAfter(best.key))",
      "best = undefined",
      "what lies behind an old quote is not seen",
    ],
    ["  plan.cause ??= reason;", "  plan.cause = reason;", "the last cause is the reason"],
    ["if (old !== undefined) plan.removed++;", "", "quotes that only go count for nothing"],
    ["    record.restingOrders--;\n", "", "old quotes are counted for ever"],
    ["const goodTill = goodTillOf(transaction);", "const goodTill = 0;", "quotes never die"],
    ["keptBack(plan) + QUOTE_BOUND", "QUOTE_BOUND", "the writes of quotes are not kept back for"],
    ["if (!isPlaced) step.store.delete", "step.store.delete", "a quote that replaces another cannot be found"],
    ["side.rank > highest : side.rank < lowest", "side.rank >= highest : side.rank <= lowest", "a band ends too early"],
    ["record.restingOrders >= MAX_RESTING", "record.restingOrders > MAX_RESTING", "one resting order too many"],
  ]),
  ...mistakes("engine/src/tradable.ts", [
    [
      "step.global.time >= instrument.expiry",
      "step.global.time > instrument.expiry",
      "an option is traded at its expiry",
    ],
    ["rank * instrument.tick >= MAX_PRICE || ", "", "prices have no end"],
    ["tickValue * lots > MAX_ORDER_VALUE", "tickValue * lots >= MAX_ORDER_VALUE", "the greatest value is refused"],
    ["notional < BigInt", "notional <= BigInt", "the least size is refused"],
  ]),
];

export const solidityBlockMutants: readonly SolidityMutant[] = [
  ...mistakesIn("StepBlock", "BlockTrade.sol", [
    [
      "feeCeil(value, tradable.instrument.makerFeeRate)",
      "feeCeil(value, tradable.instrument.takerFeeRate)",
      "makers pay as takers do",
    ],
    ["        maker.nonce = Bytes.readCalldata(position + 17, 2);\n", "", "a maker has one nonce"],

    ["if (lots == 0) record.positions--;", "", "a closed position is counted"],
    ["plan.insurance += payment;", "", "funding of a block is paid to nobody"],
    ["Admission.useNonce(step, plan.maker.admission);", "", "a maker's signature serves again"],
    ["if (isStale) return Reason.MARK_TOO_OLD;", "", "other legs may be stale"],
    ["if (equity >= party.margin)", "if (equity > party.margin)", "equity of exactly the margin does not do"],
  ]),
  ...mistakesIn("StepBlock", "Quotes.sol", [
    ["2 * side.instrument + which", "side.instrument + which", "quotes share their ids"],

    ["key == other.oldKey && ", "", "the best order of the other side is passed over"],
    ["rank <= side.rank : ", "rank < side.rank : ", "a bid may meet an offer of its price"],
    ["isBid && isAsk && bidRank >= askRank", "isBid && isAsk && bidRank > askRank", "a bid meets its own offer"],
    ["if (side.oldKey != 0) plan.removed++;", "", "quotes that only go count for nothing"],
  ]),
  ...mistakesIn("StepBlock", "Tradable.sol", [
    ["int256(rank) >= tradable.lowestRank && ", "", "a block has any price below its mark"],
  ]),
];
