import { type BatchHeader, ChunkKind, rollupAbi } from "@recourse/protocol";
import { concatHex, encodeFunctionData, type Hex, keccak256, parseEventLogs, size, zeroAddress } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readArtifact } from "../artifacts.ts";
import { developmentAccount } from "../local.ts";
import {
  callerAbi,
  expectError,
  genesisRoot,
  honestChunk,
  type PostedBatch,
  type RollupWorld,
  startRollupWorld,
  wrongChunk,
} from "./rollupWorld.ts";

let world: RollupWorld;

beforeEach(async () => {
  world = await startRollupWorld();
  await world.openTerm();
});
afterEach(() => world.close());

const readConviction = (receipt: Awaited<ReturnType<RollupWorld["prove"]>>) => {
  const logs = parseEventLogs({ abi: rollupAbi, logs: receipt.logs });
  return {
    reverted: logs.find((log) => log.eventName === "BatchReverted")?.args,
    slashed: logs.find((log) => log.eventName === "BondSlashed")?.args,
  };
};

describe("a conviction", () => {
  test("removes the batch and all after it, and ends the poster's term", async () => {
    const first = await world.post({ chunks: [honestChunk] });
    const wrong = await world.post({ chunks: [honestChunk, wrongChunk, honestChunk] });
    const heir = await world.post({ chunks: [honestChunk] });
    const { reverted, slashed } = readConviction(await world.prove(wrong, 1, { sender: 3 }));

    const now = await world.now();
    const prover = developmentAccount(3).address;
    const claimedRoot = wrong.header.chunks[1]!.postRoot;
    expect(reverted).toMatchObject({ index: 2n, chunkIndex: 1n, claimedRoot, era: 1, eraStart: now - 300, prover });
    expect(slashed).toMatchObject({ term: 1, bond: world.bond, reward: (world.bond * 3n) / 10n });
    expect(await world.read("head")).toBe(1n);
    expect(await world.read("era")).toBe(1);
    expect(await world.read("eraStart")).toBe(now - 300);
    expect(await world.read("sequencer")).toBe(zeroAddress);
    expect(await world.readTerm(1)).toMatchObject({ bond: 0n, closedAt: BigInt(now) });

    for (const gone of [wrong, heir]) await expectError(world.prove(gone, 0), "NoStandingBatch");
    await world.mineAt((await world.now()) + 100);
    expect(await world.isFinal(first.summary)).toBe(true);
    expect(await world.isFinal(wrong.summary)).toBe(false);
    expect(await world.isFinal(heir.summary)).toBe(false);
  });

  test("pays the prover its share and burns the rest", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    const prover = developmentAccount(4).address;
    const before = await world.publicClient.getBalance({ address: prover });
    const burnedBefore = await world.publicClient.getBalance({ address: zeroAddress });
    const receipt = await world.prove(wrong, 0, { sender: 4 });
    const reward = (world.bond * 3n) / 10n;
    const cost = receipt.gasUsed * receipt.effectiveGasPrice;
    expect(await world.publicClient.getBalance({ address: prover })).toBe(before + reward - cost);
    const burned = (await world.publicClient.getBalance({ address: zeroAddress })) - burnedBefore;
    expect(burned).toBe(world.bond - reward);
    expect(await world.publicClient.getBalance({ address: world.rollup })).toBe(0n);
  });

  test("judges a later chunk by the root that was stated before it", async () => {
    const wrong = await world.post({ chunks: [wrongChunk, honestChunk] });
    await expectError(world.prove(wrong, 1), "RootIsCorrect");
    await world.prove(wrong, 0);
  });

  test("does not reach a batch for building on a wrong one", async () => {
    await world.post({ chunks: [wrongChunk] });
    const heir = await world.post({ chunks: [honestChunk] });
    await expectError(world.prove(heir, 0), "RootIsCorrect");
  });

  test("costs the same for any number of batches", async () => {
    const gasUsed: bigint[] = [];
    for (const heirs of [0, 8]) {
      const fresh = await startRollupWorld();
      await fresh.openTerm();
      const wrong = await fresh.post({ chunks: [wrongChunk] });
      for (let number = 0; number < heirs; number++) await fresh.post({ chunks: [honestChunk] });
      gasUsed.push((await fresh.prove(wrong, 0, { sender: 1 })).gasUsed);
      await fresh.close();
    }
    const difference = gasUsed[1]! - gasUsed[0]!;
    // Calldata differs by a few non-zero bytes of hashes and times.
    expect(Number(difference)).toBeLessThan(2_000);
    expect(Number(difference)).toBeGreaterThan(-2_000);
  });

  test("stays within its overhead beside the step's own gas", async () => {
    const chunks = [...Array(31).fill(honestChunk), { ...wrongChunk, data: `0x${"ab".repeat(12_000)}` as Hex }];
    const wrong = await world.post({ chunks });
    const receipt = await world.prove(wrong, 31);
    expect(receipt.gasUsed).toBeLessThan(700_000n);
  });

  test("lets the chain go on from the parent in a new term", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    await world.prove(wrong, 0);
    await expectError(world.post({ chunks: [honestChunk] }), "NotSequencer");
    await world.openTerm(1);
    const next = await world.post({ chunks: [honestChunk] }, 1);
    expect(next.header).toMatchObject({ index: 1n, term: 2, era: 1, preRoot: genesisRoot });
    await expectError(world.prove(wrong, 0), "NoStandingBatch");
    await expectError(world.prove(next, 0), "RootIsCorrect");
  });

  test("leaves another's open term and its bond alone", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    await world.closeTerm();
    await world.openTerm(1);
    await world.post({ chunks: [honestChunk] }, 1);
    const { slashed } = readConviction(await world.prove(wrong, 0));
    expect(slashed).toMatchObject({ term: 1, bond: world.bond });
    expect(await world.read("sequencer")).toBe(developmentAccount(1).address);
    expect(await world.readTerm(2)).toMatchObject({ bond: world.bond, closedAt: 0n });
    const again = await world.post({ chunks: [honestChunk] }, 1);
    expect(again.header).toMatchObject({ index: 1n, term: 2, era: 1, preRoot: genesisRoot });
  });

  test("for an older term closes the open term of the same poster, whose newer bond it keeps", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    await world.closeTerm();
    await world.openTerm();
    await world.prove(wrong, 0, { sender: 1 });
    expect(await world.read("sequencer")).toBe(zeroAddress);
    expect(await world.readTerm(2)).toMatchObject({ bond: world.bond, closedAt: BigInt(await world.now()) });
  });

  test("takes a bond once, however many batches of its term are wrong", async () => {
    const first = await world.post({ chunks: [wrongChunk] });
    const second = await world.post({ chunks: [wrongChunk] });
    await world.prove(second, 0, { sender: 1 });
    await world.openTerm(2);
    const { reverted, slashed } = readConviction(await world.prove(first, 0, { sender: 1 }));
    expect(reverted).toMatchObject({ index: 1n, era: 2 });
    expect(slashed).toBeUndefined();
    expect(await world.readTerm(2)).toMatchObject({ bond: world.bond, closedAt: 0n });
  });

  test("puts the era's start at zero where time may lag without limit", async () => {
    const replay = await startRollupWorld({ maxClockLagSeconds: "unlimited" });
    await replay.openTerm();
    const wrong = await replay.post({ chunks: [wrongChunk] });
    expect(readConviction(await replay.prove(wrong, 0)).reverted).toMatchObject({ era: 1, eraStart: 0 });
    await replay.close();
  });
});

