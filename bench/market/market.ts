import {
  accountKey,
  accountOrderKey,
  bookKey,
  createGenesis,
  decodeGlobal,
  encodeAccount,
  encodeBookRecord,
  encodeExpiry,
  encodeGlobal,
  encodeInstrument,
  encodeMarket,
  encodePosition,
  encodeUnderlying,
  executeChunk,
  expiryKey,
  globalKey,
  instrumentKey,
  marketKey,
  newAccount,
  positionKey,
  readMarket,
  underlyingKey,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  concatBytes,
  InstrumentKind,
  instrumentNumber,
  price,
  priceRank,
  quantity,
  Reason,
  Side,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Random } from "../../test/support/random.ts";
import {
  context,
  flatSurface,
  genesisParameters,
  markBytes,
  type Signer,
  signedReport,
  signer,
} from "../../test/support/world.ts";

/** The engine's clock: 12 March 2020, 00:00 UTC. */
export const marketTime = 1_583_971_200;
const DAY_SECONDS = 86_400;
const EXPIRY_HOUR_SECONDS = 28_800;
const EXPIRY_DAYS = [8, 15, 43, 106] as const;
/** Strikes in percent of the index; puts below it, calls from it on. */
const STRIKES = [86, 90, 94, 98, 102, 106, 110, 114] as const;
const VOLATILITY_PERCENT = 80;
const WEALTH = cash(2 ** 40);
const POSITION_LOTS = 50;
/** Prices of resting orders lie within so many ticks of the mark. */
const BOOK_DEPTH = 40;
const MOST_RESTING_LOTS = 40;
const CLIENT_ORDER_IDS = 1_000_000;

const underlyings = [
  {
    number: underlyingNumber(1),
    symbol: "BTC",
    index: 8_000,
    perpetual: { tick: 5e7, lot: 1e5 },
    option: { tick: 1e8, lot: 1e6 },
  },
  {
    number: underlyingNumber(2),
    symbol: "ETH",
    index: 200,
    perpetual: { tick: 1e6, lot: 1e7 },
    option: { tick: 1e6, lot: 1e8 },
  },
] as const;

export interface MarketInstrument {
  readonly number: number;
  /** The price in ticks that is nearest to the mark, and far enough from zero for bids below it. */
  readonly fairRank: number;
}

export interface MarketAccount {
  readonly number: number;
  readonly key: Signer;
  /** Numbers of the instruments in which it has positions. */
  readonly held: readonly number[];
}

/** An order that rests in the market's books at its beginning. */
export interface RestingOrder {
  readonly account: number;
  readonly instrument: number;
  readonly isBuy: boolean;
  readonly priceRank: number;
  readonly lots: number;
}

export interface MarketOptions {
  readonly accounts: number;
  /** Positions of each account, 1 to 64. */
  readonly positions: number;
  /** Resting orders of each account. */
  readonly restingOrders: number;
  readonly seed: number;
}

/** Of the size that the design's budgets are stated for: above 100,000 leaves. */
export const largeMarket: MarketOptions = { accounts: 2_000, positions: 8, restingOrders: 21, seed: 71 };

/**
 * A market in its midst: two underlyings, two perpetuals and 62 options, all marked; accounts with positions of both
 * signs in some of them, and books with orders on both sides of every mark. The same each time for the same options.
 */
export class Market {
  readonly store: OrderedStore;
  readonly accounts: readonly MarketAccount[];
  readonly instruments: readonly MarketInstrument[];
  readonly #resting: RestingOrder[] = [];

  constructor({ accounts, positions, restingOrders, seed }: MarketOptions) {
    const random = new Random(seed);
    const store = createGenesis(genesisParameters);
    this.store = store;
    const count = listAll(store, accounts * restingOrders);
    markAll(store, count);
    this.instruments = Array.from({ length: count }, (_, place) => describeInstrument(store, place + 1));
    this.accounts = Array.from({ length: accounts }, (_, place) => {
      const held = Array.from({ length: positions }, (__, step) => 1 + ((place + step * (count / positions)) % count));
      return { number: place + 1, key: signer(place), held: held.map((number) => Math.floor(number)) };
    });
    for (const [place, account] of this.accounts.entries()) this.#endow(account, place, restingOrders, random);
    // As many lots are held long as accounts could hold: what the accounts close must be there to be closed.
    for (let number = 1; number <= count; number++) {
      const market = readMarket(store, instrumentNumber(number))!;
      const record = encodeMarket({ ...market, openInterest: accounts * POSITION_LOTS });
      store.put(marketKey(instrumentNumber(number)), record);
    }
    store.beginChunk();
  }

  instrument(number: number): MarketInstrument {
    return this.instruments[number - 1]!;
  }

  /** The books' orders, in order of their arrival. */
  get resting(): readonly RestingOrder[] {
    return this.#resting;
  }

