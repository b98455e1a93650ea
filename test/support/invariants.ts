import {
  accountKey,
  accountOfKey,
  accountOrderKey,
  BOOK_SIDE_BYTES,
  bookKey,
  bookSideKey,
  clientOrderIdOfKey,
  decodeAccount,
  decodeBookRecord,
  decodeMarket,
  decodePosition,
  instrumentOfKey,
  instrumentOfPositionKey,
  listInstruments,
  marketKey,
  positionKey,
  rankOfBookKey,
  readGlobal,
} from "@recourse/engine";
import { accountNumber, bytesEqual, instrumentNumber, priceRank, toHex } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";

const TABLE_BITS = 8;

/** A sum under a name. */
class Sums {
  readonly #sums = new Map<string, bigint>();

  add(name: string, amount: number): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0n) + BigInt(amount));
  }

  /** Those that are not zero, by name. */
  get imbalances(): Record<string, string> {
    const entries = [...this.#sums].filter(([, sum]) => sum !== 0n).map(([name, sum]) => [name, sum.toString()]);
    return Object.fromEntries(entries.sort());
  }
}

/**
 * Sums that are zero in every state that came from the genesis, and that no chunk changes whatever the state: cash is
 * neither made nor lost, each long lot has its short one, records count what there is.
 * @returns those that are not zero
 */
export function imbalances(store: OrderedStore): Record<string, string> {
  const sums = new Sums();
  const global = readGlobal(store);
  sums.add("cash", global.insurance);
  sums.add("cash", global.withdrawals);
  sums.add("cash", -global.deposits);
  for (const { key, value } of store.peekScan(accountKey(accountNumber(0)), TABLE_BITS)) {
    const account = accountOfKey(key);
    const { cash, restingOrders, positions } = decodeAccount(value);
    sums.add("cash", cash);
    sums.add(`resting orders of account ${account}`, -restingOrders);
    sums.add(`positions of account ${account}`, -positions);
  }
  for (const { key } of store.peekScan(accountOrderKey(accountNumber(0), 0), TABLE_BITS)) {
    sums.add(`resting orders of account ${accountOfKey(key)}`, 1);
  }
  for (const { key, value } of store.peekScan(positionKey(accountNumber(0), instrumentNumber(0)), TABLE_BITS)) {
    const held = decodePosition(value).lots;
    sums.add(`positions of account ${accountOfKey(key)}`, 1);
    sums.add(`lots of instrument ${instrumentOfPositionKey(key)}`, held);
    if (held > 0) sums.add(`open interest of instrument ${instrumentOfPositionKey(key)}`, held);
  }
  for (const { key, value } of store.peekScan(marketKey(instrumentNumber(0)), TABLE_BITS)) {
    sums.add(`open interest of instrument ${instrumentOfKey(key)}`, -decodeMarket(value).openInterest);
  }
  return sums.imbalances;
}

/** What must be true of any state's books: they agree with the accounts' lists of orders, and none is crossed. */
export function bookProblems(store: OrderedStore): string[] {
  const problems: string[] = [];
  const listed = new Map<string, string>();
  for (const { key, value } of store.peekScan(accountOrderKey(accountNumber(0), 0), TABLE_BITS)) {
    listed.set(toHex(value), `${accountOfKey(key)} ${clientOrderIdOfKey(key)}`);
  }
  const anyOrder = bookKey(instrumentNumber(0), 1, priceRank(0), 0);
  for (const { key, value } of store.peekScan(anyOrder, TABLE_BITS)) {
    const place = toHex(key.subarray(1));
    const { account, clientOrderId, lots } = decodeBookRecord(value);
    if (listed.get(place) !== `${account} ${clientOrderId}`) problems.push(`The order at ${place} is in no list.`);
    if (lots === 0) problems.push(`The order at ${place} is for nothing.`);
    // The last byte says whether the order may only reduce, and nothing else.
    if (value.length !== 21 || value[20]! > 1) problems.push(`The order at ${place} is not written as one.`);
    listed.delete(place);
  }
  for (const order of listed.values()) problems.push(`The order ${order} is in no book.`);
  for (const { instrument } of listInstruments(store)) {
    const [bid, ask] = [0, 1].map((side) => {
      const from = bookSideKey(instrument, side);
      const [best] = store.peekScan(from, 8 * BOOK_SIDE_BYTES);
      return best !== undefined && bytesEqual(best.key.subarray(0, BOOK_SIDE_BYTES), from.subarray(0, BOOK_SIDE_BYTES))
        ? rankOfBookKey(best.key)
        : undefined;
    });
    if (bid !== undefined && ask !== undefined && bid >= ask) problems.push(`The book of ${instrument} is crossed.`);
  }
  return problems;
}
