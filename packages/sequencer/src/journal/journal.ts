import {
  concatBytes,
  decodeMessage,
  encodeMessages,
  type InboxMessage,
  RecourseError,
  transactionLength,
} from "@recourse/protocol";
import { bytesOf, type Database, numberOf, type Row, type Statement, textOf } from "../database/database.ts";
import { migrate } from "../database/migrations.ts";
import { beginning, type Cut } from "./cut.ts";
import { migrations } from "./schema.ts";

/** Transactions, or inbox messages, in the order in which they were executed. */
export type JournalRecord =
  | { readonly kind: "transactions"; readonly transactions: readonly Uint8Array[] }
  | { readonly kind: "messages"; readonly messages: readonly InboxMessage[]; readonly l1Block: bigint };

const TRANSACTIONS = 0;
const MESSAGES = 1;

/** Rows that are read at once. */
const PAGE_ROWS = 200;

/** The sequencer's durable stream: what stands here has been, or may have been, acknowledged. */
export class Journal {
  readonly #database: Database;
  #nextEntry = 1;
  #end: Cut = beginning;
  #onAppended: (end: Cut) => void = () => {};

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Opens the journal of one deployment; an empty database becomes it.
   * @param deployment what names the deployment: chain and rollup
   * @throws RecourseError `WrongDeployment` where the database holds another deployment's journal, `DatabaseTooNew`
   *   where a newer program wrote it
   */
  static async open(database: Database, deployment: string): Promise<Journal> {
    await migrate(database, migrations);
    const journal = new Journal(database);
    const owner = await journal.readSetting("deployment");
    if (owner === undefined) await journal.writeSetting("deployment", deployment);
    else if (owner !== deployment) {
      throw new RecourseError("WrongDeployment", `The journal belongs to another deployment: ${owner}.`, [
        { field: "journal", expected: `the journal of ${deployment}` },
      ]);
    }
    const [last] = await database.query("SELECT max(entry) AS entry FROM entries");
    journal.#nextEntry = numberOf(last?.entry ?? 0) + 1;
    journal.#end = {
      sequence: await journal.#countOf(TRANSACTIONS),
      inboxCursor: await journal.#countOf(MESSAGES),
    };
    return journal;
  }

  /** Where the journal ends. */
  get end(): Cut {
    return this.#end;
  }

  /** Has something told of the journal's end each time that more of it is on the disk. */
  onAppended(listener: (end: Cut) => void): void {
    this.#onAppended = listener;
  }

  async readSetting(key: string): Promise<string | undefined> {
    const [row] = await this.#database.query("SELECT value FROM settings WHERE key = $1", [key]);
    return textOf(row?.value);
  }

  async writeSetting(key: string, value: string): Promise<void> {
    await this.#database.transaction([
      { text: "INSERT INTO settings (key, value) VALUES ($1, $2)", values: [key, value] },
    ]);
  }

  /** Appends what a group came to, all or nothing; it is on the disk when the promise resolves. */
  async append(term: number, records: readonly JournalRecord[]): Promise<void> {
    const statements: Statement[] = [];
    let { sequence, inboxCursor } = this.#end;
    for (const record of records) {
      const isTransactions = record.kind === "transactions";
      const amount = isTransactions ? record.transactions.length : record.messages.length;
      statements.push({
        text: "INSERT INTO entries (entry, kind, first, amount, term, l1_block, payload) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values: [
          this.#nextEntry++,
          isTransactions ? TRANSACTIONS : MESSAGES,
          isTransactions ? sequence : inboxCursor,
          amount,
          term,
          isTransactions ? 0 : record.l1Block,
          isTransactions ? concatBytes(...record.transactions) : encodeMessages(record.messages),
        ],
      });
      if (isTransactions) sequence += amount;
      else inboxCursor += amount;
    }
    await this.#database.transaction(statements);
    this.#end = { sequence, inboxCursor };
    this.#onAppended(this.#end);
  }

  /** What comes after a place, in order. */
  async *readFrom(cut: Cut): AsyncGenerator<JournalRecord, void> {
    let after = 0;
    for (;;) {
      const rows = await this.#database.query(
        `SELECT entry, kind, first, amount, l1_block, payload FROM entries
         WHERE entry > $1 AND ((kind = ${TRANSACTIONS} AND first + amount > $2)
           OR (kind = ${MESSAGES} AND first + amount > $3))
         ORDER BY entry LIMIT ${PAGE_ROWS}`,
        [after, cut.sequence, cut.inboxCursor],
      );
      for (const row of rows) {
        after = numberOf(row.entry);
        const first = numberOf(row.first);
        yield numberOf(row.kind) === TRANSACTIONS
          ? { kind: "transactions", transactions: splitTransactions(row).slice(Math.max(0, cut.sequence - first)) }
          : {
              kind: "messages",
              messages: splitMessages(row).slice(Math.max(0, cut.inboxCursor - first)),
              l1Block: BigInt(numberOf(row.l1_block)),
            };
      }
      if (rows.length < PAGE_ROWS) return;
    }
  }

  /** At most `limit` transactions from a number on. */
  async readTransactions(from: number, limit: number): Promise<Uint8Array[]> {
    const rows = await this.#database.query(
      `SELECT first, payload FROM entries WHERE kind = ${TRANSACTIONS} AND first + amount > $1 AND first < $2
       ORDER BY entry`,
      [from, from + limit],
    );
    return rows.flatMap((row) => {
      const first = numberOf(row.first);
      return splitTransactions(row).slice(Math.max(0, from - first), from + limit - first);
    });
  }

  /** The L1 block of the last inbox message that was executed; 0 where there is none. */
  async lastInboxBlock(): Promise<bigint> {
    const [row] = await this.#database.query(`SELECT max(l1_block) AS block FROM entries WHERE kind = ${MESSAGES}`);
    return BigInt(numberOf(row?.block ?? 0));
  }

  async #countOf(kind: number): Promise<number> {
    const [row] = await this.#database.query("SELECT max(first + amount) AS amount FROM entries WHERE kind = $1", [
      kind,
    ]);
    return numberOf(row?.amount ?? 0);
  }
}

function splitTransactions(row: Row): Uint8Array[] {
  const payload = bytesOf(row.payload);
  const transactions: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length; ) {
    const length = transactionLength(payload, offset);
    if (length === undefined) throw new Error("The journal holds bytes that are no transaction.");
    transactions.push(payload.slice(offset, offset + length));
    offset += length;
  }
  return transactions;
}

function splitMessages(row: Row): InboxMessage[] {
  const payload = bytesOf(row.payload);
  const messages: InboxMessage[] = [];
  for (let offset = 0; offset < payload.length; ) {
    const decoded = decodeMessage(payload, offset);
    if (decoded === undefined) throw new Error("The journal holds bytes that are no inbox message.");
    messages.push(decoded.message);
    offset += decoded.length;
  }
  return messages;
}
