import { conditionalOrders } from "../conditional/schema.ts";
import type { Migration } from "../database/migrations.ts";
import { fundingHistory, historySchema, houseHistory } from "../history/schema.ts";

/**
 * Tables of the journal. Only text, bigint and bytea, so that any PostgreSQL holds them the same.
 *
 * - `settings`: which deployment the journal belongs to, and what its genesis was.
 * - `entries`: the stream in order. Kind 0: `amount` transactions from number `first` on, their bytes one after the
 *   other. Kind 1: inbox messages likewise, and the L1 block of the last of them.
 * - `terms`: a term begins at a place in the stream; what stands behind it there is executed anew under it.
 * - `batches`: what was sealed, where it begins and ends in the stream, and how far it has come on L1.
 */
const journalSchema: Migration = {
  name: "journal",
  statements: [
    // Journals from before the migrations have these tables already.
    { text: "CREATE TABLE IF NOT EXISTS settings (key text PRIMARY KEY, value text NOT NULL)" },
    {
      text: `CREATE TABLE IF NOT EXISTS entries (
        entry bigint PRIMARY KEY, kind bigint NOT NULL, first bigint NOT NULL, amount bigint NOT NULL,
        term bigint NOT NULL, l1_block bigint NOT NULL, payload bytea NOT NULL)`,
    },
    {
      text: `CREATE TABLE IF NOT EXISTS terms (
        term bigint PRIMARY KEY, era bigint NOT NULL, era_start bigint NOT NULL,
        sequence bigint NOT NULL, inbox_cursor bigint NOT NULL)`,
    },
    {
      text: `CREATE TABLE IF NOT EXISTS batches (
        term bigint NOT NULL, batch_index bigint NOT NULL, status text NOT NULL,
        from_sequence bigint NOT NULL, from_inbox bigint NOT NULL, to_sequence bigint NOT NULL, to_inbox bigint NOT NULL,
        time bigint NOT NULL, chunks text NOT NULL, transaction_hash text, summary text, dishonest text,
        PRIMARY KEY (term, batch_index))`,
    },
  ],
};

/** Where on L1 each thing happened to a batch; unknown for what happened before this migration. */
const batchBlocks: Migration = {
  name: "L1 blocks of batches",
  statements: [
    {
      text: `ALTER TABLE batches ADD COLUMN posted_block bigint, ADD COLUMN final_block bigint,
        ADD COLUMN reverted_block bigint, ADD COLUMN reverted_transaction_hash text`,
    },
  ],
};

/** All migrations of a sequencer's database, the oldest first. */
export const migrations: readonly Migration[] = [
  journalSchema,
  historySchema,
  batchBlocks,
  fundingHistory,
  conditionalOrders,
  houseHistory,
];
