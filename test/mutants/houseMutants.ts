import { type Mutant, mistakes, mistakesIn, type SolidityMutant } from "./mutant.ts";

/** Mistakes in liquidations, in what the house holds, and in what becomes of expired instruments. */

export const typeScriptHouseMutants: readonly Mutant[] = [
  ...mistakes("engine/src/liquidationTerms.ts", [
    ["maintenance <= 9000n", "maintenance < 9000n", "a share that is just enough is not"],
    ["[40, 60, 80]", "[40, 80]", "a share is left out"],
    ["PENALTY_NUMERATOR = 7n", "PENALTY_NUMERATOR = 8n", "the penalty is another"],
    ["63n * x", "64n * x", "the penalty is not what the shares are judged by"],
    ["equity >= full", "equity > full", "a provider is refused where the penalty is paid exactly"],
    ["REWARD_DIVISOR = 4n", "REWARD_DIVISOR = 3n", "the reward is another"],
  ]),
  ...mistakes("engine/src/liquidation.ts", [
    ["percent + 99) / 100", "percent) / 100", "lots are rounded down"],
    ["lots < 0 ? lots + moved : lots - moved", "lots - moved", "who is short becomes shorter"],
    ["  fund.insurance += penalty;\n", "", "a penalty goes to nobody"],
    ["if (percent === 100 && cash < 0n)", "if (cash < 0n)", "debts are forgiven where positions are left"],
    ["    fund.insurance -= loss;\n", "", "nobody bears a loss"],
    ["  fund.insurance -= reward!;\n", "", "a reward comes from nowhere"],
    ["takerCash -= value;", "takerCash += value;", "a provider is paid for what it takes"],
    ["if (left === 0) record.positions--;", "", "a position that has gone is counted"],
    ["if (heldAfter === 0) provider.record.positions--;", "", "a provider's closed position is counted"],
    ["if (Math.abs(heldAfter) > MAX_POSITION_LOTS) return undefined;", "", "a provider holds any number of lots"],
    ["longChange(held?.lots ?? 0, heldAfter)", "0", "open interest misses the provider"],
    ["takerCash > MAX_CASH || takerCash < -MAX_CASH", "takerCash > MAX_CASH", "a provider has any debt"],
  ]),
  ...mistakes("engine/src/liquidate.ts", [
    ["accountEquity >= maintenance", "accountEquity > maintenance", "equity of exactly the margin does not do"],
    [" && provider !== account ? record", " ? record", "an account takes over from itself"],
    [
      "evaluation.equity < evaluation",
      "evaluation.equity <= evaluation",
      "a provider's equity of exactly its margin does not do",
    ],
    ["record.positions > MAX_POSITIONS", "record.positions >= MAX_POSITIONS", "a provider has a position too few"],
    [
      "if (isStale(others, step.global.time, maxMarkAge)) return Reason.MarkTooOld;",
      "",
      "a provider's marks may be stale",
    ],
    ["if (!isFresh(step, portfolio, maxMarkAge)) return Reason.MarkTooOld;", "", "old marks liquidate"],
    ["if (terms.reward === undefined) return Reason.ProviderUnpaid;", "", "providers take risk for nothing"],
    ["leg.heldAfter += position.lots;", "", "what a provider had is forgotten"],
  ]),
  ...mistakes("engine/src/house.ts", [
    ["  fund.claims -= due;\n", "", "funding that was paid stays owed"],
    ["  fund.insurance += paid;\n", "", "funding is paid to nobody"],
    [
      "floorDiv(BigInt(lots) * price, nanoUsdPerCash)",
      "(BigInt(lots) * price) / nanoUsdPerCash",
      "values are rounded toward zero",
    ],
    ["fund.claims += BigInt(lots) * mark", "fund.claims -= BigInt(lots) * mark", "what the house holds is a debt"],
    [" + longChange(market.houseLots, houseLots)", "", "open interest misses the house"],
    ["market.houseLots + before - after", "market.houseLots + after - before", "the house takes the other side"],
  ]),
  ...mistakes("engine/src/houseOrder.ts", [
    ["CONCESSION_OF_DELTA = 1000n", "CONCESSION_OF_DELTA = 999n", "a concession is another"],
    ["CONCESSION_OF_MARK = 20n", "CONCESSION_OF_MARK = 21n", "a concession is another for options"],
    ["ofDelta < ofMark ? ofDelta : ofMark", "ofDelta", "an option is given away"],
    ["(delta < 0n ? -delta : delta)", "delta", "a put has the wrong concession"],
    ["isPerpetual && atIndex > mark ? atIndex : mark", "mark", "a book makes the house's price for buyers"],
    ["isPerpetual && atIndex < mark ? atIndex : mark", "mark", "a book makes the house's price for sellers"],
    [") + concession;", ") - concession;", "a concession has the wrong sign"],
    [
      "limitPrice < price : limitPrice > price",
      "limitPrice <= price : limitPrice >= price",
      "the house's own price will not do",
    ],
    [
      "-cashValue(-direction * size, price)",
      "cashValue(direction * size, price)",
      "values are rounded for the account",
    ],
    ["if (!isFreshMark(", "if (false && !isFreshMark(", "the house deals on old marks"],
    [
      "lotsBefore === 0 && record.positions >= MAX_POSITIONS",
      "record.positions >= MAX_POSITIONS",
      "who holds it may not hold more",
    ],
    ["Math.min(transaction.lots, direction * market.houseLots)", "direction * market.houseLots", "an order takes all"],
    [
      "const funding = position === undefined ? 0n : payFunding",
      "const funding = true ? 0n : payFunding",
      "funding is not paid",
    ],
  ]),
  ...mistakes("engine/src/settle.ts", [
    ["if (record.positions === 0) adjustTotals(step.global, record, 0n, 0n);", "", "totals have what is settled"],
    [" || !isFundWithinRange(fund.insurance, fund.claims)", "", "the fund pays more than it may"],
    ["cash > MAX_CASH || cash < -MAX_CASH || ", "", "cash has no end"],
    ["if (market.reportTime !== SETTLED_TIME) return Reason.NotSettled;", "", "what lives is settled"],
  ]),
  ...mistakes("engine/src/prune.ts", [
    ["openInterest !== 0 || houseLots !== 0", "openInterest !== 0", "what the house holds is lost"],
    ["step.global.time < instrument.expiry", "step.global.time <= instrument.expiry", "a pruning comes a second late"],
    ["instrument.expiry === 0 || ", "", "a perpetual is taken for expired"],
    ["    account.restingOrders--;\n", "", "orders that have gone are counted"],
    ["transactionMeter <= ORDERS_LIMIT", "transactionMeter <= PRUNE_LIMIT", "a pruning goes on to its limit's end"],
    ["record.instruments > 1", "record.instruments > 0", "an expiry is never removed"],
    [" || !removeOrders(step, number, Side.sell)", "", "offers stay behind"],
  ]),
  ...mistakes("engine/src/provider.ts", [
    ["active > 1", "active > 2", "a flag has a third value"],
    ["active === 1;", "true;", "a provider stays one"],
  ]),
];

