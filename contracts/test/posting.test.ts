import {
  ChunkKind,
  MAX_CALLDATA_BYTES,
  MAX_CHUNK_BYTES,
  MAX_CHUNK_MESSAGES,
  MAX_CHUNKS,
  rollupAbi,
} from "@recourse/protocol";
import { encodeFunctionData, type Hex, keccak256, size } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readArtifact } from "../artifacts.ts";
import {
  callerAbi,
  expectError,
  hashSummary,
  honestChunk,
  type RollupWorld,
  startRollupWorld,
  zeroHash,
} from "./rollupWorld.ts";

const bytesOf = (length: number): Hex => `0x${"ab".repeat(length)}`;
const tradeOf = (length: number) => ({ kind: ChunkKind.trade, data: bytesOf(length) });

let world: RollupWorld;

beforeEach(async () => {
  world = await startRollupWorld();
  await world.openTerm();
});
afterEach(() => world.close());

describe("a posted batch", () => {
  test("gets a header and a summary from the contract, and its bytes into the logs", async () => {
    await world.deposit(5_000_000);
    const plan = [
      honestChunk,
      { kind: ChunkKind.risk, data: "0x05" as const },
      { kind: ChunkKind.bridge, messages: 1 },
    ];
    const { summary, header, receipt } = await world.post({ chunks: plan });
    expect(summary).toMatchObject({ index: 1n, term: 1, inboxTo: 1n, stateRoot: header.chunks[2]!.postRoot });
    expect(summary.postedAt).toBe((await world.publicClient.getBlock()).timestamp);
    expect(header).toMatchObject({ version: 1, verifierVersion: 1, parentHash: hashSummary(world.genesis) });
    expect(header.preRoot).toBe(world.genesis.stateRoot);
    expect(header.chunks.map((chunk) => chunk.dataHash)).toEqual([
      keccak256("0x0102"),
      keccak256("0x05"),
      keccak256("0x"),
    ]);
    expect(receipt.logs).toHaveLength(1);
    expect(await world.read("head")).toBe(1n);

    const next = await world.post({ chunks: [honestChunk] });
    expect(next.header).toMatchObject({ index: 2n, parentHash: hashSummary(summary), preRoot: summary.stateRoot });
    expect(next.header).toMatchObject({ inboxFrom: 1n, inboxTo: 1n });
  });

  test("is in the logs when another contract posts it", async () => {
    await world.closeTerm();
    const caller = await world.deploy(readArtifact("test/CallerMock.sol"));
    const openTerm = encodeFunctionData({ abi: rollupAbi, functionName: "openTerm" });
    await world.send(caller, callerAbi, "call", [world.rollup, openTerm], { value: world.bond });
    const { summary } = await world.postThrough(caller, { chunks: [honestChunk] });
    const [log] = await world.publicClient.getContractEvents({
      address: world.rollup,
      abi: rollupAbi,
      eventName: "BatchPosted",
      fromBlock: 0n,
      strict: true,
    });
    expect(log!.args).toMatchObject({ index: 1n, summary, data: ["0x0102"] });
  });

  test("may have all its limits at once", async () => {
    for (let number = 0; number < MAX_CHUNK_MESSAGES; number++) await world.deposit(1_000_000);
    const full = Array.from({ length: 10 }, () => tradeOf(MAX_CHUNK_BYTES));
    const small = Array.from({ length: MAX_CHUNKS - 11 }, () => tradeOf(1));
    const bridge = { kind: ChunkKind.bridge, messages: MAX_CHUNK_MESSAGES };
    const { receipt } = await world.post({ chunks: [...full, ...small, bridge] });
    expect(receipt.gasUsed).toBeLessThan(8_000_000n);
  });
});

