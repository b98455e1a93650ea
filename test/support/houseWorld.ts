import {
  accountMargin,
  createGenesis,
  type EngineEvent,
  listInstruments,
  readAccount,
  readGlobal,
  readMarket,
  readPositions,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  chunkKindOf,
  concatBytes,
  encodeMessages,
  formatInstrumentName,
  InstrumentKind,
  type InstrumentNumber,
  instrumentNumber,
  MAX_CHUNK_BYTES,
  price,
  type ReasonName,
  reasonName,
  type StepContext,
  seconds,
  type TransactionKind,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  liquidateBytes,
  pruneBytes,
  settleBytes,
  signedHouseOrder,
  signedProvider,
  signedSettlement,
} from "./house.ts";
import { Random } from "./random.ts";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  signedCancelAll,
  signedListing,
  signedOrder,
  signedReport,
  signedUnderlying,
  signedWithdraw,
  signer,
  tickBytes,
} from "./world.ts";

/** A chunk that a world wants to be executed. */
export interface WorldChunk {
  readonly context: StepContext;
  readonly kind: ChunkKind;
  readonly chunk: Uint8Array;
}

/** Executes a chunk on the state; what it does not come to is asked for again in the next. */
export type WorldExecutor = (
  store: OrderedStore,
  chunk: WorldChunk,
  name: string,
) => Promise<{ readonly reasons: readonly number[]; readonly events: readonly EngineEvent[] }>;

export interface WorldResult {
  readonly reasons: readonly ReasonName[];
  readonly events: readonly EngineEvent[];
}

const SYMBOLS = ["BTC", "ETH"];
const HOUR = 3_600;
const DAY = 86_400;
const start = 1_583_971_200; // 12 March 2020, 00:00 UTC
const FIRST_EXPIRY = start + 8 * HOUR;
const SECOND_EXPIRY = start + 15 * DAY + 8 * HOUR;
const TICK = 1_000_000;
const LOT = 1_000_000;
/** Nano-USD of one lot and one rank: tick × lot / 1e7. */
const NANO_PER_RANK = 100_000n;
const holders = Array.from({ length: 8 }, (_, place) => signer(700 + place));
/** A price of 0.01 USD, so that what is near to nothing is not nothing. */
const LEAST_PRICE = 1_000_000;

/**
 * Markets that are driven to extremes: two underlyings with a perpetual and options each, many accounts that trade on
 * thin margins, an index that jumps, liquidations, the house, expiries. Seeded; all through the rules, nothing written
 * into the state.
 */
export class HouseWorld {
  readonly random: Random;
  readonly store: OrderedStore;
  readonly accounts: number;
  /** By reason and by type of event, how often. */
  readonly counts = new Map<string, number>();
  time = start;
  /** The index of each underlying, in 1e-8 USD; the underlyings are numbered from 1. */
  readonly indexes = [8_000e8, 200e8];
  readonly #execute: WorldExecutor;
  #nonce = 0;
  #chunks = 0;
  #volatilityPercent = 80;

  constructor(seed: number, accounts: number, execute: WorldExecutor) {
    this.random = new Random(seed);
    this.accounts = accounts;
    this.#execute = execute;
    this.store = createGenesis({ ...genesisParameters, maxMarkAgeSeconds: 60 });
  }

  /** Executes transactions, in as many chunks as they need. */
  run(...transactions: readonly Uint8Array[]): Promise<WorldResult> {
    return this.runOn(this.store, ...transactions);
  }

