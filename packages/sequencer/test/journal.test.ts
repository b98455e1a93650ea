import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../src/database/database.ts";
import { BatchTable } from "../src/journal/batches.ts";
import { Journal, type JournalRecord } from "../src/journal/journal.ts";
import { databaseKinds, type JournalPlace, type JournalPlaces } from "./databases.ts";
import { deposit, signedOrder } from "./engineWorld.ts";

describe.each(databaseKinds)("in %s", (_, createPlaces) => {
  let places: JournalPlaces;
  let place: JournalPlace;
  let database: Database;
  let journal: Journal;
  let orders: Uint8Array[];

  beforeAll(async () => {
    places = await createPlaces();
    place = await places.create();
    database = await place.open();
    journal = await Journal.open(database, "a deployment");
    orders = await Promise.all([1, 2, 3, 4, 5].map((id) => signedOrder(0, { side: 0, rank: 10, lots: 1, id })));
  });

  afterAll(async () => {
    await database?.close();
    await places?.close();
  });

  async function readAll(from = { sequence: 0, inboxCursor: 0 }): Promise<JournalRecord[]> {
    const records: JournalRecord[] = [];
    for await (const record of journal.readFrom(from)) records.push(record);
    return records;
  }

  describe("the journal", () => {
    test("gives back what was appended, in order, from any place on", async () => {
      const messages = [deposit(0, 1), deposit(1, 2), deposit(0, 3)];
      await journal.append(1, [{ kind: "transactions", transactions: orders.slice(0, 2) }]);
      await journal.append(1, [
        { kind: "messages", messages, l1Block: 17n },
        { kind: "transactions", transactions: orders.slice(2) },
      ]);
      expect(journal.end).toEqual({ sequence: 5, inboxCursor: 3 });
      expect(await readAll()).toEqual([
        { kind: "transactions", transactions: orders.slice(0, 2) },
        { kind: "messages", messages, l1Block: 17n },
        { kind: "transactions", transactions: orders.slice(2) },
      ]);
      expect(await readAll({ sequence: 3, inboxCursor: 2 })).toEqual([
        { kind: "messages", messages: messages.slice(2), l1Block: 17n },
        { kind: "transactions", transactions: orders.slice(3) },
      ]);
      expect(await readAll(journal.end)).toEqual([]);
      expect(await journal.readTransactions(1, 3)).toEqual(orders.slice(1, 4));
      expect(await journal.lastInboxBlock()).toBe(17n);
    });

    test("survives the end of its database, and knows whose it is", async () => {
      await database.close();
      database = await place.open();
      await expect(Journal.open(database, "another deployment")).rejects.toMatchObject({ code: "WrongDeployment" });
      journal = await Journal.open(database, "a deployment");
      expect(journal.end).toEqual({ sequence: 5, inboxCursor: 3 });
    });

    test("belongs to one at a time", async () => {
      await expect(place.open()).rejects.toMatchObject({ code: "JournalInUse" });
      await journal.writeSetting("key", "value");
      expect(await journal.readSetting("key")).toBe("value");
    });

    test("takes all of a group or nothing", async () => {
      const statements = [
        { text: "INSERT INTO settings (key, value) VALUES ('half', 'a')" },
        { text: "INSERT INTO settings (key, value) VALUES ('half', 'again')" },
      ];
      await expect(database.transaction(statements)).rejects.toMatchObject({
        code: "DatabaseRefused",
        message: expect.stringContaining("duplicate key"),
      });
      expect(await journal.readSetting("half")).toBeUndefined();
    });
  });

  describe("the table of batches", () => {
    test("keeps a reverted batch beside the one that takes its index", async () => {
      const batches = new BatchTable(database);
      const batch = {
        index: 1,
        from: { sequence: 0, inboxCursor: 0 },
        to: { sequence: 5, inboxCursor: 3 },
        time: 9,
        chunks: [{ kind: 0, amount: 5, byteLength: 475, postRoot: "0x01" }],
      } as const;
      const summary = {
        index: 1n,
        headerHash: "0x02",
        stateRoot: "0x01",
        term: 1,
        time: 9,
        inboxTo: 3n,
        postedAt: 2n ** 60n,
      } as const;
      await batches.insert({ ...batch, term: 1, status: "sealed", dishonest: { chunk: 0, kind: "a lie" } });
      await batches.markSent(1, 1, "0x03");
      await batches.markPosted(1, 1, { block: 7, transactionHash: "0x03" }, summary);
      expect(await batches.read(1)).toEqual({
        ...batch,
        term: 1,
        status: "posted",
        transactionHash: "0x03",
        summary,
        dishonest: { chunk: 0, kind: "a lie" },
        postedBlock: 7,
      });
      await batches.markReverted(0, { block: 8, transactionHash: "0x04" });
      expect(await batches.read(1)).toMatchObject({
        status: "reverted",
        revert: { block: 8, transactionHash: "0x04" },
      });
      await batches.insert({ ...batch, term: 2, status: "sealed" });
      expect(await batches.listStanding()).toEqual([{ ...batch, term: 2, status: "sealed" }]);
      expect((await batches.list(10, 10)).map(({ term, status }) => [term, status])).toEqual([
        [2, "sealed"],
        [1, "reverted"],
      ]);
      expect(await batches.hasDishonest()).toBe(true);
      await batches.markPosted(2, 1, { block: 9, transactionHash: "0x05" }, summary);
      await batches.markFinal(1, 10);
      expect(await batches.read(1)).toMatchObject({ status: "final", postedBlock: 9, finalBlock: 10 });
    });
  });

  test("a database of a newer program is left alone", async () => {
    await database.transaction([{ text: "INSERT INTO migrations (version, name) VALUES (1000, 'of the future')" }]);
    await expect(Journal.open(database, "a deployment")).rejects.toMatchObject({ code: "DatabaseTooNew" });
  });
});
