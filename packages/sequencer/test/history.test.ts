import { readRestingOrders } from "@recourse/engine";
import { accountNumber, cash, fromHex, instrumentNumber, Reason } from "@recourse/protocol";
import { tickBytes } from "@recourse/sdk";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database, Row } from "../src/database/database.ts";
import { seededRandom } from "../src/drill/random.ts";
import type { LiveState } from "../src/execution/liveState.ts";
import { type HistoryQuery, HistoryReader } from "../src/history/historyReader.ts";
import { HistoryWriter } from "../src/history/historyWriter.ts";
import { beginning, type Cut } from "../src/journal/cut.ts";
import { Journal } from "../src/journal/journal.ts";
import type { TermRecord } from "../src/journal/terms.ts";
import { databaseKinds, type JournalPlaces } from "./databases.ts";
import { createState, deposit, opening, recover, signedCancel, signedOrder, startTime } from "./engineWorld.ts";
import { until } from "./world.ts";

const seed = Number(process.env.RECOURSE_TEST_SEED ?? "7");
const logger = pino({ level: "silent" });
const firstTerm: TermRecord = { term: 1, era: 0, eraStart: 0, from: beginning };
const reverted: Cut = { sequence: 150, inboxCursor: 2 };
const secondTerm: TermRecord = { term: 2, era: 1, eraStart: startTime, from: reverted };

/** A journal's content: two deposits, a market that opens, then orders and cancels of two traders by chance. */
async function createStream(): Promise<Uint8Array[]> {
  const random = seededRandom(seed);
  const { state } = createState();
  state.consume([deposit(0, 1_000_000), deposit(1, 1_000_000)]);
  const stream: Uint8Array[] = [];
  const submit = (transaction: Uint8Array) => {
    if (state.submit(transaction, recover).outcome.reason === Reason.Ok) stream.push(transaction);
  };
  for (const transaction of await opening()) submit(transaction);
  for (let nonce = 1; stream.length < 300; nonce++) {
    const trader = random() < 0.5 ? 0 : 1;
    // Few ids, so that they are used again when their orders have gone.
    const id = Math.floor(random() * 20);
    if (random() < 0.15) submit(await signedCancel(trader, id, nonce));
    else {
      submit(
        await signedOrder(trader, {
          side: random() < 0.5 ? 0 : 1,
          rank: 100_000 + Math.floor(random() * 5) - 2,
          lots: 10 + Math.floor(random() * 30),
          id,
          nonce,
          timeInForce: random() < 0.2 ? 1 : 0,
        }),
      );
    }
    if (nonce % 50 === 0) submit(fromHex(tickBytes(startTime + nonce / 50)));
  }
  return stream;
}

/** Executes the stream as a rebuild does, under one term, or under a second one from where the first was reverted. */
function execute(stream: readonly Uint8Array[], writer: HistoryWriter, isReverted: boolean): LiveState {
  const { state } = createState(32, (execution) => writer.add(execution));
  state.consume([deposit(0, 1_000_000), deposit(1, 1_000_000)]);
  for (const [place, transaction] of stream.entries()) {
    if (isReverted && place === reverted.sequence) state.enterTerm(secondTerm);
    state.replay(transaction);
  }
  return state;
}

const tables = ["history_orders", "history_fills", "history_transfers", "history_funding", "history_cursor"];

