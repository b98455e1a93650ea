import { setTimeout as delay } from "node:timers/promises";
import { Side } from "@recourse/protocol";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Layer1 } from "../src/chain/layer1.ts";
import type { ChunkProof, ClosedChunk } from "../src/execution/liveState.ts";
import { ChunkChecker } from "../src/posting/chunkChecker.ts";
import { createState, deposit, opening, recover, signedOrder } from "./engineWorld.ts";
import { createWorld, until, type World } from "./world.ts";

/** Longer than a check that is put off is left alone. */
const MOMENT_MS = 100;

let world: World;
let layer1: Layer1;
let chunks: (ClosedChunk & ChunkProof)[];

beforeAll(async () => {
  world = await createWorld();
  layer1 = await Layer1.connect(world.rpcUrl, world.deployment.rollup, 0n);
  const { state, chunks: closed } = createState();
  state.consume([deposit(0, 100_000), deposit(1, 100_000)]);
  const resting = { side: Side.buy, rank: 99_000, lots: 50, id: 1 };
  for (const bytes of [...(await opening()), await signedOrder(0, resting)]) state.submit(bytes, recover);
  state.seal();
  chunks = closed;
});

afterAll(() => world.close());

/** A checker of the chunks, while others want the processors or nobody does. */
function createChecker({ maxWaiting = 100, patienceMs = 3_600_000 } = {}) {
  const load = { quietMs: 0 };
  const failures: Error[] = [];
  const checker = new ChunkChecker({
    layer1,
    logger: pino({ level: "silent" }),
    maxWaiting,
    quietMs: () => load.quietMs,
    patienceMs,
    fail: (error) => failures.push(error),
  });
  for (const chunk of chunks) checker.add(chunk, chunk);
  return { checker, load, failures };
}

describe("the checks by the contract", () => {
  test("are put off while somebody waits for an answer, and made in a lull", async () => {
    const { checker, load, failures } = createChecker();
    const posting = checker.whenChecked(chunks);
    await delay(MOMENT_MS);
    expect([checker.checked, checker.waiting]).toEqual([0, chunks.length]);
    load.quietMs = 1_000;
    await posting;
    expect([checker.checked, checker.waiting, failures]).toEqual([chunks.length, 0, []]);
  });

  test("are made under any load when posting has waited for them long enough", async () => {
    const { checker } = createChecker({ patienceMs: MOMENT_MS });
    await checker.whenChecked(chunks);
    expect(checker.checked).toBe(chunks.length);
  });

  test("are made under any load when more than half of what may wait does", async () => {
    const { checker } = createChecker({ maxWaiting: 4 });
    // Both that may run at once begin before either ends.
    await until("two checks", async () => checker.checked === 2);
    await delay(MOMENT_MS);
    expect([checker.checked, checker.waiting]).toEqual([2, chunks.length - 2]);
    await checker.roomForChunks();
    checker.stop();
  });

  test("find a chunk that the contract executes to another root", async () => {
    const { checker, load, failures } = createChecker();
    const [first] = chunks as [(typeof chunks)[number]];
    checker.add({ ...first, postRoot: first.preRoot }, first);
    load.quietMs = 1_000;
    await until("the difference found", async () => failures.length > 0);
    expect(failures[0]).toMatchObject({ code: "ContractDisagrees" });
  });
});
