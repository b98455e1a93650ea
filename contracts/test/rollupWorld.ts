import {
  type BatchHeader,
  type BatchSummary,
  ChunkKind,
  collateralAbi,
  encodeMessages,
  fromHex,
  type InboxMessage,
  inboxAbi,
  rollupAbi,
  type Seconds,
  toHex,
} from "@recourse/protocol";
import {
  type Abi,
  BaseError,
  ContractFunctionRevertedError,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  keccak256,
  numberToHex,
  parseAbi,
  parseEventLogs,
  type TransactionReceipt,
} from "viem";
import { expect } from "vitest";
import { readArtifact } from "../artifacts.ts";
import { type Deployment, type DeployParameters, deployRecourse, readDeployParameters } from "../deploy.ts";
import { developmentAccount, startLocalChain } from "../local.ts";

export const genesisRoot = keccak256("0x01");
export const genesisParameters: Hex = "0xc0ffee";
export const zeroHash = numberToHex(0, { size: 32 });
/** The step mock takes any witness but an empty one. */
export const anyWitness: Hex = "0x01";

export const callerAbi = parseAbi([
  "function call(address target, bytes data) payable",
  "function refusePayments(bool refuses)",
  "function answerPayments(address target, bytes data)",
]);

const summaryParameters = [
  {
    type: "tuple",
    components: [
      { name: "index", type: "uint64" },
      { name: "headerHash", type: "bytes32" },
      { name: "stateRoot", type: "bytes32" },
      { name: "term", type: "uint32" },
      { name: "time", type: "uint32" },
      { name: "inboxTo", type: "uint64" },
      { name: "postedAt", type: "uint64" },
    ],
  },
] as const;

const mockRootParameters = [
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
] as const;

export function hashSummary(summary: BatchSummary): Hex {
  return keccak256(encodeAbiParameters(summaryParameters, [summary]));
}

/** The root that the step mock finds. */
function mockRoot(
  preRoot: Hex,
  header: Pick<BatchHeader, "era" | "eraStart" | "term" | "time">,
  domainSeparator: Hex,
  chunk: Hex,
): Hex {
  const { era, eraStart, term, time: batchTime } = header;
  return keccak256(
    encodeAbiParameters(mockRootParameters, [preRoot, { era, eraStart, term, batchTime, domainSeparator }, chunk]),
  );
}

export interface ChunkPlan {
  readonly kind: number;
  /** The sequencer's bytes. */
  readonly data?: Hex;
  readonly messages?: number;
  /** The right root, where it is left out. */
  readonly postRoot?: Hex;
}

export interface PostPlan {
  readonly chunks: readonly ChunkPlan[];
  readonly time?: number;
  readonly l1BlockNumber?: bigint;
  readonly l1BlockHash?: Hex;
  readonly parent?: BatchSummary;
  /** Where the number of chunk bytes is to differ from the number of chunks. */
  readonly data?: readonly Hex[];
}

export interface PostedBatch {
  readonly summary: BatchSummary;
  readonly header: BatchHeader;
  /** What a proof brings: the sequencer's bytes, or the serialized messages. */
  readonly chunkBytes: readonly Hex[];
  readonly receipt: TransactionReceipt;
}

export const honestChunk: ChunkPlan = { kind: ChunkKind.trade, data: "0x0102" };
export const wrongChunk: ChunkPlan = { kind: ChunkKind.trade, data: "0x0304", postRoot: keccak256("0xbad0") };

/** Expects a transaction or a call to fail with a custom error. */
export async function expectError(action: Promise<unknown>, errorName: string, args?: readonly unknown[]) {
  const failure = await action.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof BaseError)) throw failure ?? new Error(`Expected ${errorName}, and nothing failed.`);
  const reverted = failure.walk((error) => error instanceof ContractFunctionRevertedError);
  if (!(reverted instanceof ContractFunctionRevertedError)) throw failure;
  expect(reverted.data?.errorName ?? reverted.signature ?? reverted.reason).toBe(errorName);
  if (args) expect(reverted.data?.args).toEqual(args);
}