describe("a post is refused", () => {
  const refused = async (plan: Parameters<RollupWorld["post"]>[0], errorName: string, args?: readonly unknown[]) => {
    await expectError(world.post(plan), errorName, args);
    expect(await world.read("head")).toBe(0n);
  };

  test("from anybody but the sequencer", async () => {
    await expectError(world.post({ chunks: [honestChunk] }, 1), "NotSequencer");
    await world.closeTerm();
    await refused({ chunks: [honestChunk] }, "NotSequencer");
  });

  test("on a parent that is not the newest batch", async () => {
    await refused({ chunks: [honestChunk], parent: { ...world.genesis, inboxTo: 1n } }, "NotNewestBatch");
    await world.post({ chunks: [honestChunk] });
    await expectError(world.post({ chunks: [honestChunk], parent: world.genesis }), "NotNewestBatch");
  });

  test("with no chunk, too many, or bytes for another number of chunks", async () => {
    await refused({ chunks: [] }, "WrongChunkCount", [0n]);
    await refused({ chunks: Array(MAX_CHUNKS + 1).fill(honestChunk) }, "WrongChunkCount", [BigInt(MAX_CHUNKS + 1)]);
    await refused({ chunks: [honestChunk], data: [] }, "WrongChunkCount", [1n]);
    await refused({ chunks: [honestChunk], data: ["0x01", "0x02"] }, "WrongChunkCount", [1n]);
  });

  test("with a chunk of no known kind", () =>
    refused({ chunks: [honestChunk, { kind: 5, data: "0x01" }] }, "UnknownChunkKind", [1n]));

  test("with an empty chunk, one too long, or bytes in a bridge chunk", async () => {
    await world.deposit(1_000_000);
    await refused({ chunks: [{ kind: ChunkKind.trade }] }, "WrongChunkLength", [0n]);
    await refused({ chunks: [honestChunk, tradeOf(MAX_CHUNK_BYTES + 1)] }, "WrongChunkLength", [1n]);
    await refused({ chunks: [{ kind: ChunkKind.bridge, messages: 1, data: "0x01" }] }, "WrongChunkLength", [0n]);
  });

  test("with messages outside a bridge chunk, a bridge chunk without, or too many in one", async () => {
    for (let number = 0; number <= MAX_CHUNK_MESSAGES; number++) await world.deposit(1_000_000);
    await refused({ chunks: [{ ...honestChunk, messages: 1 }] }, "WrongMessageCount", [0n]);
    await refused({ chunks: [{ kind: ChunkKind.bridge, messages: 0 }] }, "WrongMessageCount", [0n]);
    const tooMany = { kind: ChunkKind.bridge, messages: MAX_CHUNK_MESSAGES + 1 };
    await refused({ chunks: [honestChunk, tooMany] }, "WrongMessageCount", [1n]);
  });

  test("with more messages than are queued", async () => {
    await world.deposit(1_000_000);
    const bridge = { kind: ChunkKind.bridge, messages: 1 };
    await refused({ chunks: [bridge, bridge] }, "InboxExceeded", [2n, 1n]);
  });

  test("with calldata too long for mempools", async () => {
    const chunks = Array.from({ length: 11 }, () => tradeOf(MAX_CHUNK_BYTES - 400));
    const { args } = await world.planPost({ chunks });
    const calldata = encodeFunctionData({ abi: rollupAbi, functionName: "post", args });
    expect(size(calldata)).toBeGreaterThan(MAX_CALLDATA_BYTES);
    await refused({ chunks }, "CalldataTooLong", [BigInt(size(calldata))]);
  });

  test("with chunks that share their bytes in the calldata and are too long together", async () => {
    const chunks = Array.from({ length: 11 }, () => tradeOf(MAX_CHUNK_BYTES));
    const { args } = await world.planPost({ chunks });
    const [input, data, parent] = args;
    const calldata = encodeFunctionData({
      abi: rollupAbi,
      functionName: "post",
      args: [input, data.slice(0, 1), parent],
    });
    // The encoding of one array element is at offset 0x20 after the array's length; eleven offsets name it.
    const element = `${(32).toString(16).padStart(64, "0")}${MAX_CHUNK_BYTES.toString(16).padStart(64, "0")}`;
    const array = `${(1).toString(16).padStart(64, "0")}${element}`;
    const place = calldata.lastIndexOf(array);
    const offset = (11 * 32).toString(16).padStart(64, "0");
    const shared = `${(11).toString(16).padStart(64, "0")}${offset.repeat(11)}${MAX_CHUNK_BYTES.toString(16).padStart(64, "0")}`;
    const forged = (calldata.slice(0, place) + shared + calldata.slice(place + array.length)) as Hex;
    expect(size(forged)).toBeLessThan(MAX_CALLDATA_BYTES);
    const caller = await world.deploy(readArtifact("test/CallerMock.sol"));
    await world.closeTerm();
    const openTerm = encodeFunctionData({ abi: rollupAbi, functionName: "openTerm" });
    await world.send(caller, callerAbi, "call", [world.rollup, openTerm], { value: world.bond });
    const total = BigInt(11 * MAX_CHUNK_BYTES);
    await expectError(
      world.send(caller, [...callerAbi, ...rollupAbi], "call", [world.rollup, forged]),
      "CalldataTooLong",
      [total],
    );
  });

  test("with a time before its parent's, after L1's, or too far behind", async () => {
    const { summary } = await world.post({ chunks: [honestChunk] });
    await expectError(world.post({ chunks: [honestChunk], time: summary.time - 1 }), "TimeBeforeParent");
    const next = (await world.now()) + 10;
    await world.setNextTime(next);
    await expectError(world.post({ chunks: [honestChunk], time: next + 1 }), "TimeInFuture");
    await world.mineAt(next + 300);
    await world.setNextTime(next + 301);
    await expectError(world.post({ chunks: [honestChunk], time: next }), "TimeLagsBehind");
    const last = await world.now();
    await world.setNextTime(last + 1);
    expect((await world.post({ chunks: [honestChunk], time: last + 1 - 300 })).summary.index).toBe(2n);
  });

  test("with an L1 block that is another fork's, too old, or not there yet", async () => {
    const block = await world.publicClient.getBlock();
    await refused({ chunks: [honestChunk], l1BlockHash: keccak256("0x02") }, "UnknownL1Block");
    const future = { l1BlockNumber: block.number + 1_000n, l1BlockHash: zeroHash };
    await refused({ chunks: [honestChunk], ...future }, "UnknownL1Block");
    await world.testClient.mine({ blocks: 256 });
    const tooOld = { time: Number(block.timestamp), l1BlockNumber: block.number, l1BlockHash: block.hash };
    await refused({ chunks: [honestChunk], ...tooOld }, "UnknownL1Block");
  });
});

test("a batch's time may lag without limit where the network class says so", async () => {
  const replay = await startRollupWorld({ maxClockLagSeconds: "unlimited" });
  await replay.openTerm();
  expect((await replay.post({ chunks: [honestChunk], time: 1 })).header.time).toBe(1);
  await replay.close();
});
