import { type Cash, MAX_CASH, MAX_CLAIMS } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  adjustTotals,
  ceilDiv,
  createGenesis,
  floorDiv,
  fundEquity,
  fundingDue,
  type GlobalRecord,
  indexValue,
  isFundWithinRange,
  newAccount,
  readGlobal,
  settleFund,
} from "../src/index.ts";

const parameters = {
  lister: new Uint8Array(20),
  oracles: [new Uint8Array(20)],
  oracleThreshold: 1,
  maxReportAgeSeconds: 60,
  maxMarkAgeSeconds: 60,
};

const fund = (insurance: number, deficit: number, claims: bigint): GlobalRecord => ({
  ...readGlobal(createGenesis(parameters)),
  insurance: insurance as Cash,
  deficit: deficit as Cash,
  claims,
});

/** An integer of so many bits at most, of either sign. */
function signed(random: Random, bits: number): bigint {
  let value = 0n;
  for (let bit = random.below(bits + 1); bit > 0; bit--) value = 2n * value + BigInt(random.below(2));
  return random.chance(0.5) ? value : -value;
}

describe("division", () => {
  it("rounds down and up whatever the signs", () => {
    for (let numerator = -30n; numerator <= 30n; numerator++) {
      for (let divisor = 1n; divisor <= 7n; divisor++) {
        let floor = -100n;
        while ((floor + 1n) * divisor <= numerator) floor++;
        let ceiling = 100n;
        while ((ceiling - 1n) * divisor >= numerator) ceiling--;
        expect(floorDiv(numerator, divisor), `${numerator} / ${divisor}`).toBe(floor);
        expect(ceilDiv(numerator, divisor), `${numerator} / ${divisor}`).toBe(ceiling);
      }
    }
  });

  it("values a lot at an index", () => {
    // 0.01 BTC at 7,961 USD are 79.61 USD; one hundred-millionth of something at 0.09 USD is less than a nano-dollar.
    expect(indexValue(7_961_00000000, 1_000_000)).toBe(79_610_000_000n);
    expect(indexValue(9_000_000, 1)).toBe(0n);
    expect(indexValue(2 ** 53 - 1, 2 ** 40 - 1)).toBe(((2n ** 53n - 1n) * (2n ** 40n - 1n)) / 10_000_000n);
  });
});

describe("the fund", () => {
  /**
   * The least deficit with which a fund is not worth less than nothing, sought unit by unit: the fund has what it gave out
   * beyond its means as cash. Neither it nor the cash passes its limit.
   */
  function leastDeficit({ insurance, deficit, claims }: GlobalRecord): number {
    const own = insurance - deficit;
    let least = 0;
    while ((own + least) * 1000 + Number(claims) < 0 && least < MAX_CASH && own + least < MAX_CASH) least++;
    return least;
  }

  it("has the least deficit with which it is worth nothing or more", () => {
    return Random.run(1, (random) => {
      for (let attempt = 0; attempt < 3_000; attempt++) {
        const global = fund(random.below(400) - 200, random.below(200), signed(random, 18));
        const own = global.insurance - global.deficit;
        const least = leastDeficit(global);
        settleFund(global);
        expect(global.deficit).toBe(least);
        expect(global.insurance - global.deficit).toBe(own);
        expect(fundEquity(global) >= 0n).toBe(true);
        if (global.deficit > 0) expect(fundEquity(global)).toBe(0n);
        const again = { ...global };
        settleFund(again);
        expect(again).toEqual(global);
      }
    });
  });

  it("is worth its cash and its claims, rounded down", () => {
    expect(fundEquity(fund(5, 0, -1n))).toBe(4n);
    expect(fundEquity(fund(5, 0, 999n))).toBe(5n);
    expect(fundEquity(fund(-5, 0, 5_000n))).toBe(0n);
    expect(fundEquity(fund(-5, 0, 4_999n))).toBe(-1n);
  });

  it("recognises no more than fits, and stays exact at the ends of its ranges", () => {
    return Random.run(2, (random) => {
      for (let attempt = 0; attempt < 3_000; attempt++) {
        const near = () => Math.max(0, MAX_CASH - random.below(3));
        const insurance = random.pick([near(), -near(), Number(signed(random, 52))]);
        const deficit = random.pick([0, near(), Math.abs(Number(signed(random, 52)))]);
        const claims = random.pick([signed(random, 125), signed(random, 62), MAX_CLAIMS - 1n, 1n - MAX_CLAIMS]);
        const global = fund(insurance, deficit, claims);
        settleFund(global);
        expect(global.insurance - global.deficit).toBe(insurance - deficit);
        expect(global.deficit).toBeGreaterThanOrEqual(0);
        expect(Math.max(global.deficit, Math.abs(global.insurance))).toBeLessThanOrEqual(MAX_CASH);
        const equity = fundEquity(global);
        if (equity > 0n) expect(Math.min(global.deficit, global.insurance + MAX_CASH)).toBe(0);
        if (equity < 0n) expect(Math.max(global.deficit, global.insurance)).toBe(MAX_CASH);
      }
    });
  });

  it("has a range for its cash and one for its claims", () => {
    expect(isFundWithinRange(MAX_CASH, MAX_CLAIMS - 1n)).toBe(true);
    expect(isFundWithinRange(-MAX_CASH, 1n - MAX_CLAIMS)).toBe(true);
    expect(isFundWithinRange(BigInt(MAX_CASH) + 1n, 0n)).toBe(false);
    expect(isFundWithinRange(-MAX_CASH - 1, 0n)).toBe(false);
    expect(isFundWithinRange(0, MAX_CLAIMS)).toBe(false);
    expect(isFundWithinRange(0, -MAX_CLAIMS)).toBe(false);
  });
});

