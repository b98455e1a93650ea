import type { BatchSummary, ChunkKind, Hash } from "@recourse/protocol";
import { type Database, numberOf, type Row, textOf } from "../database/database.ts";
import type { Cut } from "./cut.ts";

/**
 * How far a batch has come: `sealed` and not yet sent; `sent`, with the hash of the L1 transaction, before it is handed
 * to the network; `posted` and standing; `final`; or `reverted`, by a proof of fraud in it or below it.
 */
export type BatchStatus = "sealed" | "sent" | "posted" | "final" | "reverted";

/** A chunk as it stands in the journal: its bytes are those of the stream between two places. */
export interface ChunkRecord {
  readonly kind: ChunkKind;
  /** Transactions, or inbox messages in a bridge chunk. */
  readonly amount: number;
  readonly byteLength: number;
  /** The honest root after it. */
  readonly postRoot: Hash;
}

/** What a dishonest drill did to a batch. */
export interface DishonestMark {
  readonly chunk: number;
  readonly kind: string;
}

export interface BatchRecord {
  readonly term: number;
  readonly index: number;
  readonly status: BatchStatus;
  readonly from: Cut;
  readonly to: Cut;
  /** The engine's clock after it, in seconds. */
  readonly time: number;
  readonly chunks: readonly ChunkRecord[];
  readonly transactionHash?: Hash;
  /** Once it has been posted. */
  readonly summary?: BatchSummary;
  readonly dishonest?: DishonestMark;
}

export class BatchTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert({ term, index, status, from, to, time, chunks, dishonest }: BatchRecord): Promise<void> {
    await this.#database.query(
      `INSERT INTO batches (term, batch_index, status, from_sequence, from_inbox, to_sequence, to_inbox, time, chunks, dishonest)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        term,
        index,
        status,
        from.sequence,
        from.inboxCursor,
        to.sequence,
        to.inboxCursor,
        time,
        JSON.stringify(chunks),
        dishonest ? JSON.stringify(dishonest) : null,
      ],
    );
  }

  async markSent(term: number, index: number, transactionHash: Hash): Promise<void> {
    await this.#database.query(
      "UPDATE batches SET status = 'sent', transaction_hash = $3 WHERE term = $1 AND batch_index = $2",
      [term, index, transactionHash],
    );
  }

  async markPosted(term: number, index: number, transactionHash: Hash, summary: BatchSummary): Promise<void> {
    await this.#database.query(
      "UPDATE batches SET status = 'posted', transaction_hash = $3, summary = $4 WHERE term = $1 AND batch_index = $2",
      [term, index, transactionHash, encodeSummary(summary)],
    );
  }

  /** Marks the posted batches up to an index as final. */
  async markFinal(upToIndex: number): Promise<void> {
    await this.#database.query("UPDATE batches SET status = 'final' WHERE status = 'posted' AND batch_index <= $1", [
      upToIndex,
    ]);
  }

  /** Marks all batches above an index as reverted, posted or not: the stream behind it is going to be cut anew. */
  async markReverted(aboveIndex: number): Promise<void> {
    await this.#database.query("UPDATE batches SET status = 'reverted' WHERE status <> 'final' AND batch_index > $1", [
      aboveIndex,
    ]);
  }

  /** The batches that count today, by index. */
  async listStanding(): Promise<BatchRecord[]> {
    return (await this.#database.query("SELECT * FROM batches WHERE status <> 'reverted' ORDER BY batch_index")).map(
      batchOf,
    );
  }

  /** The newest batch of an index that counts today, else the last reverted one. */
  async read(index: number): Promise<BatchRecord | undefined> {
    const rows = await this.#database.query("SELECT * FROM batches WHERE batch_index = $1 ORDER BY term DESC LIMIT 1", [
      index,
    ]);
    return rows.map(batchOf)[0];
  }

  /** Batches of any status below an index, the newest first. */
  async list(belowIndex: number, limit: number): Promise<BatchRecord[]> {
    const rows = await this.#database.query(
      "SELECT * FROM batches WHERE batch_index < $1 ORDER BY batch_index DESC, term DESC LIMIT $2",
      [belowIndex, limit],
    );
    return rows.map(batchOf);
  }

  /** Whether a drill has told its lie already. */
  async hasDishonest(): Promise<boolean> {
    return (await this.#database.query("SELECT 1 FROM batches WHERE dishonest IS NOT NULL LIMIT 1")).length > 0;
  }
}

function encodeSummary(summary: BatchSummary): string {
  return JSON.stringify(summary, (_, value) => (typeof value === "bigint" ? value.toString() : value));
}

function decodeSummary(text: string): BatchSummary {
  const summary = JSON.parse(text) as Record<keyof BatchSummary, string | number>;
  return {
    index: BigInt(summary.index),
    headerHash: summary.headerHash as Hash,
    stateRoot: summary.stateRoot as Hash,
    term: Number(summary.term),
    time: Number(summary.time),
    inboxTo: BigInt(summary.inboxTo),
    postedAt: BigInt(summary.postedAt),
  };
}

function batchOf(row: Row): BatchRecord {
  const transactionHash = textOf(row.transaction_hash);
  const summary = textOf(row.summary);
  const dishonest = textOf(row.dishonest);
  return {
    term: numberOf(row.term),
    index: numberOf(row.batch_index),
    status: textOf(row.status) as BatchStatus,
    from: { sequence: numberOf(row.from_sequence), inboxCursor: numberOf(row.from_inbox) },
    to: { sequence: numberOf(row.to_sequence), inboxCursor: numberOf(row.to_inbox) },
    time: numberOf(row.time),
    chunks: JSON.parse(textOf(row.chunks)!) as ChunkRecord[],
    ...(transactionHash === undefined ? {} : { transactionHash: transactionHash as Hash }),
    ...(summary === undefined ? {} : { summary: decodeSummary(summary) }),
    ...(dishonest === undefined ? {} : { dishonest: JSON.parse(dishonest) as DishonestMark }),
  };
}
