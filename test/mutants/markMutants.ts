import type { Mutant, SolidityMutant } from "./mutant.ts";

/** Mistakes in marks of perpetuals, in funding and in settlement prices. */

const typeScript = (file: string, find: string, replace: string, why: string): Mutant => {
  return { language: "TypeScript", file: `packages/engine/src/${file}.ts`, find, replace, why };
};

const solidity = (file: string, find: string, replace: string, why: string): SolidityMutant => {
  return { language: "Solidity", contract: "StepRisk", file: `contracts/src/step/${file}.sol`, find, replace, why };
};

export const typeScriptMarkMutants: readonly Mutant[] = [
  typeScript(
    "premium",
    "positions >= MAX_POSITIONS",
    "positions > MAX_POSITIONS",
    "who is never filled makes a premium",
  ),
  typeScript("premium", "lots === 0 && positions >= MAX", "positions >= MAX", "who holds it already does not count"),
  typeScript(
    "premium",
    "others -= (BigInt(Math.abs(lots))",
    "others += (BigInt(Math.abs(lots))",
    "a position is a debt beside itself",
  ),
  typeScript("premium", 'if (full === "limit") break;', "", "a mark goes on past its limit"),
  typeScript("mark", "fundingIndex >= FUNDING_INDEX_LIMIT || ", "", "a funding index has no end"),
  typeScript(
    "mark",
    "if (!isFundWithinRange(step.global.insurance, claims)) return Reason.MarkOutOfRange;",
    "",
    "claims have no end",
  ),
  typeScript("mark", "  settleFund(step.global);\n", "", "what the house loses by a mark is no deficit"),
  typeScript("funding", "if (value > limit) return limit;", "", "a premium has no limit"),
  typeScript("funding", "value < -limit ? -limit : value", "value", "a discount has no limit"),
  typeScript("funding", "FUNDING_SHARE = 2_000", "FUNDING_SHARE = 1_000", "twice as much is paid at most"),
  typeScript("premium", "if (distance <= 0) break;", "if (distance < 0) break;", "an order at the index is looked at"),
  typeScript(
    "premium",
    "price - index : index - price",
    "price - index : price - index",
    "offers above the index count",
  ),
  typeScript("premium", " || resting.isReduceOnly) continue", ") continue", "a reduce-only order makes a premium"),
  typeScript("premium", "Math.min(distance, limit)", "distance", "an order counts for more than the limit"),
  typeScript("premium", "Math.min(value, IMPACT_VALUE - depth)", "value", "more counts than the impact value"),
  typeScript(
    "premium",
    "resting.lots <= closable",
    "resting.lots < closable",
    "closing all of a position does not count",
  ),
  typeScript("premium", "means.used = used;", "", "orders of one account do not add up"),
  typeScript("premium", "free * 25n < 4n *", "free * 25n <= 4n *", "exactly enough is too little"),
  typeScript("premium", "worth - BigInt(margin) * nanoUsdPerCash", "worth", "what is margin already counts again"),
  typeScript(
    "funding",
    "(Math.floor(time / SECONDS_PER_HOUR) + 1)",
    "Math.ceil(time / SECONDS_PER_HOUR)",
    "a full hour ends itself",
  ),
  typeScript("funding", "before.average + floorDiv(", "before.average - floorDiv(", "the average moves the other way"),
  typeScript(
    "funding",
    "const perLot = floorDiv(rate * BigInt(lot), priceQuantityPerNanoUsd)",
    "const perLot = (rate * BigInt(lot)) / priceQuantityPerNanoUsd",
    "funding is rounded toward zero",
  ),
  typeScript(
    "funding",
    "now < hourEnd + SECONDS_PER_HOUR",
    "now <= hourEnd + SECONDS_PER_HOUR",
    "an hour's silence is paid for",
  ),
  typeScript("mark", "market.reportTime < indexTime", "market.reportTime <= indexTime", "every mark looks at the book"),
  typeScript(
    "mark",
    "BigInt(index) + clampTo(average, BigInt(premiumLimit(index)))",
    "BigInt(index) + average",
    "the mark's premium has no limit",
  ),
  typeScript(
    "mark",
    "markBefore - (fundingIndex - paid)",
    "markBefore + (fundingIndex - paid)",
    "the house is owed what it owes",
  ),
  typeScript(
    "mark",
    "Math.max(instrument.kind === InstrumentKind.call ? inTheMoney : -inTheMoney, 0)",
    "Math.max(inTheMoney, 0)",
    "a put pays as a call",
  ),
  typeScript(
    "settlement",
    "step.global.time < expiry",
    "step.global.time <= expiry",
    "a settlement price comes a second late",
  ),
  typeScript("settlement", "record.settlement !== 0", "record.settlement === price", "a settlement price is changed"),
  typeScript("quorum", "signatures.length < parameters", "signatures.length <= parameters", "a quorum needs one more"),
];

export const solidityMarkMutants: readonly SolidityMutant[] = [
  solidity("Premium", "if (distance > limit) distance = limit;", "", "an order counts for more than the limit"),
  solidity(
    "Funding",
    "int256(hourEnd - before.time)",
    "int256(hourEnd - before.time - 1)",
    "an hour has a second less",
  ),
  solidity(
    "Mark",
    "(marked.mark - Records.markOf(market) - perLot)",
    "(marked.mark - Records.markOf(market))",
    "the house pays no funding",
  ),
  solidity(
    "Settlement",
    "if (expiry.settlement != 0) return Reason.ALREADY_SETTLED;",
    "",
    "a settlement price is changed",
  ),
  solidity(
    "Premium",
    "if (lots == 0 && record.positions >= Limits.MAX_POSITIONS) worth = 0;",
    "",
    "who is never filled makes a premium",
  ),
  solidity("Premium", "premium += share * distance", "premium += distance", "small orders count as large ones"),
  solidity(
    "Funding",
    "Arithmetic.floorDiv(rate * int256(lot), PRICE_QUANTITY_PER_NANO_USD)",
    "rate * int256(lot) / PRICE_QUANTITY_PER_NANO_USD",
    "funding is rounded toward zero",
  ),
  solidity("Funding", "if (value > limit) return limit;", "", "a premium has no limit"),
  solidity("Mark", "if (payoff < 0) payoff = 0;", "", "an option out of the money costs its owner"),
  solidity(
    "Quorum",
    "< Records.oracleThreshold(parameters)",
    "<= Records.oracleThreshold(parameters)",
    "a quorum needs one more",
  ),
];