describe("cash and claims", () => {
  /**
   * Holders of one instrument who trade with each other and with the house, pay funding when their position changes, and
   * lose or gain by marks. What each would have if everything were paid at once in fractions of a unit is kept beside it:
   * rounding may only ever cost a holder, less than one unit of cash each time, and the fund gets what it costs.
   */
  it("are exact, however positions change hands, and rounding never costs the fund", () => {
    return Random.run(3, (random) => {
      const global = fund(0, 0, 0n);
      const holders = Array.from({ length: 5 }, () => ({ cash: 0n, lots: 0, index: 0n, nano: 0n, roundings: 0n }));
      let market = { mark: 1_000n, fundingIndex: 0n, houseLots: 0 };
      const pay = (holder: (typeof holders)[number]) => {
        const due = fundingDue(holder.lots, market.fundingIndex, holder.index);
        const paid = ceilDiv(due, 1000n);
        holder.cash -= paid;
        holder.index = market.fundingIndex;
        holder.roundings++;
        global.insurance = (global.insurance + Number(paid)) as Cash;
        global.claims -= due;
      };
      const trade = (holder: (typeof holders)[number], lots: number) => {
        pay(holder);
        const cost = ceilDiv(BigInt(lots) * market.mark, 1000n);
        holder.cash -= cost;
        holder.nano -= BigInt(lots) * market.mark;
        holder.roundings++;
        holder.lots += lots;
        market = { ...market, houseLots: market.houseLots - lots };
        global.insurance = (global.insurance + Number(cost)) as Cash;
        global.claims -= BigInt(lots) * market.mark;
      };
      for (let step = 0; step < 4_000; step++) {
        const choice = random.below(10);
        if (choice < 2) {
          const mark = market.mark + signed(random, 9);
          global.claims += BigInt(market.houseLots) * (mark - market.mark);
          market = { ...market, mark };
        } else if (choice < 4) {
          const change = signed(random, 6);
          for (const holder of holders) holder.nano -= BigInt(holder.lots) * change;
          global.claims -= BigInt(market.houseLots) * change;
          market = { ...market, fundingIndex: market.fundingIndex + change };
        } else {
          trade(random.pick(holders), random.below(2_001) - 1_000);
        }
        settleFund(global);
        const owed = holders.reduce(
          (sum, { lots, index }) => sum + fundingDue(lots, market.fundingIndex, index),
          BigInt(market.houseLots) * market.mark,
        );
        expect(global.claims).toBe(owed);
        const cash = holders.reduce((sum, holder) => sum + holder.cash, 0n);
        expect(cash + BigInt(global.insurance - global.deficit)).toBe(0n);
      }
      for (const holder of holders) {
        pay(holder);
        const lost = holder.nano - holder.cash * 1000n;
        expect(lost >= 0n).toBe(true);
        expect(lost < 1000n * holder.roundings).toBe(true);
      }
    });
  });
});

describe("totals", () => {
  it("are the sums over the accounts, whatever they were told", () => {
    return Random.run(4, (random) => {
      const global = fund(0, 0, 0n);
      const accounts = Array.from({ length: 4 }, () => newAccount(new Uint8Array(20)));
      for (let step = 0; step < 1_000; step++) {
        const account = random.pick(accounts);
        const margin = random.pick([0n, 1n, 999n, 1_000n, 1_001n, signed(random, 80)]);
        const notional = random.pick([0n, BigInt(MAX_CASH) + 1n, signed(random, 70)]);
        const positive = (value: bigint) => (value < 0n ? -value : value);
        adjustTotals(global, account, positive(margin), positive(notional));
        const least = (value: bigint) => Number(value < BigInt(MAX_CASH) ? value : BigInt(MAX_CASH));
        expect(account.margin).toBe(least((positive(margin) + 999n) / 1000n));
        expect(account.notional).toBe(least(positive(notional)));
        expect(global.margin).toBe(accounts.reduce((sum, each) => sum + BigInt(each.margin), 0n));
        expect(global.notional).toBe(accounts.reduce((sum, each) => sum + BigInt(each.notional), 0n));
      }
    });
  });
});
