import { type Hash, inboxAbi, rollupAbi } from "@recourse/protocol";
import { BlockNotFoundError, type PublicClient } from "viem";
import { type DecodedLog, type L1Event, toL1Event } from "./events.ts";

export interface L1Block {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  /** In wei; 0 where the chain has no base fee. */
  readonly baseFeePerGas: bigint;
}

/** What the derivation needs of an L1 node. Every function rejects where the node does not answer. */
export interface L1Reader {
  latestBlock(): Promise<L1Block>;
  /** The hash of the canonical block of a number; undefined where the node has none yet. */
  blockHash(number: number): Promise<Hash | undefined>;
  /** The events of blocks [from, to], in order. */
  events(from: number, to: number): Promise<L1Event[]>;
  /** What the contract holds at a block, the latest by default: its newest batch, and the hash stored for a batch. */
  contractView(index: number, atBlock?: number): Promise<{ readonly head: number; readonly batchHash: Hash }>;
}

const eventNames = new Set(["Genesis", "TermOpened", "BatchPosted", "BatchReverted", "MessageQueued"]);
const events = [...rollupAbi, ...inboxAbi].filter((item) => item.type === "event" && eventNames.has(item.name));

/** Reads a rollup through a node's JSON-RPC. */
export function createL1Reader(client: PublicClient, rollup: Hash): L1Reader {
  let inbox: Hash | undefined;
  return {
    async latestBlock() {
      const { number, hash, parentHash, baseFeePerGas } = await client.getBlock({ blockTag: "latest" });
      return { number: Number(number), hash, parentHash, baseFeePerGas: baseFeePerGas ?? 0n };
    },
    async blockHash(number) {
      try {
        return (await client.getBlock({ blockNumber: BigInt(number) })).hash;
      } catch (error) {
        if (error instanceof BlockNotFoundError) return undefined;
        throw error;
      }
    },
    async events(from, to) {
      inbox ??= await client.readContract({ address: rollup, abi: rollupAbi, functionName: "inbox" });
      const logs = await client.getLogs({
        address: [rollup, inbox],
        events,
        fromBlock: BigInt(from),
        toBlock: BigInt(to),
        strict: true,
      });
      return (logs as unknown as DecodedLog[])
        .map(toL1Event)
        .sort(
          ({ origin: left }, { origin: right }) =>
            left.blockNumber - right.blockNumber || left.logIndex - right.logIndex,
        );
    },
    async contractView(index, atBlock) {
      const block = atBlock === undefined ? ({ blockTag: "latest" } as const) : { blockNumber: BigInt(atBlock) };
      const contract = { address: rollup, abi: rollupAbi, ...block } as const;
      const [head, batchHash] = await Promise.all([
        client.readContract({ ...contract, functionName: "head" }),
        client.readContract({ ...contract, functionName: "batchHashes", args: [BigInt(index)] }),
      ]);
      return { head: Number(head), batchHash };
    },
  };
}
