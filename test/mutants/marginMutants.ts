import { type Mutant, mistakes, mistakesIn, type SolidityMutant } from "./mutant.ts";

/** Mistakes in margins, bands, the fund and withdrawals. */

export const typeScriptMarginMutants: readonly Mutant[] = [
  ...mistakes("engine/src/margin.ts", [
    ["(3n * magnitude(netDelta) + ", "(2n * magnitude(netDelta) + ", "a percentage is another"],
    [
      "ceilDiv((3n * magnitude(netDelta) + grossDelta) * BigInt(index), MINIMUM_DELTA_DIVISOR)",
      "((3n * magnitude(netDelta) + grossDelta) * BigInt(index)) / MINIMUM_DELTA_DIVISOR",
      "the minimum margin is rounded down",
    ],
    ["else if (excess < 0n)", "else if (excess <= 0n)", "equity of exactly the margin does not do"],
    ["return root + 1n;", "return root;", "the growth with age is rounded down"],
    [
      "ceilDiv(base * (GROWTH_SCALE + growth), GROWTH_SCALE)",
      "(base * (GROWTH_SCALE + growth)) / GROWTH_SCALE",
      "an aged margin is rounded down",
    ],
    ["if (size > 0n) exposure.longGap", "if (size !== 0n) exposure.longGap", "a short option has a gap"],
    [
      "market.reportTime < exposure.indexTime",
      "market.reportTime <= exposure.indexTime",
      "the newest report counts as an old one",
    ],
    ["ceilDiv(up > down ? up : down, 4n)", "(up > down ? up : down) / 4n", "a lag is rounded down"],
    ["portfolio.value += value - funding;", "portfolio.value += value;", "funding that is due is forgotten"],
    ["excess >= presently.equity", "excess > presently.equity", "a reduction must gain"],
    ["isNoWorse && keepsEquity(presently, evaluation)", "isNoWorse", "a reduction gives away what others then bear"],
    [
      "after.equity * before.initialMargin >= before",
      "after.equity * before.initialMargin > before",
      "a reduction must gain for what is left",
    ],
    ["after.equity >= before.equity;", "true;", "a reduction makes a debt greater"],
    [
      " <= Math.floor(index / FRESH_INDEX_SHARE)",
      " < Math.floor(index / FRESH_INDEX_SHARE)",
      "a mark is old too early",
    ],
    ["after >= 0 && after < before", "after < before", "a reduction may turn a position"],
    ["time - reportTime > maxMarkAgeSeconds", "time - reportTime >= maxMarkAgeSeconds", "marks age a second early"],
    ["scan > minimumDelta ? scan", "scan < minimumDelta ? scan", "the lesser counts"],
    ["absolute * lagOf(", "size * lagOf(", "who is short gains by a lag"],
    ["MOVE_PERCENT = 116n", "MOVE_PERCENT = 100n", "a lag is that of a delta alone"],
    ["exposure.oldest = Math.min(", "exposure.oldest = Math.max(", "the youngest report counts"],
    [
      "(atIndex < value ? atIndex : value)",
      "(atIndex > value ? atIndex : value)",
      "the better of mark and index counts",
    ],
    ["baseMargin(exposure).base, 2n) + exposure.longGap", "baseMargin(exposure).base, 2n)", "liquidations forget gaps"],
    [
      "indexTime - reportTime <= LIQUIDATION_SKEW_SECONDS",
      "indexTime - reportTime < LIQUIDATION_SKEW_SECONDS",
      "a mark is too old to liquidate by a second early",
    ],
    ["exposure.longGap += size * market.gap", "exposure.longGap += market.gap", "a gap counts for one lot"],
    ["time - oldest, 0", "time - oldest, 1", "no mark is new"],
    [
      "(size * BigInt(index)) / priceQuantityPerCash",
      "ceilDiv(size * BigInt(index), priceQuantityPerCash)",
      "notional values are rounded up",
    ],
  ]),
  ...mistakes("engine/src/band.ts", [
    ["mark + width, perRank", "mark + width - 1n, perRank", "a band ends below its edge"],
    ["value / 10n", "value / 11n", "a band is narrower"],
    ["(mark < 0n ? -mark : mark) / 2n", "mark / 2n", "a negative mark narrows a band"],
    ["value / 20n", "value / 21n", "an option's band is narrower"],
    [
      "Number(ceilDiv(mark - width, perRank))",
      "Number(floorDiv(mark - width, perRank))",
      "a band begins below its edge",
    ],
    ["rank >= lowest && rank <= highest", "rank <= highest", "a band has no lower end"],
  ]),
  ...mistakes("engine/src/withdraw.ts", [
    ["BigInt(amount) > claims", "BigInt(amount) >= claims", "the last unit stays in the vault"],
    [
      "nanoUsdPerCash + portfolio.lowerValue <",
      "nanoUsdPerCash + portfolio.value <",
      "what a mark has over its index is taken out",
    ],
    [
      "if (isStale(portfolio, global.time, maxMarkAgeSeconds)) return Reason.MarkTooOld;",
      "",
      "money leaves by old marks",
    ],
    ["global.deficit - retired", "global.deficit", "a deficit stays though it is borne"],
    ["(account!.cash - amount)", "(account!.cash - paid)", "who leaves bears nothing"],
    ["if (paid === 0) return", "if (paid === 0 && amount > global.deficit) return", "nothing is paid for something"],
    ["global.withdrawals + paid", "global.withdrawals + amount", "more is counted than was paid"],
    ["if (cash < -MAX_CASH)", "if (cash < -MAX_CASH - 1)", "a debt grows past its limit"],
  ]),
  ...mistakes("engine/src/fund.ts", [
    ["return floorDiv(BigInt(insurance)", "return ceilDiv(BigInt(insurance)", "a fund's worth is rounded up"],
    [
      "MAX_CASH - global.deficit, MAX_CASH - global.insurance",
      "MAX_CASH - global.deficit",
      "insurance grows past its limit",
    ],
    ["MAX_CASH - global.deficit, ", "", "a deficit grows past its limit"],
    ["global.deficit, MAX_CASH + global.insurance", "global.deficit", "insurance falls past its limit"],
    ["Math.min(Number(equity), global.deficit, ", "Math.min(Number(equity), ", "more is made good than there is"],
    [
      "Math.min(Number(ceilDiv(margin, nanoUsdPerCash)), MAX_CASH)",
      "Math.min(Number(floorDiv(margin, nanoUsdPerCash)), MAX_CASH)",
      "a margin noted is rounded down",
    ],
    ["Math.min(Number(notional), MAX_CASH)", "Number(notional)", "a notional value noted has no end"],
    ["  global.notional += BigInt(notionalAfter - account.notional);\n", "", "the sum of notional values stands still"],
    ["claims < MAX_CLAIMS", "claims <= MAX_CLAIMS", "claims reach their limit"],
    ["claims > -MAX_CLAIMS", "claims >= -MAX_CLAIMS", "claims reach their lower limit"],
    ["insurance >= -MAX_CASH && ", "", "the fund owes without end"],
    ["(marketIndex - positionIndex)", "(positionIndex - marketIndex)", "funding flows the other way"],
  ]),
];

