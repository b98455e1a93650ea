import { createGenesis, decodeParameters, readGlobal } from "@recourse/engine";
import {
  type BatchSummary,
  domainSeparator,
  fromHex,
  type Hash,
  RecourseError,
  rollupAbi,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Logger } from "pino";
import { createPublicClient, http, type PublicClient, type Transport } from "viem";
import type { Announce, VerifierSummary } from "./announcements.ts";
import type { VerifierConfiguration } from "./configuration.ts";
import { Derivation } from "./derivation/derivation.ts";
import type { BatchRevertedEvent } from "./derivation/events.ts";
import { createL1Reader, type L1Block, type L1Reader } from "./derivation/reader.ts";
import type { BatchNode, ChainStep } from "./derivation/standingChain.ts";
import { proofGas } from "./gas.ts";
import { type FraudEvidence, judgeBatch, type UnknownReason } from "./judge.ts";
import { checkProof, FraudProver } from "./prover.ts";
import { type StreamEntry, type StreamPlace, streamEntries } from "./stream.ts";

/** What the verifier makes of a batch, kept with its node. */
type Judgement =
  | {
      readonly verdict: "valid";
      /** The state after it; given up after some more batches. */
      readonly store: OrderedStore | undefined;
      readonly place: StreamPlace;
      /** Its transactions, where the stream is to be exported. */
      readonly stream: readonly StreamEntry[];
    }
  | {
      readonly verdict: "fraud";
      readonly evidence: FraudEvidence;
      /** When the batch was first seen, by this process's monotonic clock. */
      readonly seenAtMs: number;
      /** Whether the contract has been asked and agrees. */
      readonly isConfirmed: boolean;
    }
  | {
      readonly verdict: "unknown";
      readonly reason: UnknownReason;
      readonly detail: string;
      /** By this process's monotonic clock. */
      readonly retryAtMs: number;
    };

type Node = BatchNode<Judgement>;

/** How a look at L1 went: nothing new, more may be there at once, or something is not known. */
export type TickOutcome = "idle" | "busy" | "unknown";

export interface VerifierDependencies {
  readonly announce: Announce;
  readonly log: Logger;
  /** How the endpoints are reached, in their order; by HTTP where it is left out. */
  readonly transports?: readonly Transport[];
  /** The first state of a rollup that does not begin with its parameters alone; not changed. L1 must have its root. */
  readonly genesis?: OrderedStore;
  /** Told of every batch that is found right, with the state after it, which must not be changed. */
  readonly onVerified?: (summary: BatchSummary, store: OrderedStore) => void;
}

/** States kept for batches on which the chain may have to go on after a revert or a reorganization. */
const KEPT_STORES = 4;
/** How long an unknown verdict stands before it is tried again. */
const RETRY_AFTER_MS = 2_000;

/** The state that a batch builds on is no longer kept: everything has to be derived again. */
class StateNotKeptError extends Error {
  override readonly name = "StateNotKeptError";
}

const nowMs = (): number => performance.now();
const sentenceOf = (error: unknown): string =>
  error instanceof Error ? ((error as { shortMessage?: string }).shortMessage ?? error.message) : String(error);

/** How a revert contradicts what was found here; undefined where it does not. */
function differenceFrom(event: BatchRevertedEvent, judgement: Judgement | undefined): string | undefined {
  if (judgement?.verdict === "valid") return "The contract reverted it, though its roots were found right here.";
  if (judgement?.verdict !== "fraud" || judgement.evidence.chunkIndex !== event.chunkIndex) return undefined;
  const { correctRoot } = judgement.evidence;
  if (correctRoot === event.correctRoot) return undefined;
  return `The contract's root of chunk ${event.chunkIndex} is ${event.correctRoot}, the one found here ${correctRoot}.`;
}

