import { type Hash, keccak256 as hashBytes, toHex } from "@recourse/protocol";
import { pino } from "pino";
import { custom, encodeAbiParameters, keccak256, type TestClient } from "viem";
import { afterEach, describe, expect, it } from "vitest";
import { startLocalChain } from "../../../contracts/local.ts";
import {
  type Announcement,
  challengeBatch,
  parseConfiguration,
  streamEntries,
  Verifier,
  type VerifierOptions,
} from "../src/index.ts";
import { type BatchPlan, withRoot, wrongRoot } from "./support/market.ts";
import { developmentKey, RollupChain } from "./support/rollupChain.ts";

const log = pino({ level: "silent" });
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/**
 * A chain inside this process with a rollup and one honest batch.
 * @param areStepsReal whether the contract executes chunks, or takes a hash of what it is given for a chunk's root, so
 * that it never agrees with the engine
 */
async function situation(areStepsReal = true) {
  const chain = await startLocalChain("automine");
  closing.push(() => chain.close());
  const endpoint = endpointOf(chain.publicClient);
  const rollup = await RollupChain.deploy(endpoint.transport, areStepsReal);
  const { market } = rollup;
  await rollup.post(market.batch(market.bridge(await rollup.deposit()), market.opening()));
  return { rollup, market, endpoint, testClient: chain.testClient as unknown as TestClient };
}

type Request = { readonly method: string; readonly params?: unknown };

/** A node that can be made to fail, and counts what it is asked. */
function endpointOf(client: { request: (request: never) => Promise<unknown> }) {
  const requests: string[] = [];
  const faults = { refuse: (_: Request): Error | undefined => undefined };
  const transport = custom(
    {
      async request(request: Request) {
        requests.push(request.method);
        const refusal = faults.refuse(request);
        if (refusal) throw refusal;
        return client.request(request as never);
      },
    },
    { retryCount: 0 },
  );
  return { requests, faults, transport };
}

type Situation = Awaited<ReturnType<typeof situation>>;

function startVerifier({ rollup, endpoint }: Situation, options: Partial<VerifierOptions> = {}) {
  const announcements: Announcement[] = [];
  const verifier = new Verifier(
    parseConfiguration({ rpcUrls: ["http://127.0.0.1:1"], rollup: rollup.rollup, ...options }),
    { announce: (announcement) => announcements.push(announcement), log, transports: [endpoint.transport] },
  );
  const take = (): Announcement[] => announcements.splice(0);
  return { verifier, take };
}

const challenge = { mode: "challenge", key: developmentKey(5) } as const;
const eventsOf = (announcements: readonly Announcement[]): string[] => announcements.map(({ event }) => event);
const countOf = (requests: readonly string[], method: string): number =>
  requests.filter((request) => request === method).length;

