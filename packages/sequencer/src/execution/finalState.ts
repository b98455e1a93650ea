import type { BatchSummary } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { BatchRecord } from "../journal/batches.ts";

export interface FinalStateOptions {
  /** The newest final batch. */
  newestFinal(): Promise<BatchRecord | undefined>;
  /** The state after a batch, not to be changed. */
  stateAt(batchIndex: number): Promise<OrderedStore>;
}

/** A record of a final state, with what proves it on L1. */
export interface StateProof {
  readonly summary: BatchSummary;
  readonly value: Uint8Array;
  readonly proof: Uint8Array;
}

/** The newest state that nobody can take back, which is kept until there is a newer one. */
export class FinalState {
  readonly #options: FinalStateOptions;
  #kept: { readonly index: number; readonly store: Promise<OrderedStore> } | undefined;

  constructor(options: FinalStateOptions) {
    this.#options = options;
  }

  /** @returns undefined where no batch is final yet, or the state does not hold the key */
  async prove(key: Uint8Array): Promise<StateProof | undefined> {
    const batch = await this.#options.newestFinal();
    if (batch?.summary === undefined) return undefined;
    const store = await this.#stateOf(batch.index);
    const value = store.peek(key);
    return value && { summary: batch.summary, value, proof: store.prove(key) };
  }

  #stateOf(index: number): Promise<OrderedStore> {
    if (this.#kept?.index !== index) {
      const store = this.#options.stateAt(index);
      this.#kept = { index, store };
      store.catch(() => {
        if (this.#kept?.store === store) this.#kept = undefined;
      });
    }
    return this.#kept!.store;
  }
}