/** A chain with a rollup whose steps are mocks, and what the tests do with it. */
export async function startRollupWorld(overrides: Partial<DeployParameters> = {}) {
  const chain = await startLocalChain();
  const { publicClient, walletClient, testClient } = chain;
  const parameters = { ...readDeployParameters("dev"), maxClockLagSeconds: 300, ...overrides };
  const stepMock = await chain.deploy(readArtifact("test/StepMock.sol"));
  const deployment: Deployment = await deployRecourse({
    publicClient,
    walletClient,
    parameters,
    genesisRoot,
    genesisParameters,
    steps: { trade: stepMock, risk: stepMock, bridge: stepMock, block: stepMock, house: stepMock },
  });
  const { rollup, inbox, vault, token } = deployment;
  const [genesisLog] = await publicClient.getContractEvents({
    address: rollup,
    abi: rollupAbi,
    eventName: "Genesis",
    fromBlock: deployment.deploymentBlock,
    strict: true,
  });
  const genesis: BatchSummary = genesisLog!.args.summary;
  const bond = await read("bondAmount");
  const domainSeparator = await read("domainSeparator");

  /** Summaries of the standing batches, the genesis first. */
  const standing: BatchSummary[] = [genesis];
  const messages: InboxMessage[] = [];

  async function read<
    Name extends "bondAmount" | "domainSeparator" | "head" | "era" | "eraStart" | "term" | "sequencer",
  >(functionName: Name) {
    return publicClient.readContract({ address: rollup, abi: rollupAbi, functionName });
  }

  /** Sends a call as a transaction, estimating nothing, so that it is judged in the very block that it gets into. */
  async function send(
    address: Hex,
    abi: Abi,
    functionName: string,
    args: readonly unknown[] = [],
    { value = 0n, sender = 0 }: { value?: bigint; sender?: number } = {},
  ): Promise<TransactionReceipt> {
    const hash = await walletClient.writeContract({
      address,
      abi,
      functionName,
      args,
      value,
      account: developmentAccount(sender),
      gas: 16_777_216n,
    });
    return publicClient.waitForTransactionReceipt({ hash });
  }

  const now = async () => Number((await publicClient.getBlock()).timestamp);
  /** Mines the next block at a time. */
  const setNextTime = (seconds: number | bigint) => testClient.setNextBlockTimestamp({ timestamp: BigInt(seconds) });
  async function mineAt(seconds: number | bigint) {
    await setNextTime(seconds);
    await testClient.mine({ blocks: 1 });
  }

  const openTerm = (sender = 0) => send(rollup, rollupAbi, "openTerm", [], { value: bond, sender });
  const closeTerm = (sender = 0) => send(rollup, rollupAbi, "closeTerm", [], { sender });

  async function deposit(amount: number, { subAccount = 0, sender = 0 } = {}) {
    const owner = developmentAccount(sender).address;
    await send(token, collateralAbi, "mint", [owner, BigInt(amount)], { sender });
    await send(token, collateralAbi, "approve", [inbox, BigInt(amount)], { sender });
    const receipt = await send(inbox, inboxAbi, "deposit", [subAccount, BigInt(amount)], { sender });
    const [log] = parseEventLogs({ abi: inboxAbi, eventName: "MessageQueued", logs: receipt.logs });
    const { kind, sender: from, time, body } = log!.args;
    messages.push({ kind, sender: fromHex(from), time: time as Seconds, body: fromHex(body) });
    return { receipt, args: log!.args };
  }

  /** The arguments of `post`, with the right root wherever the plan states none. */
  async function planPost(plan: PostPlan) {
    const parent = plan.parent ?? standing.at(-1)!;
    const block = await publicClient.getBlock();
    const time = plan.time ?? Number(block.timestamp);
    const header = { era: await read("era"), eraStart: await read("eraStart"), term: await read("term"), time };
    const chunkBytes: Hex[] = [];
    const chunks = [];
    let root = parent.stateRoot;
    let inboxCursor = Number(parent.inboxTo);
    for (const { kind, data = "0x", messages: count = 0, postRoot } of plan.chunks) {
      const bytes =
        kind === ChunkKind.bridge ? toHex(encodeMessages(messages.slice(inboxCursor, inboxCursor + count))) : data;
      inboxCursor += count;
      root = postRoot ?? mockRoot(root, header, domainSeparator, bytes);
      chunkBytes.push(bytes);
      chunks.push({ kind, messages: count, postRoot: root });
    }
    const input = {
      time,
      l1BlockNumber: plan.l1BlockNumber ?? block.number,
      l1BlockHash: plan.l1BlockHash ?? block.hash,
      chunks,
    };
    const data = plan.data ?? plan.chunks.map((chunk) => chunk.data ?? "0x");
    return { args: [input, data, parent] as const, chunkBytes };
  }

  function readPosted(receipt: TransactionReceipt, chunkBytes: readonly Hex[]): PostedBatch {
    const [log] = parseEventLogs({ abi: rollupAbi, eventName: "BatchPosted", logs: receipt.logs });
    const { summary, header } = log!.args;
    expect(log!.args.batchHash).toBe(hashSummary(summary));
    standing.push(summary);
    return { summary, header: header as BatchHeader, chunkBytes, receipt };
  }

  async function post(plan: PostPlan, sender = 0): Promise<PostedBatch> {
    const { args, chunkBytes } = await planPost(plan);
    return readPosted(await send(rollup, rollupAbi, "post", args, { sender }), chunkBytes);
  }

  /** Posts by way of the caller mock, which holds the term. */
  async function postThrough(caller: Hex, plan: PostPlan): Promise<PostedBatch> {
    const { args, chunkBytes } = await planPost(plan);
    const data = encodeFunctionData({ abi: rollupAbi, functionName: "post", args });
    return readPosted(await send(caller, callerAbi, "call", [rollup, data]), chunkBytes);
  }

  async function prove(
    batch: PostedBatch,
    chunkIndex: number,
    options: { summary?: BatchSummary; header?: BatchHeader; chunk?: Hex; witness?: Hex; sender?: number } = {},
  ): Promise<TransactionReceipt> {
    const { summary = batch.summary, header = batch.header, witness = anyWitness, sender = 0 } = options;
    const chunk = options.chunk ?? batch.chunkBytes[chunkIndex] ?? "0x";
    const receipt = await send(rollup, rollupAbi, "proveFraud", [summary, header, BigInt(chunkIndex), chunk, witness], {
      sender,
    });
    standing.length = Number(summary.index);
    return receipt;
  }

  const isFinal = (summary: BatchSummary) =>
    publicClient.readContract({ address: rollup, abi: rollupAbi, functionName: "isFinal", args: [summary] });

  const readTerm = async (number: number) => {
    const [sequencer, closedAt, left] = await publicClient.readContract({
      address: rollup,
      abi: rollupAbi,
      functionName: "terms",
      args: [number],
    });
    return { sequencer, closedAt, bond: left };
  };

  return {
    ...chain,
    deployment,
    rollup,
    inbox,
    vault,
    token,
    parameters,
    bond,
    domainSeparator,
    genesis,
    standing,
    messages,
    read,
    readTerm,
    isFinal,
    send,
    now,
    setNextTime,
    mineAt,
    openTerm,
    closeTerm,
    deposit,
    planPost,
    post,
    postThrough,
    prove,
  };
}

export type RollupWorld = Awaited<ReturnType<typeof startRollupWorld>>;
