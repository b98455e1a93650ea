import {
  accountKey,
  createGenesis,
  decodeAccount,
  type ListedInstrument,
  listInstruments,
  readGlobal,
  readMarket,
  readRestingOrders,
  readUnderlying,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  concatBytes,
  encodeMessages,
  encodeTransaction,
  type InboxMessage,
  InstrumentKind,
  MAX_CASH,
  MAX_DEPOSITS,
  MAX_PRICE,
  price,
  quantity,
  type Surface,
  seconds,
  type Transaction,
  TransactionKind,
  transactionDigest,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Random } from "../support/random.ts";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  lister,
  markBytes,
  noSignature,
  oracles,
  type Signer,
  sign,
  signed,
  signedCancel,
  signedCancelAll,
  signedConditional,
  signedOrder,
  signedReplace,
  signedRevoke,
  signedSession,
  signedWithdraw,
  signer,
  tickBytes,
} from "../support/world.ts";
import type { ChunkInput } from "./comparison.ts";
import { goToExtremes } from "./extremes.ts";
import { assemble, mutateTransaction } from "./mutation.ts";
import { generateTerms } from "./orders.ts";

/** 12 March 2020, 00:00 UTC: a day on which much happens, and on which the first options expire at 08:00. */
const start = 1_583_971_200;
const day = 86_400;
const firstExpiry = start + 28_800;
const symbols = ["BTC", "ETH", "SOL"];

/** The nearest time that 32 bits can hold. */
const clampToSeconds = (time: number): number => Math.min(Math.max(time, 0), 0xffff_ffff);

/** Transactions that may be sent again. */
const REMEMBERED = 60;

/** An account and the key of its owner. */
interface FuzzAccount {
  readonly number: number;
  readonly key: Signer;
}

/** A session key that was sent to be registered, whatever became of it. */
interface FuzzSession {
  readonly account: number;
  readonly number: number;
  readonly key: Signer;
}

/** Session keys that go on signing, those as well that were refused, replaced, revoked, or have expired. */
const SESSIONS = 40;

/** The terms of a listing beside its names. */
interface ListingFields {
  readonly kind: number;
  readonly underlying: number;
  readonly expiry: number;
  readonly strike: number;
  readonly tick: number;
  readonly lot: number;
  readonly minimumNotional: number;
  readonly takerFeeRate: number;
  readonly makerFeeRate: number;
  readonly deadline: number;
  readonly key: Signer;
}

/**
 * A state that lives over many chunks, and a seeded source of chunks for it: mostly transactions as traders, oracles and
 * the lister would send them, so that long histories build up; some at every limit, and some spoilt.
 */
