import type { ChunkKind } from "./transactions.ts";

/**
 * What the contract fixes about a batch, in the form in which it is hashed on L1 (`contracts/src/interfaces`). Hashes
 * and roots are hexadecimal here, as viem gives and takes them.
 */

export type Hash = `0x${string}`;

/** One chunk of a batch as its header describes it. */
export interface ChunkDescriptor {
  readonly kind: ChunkKind;
  /** Inbox messages that a bridge chunk executes; 0 for other kinds. */
  readonly messages: number;
  /** keccak of the chunk's bytes; of no bytes for a bridge chunk, whose content is the inbox's. */
  readonly dataHash: Hash;
  readonly postRoot: Hash;
}

/** Everything that a batch's proof is judged by. The contract builds it; a poster states only part of it. */
export interface BatchHeader {
  readonly version: number;
  readonly verifierVersion: number;
  readonly index: bigint;
  /** The hash of the parent's summary. */
  readonly parentHash: Hash;
  /** The state root before the first chunk: the parent's last. */
  readonly preRoot: Hash;
  readonly term: number;
  readonly era: number;
  /** The engine's clock is never before this, in seconds. */
  readonly eraStart: number;
  /** No tick of the batch is later than this, in seconds. */
  readonly time: number;
  readonly l1BlockNumber: bigint;
  readonly l1BlockHash: Hash;
  readonly inboxFrom: bigint;
  readonly inboxTo: bigint;
  readonly chunks: readonly ChunkDescriptor[];
}

/** What later batches, withdrawals and finality need of a batch: the contract stores the hash of this. */
export interface BatchSummary {
  readonly index: bigint;
  readonly headerHash: Hash;
  /** The root after the last chunk. */
  readonly stateRoot: Hash;
  readonly term: number;
  readonly time: number;
  readonly inboxTo: bigint;
  /** L1 time of the posting, in seconds. */
  readonly postedAt: bigint;
}

/** The parts of a header by which the step function judges: the same for all chunks of a batch. */
export interface StepContext {
  readonly era: number;
  readonly eraStart: number;
  readonly term: number;
  readonly batchTime: number;
  /** 32 bytes. */
  readonly domainSeparator: Uint8Array;
}
