import { accountNumber, instrumentNumber, priceRank, Reason, type ReasonName, Side, toHex } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  accountMargin,
  encodeMarket,
  explainMargin,
  type HypotheticalOrder,
  marketKey,
  readGlobal,
  readHoldings,
  readMarket,
  readPositions,
  type Simulation,
  type SimulationRefusal,
  simulate,
} from "../src/index.ts";
import { lowerPut, moveTo, rankOfMark, spreadMarket } from "./blockMarket.ts";
import { deadline, expiry, immediate, market, order, perpetual, put, start, tick, trade } from "./market.ts";

const alice = accountNumber(1);
const instruments = [perpetual, put, lowerPut];

/** What the engine itself says of account 1 now. */
const explain = (store: OrderedStore) => explainMargin(store, readHoldings(store, alice)!, readGlobal(store).time);

const simulateOrders = (store: OrderedStore, orders: readonly HypotheticalOrder[], account = alice) =>
  simulate(store, account, orders) as Simulation & SimulationRefusal;

function hypothetical(instrument: number, side: Side, rank: number, lots: number): HypotheticalOrder {
  return { instrument: instrumentNumber(instrument), side, priceRank: priceRank(rank), lots };
}

/** Fills an order of account 1 against one of account 4 at the very price. */
function fillForReal(
  store: OrderedStore,
  { instrument, side, priceRank, lots }: HypotheticalOrder,
  until: number,
): void {
  const changes = { instrument, deadline: until };
  const maker = order(4, side === Side.buy ? Side.sell : Side.buy, priceRank, lots, changes);
  const taker = order(1, side, priceRank, lots, { ...changes, ...immediate });
  expect(trade(store, maker, taker).reasons).toEqual(["Ok", "Ok"]);
}

/** As if funding had been accrued: what positions owe to one another is zero in sum. */
function accrueFunding(store: OrderedStore, fundingIndex: bigint): void {
  store.put(marketKey(perpetual), encodeMarket({ ...readMarket(store, perpetual)!, fundingIndex }));
}

/** A price somewhere around the mark. */
function rankNear(store: OrderedStore, instrument: number, random: Random): number {
  const rank = rankOfMark(store, instrument);
  return Math.max(1, rank + random.below(Math.floor(rank / 50) + 2) - Math.floor(rank / 100));
}

