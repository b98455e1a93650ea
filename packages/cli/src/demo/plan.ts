import {
  type Cash,
  cash,
  cashDecimals,
  InstrumentKind,
  type InstrumentNumber,
  type InstrumentTerms,
  instrumentNumber,
  type Lots,
  lots as lotsOf,
  MAX_DEPOSITS,
  MAX_POSITIONS,
  MAX_SURFACES,
  MAX_UNDERLYINGS,
  type Price,
  type PriceRank,
  priceRank,
  RecourseError,
  type Seconds,
  Side,
  seconds,
  type UnderlyingNumber,
  underlyingNumber,
} from "@recourse/protocol";
import { SeededRandom } from "../random.ts";
import type { OptionQuote, TapeRow } from "../tape/tape.ts";
import { chooseGranularity, chooseMinimumNotional, type Granularity, sizeInLots } from "./granularity.ts";

/**
 * What a tape becomes when it is replayed, worked out before anything is sent: who trades what with whom, under which
 * nonces, and what the oracle says when. A pure function of the tape and the seed.
 */
export interface Plan {
  readonly accounts: number;
  /** What every account pays in. */
  readonly deposit: Cash;
  readonly underlyings: readonly PlannedUnderlying[];
  /** In the order of their listing: the engine numbers them so. */
  readonly instruments: readonly PlannedInstrument[];
  /** What is done before the first row. */
  readonly opening: readonly RiskItem[];
  readonly groups: readonly PlannedGroup[];
  /** The engine's clock after the last group. */
  readonly endTime: Seconds;
}

export interface PlannedUnderlying {
  readonly number: UnderlyingNumber;
  readonly symbol: string;
}

export interface PlannedInstrument extends Granularity {
  readonly number: InstrumentNumber;
  readonly name: string;
  readonly terms: InstrumentTerms;
  readonly underlying: UnderlyingNumber;
  readonly minimumNotional: Cash;
}

/** What the operator, the lister and the oracles have to say. */
export type RiskItem =
  | { readonly type: "tick"; readonly time: Seconds }
  | { readonly type: "listUnderlying"; readonly underlying: PlannedUnderlying; readonly time: Seconds }
  | { readonly type: "listInstrument"; readonly instrument: PlannedInstrument; readonly time: Seconds }
  | {
      readonly type: "report";
      readonly underlying: UnderlyingNumber;
      readonly time: Seconds;
      readonly index: Price;
      /** In rising order of their expiries. */
      readonly surfaces: readonly PlannedSurface[];
    }
  | { readonly type: "mark"; readonly instrument: InstrumentNumber };

/** A flat surface: the expiry's total variance until then, in 1e-15. */
export interface PlannedSurface {
  readonly expiry: Seconds;
  readonly forward: Price;
  readonly variance: bigint;
}

/** Rows close in time, executed as one: the market's news first, then the orders that stand on it. */
export interface PlannedGroup {
  readonly risk: readonly RiskItem[];
  /** Trades of one round are of different instruments; a round starts when the one before it has been executed. */
  readonly rounds: readonly (readonly PlannedTrade[])[];
  readonly rows: number;
}

/** One row as two orders that meet: the maker's rests, the taker's hits it. */
export interface PlannedTrade {
  readonly row: number;
  readonly instrument: PlannedInstrument;
  readonly priceRank: PriceRank;
  readonly lots: Lots;
  readonly deadline: Seconds;
  readonly maker: PlannedParty;
  readonly taker: PlannedParty;
  /** The maker's nonce for cancelling what the taker left, where that is needed. */
  readonly cancelNonce: number;
}

export interface PlannedParty {
  /** Place of the account among the demo's accounts. */
  readonly account: number;
  readonly side: Side;
  readonly nonce: number;
}

