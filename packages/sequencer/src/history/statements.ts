import type { Statement } from "../database/database.ts";
import type { Cut } from "../journal/cut.ts";
import type { Changes, FillRow, OrderRow, OrderUpdate, TransferRow } from "./changes.ts";
import { placeOf } from "./execution.ts";

type Columns<Row> = Readonly<Record<keyof Row, "bigint" | "text">>;

const orderColumns: Columns<OrderRow> = {
  place: "bigint",
  term: "bigint",
  position: "bigint",
  time: "bigint",
  transaction_hash: "text",
  account: "bigint",
  client_order_id: "bigint",
  instrument: "bigint",
  side: "bigint",
  time_in_force: "bigint",
  options: "bigint",
  price_rank: "bigint",
  lots: "bigint",
  filled_lots: "bigint",
  status: "text",
  cause: "text",
  updated_place: "bigint",
  updated_time: "bigint",
};

const updateColumns: Columns<OrderUpdate> = {
  account: "bigint",
  client_order_id: "bigint",
  filled_lots: "bigint",
  status: "text",
  cause: "text",
  updated_place: "bigint",
  updated_time: "bigint",
};

const fillColumns: Columns<FillRow> = {
  account: "bigint",
  place: "bigint",
  number: "bigint",
  term: "bigint",
  position: "bigint",
  time: "bigint",
  order_place: "bigint",
  client_order_id: "bigint",
  is_taker: "bigint",
  instrument: "bigint",
  side: "bigint",
  price_rank: "bigint",
  lots: "bigint",
  value: "bigint",
  fee: "bigint",
};

const transferColumns: Columns<TransferRow> = {
  place: "bigint",
  term: "bigint",
  position: "bigint",
  time: "bigint",
  account: "bigint",
  kind: "text",
  amount: "bigint",
  number: "bigint",
  recipient: "text",
};

/** What stands for rows that a statement is given as JSON: one value, however many rows. */
function rowsOf(columns: Readonly<Record<string, string>>): string {
  const list = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `json_to_recordset($1::json) AS given (${list.join(", ")})`;
}

function namesOf(columns: Readonly<Record<string, string>>, prefix = ""): string {
  return Object.keys(columns)
    .map((name) => prefix + name)
    .join(", ");
}

// The orders of fills are looked up while they are open; then they are changed; then new ones may take their ids.
const insertFills = `INSERT INTO history_fills (${namesOf(fillColumns)})
  SELECT ${namesOf(fillColumns, "given.").replace("given.order_place", "coalesce(given.order_place, open.place)")}
  FROM ${rowsOf(fillColumns)} LEFT JOIN history_orders AS open
    ON given.order_place IS NULL AND open.status = 'open'
      AND open.account = given.account AND open.client_order_id = given.client_order_id`;

const updateOrders = `UPDATE history_orders AS changed
  SET filled_lots = changed.filled_lots + given.filled_lots, cause = given.cause,
    status = CASE WHEN changed.filled_lots + given.filled_lots = lots THEN 'filled' ELSE given.status END,
    updated_place = given.updated_place, updated_time = given.updated_time
  FROM ${rowsOf(updateColumns)}
  WHERE changed.status = 'open' AND changed.account = given.account
    AND changed.client_order_id = given.client_order_id`;

const insertOrders = `INSERT INTO history_orders (${namesOf(orderColumns)})
  SELECT ${namesOf(orderColumns)} FROM ${rowsOf(orderColumns)}`;

const insertTransfers = `INSERT INTO history_transfers (${namesOf(transferColumns)})
  SELECT ${namesOf(transferColumns)} FROM ${rowsOf(transferColumns)}`;

/** How far the tables have come, and under which newest term. */
export interface HistoryCursor {
  readonly term: number;
  readonly at: Cut;
}

function setCursor({ term, at }: HistoryCursor): Statement {
  return {
    text: "UPDATE history_cursor SET term = $1, sequence = $2, inbox_cursor = $3",
    values: [term, at.sequence, at.inboxCursor],
  };
}

/** Writes changes, and the place up to which they go. */
export function writeChanges(changes: Changes, cursor: HistoryCursor): Statement[] {
  const given: [string, readonly unknown[]][] = [
    [insertFills, changes.fills],
    [updateOrders, changes.updates],
    [insertOrders, changes.orders],
    [insertTransfers, changes.transfers],
  ];
  const statements = given
    .filter(([, rows]) => rows.length > 0)
    .map(([text, rows]) => ({ text, values: [JSON.stringify(rows)] }));
  return [...statements, setCursor(cursor)];
}

/**
 * Takes back what comes after a place. An order that changed after it was open at it, since a closed one never changes:
 * it is open again, with what was filled of it before.
 */
export function rewind(cursor: HistoryCursor): Statement[] {
  const place = placeOf(cursor.at);
  return [
    { text: "DELETE FROM history_orders WHERE place >= $1", values: [place] },
    {
      text: `UPDATE history_orders AS changed
        SET status = 'open', cause = NULL,
          filled_lots = coalesce(before.lots, 0),
          updated_place = coalesce(before.place, changed.place), updated_time = coalesce(before.time, changed.time)
        FROM history_orders AS again LEFT JOIN LATERAL (
          SELECT sum(lots)::bigint AS lots, max(place) AS place, max(time) AS time FROM history_fills
          WHERE account = again.account AND order_place = again.place AND place >= again.place AND place < $1
        ) AS before ON true
        WHERE changed.place = again.place AND changed.updated_place >= $1`,
      values: [place],
    },
    { text: "DELETE FROM history_fills WHERE place >= $1", values: [place] },
    { text: "DELETE FROM history_transfers WHERE place >= $1", values: [place] },
    setCursor(cursor),
  ];
}