describe("a prover's contract", () => {
  let caller: Hex;
  let proof: Hex;
  let wrong: PostedBatch;

  beforeEach(async () => {
    caller = await world.deploy(readArtifact("test/CallerMock.sol"));
    wrong = await world.post({ chunks: [wrongChunk] });
    proof = encodeFunctionData({
      abi: rollupAbi,
      functionName: "proveFraud",
      args: [wrong.summary, wrong.header, 0n, wrong.chunkBytes[0]!, "0x01"],
    });
  });

  const proveThrough = () => world.send(caller, callerAbi, "call", [world.rollup, proof]);

  test("is paid", async () => {
    const { slashed } = readConviction(await proveThrough());
    expect(slashed!.reward).toBe((world.bond * 3n) / 10n);
    expect(await world.publicClient.getBalance({ address: caller })).toBe(slashed!.reward);
  });

  test("that takes no payment convicts all the same, and all is burned", async () => {
    await world.send(caller, callerAbi, "refusePayments", [true]);
    const { slashed } = readConviction(await proveThrough());
    expect(slashed!.reward).toBe(0n);
    expect(await world.publicClient.getBalance({ address: world.rollup })).toBe(0n);
  });

  test("that proves again while it is paid loses its reward", async () => {
    await world.send(caller, callerAbi, "answerPayments", [world.rollup, proof]);
    const { reverted, slashed } = readConviction(await proveThrough());
    expect(reverted!.era).toBe(1);
    expect(slashed!.reward).toBe(0n);
    expect(await world.publicClient.getBalance({ address: caller })).toBe(0n);
  });
});

