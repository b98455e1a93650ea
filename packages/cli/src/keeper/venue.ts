import type { Hex, InstrumentResponse, SequencerClient } from "@recourse/sdk";

/** What a keeper asks of a sequencer: no more than anybody may. */
export type KeeperVenue = Pick<
  SequencerClient,
  "status" | "instruments" | "accountsAtRisk" | "openPositions" | "providers" | "submitTransactions"
>;

/** The venue as a round finds it. */
export interface Snapshot {
  readonly engineTime: number;
  readonly maxMarkAgeSeconds: number;
  readonly instruments: readonly InstrumentResponse[];
}

export async function readSnapshot(venue: KeeperVenue): Promise<Snapshot> {
  const [{ engineTime, maxMarkAgeSeconds }, instruments] = await Promise.all([venue.status(), venue.instruments()]);
  return { engineTime, maxMarkAgeSeconds, instruments };
}

/** What a keeper has done, in numbers of transactions. */
export interface KeeperTotals {
  readonly marks: number;
  readonly liquidations: number;
  readonly settlements: number;
  readonly prunings: number;
  /** Sent and refused: somebody else was faster, or the state has changed meanwhile. */
  readonly refused: number;
}

export const noTotals: KeeperTotals = { marks: 0, liquidations: 0, settlements: 0, prunings: 0, refused: 0 };

export function addTotals(left: KeeperTotals, right: Partial<KeeperTotals>): KeeperTotals {
  return {
    marks: left.marks + (right.marks ?? 0),
    liquidations: left.liquidations + (right.liquidations ?? 0),
    settlements: left.settlements + (right.settlements ?? 0),
    prunings: left.prunings + (right.prunings ?? 0),
    refused: left.refused + (right.refused ?? 0),
  };
}

/** Transactions that are sent at once: a fraction of what a sequencer takes, so that orders need not wait for them. */
const TRANSACTIONS_A_REQUEST = 128;

/** What became of a transaction: undefined where it was accepted, else the code of the refusal. */
export type Refusal = string | undefined;

/**
 * Sends transactions, a few at a time. That some are refused is no error: the state may have changed meanwhile.
 * @throws RecourseError where the sequencer takes none at the moment
 */
export async function submitAll(venue: KeeperVenue, transactions: readonly Hex[]): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let start = 0; start < transactions.length; start += TRANSACTIONS_A_REQUEST) {
    const { results } = await venue.submitTransactions(transactions.slice(start, start + TRANSACTIONS_A_REQUEST));
    refusals.push(...results.map((result) => ("error" in result ? result.error.code : undefined)));
  }
  return refusals;
}

/** How many were accepted. */
export const countAccepted = (refusals: readonly Refusal[]): number =>
  refusals.filter((refusal) => refusal === undefined).length;

/** "3 accounts", "1 account". */
export const amountOf = (count: number, singular: string): string => `${count} ${singular}${count === 1 ? "" : "s"}`;
