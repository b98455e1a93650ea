import type { FastifyBaseLogger } from "fastify";
import type { Deployment } from "../chain/layer1.ts";
import type { HeldOrders } from "../conditional/heldOrders.ts";
import type { FinalState } from "../execution/finalState.ts";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { LiveState } from "../execution/liveState.ts";
import type { SubmissionQueue } from "../execution/submissionQueue.ts";
import type { HistoryReader } from "../history/historyReader.ts";
import type { HistoryWriter } from "../history/historyWriter.ts";
import type { BatchTable } from "../journal/batches.ts";
import type { Journal } from "../journal/journal.ts";
import type { TermTable } from "../journal/terms.ts";
import type { RecoveryPool } from "../signatures/recoveryPool.ts";

/** What the routes work with. */
export interface ApiContext {
  readonly deployment: Deployment;
  /** The sequencer's address on L1. */
  readonly sequencer: `0x${string}`;
  readonly clock: "wall" | "external";
  readonly operatorToken: string | undefined;
  readonly domainSeparator: Uint8Array;
  readonly queue: SubmissionQueue;
  readonly heldOrders: HeldOrders;
  readonly recovery: RecoveryPool;
  readonly journal: Journal;
  readonly batches: BatchTable;
  readonly terms: TermTable;
  readonly history: { readonly reader: HistoryReader; readonly writer: HistoryWriter };
  readonly finalState: FinalState;
  /** @throws RecourseError `Rebuilding` while there is no state to speak of, and `Stopping` at the end */
  state(): LiveState;
  isRebuilding(): boolean;
  /** The listed instruments, of the last state while there is none. */
  instruments(): InstrumentDirectory;
  /** How far batches have come: the last index of each, and how many wait to be posted. */
  batchProgress(): {
    readonly sealed: number;
    readonly posted: number;
    readonly final: number;
    readonly waiting: number;
    readonly postingError: string | undefined;
  };
  readonly logger: FastifyBaseLogger;
}
