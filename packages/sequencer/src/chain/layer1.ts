import { type BatchSummary, ChunkKind, type Hash, inboxAbi, RecourseError, rollupAbi } from "@recourse/protocol";
import { createPublicClient, type Hex, http, type PublicClient } from "viem";
import { shortMessage } from "./shortMessage.ts";

export const noAddress: Hex = "0x0000000000000000000000000000000000000000";

/** What the rollup contract fixes once and for all. */
export interface Deployment {
  readonly chainId: number;
  readonly rollup: Hex;
  readonly inbox: Hex;
  readonly domainSeparator: Hash;
  readonly challengeWindowSeconds: bigint;
  readonly bondAmount: bigint;
  /** 2^32 - 1 is no limit. */
  readonly maxClockLagSeconds: number;
  /** The step contracts, by kind of chunk. */
  readonly steps: readonly Hex[];
}

/** What the rollup contract says at the moment. */
export interface Office {
  readonly term: number;
  /** {@link noAddress} where no term is open. */
  readonly sequencer: Hex;
  readonly era: number;
  readonly eraStart: number;
  /** The newest standing batch. */
  readonly head: number;
}

/** A batch as the chain tells of it. */
export interface PostedBatch {
  readonly summary: BatchSummary;
  readonly dataHashes: readonly Hash[];
  readonly transactionHash: Hash;
  readonly block: number;
}

/** Reading of the L1 chain. Every method throws viem's errors where the chain does not answer. */
export class Layer1 {
  readonly client: PublicClient;
  readonly deployment: Deployment;
  readonly #deploymentBlock: bigint;

  private constructor(client: PublicClient, deployment: Deployment, deploymentBlock: bigint) {
    this.client = client;
    this.deployment = deployment;
    this.#deploymentBlock = deploymentBlock;
  }

  /**
   * @param deploymentBlock no log of the deployment is in an earlier block
   * @throws RecourseError `NoRollup` where the node does not answer, or there is no rollup at the address
   */
  static async connect(rpcUrl: string, rollup: Hex, deploymentBlock: bigint): Promise<Layer1> {
    const client = createPublicClient({ transport: http(rpcUrl, { retryCount: 2 }), cacheTime: 0 });
    try {
      return new Layer1(client, await readDeployment(client, rollup), deploymentBlock);
    } catch (cause) {
      throw new RecourseError(
        "NoRollup",
        `No rollup could be read at ${rollup}: ${shortMessage(cause)}`,
        [
          { field: "rpcUrl", expected: "an L1 node that answers" },
          { field: "rollup", expected: "the rollup contract's address on that chain" },
        ],
        { cause },
      );
    }
  }

  async readOffice(): Promise<Office> {
    const contract = { address: this.deployment.rollup, abi: rollupAbi } as const;
    // One block for all five, so that a revert cannot come between them.
    const blockNumber = await this.client.getBlockNumber();
    const [term, sequencer, era, eraStart, head] = await Promise.all([
      this.client.readContract({ ...contract, functionName: "term", blockNumber }),
      this.client.readContract({ ...contract, functionName: "sequencer", blockNumber }),
      this.client.readContract({ ...contract, functionName: "era", blockNumber }),
      this.client.readContract({ ...contract, functionName: "eraStart", blockNumber }),
      this.client.readContract({ ...contract, functionName: "head", blockNumber }),
    ]);
    return { term, sequencer, era, eraStart, head: Number(head) };
  }

  /** The genesis: its summary, and the parameters of its state. */
  async readGenesis(): Promise<{ readonly summary: BatchSummary; readonly parameters: Hex }> {
    const [event] = await this.client.getContractEvents({
      address: this.deployment.rollup,
      abi: rollupAbi,
      eventName: "Genesis",
      fromBlock: this.#deploymentBlock,
      strict: true,
    });
    if (event === undefined) throw new Error("The rollup's genesis event is not in the chain's logs.");
    return event.args;
  }

  /** The standing batch of an index; undefined where there is none. */
  async readBatch(index: number): Promise<PostedBatch | undefined> {
    const hash = await this.client.readContract({
      address: this.deployment.rollup,
      abi: rollupAbi,
      functionName: "batchHashes",
      args: [BigInt(index)],
    });
    const events = await this.client.getContractEvents({
      address: this.deployment.rollup,
      abi: rollupAbi,
      eventName: "BatchPosted",
      args: { index: BigInt(index), batchHash: hash },
      fromBlock: this.#deploymentBlock,
      strict: true,
    });
    const event = events.at(-1);
    if (event === undefined) return undefined;
    return {
      summary: event.args.summary,
      dataHashes: event.args.header.chunks.map(({ dataHash }) => dataHash),
      transactionHash: event.transactionHash,
      block: Number(event.blockNumber),
    };
  }

  /** The last proof of fraud that took batches away; undefined where there was none. */
  async readLastRevert(): Promise<{ readonly block: number; readonly transactionHash: Hash } | undefined> {
    const events = await this.client.getContractEvents({
      address: this.deployment.rollup,
      abi: rollupAbi,
      eventName: "BatchReverted",
      fromBlock: this.#deploymentBlock,
      strict: true,
    });
    const event = events.at(-1);
    return event && { block: Number(event.blockNumber), transactionHash: event.transactionHash };
  }

  /** Inbox messages queued in a range of blocks, in order. */
  async readMessages(fromBlock: bigint, toBlock: bigint) {
    const events = await this.client.getContractEvents({
      address: this.deployment.inbox,
      abi: inboxAbi,
      eventName: "MessageQueued",
      fromBlock: fromBlock > this.#deploymentBlock ? fromBlock : this.#deploymentBlock,
      toBlock,
      strict: true,
    });
    return events.map(({ args, blockNumber }) => ({ ...args, blockNumber }));
  }

  /** The inbox's rolling hash after so many messages. */
  readInboxHash(messages: number): Promise<Hash> {
    return this.client.readContract({
      address: this.deployment.inbox,
      abi: inboxAbi,
      functionName: "rollingHashes",
      args: [BigInt(messages)],
    });
  }
}

async function readDeployment(client: PublicClient, rollup: Hex): Promise<Deployment> {
  const contract = { address: rollup, abi: rollupAbi } as const;
  const [chainId, inbox, domainSeparator, challengeWindowSeconds, bondAmount, maxClockLagSeconds, ...steps] =
    await Promise.all([
      client.getChainId(),
      client.readContract({ ...contract, functionName: "inbox" }),
      client.readContract({ ...contract, functionName: "domainSeparator" }),
      client.readContract({ ...contract, functionName: "challengeWindow" }),
      client.readContract({ ...contract, functionName: "bondAmount" }),
      client.readContract({ ...contract, functionName: "maxClockLag" }),
      ...Object.values(ChunkKind).map((kind) =>
        client.readContract({ ...contract, functionName: "step", args: [kind] }),
      ),
    ]);
  return { chainId, rollup, inbox, domainSeparator, challengeWindowSeconds, bondAmount, maxClockLagSeconds, steps };
}