const leastAccounts = 64;
/** Accounts that trade one instrument. */
const tradersOfInstrument = 8;
/** Positions that an account may be assigned, where there are enough accounts; fewer than the engine allows. */
const assignedPositions = MAX_POSITIONS - 8;
const leastDepositUsd = 5_000_000;
/** A group ends after this many rows, or this long after its first one by the tape's time. */
const rowsOfGroup = 24;
const secondsOfGroup = 120;
const deadlineAheadSeconds = 300;
/** The clock stands this long before the first row when the venue opens. */
const openingSeconds = 60;
const secondsOfYear = 31_536_000;
const secondsOfDay = 86_400;
/** Options expire at 08:00 UTC. */
const expirySecondOfDay = 8 * 3600;

/** Rows of one second, and the clock's times at which they are reported. */
interface Moment {
  readonly rows: readonly TapeRow[];
  /** One time for each report that the rows need; most need one. */
  readonly times: readonly Seconds[];
}

/** @throws RecourseError where the protocol cannot hold the tape: too many underlyings, prices with too many digits */
export function planReplay(rows: readonly TapeRow[], seed: number): Plan {
  const moments = momentsOf(rows);
  const venue = planVenue(rows, moments);
  const traders = new Traders(venue.instruments, seed);
  const listed = new Set<PlannedInstrument>(venue.listedAtOpening);
  const reported = new Set<string>();
  const groups: PlannedGroup[] = [];
  let markedMinute = -1;

  for (const group of groupsOf(moments)) {
    const risk: RiskItem[] = [];
    for (const moment of group) {
      const [firstTime, lastTime] = [moment.times[0]!, moment.times.at(-1)!];
      const traded = new Set(moment.rows.map((row) => venue.byName.get(row.instrument)!));
      risk.push({ type: "tick", time: firstTime });
      for (const instrument of traded) {
        if (listed.has(instrument)) continue;
        listed.add(instrument);
        risk.push({ type: "listInstrument", instrument, time: firstTime });
      }
      risk.push(...reportsOf(moment, venue));
      for (const row of moment.rows) if (row.quote) reported.add(expiryName(venue.byName.get(row.instrument)!));
      // What is traded is marked each time, everything else once a minute.
      const minute = Math.floor(secondOf(moment) / 60);
      for (const instrument of minute === markedMinute ? traded : listed) {
        if (!canBeMarked(instrument, lastTime, reported)) continue;
        risk.push({ type: "mark", instrument: instrument.number });
      }
      markedMinute = minute;
    }
    const groupRows = group.flatMap((moment) => moment.rows);
    const deadline = seconds(group.at(-1)!.times.at(-1)! + deadlineAheadSeconds);
    const trades = groupRows.map((row) => traders.trade(row, venue.byName.get(row.instrument)!, deadline));
    groups.push({ risk, rounds: roundsOf(trades), rows: groupRows.length });
  }
  return {
    accounts: traders.accounts,
    deposit: traders.deposit(),
    underlyings: venue.underlyings,
    instruments: venue.instruments,
    opening: venue.opening,
    groups,
    endTime: moments.at(-1)!.times.at(-1)!,
  };
}

/** The tape's time of a moment. */
const secondOf = ({ rows }: Moment): number => Math.floor(rows[0]!.timeMs / 1000);
/** The day by the clock of expiries: it begins at 08:00 UTC. */
const expiryDayOf = ({ times }: Moment): number => Math.floor((times.at(-1)! - expirySecondOfDay) / secondsOfDay);
const expiryName = ({ underlying, terms }: PlannedInstrument): string => `${underlying}/${terms.expiry}`;

/**
 * Puts rows of one second together. A report has room for a few expiries and each needs a later time than the one
 * before it, so a second with many expiries takes some seconds of the engine's clock, and the clock may run ahead of
 * the tape until the tape has caught up.
 */
