import { listUnderlyings } from "@recourse/engine";
import {
  bytesEqual,
  fromHex,
  InstrumentKind,
  POST_ONLY_OPTION,
  REDUCE_ONLY_OPTION,
  SELF_TRADE_PREVENTION_SHIFT,
  Side,
  type Surface,
  TimeInForce,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Signer } from "../demo/signing.ts";
import type { SeededRandom } from "../random.ts";
import {
  marketsInUse,
  type PricedInstrument,
  placedOrders,
  type QuietBook,
  quietBooks,
  tradableInstruments,
} from "./books.ts";
import { between, chance, pick } from "./chance.ts";
import { OWNERS, owner, privateKeyOf } from "./layer1.ts";
import { type Desk, flatSurface, type InstrumentTerms, type OrderTerms, type Trader } from "./transactions.ts";

const DOLLAR = 1_000_000;
/** Accounts of an owner. */
export const SUB_ACCOUNTS = 21;
const day = 86_400;
const underlyings = [
  { symbol: "BTC", index: 8_000e8, volatility: 80 },
  { symbol: "ETH", index: 200e8, volatility: 95 },
  { symbol: "SOL", index: 30e8, volatility: 130 },
];
const daysToExpiry = [1, 3, 10, 31];
const strikesInPercent = [85, 100, 115];

/** Of so many rich accounts one waits for settlements. */
const PATIENT_EVERY = 6;
/** Of a lot of a perpetual of the desk's, for each rank, in cash. */
export const PERPETUAL_TICK_VALUE = 100;
/** More than a premium is an average over, in cash. */
const EAGER_VALUE = 20_000 * DOLLAR;

/** What an account begins with. */
export type Wealth = "poor" | "middling" | "rich";

export interface Participant extends Trader {
  readonly wealth: Wealth;
}

/** Who trades what: the accounts, the instruments, and what a day's messages look like. */
export class Market {
  readonly desk: Desk;
  readonly traders: Participant[] = [];
  /** Those who hold options that expire first until they are settled, and trade nothing else. */
  readonly patient: Participant[] = [];
  readonly #random: SeededRandom;
  readonly #signers: readonly Signer[];
  readonly #indexes = underlyings.map(({ index }) => index);
  #expiries: readonly number[] = [];

  constructor(desk: Desk, random: SeededRandom) {
    this.desk = desk;
    this.#random = random;
    this.#signers = Array.from({ length: OWNERS }, (_, place) => signerOf(place));
  }

  /** The payments that open the accounts, and whose account each opens. */
  openingPayments(): { readonly owner: number; readonly subAccount: number; readonly amount: number }[] {
    return Array.from({ length: OWNERS * SUB_ACCOUNTS }, (_, place) => ({
      owner: place % OWNERS,
      subAccount: Math.floor(place / OWNERS),
      amount: this.#wealthOf(place),
    }));
  }

