import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Hex } from "@recourse/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acceptedOf, createTraders, order } from "./trading.ts";
import { createWorld, openMarket, type SequencerProcess, startSequencerProcess, until, type World } from "./world.ts";

const verifierKey = "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba";

/** An independent verifier that proves what is wrong. */
function startVerifier(world: World): ChildProcess {
  return fork(
    fileURLToPath(new URL("../../verifier/src/main.ts", import.meta.url)),
    ["--rpc-url", world.rpcUrl, "--rollup", world.deployment.rollup, "--mode", "challenge", "--poll-interval-ms", "50"],
    {
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: { ...process.env, RECOURSE_VERIFIER_KEY: verifierKey },
    },
  );
}

describe("a drill", () => {
  let world: World;
  let sequencer: SequencerProcess;
  let verifier: ChildProcess;

  beforeEach(async () => {
    world = await createWorld();
    sequencer = await startSequencerProcess(world, await world.temporaryFolder(), {
      "dishonest-batch": "3",
      "dishonest-kind": "balance minted",
    });
    verifier = startVerifier(world);
  });

  afterEach(async () => {
    verifier.kill("SIGKILL");
    if (verifier.exitCode === null && verifier.signalCode === null) await once(verifier, "exit");
    await sequencer.kill();
    await world.close();
  });

  test("the wrong batch is proved wrong, and everything acknowledged stands again in the same order", async ({
    onTestFailed,
  }) => {
    onTestFailed(() => console.error(sequencer.log()));
    const { client } = sequencer;
    await openMarket(world, client);
    const { alice, bob } = await createTraders(world, sequencer);
    const hashes: Hex[] = [];
    let clientOrderId = 1;
    const trade = async () => {
      const makers = await alice.submitOrders([order(clientOrderId++), order(clientOrderId++, { price: "49000.5" })]);
      const takers = await bob.submitOrders([order(clientOrderId++, { side: "sell" })]);
      for (const response of [makers, takers]) {
        expect(await alice.verify(response)).toBe(true);
        hashes.push(...acceptedOf(response).map(({ transactionHash }) => transactionHash));
      }
    };
    await until("the conviction", async () => {
      await trade().catch((error) => {
        if (!/Rebuilding|Overloaded/.test(error.code)) throw error;
      });
      return (await client.status().catch(() => undefined))?.term === 2;
    });
    const reverted = await client.batches(500).then((all) => all.find(({ dishonest }) => dishonest));
    expect(reverted).toMatchObject({ status: "reverted", dishonest: { kind: "balance minted" } });

    await trade();
    const status = await until("everything posted in the new term", async () => {
      const now = await client.status();
      return now.batches.waiting === 0 && now.state.position === now.position && now;
    });
    expect(status).toMatchObject({ term: 2, era: 1 });
    const standing = (await client.batches(500)).filter(
      (batch) => batch.status === "posted" || batch.status === "final",
    );
    const indexes = standing.map(({ index }) => index);
    expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, place) => indexes.length - place));
    expect(standing[0]?.summary?.stateRoot).toBe(status.state.root);

    const before = standing.filter(({ term }) => term === 1);
    const stream = await client.stream(1, 2_000);
    const replayed = stream.transactions.map(({ transactionHash }) => transactionHash);
    // What stood in the first term's batches is not in the second term's stream; all the rest is, in order.
    const firstTermCount = Math.max(0, ...before.map(({ toPosition }) => toPosition));
    let next = 0;
    const missing = hashes.filter((hash) => {
      const place = replayed.indexOf(hash, next);
      if (place >= 0) next = place + 1;
      return place < 0;
    });
    expect(missing.length).toBeLessThanOrEqual(firstTermCount);
    expect(hashes.slice(missing.length)).toEqual(hashes.filter((hash) => !missing.includes(hash)));
    expect(sequencer.log()).toContain("a drill");
  });
});
