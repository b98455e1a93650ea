import type { Hash } from "@recourse/protocol";
import type { L1Block, L1Reader } from "./reader.ts";
import {
  type BatchNode,
  type ChainCheckpoint,
  type ChainStep,
  IncompleteLogsError,
  StandingChain,
} from "./standingChain.ts";

export interface DerivationOptions {
  /** Other endpoints, asked whether they see the same chain. */
  readonly others?: readonly L1Reader[];
  /** No event of the rollup is older than this block. */
  readonly fromBlock?: number;
  /** Blocks in one request for logs, at most. */
  readonly logRangeBlocks?: number;
  /** Told of an endpoint that does not answer; the others go on without it. */
  readonly onSilentEndpoint?: (place: number, error: unknown) => void;
}

/** What one look at L1 brought. */
export type Advance<Judgement> =
  | { readonly kind: "idle"; readonly latest: L1Block }
  | {
      readonly kind: "extended";
      readonly steps: readonly ChainStep<Judgement>[];
      readonly latest: L1Block;
      /** Whether everything up to the latest block has been read. */
      readonly isAtHead: boolean;
    }
  | { readonly kind: "reorganized"; readonly keptBlock: number | undefined }
  | { readonly kind: "incomplete"; readonly detail: string };

/** Blocks to which a reorganization can be undone without reading everything again. */
const KEPT_CHECKPOINTS = 256;
/** Failures in a row after which everything is read again, as something read earlier may have been wrong. */
const FAILURES_BEFORE_RESTART = 10;

/**
 * Follows a rollup on L1 through its logs. Each advance is all or nothing: what does not fit is not taken, and is read
 * again. Blocks are told apart by hash, so a reorganization is noticed and undone.
 */
export class Derivation<Judgement> {
  readonly chain = new StandingChain<Judgement>();
  readonly #reader: L1Reader;
  readonly #options: Required<DerivationOptions>;
  #checkpoints: {
    readonly number: number;
    readonly hash: Hash;
    readonly chain: ChainCheckpoint<Judgement>;
  }[] = [];
  #failures = 0;

  constructor(reader: L1Reader, options: DerivationOptions = {}) {
    this.#reader = reader;
    this.#options = {
      others: [],
      fromBlock: 0,
      logRangeBlocks: 2_000,
      onSilentEndpoint: () => {},
      ...options,
    };
  }

  /** Forgets everything; the next advance begins with the genesis. */
  restart(): void {
    this.#checkpoints = [];
    this.#failures = 0;
    this.chain.restore(undefined);
  }

  /**
   * Reads what is new, one range of blocks at a time.
   * @throws whatever the endpoint failed with; nothing is taken then
   */
  async advance(): Promise<Advance<Judgement>> {
    const latest = await this.#reader.latestBlock();
    const synced = this.#checkpoints.at(-1);
    if (synced !== undefined) {
      const isChild = latest.number === synced.number + 1 && latest.parentHash === synced.hash;
      // The endpoint may stand for several nodes, one of which is behind the others.
      if (this.#checkpoints.some(({ hash }) => hash === latest.hash)) return { kind: "idle", latest };
      if (!isChild && (await this.#reader.blockHash(synced.number)) !== synced.hash) return this.#rollBack();
      if (latest.number <= synced.number) return { kind: "idle", latest };
    }
    const from = synced === undefined ? this.#options.fromBlock : synced.number + 1;
    const to = Math.min(from + this.#options.logRangeBlocks - 1, latest.number);
    if (to < from) return { kind: "incomplete", detail: `L1 has not reached block ${from} yet.` };
    const isAtHead = to === latest.number;
    const hash = isAtHead ? latest.hash : await this.#reader.blockHash(to);
    const steps = hash === undefined ? `Block ${to} is gone.` : await this.#extend(from, to, hash, isAtHead);
    if (hash === undefined || typeof steps === "string") {
      if (++this.#failures % FAILURES_BEFORE_RESTART === 0) this.restart();
      return { kind: "incomplete", detail: String(steps) };
    }
    this.#failures = 0;
    this.#checkpoints.push({ number: to, hash, chain: this.chain.checkpoint() });
    if (this.#checkpoints.length > KEPT_CHECKPOINTS) this.#checkpoints.shift();
    return { kind: "extended", steps, latest, isAtHead };
  }

  /** Applies the events of a range; where they do not fit, it answers why and leaves the chain unchanged. */
  async #extend(from: number, to: number, hash: Hash, isAtHead: boolean): Promise<ChainStep<Judgement>[] | string> {
    const before = this.chain.checkpoint();
    try {
      const steps = await this.#apply(from, to, hash, isAtHead);
      if (typeof steps === "string") this.chain.restore(before);
      return steps;
    } catch (error) {
      this.chain.restore(before);
      if (error instanceof IncompleteLogsError) return error.message;
      throw error;
    }
  }

  async #apply(from: number, to: number, hash: Hash, isAtHead: boolean): Promise<ChainStep<Judgement>[] | string> {
    const events = await this.#reader.events(from, to);
    if ((await this.#reader.blockHash(to)) !== hash) return "L1 was reorganized while it was read.";
    const steps = events.map((event) => this.chain.apply(event)).filter((step) => step !== undefined);
    if (!isAtHead) return steps;
    const { tip } = this.chain;
    if (tip === undefined) return "The rollup's genesis is not on this chain.";
    return (await this.#compareWithContract(tip, to, hash)) ?? steps;
  }

  /**
   * Compares the newest standing batch with what the contract holds at the same block, at every endpoint. Batches are
   * linked by hash, so one comparison covers all of them.
   * @returns the difference, undefined where there is none
   */
  async #compareWithContract(tip: BatchNode<Judgement>, block: number, hash: Hash): Promise<string | undefined> {
    const compare = async (reader: L1Reader): Promise<string | undefined> => {
      const { head, batchHash } = await reader.contractView(tip.index, block);
      if (head !== tip.index) return `The contract's newest batch is ${head}, its logs end with ${tip.index}.`;
      if (batchHash !== tip.batchHash) {
        return `The contract holds another hash for batch ${tip.index} than its logs.`;
      }
      return undefined;
    };
    const compareOther = async (reader: L1Reader, place: number): Promise<string | undefined> => {
      try {
        const otherHash = await reader.blockHash(block);
        // One that is behind says nothing yet.
        if (otherHash === undefined) return undefined;
        if (otherHash !== hash) return `Endpoint ${place + 2} has another block ${block} than the first.`;
        const difference = await compare(reader);
        return difference && `Endpoint ${place + 2}: ${difference}`;
      } catch (error) {
        this.#options.onSilentEndpoint(place + 2, error);
        return undefined;
      }
    };
    const answers = await Promise.all([compare(this.#reader), ...this.#options.others.map(compareOther)]);
    return answers.find((answer) => answer !== undefined);
  }

  /** Returns to the newest block read that is still canonical. */
  async #rollBack(): Promise<Advance<Judgement>> {
    let kept = this.#checkpoints.at(-1);
    while (kept !== undefined && (await this.#reader.blockHash(kept.number)) !== kept.hash) {
      this.#checkpoints.pop();
      kept = this.#checkpoints.at(-1);
    }
    this.chain.restore(kept?.chain);
    return { kind: "reorganized", keptBlock: kept?.number };
  }
}
