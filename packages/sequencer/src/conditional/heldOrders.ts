import { isTriggered, type MarketRecord } from "@recourse/engine";
import {
  type Conditional,
  DEADLINE_BUCKET_BITS,
  decodeTransaction,
  keccak256,
  Reason,
  type ReasonCode,
  RecourseError,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import type { Logger } from "pino";
import { shortMessage } from "../chain/shortMessage.ts";
import { bytesOf, type Database } from "../database/database.ts";
import type { Execution } from "../history/execution.ts";

/** Conditional orders that are held for an account, at most, and for all. */
export const MAX_HELD_OF_ACCOUNT = 100;
const MAX_HELD = 200_000;

/** Reasons that pass: the order stays, and is sent again when the instrument is next marked. */
const passing: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  Reason.TriggerNotReached,
  Reason.MarkTooOld,
  Reason.InstrumentNotMarked,
  Reason.BelowMinimumNotional,
  Reason.OutsidePriceBand,
  Reason.DuplicateClientOrderId,
  Reason.TooManyRestingOrders,
  Reason.TooManyPositions,
  Reason.InsufficientMargin,
  Reason.NotFilled,
  Reason.ValueOutOfRange,
  Reason.ExceedsLimit,
  Reason.WouldCross,
  Reason.WouldNotReduce,
  Reason.SelfTrade,
]);

/** Whether a conditional order is worth holding that has just been refused: everything but the mark is right. */
export function isWaiting(reason: ReasonCode): boolean {
  return reason === Reason.TriggerNotReached || reason === Reason.MarkTooOld || reason === Reason.InstrumentNotMarked;
}

export interface HeldOrder {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly transaction: Conditional;
  /** Why it was refused when it was sent last. */
  lastRefusal: ReasonCode | undefined;
}

export interface HeldOrdersOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** An instrument's market as it is now; undefined where it has none, or while there is no state. */
  market(instrument: number): MarketRecord | undefined;
  /** Executes a transaction as if a client had sent it. @returns the reason why it was refused, or Ok */
  send(order: HeldOrder): Promise<ReasonCode>;
}

/**
 * Conditional orders that wait for their price: held here and in the database, sent when a mark is there, dropped when
 * they have been executed or never can be. Who sends one decides nothing: the engine judges it as any other transaction.
 */
export class HeldOrders {
  readonly #options: HeldOrdersOptions;
  readonly #byHash = new Map<string, HeldOrder>();
  readonly #byInstrument = new Map<number, Set<HeldOrder>>();
  readonly #byAccount = new Map<number, Set<HeldOrder>>();
  /** Instruments that were marked and not looked at since. */
  readonly #marked = new Set<number>();
  /** Orders that are being written, by hash. */
  readonly #storing = new Map<string, Promise<void>>();
  /** Orders that were sent and are not answered. */
  readonly #sent = new Set<HeldOrder>();
  #isLooking = false;
  #isStopped = false;
  /** Writes of the database that are under way. */
  #writing: Promise<void> = Promise.resolve();
  #nextSweep = 0;

  private constructor(options: HeldOrdersOptions) {
    this.#options = options;
  }

  /** Takes up the orders that the database holds. */
  static async open(options: HeldOrdersOptions): Promise<HeldOrders> {
    const held = new HeldOrders(options);
    for (const { payload } of await options.database.query("SELECT payload FROM conditional_orders")) {
      held.#keep(bytesOf(payload));
    }
    return held;
  }

