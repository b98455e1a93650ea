import { encodeParameters } from "@recourse/engine";
import { extendInboxHash, type Hash, type InboxMessage, keccak256, toHex } from "@recourse/protocol";
import { genesisParameters } from "../../../../test/support/world.ts";
import {
  type EventOrigin,
  hashHeader,
  hashSummary,
  type L1Block,
  type L1Event,
  type L1Reader,
  type PostedBatch,
} from "../../src/index.ts";
import type { BatchPlan } from "./market.ts";

/** An event of which the chain says where it stands. */
type Draft = L1Event extends infer Event ? (Event extends L1Event ? Omit<Event, "origin"> : never) : never;

const noHash: Hash = `0x${"00".repeat(32)}`;
const someone: Hash = `0x${"11".repeat(20)}`;

/** A chain in memory that does what `Rollup` and `Inbox` do to their logs, and can be reorganized. */
export class FakeL1 implements L1Reader {
  blocks: { readonly block: L1Block; readonly events: L1Event[] }[] = [];
  /** Changes what is read, as an endpoint that errs would. */
  distort: (events: L1Event[]) => L1Event[] = (events) => events;
  /** What every request fails with, while it is set. */
  failure: Error | undefined;
  eventRequests = 0;
  #salt = 0;
  #queued = 0;
  #inboxHash: Uint8Array = new Uint8Array(32);

  constructor(genesisRoot: Hash) {
    this.mine();
    this.mine({
      type: "genesis",
      summary: {
        index: 0n,
        headerHash: noHash,
        stateRoot: genesisRoot,
        term: 0,
        time: 0,
        inboxTo: 0n,
        postedAt: 1n,
      },
      parameters: encodeParameters(genesisParameters),
    });
    this.mine({ type: "termOpened", term: 1, sequencer: someone });
  }

  mine(...drafts: Draft[]): void {
    const number = this.blocks.length;
    const parentHash = this.blocks.at(-1)?.block.hash ?? noHash;
    const hash = toHex(keccak256(new TextEncoder().encode(`${parentHash} ${number} ${this.#salt++}`)));
    const events = drafts.map((draft, logIndex) => {
      const origin: EventOrigin = { blockNumber: number, blockHash: hash, logIndex, transactionHash: hash };
      return { ...draft, origin } as L1Event;
    });
    this.blocks.push({ block: { number, hash, parentHash, baseFeePerGas: 1n }, events });
  }

  queue(messages: readonly InboxMessage[]): void {
    this.mine(
      ...messages.map((message): Draft => {
        this.#inboxHash = extendInboxHash(this.#inboxHash, message);
        return { type: "messageQueued", index: this.#queued++, message, rollingHash: toHex(this.#inboxHash) };
      }),
    );
  }

  post(plan: BatchPlan): PostedBatch {
    const batch = describeBatch(plan, this.#newest());
    this.mine({ type: "batchPosted", ...batch });
    return batch;
  }

  revert(index: number): void {
    this.mine({
      type: "batchReverted",
      index,
      chunkIndex: 0,
      claimedRoot: noHash,
      correctRoot: noHash,
      era: 1,
      prover: someone,
    });
  }

  /** Takes the newest blocks away. */
  drop(count: number): void {
    this.blocks.length -= count;
  }

  async latestBlock(): Promise<L1Block> {
    this.#answer();
    return this.blocks.at(-1)!.block;
  }

  async blockHash(number: number): Promise<Hash | undefined> {
    this.#answer();
    return this.blocks[number]?.block.hash;
  }

  async events(from: number, to: number): Promise<L1Event[]> {
    this.#answer();
    this.eventRequests++;
    return this.distort(this.blocks.slice(from, to + 1).flatMap(({ events }) => events));
  }

  async contractView(index: number, atBlock = this.blocks.length - 1): Promise<{ head: number; batchHash: Hash }> {
    this.#answer();
    const hashes: Hash[] = [];
    for (const { events } of this.blocks.slice(0, atBlock + 1)) {
      for (const event of events) {
        if (event.type === "genesis") hashes.push(hashSummary(event.summary));
        if (event.type === "batchPosted") hashes.push(event.batchHash);
        if (event.type === "batchReverted") hashes.length = event.index;
      }
    }
    return { head: hashes.length - 1, batchHash: hashes[index] ?? noHash };
  }

  #answer(): void {
    if (this.failure) throw this.failure;
  }

  #newest(): ParentBatch {
    const standing: ParentBatch[] = [];
    for (const event of this.blocks.flatMap(({ events }) => events)) {
      if (event.type === "genesis") standing.push({ summary: event.summary });
      if (event.type === "batchPosted") standing.push({ summary: event.summary });
      if (event.type === "batchReverted") standing.length = event.index;
    }
    return standing.at(-1)!;
  }
}

export interface ParentBatch {
  readonly summary: PostedBatch["summary"];
}

/** What `Rollup.post` makes of a plan. */
export function describeBatch(plan: BatchPlan, { summary: parent }: ParentBatch): PostedBatch {
  const inboxTo = plan.chunks.reduce((cursor, { messages }) => cursor + BigInt(messages), parent.inboxTo);
  const header: PostedBatch["header"] = {
    version: 1,
    verifierVersion: 1,
    index: parent.index + 1n,
    parentHash: hashSummary(parent),
    preRoot: parent.stateRoot,
    term: 1,
    era: 0,
    eraStart: 0,
    time: plan.time,
    l1BlockNumber: 1n,
    l1BlockHash: noHash,
    inboxFrom: parent.inboxTo,
    inboxTo,
    chunks: plan.chunks.map((chunk, place) => ({ ...chunk, dataHash: toHex(keccak256(plan.data[place]!)) })),
  };
  const summary: PostedBatch["summary"] = {
    index: header.index,
    headerHash: hashHeader(header),
    stateRoot: plan.chunks.at(-1)!.postRoot,
    term: header.term,
    time: header.time,
    inboxTo,
    postedAt: 2n,
  };
  return { batchHash: hashSummary(summary), summary, header, data: plan.data };
}