describe("a proof is refused", () => {
  test("of a right root", async () => {
    const honest = await world.post({ chunks: [honestChunk, { kind: ChunkKind.risk, data: "0x09" }] });
    for (const chunkIndex of [0, 1]) await expectError(world.prove(honest, chunkIndex), "RootIsCorrect");
    expect(await world.read("head")).toBe(1n);
  });

  test("against the genesis, or a batch that never was", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    await expectError(world.prove(wrong, 0, { summary: world.genesis }), "NoStandingBatch");
    await expectError(world.prove(wrong, 0, { summary: { ...wrong.summary, index: 2n } }), "NoStandingBatch");
    await expectError(world.prove(wrong, 0, { summary: { ...wrong.summary, time: 1 } }), "NoStandingBatch");
  });

  test("with another header, chunk or place", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    const header: BatchHeader = { ...wrong.header, eraStart: 1 };
    await expectError(world.prove(wrong, 0, { header }), "WrongHeader");
    await expectError(world.prove(wrong, 0, { chunk: "0x0305" }), "WrongChunkBytes");
    await expectError(world.prove(wrong, 1), "NoSuchChunk");
  });

  test("with a witness that the step does not take, and decides nothing", async () => {
    const wrong = await world.post({ chunks: [wrongChunk] });
    const stepError = readArtifact("test/StepMock.sol").abi;
    const { summary, header, chunkBytes } = wrong;
    const args = [summary, header, 0n, chunkBytes[0]!, "0x"];
    await expectError(world.send(world.rollup, [...rollupAbi, ...stepError], "proveFraud", args), "IncompleteWitness");
    expect(await world.read("head")).toBe(1n);
    await world.prove(wrong, 0);
  });

  test("after the last second of the window, and not in it", async () => {
    const early = await world.post({ chunks: [honestChunk] });
    const wrong = await world.post({ chunks: [wrongChunk] });
    const lastSecond = wrong.summary.postedAt + 30n;
    await world.mineAt(lastSecond - 1n);
    expect(await world.isFinal(wrong.summary)).toBe(false);
    const snapshot = await world.testClient.snapshot();
    await world.setNextTime(lastSecond);
    await world.prove(wrong, 0);
    expect(await world.read("head")).toBe(1n);

    await world.testClient.revert({ id: snapshot });
    await world.mineAt(lastSecond);
    expect(await world.isFinal(wrong.summary)).toBe(false);
    expect(await world.isFinal(early.summary)).toBe(early.summary.postedAt < wrong.summary.postedAt);
    await world.setNextTime(lastSecond + 1n);
    await expectError(world.prove(wrong, 0), "ChallengeWindowIsOver");
    await world.mineAt(lastSecond + 2n);
    expect(await world.isFinal(wrong.summary)).toBe(true);
  });
});

describe("a bridge chunk", () => {
  const bridge = (messages: number, postRoot?: Hex) => ({
    kind: ChunkKind.bridge,
    messages,
    ...(postRoot && { postRoot }),
  });
  const badRoot = keccak256("0xbad1");

  beforeEach(async () => {
    for (const amount of [1_000_000, 2_000_000, 3_000_000, 4_000_000]) await world.deposit(amount);
  });

  test("is judged by the inbox's messages from its own place", async () => {
    const honest = await world.post({ chunks: [bridge(1), honestChunk, bridge(2)] });
    for (const chunkIndex of [0, 1, 2]) await expectError(world.prove(honest, chunkIndex), "RootIsCorrect");
    const wrong = await world.post({ chunks: [honestChunk, bridge(1, badRoot)] });
    await world.prove(wrong, 1);
    expect(await world.read("head")).toBe(1n);
  });

  test("is proved by exactly its messages", async () => {
    const wrong = await world.post({ chunks: [bridge(1), bridge(2, badRoot)] });
    const chunk = wrong.chunkBytes[1]!;
    const messageLength = size(chunk) / 2;
    const first = chunk.slice(2, 2 + 2 * messageLength);
    const second = chunk.slice(2 + 2 * messageLength);
    const notTheMessages: Hex[] = [
      "0x",
      `0x${first}`,
      `0x${second}${first}`,
      `0x${first}${first}`,
      `0x${first}${second}${second}`,
      concatHex([chunk, "0x00"]),
      chunk.slice(0, -2) as Hex,
      `0x${first}${second.slice(0, 20)}`,
      `0x${first}${second.slice(0, 50)}ffff${second.slice(54)}`,
      wrong.chunkBytes[0]!,
    ];
    for (const bytes of notTheMessages) await expectError(world.prove(wrong, 1, { chunk: bytes }), "WrongChunkBytes");
    await world.prove(wrong, 1);
  });

  test("executes its messages again after a revert", async () => {
    const wrong = await world.post({ chunks: [bridge(3), wrongChunk] });
    expect(wrong.summary.inboxTo).toBe(3n);
    await world.prove(wrong, 1);
    await world.openTerm();
    const again = await world.post({ chunks: [bridge(4)] });
    expect(again.header).toMatchObject({ inboxFrom: 0n, inboxTo: 4n });
    await expectError(world.prove(again, 0), "RootIsCorrect");
  });
});
