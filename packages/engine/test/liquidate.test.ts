import {
  accountNumber,
  type Cash,
  ChunkKind,
  cash,
  concatBytes,
  instrumentNumber,
  MAX_POSITIONS,
  reasonName,
  SETTLED_TIME,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { beforeAll, describe, expect, it } from "vitest";
import { liquidateBytes } from "../../../test/support/house.ts";
import { HouseWorld } from "../../../test/support/houseWorld.ts";
import { imbalances, stateProblems } from "../../../test/support/invariants.ts";
import { Random } from "../../../test/support/random.ts";
import { context } from "../../../test/support/world.ts";
import {
  accountKey,
  type EngineEvent,
  encodeAccount,
  encodeGlobal,
  encodeMarket,
  encodePosition,
  executeChunk,
  fundEquity,
  globalKey,
  marketKey,
  newAccount,
  positionKey,
  readAccount,
  readGlobal,
  readMarket,
  readPositions,
  readUnderlying,
} from "../src/index.ts";
import { liquidationTerms } from "../src/liquidationTerms.ts";
import { executeAndAudit, modelPositions } from "./houseMarket.ts";
import { modelEquity, modelLiquidation, modelMaintenance } from "./liquidationModel.ts";

const [ACCOUNT, PROVIDER, COUNTERPARTY] = [1, 2, 3] as const;

/** Lots by account and instrument, funding paid up to an index; everything else follows from it. */
interface Held {
  readonly account: number;
  readonly instrument: number;
  readonly lots: number;
  readonly fundingIndex: bigint;
}

/**
 * A state with these positions, written as records: the counterparty holds the other side of all of them and of what the
 * house holds, and deposits are what they must have been.
 */
function stateWith(
  base: OrderedStore,
  held: readonly Held[],
  houseLots: ReadonlyMap<number, number>,
  insurance: number,
): OrderedStore {
  const store = base.clone();
  const others = new Map<number, number>();
  for (const { instrument, lots } of held) others.set(instrument, (others.get(instrument) ?? 0) - lots);
  for (const [instrument, lots] of houseLots) others.set(instrument, (others.get(instrument) ?? 0) - lots);
  const all = [...held];
  for (const [instrument, lots] of others) {
    const { fundingIndex } = readMarket(store, instrumentNumber(instrument))!;
    if (lots !== 0) all.push({ account: COUNTERPARTY, instrument, lots, fundingIndex });
  }
  let claims = 0n;
  for (const instrument of new Set([...all.map((each) => each.instrument), ...houseLots.keys()])) {
    const market = readMarket(store, instrumentNumber(instrument))!;
    const house = houseLots.get(instrument) ?? 0;
    const long = all.filter((each) => each.instrument === instrument && each.lots > 0);
    const openInterest = long.reduce((sum, { lots }) => sum + lots, Math.max(house, 0));
    store.put(marketKey(instrumentNumber(instrument)), encodeMarket({ ...market, houseLots: house, openInterest }));
    claims += BigInt(house) * market.mark;
  }
  for (const { account, instrument, lots, fundingIndex } of all) {
    store.put(positionKey(accountNumber(account), instrumentNumber(instrument)), encodePosition(lots, fundingIndex));
    const market = readMarket(store, instrumentNumber(instrument))!;
    claims += BigInt(lots) * (market.fundingIndex - fundingIndex);
  }
  for (const account of [ACCOUNT, PROVIDER, COUNTERPARTY]) {
    const positions = all.filter((each) => each.account === account).length;
    const record = { ...newAccount(new Uint8Array(20).fill(account)), positions, isProvider: account === PROVIDER };
    store.put(accountKey(accountNumber(account)), encodeAccount(record));
  }
  store.put(globalKey, encodeGlobal({ ...readGlobal(store), insurance: cash(insurance), deficit: cash(0), claims }));
  setCash(store, COUNTERPARTY, 2 ** 50);
  return store;
}

/** Gives an account cash, as if it had been deposited. */
function setCash(store: OrderedStore, account: number, amount: number): void {
  const key = accountKey(accountNumber(account));
  store.put(key, encodeAccount({ ...readAccount(store, accountNumber(account))!, cash: amount as Cash }));
  const global = readGlobal(store);
  const all = [ACCOUNT, PROVIDER, COUNTERPARTY].map((each) => readAccount(store, accountNumber(each))!.cash);
  const deposits = all.reduce((sum, each) => sum + each, 0) + global.insurance - global.deficit + global.withdrawals;
  store.put(globalKey, encodeGlobal({ ...global, deposits: deposits as Cash }));
}

/** Gives an account an equity of a share of its maintenance margin, to the unit of cash above it or below. */
function setEquity(store: OrderedStore, account: number, share: { readonly over: bigint; readonly under: bigint }) {
  const positions = modelPositions(store, account);
  const maintenance = modelMaintenance(positions);
  const value = modelEquity(0n, positions);
  const target = (maintenance.over * share.over * 1_000_000n) / (maintenance.under * share.under);
  setCash(store, account, Number(target - (value.over * 1_000_000n) / value.under));
}

function run(store: OrderedStore, ...transactions: readonly Uint8Array[]) {
  const { reasons, outcomes } = executeChunk(store, context(), ChunkKind.house, concatBytes(...transactions));
  return { reasons: [...reasons].map(reasonName), events: outcomes.flatMap(({ events }) => events) };
}

type Liquidated = Extract<EngineEvent, { type: "liquidated" }>;
const liquidatedOf = (events: readonly EngineEvent[]): Liquidated =>
  events.find((event): event is Liquidated => event.type === "liquidated")!;

const portfolios = 500 * Number(process.env.RECOURSE_LONG_TESTS ?? 1);

const thousandths = (over: number) => ({ over: BigInt(over), under: 1000n });

describe("liquidation", () => {
  let base: OrderedStore;
  let instruments: number[];
  beforeAll(async () => {
    const world = new HouseWorld(1, COUNTERPARTY, executeAndAudit);
    await world.begin();
    base = world.store;
    instruments = world.living.map(({ instrument }) => instrument);
    // Funding that has been paid on the perpetuals, so that positions can owe some.
    for (const instrument of instruments) {
      const market = readMarket(base, instrumentNumber(instrument))!;
      if (market.kind === 0) {
        base.put(marketKey(instrumentNumber(instrument)), encodeMarket({ ...market, fundingIndex: 77_777_777n }));
      }
    }
  });

  /** Random positions of an account in random instruments. */
  function randomHeld(random: Random, account: number, count: number, of = instruments): Held[] {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(count, of.length)) chosen.add(random.pick(of));
    return [...chosen].map((instrument) => {
      const magnitude = 1 + random.below(random.chance(0.3) ? 5 : 3_000);
      const market = readMarket(base, instrumentNumber(instrument))!;
      const fundingIndex = market.kind === 0 ? BigInt(random.below(200_000_000)) : 0n;
      return { account, instrument, lots: random.chance(0.5) ? magnitude : -magnitude, fundingIndex };
    });
  }

  it(`does to ${portfolios} random portfolios what exact fractions say, to the last unit`, async () => {
    const percents = new Map<number, number>();
    const counts = { refused: 0, losses: 0, deficits: 0, toProvider: 0, unpaid: 0 };
    for (let seed = 1; seed <= portfolios; seed++) {
      await Random.run(seed, (random) => {
        const held = randomHeld(random, ACCOUNT, 1 + random.below(8));
        const house = new Map(
          held.slice(0, random.below(3)).map((each) => [each.instrument, random.below(4_001) - 2_000]),
        );
        // Of what the provider holds, some is in the account's instruments.
        const own = randomHeld(random, PROVIDER, random.below(4)).concat(
          randomHeld(
            random,
            PROVIDER,
            random.below(3),
            held.map(({ instrument }) => instrument),
          ),
        );
        const mine = new Map(own.map((each) => [each.instrument, each]));
        const store = stateWith(base, [...held, ...mine.values()], house, random.below(20_000_000_000));
        setCash(store, PROVIDER, 2 ** 45);
        const shares = [random.below(1_100) - 100, 700 + random.below(301), 947 + random.below(80)];
        setEquity(store, ACCOUNT, thousandths(random.pick(shares)));
        expect(imbalances(store)).toEqual({});

        const record = readAccount(store, accountNumber(ACCOUNT))!;
        const positions = modelPositions(store, ACCOUNT);
        const providerPositions = new Map(
          readPositions(store, accountNumber(PROVIDER)).map((each) => [each.instrument as number, each]),
        );
        const expected = modelLiquidation(BigInt(record.cash), positions);
        const named = random.chance(0.5) ? PROVIDER : 0;
        const globalBefore = readGlobal(store);
        const rootBefore = store.clone();
        const { reasons, events } = run(store, liquidateBytes(ACCOUNT, named));
        if (expected === undefined || (named === PROVIDER && !expected.isPaidInFull)) {
          counts[expected === undefined ? "refused" : "unpaid"]++;
          expect(reasons).toEqual([expected === undefined ? "NotLiquidatable" : "ProviderUnpaid"]);
          for (const { key, value } of rootBefore.entries()) {
            if (key[0] !== 0) expect(store.peek(key)).toEqual(value);
          }
          return;
        }
        expect(reasons).toEqual(["Ok"]);
        expect(imbalances(store)).toEqual({});
        expect(stateProblems(store)).toEqual([]);
        percents.set(expected.percent, (percents.get(expected.percent) ?? 0) + 1);

        const after = readAccount(store, accountNumber(ACCOUNT))!;
        expect(BigInt(after.cash)).toBe(expected.cash);
        const left = new Map(readPositions(store, accountNumber(ACCOUNT)).map((each) => [each.instrument, each]));
        const instrumentsHeld = held.map(({ instrument }) => instrument).sort((one, other) => one - other);
        const byInstrument = new Map(held.map((each) => [each.instrument, each]));
        const reward = named === PROVIDER ? expected.penalty / 4n : 0n;
        let providerFunding = 0n;
        instrumentsHeld.forEach((instrument, place) => {
          const moved = Number(expected.moved[place]!);
          const market = readMarket(store, instrumentNumber(instrument))!;
          const lots = byInstrument.get(instrument)!.lots - moved;
          const rest = left.get(instrumentNumber(instrument));
          expect(rest?.lots ?? 0).toBe(lots);
          if (rest !== undefined) expect(rest.fundingIndex).toBe(market.fundingIndex);
          const houseBefore = house.get(instrument) ?? 0;
          expect(market.houseLots).toBe(named === PROVIDER ? houseBefore : houseBefore + moved);
          if (named !== PROVIDER) return;
          const before = providerPositions.get(instrument);
          const now = readPositions(store, accountNumber(PROVIDER)).find((each) => each.instrument === instrument);
          expect(now?.lots ?? 0).toBe((before?.lots ?? 0) + moved);
          const due = BigInt(before?.lots ?? 0) * (market.fundingIndex - (before?.fundingIndex ?? 0n));
          providerFunding += due > 0n ? (due + 999n) / 1000n : due / 1000n;
        });
        if (named === PROVIDER) {
          counts.toProvider++;
          const provider = readAccount(store, accountNumber(PROVIDER))!;
          expect(BigInt(provider.cash)).toBe(2n ** 45n - expected.paid - providerFunding + reward);
        }
        const global = readGlobal(store);
        const paidByFund = named === PROVIDER ? 0n : expected.paid;
        // What the fund recognises as deficit, or makes good, changes both alike.
        expect(BigInt(global.insurance) - BigInt(global.deficit)).toBe(
          BigInt(globalBefore.insurance) +
            expected.penalty +
            expected.funding +
            providerFunding -
            reward -
            paidByFund -
            expected.loss,
        );
        expect(fundEquity(global) >= 0n).toBe(true);
        expect(global.deficit === 0 || fundEquity(global) === 0n).toBe(true);
        if (expected.loss > 0n) counts.losses++;
        if (global.deficit > 0) counts.deficits++;
        const event = liquidatedOf(events);
        expect(event).toMatchObject({
          account: ACCOUNT,
          provider: named,
          percent: expected.percent,
          penalty: Number(expected.penalty),
          reward: Number(reward),
          loss: Number(expected.loss),
        });
        expect(event.legs.map(({ lots }) => BigInt(lots))).toEqual(expected.moved);
      });
    }
    // A share of 20 % is part of the rule, but it is never the least that suffices.
    expect([...percents.keys()].sort((one, other) => one - other)).toEqual([40, 60, 80, 100]);
    for (const [name, count] of Object.entries(counts))
      expect(count, `${name} of ${JSON.stringify(counts)}`).toBeGreaterThan(4);
  });

  it.each([
    [8_999, 40, false],
    [8_520, 40, false],
    [8_519, 60, false],
    [7_780, 60, false],
    [7_779, 80, false],
    [7_040, 80, false],
    [7_039, 100, false],
    [6_300, 100, false],
    [6_299, 100, true],
    [1, 100, true],
    [0, 100, true],
    [-5, 100, true],
  ])("takes the least share that suffices: an equity of %i of 9,000 gives %i %%", (equity, percent, isUnpaid) => {
    const terms = liquidationTerms(BigInt(equity) * 1_000_000n, 9_000_000_000n);
    expect(terms.percent).toBe(percent);
    const full = BigInt(percent) * 63_000n;
    expect(terms.penalty).toBe(isUnpaid ? BigInt(Math.max(equity, 0)) * 1000n : full);
    expect(terms.reward).toBe(isUnpaid ? undefined : full / 4n);
  });

  it("has the fund pay what a bankrupt account cannot, and a deficit stand for what the fund cannot", () => {
    const held = [{ account: ACCOUNT, instrument: instruments[0]!, lots: 1_000, fundingIndex: 77_777_777n }];
    const store = stateWith(base, held, new Map(), 500_000_000);
    setEquity(store, ACCOUNT, thousandths(-500));
    const { cash: owed } = readAccount(store, accountNumber(ACCOUNT))!;
    const { mark } = readMarket(store, instrumentNumber(instruments[0]!))!;
    const shortfall = -(owed + Number((mark * 1_000n) / 1_000n));
    expect(shortfall).toBeGreaterThan(500_000_000);
    const { reasons, events } = run(store, liquidateBytes(ACCOUNT));
    expect(reasons).toEqual(["Ok"]);
    expect(liquidatedOf(events)).toMatchObject({ percent: 100, penalty: 0, loss: shortfall });
    expect(readAccount(store, accountNumber(ACCOUNT))).toMatchObject({ cash: 0, positions: 0, margin: 0, notional: 0 });
    expect(readGlobal(store).deficit).toBe(shortfall - 500_000_000);
    expect(imbalances(store)).toEqual({});
    expect(run(store, liquidateBytes(ACCOUNT)).reasons).toEqual(["NotLiquidatable"]);
  });

  it("takes negative cash from an account without positions", () => {
    const store = stateWith(base, [], new Map(), 500);
    setCash(store, ACCOUNT, -700);
    const { reasons, events } = run(store, liquidateBytes(ACCOUNT), liquidateBytes(ACCOUNT));
    expect(reasons).toEqual(["Ok", "NotLiquidatable"]);
    expect(liquidatedOf(events)).toMatchObject({ percent: 100, penalty: 0, loss: 700, legs: [] });
    expect(readGlobal(store)).toMatchObject({ insurance: 0, deficit: 200 });
    expect(imbalances(store)).toEqual({});
  });

  it("judges by fresh marks alone: one old leg keeps the account as it is, a settled one does not", () => {
    const held = instruments
      .slice(0, 4)
      .map((instrument) => ({ account: ACCOUNT, instrument, lots: -900, fundingIndex: 0n }));
    const store = stateWith(base, held, new Map(), 0);
    setEquity(store, ACCOUNT, thousandths(500));
    const leg = instrumentNumber(instruments[3]!);
    const market = readMarket(store, leg)!;
    const { indexTime } = readUnderlying(store, market.underlying)!;
    const withReport = (time: number) => {
      const copy = store.clone();
      copy.put(marketKey(leg), encodeMarket({ ...market, openInterest: 900, reportTime: seconds(time) }));
      return run(copy, liquidateBytes(ACCOUNT)).reasons;
    };
    expect(withReport(indexTime)).toEqual(["Ok"]);
    expect(withReport(indexTime - 10)).toEqual(["Ok"]);
    expect(withReport(indexTime - 11)).toEqual(["MarkTooOld"]);
    expect(withReport(SETTLED_TIME)).toEqual(["Ok"]);
    // All of the same age, but the clock has gone on.
    const late = store.clone();
    late.put(globalKey, encodeGlobal({ ...readGlobal(late), time: seconds(indexTime + 61) }));
    expect(run(late, liquidateBytes(ACCOUNT)).reasons).toEqual(["MarkTooOld"]);
  });

  describe("to a liquidity provider", () => {
    const held = () => [{ account: ACCOUNT, instrument: instruments[0]!, lots: 500, fundingIndex: 77_777_777n }];
    const due = (providerCash: number, permille = 960) => {
      const store = stateWith(base, held(), new Map(), 0);
      setCash(store, PROVIDER, providerCash);
      setEquity(store, ACCOUNT, thousandths(permille));
      return store;
    };

    it("raises what the provider is worth by a quarter of the penalty", () => {
      const store = due(100_000_000_000);
      const before = modelEquity(100_000_000_000n, []);
      const { reasons, events } = run(store, liquidateBytes(ACCOUNT, PROVIDER));
      expect(reasons).toEqual(["Ok"]);
      const { penalty, reward } = liquidatedOf(events);
      expect(reward).toBe(Math.floor(penalty / 4));
      const provider = readAccount(store, accountNumber(PROVIDER))!;
      const after = modelEquity(BigInt(provider.cash), modelPositions(store, PROVIDER));
      const gain = (after.over * before.under - before.over * after.under) * 1_000_000n;
      const gained = gain / (after.under * before.under);
      expect(gained >= BigInt(reward) && gained <= BigInt(reward) + 1n).toBe(true);
      expect(provider.margin).toBeGreaterThan(0);
    });

    it("costs whoever names an account of his own three quarters of the penalty", () => {
      const store = due(100_000_000_000);
      const worth = () =>
        [ACCOUNT, PROVIDER]
          .map((each) => {
            const { cash: amount } = readAccount(store, accountNumber(each))!;
            const { over, under } = modelEquity(BigInt(amount), modelPositions(store, each));
            return (over * 1_000_000n) / under;
          })
          .reduce((sum, each) => sum + each);
      const before = worth();
      const { penalty, reward } = liquidatedOf(run(store, liquidateBytes(ACCOUNT, PROVIDER)).events);
      expect(penalty).toBeGreaterThan(0);
      expect(Math.abs(Number(before - worth()) - (penalty - reward))).toBeLessThanOrEqual(2);
    });

    it.each([
      ["without the margin for it", PROVIDER, 10, 960, "InsufficientMargin"],
      ["that does not exist", 9, 10 ** 11, 960, "UnknownAccount"],
      ["that is not registered", COUNTERPARTY, 10 ** 11, 960, "NotProvider"],
      ["that is the account itself", ACCOUNT, 10 ** 11, 960, "NotProvider"],
      ["where the account cannot pay it", PROVIDER, 10 ** 11, 600, "ProviderUnpaid"],
    ] as const)("refuses one %s, and changes nothing", (_, provider, providerCash, permille, reason) => {
      const store = due(providerCash, permille);
      const before = [...store.entries()];
      expect(run(store, liquidateBytes(ACCOUNT, provider)).reasons).toEqual([reason]);
      const changed = before.filter(({ key, value }) => key[0] !== 0 && store.peek(key) !== value);
      expect(changed).toEqual([]);
      // The house takes over all the same.
      if (reason !== "NotProvider" || provider !== ACCOUNT)
        expect(run(store, liquidateBytes(ACCOUNT)).reasons).toEqual(["Ok"]);
    });

    it("counts its positions as they will be", () => {
      const many = Array.from({ length: MAX_POSITIONS }, (_, place) => 1_000 + place);
      const store = due(2 ** 45);
      const market = readMarket(store, instrumentNumber(instruments[1]!))!;
      const fill = (lotsOfFirst: number) => {
        const copy = store.clone();
        for (const instrument of many.slice(lotsOfFirst === 0 ? 0 : 1)) {
          copy.put(marketKey(instrumentNumber(instrument)), encodeMarket(market));
          copy.put(positionKey(accountNumber(PROVIDER), instrumentNumber(instrument)), encodePosition(1, 0n));
        }
        if (lotsOfFirst !== 0) {
          const key = positionKey(accountNumber(PROVIDER), instrumentNumber(instruments[0]!));
          copy.put(key, encodePosition(lotsOfFirst, 77_777_777n));
        }
        const record = { ...readAccount(copy, accountNumber(PROVIDER))!, positions: MAX_POSITIONS };
        copy.put(accountKey(accountNumber(PROVIDER)), encodeAccount(record));
        return copy;
      };
      expect(run(fill(0), liquidateBytes(ACCOUNT, PROVIDER)).reasons).toEqual(["TooManyPositions"]);
      expect(run(fill(3), liquidateBytes(ACCOUNT, PROVIDER)).reasons).toEqual(["Ok"]);
    });
  });

  it("refuses an account that does not exist", () => {
    expect(run(base.clone(), liquidateBytes(77)).reasons).toEqual(["UnknownAccount"]);
  });
});
