import { setTimeout } from "node:timers/promises";
import type { AcceptedOrder, StreamResponse } from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../src/drill/random.ts";
import { acceptedOf, connectTraders, createTraders, order, type Traders } from "./trading.ts";
import { createWorld, openMarket, type SequencerProcess, startSequencerProcess, until, type World } from "./world.ts";

/** Kills, each at a moment of its own; `RECOURSE_KILLS` asks for more. */
const kills = Number(process.env.RECOURSE_KILLS ?? "4");
const seed = 11;

let world: World;
let dataDir: string;
let sequencer: SequencerProcess;
let traders: Traders;

beforeAll(async () => {
  world = await createWorld();
  dataDir = await world.temporaryFolder();
  sequencer = await startSequencerProcess(world, dataDir);
  await openMarket(world, sequencer.client);
  traders = await createTraders(world, sequencer);
});

afterAll(async () => {
  await sequencer.kill();
  await world.close();
});

/** The status when nothing is open any more, so that the root covers the whole stream. */
function settled(process: SequencerProcess) {
  return until("everything posted", async () => {
    const status = await process.client.status();
    return status.batches.waiting === 0 && status.state.position === status.position && status;
  });
}

describe("a sequencer that is killed", () => {
  test("comes back to the same root and running hash", async () => {
    for (let id = 1; id <= 10; id++) await traders.alice.submitOrder(order(id, { price: `${48_000 + id}` }));
    const before = await settled(sequencer);
    await sequencer.kill();
    sequencer = await startSequencerProcess(world, dataDir);
    const after = await settled(sequencer);
    expect([after.position, after.runningHash, after.state, after.term]).toEqual([
      before.position,
      before.runningHash,
      before.state,
      before.term,
    ]);
  });

  test("at any moment, loses nothing that it acknowledged, posts each batch once, and goes on", async () => {
    const random = seededRandom(seed);
    const acknowledged: AcceptedOrder[] = [];
    let clientOrderId = 1_000;
    for (let round = 0; round < kills; round++) {
      const { alice, bob } = connectTraders(traders.accounts, sequencer.url);
      let isRunning = true;
      const trading = [alice, bob].map(async (trader, side) => {
        while (isRunning) {
          const orders = Array.from({ length: 5 }, () =>
            order(clientOrderId++, { side: side === 0 ? "buy" : "sell", price: "50000" }),
          );
          try {
            const response = await trader.submitOrders(orders);
            expect(await trader.verify(response)).toBe(true);
            acknowledged.push(...acceptedOf(response));
          } catch (error) {
            if (isRunning) throw error;
          }
        }
      });
      // By what was acknowledged, not by the clock, so that a slow machine kills no later sequencer than a fast one.
      const enough = acknowledged.length + 1 + Math.floor(random() * 60);
      await until("some acknowledgements", async () => acknowledged.length >= enough);
      await setTimeout(random() * 100);
      isRunning = false;
      await sequencer.kill();
      await Promise.all(trading);
      sequencer = await startSequencerProcess(world, dataDir);
    }
    const status = await settled(sequencer);
    const stream = await readStream(sequencer);
    for (const { position, transactionHash } of acknowledged) {
      expect(stream[position - 1]?.transactionHash).toBe(transactionHash);
    }
    expect(stream.length).toBe(status.position);

    const batches = (await sequencer.client.batches(500)).reverse();
    expect(batches.map(({ index }) => index)).toEqual(batches.map((_, place) => place + 1));
    for (const [place, batch] of batches.entries()) {
      expect(batch.status).toMatch(/posted|final/);
      expect(batch.fromPosition).toBe(batches[place - 1]?.toPosition ?? 0);
    }
    expect(batches.at(-1)?.toPosition).toBe(status.position);
    expect(batches.at(-1)?.summary?.stateRoot).toBe(status.state.root);
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
