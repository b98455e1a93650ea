import {
  type BatchHeader,
  type BatchSummary,
  fromHex,
  type Hash,
  type InboxMessage,
  seconds,
} from "@recourse/protocol";

/** Where on L1 an event stands. */
export interface EventOrigin {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  readonly logIndex: number;
  readonly transactionHash: Hash;
}

/** A batch as its log shows it: nothing in it has been checked yet. */
export interface PostedBatch {
  readonly batchHash: Hash;
  readonly summary: BatchSummary;
  readonly header: BatchHeader;
  /** The bytes of each chunk; empty for bridge chunks. */
  readonly data: readonly Uint8Array[];
}

/** What the rollup and its inbox say in their logs, as far as the state depends on it. */
export type L1Event =
  | {
      readonly type: "genesis";
      readonly origin: EventOrigin;
      readonly summary: BatchSummary;
      readonly parameters: Uint8Array;
    }
  | {
      readonly type: "messageQueued";
      readonly origin: EventOrigin;
      readonly index: number;
      readonly message: InboxMessage;
      readonly rollingHash: Hash;
    }
  | { readonly type: "termOpened"; readonly origin: EventOrigin; readonly term: number; readonly sequencer: Hash }
  | ({ readonly type: "batchPosted"; readonly origin: EventOrigin } & PostedBatch)
  | {
      readonly type: "batchReverted";
      readonly origin: EventOrigin;
      readonly index: number;
      readonly chunkIndex: number;
      readonly claimedRoot: Hash;
      readonly correctRoot: Hash;
      readonly era: number;
      readonly prover: Hash;
    };

export type BatchPostedEvent = Extract<L1Event, { type: "batchPosted" }>;
export type BatchRevertedEvent = Extract<L1Event, { type: "batchReverted" }>;

/** A log as a client decodes it, of one of the events that {@link toL1Event} knows. */
export type DecodedLog = {
  readonly blockNumber: bigint;
  readonly blockHash: Hash;
  readonly logIndex: number;
  readonly transactionHash: Hash;
} & (
  | { readonly eventName: "Genesis"; readonly args: { readonly summary: BatchSummary; readonly parameters: Hash } }
  | {
      readonly eventName: "MessageQueued";
      readonly args: {
        readonly index: bigint;
        readonly kind: number;
        readonly sender: Hash;
        readonly time: number;
        readonly body: Hash;
        readonly rollingHash: Hash;
      };
    }
  | {
      readonly eventName: "TermOpened";
      readonly args: { readonly term: number; readonly sequencer: Hash; readonly bond: bigint };
    }
  | {
      readonly eventName: "BatchPosted";
      readonly args: {
        readonly index: bigint;
        readonly batchHash: Hash;
        readonly summary: BatchSummary;
        readonly header: Omit<BatchHeader, "chunks"> & {
          readonly chunks: readonly {
            readonly kind: number;
            readonly messages: number;
            readonly dataHash: Hash;
            readonly postRoot: Hash;
          }[];
        };
        readonly data: readonly Hash[];
      };
    }
  | {
      readonly eventName: "BatchReverted";
      readonly args: {
        readonly index: bigint;
        readonly chunkIndex: bigint;
        readonly claimedRoot: Hash;
        readonly correctRoot: Hash;
        readonly era: number;
        readonly eraStart: number;
        readonly prover: Hash;
      };
    }
);

/** Turns a decoded log into the event that it means. */
export function toL1Event(log: DecodedLog): L1Event {
  const origin: EventOrigin = {
    blockNumber: Number(log.blockNumber),
    blockHash: log.blockHash,
    logIndex: log.logIndex,
    transactionHash: log.transactionHash,
  };
  switch (log.eventName) {
    case "Genesis":
      return {
        type: "genesis",
        origin,
        summary: log.args.summary,
        parameters: fromHex(log.args.parameters),
      };
    case "MessageQueued":
      return {
        type: "messageQueued",
        origin,
        index: Number(log.args.index),
        message: {
          kind: log.args.kind,
          sender: fromHex(log.args.sender),
          time: seconds(log.args.time),
          body: fromHex(log.args.body),
        },
        rollingHash: log.args.rollingHash,
      };
    case "TermOpened":
      return { type: "termOpened", origin, term: log.args.term, sequencer: log.args.sequencer };
    case "BatchPosted":
      return {
        type: "batchPosted",
        origin,
        batchHash: log.args.batchHash,
        summary: log.args.summary,
        // Which kinds exist is for the judge to say; here a kind is only a number.
        header: log.args.header as BatchHeader,
        data: log.args.data.map(fromHex),
      };
    case "BatchReverted":
      return {
        type: "batchReverted",
        origin,
        index: Number(log.args.index),
        chunkIndex: Number(log.args.chunkIndex),
        claimedRoot: log.args.claimedRoot,
        correctRoot: log.args.correctRoot,
        era: log.args.era,
        prover: log.args.prover,
      };
  }
}