describe("what a simulation says", () => {
  it("is what the engine comes to when the orders are filled, whatever age the marks have", () =>
    Random.run(61, (random) => {
      for (let round = 0; round < 25; round++) {
        const store = spreadMarket();
        const randomOrder = (): HypotheticalOrder => {
          const instrument = random.pick(instruments);
          return hypothetical(
            instrument,
            random.pick([Side.buy, Side.sell]),
            rankNear(store, instrument, random),
            1 + random.below(400),
          );
        };
        for (let fill = random.below(4); fill > 0; fill--) fillForReal(store, randomOrder(), deadline);
        if (random.chance(0.5)) accrueFunding(store, BigInt(random.below(2_000_001) - 1_000_000));
        const time = start + 20 + random.below(100);
        const index = 7_500_00000000 + random.below(900) * 100_000_000;
        if (random.chance(0.7))
          moveTo(
            store,
            time,
            index,
            instruments.filter(() => random.chance(0.6)),
          );
        else tick(store, time);

        const orders = Array.from({ length: 1 + random.below(4) }, randomOrder);
        const before = explain(store);
        const root = toHex(store.root());
        const simulation = simulateOrders(store, orders);
        const { equity, initialMargin, maintenanceMargin } = accountMargin(store, alice)!;
        expect(simulation.before).toMatchObject({ equity, initialMargin, maintenanceMargin });
        expect(simulation.before).toEqual(before);
        expect(toHex(store.root())).toBe(root);
        for (const filled of orders) fillForReal(store, filled, time + 60);
        expect(simulation.after).toEqual(explain(store));
        expect(simulation.orders.every(({ isWithinBand }) => isWithinBand)).toBe(true);
        const held = simulation.holdings.positions.map(({ market: _, ...position }) => position);
        expect(held).toEqual(readPositions(store, alice));
      }
    }));

  it("names fees and the funding that falls due", () => {
    const store = market();
    fillForReal(store, hypothetical(perpetual, Side.buy, 796_100, 1_000), deadline);
    accrueFunding(store, 1_500n);
    const simulation = simulateOrders(store, [
      hypothetical(perpetual, Side.sell, 796_100, 400),
      hypothetical(perpetual, Side.sell, 796_200, 600),
    ]);
    const feeOf = (value: number): number => (value * 3) / 10_000;
    const [first, second] = [796_100 * 400 * 100, 796_200 * 600 * 100];
    expect(simulation.orders).toEqual(
      [first, second].map((value) => expect.objectContaining({ value, fee: feeOf(value) })),
    );
    expect(simulation.fees).toBe(feeOf(first!) + feeOf(second!));
    // 1,000 lots of 1,500 nano-USD.
    expect(simulation.funding).toBe(1_500);
    expect(simulation.holdings.positions).toEqual([]);
    expect(simulation.after).toMatchObject({ initialMargin: 0n, maintenanceMargin: 0n, underlyings: [] });
    expect(simulation.after.cash).toBe(simulation.before.cash + first + second - simulation.fees - 1_500);
  });

  it("shows what a margin is made of", () => {
    const store = spreadMarket();
    fillForReal(store, hypothetical(put, Side.sell, rankOfMark(store, put), 2_000), deadline);
    fillForReal(store, hypothetical(lowerPut, Side.buy, rankOfMark(store, lowerPut), 2_000), deadline);
    moveTo(store, start + 36, 7_900_00000000, [put]);
    const [underlying] = explain(store).underlyings;
    const { ageSeconds, growth, scan, minimumDelta, aged, longGap, mixedAge, initialMargin } = underlying!;
    expect(ageSeconds).toBe(36);
    // A tenth after an hour, so a tenth of that after a hundredth of it: 1 %, rounded up by a millionth.
    expect(growth).toBe(10_001n);
    const base = scan > minimumDelta ? scan : minimumDelta;
    expect(aged).toBe((base * 1_010_001n + 999_999n) / 1_000_000n);
    expect(longGap).toBeGreaterThan(0n);
    expect(mixedAge).toBeGreaterThan(0n);
    expect(initialMargin).toBe(aged + longGap + mixedAge);
  });

  it("says of marks that they are too old, and of prices that they are outside the band", () => {
    const store = market();
    fillForReal(store, hypothetical(perpetual, Side.buy, 796_100, 10), deadline);
    expect(explain(store).isStale).toBe(false);
    tick(store, start + 3_601);
    const { after, orders } = simulateOrders(store, [hypothetical(perpetual, Side.buy, 2 * 796_100, 10)]);
    expect(after.isStale).toBe(true);
    expect(orders).toMatchObject([{ isWithinBand: false }]);
  });
});

describe("what no market could fill", () => {
  const good = hypothetical(perpetual, Side.buy, 796_100, 10);

  it.each<[string, HypotheticalOrder, ReasonName]>([
    ["an instrument that nobody has listed", hypothetical(9, Side.buy, 1, 1), "UnknownInstrument"],
    ["a value that no order may have", hypothetical(perpetual, Side.buy, 2 ** 40 - 1, 2 ** 32 - 1), "ValueOutOfRange"],
  ])("%s is named by its place", (_, wrong, reason) => {
    const refusal = simulate(market(), alice, [good, wrong]);
    expect(refusal).toEqual({ order: 1, reason: Reason[reason] });
  });

  it("is an option that has expired", () => {
    const store = market();
    tick(store, expiry);
    expect(simulate(store, alice, [hypothetical(put, Side.buy, 1, 1)])).toEqual({
      order: 0,
      reason: Reason.InstrumentExpired,
    });
  });

  it("is what takes cash out of its range", () => {
    const whole = hypothetical(perpetual, Side.buy, 796_100, Math.floor(2 ** 50 / 79_610_000));
    // A quarter of the range each, and the fees of four are more than the account has.
    expect(simulate(market(), alice, Array(6).fill(whole))).toEqual({ order: 3, reason: Reason.ValueOutOfRange });
  });

  it("is anything of an account that there is not", () => {
    expect(simulate(market(), accountNumber(77), [good])).toBeUndefined();
    expect(accountMargin(market(), accountNumber(77))).toBeUndefined();
  });
});
