/** What a column may hold in the plain SQL of this package: text, bigint and bytea, or null. */
export type SqlValue = string | number | bigint | Uint8Array | null;

export interface Statement {
  readonly text: string;
  readonly values?: readonly SqlValue[];
}

export type Row = Readonly<Record<string, unknown>>;

/** The little that the sequencer asks of a database. The SQL is PostgreSQL's. What is handed over first is done first. */
export interface Database {
  /** Reads. @throws RecourseError `DatabaseRefused`, or why the database cannot be reached */
  query(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /**
   * Does all of the statements, or none, and once only. A promise that resolves says that the change is on the disk.
   * @throws RecourseError `DatabaseRefused` where nothing was done; any other error says that nobody knows
   */
  transaction(statements: readonly Statement[]): Promise<void>;
  close(): Promise<void>;
}

/** Reads a bigint column, which drivers give as a number, a bigint or a text; its value is below 2^53. */
export function numberOf(value: unknown): number {
  return Number(value);
}

export function textOf(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

/** Reads a bytea column: plain bytes of their own, whatever view of them the driver gives. */
export function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError("The column does not hold bytes.");
  return value.constructor === Uint8Array ? value : new Uint8Array(value);
}