  /** Executes transactions on another state than the world's own. */
  async runOn(store: OrderedStore, ...transactions: readonly Uint8Array[]): Promise<WorldResult> {
    const reasons: ReasonName[] = [];
    const events: EngineEvent[] = [];
    for (let from = 0; from < transactions.length; ) {
      const kind = chunkKindOf(transactions[from]![0] as TransactionKind);
      let to = from;
      let bytes = 0;
      for (; to < transactions.length; to++) {
        const { length, 0: kindOf } = transactions[to]!;
        if (bytes + length > MAX_CHUNK_BYTES || chunkKindOf(kindOf as TransactionKind) !== kind) break;
        bytes += length;
      }
      const input = { context: context(), kind, chunk: concatBytes(...transactions.slice(from, to)) };
      const result = await this.#step(input, store);
      from += result.reasons.length;
      reasons.push(...result.reasons.map(reasonName));
      events.push(...result.events);
    }
    return { reasons, events };
  }

  async #step(input: WorldChunk, store = this.store) {
    const name = `seed ${this.random.seed} chunk ${this.#chunks++}`;
    const result = await this.#execute(store, input, name);
    for (const reason of result.reasons) this.#count(reasonName(reason));
    for (const event of result.events) this.#count(event.type);
    return result;
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #admission(account: number) {
    this.#nonce++;
    return { account, key: this.#key(account), deadline: this.time + 60, nonce: this.#nonce & 0xffff };
  }

  #key = (account: number) => holders[account % holders.length]!;