function momentsOf(rows: readonly TapeRow[]): Moment[] {
  const moments: Moment[] = [];
  let clock = 0;
  for (let start = 0; start < rows.length; ) {
    const second = Math.floor(rows[start]!.timeMs / 1000);
    let end = start + 1;
    while (end < rows.length && Math.floor(rows[end]!.timeMs / 1000) === second) end++;
    const momentRows = rows.slice(start, end);
    const first = Math.max(second, clock + 1);
    const reports = Math.max(1, ...expiriesBySymbol(momentRows).map((expiries) => Math.ceil(expiries / MAX_SURFACES)));
    moments.push({ rows: momentRows, times: Array.from({ length: reports }, (_, place) => seconds(first + place)) });
    clock = first + reports - 1;
    start = end;
  }
  return moments;
}

function expiriesBySymbol(rows: readonly TapeRow[]): number[] {
  const expiries = new Map<string, Set<number>>();
  for (const { terms, quote } of rows) {
    if (!quote) continue;
    const known = expiries.get(terms.symbol) ?? new Set();
    expiries.set(terms.symbol, known.add(terms.expiry));
  }
  return [...expiries.values()].map((known) => known.size);
}

/**
 * Puts moments together that are executed as one: orders come after all the news of their group. No group goes on past
 * the second in which options expire, or orders from before it would be late.
 */
function groupsOf(moments: readonly Moment[]): Moment[][] {
  const groups: Moment[][] = [];
  let rows = 0;
  for (const moment of moments) {
    const first = groups.at(-1)?.[0];
    if (
      first === undefined ||
      rows >= rowsOfGroup ||
      secondOf(moment) >= secondOf(first) + secondsOfGroup ||
      expiryDayOf(moment) !== expiryDayOf(first)
    ) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)!.push(moment);
    rows += moment.rows.length;
  }
  return groups;
}

interface Venue {
  readonly underlyings: readonly PlannedUnderlying[];
  readonly instruments: readonly PlannedInstrument[];
  readonly byName: ReadonlyMap<string, PlannedInstrument>;
  readonly listedAtOpening: readonly PlannedInstrument[];
  readonly opening: readonly RiskItem[];
}

/**
 * Numbers underlyings and instruments in the order of their listing. An instrument is listed when the tape first names
 * it; one that has expired by then, when the venue opens, which is before that expiry. So the engine can say of its
 * orders what is wrong with them.
 */
function planVenue(rows: readonly TapeRow[], moments: readonly Moment[]): Venue {
  const rowsByName = new Map<string, TapeRow[]>();
  const firstTime = new Map<string, Seconds>();
  for (const { rows: momentRows, times } of moments) {
    for (const row of momentRows) {
      if (!firstTime.has(row.instrument)) firstTime.set(row.instrument, times[0]!);
      const known = rowsByName.get(row.instrument);
      if (known) known.push(row);
      else rowsByName.set(row.instrument, [row]);
    }
  }
  const underlyings = numberUnderlyings(rows);
  const granularities = new Map([...rowsByName].map(([name, ofName]) => [name, chooseGranularity(ofName)]));
  const minimumNotional = chooseMinimumNotional(rows, (row) => granularities.get(row.instrument)!.lot);

  const isLate = (name: string) => {
    const { terms } = rowsByName.get(name)![0]!;
    return terms.kind !== InstrumentKind.perpetual && terms.expiry <= firstTime.get(name)!;
  };
  const names = [...rowsByName.keys()];
  const lateNames = names.filter(isLate);
  const instruments = [...lateNames, ...names.filter((name) => !isLate(name))].map((name, place): PlannedInstrument => {
    const { terms } = rowsByName.get(name)![0]!;
    return {
      number: instrumentNumber(place + 1),
      name,
      terms,
      underlying: underlyings.find(({ symbol }) => symbol === terms.symbol)!.number,
      ...granularities.get(name)!,
      minimumNotional,
    };
  });
  const listedAtOpening = instruments.slice(0, lateNames.length);
  const time = seconds(
    Math.min(moments[0]!.times[0]!, ...listedAtOpening.map(({ terms }) => terms.expiry)) - openingSeconds,
  );
  const opening: RiskItem[] = [
    { type: "tick", time },
    ...underlyings.map((underlying) => ({ type: "listUnderlying" as const, underlying, time })),
    ...listedAtOpening.map((instrument) => ({ type: "listInstrument" as const, instrument, time })),
  ];
  const byName = new Map(instruments.map((instrument) => [instrument.name, instrument]));
  return { underlyings, instruments, byName, listedAtOpening, opening };
}