  /** Gives an account cash, positions and resting orders. */
  #endow(account: MarketAccount, place: number, restingOrders: number, random: Random): void {
    const { store, instruments } = this;
    const number = accountNumber(account.number);
    const sign = Math.floor(place / instruments.length) % 2 === 0 ? 1 : -1;
    const record = { ...newAccount(account.key.address), cash: WEALTH, restingOrders, positions: account.held.length };
    store.put(accountKey(number), encodeAccount(record));
    for (const held of account.held) {
      store.put(positionKey(number, instrumentNumber(held)), encodePosition(sign * POSITION_LOTS, 0n));
    }
    for (let order = 0; order < restingOrders; order++) {
      const { number: instrument, fairRank } = this.instrument(random.pick(account.held));
      const side = random.below(2);
      const away = 1 + random.below(BOOK_DEPTH);
      const rank = priceRank(side === Side.buy ? fairRank - away : fairRank + away);
      const sequence = 1 + place * restingOrders + order;
      const key = bookKey(instrumentNumber(instrument), side, rank, sequence);
      const clientOrderId = CLIENT_ORDER_IDS + order;
      const lots = 1 + random.below(MOST_RESTING_LOTS);
      this.#resting.push({ account: account.number, instrument, isBuy: side === Side.buy, priceRank: rank, lots });
      store.put(
        key,
        encodeBookRecord({ account: number, clientOrderId, lots, goodTill: 0, era: 0, isReduceOnly: false }),
      );
      store.put(accountOrderKey(number, clientOrderId), key.slice(1));
    }
  }
}

/** Lists every underlying, expiry and instrument. @returns how many instruments there are */
function listAll(store: OrderedStore, sequences: number): number {
  let number = 0;
  for (const { number: underlying, symbol, index, perpetual, option } of underlyings) {
    const text = new Uint8Array(8);
    text.set(new TextEncoder().encode(symbol));
    store.put(
      underlyingKey(underlying),
      encodeUnderlying({ symbol: text, grid: 1, index: price(index * 1e8), indexTime: seconds(marketTime - 1) }),
    );
    const list = (kind: number, expiry: number, strike: number, { tick, lot }: typeof perpetual | typeof option) => {
      const record = {
        kind,
        underlying,
        expiry: seconds(expiry),
        strike: price(strike),
        tick: price(tick),
        lot: quantity(lot),
        minimumNotional: cash(1_000_000),
        takerFeeRate: 300,
        makerFeeRate: 100,
      };
      store.put(instrumentKey(instrumentNumber(++number)), encodeInstrument(record));
    };
    list(InstrumentKind.perpetual, 0, 0, perpetual);
    for (const expiry of expiries()) {
      const flat = flatSurface(expiry, price(index * 1e8), VOLATILITY_PERCENT, marketTime - 1);
      const quote = { ...flat, time: seconds(marketTime - 1), settlement: price(0), index: price(index * 1e8) };
      store.put(expiryKey(underlying, seconds(expiry)), encodeExpiry({ instruments: STRIKES.length, ...quote }));
      // One strike of the last expiry is left out, so that there are 32 instruments on each underlying.
      for (const percent of STRIKES.slice(expiry === expiries().at(-1) ? 1 : 0)) {
        const kind = percent < 100 ? InstrumentKind.put : InstrumentKind.call;
        list(kind, expiry, index * 1e6 * percent, option);
      }
    }
  }
  store.put(
    globalKey,
    encodeGlobal({
      ...decodeGlobal(store.peek(globalKey)!),
      time: seconds(marketTime),
      term: 1,
      nextInstrument: number + 1,
      nextSequence: sequences + 1,
      underlyingCount: underlyings.length,
      deposits: cash(2 ** 51),
    }),
  );
  return number;
}

export function expiries(): number[] {
  return EXPIRY_DAYS.map((days) => marketTime + days * DAY_SECONDS + EXPIRY_HOUR_SECONDS);
}

/** Reports and marks as they would come in: a report of each underlying with all its surfaces. */
export function reportBytes(time: number): Uint8Array[] {
  return underlyings.map(({ number, index }) =>
    signedReport({
      underlying: number,
      time,
      index: index * 1e8,
      surfaces: expiries().map((expiry) => flatSurface(expiry, price(index * 1e8), VOLATILITY_PERCENT, time)),
    }),
  );
}

function markAll(store: OrderedStore, instruments: number): void {
  const run = (transactions: readonly Uint8Array[]) => {
    const { reasons } = executeChunk(store, context(), ChunkKind.risk, concatBytes(...transactions));
    if (reasons.length < transactions.length || reasons.some((reason) => reason !== Reason.Ok)) {
      throw new Error(`The market could not be marked: ${reasons.join(" ")}.`);
    }
  };
  run(reportBytes(marketTime));
  for (let first = 1; first <= instruments; first += 8) {
    const length = Math.min(8, instruments + 1 - first);
    run(Array.from({ length }, (_, place) => markBytes(first + place)));
  }
}

function describeInstrument(store: OrderedStore, number: number): MarketInstrument {
  const { mark } = readMarket(store, instrumentNumber(number))!;
  const underlying = underlyings[number <= 32 ? 0 : 1];
  const { tick, lot } = number % 32 === 1 ? underlying.perpetual : underlying.option;
  // A mark is in 1e-9 USD for a lot, and price times lot in 1e-16 USD.
  const fairRank = Math.round((Number(mark) * 1e7) / (tick * lot));
  return { number, fairRank: Math.max(fairRank, 2 * BOOK_DEPTH) };
}
