import { accountNumber, type InstrumentNumber, price, Side, seconds } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { beforeAll, describe, expect, it } from "vitest";
import { signedHouseOrder, signedProvider } from "../../../test/support/house.ts";
import { HouseWorld } from "../../../test/support/houseWorld.ts";
import { imbalances } from "../../../test/support/invariants.ts";
import { signedSession, signer } from "../../../test/support/world.ts";
import { housePrice } from "../src/houseOrder.ts";
import {
  accountKey,
  decodeAccount,
  decodeUnderlying,
  encodeAccount,
  encodeGlobal,
  encodeMarket,
  encodePosition,
  encodeUnderlying,
  globalKey,
  indexValue,
  type MarketRecord,
  marketKey,
  positionKey,
  readAccount,
  readGlobal,
  readMarket,
  readPositions,
  underlyingKey,
} from "../src/index.ts";
import { executeAndAudit } from "./houseMarket.ts";

const BUYER = 1;
const OTHER = 2;
const FAR = 2 ** 30;

describe("house orders", () => {
  let base: HouseWorld;
  let perpetual: InstrumentNumber;
  let option: InstrumentNumber;
  beforeAll(async () => {
    base = new HouseWorld(1, 3, executeAndAudit);
    await base.begin(() => 100_000_000_000);
    [perpetual, option] = [base.living[0]!.instrument, base.living[3]!.instrument];
  });

  /** The world with a house that holds so many lots, against the third account. */
  function withHouse(instrument: InstrumentNumber, lots: number, changes: Partial<MarketRecord> = {}): OrderedStore {
    const store = base.store.clone();
    const market = { ...readMarket(store, instrument)!, ...changes };
    store.put(marketKey(instrument), encodeMarket({ ...market, houseLots: lots, openInterest: Math.abs(lots) }));
    store.put(positionKey(accountNumber(3), instrument), encodePosition(-lots, market.fundingIndex));
    const third = accountKey(accountNumber(3));
    store.put(third, encodeAccount({ ...decodeAccount(store.peek(third)!), positions: 1 }));
    const global = readGlobal(store);
    store.put(globalKey, encodeGlobal({ ...global, claims: BigInt(lots) * market.mark }));
    expect(imbalances(store)).toEqual({});
    return store;
  }

  let nonce = 0;
  const key = (account: number) => signer(700 + (account % 8));
  const bytes = (instrument: number, side: number, rank: number, lots: number, account = BUYER) =>
    signedHouseOrder({
      ...{ account, key: key(account), deadline: base.time + 60, nonce: ++nonce },
      ...{ instrument, side, rank, lots },
    });

  async function run(store: OrderedStore, transaction: Uint8Array) {
    const world = { store };
    const { reasons, events } = await base.runOn(world.store, transaction);
    return { reason: reasons[0], trade: events.find((event) => event.type === "houseTrade") };
  }

  it("asks a thousandth of what delta is worth less than the mark, but no more than a twentieth of the mark", () => {
    // A put of which a lot is short of a whole lot of the underlying.
    const lot = readMarket(base.store, perpetual)!.delta;
    const market = { ...readMarket(base.store, option)!, mark: 10_000_000_000n, delta: -lot };
    const atIndex = indexValue(8_000e8, market.lot);
    expect(atIndex).toBe(80_000_000_000n);
    expect(housePrice(market, price(8_000e8), Side.buy)).toBe(9_920_000_000n);
    expect(housePrice(market, price(8_000e8), Side.sell)).toBe(10_080_000_000n);
    expect(housePrice({ ...market, delta: lot / 4n }, price(8_000e8), Side.buy)).toBe(9_980_000_000n);
    const cheap = { ...market, mark: 1_000_000_000n };
    expect(housePrice(cheap, price(8_000e8), Side.buy)).toBe(950_000_000n);
    expect(housePrice(cheap, price(8_000e8), Side.sell)).toBe(1_050_000_000n);
    expect(housePrice({ ...market, mark: 0n }, price(8_000e8), Side.buy)).toBe(0n);
  });

  it("deals in perpetuals on no mark that a book has moved past the index", () => {
    const market = readMarket(base.store, perpetual)!;
    const index = price(8_000e8);
    const [low, high] = [79_600_000_000n, 80_400_000_000n];
    expect(housePrice({ ...market, mark: low }, index, Side.buy)).toBe(79_920_000_000n);
    expect(housePrice({ ...market, mark: high }, index, Side.buy)).toBe(80_320_000_000n);
    expect(housePrice({ ...market, mark: low }, index, Side.sell)).toBe(79_680_000_000n);
    expect(housePrice({ ...market, mark: high }, index, Side.sell)).toBe(80_080_000_000n);
  });

  it("takes what there is, at the house's price, to the last unit", async () => {
    const store = withHouse(perpetual, 30);
    const global = readGlobal(store);
    const asked = housePrice(readMarket(store, perpetual)!, price(base.indexes[0]!), Side.buy);
    const { reason, trade } = await run(store, bytes(perpetual, Side.buy, FAR, 50));
    expect(reason).toBe("Ok");
    const value = Number((30n * asked + 999n) / 1000n);
    expect(trade).toMatchObject({ account: BUYER, lots: 30, price: asked, value });
    expect(readAccount(store, accountNumber(BUYER))).toMatchObject({ cash: 100_000_000_000 - value, positions: 1 });
    expect(readPositions(store, accountNumber(BUYER))).toMatchObject([{ instrument: perpetual, lots: 30 }]);
    expect(readMarket(store, perpetual)).toMatchObject({ houseLots: 0, openInterest: 30 });
    const after = readGlobal(store);
    expect(after.insurance - after.deficit).toBe(global.insurance - global.deficit + value);
    expect(after.claims).toBe(0n);
  });

  it("has the house buy back what it is short of", async () => {
    const store = withHouse(option, -40);
    const asked = housePrice(readMarket(store, option)!, price(base.indexes[0]!), Side.sell);
    const { reason, trade } = await run(store, bytes(option, Side.sell, 1, 15));
    expect(reason).toBe("Ok");
    expect(trade).toMatchObject({ lots: 15, value: Number((15n * asked) / 1000n) });
    expect(readMarket(store, option)).toMatchObject({ houseLots: -25, openInterest: 40 });
  });

  it.each([
    ["a side that is none", { side: 2 }, "MalformedOrder"],
    ["no lots", { lots: 0 }, "MalformedOrder"],
    ["no price", { rank: 0 }, "MalformedOrder"],
    ["an instrument that is none", { instrument: 999 }, "UnknownInstrument"],
    ["the side on which the house is", { side: Side.sell }, "NoHouseInventory"],
    ["a limit below the house's price", { rank: 5 }, "NotFilled"],
    ["a value out of range", { rank: 2 ** 38, lots: 2 ** 31 }, "ValueOutOfRange"],
    ["more than the margin allows", { lots: 100_000 }, "InsufficientMargin"],
  ] as const)("refuses %s", async (_, changes, expected) => {
    const store = withHouse(perpetual, 100_000);
    const terms = { instrument: perpetual as number, side: Side.buy as number, rank: 2 ** 24, lots: 10, ...changes };
    const { reason } = await run(store, bytes(terms.instrument, terms.side, terms.rank, terms.lots));
    expect(reason).toBe(expected);
  });

  it("refuses marks that are not of the newest reports, however young they are", async () => {
    const behind = (seconds_: number) => {
      const store = withHouse(perpetual, 30);
      const { underlying, reportTime } = readMarket(store, perpetual)!;
      const record = decodeUnderlying(store.peek(underlyingKey(underlying))!);
      const newer = { ...record, indexTime: seconds(reportTime + seconds_) };
      store.put(underlyingKey(underlying), encodeUnderlying(newer));
      return run(store, bytes(perpetual, Side.buy, FAR, 1));
    };
    expect((await behind(10)).reason).toBe("Ok");
    expect((await behind(11)).reason).toBe("MarkTooOld");
    const old = withHouse(perpetual, 30, { reportTime: seconds(base.time - 61) });
    expect((await run(old, bytes(perpetual, Side.buy, FAR, 1))).reason).toBe("MarkTooOld");
  });

  it("lets an account without margin close what it has, but go no further", async () => {
    const store = withHouse(perpetual, 30);
    const account = accountNumber(BUYER);
    store.put(positionKey(account, perpetual), encodePosition(-20, 0n));
    const third = positionKey(accountNumber(3), perpetual);
    store.put(third, encodePosition(-10, 0n));
    const record = { ...readAccount(store, account)!, positions: 1 };
    const value = Number((20n * readMarket(store, perpetual)!.mark) / 1000n);
    const change = 100_000_000_000 - value - 10_000_000;
    store.put(accountKey(account), encodeAccount({ ...record, cash: (record.cash - change) as typeof record.cash }));
    const global = readGlobal(store);
    store.put(globalKey, encodeGlobal({ ...global, deposits: (global.deposits - change) as typeof global.deposits }));
    expect(imbalances(store)).toEqual({});
    expect((await run(store.clone(), bytes(perpetual, Side.buy, FAR, 20))).reason).toBe("Ok");
    expect((await run(store.clone(), bytes(perpetual, Side.buy, FAR, 21))).reason).toBe("InsufficientMargin");
  });

  it("may be signed by a session key that trades; only the owner makes an account a provider", async () => {
    const store = withHouse(perpetual, 30);
    const session = signer(790);
    const own = { account: BUYER, key: key(BUYER), deadline: base.time + 60 };
    const terms = { number: 4, address: session.address, scope: 1, expiry: base.time + 1_000 };
    await base.runOn(store, signedSession({ ...own, nonce: ++nonce, ...terms }));
    const by = { account: BUYER, signer: 4, key: session, deadline: base.time + 60 };
    const order = { instrument: perpetual, side: Side.buy, rank: FAR, lots: 1 };
    expect((await run(store, signedHouseOrder({ ...by, nonce: ++nonce, ...order }))).reason).toBe("Ok");
    expect((await run(store, signedProvider({ ...by, nonce: ++nonce }))).reason).toBe("OutOfScope");
    expect((await run(store, signedProvider({ ...own, nonce: ++nonce, active: 2 }))).reason).toBe("MalformedProvider");
    expect((await run(store, signedProvider({ ...own, nonce: ++nonce }))).reason).toBe("Ok");
    expect(readAccount(store, accountNumber(BUYER))?.isProvider).toBe(true);
    expect((await run(store, signedProvider({ ...own, nonce: ++nonce, active: 0 }))).reason).toBe("Ok");
    expect(readAccount(store, accountNumber(BUYER))?.isProvider).toBe(false);
    expect(readAccount(store, accountNumber(OTHER))?.isProvider).toBe(false);
  });
});
