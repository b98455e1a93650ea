import type { StepAddresses } from "@recourse/contracts/deploy";
import { createGenesis, encodeParameters, readGlobal, readMarket } from "@recourse/engine";
import { ChunkKind, decodeDeposit, MAX_CHUNK_MESSAGES, MAX_CHUNKS, toHex } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { PostedBatch } from "@recourse/verifier";
import { Signer } from "../demo/signing.ts";
import { SeededRandom } from "../random.ts";
import { marketsInUse } from "./books.ts";
import { Draft } from "./draft.ts";
import type { Layer1 } from "./layer1.ts";
import { Market } from "./market.ts";
import { bridgeChunk, Rollup } from "./rollup.ts";
import { Desk } from "./transactions.ts";

const ORACLES = 2;
/** By how much the time of the next batch is ahead of the engine's clock, at least. */
const LEAST_AHEAD_SECONDS = 60;
/** The age of the oldest report that a mark in use is from, at which all are marked anew. */
const REFRESH_AFTER_SECONDS = 1_500;
const SECONDS_AFTER_EXPIRY = 120;

export const lister = Signer.fromText("drill: lister");
export const oracles = Array.from({ length: ORACLES }, (_, place) => Signer.fromText(`drill: oracle ${place}`));
export const genesisParameters = {
  lister: lister.address,
  oracles: oracles.map(({ address }) => address),
  oracleThreshold: ORACLES,
  maxReportAgeSeconds: 3_600,
  maxMarkAgeSeconds: 3_600,
};

/** A rollup in use: hundreds of accounts with positions and orders, all made by transactions in posted batches. */
export class World {
  readonly layer1: Layer1;
  readonly rollup: Rollup;
  readonly market: Market;
  readonly random: SeededRandom;
  /** The right state after the newest standing batch, and after the one before it. */
  state: OrderedStore;
  previous: OrderedStore;

  private constructor(layer1: Layer1, rollup: Rollup, market: Market, random: SeededRandom) {
    this.layer1 = layer1;
    this.rollup = rollup;
    this.market = market;
    this.random = random;
    this.state = createGenesis(genesisParameters);
    this.previous = this.state;
  }

  /** Deploys a rollup and lets it come to life. */
  static async create(seed: number, layer1: Layer1, steps?: StepAddresses): Promise<World> {
    const genesis = {
      root: toHex(createGenesis(genesisParameters).root()),
      parameters: toHex(encodeParameters(genesisParameters)),
    };
    const rollup = new Rollup(layer1, await layer1.deploy(genesis, steps));
    await rollup.open();
    const random = new SeededRandom(seed);
    const market = new Market(new Desk(rollup.domainSeparator, lister, oracles), random);
    const world = new World(layer1, rollup, market, random);
    await world.#begin();
    return world;
  }

  /** Messages that wait in the inbox. */
  get waiting() {
    return this.rollup.messages.slice(readGlobal(this.state).inboxCursor);
  }

  /** Makes sure that the clock may be moved, and that what is traded has marks that may be traded by. */
  async prepare(): Promise<void> {
    const { layer1, market } = this;
    const pause = this.draft().clock + LEAST_AHEAD_SECONDS - layer1.time;
    if (pause > 0) await layer1.mine(pause);
    const oldest = Math.min(
      ...marketsInUse(this.state, layer1.time).map(({ instrument }) => readMarket(this.state, instrument)!.reportTime),
    );
    if (layer1.time - oldest < REFRESH_AFTER_SECONDS) return;
    const draft = this.draft();
    draft.addAll(ChunkKind.risk, market.refreshment(draft.state, draft.time - LEAST_AHEAD_SECONDS / 2));
    await this.post(draft);
  }

  draft(): Draft {
    const draft = new Draft(this.state, this.rollup.context(this.layer1.time));
    this.market.desk.clock = draft.clock;
    return draft;
  }

  /** Posts an honest batch, and goes on from it. */
  async post(draft: Draft): Promise<PostedBatch> {
    const { batch, state } = draft.claim();
    const posted = await this.rollup.post(batch);
    this.adopt(state);
    return posted;
  }

  adopt(state: OrderedStore): void {
    this.previous = this.state;
    this.state = state;
  }

  async #begin(): Promise<void> {
    const { layer1, rollup, market } = this;
    await rollup.endowOwners();
    for (const { body } of await rollup.deposit(market.openingPayments())) {
      const deposit = decodeDeposit(body)!;
      market.join(deposit.account, deposit.owner, deposit.amount);
    }
    const arrivals = this.draft();
    for (let from = 0; from < rollup.messages.length; from += MAX_CHUNK_MESSAGES) {
      arrivals.add(bridgeChunk(rollup.messages.slice(from, from + MAX_CHUNK_MESSAGES)));
    }
    arrivals.addAll(ChunkKind.risk, market.opening(arrivals.time));
    await this.post(arrivals);
    const trades = market.openingTrades(this.state);
    while (trades.length > 0) {
      const draft = this.draft();
      draft.addTransactions(ChunkKind.risk, [market.desk.tick(draft.time)]);
      market.desk.clock = draft.clock;
      while (trades.length > 0 && draft.chunks.length < MAX_CHUNKS) draft.addFitting(ChunkKind.trade, trades);
      await this.post(draft);
    }
    await this.prepare();
    await this.#raisePremiums();
    // The options of the first day expire, and an hour has passed for which there is funding.
    await layer1.mine(market.firstExpiry + SECONDS_AFTER_EXPIRY - layer1.time);
    await this.prepare();
  }

  /** Has the perpetuals trade above their indexes as far as their books say. */
  async #raisePremiums(): Promise<void> {
    const { market } = this;
    const draft = this.draft();
    draft.addTransactions(ChunkKind.trade, market.eagerBids(draft.state));
    draft.addAll(ChunkKind.risk, market.refreshment(draft.state, draft.time));
    await this.post(draft);
  }
}
