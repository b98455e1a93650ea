import { ChunkExecution, createGenesis, type EngineEvent } from "@recourse/engine";
import {
  accountNumber,
  type Cash,
  ChunkKind,
  chunkKindOf,
  domainSeparator,
  encodeDeposit,
  encodeTransaction,
  keccak256,
  MessageKind,
  preconfirmationDigest,
  Reason,
  reasonName,
  type StepContext,
  seconds,
  type Transaction,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { StreamEntry } from "@recourse/verifier";
import { Signer } from "../src/demo/signing.ts";
import type { Trader } from "../src/demo/transactions.ts";
import type { SubmissionResult, TransactionResult, Venue } from "../src/demo/venue.ts";

export const separator = domainSeparator(31337, new Uint8Array(20).fill(7));
export const sequencer = Signer.fromText("test sequencer");
export const lister = Signer.fromText("test lister");
export const reporters = [Signer.fromText("test oracle 1"), Signer.fromText("test oracle 2")];

const context: StepContext = { era: 0, eraStart: 0, term: 1, batchTime: 2 ** 32 - 1, domainSeparator: separator };

/** The engine itself in the place of a sequencer: the same rules, nothing on a disk, nothing on L1. */
export class EngineVenue implements Venue {
  readonly store: OrderedStore = createGenesis({
    lister: lister.address,
    oracles: reporters.map(({ address }) => address),
    oracleThreshold: reporters.length,
    maxReportAgeSeconds: 600,
    maxMarkAgeSeconds: 3_600,
  });
  readonly stream: StreamEntry[] = [];
  #runningHash: Uint8Array = new Uint8Array(32);
  #chunk: ChunkExecution | undefined;

  deposit(owners: readonly Signer[], amount: Cash): Trader[] {
    return owners.map((signer, place) => {
      const number = accountNumber(place + 1);
      const body = encodeDeposit({ account: number, owner: signer.address, amount });
      this.#open(ChunkKind.bridge).runMessage({
        kind: MessageKind.deposit,
        sender: signer.address,
        time: seconds(1),
        body,
      });
      return { number, signer };
    });
  }

  async submit(transactions: readonly Transaction[]): Promise<SubmissionResult> {
    const previousRunningHash = this.#runningHash;
    const results = transactions.map((transaction) => this.#execute(transaction));
    if (!results.some(({ isAccepted }) => isAccepted)) return { results };
    const signed = { term: context.term, position: this.stream.length, runningHash: this.#runningHash };
    const compact = sequencer.sign(preconfirmationDigest(separator, signed));
    const signature = new Uint8Array(65);
    signature.set(compact);
    signature[32]! &= 0x7f;
    signature[64] = compact[32]! & 0x80 ? 28 : 27;
    return { results, acknowledgement: { ...signed, signature, previousRunningHash, following: [] } };
  }

  close(): void {
    this.#chunk?.finish();
    this.#chunk = undefined;
  }

  #execute(transaction: Transaction): TransactionResult {
    const bytes = encodeTransaction(transaction);
    let chunk = this.#open(chunkKindOf(transaction.kind));
    let outcome = chunk.tryRun(bytes);
    if (outcome === undefined) {
      this.close();
      chunk = this.#open(chunkKindOf(transaction.kind));
      outcome = chunk.tryRun(bytes)!;
    }
    const { reason, events } = outcome;
    if (reason !== Reason.Ok) return { isAccepted: false, reason: reasonName(reason) };
    this.#runningHash = chunk.runningHash;
    const transactionHash = toHex(keccak256(bytes));
    this.stream.push({ term: 1, position: chunk.position, transactionHash, runningHash: toHex(chunk.runningHash) });
    const fills = events.filter((event): event is Extract<EngineEvent, { type: "fill" }> => event.type === "fill");
    return { isAccepted: true, position: chunk.position, fills };
  }

  #open(kind: ChunkKind): ChunkExecution {
    if (this.#chunk?.kind !== kind) this.close();
    this.#chunk ??= new ChunkExecution(this.store, context, kind);
    return this.#chunk;
  }
}
