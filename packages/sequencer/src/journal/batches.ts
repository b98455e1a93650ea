import type { BatchSummary, ChunkKind, Hash } from "@recourse/protocol";
import { type Database, numberOf, type Row, type SqlValue, textOf } from "../database/database.ts";
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
  /** The L1 block that it was posted in. */
  readonly postedBlock?: number;
  /** The L1 block in which it was first seen to be final. */
  readonly finalBlock?: number;
  /** The proof of fraud, in it or below it, after it had been posted. */
  readonly revert?: L1Place;
}

/** A transaction of L1, and the block that it is in. */
export interface L1Place {
  readonly block: number;
  readonly transactionHash: Hash;
}

export class BatchTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert({ term, index, status, from, to, time, chunks, dishonest }: BatchRecord): Promise<void> {
    await this.#write(
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
    await this.#write(
      "UPDATE batches SET status = 'sent', transaction_hash = $3 WHERE term = $1 AND batch_index = $2",
      [term, index, transactionHash],
    );
  }

  async markPosted(term: number, index: number, at: L1Place, summary: BatchSummary): Promise<void> {
    await this.#write(
      `UPDATE batches SET status = 'posted', posted_block = $3, transaction_hash = $4, summary = $5
       WHERE term = $1 AND batch_index = $2`,
      [term, index, at.block, at.transactionHash, encodeSummary(summary)],
    );
  }

  /**
   * Marks the posted batches up to an index as final.
   * @param block of L1, in which that was seen
   */
  async markFinal(upToIndex: number, block: number): Promise<void> {
    await this.#write(
      "UPDATE batches SET status = 'final', final_block = $2 WHERE status = 'posted' AND batch_index <= $1",
      [upToIndex, block],
    );
  }

  /**
   * Marks all batches above an index as reverted, posted or not: the stream behind it is going to be cut anew.
   * @param revert the proof of fraud that took the posted ones away
   */
  async markReverted(aboveIndex: number, revert: L1Place | undefined): Promise<void> {
    await this.#write(
      `UPDATE batches SET status = 'reverted',
         reverted_block = CASE WHEN status = 'posted' THEN $2::bigint END,
         reverted_transaction_hash = CASE WHEN status = 'posted' THEN $3::text END
       WHERE status NOT IN ('final', 'reverted') AND batch_index > $1`,
      [aboveIndex, revert?.block ?? null, revert?.transactionHash ?? null],
    );
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

  #write(text: string, values: readonly SqlValue[]): Promise<void> {
    return this.#database.transaction([{ text, values }]);
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
    ...(row.posted_block === null ? {} : { postedBlock: numberOf(row.posted_block) }),
    ...(row.final_block === null ? {} : { finalBlock: numberOf(row.final_block) }),
    ...(row.reverted_block === null ? {} : { revert: revertOf(row) }),
  };
}

function revertOf(row: Row): L1Place {
  return {
    block: numberOf(row.reverted_block),
    transactionHash: textOf(row.reverted_transaction_hash) as Hash,
  };
}