  async deposit(account: number, amount: number): Promise<void> {
    const chunk = encodeMessages([depositMessage(account, this.#key(account).address, amount)]);
    await this.#step({ context: context(), kind: ChunkKind.bridge, chunk });
  }

  /** Deposits, listings, the first report and marks. */
  async begin(cash = () => 1_000_000_000 + this.random.below(20) * 1_000_000_000): Promise<void> {
    for (let account = 1; account <= this.accounts; account++) await this.deposit(account, cash());
    const deadline = this.time + 60;
    await this.run(
      tickBytes(this.time),
      ...SYMBOLS.map((symbol, place) => signedUnderlying({ underlying: place + 1, symbol, deadline })),
      ...SYMBOLS.flatMap((symbol, place) => [
        this.#listing(place + 1, `${symbol}-PERPETUAL`),
        ...[FIRST_EXPIRY, SECOND_EXPIRY].flatMap((expiry) => this.#optionListings(place + 1, expiry)),
      ]),
    );
    await this.refresh();
  }

  #listing(underlying: number, name: string): Uint8Array {
    const deadline = this.time + 60;
    return signedListing({ underlying, name, deadline, tick: TICK, lot: LOT, minimumNotional: 1 });
  }

  #optionListings(underlying: number, expiry: number): Uint8Array[] {
    const symbol = SYMBOLS[underlying - 1]!;
    const index = this.indexes[underlying - 1]!;
    return [80, 100, 120].flatMap((percent) =>
      [InstrumentKind.call, InstrumentKind.put].map((kind) => {
        const strike = price(Math.max(1, Math.round((index * percent) / 100 / 1e8)) * 1e8);
        return this.#listing(underlying, formatInstrumentName({ symbol, kind, expiry: seconds(expiry), strike }));
      }),
    );
  }

  /** Lists calls and puts about the index. */
  listOptions(underlying: number, expiry: number): Promise<WorldResult> {
    return this.run(...this.#optionListings(underlying, expiry));
  }

  /** Instruments that have not expired. */
  get living(): ReturnType<typeof listInstruments> {
    return listInstruments(this.store).filter(({ record }) => record.expiry === 0 || record.expiry > this.time);
  }

  /** Goes on by some seconds. */
  async pass(secondsOn: number): Promise<void> {
    this.time += secondsOn;
    await this.run(tickBytes(this.time));
  }

  /** Reports the indexes and marks what lives. @param part how much of it, where not all */
  async refresh(part = 1): Promise<void> {
    this.time += 1;
    const reports = this.indexes.map((index, place) => {
      const listed = this.living.filter(({ record }) => record.underlying === place + 1 && record.expiry !== 0);
      const surfaces = [...new Set(listed.map(({ record }) => record.expiry))]
        .sort((left, right) => left - right)
        .map((expiry) => flatSurface(expiry, price(index), this.#volatilityPercent, this.time));
      return signedReport({ underlying: place + 1, time: this.time, index, surfaces });
    });
    const marked = this.living.filter(() => part === 1 || this.random.chance(part));
    await this.run(tickBytes(this.time), ...reports, ...marked.map(({ instrument }) => markBytes(instrument)));
  }

  /** Moves the indexes by up to so many percent, and volatility with them. */
  move(percent: number): void {
    this.indexes.forEach((index, place) => {
      const factor = 1 + ((this.random.below(2_001) - 1_000) / 1_000) * (percent / 100);
      this.indexes[place] = Math.max(LEAST_PRICE, Math.round(index * factor));
    });
    this.#volatilityPercent = Math.min(400, Math.max(20, this.#volatilityPercent + this.random.below(61) - 30));
  }

  /** Moves every index by a share, in percent; −90 leaves a tenth. */
  crash(percent: number): void {
    this.indexes.forEach((index, place) => {
      this.indexes[place] = Math.max(LEAST_PRICE, Math.round(index * (1 + percent / 100)));
    });
    this.#volatilityPercent = 250;
  }

  #nearMark(instrument: number, permille: number): number {
    const { mark } = readMarket(this.store, instrumentNumber(instrument))!;
    const rank = Number((mark * BigInt(1_000 + permille)) / 1_000n / NANO_PER_RANK);
    return Math.max(1, rank);
  }

  /** Lots whose value at the index is three times an account's cash; small ones count as of a hundred dollars. */
  #mostLots(underlying: number, account: number): number {
    const lotDollars = (this.indexes[underlying - 1]! * LOT) / 1e16;
    return Math.min(2 ** 31, Math.ceil((3 * Math.max(this.account(account).cash / 1e6, 100)) / lotDollars));
  }

  /** Two accounts trade at about the mark: one rests, the other takes. */
  trades(count: number): Promise<WorldResult> {
    return this.tradesIn(
      this.living.map(({ instrument }) => instrument),
      count,
    );
  }

  /** As {@link trades}, in some instruments only. */
  tradesIn(instruments: readonly InstrumentNumber[], count: number): Promise<WorldResult> {
    const transactions: Uint8Array[] = [];
    for (let number = 0; number < count; number++) {
      const instrument = this.random.pick(instruments);
      const { underlying } = readMarket(this.store, instrument)!;
      const maker = 1 + this.random.below(this.accounts);
      const taker = 1 + this.random.below(this.accounts);
      const side = this.random.below(2);
      const rank = this.#nearMark(instrument, this.random.below(21) - 10);
      const lots = 1 + this.random.below(this.#mostLots(underlying, Math.min(maker, taker)));
      const terms = { instrument, rank, lots };
      transactions.push(
        signedOrder({ ...this.#order(maker), ...terms, side, restMinutes: 1 + this.random.below(60) }),
        signedOrder({ ...this.#order(taker), ...terms, side: 1 - side, timeInForce: 1 }),
      );
    }
    return this.run(...transactions);
  }

  #order(account: number) {
    return { ...this.#admission(account), clientOrderId: this.#nonce };
  }

  providers(...accounts: readonly number[]): Promise<WorldResult> {
    return this.run(...accounts.map((account) => signedProvider(this.#admission(account))));
  }

  /** Asks for the liquidation of every account, again until it is refused. @param providerOf 0 is the house */
  async liquidateAll(providerOf: () => number = () => 0): Promise<EngineEvent[]> {
    const events: EngineEvent[] = [];
    let accounts = Array.from({ length: this.accounts }, (_, place) => place + 1);
    for (let round = 0; accounts.length > 0; round++) {
      if (round > 30) throw new Error("Liquidations do not come to an end.");
      const result = await this.run(
        ...accounts.map((account) => liquidateBytes(account, round % 2 ? 0 : providerOf())),
      );
      events.push(...result.events);
      // A provider may have been asked in vain; the house never is.
      accounts = accounts.filter(
        (_, place) => result.reasons[place] === "Ok" || (round % 2 === 0 && isVain(result.reasons[place]!)),
      );
    }
    return events;
  }

  /** Deals with the house for what it holds. */
  houseOrders(count: number): Promise<WorldResult> {
    const transactions: Uint8Array[] = [];
    const held = this.living.filter(({ instrument }) => (readMarket(this.store, instrument)?.houseLots ?? 0) !== 0);
    if (held.length === 0) return this.run();
    for (let number = 0; number < count; number++) {
      const { instrument } = this.random.pick(held);
      const { houseLots } = readMarket(this.store, instrument)!;
      const isRight = !this.random.chance(0.1);
      const side = houseLots > 0 === isRight ? 0 : 1;
      const rank = this.#nearMark(instrument, this.random.below(31) - 15);
      const lots = 1 + this.random.below(Math.min(2 * Math.abs(houseLots), 2 ** 31));
      const account = 1 + this.random.below(this.accounts);
      transactions.push(signedHouseOrder({ ...this.#admission(account), instrument, side, rank, lots }));
    }
    return this.run(...transactions);
  }

  /** Lets one account take all that the house holds, at whatever price it asks within a tenth of the mark. */
  takeAllFromHouse(account: number): Promise<WorldResult> {
    const transactions = this.living.flatMap(({ instrument }) => {
      const { houseLots } = readMarket(this.store, instrument)!;
      if (houseLots === 0) return [];
      const side = houseLots > 0 ? 0 : 1;
      const rank = this.#nearMark(instrument, side === 0 ? 100 : -100);
      return [signedHouseOrder({ ...this.#admission(account), instrument, side, rank, lots: Math.abs(houseLots) })];
    });
    return this.run(...transactions);
  }

  withdrawals(count: number): Promise<WorldResult> {
    const transactions = Array.from({ length: count }, () => {
      const account = 1 + this.random.below(this.accounts);
      const amount = 1 + this.random.below(2_000_000_000);
      return signedWithdraw({ ...this.#admission(account), amount, recipient: this.#key(account).address });
    });
    return this.run(...transactions);
  }

  cancels(count: number): Promise<WorldResult> {
    const accounts = Array.from({ length: count }, () => 1 + this.random.below(this.accounts));
    return this.run(...accounts.map((account) => signedCancelAll(this.#admission(account))));
  }

  /** Reports the settlement price of every expiry that has passed, marks its instruments, settles all who hold them, prunes. */
  async settleExpired(part = 1): Promise<void> {
    const expired = listInstruments(this.store).filter(
      ({ record }) => record.expiry !== 0 && record.expiry <= this.time,
    );
    const seen = new Set<string>();
    for (const { record } of expired) {
      const { underlying, expiry } = record;
      if (seen.has(`${underlying} ${expiry}`)) continue;
      seen.add(`${underlying} ${expiry}`);
      await this.run(signedSettlement({ underlying, expiry, price: this.indexes[underlying - 1]! }));
    }
    await this.run(...expired.map(({ instrument }) => markBytes(instrument)));
    const settlements: Uint8Array[] = [];
    for (let account = 1; account <= this.accounts; account++) {
      for (const { instrument } of readPositions(this.store, accountNumber(account))) {
        if (!expired.some((each) => each.instrument === instrument) || !this.random.chance(part)) continue;
        settlements.push(settleBytes(account, instrument));
      }
    }
    await this.run(...settlements);
    for (let round = 0; round < 4; round++) await this.run(...expired.map(({ instrument }) => pruneBytes(instrument)));
  }

  /** What an account has and must keep by marks of now. */
  margin = (account: number) => accountMargin(this.store, accountNumber(account))!;
  account = (account: number) => readAccount(this.store, accountNumber(account))!;
  global = () => readGlobal(this.store);
}

const isVain = (reason: ReasonName): boolean =>
  ["ProviderUnpaid", "NotProvider", "InsufficientMargin", "TooManyPositions", "ValueOutOfRange"].includes(reason);
