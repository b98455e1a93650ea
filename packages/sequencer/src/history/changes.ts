import type { EngineEvent, Outcome } from "@recourse/engine";
import {
  decodeTransaction,
  FIRST_QUOTE_ID,
  keccak256,
  type Order,
  Reason,
  reasonName,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import { type Execution, placeOf } from "./execution.ts";
import { type HouseRow, houseRows } from "./houseChanges.ts";

/** Columns of the tables of the same names; see the schema. */
export interface OrderRow {
  readonly place: number;
  readonly term: number;
  readonly position: number;
  readonly time: number;
  readonly transaction_hash: string;
  readonly account: number;
  readonly client_order_id: number;
  readonly instrument: number;
  readonly side: number;
  readonly time_in_force: number;
  readonly options: number;
  readonly price_rank: number;
  readonly lots: number;
  filled_lots: number;
  status: "open" | "filled" | "cancelled" | "refused";
  cause: string | null;
  updated_place: number;
  updated_time: number;
}

/** What happens to an order that was open before: how many lots more are filled, and how it is then. */
export type OrderUpdate = Pick<
  OrderRow,
  "account" | "client_order_id" | "filled_lots" | "status" | "cause" | "updated_place" | "updated_time"
>;

export interface FillRow {
  readonly account: number;
  readonly place: number;
  readonly number: number;
  readonly term: number;
  readonly position: number;
  readonly time: number;
  /** Null where the order was open before: it is looked up; and where there is none, of a quote or a block trade. */
  readonly order_place: number | null;
  /** Null where no order was filled: of a block trade. */
  readonly client_order_id: number | null;
  readonly kind: "order" | "block";
  readonly is_taker: 0 | 1;
  readonly instrument: number;
  readonly side: number;
  readonly price_rank: number;
  readonly lots: number;
  readonly value: number;
  readonly fee: number;
}

export interface TransferRow {
  readonly place: number;
  readonly term: number;
  readonly position: number;
  readonly time: number;
  readonly account: number;
  readonly kind: "deposit" | "withdrawal";
  readonly amount: number;
  readonly number: number | null;
  readonly recipient: string | null;
}

export interface FundingRow {
  readonly account: number;
  readonly place: number;
  readonly instrument: number;
  readonly term: number;
  readonly position: number;
  readonly time: number;
  readonly amount: number;
}

type FillEvent = Extract<EngineEvent, { type: "fill" }>;
type BlockEvent = Extract<EngineEvent, { type: "blockTrade" }>;

/** What a run of executions changes in the history's tables: first the orders that were open before, then new rows. */
export class Changes {
  readonly orders: OrderRow[] = [];
  readonly fills: FillRow[] = [];
  readonly transfers: TransferRow[] = [];
  readonly funding: FundingRow[] = [];
  readonly house: HouseRow[] = [];
  readonly #updates = new Map<string, OrderUpdate>();
  /** The newest orders of this run that came to rest, by account and client order id: no event names one that is gone. */
  readonly #rested = new Map<string, OrderRow>();

  get updates(): OrderUpdate[] {
    return [...this.#updates.values()];
  }

  add(execution: Execution): void {
    const { transaction, outcome } = execution;
    const order = transaction && orderOf(transaction);
    if (order) this.#addOrder(execution, order, outcome);
    else for (const event of outcome.events) this.#addEvent(execution, event);
  }

  /** An order and what came of it; one that replaces another begins with that one's cancellation. */
  #addOrder(execution: Execution, order: OrderFields, { reason, events }: Outcome): void {
    const row = newOrder(execution, order);
    if (reason !== Reason.Ok) {
      this.orders.push({ ...row, status: "refused", cause: reasonName(reason) });
      return;
    }
    let fills = 0;
    for (const event of events) {
      if (event.type === "fill") this.#addFill(row, event, fills++);
      else if (event.type === "remainderCancelled") close(row, "cancelled", event.cause);
      else this.#addEvent(execution, event);
    }
    if (row.filled_lots === row.lots) close(row, "filled", null);
    if (row.status === "open") this.#rested.set(keyOf(row.account, row.client_order_id), row);
    this.orders.push(row);
  }

  #addEvent(execution: Execution, event: EngineEvent): void {
    const { at, term, position, time } = execution;
    if (event.type === "cancelled") {
      const { account, clientOrderId, cause } = event;
      if (!isQuote(clientOrderId)) close(this.#touch(account, clientOrderId, placeOf(at), time), "cancelled", cause);
    } else if (event.type === "blockTrade") {
      this.#addBlock(execution, event);
    } else if (event.type === "fundingPaid") {
      const { account, instrument, amount } = event;
      this.funding.push({ account, place: placeOf(at), instrument, term, position, time, amount });
    } else if (event.type === "deposited") {
      this.transfers.push({ ...transferOf(execution, event), kind: "deposit", number: null, recipient: null });
    } else if (event.type === "withdrawn") {
      const { number, recipient } = event;
      this.transfers.push({
        ...transferOf(execution, event),
        kind: "withdrawal",
        number,
        recipient: toHex(recipient),
      });
    } else this.house.push(...houseRows(execution, event));
  }

  /** A block's legs are fills of both parties, of no order. */
  #addBlock({ at, term, position, time }: Execution, { taker, maker, legs }: BlockEvent): void {
    for (const [
      number,
      { instrument, side, priceRank: price_rank, lots, value, takerFee, makerFee },
    ] of legs.entries()) {
      const leg = { place: placeOf(at), number, term, position, time, instrument, price_rank, lots, value };
      const common = { ...leg, order_place: null, client_order_id: null, kind: "block" } as const;
      this.fills.push(
        { ...common, account: taker, is_taker: 1, side, fee: takerFee },
        { ...common, account: maker, is_taker: 0, side: 1 - side, fee: makerFee },
      );
    }
  }

  #addFill(taker: OrderRow, event: FillEvent, number: number): void {
    const { place, term, position, time, account, client_order_id } = taker;
    const { instrument, priceRank: price_rank, lots, value, maker, makerClientOrderId, side } = event;
    const makerRow = this.#rested.get(keyOf(maker, makerClientOrderId));
    const common = { place, number, term, position, time, kind: "order", instrument, price_rank, lots, value } as const;
    const order_place = makerRow?.place ?? null;
    this.fills.push(
      { ...common, account, order_place: place, client_order_id, is_taker: 1, side, fee: event.takerFee },
      {
        ...common,
        account: maker,
        order_place,
        client_order_id: makerClientOrderId,
        is_taker: 0,
        side: 1 - side,
        fee: event.makerFee,
      },
    );
    taker.filled_lots += lots;
    if (!isQuote(makerClientOrderId)) this.#touch(maker, makerClientOrderId, place, time).filled_lots += lots;
    if (makerRow && makerRow.filled_lots === makerRow.lots) close(makerRow, "filled", null);
  }

  /** The open order of a client order id, which changes now: of this run, or from before it. */
  #touch(account: number, clientOrderId: number, place: number, time: number): OrderUpdate {
    const key = keyOf(account, clientOrderId);
    let order: OrderUpdate | undefined = this.#rested.get(key) ?? this.#updates.get(key);
    if (order === undefined) {
      order = {
        account,
        client_order_id: clientOrderId,
        filled_lots: 0,
        status: "open",
        cause: null,
        updated_place: place,
        updated_time: time,
      };
      this.#updates.set(key, order);
    }
    order.updated_place = place;
    order.updated_time = time;
    return order;
  }
}

