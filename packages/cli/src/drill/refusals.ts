import { keccak256, MAX_CHUNK_BYTES, MAX_CHUNKS, toHex } from "@recourse/protocol";
import { between } from "./chance.ts";
import type { Draft } from "./draft.ts";
import type { BatchClaim, ChunkPlan } from "./rollup.ts";
import type { World } from "./world.ts";

/** A batch that the contract must not take, and the error with which it refuses it. */
export interface Refusal {
  readonly variant: string;
  readonly error: string;
  /** What is to be done on L1 before. */
  readonly prepare?: (world: World) => Promise<void>;
  readonly corrupt: (batch: BatchClaim, world: World, draft: Draft) => BatchClaim;
}

/** Seconds of L1 time with no block, after which a batch as old as the last one lags too far behind. */
const LONG_PAUSE_SECONDS = 1_000;

function withChunk({ chunks, postRoots, ...batch }: BatchClaim, chunk: ChunkPlan): BatchClaim {
  return { ...batch, chunks: [...chunks, chunk], postRoots: [...postRoots, postRoots.at(-1)!] };
}

/** By the kind of corruption. */
export const refusals: Readonly<Record<string, readonly Refusal[]>> = {
  "inbox message": [
    {
      variant: "one more than there is",
      error: "InboxExceeded",
      corrupt: (batch, { waiting }) =>
        withChunk(batch, { kind: 2, bytes: new Uint8Array(0), messages: waiting.length + 1 }),
    },
    {
      variant: "none in a bridge chunk",
      error: "WrongMessageCount",
      corrupt: (batch) => withChunk(batch, { kind: 2, bytes: new Uint8Array(0), messages: 0 }),
    },
  ],
  "wrong kind": [
    {
      variant: "a kind that is none",
      error: "UnknownChunkKind",
      corrupt: (batch) => withChunk(batch, { kind: 5 as never, bytes: Uint8Array.of(1), messages: 0 }),
    },
  ],
  "over-full chunk": [
    {
      variant: "more bytes than a chunk may have",
      error: "WrongChunkLength",
      corrupt: (batch) => withChunk(batch, { kind: 0, bytes: new Uint8Array(MAX_CHUNK_BYTES + 1), messages: 0 }),
    },
    {
      variant: "more chunks than a batch may have",
      error: "WrongChunkCount",
      corrupt: (batch) => {
        const chunk: ChunkPlan = { kind: 0, bytes: Uint8Array.of(0xff), messages: 0 };
        return Array.from({ length: MAX_CHUNKS }, () => chunk).reduce(withChunk, batch);
      },
    },
  ],
  "wrong parent": [
    {
      variant: "the batch before the newest",
      error: "NotNewestBatch",
      corrupt: (batch, { rollup }) => ({ ...batch, parent: rollup.standing.at(-2)! }),
    },
    {
      variant: "the newest with another root",
      error: "NotNewestBatch",
      corrupt: (batch, { rollup }) => ({ ...batch, parent: { ...rollup.tip, stateRoot: batch.postRoots[0]! } }),
    },
  ],
  "wrong time": [
    {
      variant: "ahead of L1",
      error: "TimeInFuture",
      corrupt: (batch, { layer1, random }) => ({ ...batch, time: layer1.nextTime + between(random, 1, 100) }),
    },
    {
      variant: "before its parent's",
      error: "TimeBeforeParent",
      corrupt: (batch, { rollup }) => ({ ...batch, time: rollup.tip.time - 1 }),
    },
    {
      variant: "too far behind L1",
      error: "TimeLagsBehind",
      prepare: ({ layer1 }) => layer1.mine(LONG_PAUSE_SECONDS),
      corrupt: (batch, { rollup }) => ({ ...batch, time: rollup.tip.time }),
    },
    {
      variant: "a block of another fork",
      error: "UnknownL1Block",
      corrupt: (batch, _, { rightRoots }) => ({ ...batch, l1BlockHash: toHex(keccak256(Buffer.from(rightRoots[0]!))) }),
    },
  ],
};