function numberUnderlyings(rows: readonly TapeRow[]): PlannedUnderlying[] {
  const symbols = [...new Set(rows.map(({ terms }) => terms.symbol))];
  if (symbols.length > MAX_UNDERLYINGS) {
    throw new RecourseError("UnrepresentableTape", `The tape names ${symbols.length} underlyings.`, [
      { field: "instrument", expected: `names of at most ${MAX_UNDERLYINGS} underlyings` },
    ]);
  }
  return symbols.map((symbol, place) => ({ number: underlyingNumber(place + 1), symbol }));
}

/** The oracle's reports of one moment: the newest index, and the newest quote of each expiry that has not passed. */
function reportsOf(moment: Moment, venue: Venue): RiskItem[] {
  const indexes = new Map<UnderlyingNumber, Price>();
  const quotes = new Map<UnderlyingNumber, Map<Seconds, OptionQuote>>();
  for (const row of moment.rows) {
    const { underlying, terms } = venue.byName.get(row.instrument)!;
    indexes.set(underlying, row.index);
    if (!row.quote) continue;
    const known = quotes.get(underlying) ?? new Map<Seconds, OptionQuote>();
    quotes.set(underlying, known.set(terms.expiry, row.quote));
  }
  const items: RiskItem[] = [];
  moment.times.forEach((time, place) => {
    if (place > 0) items.push({ type: "tick", time });
    for (const [underlying, index] of indexes) {
      const expiries = [...(quotes.get(underlying)?.keys() ?? [])].sort((left, right) => left - right);
      const surfaces = expiries
        .slice(place * MAX_SURFACES, (place + 1) * MAX_SURFACES)
        .filter((expiry) => expiry > time)
        .map((expiry) => flatSurface(quotes.get(underlying)!.get(expiry)!, expiry, time));
      if (place === 0 || surfaces.length > 0) items.push({ type: "report", underlying, time, index, surfaces });
    }
  });
  return items;
}

function flatSurface({ forward, volatility }: OptionQuote, expiry: Seconds, time: Seconds): PlannedSurface {
  const variance = volatility * volatility * ((expiry - time) / secondsOfYear);
  return { expiry, forward, variance: BigInt(Math.round(variance * 1e15)) };
}

function canBeMarked(instrument: PlannedInstrument, time: Seconds, reported: ReadonlySet<string>): boolean {
  if (instrument.terms.kind === InstrumentKind.perpetual) return true;
  return instrument.terms.expiry > time && reported.has(expiryName(instrument));
}

/** Puts trades into rounds: the first of each instrument, then the second of each, and so on. */
function roundsOf(trades: readonly PlannedTrade[]): PlannedTrade[][] {
  const rounds: PlannedTrade[][] = [];
  const counts = new Map<PlannedInstrument, number>();
  for (const trade of trades) {
    const place = counts.get(trade.instrument) ?? 0;
    counts.set(trade.instrument, place + 1);
    if (rounds[place]) rounds[place].push(trade);
    else rounds[place] = [trade];
  }
  return rounds;
}

/** The accounts of a replay: who trades what, which nonces are used, and how much money that takes. */
class Traders {
  readonly accounts: number;
  readonly #random: SeededRandom;
  /** For each instrument the accounts that trade it. */
  readonly #tradersOf: ReadonlyMap<PlannedInstrument, readonly number[]>;
  readonly #nonces: number[];
  /** For each account its positions in the underlying's own units of 1e-8, if every row is filled. */
  readonly #positions: Map<PlannedInstrument, number>[];
  readonly #indexes = new Map<UnderlyingNumber, Price>();
  #largestExposureUsd = 0;

