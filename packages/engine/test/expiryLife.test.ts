import { accountNumber } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { pruneBytes, settleBytes, signedSettlement } from "../../../test/support/house.ts";
import { HouseWorld } from "../../../test/support/houseWorld.ts";
import { markBytes, signedListing, tickBytes } from "../../../test/support/world.ts";
import { listInstruments, readMarket, readPositions, readRestingOrders, Table } from "../src/index.ts";
import { executeAndAudit } from "./houseMarket.ts";

const DAY = 86_400;
/** Tables of which an option's life leaves no trace: all but the global record, accounts, their nonces and withdrawals. */
const kept: readonly number[] = [Table.global, Table.account, Table.nonce, Table.withdrawal];

/** What the state holds in the tables of instruments, positions and orders, and the accounts that there are. */
function leaves(world: HouseWorld): string[] {
  return [...world.store.entries()]
    .filter(({ key }) => !kept.includes(key[0]!))
    .map(({ key, value }) => `${Buffer.from(key).toString("hex")} ${Buffer.from(value).toString("hex")}`);
}

describe("the life of an option", () => {
  it("ends with every leaf as it was before, but for counters, cash and nonces", async () => {
    const world = new HouseWorld(11, 60, executeAndAudit);
    await world.begin(() => 20_000_000_000);
    await world.pass(9 * 3_600);
    await world.settleExpired();
    const before = leaves(world);
    const sizeOfAccounts = () => [...world.store.entries()].filter(({ key }) => key[0] === Table.account).length;
    const accounts = sizeOfAccounts();

    const expiry = world.time - (world.time % DAY) + DAY + 8 * 3_600;
    const listed = listInstruments(world.store).length;
    for (const underlying of [1, 2]) await world.listOptions(underlying, expiry);
    const options = listInstruments(world.store)
      .slice(listed)
      .map(({ instrument }) => instrument);
    expect(options).toHaveLength(12);
    await world.refresh();
    await world.tradesIn(options, 300);
    expect(leaves(world).length).toBeGreaterThan(before.length + 100);
    const holders = Array.from({ length: world.accounts }, (_, place) => accountNumber(place + 1));
    const held = () =>
      holders.flatMap((account) => readPositions(world.store, account).map((each) => ({ account, ...each })));
    expect(held().length).toBeGreaterThan(60);

    const option = options[0]!;
    expect((await world.run(pruneBytes(option))).reasons).toEqual(["NotSettled"]);
    expect((await world.run(settleBytes(held()[0]!.account, held()[0]!.instrument))).reasons).toEqual(["NotSettled"]);
    await world.pass(expiry - world.time);
    expect((await world.run(markBytes(option), pruneBytes(option))).reasons).toEqual([
      "InstrumentExpired",
      "NotSettled",
    ]);
    for (const underlying of [1, 2]) {
      const settlement = signedSettlement({ underlying, expiry, price: world.indexes[underlying - 1]! + 777 });
      expect((await world.run(settlement, settlement)).reasons).toEqual(["Ok", "AlreadySettled"]);
    }
    expect((await world.run(settleBytes(held()[0]!.account, held()[0]!.instrument))).reasons).toEqual(["NotSettled"]);
    const marked = await world.run(...options.map(markBytes));
    expect(new Set(marked.reasons)).toEqual(new Set(["Ok"]));
    expect((await world.run(pruneBytes(held()[0]!.instrument))).reasons).toEqual(["StillOpen"]);

    const positions = held();
    const settled = await world.run(...positions.map(({ account, instrument }) => settleBytes(account, instrument)));
    expect(new Set(settled.reasons)).toEqual(new Set(["Ok"]));
    settled.events.forEach((event, place) => {
      const { account, instrument, lots } = positions[place]!;
      const { mark } = readMarket(world.store, instrument)!;
      const value = Math.floor(Number(BigInt(lots) * mark) / 1_000);
      expect(event).toEqual({ type: "settled", account, instrument, lots, value });
    });
    const again = positions[0]!;
    expect((await world.run(settleBytes(again.account, again.instrument))).reasons).toEqual(["NothingToSettle"]);
    for (const instrument of options) {
      expect(readMarket(world.store, instrument)).toMatchObject({ houseLots: 0, openInterest: 0 });
    }
    expect(holders.some((account) => readRestingOrders(world.store, account).length > 0)).toBe(true);
    const orders = holders.reduce((sum, account) => sum + readRestingOrders(world.store, account).length, 0);
    const pruned = await world.run(...options.map(pruneBytes));
    expect(new Set(pruned.reasons)).toEqual(new Set(["Ok"]));
    const causes = pruned.events.flatMap((event) => (event.type === "cancelled" ? [event.cause] : []));
    expect(causes).toEqual(Array.from({ length: orders }, () => "expired"));
    expect(pruned.events.filter(({ type }) => type === "pruned")).toHaveLength(options.length);
    expect((await world.run(pruneBytes(option))).reasons).toEqual(["UnknownInstrument"]);
    expect((await world.run(settleBytes(again.account, again.instrument))).reasons).toEqual(["UnknownInstrument"]);

    expect(held()).toEqual([]);
    expect(world.global().claims).toBe(0n);
    expect(sizeOfAccounts()).toBe(accounts);
    // Marks of the perpetuals, the newest index and their premiums are what time has changed.
    const changing = [Table.market, Table.underlying, Table.premium, Table.expiry] as number[];
    const without = (all: readonly string[]) =>
      all.filter((leaf) => !changing.includes(Number.parseInt(leaf.slice(0, 2), 16)));
    expect(without(leaves(world))).toEqual(without(before));
    expect(leaves(world).map((leaf) => leaf.slice(0, 32))).toEqual(before.map((leaf) => leaf.slice(0, 32)));
  });

  it("is over at once where nobody has marked it", async () => {
    const world = new HouseWorld(12, 2, executeAndAudit);
    await world.begin();
    const before = world.store.clone();
    const deadline = world.time + 60;
    const name = "BTC-20MAR20-9000-C";
    const listing = signedListing({ underlying: 1, name, deadline, tick: 1_000_000, lot: 1_000_000 });
    const { events } = await world.run(listing);
    const number = events.flatMap((event) => (event.type === "listedInstrument" ? [event.instrument] : []))[0]!;
    const { record } = listInstruments(world.store).find(({ instrument }) => instrument === number)!;
    expect((await world.run(pruneBytes(number))).reasons).toEqual(["NotSettled"]);
    await world.run(tickBytes(record.expiry));
    expect((await world.run(pruneBytes(number))).reasons).toEqual(["Ok"]);
    expect([...world.store.entries()].length).toBe([...before.entries()].length);
    expect((await world.run(pruneBytes(1))).reasons).toEqual(["NotSettled"]);
  });
});
