import {
  bytesEqual,
  ChunkKind,
  extendInboxHash,
  fromHex,
  type Hash,
  type InboxMessage,
  keccak256,
  toHex,
} from "@recourse/protocol";
import type { BatchPostedEvent, BatchRevertedEvent, EventOrigin, L1Event, PostedBatch } from "./events.ts";
import { hashHeader, hashSummary } from "./hashing.ts";

/**
 * The logs do not fit together: something is missing from them, or they are not what the contract emitted. It says
 * nothing against a batch; it says that this reader does not know.
 */
export class IncompleteLogsError extends Error {
  override readonly name = "IncompleteLogsError";
}

/**
 * A batch in its place on its parent. What hangs on the node (`Judgement`) is whatever the reader of the chain has made
 * of the batch so far.
 */
export interface BatchNode<Judgement> {
  /** 0 is the genesis. */
  readonly index: number;
  /** The hash that the contract stores for it. */
  readonly batchHash: Hash;
  /** The root after its last chunk, as its poster claims. */
  readonly stateRoot: Hash;
  /** Inbox messages consumed up to and including it. */
  readonly inboxTo: number;
  /** Undefined for the genesis. */
  readonly parent: BatchNode<Judgement> | undefined;
  readonly origin: EventOrigin;
  /** The batch itself; taken away when it is no longer needed, so that memory does not grow with data. */
  posted: PostedBatch | undefined;
  judgement: Judgement | undefined;
}

/** What an event did to the chain, for those who act on it. */
export type ChainStep<Judgement> =
  | { readonly type: "genesis"; readonly node: BatchNode<Judgement>; readonly parameters: Uint8Array }
  | { readonly type: "posted"; readonly node: BatchNode<Judgement> }
  | { readonly type: "reverted"; readonly node: BatchNode<Judgement>; readonly event: BatchRevertedEvent }
  | { readonly type: "termOpened"; readonly term: number; readonly sequencer: Hash };

/** A place to which a chain can return. */
export interface ChainCheckpoint<Judgement> {
  readonly tip: BatchNode<Judgement> | undefined;
  readonly messages: number;
  readonly term: number;
}

const noBytes = keccak256(new Uint8Array(0));
const emptyInbox = new Uint8Array(32);

/**
 * The batches that stand and the inbox, folded from events in their order on L1. Every link is checked: hashes of
 * messages, header and summary, data, parent, pre-root, inbox range. It executes nothing.
 */
export class StandingChain<Judgement> {
  #tip: BatchNode<Judgement> | undefined;
  #messages: { readonly message: InboxMessage; readonly rollingHash: Uint8Array }[] = [];
  #term = 0;

  /** The newest standing batch; undefined until the genesis has been seen. */
  get tip(): BatchNode<Judgement> | undefined {
    return this.#tip;
  }

  /** Inbox messages [from, to). */
  messages(from: number, to: number): InboxMessage[] {
    return this.#messages.slice(from, to).map(({ message }) => message);
  }

