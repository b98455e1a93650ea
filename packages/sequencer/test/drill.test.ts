import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { RecourseError, rollupAbi } from "@recourse/protocol";
import type { Hex, StatusResponse } from "@recourse/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acceptedOf, connectTraders, createTraders, order, readPages, type Traders } from "./trading.ts";
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

async function stopVerifier(verifier: ChildProcess | undefined): Promise<void> {
  if (verifier === undefined || verifier.exitCode !== null || verifier.signalCode !== null) return;
  verifier.kill("SIGKILL");
  await once(verifier, "exit");
}

/** What was acknowledged, as the traders keep it. */
interface Kept {
  readonly term: number;
  readonly position: number;
  readonly transactionHash: Hex;
}

describe("a drill", () => {
  let world: World;
  let dataDir: string;
  let sequencer: SequencerProcess;
  let verifier: ChildProcess | undefined;
  let traders: Traders;
  let kept: Kept[];
  let nextId: number;

  const start = async () => {
    sequencer = await startSequencerProcess(world, dataDir, {
      "dishonest-batch": "3",
      "dishonest-kind": "balance minted",
    });
  };

  beforeEach(async () => {
    world = await createWorld();
    dataDir = await world.temporaryFolder();
    kept = [];
    nextId = 1;
    await start();
    await openMarket(world, sequencer.client);
    traders = await createTraders(world, sequencer);
  });

  afterEach(async () => {
    await stopVerifier(verifier);
    await sequencer.kill();
    await world.close();
  });

  /** A few orders of both sides, checked and kept. */
  async function trade(): Promise<void> {
    const { alice, bob } = connectTraders(traders.accounts, sequencer.url);
    const makers = await alice.submitOrders([order(nextId++), order(nextId++, { price: "49000.5" })]);
    const takers = await bob.submitOrders([order(nextId++, { side: "sell" })]);
    for (const response of [makers, takers]) {
      expect(await alice.verify(response)).toBe(true);
      for (const { position, transactionHash } of acceptedOf(response)) {
        kept.push({ term: response.preconfirmation!.term, position, transactionHash });
      }
    }
  }

  /** Trades until something is so; a sequencer that rebuilds its state is asked again. */
  function tradeUntil(what: string, look: (status: StatusResponse) => boolean): Promise<StatusResponse> {
    return until(what, async () => {
      try {
        await trade();
        const status = await sequencer.client.status();
        return look(status) && status;
      } catch (error) {
        if (error instanceof RecourseError && /Rebuilding|Overloaded/.test(error.code)) return false;
        throw error;
      }
    });
  }

  /** Everything acknowledged stands in a batch, each in its own term's place or, one term on, moved by what was cut off. */
  async function expectPromisesKept(): Promise<void> {
    const status = await until("everything posted in the new term", async () => {
      const now = await sequencer.client.status().catch(() => undefined);
      return now?.batches.waiting === 0 && now.state.position === now.position && now;
    });
    expect(status).toMatchObject({ term: 2, era: 1 });
    const batches = (await sequencer.client.batches(500)).reverse();
    const lie = batches.find(({ dishonest }) => dishonest)!;
    expect(lie).toMatchObject({ status: "reverted", term: 1, dishonest: { kind: "balance minted" } });

    const standing = batches.filter(({ status: reached }) => reached === "posted" || reached === "final");
    expect(standing.map(({ index }) => index)).toEqual(standing.map((_, place) => place + 1));
    expect(standing.at(-1)?.summary?.stateRoot).toBe(status.state.root);
    expect(standing.at(-1)?.toPosition).toBe(status.position);
    const settled = standing.filter(({ term }) => term === 1).at(-1)?.toPosition ?? 0;
    expect(settled).toBe(lie.fromPosition);
    const { transactions } = await sequencer.client.stream(1, 2_000);
    for (const { term, position, transactionHash } of kept) {
      const place = term === 2 ? position : position - settled;
      if (place > 0) expect(transactions[place - 1]?.transactionHash).toBe(transactionHash);
    }
    expect(kept.some(({ term, position }) => term === 1 && position > settled)).toBe(true);
    expect(lie.revert?.block).toBeGreaterThan(lie.postedBlock!);
    await expectHistory(status.position, settled);
  }

  /** Every order that was acknowledged is told of once, under the term in which it stands. */
  async function expectHistory(position: number, settled: number): Promise<void> {
    const { client } = sequencer;
    const told = new Map<string, { term: number; position: number }>();
    let entries = 0;
    for (const { account } of traders.accounts) {
      await until("the history", async () => (await client.orderHistory(account)).position >= position);
      for (const entry of await readPages((before) => client.orderHistory(account, before))) {
        told.set(entry.transactionHash, { term: entry.term, position: entry.position });
        entries++;
      }
    }
    expect(told.size).toBe(entries);
    for (const { term, position, transactionHash } of kept) {
      const isSettled = term === 1 && position <= settled;
      const place = term === 2 || isSettled ? position : position - settled;
      expect(told.get(transactionHash)).toEqual({ term: isSettled ? 1 : 2, position: place });
    }
  }

  test("the wrong batch is proved wrong, and everything acknowledged stands again in the same order", async () => {
    verifier = startVerifier(world);
    await tradeUntil("the conviction", ({ term }) => term === 2);
    await trade();
    await expectPromisesKept();
  });

  test("a sequencer that was down when it was convicted keeps its promises after its next start", async () => {
    await tradeUntil("the lie and more after it", ({ batches }) => batches.posted >= 5);
    await sequencer.kill();
    verifier = startVerifier(world);
    await until("the conviction", async () => {
      const head = await world.publicClient.readContract({
        abi: rollupAbi,
        address: world.deployment.rollup,
        functionName: "head",
      });
      return head === 2n;
    });
    await start();
    await trade();
    await expectPromisesKept();
  });

  test("a sequencer that is killed while it recovers starts over", async () => {
    verifier = startVerifier(world);
    await until("the recovery", async () => {
      await trade().catch(() => {});
      return sequencer.log().includes("the term has ended");
    });
    await sequencer.kill();
    await start();
    await trade();
    await expectPromisesKept();
  });
});