export class FuzzWorld {
  readonly store: OrderedStore = createGenesis(genesisParameters);
  readonly #random: Random;
  readonly #accounts: FuzzAccount[];
  readonly #recent: Uint8Array[] = [];
  readonly #sessions: FuzzSession[] = [];
  #era = 0;
  #term = 1;
  #counter = 0;
  /** The engine's clock as far as the chunk in the making has moved it. */
  #now = start;
  #instruments: readonly ListedInstrument[] = [];
  /** Those that orders are for at present, where it is not all. */
  #traded: readonly ListedInstrument[] | undefined;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#accounts = Array.from({ length: 6 + this.#random.below(12) }, (_, place) => ({
      number: place + 1,
      key: signer(place + 1),
    }));
  }

  /** The chunks with which the world begins: deposits, listings, the first report and marks. */
  prelude(): ChunkInput[] {
    const random = this.#random;
    const deposits = this.#accounts.map(({ number, key }) => {
      const amount = random.pick([2e7, 1e9, 1e11, 1e12, 1e12, 1e12]);
      return depositMessage(number, key.address, amount, start);
    });
    // Two who can move the largest values there are.
    for (const { number, key } of this.#accounts.slice(0, 2)) {
      deposits.push(depositMessage(number, key.address, 2 ** 50, start));
    }
    const deadline = start + 600;
    const listings: Uint8Array[] = [tickBytes(start)];
    const instruments: ListingFields[] = [];
    const reports: Uint8Array[] = [];
    symbols.slice(0, 1 + random.below(3)).forEach((symbol, place) => {
      const underlying = place + 1;
      listings.push(this.#underlying(underlying, symbol, 1, deadline, lister));
      const index = [8000_00000000, 200_00000000, 5_00000000][place]!;
      const terms = { underlying, tick: 1_000_000, lot: 1_000_000, minimumNotional: 1_000_000, deadline, key: lister };
      const fees = { takerFeeRate: 300, makerFeeRate: random.pick([0, 100, 333]) };
      instruments.push({ ...terms, ...fees, kind: InstrumentKind.perpetual, expiry: 0, strike: 0 });
      const surfaces: Surface[] = [];
      for (const expiry of [firstExpiry, firstExpiry + day, firstExpiry + 15 * day]) {
        for (let count = random.below(4); count >= 0; count--) {
          const strike = Math.round((index * (70 + 10 * count)) / 100);
          const kind = random.pick([InstrumentKind.call, InstrumentKind.put]);
          instruments.push({ ...terms, ...fees, kind, expiry, strike, tick: 500_000, lot: 2_000_000 });
        }
        surfaces.push(flatSurface(expiry, price(Math.round(index * 1.002)), 60 + random.below(80), start));
      }
      reports.push(this.#report(underlying, start, index, surfaces, 0b011));
    });
    // Worth so much that a few lots come near the largest value of an order.
    const whale = { tick: 1_0000_0000, lot: 100_0000_0000, minimumNotional: 0, takerFeeRate: 0, makerFeeRate: 10_000 };
    const whaleTerms = { underlying: 1, expiry: firstExpiry + day, deadline, key: lister };
    instruments.push({ ...whale, ...whaleTerms, kind: InstrumentKind.call, strike: 100_00000000 });
    listings.push(...instruments.map((fields) => this.#listing(fields)));
    const marks = instruments.map((_, place) => markBytes(place + 1));
    if (random.chance(0.5)) marks.splice(random.below(marks.length), 1);
    return [
      { kind: ChunkKind.bridge, context: context(), chunk: encodeMessages(deposits) },
      { kind: ChunkKind.risk, context: context(), chunk: concatBytes(...listings, ...reports) },
      { kind: ChunkKind.risk, context: context(), chunk: concatBytes(...marks) },
    ];
  }

  /** Puts the world beside limits that take long to reach. */
  goToExtremes(): void {
    goToExtremes(this.store, this.#random, this.#accounts);
  }

  /** The next chunk, made for the state as it is. */
  next(): ChunkInput {
    const random = this.#random;
    const global = readGlobal(this.store);
    this.#now = global.time;
    this.#instruments = listInstruments(this.store);
    if (random.chance(0.03)) this.#era = random.below(this.#era + 2);
    if (random.chance(0.03)) this.#term++;
    const chunkContext = this.#context();
    const choice = random.below(100);
    if (choice < 8) return { kind: ChunkKind.bridge, context: chunkContext, chunk: this.#messages() };
    if (choice < 10)
      return { kind: random.pick(Object.values(ChunkKind)), context: chunkContext, chunk: this.#noise() };
    if (choice < 13) return { kind: ChunkKind.trade, context: chunkContext, chunk: this.#overfull() };
    if (choice < 30) return { kind: ChunkKind.trade, context: chunkContext, chunk: this.#busyMarket() };
    const kind = choice < 68 ? ChunkKind.trade : ChunkKind.risk;
    const transactions: Uint8Array[] = [];
    for (let count = random.pick([1, 2, 3, 5, 8, 12, 16, 24]); count > 0; count--) {
      const isOther = random.chance(0.02);
      const fresh = (kind === ChunkKind.trade) !== isOther ? this.#tradeTransaction() : this.#riskTransaction();
      const bytes = this.#recent.length > 0 && random.chance(0.04) ? random.pick(this.#recent) : fresh;
      this.#recent.push(bytes);
      if (this.#recent.length > REMEMBERED) this.#recent.shift();
      transactions.push(random.chance(0.12) ? mutateTransaction(random, bytes) : bytes);
    }
    return { kind, context: chunkContext, chunk: assemble(random, transactions) };
  }

  #context() {
    const random = this.#random;
    const era = this.#era;
    const eraStart = random.chance(0.1) ? clampToSeconds(this.#now + random.below(30)) : 0;
    // Mostly a bound that a spoilt tick seldom stays below, or clocks would soon be at their end.
    const ahead = random.chance(0.2) ? random.below(20) : random.chance(0.02) ? 2 ** 32 : 100_000;
    const batchTime = clampToSeconds(this.#now + ahead);
    const changes = random.chance(0.01) ? { domainSeparator: random.bytes(32) } : {};
    return context({ era, eraStart, term: this.#term, batchTime, ...changes });
  }

  /** A deadline that is mostly good, and sometimes at an edge of what is. */
  #deadline(): number {
    const random = this.#random;
    if (random.chance(0.9)) return clampToSeconds(this.#now + random.below(600));
    const edge = random.pick([this.#now - 1, this.#now, this.#now + 600, this.#now + 601, 0, 2 ** 32]);
    return clampToSeconds(edge);
  }

  #nonce(): number {
    this.#counter++;
    return this.#random.chance(0.05) ? this.#random.below(16) : this.#counter & 0xffff;
  }

  #account(): FuzzAccount {
    return this.#random.pick(this.#accounts);
  }

  #tradeTransaction(): Uint8Array {
    const choice = this.#random.below(100);
    if (choice < 12) return this.#cancel();
    if (choice < 15) return this.#cancelAll();
    if (choice < 25) return this.#session();
    if (choice < 36) return this.#replace();
    if (choice < 44) return this.#conditional();
    if (choice < 47) return this.#revocation();
    return this.#order();
  }

  /** Who signs for an account: its owner, or one of its session keys. */
  #signatory({ number, key }: FuzzAccount): {
    readonly account: number;
    readonly key: Signer;
    readonly signer: number;
  } {
    const random = this.#random;
    const owner = { account: number, key, signer: 0 };
    if (random.chance(0.01)) return { ...owner, signer: 1 + random.below(255) };
    const sessions = this.#sessions.filter(({ account }) => account === number);
    if (sessions.length === 0 || random.chance(0.8)) return owner;
    const session = random.pick(sessions);
    return { account: number, key: session.key, signer: session.number };
  }

  #cancelAll(): Uint8Array {
    const random = this.#random;
    const instrument = random.chance(0.5) ? 0 : 1 + random.below(this.#instruments.length + 1);
    const by = this.#signatory(this.#account());
    return signedCancelAll({ ...by, deadline: this.#deadline(), nonce: this.#nonce(), instrument });
  }

  /** Registers a key that is mostly good for a while, replaces one, or revokes one. */
  #session(): Uint8Array {
    const random = this.#random;
    const account = this.#account();
    const own = { account: account.number, key: account.key, deadline: this.#deadline(), nonce: this.#nonce() };
    const by = random.chance(0.05) ? { ...own, ...this.#signatory(account) } : own;
    const known = this.#sessions.filter((session) => session.account === account.number);
    if (known.length > 0 && random.chance(0.4)) return signedSession({ ...by, number: random.pick(known).number });
    const number = random.chance(0.03) ? 0 : 1 + random.below(random.chance(0.1) ? 255 : 3);
    if (random.chance(0.05)) return signedSession({ ...by, number });
    const key = signer(2_000 + random.below(20));
    this.#sessions.push({ account: account.number, number, key });
    if (this.#sessions.length > SESSIONS) this.#sessions.shift();
    const scope = random.chance(0.03) ? random.below(256) : random.pick([1, 2, 3, 3]);
    const lifetime = random.chance(0.1) ? random.pick([-1, 0, 1]) : 1 + random.below(4_000);
    const expiry = random.chance(0.02) ? random.pick([0, 2 ** 32 - 1]) : clampToSeconds(this.#now + lifetime);
    return signedSession({ ...by, number, address: key.address, scope, expiry });
  }

  #cancel(): Uint8Array {
    const random = this.#random;
    const account = this.#account();
    const resting = readRestingOrders(this.store, accountNumber(account.number));
    const clientOrderId = resting.length === 0 ? random.below(40) : random.pick(resting).clientOrderId;
    const by = this.#signatory(account);
    return signedCancel({ ...by, deadline: this.#deadline(), nonce: this.#nonce(), clientOrderId });
  }

  #order(): Uint8Array {
    return signedOrder(this.#orderFields(this.#account()));
  }

  /** An order that waits for a price, mostly one near the mark, on either side of it; some are signed for long ahead. */
  #conditional(): Uint8Array {
    const random = this.#random;
    const fields = this.#orderFields(this.#account());
    const market = this.#instruments.find(({ instrument }) => instrument === fields.instrument);
    const mark = market && readMarket(this.store, market.instrument)?.mark;
    const known = mark === undefined ? 100_00000000 : Number((mark * 10_000_000n) / BigInt(market!.record.lot));
    const near = Math.max(1, Math.round((known * (98 + random.below(5))) / 100));
    const triggerPrice = random.chance(0.05) ? random.pick([0, 1, MAX_PRICE - 1, MAX_PRICE]) : near;
    const triggerDirection = random.chance(0.03) ? random.below(256) : random.below(2);
    const era = random.chance(0.05) ? random.below(3) : this.#era;
    const ahead = random.chance(0.1) ? random.pick([2_592_000, 2_592_001]) : random.below(10_000);
    const deadline = random.chance(0.5) ? clampToSeconds(this.#now + ahead) : fields.deadline;
    return signedConditional({ ...fields, deadline, era, triggerPrice, triggerDirection });
  }

  /** Makes some nonce of an account void: one that something it has signed has, or one that is free. */
  #revocation(): Uint8Array {
    const random = this.#random;
    const by = this.#signatory(this.#account());
    const own = { ...by, deadline: this.#deadline(), nonce: this.#nonce() };
    const ahead = random.chance(0.1) ? random.pick([-1, 0, 2_592_600, 2_592_601]) : random.below(1_000);
    const revokedDeadline = random.chance(0.1) ? own.deadline : clampToSeconds(this.#now + ahead);
    const revokedNonce = random.chance(0.3) ? own.nonce : (this.#counter - random.below(20)) & 0xffff;
    return signedRevoke({ ...own, revokedDeadline, revokedNonce });
  }

  /** Puts an order in the place of one that rests, under the same number, a new one, or one that may be in use. */
  #replace(): Uint8Array {
    const random = this.#random;
    const account = this.#account();
    const fields = this.#orderFields(account);
    const resting = readRestingOrders(this.store, accountNumber(account.number));
    if (resting.length === 0 || random.chance(0.04)) return signedReplace({ ...fields, replaced: random.below(40) });
    const old = random.pick(resting);
    const replaced = old.clientOrderId;
    const numbers = [replaced, replaced, fields.clientOrderId, random.pick(resting).clientOrderId];
    const changed = { ...fields, replaced, clientOrderId: random.pick(numbers) };
    if (random.chance(0.3)) return signedReplace(changed);
    // The same order at a price beside its own, sometimes on the other side.
    const side = random.chance(0.15) ? 1 - old.side : old.side;
    const rank = Math.max(1, old.priceRank + random.below(9) - 4);
    return signedReplace({ ...changed, instrument: old.instrument, side, rank });
  }

  #orderFields(account: FuzzAccount) {
    const random = this.#random;
    const terms = generateTerms(random, this.store, account.number, this.#traded ?? this.#instruments, this.#now);
    const by = this.#signatory(account);
    const nonce = this.#nonce();
    return {
      ...terms,
      account: random.chance(0.01) ? 900 + random.below(5) : by.account,
      key: random.chance(0.01) ? signer(7) : by.key,
      signer: by.signer,
      deadline: this.#deadline(),
      nonce,
      clientOrderId: random.chance(0.1) ? random.below(40) : this.#counter,
    };
  }

  #riskTransaction(): Uint8Array {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 18) return this.#tick();
    if (choice < 42) return this.#anyReport();
    if (choice < 65) {
      const listed = this.#instruments.length;
      return markBytes(random.chance(0.05) ? random.pick([0, 2 ** 24 - 1, listed + 1]) : 1 + random.below(listed));
    }
    if (choice < 70) return this.#anyUnderlying();
    if (choice < 80) return this.#anyListing();
    return this.#withdrawal();
  }

  #tick(): Uint8Array {
    const random = this.#random;
    const time = this.#now + (random.chance(0.08) ? random.pick([-1, 0, 0, 3_600, 20_000]) : 1 + random.below(25));
    if (time > this.#now) this.#now = clampToSeconds(time);
    return tickBytes(clampToSeconds(time));
  }

  #anyReport(): Uint8Array {
    const random = this.#random;
    const underlying = random.chance(0.03)
      ? random.pick([0, 17, 0xffff])
      : 1 + random.below(readGlobal(this.store).underlyingCount);
    const before = readUnderlying(this.store, underlyingNumber(underlying));
    const age = random.chance(0.1) ? random.pick([-1, 30, 60, 61, 5_000]) : 0;
    const known = before === undefined || before.index === 0 ? 100_00000000 : before.index;
    let index = Math.max(1, Math.round(known * (0.97 + random.below(60) / 1000)));
    if (random.chance(0.04)) index = random.pick([0, 1, MAX_PRICE - 1, MAX_PRICE, 2 ** 55 + 2 ** 20]);
    // A price that ran away comes back, or no instrument of the underlying could be marked for the rest of the history.
    if (index > 2 ** 48 && random.chance(0.7)) index = 8000_00000000;
    const expiries = this.#instruments
      .filter(({ record }) => record.underlying === underlying && record.expiry !== 0)
      .map(({ record }) => record.expiry as number);
    let chosen = [...new Set(expiries)].sort((left, right) => left - right);
    if (random.chance(0.85)) chosen = chosen.filter((expiry) => expiry > this.#now);
    chosen = chosen.filter(() => random.chance(0.8)).slice(0, 8);
    if (random.chance(0.05)) chosen.push(random.pick([0, 0xffff_ffff, firstExpiry + 3 * day]));
    if (random.chance(0.03)) chosen.reverse();
    const surfaces = chosen.map((expiry) => this.#surface(expiry, index));
    const signers = random.chance(0.1) ? random.pick([0, 1, 4, 8, 0b1011, 0xffff]) : random.pick([3, 5, 6, 7]);
    return this.#report(underlying, this.#now - age, index, surfaces, signers);
  }

  /** A smile that is mostly one, and sometimes at or past a limit of the parameters. */
  #surface(expiry: number, index: number): Surface {
    const random = this.#random;
    const forward = random.chance(0.02)
      ? random.pick([0, 1, MAX_PRICE - 1, MAX_PRICE])
      : Math.min(MAX_PRICE - 1, Math.max(1, Math.round(index * (0.98 + random.below(40) / 1000))));
    const flat = flatSurface(expiry, price(forward), 20 + random.below(200), Math.min(this.#now, expiry - 1));
    if (random.chance(0.4)) return flat;
    const scale = 1_000_000_000_000n;
    const surface = {
      ...flat,
      a: flat.a + BigInt(random.below(40) - 20) * scale,
      b: BigInt(random.below(400)) * scale,
      rho: BigInt(random.below(1_900) - 950) * scale,
      m: BigInt(random.below(600) - 300) * scale,
      sigma: BigInt(1 + random.below(900)) * scale,
    };
    if (random.chance(0.85)) return surface;
    const unit = 1_000n * scale;
    const extreme = BigInt(random.below(3) - 1);
    switch (random.below(6)) {
      case 0:
        return { ...surface, a: -1_000n * unit + extreme };
      case 1:
        return { ...surface, a: 1_000n * unit + extreme, b: 1_000n * unit + extreme };
      case 2:
        return { ...surface, rho: (random.chance(0.5) ? -unit : unit) + extreme };
      case 3:
        return { ...surface, m: (random.chance(0.5) ? -100n : 100n) * unit + extreme };
      case 4:
        return { ...surface, sigma: 100n * unit + extreme };
      default: {
        // At a minimum of zero, where one unit decides: w = a + b σ for ρ = 0.
        const b = 2n * unit;
        return { ...surface, b, rho: 0n, a: -((b * surface.sigma) / unit) + extreme };
      }
    }
  }

  #report(underlying: number, time: number, index: number, surfaces: readonly Surface[], signers: number): Uint8Array {
    const transaction: Transaction = {
      kind: TransactionKind.report,
      underlying: underlyingNumber(underlying),
      time: seconds(clampToSeconds(time)),
      index: price(index),
      surfaces,
      signers,
      signatures: [],
    };
    const digest = transactionDigest(context().domainSeparator, transaction);
    const signatures: Uint8Array[] = [];
    for (let place = 0; place < 16; place++) {
      if (((signers >> place) & 1) === 1) signatures.push(sign(oracles[place] ?? oracles[0], digest));
    }
    return encodeTransaction({ ...transaction, signatures });
  }

  #anyUnderlying(): Uint8Array {
    const random = this.#random;
    const count = readGlobal(this.store).underlyingCount;
    const number = random.pick([count + 1, count + 1, count + 1, count, 1, 0, count + 2, 17]);
    const fresh = `${String.fromCharCode(65 + random.below(26))}${random.below(1_000_000)}`;
    const symbol = random.pick([fresh, fresh, fresh, "BTC", "", "btc", "1BC", "A\0B", "ABCDEFGH", "A-B"]);
    const key = random.chance(0.1) ? signer(3) : lister;
    return this.#underlying(number, symbol, random.chance(0.05) ? random.pick([0, 2]) : 1, this.#deadline(), key);
  }

  #underlying(underlying: number, symbol: string, grid: number, deadline: number, key: Signer): Uint8Array {
    const padded = new Uint8Array(8);
    padded.set(new TextEncoder().encode(symbol));
    return signed(
      {
        kind: TransactionKind.listUnderlying,
        underlying: underlyingNumber(underlying),
        symbol: padded,
        grid,
        deadline: seconds(deadline),
        signature: noSignature,
      },
      key,
    );
  }

  #anyListing(): Uint8Array {
    const random = this.#random;
    const kind = random.chance(0.03) ? 3 : random.below(3);
    const isPerpetual = kind === InstrumentKind.perpetual;
    const nextExpiry = clampToSeconds(Math.floor(this.#now / day) * day + 28_800 + day * (1 + random.below(20)));
    const fields: ListingFields = {
      kind,
      underlying: random.chance(0.05) ? random.pick([0, 99]) : 1 + random.below(readGlobal(this.store).underlyingCount),
      expiry: isPerpetual ? 0 : nextExpiry,
      strike: isPerpetual ? 0 : 100_000_000 * (1 + random.below(12_000)),
      tick: random.pick([1_000_000, 500_000, 10_000_000]),
      lot: random.pick([1_000_000, 2_000_000, 100_000_000]),
      minimumNotional: random.pick([0, 1_000_000, 500_000_000]),
      takerFeeRate: random.pick([0, 1, 300, 10_000]),
      makerFeeRate: random.pick([0, 1, 100, 10_000]),
      deadline: this.#deadline(),
      key: random.chance(0.05) ? signer(3) : lister,
    };
    if (random.chance(0.6)) return this.#listing(fields);
    const listed = random.pick(this.#instruments);
    const changes: readonly Partial<ListingFields>[] = [
      { ...listed.record },
      { expiry: fields.expiry + 1 },
      { expiry: firstExpiry - day },
      { strike: isPerpetual ? 1 : 0 },
      { strike: MAX_PRICE },
      { tick: 0 },
      { tick: MAX_PRICE, lot: 10_000_000_000 },
      { tick: 3, lot: 7 },
      { lot: 0 },
      { lot: 2 ** 40 },
      { tick: 2 ** 50, lot: 10_000_000_000 },
      { tick: 2 ** 39, lot: 20_000_000_000 },
      { tick: 2 ** 39 - 1, lot: 20_000_000_000 },
      { tick: 1, lot: 500_000_000_000 },
      { minimumNotional: MAX_PRICE - 1 },
      { minimumNotional: MAX_PRICE },
      { takerFeeRate: 10_001 },
      { makerFeeRate: 10_001 },
    ];
    return this.#listing({ ...fields, ...random.pick(changes) });
  }

  #listing({ kind, key, ...fields }: ListingFields): Uint8Array {
    return signed(
      {
        kind: TransactionKind.listInstrument,
        instrumentKind: kind,
        underlying: underlyingNumber(fields.underlying),
        expiry: seconds(fields.expiry),
        strike: price(fields.strike),
        tick: price(fields.tick),
        lot: quantity(fields.lot),
        minimumNotional: cash(fields.minimumNotional),
        takerFeeRate: fields.takerFeeRate,
        makerFeeRate: fields.makerFeeRate,
        deadline: seconds(fields.deadline),
        signature: noSignature,
      },
      key,
    );
  }

  #withdrawal(): Uint8Array {
    const random = this.#random;
    const owner = this.#account();
    const account = decodeAccount(this.store.peek(accountKey(accountNumber(owner.number)))!);
    const { deposits, withdrawals } = readGlobal(this.store);
    const all = Math.max(0, account.cash);
    const left = deposits - withdrawals;
    const amount = random.pick([1, Math.floor(all / 3), all, all + 1, 0, left, left + 1, MAX_CASH, MAX_CASH + 1]);
    return signedWithdraw({
      ...(random.chance(0.05) ? this.#signatory(owner) : { account: owner.number, key: owner.key }),
      deadline: this.#deadline(),
      nonce: this.#nonce(),
      // Most take little, or the world would soon be empty.
      amount: random.chance(0.7) ? 1 + random.below(1_000_000) : amount,
      recipient: random.chance(0.05) ? new Uint8Array(20) : random.bytes(20),
    });
  }

  /** A bridge chunk: deposits to old accounts and new, too much, of the wrong length, messages of unknown kinds. */
  #messages(): Uint8Array {
    const random = this.#random;
    const messages: InboxMessage[] = [];
    for (let count = random.below(6); count > 0; count--) {
      const isNew = random.chance(0.2);
      const number = isNew ? 100 + random.below(5) : this.#account().number;
      const amount = random.chance(0.1) ? random.pick([0, 2 ** 52, MAX_DEPOSITS]) : 1 + random.below(2 ** 31);
      const message = depositMessage(number, signer(number).address, amount, this.#now);
      const length = random.pick([0, 1, 31, 33, 300]);
      messages.push(
        random.chance(0.2) ? { ...message, kind: random.pick([0, 1, 2, 255]), body: random.bytes(length) } : message,
      );
    }
    const bytes = encodeMessages(messages);
    if (random.chance(0.15)) return concatBytes(bytes, random.bytes(random.below(60)));
    return random.chance(0.1) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
  }

  /** Bytes that were never a chunk. */
  #noise(): Uint8Array {
    const random = this.#random;
    const bytes = random.bytes(random.below(400));
    if (bytes.length > 0 && random.chance(0.7))
      bytes[0] = random.pick([0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x11, 0x14, 0x15]);
    return bytes;
  }

  /** Orders and replacements of a few accounts in one instrument: they meet. */
  #busyMarket(): Uint8Array {
    const random = this.#random;
    const marked = this.#instruments.filter(
      ({ instrument, record }) =>
        readMarket(this.store, instrument) !== undefined && (record.expiry === 0 || record.expiry > this.#now),
    );
    if (marked.length === 0) return new Uint8Array(0);
    this.#traded = [random.pick(marked.slice(0, 4))];
    const orders = Array.from({ length: 8 + random.below(17) }, () =>
      random.chance(0.2) ? this.#replace() : this.#order(),
    );
    this.#traded = undefined;
    return concatBytes(...orders);
  }

  /** A chunk that does not fit: by the meter, or by its bytes where all its transactions are refused at once. */
  #overfull(): Uint8Array {
    const random = this.#random;
    if (random.chance(0.3)) {
      const { number, key } = this.#account();
      const refused = { account: number, key, instrument: 1, side: 0, rank: 0, lots: 1 };
      const order = signedOrder({ ...refused, deadline: this.#now, nonce: 1 });
      return concatBytes(...Array.from({ length: 120 + random.below(20) }, () => order));
    }
    return concatBytes(...Array.from({ length: 50 }, () => this.#order()));
  }
}