/** All rows of the history, in an order of their own, in what types drivers have in common. */
async function dump(database: Database): Promise<Row[][]> {
  const rows = tables.map((table) => database.query(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`));
  return Promise.all(rows);
}

describe.each(databaseKinds)("a history in %s", (_, createPlaces) => {
  let places: JournalPlaces;
  let database: Database;
  let stream: Uint8Array[];
  let end: Cut;

  beforeAll(async () => {
    places = await createPlaces();
    database = await openTables();
    stream = await createStream();
    end = { sequence: stream.length, inboxCursor: 2 };
  });

  afterAll(async () => {
    await database?.close();
    await places?.close();
  });

  async function openTables(): Promise<Database> {
    const opened = await (await places.create()).open();
    await Journal.open(opened, "a deployment");
    return opened;
  }

  const open = () => HistoryWriter.open(database, logger);
  const written = (writer: HistoryWriter, at: Cut) =>
    until(`the history up to ${JSON.stringify(at)}`, async () => {
      if (writer.failure) throw writer.failure;
      return writer.at.sequence === at.sequence && writer.at.inboxCursor === at.inboxCursor;
    });

  /** What the orders' rows say of the book is what the state says. */
  async function expectBook(state: LiveState): Promise<void> {
    for (const account of [1, 2].map(accountNumber)) {
      const resting = readRestingOrders(state.store, account);
      const open = await new HistoryReader(database).orders({ account, limit: 500, before: undefined, status: "open" });
      expect(
        open.map((row) => [row.client_order_id, row.side, row.price_rank, row.lots - row.filled_lots]).sort(),
      ).toEqual(resting.map((order) => [order.clientOrderId, order.side, order.priceRank, order.lots]).sort());
    }
  }

  test(`holds what the journal holds, and no more, wherever it is broken off (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    let state: LiveState | undefined;
    for (let durable = 0; durable < stream.length; ) {
      const writer = await open();
      await writer.beginTerm([firstTerm], beginning);
      state = execute(stream, writer, false);
      durable = Math.min(stream.length, durable + 1 + Math.floor(random() * 150));
      const at = { sequence: durable, inboxCursor: 2 };
      writer.release(at);
      // Broken off in the midst of it, or not.
      if (random() < 0.7 || durable === stream.length) await written(writer, at);
      await writer.stop();
      expect(writer.at.sequence).toBeLessThanOrEqual(durable);
    }
    await expectBook(state!);
    const [orders] = await database.query("SELECT sum(filled_lots) AS lots FROM history_orders");
    const [fills] = await database.query("SELECT sum(lots) AS lots, count(*) AS rows FROM history_fills");
    expect(Number(fills!.rows)).toBeGreaterThan(50);
    expect(orders!.lots).toEqual(fills!.lots);
    const [strays] = await database.query(
      `SELECT count(*) AS rows FROM history_fills f LEFT JOIN history_orders o
       ON o.place = f.order_place AND o.account = f.account AND o.client_order_id = f.client_order_id
         AND o.side = f.side AND o.instrument = f.instrument WHERE o.place IS NULL`,
    );
    expect(Number(strays!.rows)).toBe(0);
  });

  test("is told anew from where a batch was reverted, as if it had never been told otherwise", async () => {
    const writer = await open();
    await writer.beginTerm([firstTerm, secondTerm], end);
    expect(writer.at).toEqual(reverted);
    const state = execute(stream, writer, true);
    await written(writer, end);
    await expectBook(state);

    const fresh = await openTables();
    const rebuilt = await HistoryWriter.open(fresh, logger);
    await rebuilt.beginTerm([firstTerm, secondTerm], end);
    execute(stream, rebuilt, true);
    await written(rebuilt, end);
    expect(await dump(fresh)).toEqual(await dump(database));
    await fresh.close();
  });

  test("is read in pages, the newest entries first", async () => {
    const reader = new HistoryReader(database);
    for (const read of [
      (before: { place: number; number: number } | undefined, limit: number) =>
        reader.fills({ account: 1, limit, before, instrument: 1 }),
      (before: { place: number; number: number } | undefined, limit: number) =>
        reader.orders({ account: 1, limit, before, instrument: 1 }),
    ]) {
      const all = await read(undefined, 1_000);
      const paged: unknown[] = [];
      for (let before: { place: number; number: number } | undefined; ; ) {
        const page = await read(before, 7);
        paged.push(...page);
        if (page.length < 7) break;
        const last = page.at(-1)!;
        before = { place: last.place, number: "number" in last ? Number(last.number) : 0 };
      }
      expect(paged).toEqual(all);
      expect(all.map(({ place }) => place)).toEqual(all.map(({ place }) => place).sort((a, b) => b - a));
    }
    expect(await reader.orders({ account: 1, limit: 10, before: undefined, instrument: 2 })).toEqual([]);
    expect(await reader.transfers({ account: 2, limit: 10, before: undefined })).toMatchObject([
      { kind: "deposit", account: 2, amount: 1_000_000_000_000, number: null, recipient: null },
    ]);
  });

  test("says what accounts paid as funding, and takes back what was reverted", async () => {
    const fresh = await openTables();
    const writer = await HistoryWriter.open(fresh, logger);
    await writer.beginTerm([firstTerm], beginning);
    /** As the liquidation of two accounts would have it: several payments in one entry. */
    const paid = [
      [
        [1, 1, 25],
        [1, 70_000, -4],
        [2, 1, 7],
      ],
      [[1, 1, -3]],
      [[1, 70_000, 2 ** 52]],
    ] as const;
    const at = (inboxCursor: number): Cut => ({ sequence: 0, inboxCursor });
    for (const [place, payments] of paid.entries()) {
      const events = payments.map(([account, instrument, amount]) => ({
        type: "fundingPaid" as const,
        account: accountNumber(account),
        instrument: instrumentNumber(instrument),
        amount: cash(amount),
      }));
      const outcome = { reason: Reason.Ok, events };
      writer.add({ at: at(place), transaction: undefined, outcome, term: 1, position: 0, time: startTime + place });
    }
    writer.release(at(3));
    await written(writer, at(3));
    const reader = new HistoryReader(fresh);
    const amounts = async (query: Partial<HistoryQuery>) =>
      (await reader.funding({ account: 1, limit: 10, before: undefined, ...query })).map(({ amount }) => amount);
    expect(await amounts({})).toEqual([2 ** 52, -3, -4, 25]);
    expect(await amounts({ limit: 2 })).toEqual([2 ** 52, -3]);
    expect(await amounts({ before: { place: 0, number: 70_000 } })).toEqual([25]);
    expect(await amounts({ instrument: 70_000 })).toEqual([2 ** 52, -4]);
    expect(await amounts({ account: 2 })).toEqual([7]);
    const again = { term: 2, era: 1, eraStart: startTime, from: at(1) };
    await writer.beginTerm([firstTerm, again], at(1));
    expect(await amounts({})).toEqual([-4, 25]);
    await writer.stop();
    await fresh.close();
  });

  test("that the database refuses stands still, and is caught up with after the next start", async () => {
    const fresh = await openTables();
    await fresh.transaction([{ text: "ALTER TABLE history_fills RENAME TO elsewhere" }]);
    const refused = await HistoryWriter.open(fresh, logger);
    await refused.beginTerm([firstTerm], end);
    execute(stream, refused, false);
    await until("the refusal", async () => refused.failure !== undefined);
    await refused.room();
    await fresh.transaction([{ text: "ALTER TABLE elsewhere RENAME TO history_fills" }]);
    const writer = await HistoryWriter.open(fresh, logger);
    await writer.beginTerm([firstTerm], end);
    execute(stream, writer, false);
    await written(writer, end);
    await fresh.close();
  });
});
