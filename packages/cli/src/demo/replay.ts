import { encodeTransaction, type ReasonName, type Transaction } from "@recourse/protocol";
import type { AcknowledgementBook } from "./acknowledgements.ts";
import type { Plan, PlannedGroup, PlannedTrade, RiskItem } from "./plan.ts";
import type { Trader, TransactionFactory } from "./transactions.ts";
import type { TransactionResult, Venue } from "./venue.ts";

/** What has happened to the orders of a tape so far. */
export interface ReplayCounts {
  rows: number;
  sent: number;
  accepted: number;
  rejected: number;
  /** Rejected orders by reason. */
  readonly reasons: Record<string, number>;
  fills: number;
  /** Rows whose whole size was filled at the printed price. */
  fillsAtPrintedPrice: number;
  /** News of the market that the rules refused, by kind and reason. */
  readonly refusedNews: Record<string, number>;
}

export interface ReplayOptions {
  readonly plan: Plan;
  readonly venue: Venue;
  readonly factory: TransactionFactory;
  readonly traders: readonly Trader[];
  readonly acknowledgements: AcknowledgementBook;
  /** Called after each group of rows. */
  readonly onGroup: (counts: ReplayCounts) => void | Promise<void>;
}

/** Transactions in one submission, at most. */
const submissionTransactions = 100;

/** What a report of the demo calls a reason that traders know by another word. */
const shortReasons: Partial<Record<ReasonName, string>> = {
  InstrumentExpired: "expired",
  InsufficientMargin: "margin",
};

/** A reason in the words of a report: `NotFilled` is `not-filled`. */
export function reasonWord(reason: string): string {
  return (
    shortReasons[reason as ReasonName] ?? reason.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
  );
}

/** Replays a plan through the sequencer: each group's news, then its trades, round by round. */
export class Replay {
  readonly counts: ReplayCounts = {
    rows: 0,
    sent: 0,
    accepted: 0,
    rejected: 0,
    reasons: {},
    fills: 0,
    fillsAtPrintedPrice: 0,
    refusedNews: {},
  };
  readonly #options: ReplayOptions;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { plan, onGroup } = this.#options;
    await this.#sendNews(plan.opening);
    for (const group of plan.groups) {
      await this.#sendNews(group.risk);
      await this.#trade(group);
      this.counts.rows += group.rows;
      await onGroup(this.counts);
    }
  }

  async #sendNews(items: readonly RiskItem[]): Promise<void> {
    const results = await this.#submit(items.map((item) => this.#options.factory.risk(item)));
    results.forEach((result, place) => {
      if (!result.isAccepted) count(this.counts.refusedNews, `${items[place]!.type}: ${reasonWord(result.reason)}`);
    });
  }

  async #trade({ rounds }: PlannedGroup): Promise<void> {
    const { factory } = this.#options;
    for (const round of rounds) {
      const orders = round.flatMap((trade) => [
        factory.makerOrder(trade, this.#trader(trade.maker.account)),
        factory.takerOrder(trade, this.#trader(trade.taker.account)),
      ]);
      const results = await this.#submit(orders);
      const leftovers = round.filter((trade, place) =>
        this.#countTrade(trade, results[2 * place]!, results[2 * place + 1]!),
      );
      // What a maker has left must be gone before the next row of the instrument.
      await this.#submit(leftovers.map((trade) => factory.cancel(trade, this.#trader(trade.maker.account))));
    }
  }

  #trader(account: number): Trader {
    return this.#options.traders[account]!;
  }

  /** Counts what became of a row. @returns whether something of the maker's order may be left */
  #countTrade(trade: PlannedTrade, maker: TransactionResult, taker: TransactionResult): boolean {
    for (const result of [maker, taker]) {
      this.counts.sent++;
      if (result.isAccepted) this.counts.accepted++;
      else {
        this.counts.rejected++;
        count(this.counts.reasons, reasonWord(result.reason));
      }
    }
    const fills = taker.isAccepted ? taker.fills : [];
    this.counts.fills += fills.length;
    const filledLots = fills.reduce((sum, { lots }) => sum + lots, 0);
    if (filledLots === trade.lots && fills.every(({ priceRank }) => priceRank === trade.priceRank)) {
      this.counts.fillsAtPrintedPrice++;
    }
    return maker.isAccepted && filledLots < trade.lots;
  }

  /** Sends transactions in a row, in as many submissions as that takes. */
  async #submit(transactions: readonly Transaction[]): Promise<TransactionResult[]> {
    const results: TransactionResult[] = [];
    for (let start = 0; start < transactions.length; start += submissionTransactions) {
      const part = transactions.slice(start, start + submissionTransactions);
      const result = await this.#options.venue.submit(part);
      this.#options.acknowledgements.record(part.map(encodeTransaction), result);
      results.push(...result.results);
    }
    return results;
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