  /** The orders of an account, the earliest deadline first. */
  list(account: number): HeldOrder[] {
    const orders = [...(this.#byAccount.get(account) ?? [])];
    return orders.toSorted((left, right) => left.transaction.deadline - right.transaction.deadline);
  }

  /**
   * Holds an order; resolves when the database has it.
   * @throws RecourseError `TooManyConditionalOrders`, or the database's own
   */
  async hold(bytes: Uint8Array): Promise<HeldOrder> {
    const hash = toHex(keccak256(bytes));
    const known = this.#byHash.get(hash);
    if (known !== undefined) {
      // Whoever sends it a second time is told no sooner.
      await this.#storing.get(hash);
      return known;
    }
    const order = this.#keep(bytes);
    const { account, deadline } = order.transaction;
    if (this.#byAccount.get(account)!.size > MAX_HELD_OF_ACCOUNT || this.#byHash.size > MAX_HELD) {
      this.#forget(order);
      const sentence = `The sequencer holds as many conditional orders as it does: ${MAX_HELD_OF_ACCOUNT} for an account.`;
      throw new RecourseError("TooManyConditionalOrders", sentence);
    }
    const stored = this.#options.database.transaction([
      {
        text: `INSERT INTO conditional_orders (transaction_hash, account, deadline, payload)
          VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
        values: [hash, account, deadline, bytes],
      },
    ]);
    this.#storing.set(hash, stored);
    try {
      await stored;
    } catch (error) {
      this.#forget(order);
      throw error;
    } finally {
      this.#storing.delete(hash);
    }
    // The mark may have come by while it was written.
    this.#look(order.transaction.instrument);
    return order;
  }

  /** Follows what is executed: marks, what uses an order up, what removes its instrument, the clock. */
  follow({ outcome, transaction, time }: Execution): void {
    if (this.#byHash.size === 0) return;
    for (const event of outcome.events) {
      if (event.type === "marked") this.#look(event.instrument);
      else if (event.type === "pruned") this.#drop([...(this.#byInstrument.get(event.instrument) ?? [])]);
      else if (event.type === "revoked") this.#dropUsed(event.account, event.deadline, event.nonce);
    }
    if (transaction?.[0] === TransactionKind.conditional && outcome.reason === Reason.Ok) {
      const order = this.#byHash.get(toHex(keccak256(transaction)));
      if (order !== undefined) this.#drop([order]);
    }
    if (time >= this.#nextSweep) this.#dropLate(time);
  }

  /**
   * Looks at all orders anew: before a start, or during a rebuild, marks may have passed unseen.
   * @param era the state's: the orders of another are void
   */
  lookAtAll(era: number): void {
    this.#drop([...this.#byHash.values()].filter(({ transaction }) => transaction.era !== era));
    for (const instrument of this.#byInstrument.keys()) this.#look(instrument);
  }

  /** Sends nothing more, and waits for what is being written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writing;
  }

  #look(instrument: number): void {
    if (!this.#byInstrument.has(instrument)) return;
    this.#marked.add(instrument);
    if (this.#isLooking) return;
    this.#isLooking = true;
    // Only when the chunk's transactions that are executed in one go are through.
    setImmediate(() => {
      this.#isLooking = false;
      this.#sendTriggered();
    });
  }

  #sendTriggered(): void {
    if (this.#isStopped) return;
    for (const instrument of this.#marked) {
      const market = this.#options.market(instrument);
      if (market === undefined) continue;
      this.#marked.delete(instrument);
      for (const order of this.#byInstrument.get(instrument) ?? []) {
        if (!this.#sent.has(order) && isTriggered(order.transaction, market)) void this.#send(order);
      }
    }
  }

  async #send(order: HeldOrder): Promise<void> {
    this.#sent.add(order);
    try {
      const reason = await this.#options.send(order);
      if (reason === Reason.Ok || !passing.has(reason)) this.#drop([order]);
      else order.lastRefusal = reason;
    } catch (error) {
      // Overloaded, rebuilding or stopping: the next mark, or the next start, brings it again.
      this.#options.logger.warn({ error: shortMessage(error) }, "a conditional order could not be sent");
    } finally {
      this.#sent.delete(order);
    }
  }

  #dropUsed(account: number, deadline: number, nonce: number): void {
    const bucket = deadline >>> DEADLINE_BUCKET_BITS;
    const used = this.list(account).filter(
      ({ transaction }) => transaction.nonce === nonce && transaction.deadline >>> DEADLINE_BUCKET_BITS === bucket,
    );
    this.#drop(used);
  }

  /** Drops the orders whose deadlines have passed, and notes when the next one does. */
  #dropLate(time: number): void {
    const late: HeldOrder[] = [];
    let next = Number.MAX_SAFE_INTEGER;
    for (const order of this.#byHash.values()) {
      const { deadline } = order.transaction;
      if (deadline < time) late.push(order);
      else next = Math.min(next, deadline + 1);
    }
    this.#nextSweep = next;
    this.#drop(late);
  }

  #keep(bytes: Uint8Array): HeldOrder {
    // INVARIANT: only whole conditional orders are held.
    const transaction = decodeTransaction(bytes)!.transaction as Conditional;
    const order = { hash: toHex(keccak256(bytes)), bytes, transaction, lastRefusal: undefined };
    this.#byHash.set(order.hash, order);
    addTo(this.#byInstrument, transaction.instrument, order);
    addTo(this.#byAccount, transaction.account, order);
    this.#nextSweep = Math.min(this.#nextSweep, transaction.deadline + 1);
    return order;
  }

  #forget(order: HeldOrder): void {
    this.#byHash.delete(order.hash);
    removeFrom(this.#byInstrument, order.transaction.instrument, order);
    removeFrom(this.#byAccount, order.transaction.account, order);
  }

  /** What the database goes on holding, should the deletion fail, is found to be used or late after the next start. */
  #drop(orders: readonly HeldOrder[]): void {
    if (orders.length === 0) return;
    for (const order of orders) this.#forget(order);
    const statements = orders.map(({ hash }) => ({
      text: "DELETE FROM conditional_orders WHERE transaction_hash = $1",
      values: [hash],
    }));
    this.#writing = this.#writing
      .then(() => this.#options.database.transaction(statements))
      .catch((error) =>
        this.#options.logger.warn({ error: shortMessage(error) }, "conditional orders were not deleted"),
      );
  }
}

function addTo<Key>(map: Map<Key, Set<HeldOrder>>, key: Key, order: HeldOrder): void {
  const orders = map.get(key);
  if (orders === undefined) map.set(key, new Set([order]));
  else orders.add(order);
}

function removeFrom<Key>(map: Map<Key, Set<HeldOrder>>, key: Key, order: HeldOrder): void {
  const orders = map.get(key);
  orders?.delete(order);
  if (orders?.size === 0) map.delete(key);
}
