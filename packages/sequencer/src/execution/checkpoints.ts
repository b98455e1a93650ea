import type { OrderedStore } from "@recourse/store";
import { beginning, type Cut, isAtOrBefore } from "../journal/cut.ts";
import { InstrumentDirectory } from "./instrumentDirectory.ts";

/** The state at the end of a batch, and the place in the journal to which it belongs. */
export interface Checkpoint {
  readonly at: Cut;
  readonly batchIndex: number;
  readonly store: OrderedStore;
  /** As of then, those that were gone by then included. */
  readonly instruments: InstrumentDirectory;
}

/** States at the ends of the newest batches, so that a revert or a withdrawal's proof need not start at the genesis. */
export class Checkpoints {
  readonly #limit: number;
  readonly #genesis: () => OrderedStore;
  #kept: Checkpoint[] = [];

  /** @param limit batches whose states are kept, at least 1 */
  constructor(limit: number, genesis: () => OrderedStore) {
    this.#limit = limit;
    this.#genesis = genesis;
  }

  /** Keeps a state; it must not be changed any more. */
  add(checkpoint: Checkpoint): void {
    this.#kept = this.#kept.filter(({ batchIndex }) => batchIndex !== checkpoint.batchIndex);
    this.#kept.push(checkpoint);
    this.#kept.sort((left, right) => left.batchIndex - right.batchIndex);
    if (this.#kept.length > this.#limit) this.#kept.shift();
  }

  /** Forgets what lies behind a batch that was the last to stand. */
  dropAfter(batchIndex: number): void {
    this.#kept = this.#kept.filter((checkpoint) => checkpoint.batchIndex <= batchIndex);
  }

  /** The newest state that is no later than a place in the journal: its own, not to be changed; else the genesis. */
  nearest(at: Cut): Checkpoint {
    const kept = this.#kept.findLast((checkpoint) => isAtOrBefore(checkpoint.at, at));
    if (kept !== undefined) return kept;
    const store = this.#genesis();
    return { at: beginning, batchIndex: 0, store, instruments: InstrumentDirectory.of(store) };
  }
}
