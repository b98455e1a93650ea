import type { Migration } from "../database/migrations.ts";

/**
 * Tables of the history: what the journal's entries came to when they were executed, so that a question about the past
 * needs no execution. All of it follows from the journal.
 *
 * An entry's `place` is how many transactions and messages of the journal come before it; it orders everything, and
 * stays when an entry is executed anew under another term. `term` and `position` say where the stream has it today.
 *
 * - `history_cursor`: one row: how much of the journal is in the tables, and under which newest term.
 * - `history_orders`: `status` is open, filled, cancelled, or refused where it was acknowledged and then executed anew,
 *   after a revert, to no effect; `cause` says why it was cancelled or refused. An account has at most one open order
 *   of a client order id. `updated_place` is where the order last changed.
 *   Quotes are not among them.
 * - `history_fills`: one row for each side of a fill; `order_place` is the place of that side's order. Of a quote it is
 *   null, and of a leg of a block trade (`kind`) the client order id as well.
 * - `history_transfers`: deposits and withdrawals.
 * - `history_funding`: what an account paid (negative: was paid) as funding for its position in an instrument, at most
 *   once an entry.
 * - `history_house`: changes of positions and cash by the house: liquidations and who took over, house trades, settlements.
 */
export const historySchema: Migration = {
  name: "history",
  statements: [
    {
      text: `CREATE TABLE history_cursor (
        id bigint PRIMARY KEY, term bigint NOT NULL, sequence bigint NOT NULL, inbox_cursor bigint NOT NULL)`,
    },
    { text: "INSERT INTO history_cursor (id, term, sequence, inbox_cursor) VALUES (1, 0, 0, 0)" },
    {
      text: `CREATE TABLE history_orders (
        place bigint PRIMARY KEY, term bigint NOT NULL, position bigint NOT NULL, time bigint NOT NULL,
        transaction_hash text NOT NULL, account bigint NOT NULL, client_order_id bigint NOT NULL,
        instrument bigint NOT NULL, side bigint NOT NULL, time_in_force bigint NOT NULL, options bigint NOT NULL,
        price_rank bigint NOT NULL, lots bigint NOT NULL, filled_lots bigint NOT NULL, status text NOT NULL, cause text,
        updated_place bigint NOT NULL, updated_time bigint NOT NULL)`,
    },
    { text: "CREATE INDEX history_orders_of_account ON history_orders (account, place)" },
    {
      text: `CREATE UNIQUE INDEX history_open_orders ON history_orders (account, client_order_id)
        WHERE status = 'open'`,
    },
    {
      text: `CREATE TABLE history_fills (
        account bigint NOT NULL, place bigint NOT NULL, number bigint NOT NULL, term bigint NOT NULL,
        position bigint NOT NULL, time bigint NOT NULL, order_place bigint NOT NULL, client_order_id bigint NOT NULL,
        is_taker bigint NOT NULL, instrument bigint NOT NULL, side bigint NOT NULL, price_rank bigint NOT NULL,
        lots bigint NOT NULL, value bigint NOT NULL, fee bigint NOT NULL, PRIMARY KEY (account, place, number))`,
    },
    { text: "CREATE INDEX history_fills_by_place ON history_fills (place)" },
    {
      text: `CREATE TABLE history_transfers (
        place bigint PRIMARY KEY, term bigint NOT NULL, position bigint NOT NULL, time bigint NOT NULL,
        account bigint NOT NULL, kind text NOT NULL, amount bigint NOT NULL, number bigint, recipient text)`,
    },
    { text: "CREATE INDEX history_transfers_of_account ON history_transfers (account, place)" },
  ],
};

/** The table that holds funding. */
export const fundingHistory: Migration = {
  name: "history of funding",
  statements: [
    {
      text: `CREATE TABLE history_funding (
        account bigint NOT NULL, place bigint NOT NULL, instrument bigint NOT NULL, term bigint NOT NULL,
        position bigint NOT NULL, time bigint NOT NULL, amount bigint NOT NULL,
        PRIMARY KEY (account, place, instrument))`,
    },
    { text: "CREATE INDEX history_funding_by_place ON history_funding (place)" },
  ],
};

/** Fills that no order of the history has, and what the house has to do with accounts. */
export const houseHistory: Migration = {
  name: "history of blocks, quotes and the house",
  statements: [
    {
      text: `ALTER TABLE history_fills ALTER COLUMN order_place DROP NOT NULL, ALTER COLUMN client_order_id DROP NOT NULL,
        ADD COLUMN kind text NOT NULL DEFAULT 'order'`,
    },
    {
      text: `CREATE TABLE history_house (
        account bigint NOT NULL, place bigint NOT NULL, number bigint NOT NULL, term bigint NOT NULL,
        position bigint NOT NULL, time bigint NOT NULL, kind text NOT NULL, instrument bigint, lots bigint NOT NULL,
        price text, amount bigint NOT NULL, PRIMARY KEY (account, place, number))`,
    },
    { text: "CREATE INDEX history_house_by_place ON history_house (place)" },
  ],
};
