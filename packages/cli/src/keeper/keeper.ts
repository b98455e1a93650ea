import { setTimeout as delay } from "node:timers/promises";
import { RecourseError } from "@recourse/protocol";
import { Expiries } from "./expiries.ts";
import { Liquidations } from "./liquidations.ts";
import { hasExpired, markAll } from "./marks.ts";
import { addTotals, type KeeperTotals, type KeeperVenue, noTotals, readSnapshot } from "./venue.ts";

export interface KeeperOptions {
  readonly venue: KeeperVenue;
  /** From the end of a round to the beginning of the next. */
  readonly intervalMs: number;
  /** Told what was done, a line each. */
  say(line: string): void;
}

/**
 * Keeps a venue healthy with what anybody may send: marks, liquidations, settlements, prunings. It holds no key and
 * decides nothing, since the rules of the state do; several at once only do each other's work.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #liquidations: Liquidations;
  readonly #expiries: Expiries;
  #totals = noTotals;
  #rounds = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#liquidations = new Liquidations(options.venue, options.say);
    this.#expiries = new Expiries(options.venue, options.say);
  }

  /** What it has done so far, rounds that broke off included. */
  get report(): KeeperTotals & { readonly rounds: number } {
    return { rounds: this.#rounds, ...this.#totals };
  }

  /**
   * Looks once at everything, and does what is to be done: what makes others wrong when it is late comes first.
   * @throws RecourseError where the sequencer does not answer, or takes nothing at the moment
   */
  async round(): Promise<void> {
    const { venue, say } = this.#options;
    const snapshot = await readSnapshot(venue);
    const { totals, marked } = await markAll(venue, snapshot, say);
    this.#add(totals);
    this.#add(await this.#liquidations.run(snapshot, marked));
    if (snapshot.instruments.some((instrument) => hasExpired(instrument, snapshot.engineTime))) {
      this.#add(await this.#expiries.settle(await readSnapshot(venue)));
      this.#add(await this.#expiries.prune(await readSnapshot(venue)));
    }
    this.#rounds++;
  }

  /** Goes round after round until it is told to stop. That the sequencer does not answer is no reason to. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs, say } = this.#options;
    let trouble: string | undefined;
    while (!signal.aborted) {
      const before = trouble;
      trouble = await this.round().then(() => undefined, describeTrouble);
      if (trouble !== undefined && trouble !== before) say(`${trouble} Trying again every ${intervalMs} ms.`);
      else if (trouble === undefined && before !== undefined) say("The sequencer answers again.");
      await delay(intervalMs, undefined, { signal }).catch(() => {});
    }
  }

  #add(totals: Partial<KeeperTotals>): void {
    this.#totals = addTotals(this.#totals, totals);
  }
}

/** @throws what is no answer of a sequencer's, nor the lack of one */
function describeTrouble(error: unknown): string {
  if (error instanceof RecourseError) return `${error.message} (${error.code})`;
  throw error;
}
