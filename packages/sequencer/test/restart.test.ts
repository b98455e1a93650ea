import { setTimeout } from "node:timers/promises";
import type { AcceptedOrder, FillHistoryEntry, StreamResponse } from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../../test/support/postgres.ts";
import { seededRandom } from "../src/drill/random.ts";
import { databaseKinds, databasesOf, type JournalPlace, type JournalPlaces } from "./databases.ts";
import { acceptedOf, connectTraders, createTraders, order, readPages, type Traders } from "./trading.ts";
import { createWorld, openMarket, type SequencerProcess, startSequencerProcess, until, type World } from "./world.ts";

/** Kills, each at a moment of its own, for each kind of database; `RECOURSE_KILLS` asks for more. */
const kills = Number(process.env.RECOURSE_KILLS ?? "2");
const seed = 11;

/** A rollup, a sequencer whose journal is somewhere, and two who trade with it. */
class Market {
  readonly world: World;
  readonly place: JournalPlace;
  sequencer: SequencerProcess;
  readonly traders: Traders;
  readonly acknowledged: AcceptedOrder[] = [];
  #clientOrderId = 1_000;

  private constructor(world: World, place: JournalPlace, sequencer: SequencerProcess, traders: Traders) {
    this.world = world;
    this.place = place;
    this.sequencer = sequencer;
    this.traders = traders;
  }

  static async open(places: JournalPlaces): Promise<Market> {
    const world = await createWorld();
    const place = await places.create();
    const sequencer = await startSequencerProcess(world, place);
    await openMarket(world, sequencer.client);
    return new Market(world, place, sequencer, await createTraders(world, sequencer));
  }

  /** Has both trade while something goes on; what then fails is what goes on. */
  async tradeDuring(something: () => Promise<void>): Promise<void> {
    const { alice, bob } = connectTraders(this.traders.accounts, this.sequencer.url);
    let isRunning = true;
    const trading = [alice, bob].map(async (trader, side) => {
      while (isRunning) {
        const orders = Array.from({ length: 5 }, () =>
          order(this.#clientOrderId++, { side: side === 0 ? "buy" : "sell", price: "50000" }),
        );
        try {
          const response = await trader.submitOrders(orders);
          expect(await trader.verify(response)).toBe(true);
          this.acknowledged.push(...acceptedOf(response));
        } catch (error) {
          if (isRunning) throw error;
        }
      }
    });
    try {
      await Promise.race([something(), ...trading]);
    } finally {
      isRunning = false;
    }
    await Promise.all(trading);
  }

  // By what was acknowledged, not by the clock, so that a slow machine breaks off no later than a fast one.
  async acknowledge(more: number): Promise<void> {
    const enough = this.acknowledged.length + more;
    await until("some acknowledgements", async () => this.acknowledged.length >= enough);
  }

  async restart(): Promise<void> {
    this.sequencer = await startSequencerProcess(this.world, this.place);
  }

  /** The status when nothing is open any more, so that the root covers the whole stream. */
  settled() {
    return until("everything posted", async () => {
      const status = await this.sequencer.client.status();
      return status.batches.waiting === 0 && status.state.position === status.position && status;
    });
  }

  /** Everything acknowledged stands in the stream, once; all of the stream in batches; and in the history what was said. */
  async expectPromisesKept(): Promise<void> {
    const status = await this.settled();
    const stream = await readStream(this.sequencer);
    for (const { position, transactionHash } of this.acknowledged) {
      expect(stream[position - 1]?.transactionHash).toBe(transactionHash);
    }
    expect(new Set(stream.map(({ transactionHash }) => transactionHash)).size).toBe(stream.length);
    expect(stream.length).toBe(status.position);

    const batches = (await this.sequencer.client.batches(500)).reverse();
    expect(batches.map(({ index }) => index)).toEqual(batches.map((_, place) => place + 1));
    for (const [place, batch] of batches.entries()) {
      expect(batch.status).toMatch(/posted|final/);
      expect(batch.postedBlock).toBeGreaterThan(batches[place - 1]?.postedBlock ?? 0);
      expect(batch.fromPosition).toBe(batches[place - 1]?.toPosition ?? 0);
    }
    expect(batches.at(-1)?.toPosition).toBe(status.position);
    expect(batches.at(-1)?.summary?.stateRoot).toBe(status.state.root);
    await this.#expectHistory(status.position);
  }

  async #expectHistory(position: number): Promise<void> {
    const { client } = this.sequencer;
    const told: string[] = [];
    for (const { account } of this.traders.accounts) {
      await until("the history", async () => (await client.orderHistory(account)).position >= position);
      const orders = await readPages((before) => client.orderHistory(account, { limit: 100, ...before }));
      const accepted = new Map(orders.map((entry) => [entry.transactionHash, entry]));
      expect(accepted.size).toBe(orders.length);
      const resting = await client.orders(account);
      expect(orders.filter(({ status }) => status === "open").length).toBe(resting.length);
      for (const entry of orders) told.push(entry.transactionHash);
      const fills = await readPages((before) => client.fillHistory(account, { limit: 100, ...before }));
      for (const { transactionHash, position, fills: answered } of this.acknowledged) {
        const entry = accepted.get(transactionHash);
        if (entry === undefined) continue;
        expect(entry.position).toBe(position);
        const taken = fills.filter((fill) => fill.position === position && fill.role === "taker").reverse();
        expect(taken.map(fieldsOf)).toEqual(answered.map((fill) => fieldsOf({ ...fill, fee: fill.takerFee })));
      }
      expect((await client.transferHistory(account)).entries).toMatchObject([{ kind: "deposit", amount: "1000000" }]);
    }
    expect(told).toEqual(expect.arrayContaining(this.acknowledged.map(({ transactionHash }) => transactionHash)));
  }

