import {
  accountKey,
  createGenesis,
  decodeMarket,
  encodeAccount,
  encodeGlobal,
  encodeMarket,
  encodePosition,
  encodePremium,
  globalKey,
  listInstruments,
  marketKey,
  positionKey,
  premiumKey,
  readAccount,
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
  InstrumentKind,
  MAX_CLAIMS,
  price,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { signedSettlement } from "../support/house.ts";
import type { Random } from "../support/random.ts";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  oracles,
  signedCancelAll,
  signedListing,
  signedOrder,
  signedReport,
  signedUnderlying,
  signer,
  tickBytes,
} from "../support/world.ts";
import type { ChunkInput } from "./comparison.ts";

const hour = 3_600;
const start = 1_583_971_200;
const usd = 100_000_000;
const accounts = 8;
const underlyings = [1, 2];
/** 08:00 UTC of the first two days. */
const expiries = [start + 8 * hour, start + 32 * hour];
const dates = ["12MAR20", "13MAR20"];
const indices = [8_000 * usd, 2 * usd];

/**
 * Days of marks and settlement prices over books in which somebody always makes a premium: rich and poor accounts, dead
 * orders and reduce-only ones, hours and days without marks, funding indices and claims at the end of their range.
 */
export class MarksWorld {
  readonly store: OrderedStore = createGenesis(genesisParameters);
  readonly #random: Random;
  #nonce = 0;
  #era = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  prelude(): ChunkInput[] {
    const random = this.#random;
    const deposits = Array.from({ length: accounts }, (_, place) =>
      depositMessage(place + 1, signer(place + 1).address, random.pick([2e9, 5e9, 1e10, 2e10, 1e12])),
    );
    const deadline = start + 60;
    const fees = { takerFeeRate: random.pick([0, 300]), makerFeeRate: 0, minimumNotional: 0, deadline };
    const sizes = [
      { tick: 1_000_000, lot: 1_000_000 },
      { tick: 10_000, lot: 10_000_000_000 },
    ];
    const listings = underlyings.flatMap((underlying, place) => {
      const symbol = ["BTC", "XRP"][place]!;
      const terms = { underlying, ...fees, ...sizes[place]! };
      const strikes = [random.pick([90, 100]), random.pick([100, 110])].map((percent) =>
        Math.max(1, Math.round((indices[place]! * percent) / 100 / usd)),
      );
      const options = dates.flatMap((date) =>
        ["C", "P"].map((kind, number) =>
          signedListing({ ...terms, name: `${symbol}-${date}-${strikes[number]}-${kind}` }),
        ),
      );
      return [
        signedUnderlying({ underlying, symbol, deadline }),
        signedListing({ ...terms, name: `${symbol}-PERPETUAL` }),
        ...options,
      ];
    });
    const marks = Array.from({ length: 10 }, (_, place) => place + 1).filter(() => random.chance(0.9));
    return [
      { kind: ChunkKind.bridge, context: context(), chunk: encodeMessages(deposits) },
      this.#risk([tickBytes(start), ...listings]),
      this.#risk([...underlyings.map((underlying) => this.#report(underlying, start)), ...marks.map(markBytes)]),
    ];
  }

  next(): ChunkInput {
    const random = this.#random;
    if (random.chance(0.03)) this.#era++;
    if (random.chance(0.12)) {
      this.#goToExtremes();
      return this.#marks();
    }
    return random.chance(0.5) ? this.#marks() : this.#trades();
  }

  #risk(transactions: readonly Uint8Array[]): ChunkInput {
    return { kind: ChunkKind.risk, context: context({ era: this.#era }), chunk: concatBytes(...transactions) };
  }

  #marks(): ChunkInput {
    const random = this.#random;
    const transactions: Uint8Array[] = [];
    let { time } = readGlobal(this.store) as { time: number };
    for (let round = random.below(3); round >= 0; round--) {
      if (random.chance(0.9)) {
        const steps = [
          1,
          10,
          60,
          299,
          300,
          900,
          hour - (time % hour),
          random.pick([hour, 2 * hour + random.below(hour)]),
        ];
        // Exactly to an expiry at times.
        const expiry = expiries.find((each) => each > time && random.chance(0.1));
        time = expiry ?? time + random.pick(steps);
        transactions.push(tickBytes(time));
      }
      for (const underlying of underlyings) {
        if (random.chance(0.2)) continue;
        transactions.push(this.#report(underlying, time - random.pick([0, 0, 1, 30])));
        // The perpetual is the first of its underlying's five instruments.
        if (random.chance(0.7)) transactions.push(markBytes(5 * underlying - 4));
      }
      for (let count = random.below(6); count >= 0; count--) {
        transactions.push(markBytes(random.chance(0.5) ? random.pick([1, 6]) : 1 + random.below(11)));
      }
      if (random.chance(0.4)) transactions.push(this.#settlement());
    }
    return this.#risk(transactions);
  }

  #settlement(): Uint8Array {
    const random = this.#random;
    const underlying = random.chance(0.05) ? 3 : random.pick(underlyings);
    const fair = Math.round((this.#index(underlying) * (80 + random.below(41))) / 100);
    const settlement = random.chance(0.1) ? random.pick([0, 1, 2 ** 53 - 1, 2 ** 53]) : fair;
    const expiry = random.pick([...expiries, start + 8 * hour + 1]);
    const signers = random.pick([0b011, 0b101, 0b111, 0b110, 0b001, 0b1011]);
    const keys = random.chance(0.05) ? [oracles[0], oracles[0]] : undefined;
    return signedSettlement({ underlying, expiry, price: settlement, ...(keys ? { keys } : { signers }) });
  }

  #index(underlying: number): number {
    return readUnderlying(this.store, underlyingNumber(underlying))?.index || indices[underlying - 1] || usd;
  }

  #report(underlying: number, time: number): Uint8Array {
    const random = this.#random;
    const far = random.chance(0.05) ? 50_000 + random.below(100_000) : 99_500 + random.below(1_001);
    const move = random.chance(0.25) ? 100_000 : far;
    // On a tick, so that orders can stand at the index itself.
    const tick = [1_000_000, 10_000][underlying - 1]!;
    const index = Math.max(Math.round((this.#index(underlying) * move) / 100_000 / tick), 1) * tick;
    const known = expiries.filter((expiry) => expiry > time && random.chance(0.8));
    const surfaces = known.map((expiry) => flatSurface(seconds(expiry), price(index), 40 + random.below(80), time));
    return signedReport({ underlying, time, index, surfaces });
  }

  /** Orders around the index, up to two percent off it on one side: what makes a premium. */
  #trades(): ChunkInput {
    const random = this.#random;
    const { time } = readGlobal(this.store);
    const instruments = listInstruments(this.store).filter(({ record }) => record.kind === InstrumentKind.perpetual);
    const { instrument, record } = random.pick(instruments);
    const mark = readMarket(this.store, instrument);
    const fair = Math.max(1, Math.round((mark?.index ?? usd) / record.tick));
    const skew = random.below(4_001) - 2_000;
    const transactions: Uint8Array[] = [];
    for (let count = random.pick([2, 4, 8, 20]); count > 0; count--) {
      const account = 1 + random.below(accounts);
      const by = { account, key: signer(account), deadline: time, nonce: this.#nonce++ & 0xffff };
      if (random.chance(0.05)) {
        transactions.push(signedCancelAll({ ...by, instrument }));
        continue;
      }
      const offset = random.chance(0.1) ? 0 : Math.round((fair * (skew + random.below(200) - 100)) / 100_000);
      transactions.push(
        signedOrder({
          ...by,
          instrument,
          side: random.chance(0.8) ? Number(skew < 0) : random.below(2),
          rank: Math.max(1, fair + offset),
          lots: 1 + random.below(random.pick([5, 60, 500])),
          restMinutes: random.pick([0, 0, 1, 60]),
          options: random.chance(0.1) ? 2 : 0,
          timeInForce: random.chance(0.1) ? 1 : 0,
          clientOrderId: this.#nonce,
        }),
      );
    }
    return { kind: ChunkKind.trade, context: context({ era: this.#era }), chunk: concatBytes(...transactions) };
  }

  /** Puts a perpetual near the end of what its records can hold, or gives the house a part in it. */
  #goToExtremes(): void {
    const random = this.#random;
    const { instrument } = listInstruments(this.store)[random.pick([0, 5])]!;
    const key = marketKey(instrument);
    const value = this.store.peek(key);
    if (value === undefined) return;
    const market = decodeMarket(value);
    const premium = { time: market.time, premium: 0n, average: 0n, hourSum: 0n };
    const global = readGlobal(this.store);
    switch (random.below(8)) {
      case 0:
        this.store.put(key, encodeMarket({ ...market, fundingIndex: random.pick([1n, -1n]) * ((1n << 62n) - 2n) }));
        break;
      case 1:
        this.store.put(globalKey, encodeGlobal({ ...global, claims: random.pick([1n, -1n]) * (MAX_CLAIMS - 1n) }));
        break;
      case 2: {
        const sum = random.pick([1n, -1n]) * (1n << 57n);
        this.store.put(premiumKey(instrument), encodePremium({ ...premium, premium: sum >> 12n, hourSum: sum }));
        break;
      }
      case 3:
        this.store.put(key, encodeMarket({ ...market, houseLots: random.pick([-1, 1]) * 2 ** 40 }));
        break;
      case 4: {
        const account = accountNumber(1 + random.below(accounts));
        const position = positionKey(account, instrument);
        if (this.store.peek(position) === undefined || readAccount(this.store, account) === undefined) return;
        this.store.put(position, encodePosition(random.pick([-1, 1]) * 2 ** 40, market.fundingIndex - (1n << 61n)));
        break;
      }
      default:
        for (let account = 1; account <= accounts; account++)
          this.#impoverish(account, random.pick([0, 0, -1, 500_000]));
    }
  }

  /** Leaves an account with what its first resting orders need to count, and so much more. */
  #impoverish(account: number, more: number): void {
    const number = accountNumber(account);
    const record = readAccount(this.store, number)!;
    const orders = readRestingOrders(this.store, number).slice(0, 1 + this.#random.below(3));
    const values = orders.map(({ instrument, priceRank, lots }) => {
      const { tick, lot } = listInstruments(this.store).find((listed) => listed.instrument === instrument)!.record;
      return (priceRank * lots * tick * lot) / 1e10;
    });
    const needed = Math.ceil((4 * values.reduce((sum, value) => sum + value, 0)) / 25) + record.margin + more;
    this.store.put(accountKey(number), encodeAccount({ ...record, cash: cash(needed) }));
  }
}
