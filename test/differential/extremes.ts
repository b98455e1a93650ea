import {
  accountKey,
  accountOrderKey,
  bookKey,
  encodeAccount,
  encodeBookRecord,
  encodeGlobal,
  encodeMarket,
  encodePosition,
  globalKey,
  type ListedInstrument,
  listInstruments,
  marketKey,
  positionKey,
  readAccount,
  readGlobal,
  readMarket,
  settleFund,
} from "@recourse/engine";
import {
  accountNumber,
  type Cash,
  instrumentNumber,
  MAX_CASH,
  MAX_INSTRUMENTS,
  MAX_OPEN_INTEREST,
  MAX_POSITION_LOTS,
  MAX_POSITIONS,
  MAX_RESTING_ORDERS,
  priceQuantityPerNanoUsd,
  priceRank,
  Side,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Random } from "../support/random.ts";

/** Offers of one lot: more than one order can meet. */
const OFFERS = 90;
const QUOTES_PER_PRICE = 4;

/** The price rank at which an instrument is marked; 100 where it is not. */
export function fairRank(store: OrderedStore, { instrument, record }: ListedInstrument): number {
  const mark = readMarket(store, instrument)?.mark;
  if (mark === undefined) return 100;
  return Math.max(1, Number((mark * priceQuantityPerNanoUsd) / (BigInt(record.lot) * BigInt(record.tick))));
}

/**
 * Writes records that put a state beside limits that take long to reach: positions and resting orders to be counted, a
 * deep book, positions, cash, insurance, open interest and instrument numbers near the end of their ranges. Which of
 * them is left to chance.
 * @param accounts at least six, without positions or orders
 */
export function goToExtremes(
  store: OrderedStore,
  random: Random,
  accounts: readonly { readonly number: number }[],
): void {
  const numbers = accounts.map(({ number }) => number);
  const [counterparty, opponent, collector, quoter, giant, poor] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // INVARIANT: there are positions in marked instruments only.
  const marked = listInstruments(store).filter(({ instrument }) => readMarket(store, instrument) !== undefined);
  const [first] = marked;
  if (first === undefined) return;
  if (random.chance(0.5)) {
    for (const { instrument } of marked.filter(() => random.chance(0.5))) {
      setPosition(store, collector, instrument, 3);
      if (random.chance(0.5)) setPosition(store, counterparty, instrument, -3);
    }
    // Of the many positions that would be needed, only the number counts.
    changeAccount(store, collector, { positions: MAX_POSITIONS - random.below(2) });
  }
  if (random.chance(0.5)) addQuotes(store, random, [quoter], 1, Side.buy, 1, MAX_RESTING_ORDERS - random.below(3));
  if (random.chance(0.7)) {
    addQuotes(store, random, numbers.slice(3), first.instrument, Side.sell, fairRank(store, first), OFFERS);
  }
  const sign = () => random.pick([-1, 1]);
  if (random.chance(0.3)) {
    const size = sign() * (MAX_POSITION_LOTS - 40);
    setPosition(store, giant, first.instrument, size);
    setPosition(store, opponent, first.instrument, -size);
  }
  if (random.chance(0.3)) changeAccount(store, giant, { cash: sign() * (MAX_CASH - 1_000_000) });
  if (random.chance(0.3)) changeAccount(store, poor, { cash: random.pick([-5, 0, 1, 99_999]) });
  if (random.chance(0.3)) {
    const openInterest = MAX_OPEN_INTEREST - random.below(40);
    const market = readMarket(store, first.instrument)!;
    store.put(marketKey(first.instrument), encodeMarket({ ...market, openInterest }));
  }
  const global = readGlobal(store);
  if (random.chance(0.2)) global.insurance = (MAX_CASH - random.below(200_000)) as Cash;
  if (random.chance(0.2)) global.nextInstrument = MAX_INSTRUMENTS - 1;
  settleFund(global);
  store.put(globalKey, encodeGlobal(global));
}

function changeAccount(
  store: OrderedStore,
  account: number,
  changes: { readonly cash?: number; readonly positions?: number; readonly restingOrders?: number },
): void {
  const number = accountNumber(account);
  const record = readAccount(store, number)!;
  const cash = (changes.cash ?? record.cash) as Cash;
  store.put(accountKey(number), encodeAccount({ ...record, ...changes, cash }));
}

/** Opens a position where the account has none, and counts it; for what nobody else takes of it the house stands in. */
function setPosition(store: OrderedStore, account: number, instrument: ListedInstrument["instrument"], size: number) {
  const key = positionKey(accountNumber(account), instrument);
  if (store.peek(key) !== undefined) return;
  const market = readMarket(store, instrument)!;
  store.put(key, encodePosition(size, market.fundingIndex));
  changeAccount(store, account, { positions: readAccount(store, accountNumber(account))!.positions + 1 });
  const houseLots = market.houseLots - size;
  const houseChange = Math.max(houseLots, 0) - Math.max(market.houseLots, 0);
  const openInterest = market.openInterest + Math.max(size, 0) + houseChange;
  store.put(marketKey(instrument), encodeMarket({ ...market, openInterest, houseLots }));
  const global = readGlobal(store);
  store.put(globalKey, encodeGlobal({ ...global, claims: global.claims - BigInt(size) * market.mark }));
}

/** Lets accounts have orders of one lot in a book, a few at a price and at those after it. */
function addQuotes(
  store: OrderedStore,
  random: Random,
  accounts: readonly number[],
  instrument: number,
  side: number,
  rank: number,
  count: number,
): void {
  const global = readGlobal(store);
  for (let place = 0; place < count; place++) {
    const account = accountNumber(accounts[place % accounts.length]!);
    const sequence = global.nextSequence++;
    const quoteRank = priceRank(rank + Math.floor(place / QUOTES_PER_PRICE));
    const key = bookKey(instrumentNumber(instrument), side, quoteRank, sequence);
    const clientOrderId = 1_000_000 + sequence;
    const isReduceOnly = random.chance(0.3);
    store.put(key, encodeBookRecord({ account, clientOrderId, lots: 1, goodTill: 0, era: 0, isReduceOnly }));
    store.put(accountOrderKey(account, clientOrderId), key.slice(1));
    changeAccount(store, account, { restingOrders: readAccount(store, account)!.restingOrders + 1 });
  }
  store.put(globalKey, encodeGlobal(global));
}
