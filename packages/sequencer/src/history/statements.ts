import type { Statement } from "../database/database.ts";
import type { Cut } from "../journal/cut.ts";
import type { Changes, FillRow, FundingRow, OrderRow, OrderUpdate, TransferRow } from "./changes.ts";
import { placeOf } from "./execution.ts";
import type { HouseRow } from "./houseChanges.ts";

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
  kind: "text",
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

const fundingColumns: Columns<FundingRow> = {
  account: "bigint",
  place: "bigint",
  instrument: "bigint",
  term: "bigint",
  position: "bigint",
  time: "bigint",
  amount: "bigint",
};

const houseColumns: Columns<HouseRow> = {
  account: "bigint",
  place: "bigint",
  number: "bigint",
  term: "bigint",
  position: "bigint",
  time: "bigint",
  kind: "text",
  instrument: "bigint",
  lots: "bigint",
  price: "text",
  amount: "bigint",
};

/** What stands for rows that a statement is given as JSON in a parameter: one value, however many rows. */
function rowsOf(parameter: string, columns: Readonly<Record<string, string>>): string {
  const list = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `json_to_recordset(${parameter}::json) AS given (${list.join(", ")})`;
}

function namesOf(columns: Readonly<Record<string, string>>, prefix = ""): string {
  return Object.keys(columns)
    .map((name) => prefix + name)
    .join(", ");
}

/**
 * The open order of a given row's account and client order id, by its index. The limit has it looked up for each row:
 * left to itself the planner reads all open orders, and, where nothing vacuums, all that have ever been open.
 */
const openOrder = `LATERAL (SELECT place FROM history_orders
    WHERE status = 'open' AND account = given.account AND client_order_id = given.client_order_id LIMIT 1) AS open`;

/** The orders of fills are looked up as they were before the statement, whatever else it does. */
const addFills = `INSERT INTO history_fills (${namesOf(fillColumns)})
  SELECT ${namesOf(fillColumns, "given.").replace("given.order_place", "coalesce(given.order_place, open.place)")}
  FROM ${rowsOf("$4", fillColumns)} LEFT JOIN ${openOrder} ON given.order_place IS NULL`;

const changeOrders = `UPDATE history_orders AS changed
  SET filled_lots = changed.filled_lots + found.filled_lots, cause = found.cause,
    status = CASE WHEN changed.filled_lots + found.filled_lots = lots THEN 'filled' ELSE found.status END,
    updated_place = found.updated_place, updated_time = found.updated_time
  FROM (SELECT open.place, given.* FROM ${rowsOf("$5", updateColumns)}, ${openOrder}) AS found
  WHERE changed.place = found.place
  RETURNING 1`;

/** New orders may take the ids of those that have just gone, so these are counted first. */
const addOrders = `INSERT INTO history_orders (${namesOf(orderColumns)})
  SELECT ${namesOf(orderColumns)} FROM ${rowsOf("$6", orderColumns)}
  WHERE (SELECT count(*) FROM changed_orders) >= 0`;

const addTransfers = `INSERT INTO history_transfers (${namesOf(transferColumns)})
  SELECT ${namesOf(transferColumns)} FROM ${rowsOf("$7", transferColumns)}`;

const addFunding = `INSERT INTO history_funding (${namesOf(fundingColumns)})
  SELECT ${namesOf(fundingColumns)} FROM ${rowsOf("$8", fundingColumns)}`;

const addHouse = `INSERT INTO history_house (${namesOf(houseColumns)})
  SELECT ${namesOf(houseColumns)} FROM ${rowsOf("$9", houseColumns)}`;

const setCursor = "UPDATE history_cursor SET term = $1, sequence = $2, inbox_cursor = $3";

/** All in one, since what a statement costs beside its rows is more than some dozens of rows cost. */
const writeAll = `WITH added_fills AS (${addFills}),
  changed_orders AS (${changeOrders}),
  added_orders AS (${addOrders}),
  added_transfers AS (${addTransfers}),
  added_funding AS (${addFunding}),
  added_house AS (${addHouse})
${setCursor}`;

/** How far the tables have come, and under which newest term. */
export interface HistoryCursor {
  readonly term: number;
  readonly at: Cut;
}

function cursorValues({ term, at }: HistoryCursor): number[] {
  return [term, at.sequence, at.inboxCursor];
}

/** Writes changes, and the place up to which they go. */
export function writeChanges(
  { fills, updates, orders, transfers, funding, house }: Changes,
  cursor: HistoryCursor,
): Statement {
  const rows = [fills, updates, orders, transfers, funding, house].map((given) => JSON.stringify(given));
  return { text: writeAll, values: [...cursorValues(cursor), ...rows] };
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
    { text: "DELETE FROM history_funding WHERE place >= $1", values: [place] },
    { text: "DELETE FROM history_house WHERE place >= $1", values: [place] },
    { text: setCursor, values: cursorValues(cursor) },
  ];
}