  async close(): Promise<void> {
    await this.sequencer.kill();
    await this.world.close();
  }
}

function fieldsOf({ price, size, value, fee }: Pick<FillHistoryEntry, "price" | "size" | "value" | "fee">) {
  return { price, size, value, fee };
}

describe.each(databaseKinds)("a sequencer with its journal in %s that is killed", (_, createPlaces) => {
  let places: JournalPlaces;
  let market: Market;

  beforeAll(async () => {
    places = await createPlaces();
    market = await Market.open(places);
  });

  afterAll(async () => {
    await market?.close();
    await places?.close();
  });

  test("comes back to the same root and running hash", async () => {
    for (let id = 1; id <= 10; id++) await market.traders.alice.submitOrder(order(id, { price: `${48_000 + id}` }));
    const before = await market.settled();
    await market.sequencer.kill();
    await market.restart();
    const after = await market.settled();
    expect([after.position, after.runningHash, after.state, after.term]).toEqual([
      before.position,
      before.runningHash,
      before.state,
      before.term,
    ]);
  });

  test(`at any moment, loses nothing that it acknowledged, posts each batch once, and goes on (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    for (let round = 0; round < kills; round++) {
      await market.tradeDuring(async () => {
        await market.acknowledge(1 + Math.floor(random() * 60));
        await setTimeout(random() * 100);
        void market.sequencer.kill();
      });
      await market.sequencer.exited;
      await market.restart();
    }
    await market.expectPromisesKept();
  });

  test("has its journal for itself", async () => {
    await expect(startSequencerProcess(market.world, market.place)).rejects.toThrow("JournalInUse");
    const { alice } = connectTraders(market.traders.accounts, market.sequencer.url);
    await alice.submitOrder(order(900, { price: "48000" }));
  });
});

describe("a sequencer whose PostgreSQL server fails", () => {
  let server: PostgresServer;
  let market: Market;

  beforeAll(async () => {
    server = await startPostgres();
    market = await Market.open(databasesOf(server));
  });

  afterAll(async () => {
    await market?.close();
    await server?.stop();
  });

  const url = () => market.place.environment.RECOURSE_DATABASE_URL!;

  test("waits for it to come back, and acknowledges nothing that is lost, nor anything twice", async () => {
    await market.tradeDuring(async () => {
      await market.acknowledge(10);
      await server.administer(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rec%'",
      );
      await market.acknowledge(10);
      await server.kill();
      await server.start();
      await market.acknowledge(10);
    });
    await market.expectPromisesKept();
  });

  test("answers that the journal is not available where it takes no more, and ends", async () => {
    const role = new URL(url()).username;
    const before = await market.sequencer.client.status();
    await server.administer(`REVOKE INSERT ON entries FROM ${role}`, url());
    const ended = market.sequencer.ended();
    const refused = market.traders.alice.submitOrder(order(901, { price: "48001" }));
    await expect(refused).rejects.toMatchObject({ code: "JournalUnavailable" });
    expect(await ended).toBe(1);
    expect(market.sequencer.log()).not.toContain(new URL(url()).password);
    await server.administer(`GRANT INSERT ON entries TO ${role}`, url());
    await market.restart();
    expect((await market.sequencer.client.status()).position).toBe(before.position);
    await market.expectPromisesKept();
  });

  test("goes on without a history that its database refuses, and catches up with it after the next start", async () => {
    const role = new URL(url()).username;
    await server.administer(`REVOKE INSERT ON history_orders FROM ${role}`, url());
    const { alice } = connectTraders(market.traders.accounts, market.sequencer.url);
    market.acknowledged.push(await alice.submitOrder(order(902, { price: "48002" })));
    const [{ account }] = market.traders.accounts;
    await until("the refusal", () =>
      market.sequencer.client.orderHistory(account).then(
        () => false,
        ({ code }: { code: string }) => code === "HistoryUnavailable",
      ),
    );
    market.acknowledged.push(await alice.submitOrder(order(903, { price: "48003" })));
    await server.administer(`GRANT INSERT ON history_orders TO ${role}`, url());
    expect(await market.sequencer.stop()).toBe(0);
    await market.restart();
    await market.expectPromisesKept();
  });

  test("is told why it cannot start, without the password", async () => {
    const wrong = Object.assign(new URL(url()), { password: "a-secret-word" });
    const failed = startSequencerProcess(market.world, {
      flags: {},
      environment: { RECOURSE_DATABASE_URL: wrong.href },
    });
    const error = await failed.catch((error: Error) => error.message);
    expect(error).toContain("DatabaseDenied");
    expect(error).not.toContain("a-secret-word");
  });
});

async function readStream({ client }: SequencerProcess) {
  const transactions: StreamResponse["transactions"][number][] = [];
  for (;;) {
    const { transactions: part } = await client.stream(transactions.length + 1, 2_000);
    transactions.push(...part);
    if (part.length < 2_000) return transactions;
  }
}