export const solidityMarginMutants: readonly SolidityMutant[] = [
  ...mistakesIn("StepTrade", "Margin.sol", [
    ["if (lots != 0) {", "{", "a closed position opens an exposure"],
    ["if (excess >= excessBefore &&", "if (excess > excessBefore &&", "a reduction must gain"],
    [
      "return equity * marginBefore >= equityBefore * margin;",
      "return equity * marginBefore > equityBefore * margin;",
      "a reduction must gain for what is left",
    ],
    ["return equity >= equityBefore;", "return true;", "a reduction makes a debt greater"],
    ["if lt(reportTime, mload(place))", "if gt(reportTime, mload(place))", "the youngest report counts"],
  ]),
  ...mistakesIn("StepRisk", "Margin.sol", [
    ["HOUR_SECONDS)) + 1;", "HOUR_SECONDS));", "the growth with age is rounded down"],
    ["MOVE_PERCENT = 116", "MOVE_PERCENT = 100", "a lag is that of a delta alone"],

    ["base = Arithmetic.ceilDiv", "base = Arithmetic.floorDiv", "the minimum margin is rounded down"],
    ["if (lots > 0) _add(exposure + LONG_GAP", "_add(exposure + LONG_GAP", "a short option has a gap"],
    ["size * _lagOf", "lots * _lagOf", "who is short gains by a lag"],
    ["if (atIndex < value) value = atIndex;", "", "what a mark has over its index is taken out"],
    ["if (isTooOld(step, _load(exposure + OLDEST), maxMarkAgeSeconds)) return true;", "", "money leaves by old marks"],
  ]),
  ...mistakesIn("StepTrade", "Band.sol", [["value / 20;", "value / 19;", "an option's band is wider"]]),
  ...mistakesIn("StepRisk", "Fund.sol", [
    ["_least(Arithmetic.ceilDiv(margin", "_least(Arithmetic.floorDiv(margin", "a margin noted is rounded down"],

    [
      "_least(_least(worth, deficit), MAX_CASH + global.insurance)",
      "_least(worth, MAX_CASH + global.insurance)",
      "more is made good than there is",
    ],
    ["Arithmetic.floorDiv(global.insurance", "Arithmetic.ceilDiv(global.insurance", "a fund's worth is rounded up"],
  ]),
  ...mistakesIn("StepRisk", "Withdraw.sol", [
    ["amount * assets / claims", "amount", "who leaves bears nothing"],

    ["step.global.deficit -= amount - paid;", "", "a deficit stays though it is borne"],
    [
      "if (Margin.isStale(step, portfolio, maxMarkAgeSeconds)) return Reason.MARK_TOO_OLD;",
      "",
      "money leaves by old marks",
    ],
  ]),
];