  #wealthOf(place: number): number {
    const random = this.#random;
    if (place % 8 === 0) return between(random, 200, 2_000) * DOLLAR;
    return (place % 8 < 3 ? between(random, 10_000, 60_000) : between(random, 500_000, 5_000_000)) * DOLLAR;
  }

  /** Of an owner, by place. */
  ownerAddress(place: number): Uint8Array {
    return this.#signers[place]!.address;
  }

  /** Takes notice of an account that a deposit has opened. */
  join(number: number, address: Uint8Array, amount: number): void {
    const signer = this.#signers.find((candidate) => bytesEqual(candidate.address, address))!;
    const wealth = amount < 5_000 * DOLLAR ? "poor" : amount < 100_000 * DOLLAR ? "middling" : "rich";
    const isPatient = wealth === "rich" && number % PATIENT_EVERY === 0;
    (isPatient ? this.patient : this.traders).push({ number, signer, wealth });
  }

  /** Lists everything, reports and marks it. */
  opening(time: number): Uint8Array[] {
    const { desk } = this;
    desk.clock = time;
    this.#expiries = daysToExpiry.map((days) => Math.floor(time / day) * day + days * day + 8 * 3_600);
    const terms = underlyings.flatMap((_, place): InstrumentTerms[] => [
      { kind: InstrumentKind.perpetual, underlying: place + 1, expiry: 0, strike: 0 },
      ...this.#expiries.flatMap((expiry) =>
        strikesInPercent.flatMap((percent) =>
          [InstrumentKind.call, InstrumentKind.put].map((kind) => ({
            kind,
            underlying: place + 1,
            expiry,
            strike: (this.#indexes[place]! * percent) / 100,
          })),
        ),
      ),
    ]);
    return [
      desk.tick(time),
      ...underlyings.map(({ symbol }, place) => desk.listUnderlying(place + 1, symbol)),
      ...terms.map((term) => desk.listInstrument(term)),
      ...underlyings.map((_, place) => this.report(place + 1, time)),
      ...terms.map((_, place) => desk.mark(place + 1)),
    ];
  }

  /** When the first options expire. */
  get firstExpiry(): number {
    return this.#expiries[0]!;
  }

  /** A report of an underlying, its index moved by chance. */
  report(underlying: number, time: number, index = this.#moveIndex(underlying)): Uint8Array {
    return this.desk.report(underlying, time, index, this.#surfaces(underlying, time, index));
  }

  #surfaces(underlying: number, time: number, index: number): Surface[] {
    const { volatility } = underlyings[underlying - 1]!;
    return this.#expiries
      .filter((expiry) => expiry > time)
      .map((expiry) => flatSurface(expiry, Math.round(index * 1.001), volatility, time));
  }

  #moveIndex(underlying: number): number {
    const place = underlying - 1;
    // Towards where it began, so that strikes stay near.
    const pull = (underlyings[place]!.index / this.#indexes[place]! - 1) * 0.05;
    const moved = this.#indexes[place]! * (1 + pull + 0.002 * this.#random.normal());
    this.#indexes[place] = Math.round(moved / 1e6) * 1e6;
    return this.#indexes[place]!;
  }

  /** Reports everything anew and marks what is traded. */
  refreshment(state: OrderedStore, time: number): Uint8Array[] {
    const { desk } = this;
    desk.clock = time;
    const reports = underlyings.map((_, place) => this.report(place + 1, time));
    const marks = marketsInUse(state, time).map(({ instrument }) => desk.mark(instrument));
    return [desk.tick(time), ...reports, ...marks];
  }

  /** Bids above the indexes of all perpetuals, so large that a premium comes of them. */
  eagerBids(state: OrderedStore): Uint8Array[] {
    return tradableInstruments(state)
      .filter(({ isPerpetual }) => isPerpetual)
      .map(({ instrument, fair }) => {
        const lots = Math.ceil(EAGER_VALUE / (fair * PERPETUAL_TICK_VALUE));
        return this.desk.order(this.someone("rich"), {
          instrument,
          side: Side.buy,
          rank: Math.ceil(fair * 1.004),
          lots,
        });
      });
  }

  /** Orders that give everybody positions: each is met by the next. */
  openingTrades(state: OrderedStore): Uint8Array[] {
    const { desk } = this;
    const tradable = tradableInstruments(state);
    const instruments = tradable.filter(({ expiry }) => expiry !== this.firstExpiry);
    const perpetuals = instruments.filter(({ isPerpetual }) => isPerpetual);
    const rich = this.traders.filter(({ wealth }) => wealth === "rich");
    const transactions: Uint8Array[] = [];
    for (const trader of this.traders) {
      const rounds = trader.wealth === "rich" ? between(this.#random, 3, 6) : 1;
      for (let round = 0; round < rounds; round++) {
        const { instrument, fair: rank } = pick(this.#random, trader.wealth === "rich" ? instruments : perpetuals);
        const other = pick(this.#random, rich);
        if (other === trader) continue;
        const side = this.#random.below(2);
        const lots = trader.wealth === "poor" ? between(this.#random, 5, 25) : between(this.#random, 10, 200);
        transactions.push(desk.order(other, { instrument, side: 1 - side, rank, lots }));
        transactions.push(desk.order(trader, { instrument, side, rank, lots, immediate: true }));
      }
    }
    const expiring = tradable.filter(({ expiry }) => expiry === this.firstExpiry);
    for (const [place, trader] of this.patient.entries()) {
      const { instrument, fair: rank } = expiring[place % expiring.length]!;
      const lots = between(this.#random, 10, 200);
      const other = this.patient[(place + 1) % this.patient.length]!;
      transactions.push(desk.order(other, { instrument, side: Side.sell, rank, lots }));
      transactions.push(desk.order(trader, { instrument, side: Side.buy, rank, lots, immediate: true }));
    }
    return transactions;
  }

  /** Moves the clock, reports some underlyings, marks some instruments. */
  news(state: OrderedStore, time: number): Uint8Array[] {
    const { desk } = this;
    const random = this.#random;
    desk.clock = time;
    const transactions = [desk.tick(time)];
    for (const { underlying } of listUnderlyings(state)) {
      if (chance(random, 0.4)) transactions.push(this.report(underlying, time));
    }
    const instruments = tradableInstruments(state);
    const marked = Array.from({ length: between(random, 0, 4) }, () => pick(random, instruments));
    return [...transactions, ...marked.map(({ instrument }) => desk.mark(instrument))];
  }

  /** What traders send all day: orders that rest, orders that take, replacements, cancels, new session keys. */
  bustle(state: OrderedStore, count: number, except: readonly number[] = []): Uint8Array[] {
    const random = this.#random;
    const instruments = tradableInstruments(state).filter(({ instrument }) => !except.includes(instrument));
    const placed = placedOrders(state).filter(({ instrument }) => !except.includes(instrument));
    return Array.from({ length: count }, () => {
      const old = placed.length > 0 && chance(random, 0.2) ? pick(random, placed) : undefined;
      const trader = this.traders.find(({ number }) => number === old?.account) ?? pick(random, this.traders);
      const priced = instruments.find(({ instrument }) => instrument === old?.instrument) ?? pick(random, instruments);
      const terms = this.#anyTerms(priced, trader.wealth === "poor" ? 5 : 60);
      if (old !== undefined) {
        const choice = random.below(8);
        if (choice === 0) return this.desk.cancelAll(trader, old.instrument);
        return choice < 3
          ? this.desk.replace(trader, old.clientOrderId, terms)
          : this.desk.cancel(trader, old.clientOrderId);
      }
      if (chance(random, 0.03)) return this.#newSession(trader);
      return this.desk.order(chance(random, 0.2) ? withSession(trader) : trader, terms);
    });
  }

  /** An order such as anybody may send, at, near or through the instrument's price. */
  #anyTerms({ instrument, fair }: PricedInstrument, mostLots: number): OrderTerms {
    const random = this.#random;
    const side = random.below(2);
    const isTaking = chance(random, 0.3);
    const distance = isTaking ? 0.03 : -(0.003 + 0.02 * random.uniform());
    const rank = Math.max(1, Math.round(fair * (1 + (side === Side.buy ? distance : -distance))));
    const prevention = random.below(3) << SELF_TRADE_PREVENTION_SHIFT;
    const postOnly = !isTaking && chance(random, 0.2) ? POST_ONLY_OPTION : 0;
    const options = prevention | postOnly | (chance(random, 0.1) ? REDUCE_ONLY_OPTION : 0);
    const taking = chance(random, 0.3) ? TimeInForce.fillOrKill : TimeInForce.immediateOrCancel;
    return {
      instrument,
      side,
      rank,
      lots: between(random, 1, mostLots),
      timeInForce: isTaking ? taking : TimeInForce.goodTilCancelled,
      options,
      restMinutes: pick(random, [0, 5, 60]),
    };
  }

  #newSession(trader: Trader): Uint8Array {
    const { signer, session } = withSession(trader);
    const scope = between(this.#random, 1, 3);
    return this.desk.session(
      trader,
      session,
      signer.address,
      scope,
      this.desk.clock + between(this.#random, 1, 90_000),
    );
  }

  /** Somebody, but none of some. */
  someone(wealth: Wealth, ...except: readonly Participant[]): Participant {
    return pick(
      this.#random,
      this.traders.filter((trader) => trader.wealth === wealth && !except.includes(trader)),
    );
  }

  /** A book in which a scene can be played undisturbed. */
  quietBook(state: OrderedStore): QuietBook {
    return pick(this.#random, quietBooks(state));
  }
}

/** An account with its session key, whether that is registered or not. */
export function withSession({ number }: Trader): Trader & { readonly session: number } {
  return { number, session: 1, signer: Signer.fromText(`drill: session key of account ${number}`) };
}

function signerOf(place: number): Signer {
  return new Signer(fromHex(privateKeyOf(owner(place))));
}