/** Derives, judges, and proves where it may. One look at L1 at a time: see {@link Verifier.tick}. */
export class Verifier {
  readonly #configuration: VerifierConfiguration;
  readonly #announce: Announce;
  readonly #log: Logger;
  readonly #client: PublicClient;
  readonly #reader: L1Reader;
  readonly #derivation: Derivation<Judgement>;
  readonly #genesis: OrderedStore | undefined;
  readonly #onVerified: VerifierDependencies["onVerified"];
  #domainSeparator: Uint8Array | undefined;
  #prover: FraudProver | undefined;
  /** Verified batches whose states are kept, oldest first. */
  #stored: Node[] = [];
  /** Proofs of ours that have been seen on L1, their receipts still to be read. */
  #proved: { readonly node: Node; readonly event: BatchRevertedEvent; readonly calldata: Hash }[] = [];
  #isReady = false;
  #isBalanceDue = true;
  /** What was last said of the chain as a whole, so that it is said once. */
  #trouble: string | undefined;
  #chunksVerified = 0;
  #validCount = 0;
  #fraudCount = 0;

  constructor(configuration: VerifierConfiguration, dependencies: VerifierDependencies) {
    const { announce, log, transports, genesis, onVerified } = dependencies;
    this.#configuration = configuration;
    this.#genesis = genesis;
    this.#onVerified = onVerified;
    this.#announce = announce;
    this.#log = log;
    const clients = (
      transports ?? configuration.rpcUrls.map((url) => http(url, { retryCount: 1, timeout: 20_000 }))
    ).map((transport) => createPublicClient({ transport, cacheTime: 0 }));
    const [reader, ...others] = clients.map((client) => createL1Reader(client, configuration.rollup));
    if (clients[0] === undefined || reader === undefined) throw new RangeError("The verifier needs an endpoint.");
    this.#client = clients[0];
    this.#reader = reader;
    this.#derivation = new Derivation<Judgement>(reader, {
      others,
      fromBlock: configuration.fromBlock,
      logRangeBlocks: configuration.logRangeBlocks,
      onSilentEndpoint: (place, error) => log.warn({ endpoint: place, error: sentenceOf(error) }, "endpoint is silent"),
    });
  }

  /** Whether everything up to the newest block has been read and judged at least once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** What is not known at present, of the chain as a whole or of a batch; undefined where nothing is in doubt. */
  get doubt(): string | undefined {
    if (this.#trouble !== undefined) return this.#trouble;
    const node = this.#firstUnverified();
    return node?.judgement?.verdict === "unknown" ? `batch ${node.index}: ${node.judgement.detail}` : undefined;
  }

  /** The canonical stream up to the newest verified batch. Empty unless the configuration asks for an export. */
  stream(): StreamEntry[] {
    const batches: (readonly StreamEntry[])[] = [];
    for (let node = this.#newestVerified(); node !== undefined; node = node.parent) {
      if (node.judgement?.verdict === "valid") batches.push(node.judgement.stream);
    }
    return batches.reverse().flat();
  }

  summary(): VerifierSummary {
    const node = this.#newestVerified();
    const place = node?.judgement?.verdict === "valid" ? node.judgement.place : undefined;
    let unknown = 0;
    for (let above = this.#derivation.chain.tip; above !== undefined && above !== node; above = above.parent) {
      if (above.judgement?.verdict !== "fraud") unknown++;
    }
    return {
      root: node?.stateRoot ?? toHex(new Uint8Array(32)),
      batch: node?.index ?? 0,
      term: place?.term ?? 0,
      position: place?.position ?? 0,
      runningHash: toHex(place?.runningHash ?? new Uint8Array(32)),
      head: this.#derivation.chain.tip?.index ?? 0,
      chunksVerified: this.#chunksVerified,
      verdicts: { valid: this.#validCount, fraud: this.#fraudCount, unknown },
    };
  }

  /** Looks at L1 once, judges what is new, and does what is to be done. Never throws: what fails is unknown. */
  async tick(): Promise<TickOutcome> {
    const seenAtMs = nowMs();
    try {
      await this.#prepare();
      const advance = await this.#derivation.advance();
      switch (advance.kind) {
        case "incomplete":
          return this.#doubt("logs-incomplete", advance.detail);
        case "reorganized":
          this.#log.warn({ keptBlock: advance.keptBlock }, "L1 was reorganized");
          this.#announce({ event: "reorganized", keptBlock: advance.keptBlock ?? null });
          return "busy";
        case "extended":
          for (const step of advance.steps) this.#apply(step, seenAtMs);
          this.#judgeAgain(seenAtMs);
          if (!advance.isAtHead) return "busy";
          break;
        case "idle":
          this.#judgeAgain(seenAtMs);
      }
      return await this.#act(advance.latest);
    } catch (error) {
      if (error instanceof StateNotKeptError) {
        this.#log.warn("a state that is needed is no longer kept: everything is derived again");
        this.#restart();
        return "busy";
      }
      this.#log.error({ error: sentenceOf(error) }, "a look at L1 failed");
      return this.#doubt("endpoint-failed", sentenceOf(error));
    }
  }

  /** What is asked of the endpoint once. */
  async #prepare(): Promise<void> {
    if (this.#domainSeparator !== undefined) return;
    const { rollup, mode, key, priorityFeePerGas } = this.#configuration;
    const [chainId, stated] = await Promise.all([
      this.#client.getChainId(),
      this.#client.readContract({ address: rollup, abi: rollupAbi, functionName: "domainSeparator" }),
    ]);
    const separator = domainSeparator(chainId, fromHex(rollup));
    if (toHex(separator) !== stated)
      throw new Error("The rollup signs for another domain than this chain and address.");
    if (mode === "challenge" && key !== undefined) {
      this.#prover = new FraudProver(this.#client, rollup, chainId, key, priorityFeePerGas);
    }
    this.#domainSeparator = separator;
  }

  #apply(step: ChainStep<Judgement>, seenAtMs: number): void {
    switch (step.type) {
      case "genesis":
        this.#judgeGenesis(step.node, step.parameters);
        return;
      case "termOpened":
        this.#announce({ event: "term", term: step.term, sequencer: step.sequencer });
        return;
      case "posted":
        this.#judge(step.node, seenAtMs);
        return;
      case "reverted":
        this.#noteRevert(step.node, step.event);
    }
  }

  #judgeGenesis(node: Node, parameters: Uint8Array): void {
    let store = this.#genesis;
    try {
      store ??= createGenesis(decodeParameters(parameters));
    } catch (error) {
      if (!(error instanceof RecourseError)) throw error;
    }
    if (store === undefined || toHex(store.root()) !== node.stateRoot) {
      this.#doubtBatch(node, "parent-state", "The genesis root is not that of the first state.");
      return;
    }
    node.judgement = { verdict: "valid", store, place: readGlobal(store), stream: [] };
    this.#keepStore(node);
  }

  #judge(node: Node, seenAtMs: number): void {
    const parent = node.parent?.judgement;
    const { posted } = node;
    if (parent?.verdict !== "valid" || posted === undefined || node.parent === undefined) {
      const isVoid = parent?.verdict === "fraud";
      this.#doubtBatch(node, "parent-unverified", `It builds on a batch that is ${isVoid ? "wrong" : "not verified"}.`);
      return;
    }
    if (parent.store === undefined || this.#domainSeparator === undefined) throw new StateNotKeptError();
    const messages = this.#derivation.chain.messages(node.parent.inboxTo, node.inboxTo);
    const verdict = judgeBatch(parent.store, posted, messages, this.#domainSeparator);
    switch (verdict.verdict) {
      case "unknown":
        this.#doubtBatch(node, verdict.reason, verdict.detail);
        return;
      case "fraud": {
        const { chunkIndex, claimedRoot, correctRoot } = verdict;
        node.judgement = { verdict: "fraud", evidence: verdict, seenAtMs, isConfirmed: false };
        this.#fraudCount++;
        this.#chunksVerified += chunkIndex;
        this.#announce({
          event: "fraud",
          index: node.index,
          chunk: chunkIndex,
          claimedRoot,
          correctRoot,
          block: node.origin.blockNumber,
        });
        return;
      }
      case "valid": {
        const place = readGlobal(verdict.store);
        const stream =
          this.#configuration.exportStream === undefined
            ? []
            : streamEntries(parent.place, posted.header.term, verdict.executed);
        node.judgement = { verdict: "valid", store: verdict.store, place, stream };
        node.posted = undefined;
        this.#keepStore(node);
        this.#onVerified?.(posted.summary, verdict.store);
        this.#validCount++;
        this.#chunksVerified += verdict.chunks;
        this.#announce({
          event: "batch",
          index: node.index,
          verdict: "valid",
          chunks: verdict.chunks,
          root: node.stateRoot,
          term: place.term,
          position: place.position,
          runningHash: toHex(place.runningHash),
          block: node.origin.blockNumber,
        });
      }
    }
  }

  /** Tries the first unverified batch again where its verdict is unknown and old enough, and those on top of it. */
  #judgeAgain(seenAtMs: number): void {
    for (;;) {
      const node = this.#firstUnverified();
      if (node === undefined || node.parent === undefined) return;
      const { judgement } = node;
      if (judgement !== undefined && (judgement.verdict !== "unknown" || judgement.retryAtMs > nowMs())) return;
      this.#judge(node, seenAtMs);
      if (node.judgement?.verdict !== "valid") return;
    }
  }

  #noteRevert(node: Node, event: BatchRevertedEvent): void {
    const { index, chunkIndex, claimedRoot, correctRoot, era, prover, origin } = event;
    this.#announce({
      event: "reverted",
      index,
      chunk: chunkIndex,
      claimedRoot,
      correctRoot,
      era,
      prover,
      transaction: origin.transactionHash,
      block: origin.blockNumber,
    });
    const difference = differenceFrom(event, node.judgement);
    if (difference !== undefined) {
      this.#page({ batch: index, difference }, "the contract reverted a batch for another reason than was found here");
      this.#announce({ event: "unknown", index, reason: "contract-disagrees", detail: difference });
    }
    const calldata = this.#prover?.calldataOf(node.batchHash, origin.transactionHash);
    if (calldata !== undefined) this.#proved.push({ node, event, calldata });
  }

  /** Everything that needs the newest block: proofs, receipts, the balance. */
  async #act(latest: L1Block): Promise<TickOutcome> {
    const outcome = await this.#actOnFraud(latest);
    await this.#readReceipts();
    await this.#watchBalance(latest);
    this.#trouble = undefined;
    if (!this.#isReady) {
      this.#isReady = true;
      const head = this.#derivation.chain.tip?.index ?? 0;
      this.#announce({ event: "ready", mode: this.#configuration.mode, head, block: latest.number });
    }
    return outcome;
  }

  async #actOnFraud(latest: L1Block): Promise<TickOutcome> {
    const node = this.#firstUnverified();
    if (node === undefined) return "idle";
    const { judgement, posted } = node;
    if (judgement?.verdict !== "fraud" || posted === undefined) return "unknown";
    const fraud = { posted, evidence: judgement.evidence };
    if (this.#prover === undefined) {
      if (judgement.isConfirmed) return "idle";
      const check = await checkProof(this.#client, this.#configuration.rollup, undefined, fraud);
      if (!check.isAccepted) return this.#retract(node, check.error);
      node.judgement = { ...judgement, isConfirmed: true };
      this.#log.warn({ batch: node.index }, "the contract would accept a proof; watch mode sends none");
      return "idle";
    }
    const progress = await this.#prover.advance(fraud, latest);
    switch (progress.step) {
      case "waiting":
        return "idle";
      case "refused":
        return this.#retract(node, progress.error);
      case "failed":
        return this.#retract(node, `the transaction ${progress.transaction} failed`);
      case "sent": {
        const { transaction } = progress;
        const elapsedMs = Math.round(nowMs() - judgement.seenAtMs);
        this.#announce({ event: "proofSent", index: node.index, transaction, elapsedMs });
        return "idle";
      }
    }
  }

  /** The contract does not agree that a batch is wrong: either the batch is gone already, or one of the two errs. */
  async #retract(node: Node, error: string): Promise<TickOutcome> {
    const { head, batchHash } = await this.#reader.contractView(node.index);
    if (head < node.index || batchHash !== node.batchHash) return "idle";
    this.#page({ batch: node.index, error }, "the contract does not accept the proof of a batch found wrong here");
    this.#fraudCount--;
    this.#doubtBatch(node, "contract-disagrees", `It was found wrong, but the contract answers: ${error}.`);
    return "unknown";
  }

  async #readReceipts(): Promise<void> {
    for (let next = this.#proved[0]; next !== undefined; next = this.#proved[0]) {
      const { node, event, calldata } = next;
      const receipt = await this.#client.getTransactionReceipt({ hash: event.origin.transactionHash });
      this.#proved.shift();
      this.#isBalanceDue = true;
      this.#announce({
        event: "proved",
        index: node.index,
        chunk: event.chunkIndex,
        transaction: event.origin.transactionHash,
        block: event.origin.blockNumber,
        postedBlock: node.origin.blockNumber,
        ...proofGas(Number(receipt.gasUsed), calldata),
      });
    }
  }

  async #watchBalance(latest: L1Block): Promise<void> {
    if (this.#prover === undefined || !this.#isBalanceDue) return;
    const { balance, needed } = await this.#prover.funds(latest);
    this.#isBalanceDue = false;
    if (balance >= needed) return;
    const { address } = this.#prover;
    this.#log.warn({ address, balance: String(balance), needed: String(needed) }, "the balance is low");
    this.#announce({ event: "lowBalance", address, balance: String(balance), needed: String(needed) });
  }

  /** Says, once, that the chain as a whole is not known at present. */
  #doubt(reason: UnknownReason, detail: string): TickOutcome {
    const trouble = `${reason}: ${detail}`;
    if (trouble !== this.#trouble) {
      this.#trouble = trouble;
      this.#page({ reason, detail }, "the state of the chain is unknown");
      this.#announce({ event: "unknown", reason, detail });
    }
    return "unknown";
  }

  #doubtBatch(node: Node, reason: UnknownReason, detail: string): void {
    const before = node.judgement;
    const isNew = before?.verdict !== "unknown" || before.reason !== reason || before.detail !== detail;
    // What waits for its parent is tried as soon as the parent is verified.
    const retryAtMs = reason === "parent-unverified" ? 0 : nowMs() + RETRY_AFTER_MS;
    node.judgement = { verdict: "unknown", reason, detail, retryAtMs };
    if (!isNew) return;
    if (reason !== "parent-unverified") this.#page({ batch: node.index, reason, detail }, "a batch is unknown");
    this.#announce({ event: "unknown", index: node.index, reason, detail });
  }

  /** Logs what a person should look at now. */
  #page(fields: object, message: string): void {
    this.#log.error({ ...fields, page: true }, message);
  }

  #newestVerified(): Node | undefined {
    let node = this.#derivation.chain.tip;
    while (node !== undefined && node.judgement?.verdict !== "valid") node = node.parent;
    return node;
  }

  #firstUnverified(): Node | undefined {
    const verified = this.#newestVerified();
    let node = this.#derivation.chain.tip;
    if (node === verified) return undefined;
    while (node?.parent !== undefined && node.parent !== verified) node = node.parent;
    return node;
  }

  #keepStore(node: Node): void {
    this.#stored.push(node);
    if (this.#stored.length <= KEPT_STORES) return;
    const oldest = this.#stored.shift();
    if (oldest?.judgement?.verdict === "valid") oldest.judgement = { ...oldest.judgement, store: undefined };
  }

  #restart(): void {
    this.#derivation.restart();
    this.#stored = [];
    this.#chunksVerified = 0;
    this.#validCount = 0;
    this.#fraudCount = 0;
  }
}
