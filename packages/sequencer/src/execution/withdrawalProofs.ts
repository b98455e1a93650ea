import { readWithdrawal, type WithdrawalRecord, withdrawalKey } from "@recourse/engine";
import type { BatchSummary } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { BatchRecord } from "../journal/batches.ts";

export interface FoundWithdrawal {
  readonly record: WithdrawalRecord;
  /** Once it stands in a final batch: its proof against that batch's root. */
  readonly proof?: { readonly summary: BatchSummary; readonly bytes: Uint8Array };
}

export interface WithdrawalProofsOptions {
  /** The state of the moment. */
  live(): OrderedStore;
  /** The newest final batch. */
  newestFinal(): Promise<BatchRecord | undefined>;
  /** The state after a batch, not to be changed. */
  stateAt(batchIndex: number): Promise<OrderedStore>;
}

/** Finds withdrawals, and proves them against the newest final state, which it keeps until there is a newer one. */
export class WithdrawalProofs {
  readonly #options: WithdrawalProofsOptions;
  #final: { readonly index: number; readonly store: Promise<OrderedStore> } | undefined;

  constructor(options: WithdrawalProofsOptions) {
    this.#options = options;
  }

  async read(number: number): Promise<FoundWithdrawal | undefined> {
    const batch = await this.#options.newestFinal();
    if (batch?.summary) {
      const store = await this.#stateOf(batch.index);
      const record = readWithdrawal(store, number);
      if (record) return { record, proof: { summary: batch.summary, bytes: store.prove(withdrawalKey(number)) } };
    }
    const record = readWithdrawal(this.#options.live(), number);
    return record && { record };
  }

  #stateOf(index: number): Promise<OrderedStore> {
    if (this.#final?.index !== index) {
      const store = this.#options.stateAt(index);
      this.#final = { index, store };
      store.catch(() => {
        this.#final = undefined;
      });
    }
    return this.#final!.store;
  }
}
