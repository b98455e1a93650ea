import {
  accountMargin,
  type EngineEvent,
  fundEquity,
  imbalances,
  readAccount,
  readGlobal,
  readMarket,
  readPositions,
} from "@recourse/engine";
import {
  type AccountNumber,
  type Cash,
  InstrumentKind,
  type Price,
  price,
  Reason,
  RecourseError,
  reasonName,
  type Seconds,
  type Transaction,
  TransactionKind,
  type UnderlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { type Plan, type PlannedGroup, type PlannedInstrument, planReplay, type RiskItem } from "../demo/plan.ts";
import { type Trader, TransactionFactory } from "../demo/transactions.ts";
import { SeededRandom } from "../random.ts";
import type { Tape } from "../tape/tape.ts";
import { betOf, type Crowd, gather, quoteAround, unwind } from "./crowd.ts";
import type { Liquidation, Moment, StressReport } from "./stressReport.ts";
import { houseOrder, immediateOrder, Nonces, quotes, register, settlement } from "./stressTransactions.ts";
import { Surfaces } from "./surfaces.ts";
import { authorities, StressVenue, separator } from "./venue.ts";

export interface StressOptions {
  readonly tape: Tape;
  readonly seed: number;
  /** Leveraged accounts. */
  readonly accounts: number;
  /** Liquidations wait this long by the tape's clock: 0 for after every group of rows. */
  readonly liquidationIntervalSeconds: number;
  readonly progress: (line: string) => void;
}

/** Who has fallen this far within this time bids no more. */
const panicFall = 0.04;
const panicSeconds = 600;
/** A settlement price is the average of so many seconds. */
const settlementSeconds = 1_800;
/** An account below maintenance is taken over in at most this many steps: five of 20 % would be all of it. */
const mostSteps = 8;

/**
 * Replays a tape's prices through the engine with accounts that are leveraged as far as they may be, liquidates who falls
 * below maintenance, and sees to it after every chunk that no money has come from nowhere.
 * @throws RecourseError `ConservationBroken` where a sum is not kept
 */
export function runStress(options: StressOptions): StressReport {
  return new StressRun(options).run();
}

class StressRun {
  readonly #options: StressOptions;
  readonly #plan: Plan;
  readonly #venue: StressVenue;
  readonly #factory = new TransactionFactory(separator, authorities);
  readonly #nonces = new Nonces();
  readonly #surfaces = new Surfaces();
  readonly #crowd: Crowd;
  readonly #random: SeededRandom;
  readonly #byNumber: ReadonlyMap<number, PlannedInstrument>;
  readonly #settledExpiries = new Set<string>();
  readonly #indexes: { readonly time: Seconds; readonly underlying: UnderlyingNumber; readonly index: Price }[] = [];
  readonly #liquidations: Liquidation[] = [];
  readonly #moments: Moment[] = [];
  readonly #reasons = new Map<string, number>();
  #time = 0 as Seconds;
  #lastPass = 0;
  #fills = 0;
  #houseTrades = 0;
  #settledPositions = 0;
  #fundingPayments = 0;
  #checked = 0;

  constructor(options: StressOptions) {
    const { tape, seed, accounts } = options;
    this.#options = options;
    this.#plan = planReplay(tape.rows, seed);
    this.#venue = new StressVenue((store) => this.#audit(store));
    this.#crowd = gather(this.#venue, accounts, this.#plan.groups.length, seed);
    this.#random = new SeededRandom(seed + 1);
    this.#byNumber = new Map(this.#plan.instruments.map((instrument) => [instrument.number, instrument]));
  }

  run(): StressReport {
    for (const item of this.#plan.opening) this.#risk(item);
    for (const provider of this.#crowd.providers) {
      this.#submit(register(provider, this.#nonces.admission(provider, this.#time)));
    }
    this.#plan.groups.forEach((group, place) => {
      this.#marketMoves(group);
      this.#quote(group, place);
      this.#enter(place);
      this.#liquidate();
      this.#unwind();
      this.#settleExpired();
      this.#observe();
      if (place % 50 === 0) {
        this.#options.progress(
          `${place} of ${this.#plan.groups.length} groups, ${this.#liquidations.length} liquidations`,
        );
      }
    });
    // However late liquidations are: what is lost must be recognised before claims are compared with the vault.
    this.#lastPass = Number.NEGATIVE_INFINITY;
    this.#liquidate();
    this.#observe();
    this.#venue.close();
    return this.#report();
  }

  #submit(transaction: Transaction): { readonly reason: number; readonly events: readonly EngineEvent[] } {
    const outcome = this.#venue.submit(transaction);
    const name = reasonName(outcome.reason);
    this.#reasons.set(name, (this.#reasons.get(name) ?? 0) + 1);
    for (const event of outcome.events) this.#note(event);
    return outcome;
  }

  #note(event: EngineEvent): void {
    if (event.type === "fill") this.#fills++;
    else if (event.type === "houseTrade") this.#houseTrades++;
    else if (event.type === "settled") this.#settledPositions++;
    else if (event.type === "fundingPaid") this.#fundingPayments++;
    else if (event.type === "liquidated") {
      const { account, provider, percent, penalty, loss, equity, maintenance, legs } = event;
      const amounts = { equity: equity.toString(), maintenance: maintenance.toString() };
      this.#liquidations.push({
        time: this.#time,
        index: this.#index(),
        account,
        provider,
        percent,
        penalty,
        loss,
        ...amounts,
        legs: legs.map(({ instrument, lots }) => ({ instrument: this.#byNumber.get(instrument)!.name, lots })),
      });
    }
  }

  #risk(item: RiskItem): void {
    if (item.type === "tick") this.#time = item.time;
    if (item.type === "report") {
      this.#indexes.push({ time: item.time, underlying: item.underlying, index: item.index });
    }
    this.#submit(this.#factory.risk(item.type === "report" ? this.#surfaces.complete(item) : item));
  }

  #marketMoves({ risk }: PlannedGroup): void {
    for (const item of risk) this.#risk(item);
  }

  #index(): Price {
    return this.#indexes.at(-1)?.index ?? price(0);
  }

  /** Whether the index has fallen so far, so fast, that nobody bids. */
  #isPanic(): boolean {
    const now = this.#index();
    for (let place = this.#indexes.length - 1; place >= 0; place--) {
      const { time, index } = this.#indexes[place]!;
      if (time < this.#time - panicSeconds) return false;
      if (now < index * (1 - panicFall)) return true;
    }
    return false;
  }

  /** Makers replace their quotes of what is traded now, and of a perpetual always. */
  #quote({ rounds }: PlannedGroup, place: number): void {
    const traded = new Set(rounds.flat().map(({ instrument }) => instrument));
    for (const instrument of this.#plan.instruments) {
      if (instrument.terms.kind === InstrumentKind.perpetual) traded.add(instrument);
    }
    const withBids = !this.#isPanic();
    const sorted = [...traded].sort((left, right) => left.number - right.number);
    const sides = sorted.flatMap((instrument) => quoteAround(this.#venue.store, instrument, withBids) ?? []);
    const maker = this.#crowd.makers[place % this.#crowd.makers.length]!;
    for (let from = 0; from < sides.length; from += 32) {
      const some = sides.slice(from, from + 32);
      this.#submit(quotes(maker, this.#nonces.admission(maker, this.#time), some));
    }
  }

  #enter(place: number): void {
    for (const gambler of this.#crowd.gamblers) {
      if (gambler.entry !== place) continue;
      const { store } = this.#venue;
      const wanted = betOf(gambler, store, this.#plan.instruments, this.#time, this.#random);
      if (wanted === undefined) continue;
      const { trader } = gambler;
      // Whom it sells to, or buys from, quotes what it wants: an instrument that nobody trades now has no quotes.
      const [maker] = this.#crowd.makers;
      const quote = quoteAround(store, this.#byNumber.get(wanted.instrument)!, true);
      if (quote !== undefined) this.#submit(quotes(maker!, this.#nonces.admission(maker!, this.#time), [quote]));
      this.#submit(immediateOrder(trader, this.#nonces.admission(trader, this.#time), wanted));
    }
  }

  get #everybody(): Trader[] {
    return [...this.#crowd.gamblers.map(({ trader }) => trader), ...this.#crowd.makers, ...this.#crowd.providers];
  }

  /** Liquidates whoever is below maintenance until the engine says that nobody is. */
  #liquidate(): void {
    if (this.#time < this.#lastPass + this.#options.liquidationIntervalSeconds) return;
    this.#lastPass = this.#time;
    for (const { number } of this.#everybody) {
      for (let step = 0; step < mostSteps; step++) {
        const margin = accountMargin(this.#venue.store, number)!;
        if (margin.equity >= margin.maintenanceMargin || !this.#liquidateOne(number)) break;
      }
    }
  }

  /** One step of a liquidation: every other one is offered to a provider, the rest to the house. */
  #liquidateOne(account: AccountNumber): boolean {
    const { providers } = this.#crowd;
    const provider = providers[this.#liquidations.length % (2 * providers.length)]?.number ?? (0 as AccountNumber);
    const attempt = (taker: AccountNumber) =>
      this.#submit({ kind: TransactionKind.liquidate, account, provider: taker }).reason;
    let reason = attempt(provider);
    if (reason === Reason.MarkTooOld) {
      for (const { instrument } of readPositions(this.#venue.store, account)) {
        this.#submit({ kind: TransactionKind.mark, instrument });
      }
      reason = attempt(provider);
    }
    if (reason !== Reason.Ok && reason !== Reason.NotLiquidatable && provider !== 0)
      reason = attempt(0 as AccountNumber);
    return reason === Reason.Ok;
  }

  /** Makers take off the house's hands what it has, when they are not afraid. */
  #unwind(): void {
    if (this.#isPanic()) return;
    for (const instrument of this.#plan.instruments) {
      const market = readMarket(this.#venue.store, instrument.number);
      const wanted = market && unwind(instrument, market);
      if (wanted === undefined) continue;
      const maker = this.#crowd.makers[this.#random.below(this.#crowd.makers.length)]!;
      this.#submit(houseOrder(maker, this.#nonces.admission(maker, this.#time), wanted));
    }
  }

  /** What has expired is settled at the average of its last half hour, paid out, and pruned. */
  #settleExpired(): void {
    for (const { terms, underlying } of this.#plan.instruments) {
      const name = `${underlying}/${terms.expiry}`;
      if (terms.kind === InstrumentKind.perpetual || terms.expiry > this.#time || this.#settledExpiries.has(name)) {
        continue;
      }
      this.#settledExpiries.add(name);
      const settled = this.#settlementPrice(underlying, terms.expiry);
      if (settled === undefined) continue;
      this.#submit(settlement(underlying, terms.expiry, settled));
      const expired = this.#plan.instruments.filter(
        (other) => other.underlying === underlying && other.terms.expiry === terms.expiry,
      );
      for (const { number } of expired) this.#submit({ kind: TransactionKind.mark, instrument: number });
      const numbers = new Set<number>(expired.map(({ number }) => number));
      for (const { number: account } of this.#everybody) {
        for (const { instrument } of readPositions(this.#venue.store, account)) {
          if (numbers.has(instrument)) this.#submit({ kind: TransactionKind.settle, account, instrument });
        }
      }
      for (const { number } of expired) this.#submit({ kind: TransactionKind.prune, instrument: number });
    }
  }

  #settlementPrice(underlying: UnderlyingNumber, expiry: Seconds): Price | undefined {
    const last = this.#indexes.filter(
      (entry) => entry.underlying === underlying && entry.time <= expiry && entry.time > expiry - settlementSeconds,
    );
    if (last.length === 0) return undefined;
    return price(Math.round(last.reduce((sum, { index }) => sum + index, 0) / last.length));
  }

  /** @throws RecourseError where money was made or lost */
  #audit(store: OrderedStore): void {
    this.#checked++;
    const found = imbalances(store);
    const names = Object.keys(found);
    if (names.length === 0) return;
    throw new RecourseError(
      "ConservationBroken",
      `Sums that are zero in every state are not, at ${this.#time}.`,
      names.map((name) => ({ field: name, expected: `0, not ${found[name]}` })),
    );
  }

  #observe(): void {
    const { store } = this.#venue;
    const global = readGlobal(store);
    const perpetual = this.#plan.instruments.find(({ terms }) => terms.kind === InstrumentKind.perpetual);
    const market = perpetual && readMarket(store, perpetual.number);
    let underwater = 0;
    let owed = 0n;
    for (const { number } of this.#everybody) {
      const { equity } = accountMargin(store, number)!;
      if (equity >= 0n) continue;
      underwater++;
      owed -= equity;
    }
    this.#moments.push({
      time: this.#time,
      index: this.#index(),
      mark: market ? Math.round((Number(market.mark) * 1e7) / market.lot) : this.#index(),
      fundEquity: Number(fundEquity(global)),
      deficit: global.deficit,
      liquidations: this.#liquidations.length,
      underwater,
      owed: Number(owed / 1000n),
    });
  }

  #report(): StressReport {
    const { store } = this.#venue;
    const { deposits, withdrawals, deficit } = readGlobal(store);
    const cashOf = (account: AccountNumber): Cash => readAccount(store, account)!.cash;
    return {
      tape: { file: this.#options.tape.file, rows: this.#options.tape.rows.length },
      seed: this.#options.seed,
      accounts: this.#crowd.gamblers.length,
      liquidationIntervalSeconds: this.#options.liquidationIntervalSeconds,
      fills: this.#fills,
      fundingPayments: this.#fundingPayments,
      houseTrades: this.#houseTrades,
      settledPositions: this.#settledPositions,
      closedAccounts: this.#crowd.gamblers.filter(({ trader }) => cashOf(trader.number) === 0).length,
      reasons: Object.fromEntries([...this.#reasons].sort()),
      chunksAudited: this.#checked,
      vault: (deposits - withdrawals) as Cash,
      claims: claimsOn(store, this.#everybody, deficit, deposits - withdrawals),
      liquidations: this.#liquidations,
      moments: this.#moments,
      ...this.#venue.fingerprint(),
    };
  }
}

/** What all accounts together could withdraw if they closed at the marks: never more than the vault holds. */
function claimsOn(store: OrderedStore, traders: readonly Trader[], deficit: number, vault: number): Cash {
  let sum = 0n;
  for (const { number } of traders) {
    const { equity } = accountMargin(store, number)!;
    if (equity > 0n) sum += equity / 1000n;
  }
  return Number((sum * BigInt(vault)) / BigInt(vault + deficit)) as Cash;
}