describe("an honest sequencer", () => {
  it("is followed batch by batch", async () => {
    const all = await situation();
    const { rollup, market } = all;
    const { verifier, take } = startVerifier(all);
    expect(await verifier.tick()).toBe("idle");
    expect(eventsOf(take())).toEqual(["term", "batch", "ready"]);
    await rollup.post(market.batch(market.orders(6), market.tick()));
    await verifier.tick();
    expect(take()).toMatchObject([
      {
        event: "batch",
        index: 2,
        verdict: "valid",
        chunks: 2,
        root: toHex(market.store.root()),
        position: 13,
        term: 1,
      },
    ]);
    expect(verifier.summary()).toMatchObject({
      root: toHex(market.store.root()),
      batch: 2,
      head: 2,
      chunksVerified: 4,
      verdicts: { valid: 2, fraud: 0, unknown: 0 },
    });
    expect(await verifier.tick()).toBe("idle");
    expect(take()).toEqual([]);
  });

  it("is told by its stream, transaction by transaction", async () => {
    const all = await situation();
    const { rollup, market } = all;
    const orders = market.orders(3);
    await rollup.post(market.batch(orders, market.tick()));
    const { verifier } = startVerifier(all, { exportStream: "unused" });
    await verifier.tick();
    const stream = verifier.stream();
    expect(stream.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(stream[5]!.transactionHash).toBe(toHex(hashBytes(orders.bytes.subarray(0, 95))));
    expect(stream.at(-1)!.runningHash).toBe(verifier.summary().runningHash);
  });

  it("begins its stream anew with each term", () => {
    const before = { term: 1, position: 7, runningHash: new Uint8Array(32).fill(1) };
    const tick = new Uint8Array([0x10, 0, 0, 0, 1]);
    expect(streamEntries(before, 1, [tick])).toMatchObject([{ term: 1, position: 8 }]);
    expect(streamEntries(before, 2, [tick, tick])).toMatchObject([
      { term: 2, position: 1 },
      { term: 2, position: 2 },
    ]);
  });
});

describe("a wrong batch", () => {
  const postWrong = async ({ rollup, market }: Situation): Promise<BatchPlan> => {
    const honest = market.clone().batch(market.clone().tick());
    await rollup.post(withRoot(honest, 0, wrongRoot));
    return honest;
  };

  it("is reported in watch mode, and checked with the contract, but nothing is sent", async () => {
    const all = await situation();
    const honest = await postWrong(all);
    const { verifier, take } = startVerifier(all);
    await verifier.tick();
    await verifier.tick();
    expect(take().at(-2)).toMatchObject({
      event: "fraud",
      index: 2,
      chunk: 0,
      claimedRoot: wrongRoot,
      correctRoot: honest.chunks[0]!.postRoot,
    });
    expect(await all.rollup.head()).toBe(2);
  });

  it("is proved wrong by one transaction in challenge mode", async () => {
    const all = await situation();
    const { verifier, take } = startVerifier(all, challenge);
    await verifier.tick();
    take();
    await postWrong(all);
    all.endpoint.requests.length = 0;
    for (let look = 0; look < 4; look++) await verifier.tick();
    const announcements = take();
    expect(eventsOf(announcements)).toEqual(["fraud", "proofSent", "reverted", "proved"]);
    expect(countOf(all.endpoint.requests, "eth_sendRawTransaction")).toBe(1);
    expect(await all.rollup.head()).toBe(1);
    const proved = announcements[3] as Extract<Announcement, { event: "proved" }>;
    expect(proved).toMatchObject({ index: 2, chunk: 0, block: proved.postedBlock + 1 });
    expect(proved.bytes).toBeGreaterThan(1_000);
    expect(proved.gasAt64).toBeGreaterThan(21_000 + 64 * proved.bytes - 1);
    expect(verifier.summary()).toMatchObject({ batch: 1, head: 1, verdicts: { valid: 1, fraud: 1, unknown: 0 } });
  });

  it("makes void what was posted on it, and the chain goes on from its parent", async () => {
    const all = await situation();
    const { rollup, market } = all;
    const dishonest = market.clone();
    await rollup.post(withRoot(dishonest.batch(dishonest.tick()), 0, wrongRoot));
    await rollup.post(dishonest.batch(dishonest.tick()));
    const { verifier, take } = startVerifier(all, challenge);
    for (let look = 0; look < 3; look++) await verifier.tick();
    const announcements = take();
    expect(announcements).toContainEqual(
      expect.objectContaining({ event: "unknown", index: 3, reason: "parent-unverified" }),
    );
    expect(await rollup.head()).toBe(1);
    await rollup.openTerm();
    await rollup.post(market.batch(market.orders(4)));
    await verifier.tick();
    expect(take()).toMatchObject([
      { event: "term", term: 2 },
      { event: "batch", index: 2, verdict: "valid", term: 2, position: 4 },
    ]);
  });

  it("that somebody else proves first costs nothing", async () => {
    const all = await situation();
    const { verifier: first } = startVerifier(all, challenge);
    const { verifier: second, take } = startVerifier(all, { ...challenge, key: developmentKey(6) });
    await second.tick();
    take();
    await postWrong(all);
    for (let look = 0; look < 3; look++) await first.tick();
    all.endpoint.requests.length = 0;
    for (let look = 0; look < 3; look++) await second.tick();
    expect(eventsOf(take())).toEqual(["fraud", "reverted"]);
    expect(countOf(all.endpoint.requests, "eth_sendRawTransaction")).toBe(0);
  });

  it("that was reverted before a node is started is judged all the same", async () => {
    const all = await situation();
    await postWrong(all);
    const { verifier: first } = startVerifier(all, challenge);
    for (let look = 0; look < 3; look++) await first.tick();
    const { verifier, take } = startVerifier(all);
    await verifier.tick();
    expect(eventsOf(take())).toEqual(["term", "batch", "fraud", "reverted", "ready"]);
    expect(verifier.summary()).toMatchObject({ batch: 1, head: 1 });
  });
});

describe("a proof", () => {
  const wrongOnPurpose = async ({ rollup, market }: Situation): Promise<void> => {
    const dishonest = market.clone();
    await rollup.post(withRoot(dishonest.batch(dishonest.tick()), 0, wrongRoot));
  };

  it("is never sent where the contract finds the claimed root right", async () => {
    const all = await situation(false);
    const { rollup, market } = all;
    const tick = market.clone().tick();
    const context = { ...market.context, batchTime: market.time };
    const postRoot = mockRoot(toHex(market.store.root()), context, tick.bytes);
    await rollup.post({
      time: market.time,
      chunks: [{ kind: tick.kind, messages: 0, postRoot }],
      data: [tick.bytes],
    });
    const { verifier, take } = startVerifier(all, challenge);
    all.endpoint.requests.length = 0;
    expect(await verifier.tick()).toBe("unknown");
    const announcements = take();
    expect(announcements).toContainEqual(
      expect.objectContaining({
        event: "unknown",
        index: 2,
        reason: "contract-disagrees",
        detail: expect.stringContaining("RootIsCorrect"),
      }),
    );
    expect(countOf(all.endpoint.requests, "eth_sendRawTransaction")).toBe(0);
    expect(verifier.summary()).toMatchObject({ batch: 1, head: 2, verdicts: { valid: 1, fraud: 0, unknown: 1 } });
  });

  it("that leads the contract to another root than the engine's is said to be in doubt", async () => {
    const all = await situation(false);
    const { verifier, take } = startVerifier(all, challenge);
    await wrongOnPurpose(all);
    for (let look = 0; look < 3; look++) await verifier.tick();
    expect(take()).toContainEqual(
      expect.objectContaining({ event: "unknown", index: 2, reason: "contract-disagrees" }),
    );
  });

  it("is replaced at a higher fee, under the same nonce, while it is not mined", async () => {
    const all = await situation();
    const { testClient, rollup } = all;
    const { verifier, take } = startVerifier(all, challenge);
    await wrongOnPurpose(all);
    // A base fee above what the first one offers keeps it out of blocks.
    await testClient.setAutomine(false);
    await verifier.tick();
    for (let block = 0; block < 3; block++) {
      await testClient.request({ method: "hardhat_setNextBlockBaseFeePerGas", params: ["0xE8D4A51000"] } as never);
      await testClient.mine({ blocks: 1 });
      await verifier.tick();
    }
    await testClient.mine({ blocks: 1 });
    await verifier.tick();
    const announcements = take();
    expect(eventsOf(announcements).filter((event) => event === "proofSent")).toHaveLength(2);
    expect(eventsOf(announcements)).toContain("proved");
    expect(await rollup.head()).toBe(1);
  });

  it("is sent again where an endpoint loses it", async () => {
    const all = await situation();
    const { verifier, take } = startVerifier(all, challenge);
    await wrongOnPurpose(all);
    let isFirst = true;
    all.endpoint.faults.refuse = ({ method }) => {
      if (method !== "eth_sendRawTransaction" || !isFirst) return undefined;
      isFirst = false;
      return new Error("connection reset");
    };
    expect(await verifier.tick()).toBe("unknown");
    for (let block = 0; block < 4; block++) {
      await all.testClient.mine({ blocks: 1 });
      await verifier.tick();
    }
    expect(eventsOf(take())).toContain("proved");
  });

  it("warns while there is time where the key cannot pay for two", async () => {
    const all = await situation();
    const { verifier, take } = startVerifier(all, { mode: "challenge", key: `0x${"77".repeat(32)}` });
    await verifier.tick();
    expect(take()).toContainEqual(expect.objectContaining({ event: "lowBalance", balance: "0" }));
  });
});

describe("what is not known", () => {
  it("is said once while an endpoint is down, and passes", async () => {
    const all = await situation();
    const { verifier, take } = startVerifier(all);
    all.endpoint.faults.refuse = () => new Error("down");
    expect(await verifier.tick()).toBe("unknown");
    expect(await verifier.tick()).toBe("unknown");
    expect(take()).toMatchObject([{ event: "unknown", reason: "endpoint-failed" }]);
    expect(verifier.summary()).toMatchObject({ batch: 0, chunksVerified: 0 });
    all.endpoint.faults.refuse = () => undefined;
    expect(await verifier.tick()).toBe("idle");
    expect(eventsOf(take())).toEqual(["term", "batch", "ready"]);
  });

  it("is a fraud that has not been checked yet when the endpoint fails", async () => {
    const all = await situation();
    const { verifier, take } = startVerifier(all, challenge);
    await verifier.tick();
    const dishonest = all.market.clone();
    await all.rollup.post(withRoot(dishonest.batch(dishonest.tick()), 0, wrongRoot));
    all.endpoint.faults.refuse = ({ method }) => (method === "eth_getBalance" ? new Error("down") : undefined);
    expect(await verifier.tick()).toBe("unknown");
    all.endpoint.faults.refuse = () => undefined;
    for (let look = 0; look < 3; look++) await verifier.tick();
    expect(eventsOf(take())).toContain("proved");
  });

  it("does not outlive a reorganization", async () => {
    const all = await situation();
    const { rollup, market, testClient } = all;
    const { verifier, take } = startVerifier(all, { fromBlock: 0 });
    await verifier.tick();
    const snapshot = await testClient.snapshot();
    const dishonest = market.clone();
    await rollup.post(withRoot(dishonest.batch(dishonest.tick()), 0, wrongRoot));
    await verifier.tick();
    await testClient.revert({ id: snapshot });
    await rollup.post(market.batch(market.orders(2)));
    expect(await verifier.tick()).toBe("busy");
    await verifier.tick();
    expect(eventsOf(take()).slice(-3)).toEqual(["fraud", "reorganized", "batch"]);
    expect(verifier.summary()).toMatchObject({ batch: 2, root: toHex(market.store.root()) });
  });
});

describe("a reorganization", () => {
  it("of more batches than states are kept for is followed from the genesis again", async () => {
    const all = await situation();
    const { rollup, market, testClient } = all;
    const snapshot = await testClient.snapshot();
    const orphaned = market.clone();
    for (let batch = 0; batch < 5; batch++) await rollup.post(orphaned.batch(orphaned.tick()));
    const { verifier, take } = startVerifier(all);
    await verifier.tick();
    expect(verifier.summary().batch).toBe(6);
    await testClient.revert({ id: snapshot });
    await rollup.post(market.batch(market.orders(2)));
    for (let look = 0; look < 3; look++) await verifier.tick();
    expect(take()).toContainEqual(expect.objectContaining({ event: "reorganized" }));
    expect(verifier.summary()).toMatchObject({ batch: 2, head: 2, root: toHex(market.store.root()) });
  });

  it("that takes a proof back does not make it be sent twice", async () => {
    const all = await situation();
    const { rollup, market, testClient } = all;
    const { verifier, take } = startVerifier(all, challenge);
    const dishonest = market.clone();
    await rollup.post(withRoot(dishonest.batch(dishonest.tick()), 0, wrongRoot));
    const snapshot = await testClient.snapshot();
    for (let look = 0; look < 2; look++) await verifier.tick();
    const [proved] = take().filter(({ event }) => event === "proved") as Extract<Announcement, { event: "proved" }>[];
    const proof = await rollup.publicClient.getTransaction({ hash: proved!.transaction });
    await testClient.revert({ id: snapshot });
    await testClient.mine({ blocks: 2 });
    all.endpoint.requests.length = 0;
    for (let look = 0; look < 3; look++) await verifier.tick();
    expect(countOf(all.endpoint.requests, "eth_sendRawTransaction")).toBe(0);
    await testClient.mine({ blocks: 3 });
    for (let look = 0; look < 2; look++) await verifier.tick();
    const again = take().filter(({ event }) => event === "proved") as Extract<Announcement, { event: "proved" }>[];
    expect(again).toHaveLength(1);
    const second = await rollup.publicClient.getTransaction({ hash: again[0]!.transaction });
    expect(second.nonce).toBe(proof.nonce);
  });
});

describe("challenging one batch", () => {
  const options = ({ rollup, endpoint }: Situation, batch: number) => ({
    rpcUrl: "http://127.0.0.1:1",
    rollup: rollup.rollup,
    batch,
    key: developmentKey(5),
    pollIntervalMs: 10,
    log,
    transport: endpoint.transport,
  });

  it("says so where the batch is right, or does not exist", async () => {
    const all = await situation();
    const root = toHex(all.market.store.root());
    expect(await challengeBatch(options(all, 1))).toEqual({ outcome: "valid", index: 1, root });
    expect(await challengeBatch(options(all, 2))).toEqual({ outcome: "absent", head: 1 });
    await expect(challengeBatch(options(all, 0))).rejects.toThrow("The batch's number is wrong.");
  });

  it("proves it where it is wrong", async () => {
    const all = await situation();
    const dishonest = all.market.clone();
    await all.rollup.post(withRoot(dishonest.batch(dishonest.tick()), 0, wrongRoot));
    expect(await challengeBatch(options(all, 2))).toMatchObject({ outcome: "proved", index: 2, chunk: 0 });
    expect(await all.rollup.head()).toBe(1);
    expect(await challengeBatch(options(all, 2))).toEqual({ outcome: "absent", head: 1 });
  });
});

/** What the step contract of these tests answers: keccak of its arguments' encoding. */
function mockRoot(preRoot: Hash, context: RollupChain["market"]["context"], chunk: Uint8Array): Hash {
  const { era, eraStart, term, batchTime, domainSeparator } = context;
  return keccak256(
    encodeAbiParameters(
      [
        { type: "bytes32" },
        {
          type: "tuple",
          components: [
            { name: "era", type: "uint32" },
            { name: "eraStart", type: "uint32" },
            { name: "term", type: "uint32" },
            { name: "batchTime", type: "uint32" },
            { name: "domainSeparator", type: "bytes32" },
          ],
        },
        { type: "bytes" },
      ],
      [preRoot, { era, eraStart, term, batchTime, domainSeparator: toHex(domainSeparator) }, toHex(chunk)],
    ),
  );
}
