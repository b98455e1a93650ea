import { setTimeout as delay } from "node:timers/promises";
import { createGenesis, decodeParameters, readMarket } from "@recourse/engine";
import {
  type BatchSummary,
  encodeTransaction,
  fromHex,
  instrumentNumber,
  preconfirmationDigest,
  Reason,
  type ReasonCode,
  RecourseError,
  seconds,
  signDigest,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { isAddressEqual } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type { ApiContext } from "./api/context.ts";
import { createServer } from "./api/server.ts";
import { submit } from "./api/submit.ts";
import { Finality } from "./chain/finality.ts";
import { InboxReader } from "./chain/inboxReader.ts";
import type { Layer1 } from "./chain/layer1.ts";
import { reconcile, takeOffice } from "./chain/office.ts";
import { shortMessage } from "./chain/shortMessage.ts";
import { TransactionSender } from "./chain/transactionSender.ts";
import { type HeldOrder, HeldOrders } from "./conditional/heldOrders.ts";
import type { SequencerConfig } from "./config.ts";
import type { Database } from "./database/database.ts";
import { Drill } from "./drill/drill.ts";
import { Checkpoints } from "./execution/checkpoints.ts";
import { Executor } from "./execution/executor.ts";
import { FinalState } from "./execution/finalState.ts";
import type { InstrumentDirectory } from "./execution/instrumentDirectory.ts";
import type { LiveState, SealedBatch } from "./execution/liveState.ts";
import { rebuildState, rebuildStateAt } from "./execution/rebuild.ts";
import { SubmissionQueue } from "./execution/submissionQueue.ts";
import { HistoryReader } from "./history/historyReader.ts";
import { HistoryWriter } from "./history/historyWriter.ts";
import { BatchTable } from "./journal/batches.ts";
import { Journal } from "./journal/journal.ts";
import { effectiveTerms, TermTable } from "./journal/terms.ts";
import { ChunkChecker } from "./posting/chunkChecker.ts";
import { type Claim, honestClaim, Poster } from "./posting/poster.ts";
import { RecoveryPool } from "./signatures/recoveryPool.ts";

/** Under load, a batch's checks wait for a lull while so many could have been sealed. */
const PATIENCE_BATCHES = 2;

/** How long the last answers may take when the process must end. */
const LAST_ANSWERS_MS = 1_000;

export interface SequencerParts {
  readonly config: SequencerConfig;
  readonly layer1: Layer1;
  readonly database: Database;
  /** The same database, over a connection of its own where it has several: reads of the past wait for no commit. */
  readonly historyDatabase: Database;
  readonly logger: Logger;
  /** Ends the process: what happened must not be papered over. */
  fail(error: unknown): void;
}

/**
 * The sequencer's parts, wired: requests → queue → executor → journal → acknowledgement, and beside that chunks →
 * check → batches → L1. Everything that decides is in the parts; this holds what of them there is at the moment.
 */
export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #account: PrivateKeyAccount;
  readonly #key: Uint8Array;
  readonly #domainSeparator: Uint8Array;
  readonly #journal: Journal;
  readonly #batches: BatchTable;
  readonly #terms: TermTable;
  readonly #history: HistoryWriter;
  readonly #genesis: BatchSummary;
  readonly #checkpoints: Checkpoints;
  readonly #drill: Drill | undefined;
  readonly #queue: SubmissionQueue;
  readonly #executor: Executor;
  readonly #checker: ChunkChecker;
  readonly #sender: TransactionSender;
  readonly #recovery: RecoveryPool;
  readonly #stopping = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  /** Undefined while it is being rebuilt. */
  #state: LiveState | undefined;
  #instruments!: InstrumentDirectory;
  #finality!: Finality;
  #heldOrders!: HeldOrders;
  #poster: Poster | undefined;
  #sealed: SealedBatch[] = [];
  #watching: Promise<void> = Promise.resolve();
  #server: FastifyInstance | undefined;
  #url = "";

  private constructor(
    parts: SequencerParts,
    journal: Journal,
    history: HistoryWriter,
    genesis: Genesis,
    isDrillDone: boolean,
  ) {
    const { config, layer1, database, logger } = parts;
    this.#parts = parts;
    this.#account = privateKeyToAccount(config.key);
    this.#key = fromHex(config.key);
    this.#domainSeparator = fromHex(layer1.deployment.domainSeparator);
    this.#journal = journal;
    this.#batches = new BatchTable(database);
    this.#terms = new TermTable(database);
    this.#history = history;
    journal.onAppended((end) => history.release(end));
    this.#genesis = genesis.summary;
    this.#checkpoints = new Checkpoints(config.checkpoints, genesis.createState);
    this.#drill = config.dishonest && new Drill(config.dishonest, logger, isDrillDone);
    this.#queue = new SubmissionQueue(config.maxQueuedTransactions);
    this.#recovery = new RecoveryPool(config.recoveryThreads);
    this.#checker = new ChunkChecker({
      layer1,
      logger,
      maxWaiting: config.maxUncheckedChunks,
      quietMs: () => this.#queue.quietMs,
      patienceMs: PATIENCE_BATCHES * config.batchIntervalMs,
      fail: (error) => parts.fail(error),
    });
    this.#sender = new TransactionSender({
      layer1,
      account: this.#account,
      logger,
      pollIntervalMs: config.pollIntervalMs,
      resendAfterMs: config.resendAfterMs,
    });
    this.#executor = new Executor({
      queue: this.#queue,
      journal,
      state: () => this.#requireState(),
      takeSealed: () => this.#sealed.splice(0),
      sign: (term, position, runningHash) => this.#sign(term, position, runningHash),
      roomForChunks: async () => {
        await this.#history.room();
        await this.#checker.roomForChunks();
        await this.#poster!.roomForBatches();
      },
      post: (batches) => {
        for (const batch of batches) this.#poster!.add(batch, false);
      },
      fail: (error) => void this.#failAfterAnswers(error),
    });
  }

  /** Brings the sequencer up to its journal and to L1, and starts it. */
  static async start(parts: SequencerParts): Promise<Sequencer> {
    const genesis = await readGenesis(parts.layer1);
    const { chainId, rollup } = parts.layer1.deployment;
    // The genesis' time tells apart local chains, on which the same deployment gets the same address again.
    const name = `chain ${chainId}, rollup ${rollup.toLowerCase()}, genesis ${genesis.summary.postedAt}`;
    const journal = await Journal.open(parts.database, name);
    const isDrillDone = await new BatchTable(parts.database).hasDishonest();
    const history = await HistoryWriter.open(parts.historyDatabase, parts.logger);
    const sequencer = new Sequencer(parts, journal, history, genesis, isDrillDone);
    try {
      await sequencer.#open();
    } catch (error) {
      await sequencer.close();
      throw error;
    }
    return sequencer;
  }

  async #open(): Promise<void> {
    const { config, layer1, database, logger } = this.#parts;
    this.#heldOrders = await HeldOrders.open({
      database,
      logger,
      market: (instrument) => this.#state && readMarket(this.#state.store, instrumentNumber(instrument)),
      send: (order) => this.#sendHeld(order),
    });
    await this.#establish();
    this.#executor.start();
    await this.#startClocks();
    const { inboxCursor } = this.#journal.end;
    const lastBlock = await this.#journal.lastInboxBlock();
    const inbox = await InboxReader.open(layer1, config.inboxConfirmations, inboxCursor, lastBlock);
    this.#watching = this.#watch(inbox);
    const server = await createServer(this.#apiContext());
    this.#server = server;
    try {
      this.#url = await server.listen({ host: config.host, port: config.port });
    } catch (cause) {
      throw new RecourseError(
        "CannotListen",
        `The sequencer cannot listen on ${config.host}, port ${config.port}: ${shortMessage(cause)}.`,
        [{ field: "port", expected: "a free port, or 0 for any" }],
        { cause },
      );
    }
  }

  /** The address under which the API answers. */
  get url(): string {
    return this.#url;
  }

  /** Takes no more requests, finishes those it has, and ends. What is not posted yet is posted after the next start. */
  async close(): Promise<void> {
    await this.#server?.close();
    for (const timer of this.#timers) clearInterval(timer);
    this.#stopping.abort();
    this.#sender.stop();
    await this.#watching;
    // Neither is waited for by what is still to be executed: checks and posts go on after the next start.
    this.#checker.stop();
    await this.#poster?.stop();
    await this.#heldOrders?.stop();
    await this.#executor.stop();
    await this.#recovery.close();
    await this.#history.stop();
    await this.#parts.database.close();
    if (this.#parts.historyDatabase !== this.#parts.database) await this.#parts.historyDatabase.close();
  }

  /** The journal takes no more: lets the refusals out to those who wait, and ends the process. */
  async #failAfterAnswers(error: unknown): Promise<void> {
    await Promise.race([this.#server?.close(), delay(LAST_ANSWERS_MS)]).catch(() => {});
    this.#parts.fail(error);
  }

  /** Takes office, and executes the journal up to its end under what L1 says. */
  async #establish(): Promise<void> {
    const { config, layer1, logger } = this.#parts;
    const office = await takeOffice(layer1, this.#sender, this.#account, logger);
    await reconcile(layer1, office, this.#batches, this.#terms);
    const standing = await this.#batches.listStanding();
    const summaries = standing.flatMap(({ summary }) => summary ?? []);
    const recorded = new Set(standing.map(({ index }) => index));
    this.#finality = new Finality(layer1.deployment.challengeWindowSeconds, this.#genesis, summaries);
    this.#checkpoints.dropAfter(office.head);
    this.#poster = this.#createPoster(this.#finality.head);
    const newest = standing.at(-1)?.index ?? 0;
    const terms = await this.#terms.list();
    await this.#history.beginTerm(terms, this.#journal.end);
    const state = await rebuildState({
      journal: this.#journal,
      checkpoints: this.#checkpoints,
      terms: effectiveTerms(terms),
      batches: standing,
      domainSeparator: this.#domainSeparator,
      maxChunks: config.batchMaxChunks,
      onExecuted: (execution) => {
        this.#history.add(execution);
        this.#heldOrders.follow(execution);
      },
      room: () => this.#history.room(),
      onChunkClosed: (chunk, proof, batchIndex) => {
        if (batchIndex > office.head) this.#checker.add(chunk, proof);
      },
      onBatchSealed: (batch, store, instruments) => {
        if (batch.index > newest - config.checkpoints) {
          const at = { at: batch.to, batchIndex: batch.index };
          this.#checkpoints.add({ ...at, store: store.clone(), instruments: instruments.copy() });
        }
        if (batch.index > office.head) this.#sealed.push(batch);
      },
    });
    for (const batch of this.#sealed.splice(0)) this.#poster.add(batch, recorded.has(batch.index));
    this.#instruments = state.instruments;
    this.#state = state;
    this.#heldOrders.lookAtAll(office.era);
    logger.info({ term: office.term, era: office.era, at: state.at, root: state.root.root }, "the state is rebuilt");
  }

  /** A batch was proved wrong: goes on from the last standing one, in a new term, with everything acknowledged. */
  async #recover(): Promise<void> {
    this.#parts.logger.warn("the term has ended: rebuilding from the last standing batch");
    // Nothing of the term can be posted any more; and an executor that waits for room among its batches must go on.
    void this.#poster?.stop();
    await this.#queue.runExclusively(async () => {
      this.#state = undefined;
      await this.#poster?.stop();
      this.#sealed = [];
      await this.#establish();
    });
  }

  #createPoster(parent: BatchSummary): Poster {
    const { config, layer1, logger, fail } = this.#parts;
    return new Poster(
      {
        layer1,
        sender: this.#sender,
        batches: this.#batches,
        checker: this.#checker,
        logger,
        pollIntervalMs: config.pollIntervalMs,
        maxBacklog: config.maxUnpostedBatches,
        claim: (batch) => this.#claim(batch),
        onPosted: (_, summary) => this.#finality.add(summary),
        fail: (error) => fail(error),
      },
      parent,
    );
  }

  async #claim(batch: SealedBatch): Promise<Claim> {
    const lie = await this.#drill?.claim(batch, () => this.#stateAt(batch.index - 1));
    return lie ?? honestClaim(batch);
  }

  /** The honest state after a batch, not to be changed. */
  async #stateAt(batchIndex: number): Promise<OrderedStore> {
    return rebuildStateAt(
      {
        journal: this.#journal,
        checkpoints: this.#checkpoints,
        terms: effectiveTerms(await this.#terms.list()),
        batches: await this.#batches.listStanding(),
        domainSeparator: this.#domainSeparator,
      },
      batchIndex,
    );
  }

  #sign(term: number, position: number, runningHash: Uint8Array): Uint8Array {
    return signDigest(preconfirmationDigest(this.#domainSeparator, { term, position, runningHash }), this.#key);
  }

  /** Has a conditional order executed whose mark is there. */
  async #sendHeld({ bytes, transaction }: HeldOrder): Promise<ReasonCode> {
    const context = { queue: this.#queue, recovery: this.#recovery, domainSeparator: this.#domainSeparator };
    const [result] = (await submit(context, [{ bytes, transaction }])).results;
    return result!.isAccepted ? Reason.Ok : result!.reason;
  }

  /** Starts what runs on wall time: ticks, unless somebody else sends them, and the sealing of batches. */
  async #startClocks(): Promise<void> {
    const { clock, tickIntervalMs, batchIntervalMs } = this.#parts.config;
    if (clock === "wall") {
      await this.#tick();
      this.#timers.push(setInterval(() => void this.#tick(), tickIntervalMs));
    }
    this.#timers.push(
      setInterval(() => {
        // While earlier batches wait for L1, the open one had better fill up.
        if (this.#state?.hasOpenBatch && this.#poster?.backlog === 0) this.#queue.seal();
      }, batchIntervalMs),
    );
  }

  async #tick(): Promise<void> {
    const time = seconds(Math.floor(Date.now() / 1000));
    if (this.#state === undefined || time <= this.#state.time) return;
    try {
      this.#queue.reserve(1);
      await this.#queue.submit([{ bytes: encodeTransaction({ kind: TransactionKind.tick, time }), claims: [] }]);
    } catch (error) {
      this.#parts.logger.warn({ error: shortMessage(error) }, "a tick was left out");
    }
  }

  /** Follows L1: messages for the engine, the end of the term, finality. */
  async #watch(inbox: InboxReader): Promise<void> {
    const { layer1, config, logger, fail } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      try {
        const block = await layer1.client.getBlock();
        const office = await layer1.readOffice();
        const isOurs = isAddressEqual(office.sequencer, this.#account.address);
        if (!isOurs || office.term !== this.#state?.term.term) await this.#recover();
        const queued = await inbox.read(block.number);
        if (queued) this.#queue.consume(queued.messages, queued.l1Block);
        if (this.#finality.advance(block.timestamp)) {
          await this.#batches.markFinal(this.#finality.finalIndex, Number(block.number));
        }
      } catch (error) {
        if (error instanceof RecourseError) return fail(error);
        logger.warn({ error: shortMessage(error) }, "L1 does not answer: trying again");
      }
      await delay(config.pollIntervalMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  #requireState(): LiveState {
    if (this.#stopping.signal.aborted && this.#state === undefined) {
      throw new RecourseError("Stopping", "The sequencer is stopping.");
    }
    if (this.#state === undefined) {
      throw new RecourseError("Rebuilding", "The sequencer is rebuilding its state after a revert: try again shortly.");
    }
    return this.#state;
  }

  #apiContext(): ApiContext {
    const { config, layer1, logger } = this.#parts;
    return {
      deployment: layer1.deployment,
      sequencer: this.#account.address,
      clock: config.clock,
      operatorToken: config.operatorToken,
      domainSeparator: this.#domainSeparator,
      queue: this.#queue,
      heldOrders: this.#heldOrders,
      recovery: this.#recovery,
      journal: this.#journal,
      batches: this.#batches,
      terms: this.#terms,
      history: {
        reader: new HistoryReader(this.#parts.historyDatabase),
        writer: this.#history,
      },
      finalState: new FinalState({
        newestFinal: async () => this.#batches.read(this.#finality.finalIndex),
        stateAt: (batchIndex) => this.#stateAt(batchIndex),
      }),
      state: () => this.#requireState(),
      isRebuilding: () => this.#state === undefined,
      instruments: () => this.#state?.instruments ?? this.#instruments,
      batchProgress: () => ({
        sealed: this.#requireState().nextBatchIndex - 1,
        posted: Number(this.#finality.head.index),
        final: this.#finality.finalIndex,
        waiting: this.#poster?.backlog ?? 0,
        postingError: this.#poster?.lastError,
      }),
      logger,
    };
  }
}

interface Genesis {
  readonly summary: BatchSummary;
  createState(): OrderedStore;
}

/** @throws RecourseError `GenesisDiffers` where this version makes another state of the genesis' parameters */
async function readGenesis(layer1: Layer1): Promise<Genesis> {
  const { summary, parameters } = await layer1.readGenesis();
  const createState = () => createGenesis(decodeParameters(fromHex(parameters)));
  const root = toHex(createState().root());
  if (root !== summary.stateRoot) {
    throw new RecourseError("GenesisDiffers", `The genesis has the root ${root} here, and ${summary.stateRoot} on L1.`);
  }
  return { summary, createState };
}
