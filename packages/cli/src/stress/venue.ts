import { ChunkExecution, createGenesis, type Outcome } from "@recourse/engine";
import {
  accountNumber,
  type Cash,
  type ChunkKind,
  ChunkKind as ChunkKinds,
  chunkKindOf,
  domainSeparator,
  encodeDeposit,
  encodeTransaction,
  MessageKind,
  type StepContext,
  seconds,
  type Transaction,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Signer } from "../demo/signing.ts";
import type { Trader } from "../demo/transactions.ts";

/** The lister and the oracles of a stress run: keys that end with it. */
export const authorities = {
  lister: Signer.fromText("stress lister"),
  reporters: [Signer.fromText("stress oracle 1"), Signer.fromText("stress oracle 2")],
};

/** The domain of a deployment that does not exist: nothing signed in a stress run means anything elsewhere. */
export const separator = domainSeparator(31337, new Uint8Array(20));

const context: StepContext = { era: 0, eraStart: 0, term: 1, batchTime: 2 ** 32 - 1, domainSeparator: separator };

/** The engine alone, with real signatures but without services and chain; whoever made it looks at every chunk's end. */
export class StressVenue {
  readonly store: OrderedStore = createGenesis({
    lister: authorities.lister.address,
    oracles: authorities.reporters.map(({ address }) => address),
    oracleThreshold: authorities.reporters.length,
    maxReportAgeSeconds: 600,
    maxMarkAgeSeconds: 300,
  });
  readonly #afterChunk: (store: OrderedStore) => void;
  #chunk: ChunkExecution | undefined;
  #chunks = 0;
  #accounts = 0;

  /** @param afterChunk called with the whole state after each chunk */
  constructor(afterChunk: (store: OrderedStore) => void) {
    this.#afterChunk = afterChunk;
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** Opens an account with money. */
  deposit(name: string, amount: Cash): Trader {
    const signer = Signer.fromText(`stress ${name}`);
    this.#accounts++;
    const number = accountNumber(this.#accounts);
    const body = encodeDeposit({ account: number, owner: signer.address, amount });
    const message = { kind: MessageKind.deposit, sender: signer.address, time: seconds(1), body };
    this.#open(ChunkKinds.bridge).runMessage(message);
    return { number, signer };
  }

  /** Executes a transaction; one that is refused leaves no trace. */
  submit(transaction: Transaction): Outcome {
    const bytes = encodeTransaction(transaction);
    const kind = chunkKindOf(transaction.kind);
    const outcome = this.#open(kind).tryRun(bytes);
    if (outcome !== undefined) return outcome;
    this.close();
    // INVARIANT: an empty chunk has room for any transaction.
    return this.#open(kind).tryRun(bytes)!;
  }

  /** Ends the open chunk: the state is whole after this. */
  close(): void {
    if (this.#chunk === undefined) return;
    this.#chunk.finish();
    this.#chunk = undefined;
    this.#chunks++;
    this.#afterChunk(this.store);
  }

  /** What two runs are compared by: the state root, and the hash of everything that was executed. */
  fingerprint(): { readonly stateRoot: string; readonly runningHash: string } {
    const chunk = this.#open(ChunkKinds.trade);
    const runningHash = toHex(chunk.runningHash);
    this.close();
    return { stateRoot: toHex(this.store.root()), runningHash };
  }

  #open(kind: ChunkKind): ChunkExecution {
    if (this.#chunk?.kind !== kind) this.close();
    this.#chunk ??= new ChunkExecution(this.store, context, kind);
    return this.#chunk;
  }
}
