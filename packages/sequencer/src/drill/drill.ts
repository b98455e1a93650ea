import type { OrderedStore } from "@recourse/store";
import type { Logger } from "pino";
import type { SealedBatch } from "../execution/liveState.ts";
import type { Claim } from "../posting/poster.ts";
import { falseClaim } from "./dishonestBatch.ts";
import type { DishonestKind } from "./tampering.ts";

export interface DrillOptions {
  /** The first batch that may be made wrong. */
  readonly batch: number;
  readonly kind?: DishonestKind | undefined;
  readonly seed: number;
}

/**
 * A sequencer that lies once, for drills: the first batch from a given one on to which the lie applies is posted with
 * false roots. Its own state stays honest.
 */
export class Drill {
  readonly #options: DrillOptions;
  readonly #logger: Logger;
  #isDone: boolean;

  /** @param isDone whether an earlier run of the sequencer has told its lie */
  constructor(options: DrillOptions, logger: Logger, isDone: boolean) {
    this.#options = options;
    this.#logger = logger;
    this.#isDone = isDone;
  }

  /** @param stateBefore the honest state before the batch, not changed */
  async claim(batch: SealedBatch, stateBefore: () => Promise<OrderedStore>): Promise<Claim | undefined> {
    if (this.#isDone || batch.index < this.#options.batch) return undefined;
    const claim = falseClaim(batch, await stateBefore(), this.#options);
    if (claim) {
      this.#isDone = true;
      this.#logger.warn({ batch: batch.index, ...claim.dishonest }, "a drill: this batch is posted with false roots");
    }
    return claim;
  }
}