  constructor(instruments: readonly PlannedInstrument[], seed: number) {
    this.accounts = Math.max(leastAccounts, Math.ceil((instruments.length * tradersOfInstrument) / assignedPositions));
    this.#random = new SeededRandom(seed);
    this.#nonces = new Array<number>(this.accounts).fill(0);
    this.#positions = Array.from({ length: this.accounts }, () => new Map());
    this.#tradersOf = this.#assign(instruments);
  }

  /** Gives each instrument its traders, those with the fewest instruments so far first. */
  #assign(instruments: readonly PlannedInstrument[]): Map<PlannedInstrument, number[]> {
    const assigned = new Array<number>(this.accounts).fill(0);
    return new Map(
      instruments.map((instrument) => {
        const order = this.#shuffle(assigned.map((_, account) => account));
        const traders = order.sort((left, right) => assigned[left]! - assigned[right]!).slice(0, tradersOfInstrument);
        for (const account of traders) assigned[account]!++;
        return [instrument, traders];
      }),
    );
  }

  #shuffle(values: number[]): number[] {
    for (let place = values.length - 1; place > 0; place--) {
      const other = this.#random.below(place + 1);
      [values[place], values[other]] = [values[other]!, values[place]!];
    }
    return values;
  }

  /** Makes a row into two orders. Who holds less of the instrument buys, so that positions stay small. */
  trade(row: TapeRow, instrument: PlannedInstrument, deadline: Seconds): PlannedTrade {
    const traders = this.#shuffle([...this.#tradersOf.get(instrument)!]);
    const position = (account: number) => this.#positions[account]!.get(instrument) ?? 0;
    traders.sort((left, right) => position(left) - position(right));
    const half = traders.length / 2;
    const buyer = traders[this.#random.below(half)]!;
    const seller = traders[half + this.#random.below(half)]!;
    const lots = sizeInLots(row.size, instrument.lot);
    this.#indexes.set(instrument.underlying, row.index);
    this.#hold(buyer, instrument, lots * instrument.lot);
    this.#hold(seller, instrument, -lots * instrument.lot);

    const takerBuys = row.takerSide === "buy";
    const [maker, taker] = takerBuys ? [seller, buyer] : [buyer, seller];
    return {
      row: row.number,
      instrument,
      priceRank: priceRank(row.price / instrument.tick),
      lots: lotsOf(lots),
      deadline,
      maker: { account: maker, side: takerBuys ? Side.sell : Side.buy, nonce: this.#nextNonce(maker) },
      taker: { account: taker, side: takerBuys ? Side.buy : Side.sell, nonce: this.#nextNonce(taker) },
      cancelNonce: this.#nextNonce(maker),
    };
  }

  #nextNonce(account: number): number {
    const nonce = this.#nonces[account]!;
    this.#nonces[account] = (nonce + 1) % 2 ** 16;
    return nonce;
  }

  #hold(account: number, instrument: PlannedInstrument, change: number): void {
    const positions = this.#positions[account]!;
    positions.set(instrument, (positions.get(instrument) ?? 0) + change);
    let exposureUsd = 0;
    for (const [{ underlying }, size] of positions) {
      exposureUsd += (Math.abs(size) / 1e8) * ((this.#indexes.get(underlying) ?? 0) / 1e8);
    }
    this.#largestExposureUsd = Math.max(this.#largestExposureUsd, exposureUsd);
  }

  /** What each account pays in: enough to hold the largest gross exposure of the plan without borrowing. */
  deposit(): Cash {
    const usd = Math.max(leastDepositUsd, Math.ceil(this.#largestExposureUsd / 1e6) * 1e6);
    const most = Math.floor(MAX_DEPOSITS / this.accounts / 2);
    return cash(Math.min(usd * 10 ** cashDecimals, most));
  }
}
