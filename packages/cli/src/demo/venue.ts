import type { Transaction } from "@recourse/protocol";

/** What became of one transaction. */
export type TransactionResult =
  | {
      readonly isAccepted: true;
      /** Its place in the term's stream, from 1 on. */
      readonly position: number;
      /** The fills of a taker's order. */
      readonly fills: readonly { readonly priceRank: number; readonly lots: number }[];
    }
  | {
      readonly isAccepted: false;
      /** A reason's name. */
      readonly reason: string;
    };

/** The sequencer's signed word on the stream up to a position, and how a submission is in it. */
export interface Acknowledgement {
  readonly term: number;
  readonly position: number;
  readonly runningHash: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** The running hash before the submission's first accepted transaction. */
  readonly previousRunningHash: Uint8Array;
  /** Hashes of the transactions after the submission's last one, up to the signed position. */
  readonly following: readonly Uint8Array[];
}

export interface SubmissionResult {
  /** One for each transaction, in order. */
  readonly results: readonly TransactionResult[];
  /** Absent where nothing was accepted. */
  readonly acknowledgement?: Acknowledgement | undefined;
}

/** The sequencer as the replay needs it: transactions executed in a row, and acknowledged. */
export interface Venue {
  submit(transactions: readonly Transaction[]): Promise<SubmissionResult>;
}
