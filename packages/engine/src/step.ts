import type { StepContext } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { EngineEvent } from "./events.ts";
import type { GlobalRecord } from "./records.ts";

/** Recovers the signer's address from a digest and a signature of 64 bytes; undefined where the signature is not valid. */
export type SignatureRecovery = (digest: Uint8Array, signature: Uint8Array) => Uint8Array | undefined;

/** What an operation works on. */
export interface Step {
  readonly store: OrderedStore;
  readonly context: StepContext;
  /** The global record, decoded at the chunk's start and written back at its end. */
  readonly global: GlobalRecord;
  readonly recover: SignatureRecovery;
  /** What the present transaction has caused so far. */
  events: EngineEvent[];
}
