import { tickBytes } from "@recourse/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type SequencerProcess, startSequencerProcess, until, type World } from "./world.ts";

let world: World;
let sequencer: SequencerProcess;

beforeAll(async () => {
  world = await createWorld();
  sequencer = await startSequencerProcess(world, await world.temporaryFolder(), {
    clock: "wall",
    "tick-interval-ms": "200",
  });
});

afterAll(async () => {
  expect(await sequencer.stop()).toBe(0);
  await world.close();
});

test("by wall time, the sequencer moves the clock itself and takes no ticks", async () => {
  const { client } = sequencer;
  const { engineTime } = await client.status();
  expect(Math.abs(engineTime - Date.now() / 1000)).toBeLessThan(10);
  await until("the clock to move", async () => (await client.status()).engineTime > engineTime);
  await expect(client.submitTransactions([tickBytes(engineTime + 60)])).rejects.toMatchObject({
    code: "TicksNotTaken",
  });
  const status = await until("ticks posted", async () => {
    const now = await client.status();
    return now.batches.posted >= 2 && now;
  });
  expect(status.batches.postingError).toBeUndefined();
});
