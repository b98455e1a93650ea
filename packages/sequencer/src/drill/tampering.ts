import {
  accountKey,
  accountOrderKey,
  decodeAccount,
  decodeBookRecord,
  decodeGlobal,
  decodeMarket,
  encodeAccount,
  encodeGlobal,
  encodeMarket,
  encodeWithdrawal,
  globalKey,
  KEY_BYTES,
  sharesPrefix,
  Table,
  withdrawalKey,
} from "@recourse/engine";
import { type AccountNumber, type Cash, cash, readUint } from "@recourse/protocol";
import type { Entry, OrderedStore } from "@recourse/store";
import { pick } from "./random.ts";

/** The lies of a drill, each a change of the state that no transaction made. */
export const dishonestKinds = [
  "cancelled order brought back",
  "balance minted",
  "position erased",
  "mark altered",
  "order jumped the queue",
  "withdrawal invented",
] as const;
export type DishonestKind = (typeof dishonestKinds)[number];

/** An order that a chunk took out of the book. */
export interface CancelledOrder {
  readonly account: AccountNumber;
  readonly clientOrderId: number;
}

/** What a lie has to work with. */
export interface TamperingInput {
  /** The state before the chunk. */
  readonly before: OrderedStore;
  /** The state after the chunk, which is changed. */
  readonly after: OrderedStore;
  readonly cancelled: readonly CancelledOrder[];
  readonly random: () => number;
}

const MINTED: Cash = cash(1_000_000_000);
const INVENTED: Cash = cash(5_000_000_000);

type Tampering = (input: TamperingInput) => boolean;

/** Each tells the lie and says true, or leaves the state as it is because it does not apply to it. */
const tamperings: Readonly<Record<DishonestKind, Tampering>> = {
  "cancelled order brought back": ({ before, after, cancelled, random }) => {
    const order = pick(cancelled, random);
    const listKey = order && accountOrderKey(order.account, order.clientOrderId);
    const place = listKey && before.peek(listKey);
    if (order === undefined || place === undefined || after.peek(listKey!) !== undefined) return false;
    const bookKey = new Uint8Array(KEY_BYTES);
    bookKey[0] = Table.book;
    bookKey.set(place, KEY_BYTES - place.length);
    const account = decodeAccount(after.peek(accountKey(order.account))!);
    account.restingOrders++;
    after.put(listKey!, place);
    after.put(bookKey, before.peek(bookKey)!);
    after.put(accountKey(order.account), encodeAccount(account));
    return true;
  },

  "balance minted": ({ after, random }) => {
    const entry = pick(tableOf(after, Table.account), random);
    if (entry === undefined) return false;
    const account = decodeAccount(entry.value);
    account.cash = cash(account.cash + MINTED);
    after.put(entry.key, encodeAccount(account));
    return true;
  },

  "position erased": ({ after, random }) => {
    const entry = pick(tableOf(after, Table.position), random);
    if (entry === undefined) return false;
    const owner = accountKey(readUint(entry.key, 1, 4) as AccountNumber);
    const account = decodeAccount(after.peek(owner)!);
    account.positions--;
    after.delete(entry.key);
    after.put(owner, encodeAccount(account));
    return true;
  },

  "mark altered": ({ after, random }) => {
    const entry = pick(tableOf(after, Table.market), random);
    if (entry === undefined) return false;
    const mark = decodeMarket(entry.value);
    after.put(entry.key, encodeMarket({ ...mark, mark: mark.mark + mark.mark / 10n + 1n }));
    return true;
  },

  "order jumped the queue": ({ after, random }) => {
    const pairs = adjacentOrders(after);
    const pair = pick(pairs, random);
    if (pair === undefined) return false;
    const [first, second] = pair;
    after.put(first.key, second.value);
    after.put(second.key, first.value);
    for (const [key, value] of [
      [first.key, second.value],
      [second.key, first.value],
    ] as const) {
      const { account, clientOrderId } = decodeBookRecord(value);
      after.put(accountOrderKey(account, clientOrderId), key.slice(1));
    }
    return true;
  },

  "withdrawal invented": ({ after, random }) => {
    const entry = pick(tableOf(after, Table.account), random);
    if (entry === undefined) return false;
    const global = decodeGlobal(after.peek(globalKey)!);
    const { owner } = decodeAccount(entry.value);
    after.put(
      withdrawalKey(global.nextWithdrawal),
      encodeWithdrawal({ recipient: owner, amount: INVENTED, time: global.time }),
    );
    global.nextWithdrawal++;
    after.put(globalKey, encodeGlobal(global));
    return true;
  },
};

/** Tells one lie. @returns whether it applies; where it does not, the state is unchanged */
export function tamper(kind: DishonestKind, input: TamperingInput): boolean {
  return tamperings[kind](input);
}

function tableOf(store: OrderedStore, table: number): Entry[] {
  const prefix = new Uint8Array(KEY_BYTES);
  prefix[0] = table;
  return [...store.peekScan(prefix, 8)];
}

/** Bytes of a book key that say instrument, side and price. */
const LEVEL_BYTES = 10;

/** Resting orders of one price, each with the next in its queue. */
function adjacentOrders(store: OrderedStore): (readonly [Entry, Entry])[] {
  const orders = tableOf(store, Table.book);
  return orders.flatMap((order, place) => {
    const next = orders[place + 1];
    return next && sharesPrefix(order.key, next.key, LEVEL_BYTES) ? [[order, next] as const] : [];
  });
}
