import type { BatchSummary } from "@recourse/protocol";

/** Which batches stand on L1, and which of them can no longer be proved wrong. */
export class Finality {
  readonly #windowSeconds: bigint;
  #posted: BatchSummary[] = [];
  #head: BatchSummary;
  #finalIndex: number;

  /**
   * @param genesis final from the start
   * @param standing the batches that stand, by index
   */
  constructor(windowSeconds: bigint, genesis: BatchSummary, standing: readonly BatchSummary[]) {
    this.#windowSeconds = windowSeconds;
    this.#head = genesis;
    this.#finalIndex = Number(genesis.index);
    for (const summary of standing) this.add(summary);
  }

  add(summary: BatchSummary): void {
    this.#posted.push(summary);
    this.#head = summary;
  }

  /** The newest standing batch. */
  get head(): BatchSummary {
    return this.#head;
  }

  get finalIndex(): number {
    return this.#finalIndex;
  }

  /** @returns whether more batches are final at an L1 time than before */
  advance(l1Time: bigint): boolean {
    const before = this.#finalIndex;
    while (this.#posted.length > 0 && l1Time > this.#posted[0]!.postedAt + this.#windowSeconds) {
      this.#finalIndex = Number(this.#posted.shift()!.index);
    }
    return this.#finalIndex !== before;
  }
}