export const solidityHouseMutants: readonly SolidityMutant[] = [
  ...mistakesIn("StepHouse", "LiquidationTerms.sol", [
    ["else if (equity > 0) penalty = equity;", "", "a small equity pays no penalty"],
    ["maintenance > 9000", "maintenance >= 9000", "a share that is just enough is not"],
    ["REWARD_DIVISOR = 4", "REWARD_DIVISOR = 5", "the reward is another"],
  ]),
  ...mistakesIn("StepHouse", "Liquidation.sol", [
    ["plan.percent + 99) / 100", "plan.percent) / 100", "lots are rounded down"],
    ["plan.percent == LiquidationTerms.ALL && cash < 0", "cash < 0", "debts are forgiven where positions are left"],
    ["fund.insurance -= plan.reward;", "", "a reward comes from nowhere"],
    [
      "if (leg.heldLots == 0) taker.positions++;",
      "if (false) taker.positions++;",
      "a provider's new position is not counted",
    ],
  ]),
  ...mistakesIn("StepHouse", "Liquidate.sol", [
    ["equity < taken.margin", "equity <= taken.margin", "a provider's equity of exactly its margin does not do"],
    [
      "Fund.adjustTotals(step.global, plan.providerRecord, taken.margin, taken.notional);",
      "",
      "totals miss the provider",
    ],
  ]),
  ...mistakesIn("StepHouse", "House.sol", [
    [
      "return Arithmetic.floorDiv(lots * price, NANO_USD_PER_CASH);",
      "return lots * price / NANO_USD_PER_CASH;",
      "values are rounded toward zero",
    ],

    ["fund.claims -= due;", "", "funding that was paid stays owed"],
    ["houseLots + before - afterwards", "houseLots - before + afterwards", "the house takes the other side"],
    ["fund.insurance -= cash;", "fund.insurance += cash;", "the house is paid for what it takes"],
  ]),
  ...mistakesIn("StepHouse", "Margin.sol", [
    ["reportTime + Limits.LIQUIDATION_SKEW_SECONDS", "reportTime", "marks of different reports do not liquidate"],
    [
      "if (reportTime == Limits.SETTLED_TIME) return true;",
      "if (reportTime == Limits.SETTLED_TIME) return false;",
      "settled legs keep an account",
    ],
    ["> index / FRESH_INDEX_SHARE", ">= index / FRESH_INDEX_SHARE", "a mark is old too early"],
  ]),
  ...mistakesIn("StepHouse", "HouseOrder.sol", [
    ["(delta < 0 ? -delta : delta)", "delta", "a put has the wrong concession"],
    [
      "price - concession : price + concession",
      "price - concession : price - concession",
      "a concession has the wrong sign",
    ],
    ["isBuy ? atIndex > price : atIndex < price", "atIndex < price", "a book makes the house's price for buyers"],
    [
      "limitPrice < price : limitPrice > price",
      "limitPrice <= price : limitPrice >= price",
      "the house's own price will not do",
    ],
    ["-House.cashValue(-plan.direction", "House.cashValue(plan.direction", "values are rounded for the account"],
  ]),
  ...mistakesIn("StepHouse", "Settle.sol", [
    ["if (account.positions == 0) Fund.adjustTotals(step.global, account, 0, 0);", "", "totals have what is settled"],
    [
      "House.takeIntoHouse(fund, market, lots, value);",
      "House.takeIntoHouse(fund, market, -lots, value);",
      "claims have the wrong sign",
    ],
  ]),
  ...mistakesIn("StepHouse", "Prune.sol", [
    [" || Records.houseLotsOf(market) != 0", "", "what the house holds is lost"],
    ["if (expiry.instruments > 1)", "if (expiry.instruments > 0)", "an expiry is never removed"],
    ["account.restingOrders--;", "", "orders that have gone are counted"],
  ]),
  ...mistakesIn("StepHouse", "Provider.sol", [["active == 1", "true", "a provider stays one"]]),
];