  checkpoint(): ChainCheckpoint<Judgement> {
    return { tip: this.#tip, messages: this.#messages.length, term: this.#term };
  }

  /** Returns to a checkpoint of this chain that is not newer than any returned to since. */
  restore(checkpoint: ChainCheckpoint<Judgement> | undefined): void {
    this.#tip = checkpoint?.tip;
    this.#messages.length = checkpoint?.messages ?? 0;
    this.#term = checkpoint?.term ?? 0;
  }

  /**
   * Takes the next event.
   * @returns what it did; undefined for a message, which waits for the batch that consumes it
   * @throws IncompleteLogsError where it does not fit what came before; the chain is unchanged then
   */
  apply(event: L1Event): ChainStep<Judgement> | undefined {
    switch (event.type) {
      case "genesis": {
        if (this.#tip !== undefined) throw new IncompleteLogsError("The rollup emitted a second genesis.");
        const node: BatchNode<Judgement> = {
          index: 0,
          batchHash: hashSummary(event.summary),
          stateRoot: event.summary.stateRoot,
          inboxTo: 0,
          parent: undefined,
          origin: event.origin,
          posted: undefined,
          judgement: undefined,
        };
        this.#tip = node;
        return { type: "genesis", node, parameters: event.parameters };
      }
      case "messageQueued": {
        const count = this.#messages.length;
        if (event.index !== count) {
          throw new IncompleteLogsError(`Inbox message ${event.index} came where message ${count} was due.`);
        }
        const previous = this.#messages[count - 1]?.rollingHash ?? emptyInbox;
        const rollingHash = extendInboxHash(previous, event.message);
        if (!bytesEqual(rollingHash, fromHex(event.rollingHash))) {
          throw new IncompleteLogsError(`Inbox message ${event.index} does not lead to its rolling hash.`);
        }
        this.#messages.push({ message: event.message, rollingHash });
        return undefined;
      }
      case "termOpened":
        this.#term = event.term;
        return { type: "termOpened", term: event.term, sequencer: event.sequencer };
      case "batchPosted": {
        const node = this.#link(event);
        this.#tip = node;
        return { type: "posted", node };
      }
      case "batchReverted": {
        const node = this.#standing(event.index);
        this.#tip = node.parent;
        return { type: "reverted", node, event };
      }
    }
  }

  /** The standing batch of an index. */
  #standing(index: number): BatchNode<Judgement> {
    let node = this.#tip;
    while (node !== undefined && node.index > index) node = node.parent;
    if (node === undefined || node.index !== index || index === 0) {
      throw new IncompleteLogsError(`Batch ${index} was reverted, but it is not among the standing ones.`);
    }
    return node;
  }

  #link(event: BatchPostedEvent): BatchNode<Judgement> {
    const { batchHash, summary, header, data } = event;
    const parent = this.#tip;
    const require = (holds: boolean, sentence: string): void => {
      if (!holds) throw new IncompleteLogsError(`Batch ${header.index}: ${sentence}`);
    };
    if (parent === undefined) throw new IncompleteLogsError("A batch came before the genesis.");
    require(header.index === BigInt(parent.index + 1), `batch ${parent.index + 1} was due.`);
    require(hashSummary(summary) === batchHash, "its summary does not hash to its hash.");
    require(hashHeader(header) === summary.headerHash, "its header does not hash to its summary's.");
    require(summary.index === header.index && summary.inboxTo === header.inboxTo, "header and summary differ.");
    require(header.parentHash === parent.batchHash, "it has another parent.");
    require(header.preRoot === parent.stateRoot, "its pre-root is not its parent's root.");
    require(header.term === this.#term, `term ${this.#term} was open.`);
    require(header.chunks.length > 0 &&
      header.chunks.at(-1)?.postRoot === summary.stateRoot, "its last chunk does not end at its root.");
    require(data.length === header.chunks.length, "it has not as many pieces of data as chunks.");
    let inboxTo = parent.inboxTo;
    require(header.inboxFrom === BigInt(inboxTo), "its inbox range does not begin where its parent's ends.");
    header.chunks.forEach((chunk, place) => {
      const dataHash = chunk.kind === ChunkKind.bridge ? noBytes : keccak256(data[place]!);
      require(toHex(dataHash) === chunk.dataHash, `the data of chunk ${place} has another hash.`);
      inboxTo += chunk.messages;
    });
    require(header.inboxTo === BigInt(inboxTo), "its bridge chunks do not tile its inbox range.");
    require(inboxTo <= this.#messages.length, `it consumes ${inboxTo} of ${this.#messages.length} inbox messages.`);
    return {
      index: parent.index + 1,
      batchHash,
      stateRoot: summary.stateRoot,
      inboxTo,
      parent,
      origin: event.origin,
      posted: { batchHash, summary, header, data },
      judgement: undefined,
    };
  }
}