function close(order: OrderUpdate, status: "filled" | "cancelled", cause: string | null): void {
  order.status = status;
  order.cause = cause;
}

/** Quotes come and go by the thousand: the history tells of their fills, and not of them. */
const isQuote = (clientOrderId: number): boolean => clientOrderId >= FIRST_QUOTE_ID;

function keyOf(account: number, clientOrderId: number): string {
  return `${account}/${clientOrderId}`;
}

type OrderFields = Omit<Order, "kind">;

/** The order that a transaction places, as an order does, a replacement of one, or a conditional order. */
function orderOf(bytes: Uint8Array): OrderFields | undefined {
  // INVARIANT: only whole transactions are executed.
  const { transaction } = decodeTransaction(bytes)!;
  switch (transaction.kind) {
    case TransactionKind.order:
    case TransactionKind.replace:
    case TransactionKind.conditional:
      return transaction;
    default:
      return undefined;
  }
}

function newOrder({ at, transaction, term, position, time }: Execution, order: OrderFields): OrderRow {
  const place = placeOf(at);
  return {
    place,
    term,
    position,
    time,
    transaction_hash: toHex(keccak256(transaction!)),
    account: order.account,
    client_order_id: order.clientOrderId,
    instrument: order.instrument,
    side: order.side,
    time_in_force: order.timeInForce,
    options: order.options,
    price_rank: order.priceRank,
    lots: order.lots,
    filled_lots: 0,
    status: "open",
    cause: null,
    updated_place: place,
    updated_time: time,
  };
}

function transferOf({ at, term, position, time }: Execution, event: { account: number; amount: number }) {
  return { place: placeOf(at), term, position, time, account: event.account, amount: event.amount };
}
