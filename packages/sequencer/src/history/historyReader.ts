import { type Database, numberOf, type Row, type SqlValue, textOf } from "../database/database.ts";
import type { FillRow, FundingRow, OrderRow, TransferRow } from "./changes.ts";
import type { HouseRow } from "./houseChanges.ts";

/** What a page of an account's history is asked for with. */
export interface HistoryQuery {
  readonly account: number;
  /** Entries at most. */
  readonly limit: number;
  /** Where the page before this one ended. */
  readonly before: HistoryPlace | undefined;
  /** A number; left out for all instruments. */
  readonly instrument?: number | undefined;
  readonly status?: OrderRow["status"] | undefined;
}

/** A place in the history, and within a place that has several entries the number of one. */
export interface HistoryPlace {
  readonly place: number;
  readonly number: number;
}

/** Reads of the history's tables, the newest entries first. */
export class HistoryReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async orders({ account, limit, before, instrument, status }: HistoryQuery): Promise<OrderRow[]> {
    const rows = await this.#database.query(
      `SELECT * FROM history_orders
       WHERE account = $1 AND place < $2 AND ($4::bigint IS NULL OR instrument = $4) AND ($5::text IS NULL OR status = $5)
       ORDER BY place DESC LIMIT $3`,
      [account, before?.place ?? Number.MAX_SAFE_INTEGER, limit, instrument ?? null, status ?? null],
    );
    return rows.map((row) => ({
      ...numbersOf(row, orderNumbers),
      transaction_hash: textOf(row.transaction_hash)!,
      status: textOf(row.status) as OrderRow["status"],
      cause: textOf(row.cause) ?? null,
    }));
  }

  async fills({ account, limit, before, instrument }: HistoryQuery): Promise<FillRow[]> {
    const values: SqlValue[] = [
      account,
      before?.place ?? Number.MAX_SAFE_INTEGER,
      before?.number ?? 0,
      limit,
      instrument ?? null,
    ];
    const rows = await this.#database.query(
      `SELECT * FROM history_fills
       WHERE account = $1 AND (place, number) < ($2, $3) AND ($5::bigint IS NULL OR instrument = $5)
       ORDER BY place DESC, number DESC LIMIT $4`,
      values,
    );
    return rows.map((row) => ({
      ...numbersOf(row, fillNumbers),
      order_place: nullableNumber(row.order_place),
      client_order_id: nullableNumber(row.client_order_id),
      kind: textOf(row.kind) as FillRow["kind"],
      is_taker: numberOf(row.is_taker) as 0 | 1,
    }));
  }

  async house({ account, limit, before, instrument }: HistoryQuery): Promise<HouseRow[]> {
    const rows = await this.#database.query(
      `SELECT * FROM history_house
       WHERE account = $1 AND (place, number) < ($2, $3) AND ($5::bigint IS NULL OR instrument = $5)
       ORDER BY place DESC, number DESC LIMIT $4`,
      [account, before?.place ?? Number.MAX_SAFE_INTEGER, before?.number ?? 0, limit, instrument ?? null],
    );
    return rows.map((row) => ({
      ...numbersOf(row, houseNumbers),
      kind: textOf(row.kind) as HouseRow["kind"],
      instrument: nullableNumber(row.instrument),
      price: textOf(row.price) ?? null,
    }));
  }

  async transfers({ account, limit, before }: HistoryQuery): Promise<TransferRow[]> {
    const rows = await this.#database.query(
      "SELECT * FROM history_transfers WHERE account = $1 AND place < $2 ORDER BY place DESC LIMIT $3",
      [account, before?.place ?? Number.MAX_SAFE_INTEGER, limit],
    );
    return rows.map((row) => ({
      ...numbersOf(row, transferNumbers),
      kind: textOf(row.kind) as TransferRow["kind"],
      number: nullableNumber(row.number),
      recipient: textOf(row.recipient) ?? null,
    }));
  }

  async funding({ account, limit, before, instrument }: HistoryQuery): Promise<FundingRow[]> {
    const rows = await this.#database.query(
      `SELECT * FROM history_funding
       WHERE account = $1 AND (place, instrument) < ($2, $3) AND ($5::bigint IS NULL OR instrument = $5)
       ORDER BY place DESC, instrument DESC LIMIT $4`,
      [account, before?.place ?? Number.MAX_SAFE_INTEGER, before?.number ?? 0, limit, instrument ?? null],
    );
    return rows.map((row) => numbersOf(row, fundingNumbers));
  }
}

const orderNumbers = [
  "place",
  "term",
  "position",
  "time",
  "account",
  "client_order_id",
  "instrument",
  "side",
  "time_in_force",
  "options",
  "price_rank",
  "lots",
  "filled_lots",
  "updated_place",
  "updated_time",
] as const;

const fillNumbers = [
  "place",
  "number",
  "term",
  "position",
  "time",
  "account",
  "instrument",
  "side",
  "price_rank",
  "lots",
  "value",
  "fee",
] as const;

const houseNumbers = ["account", "place", "number", "term", "position", "time", "lots", "amount"] as const;

const fundingNumbers = ["account", "place", "instrument", "term", "position", "time", "amount"] as const;

const transferNumbers = ["place", "term", "position", "time", "account", "amount"] as const;

function numbersOf<Name extends string>(row: Row, names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, numberOf(row[name])])) as Record<Name, number>;
}

function nullableNumber(value: unknown): number | null {
  return value === null ? null : numberOf(value);
}
