import {
  createGenesis,
  encodeMarket,
  type ListedInstrument,
  listInstruments,
  marketKey,
  readMarket,
  readPositions,
  readRestingOrders,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  concatBytes,
  encodeMessages,
  FIRST_QUOTE_ID,
  MAX_LEGS,
  MAX_QUOTES,
  price,
  type StepContext,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  type BlockFields,
  type LegFields,
  type QuoteFields,
  signedBlockTrade,
  signedQuotes,
} from "../support/blocks.ts";
import { Random } from "../support/random.ts";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  type Signer,
  signedCancel,
  signedCancelAll,
  signedListing,
  signedOrder,
  signedReport,
  signedSession,
  signedUnderlying,
  signer,
  tickBytes,
} from "../support/world.ts";
import type { ChunkInput } from "./comparison.ts";
import { fairRank, goToExtremes } from "./extremes.ts";
import { assemble, mutateTransaction } from "./mutation.ts";

const start = 1_583_971_200;
const expiry = start + 28_800 + 7 * 86_400;
const names = ["PERPETUAL", "19MAR20-7000-C", "19MAR20-8000-C", "19MAR20-9000-C", "19MAR20-7000-P", "19MAR20-8000-P"];
const symbols = ["BTC", "ETH", "SOL"];
const ACCOUNTS = 8;
const SESSION = 9;

/**
 * A market in options and perpetuals of some accounts that trade blocks and quote, as a seeded source of chunks: most as
 * they would be sent, some spoilt, and orders, cancels, reports and marks between them.
 */
export class BlockWorld {
  readonly store: OrderedStore = createGenesis(genesisParameters);
  readonly #random: Random;
  readonly #recent: Uint8Array[] = [];
  #now = start;
  #nonce = 0;
  #era = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  get #instruments(): ListedInstrument[] {
    return listInstruments(this.store);
  }

  get #context(): StepContext {
    return context({ era: this.#era });
  }

  /** The chunks with which every history begins. */
  prelude(): ChunkInput[] {
    const random = this.#random;
    const accounts = Array.from({ length: ACCOUNTS }, (_, place) => place + 1);
    const deposits = accounts.map((account) => {
      const amount = random.pick([10 ** 9, 10 ** 11, 10 ** 12, 10 ** 13]);
      return depositMessage(account, signer(account).address, amount);
    });
    const deadline = start + 60;
    const listings = symbols.flatMap((symbol, place) => [
      signedUnderlying({ underlying: place + 1, symbol, deadline }),
      ...names.map((name) => signedListing({ underlying: place + 1, name: `${symbol}-${name}`, deadline })),
    ]);
    const marks = Array.from({ length: symbols.length * names.length }, (_, place) => markBytes(place + 1));
    const sessions = accounts.slice(0, 4).map((account) =>
      signedSession({
        ...{ account, key: signer(account), deadline, nonce: this.#freshNonce() },
        ...{
          number: SESSION,
          address: signer(100 + account).address,
          scope: 1 + (account % 3),
          expiry: start + 20_000,
        },
      }),
    );
    const chunk = (kind: ChunkKind, ...transactions: readonly Uint8Array[]) => {
      return { kind, context: this.#context, chunk: concatBytes(...transactions) };
    };
    return [
      chunk(ChunkKind.bridge, encodeMessages(deposits)),
      chunk(ChunkKind.risk, tickBytes(start), ...listings),
      chunk(ChunkKind.risk, ...symbols.map((_, place) => this.#report(place + 1))),
      chunk(ChunkKind.risk, ...marks.slice(0, 9)),
      chunk(ChunkKind.risk, ...marks.slice(9)),
      chunk(ChunkKind.trade, ...sessions),
    ];
  }

  /** Puts the state beside limits, and has perpetuals owe funding. */
  goToExtremes(): void {
    const random = this.#random;
    goToExtremes(
      this.store,
      random,
      Array.from({ length: ACCOUNTS }, (_, place) => ({ number: place + 1 })),
    );
    for (const { instrument } of this.#instruments) {
      if (!random.chance(0.3)) continue;
      const market = readMarket(this.store, instrument)!;
      const fundingIndex = random.pick([1n, -1n, 2n ** 61n, -(2n ** 61n), 123_456_789n]);
      this.store.put(marketKey(instrument), encodeMarket({ ...market, fundingIndex }));
    }
  }

  next(): ChunkInput {
    const random = this.#random;
    const choice = random.below(100);
    let kind: ChunkKind = ChunkKind.block;
    let transactions: Uint8Array[];
    if (choice < 62) transactions = this.#many(1 + random.below(7), () => this.#block());
    else if (choice < 68) transactions = this.#many(40, () => this.#block());
    else if (choice < 86) {
      kind = ChunkKind.trade;
      transactions = this.#many(1 + random.below(8), () => this.#trade());
    } else {
      kind = ChunkKind.risk;
      transactions = this.#risk();
    }
    if (random.chance(0.01)) this.#era++;
    const sent = transactions.map((transaction) => {
      if (kind !== ChunkKind.risk && random.chance(0.04)) return mutateTransaction(random, transaction);
      if (kind === ChunkKind.block && this.#recent.length > 0 && random.chance(0.03)) return random.pick(this.#recent);
      return transaction;
    });
    if (kind === ChunkKind.block) this.#recent.splice(0, this.#recent.length, ...sent.slice(-20));
    const chunk = kind === ChunkKind.risk ? concatBytes(...sent) : assemble(random, sent);
    return { kind, context: this.#context, chunk };
  }

  #many(count: number, make: () => Uint8Array): Uint8Array[] {
    return Array.from({ length: count }, make);
  }

  #freshNonce(): number {
    this.#nonce = (this.#nonce + 1) % 65_536;
    return this.#nonce;
  }

  #deadline(): number {
    return this.#now + (this.#random.chance(0.03) ? this.#random.pick([-1, 0, 600, 601]) : 60);
  }

  /** Who signs: mostly an owner, at times a session key, rarely somebody else. */
  #signatory(account: number): { account: number; key: Signer; signer: number } {
    const random = this.#random;
    if (random.chance(0.01)) return { account: 77, key: signer(account), signer: 0 };
    if (account <= 4 && random.chance(0.1)) return { account, key: signer(100 + account), signer: SESSION };
    return { account, key: signer(random.chance(0.01) ? 55 : account), signer: 0 };
  }

  #block(): Uint8Array {
    return this.#random.chance(0.5) ? this.#blockTrade() : this.#quotes();
  }

  #chosen(most: number): ListedInstrument[] {
    const random = this.#random;
    const count = 1 + random.below(random.chance(0.3) ? most : 4);
    const sorted = this.#instruments.filter(() => random.chance(count / this.#instruments.length));
    if (sorted.length === 0) return [random.pick(this.#instruments)];
    return random.chance(0.02) ? sorted.reverse() : sorted;
  }

  #rankNear(instrument: ListedInstrument): number {
    const random = this.#random;
    const fair = fairRank(this.store, instrument);
    if (random.chance(0.03)) return random.pick([0, 1, 2 ** 40 - 1, 2 * fair + 90_000, Math.floor(0.88 * fair)]);
    const width = Math.max(3, Math.floor(fair / 300));
    return Math.max(1, fair - width + random.below(2 * width + 1));
  }

  #size(): number {
    const random = this.#random;
    if (random.chance(0.02)) return random.pick([0, 1, 2 ** 20, 2 ** 32 - 1]);
    return 1 + random.below(random.chance(0.1) ? 20_000 : 200);
  }

  #blockTrade(): Uint8Array {
    const random = this.#random;
    const taker = this.#signatory(1 + random.below(ACCOUNTS));
    const other = random.chance(0.02) ? taker.account : 1 + random.below(ACCOUNTS);
    const maker = this.#signatory(other === taker.account && random.chance(0.95) ? 1 + (other % ACCOUNTS) : other);
    const held = readPositions(this.store, accountNumber(taker.account));
    const legs = this.#chosen(MAX_LEGS)
      .slice(0, MAX_LEGS)
      .map((instrument): LegFields => {
        const leg = { instrument: instrument.instrument, rank: this.#rankNear(instrument), lots: this.#size() };
        const position = held.find((each) => each.instrument === instrument.instrument)?.lots ?? 0;
        // Now and then one that closes a position wholly.
        if (position !== 0 && Math.abs(position) < 2 ** 32 && random.chance(0.4)) {
          return { ...leg, side: position > 0 ? 1 : 0, lots: Math.abs(position) };
        }
        return { ...leg, side: random.chance(0.005) ? 2 : random.below(2) };
      });
    const fields: BlockFields = {
      ...taker,
      deadline: this.#deadline(),
      nonce: this.#freshNonce(),
      maker: { ...maker, nonce: random.chance(0.02) ? 1 + random.below(this.#nonce) : this.#freshNonce() },
      legs,
    };
    return signedBlockTrade(random.chance(0.01) ? { ...fields, makerSignature: random.bytes(64) } : fields);
  }

  #quotes(): Uint8Array {
    const random = this.#random;
    const by = this.#signatory(1 + random.below(4));
    const quotes = this.#chosen(random.chance(0.2) ? MAX_QUOTES : 8).map((instrument): QuoteFields => {
      const [low, high] = [this.#rankNear(instrument), this.#rankNear(instrument)].sort((left, right) => left - right);
      const bid = random.chance(0.1) ? undefined : { rank: low!, lots: this.#size() };
      const rank = low === high && random.chance(0.97) ? high! + 1 : high!;
      const ask = random.chance(0.1) ? undefined : { rank, lots: this.#size() };
      const number = random.chance(0.01) ? 900 : instrument.instrument;
      return { instrument: number, ...(bid && { bid }), ...(ask && { ask }) };
    });
    const restMinutes = random.pick([0, 0, 1, 5]);
    return signedQuotes({ ...by, deadline: this.#deadline(), nonce: this.#freshNonce(), quotes, restMinutes });
  }

  /** Orders that meet quotes, and cancels that take them away. */
  #trade(): Uint8Array {
    const random = this.#random;
    const account = 1 + random.below(ACCOUNTS);
    const by = { account, key: signer(account), deadline: this.#now + 60, nonce: this.#freshNonce() };
    const choice = random.below(100);
    const resting = readRestingOrders(this.store, accountNumber(account));
    if (choice < 8) {
      const id = resting.length > 0 ? random.pick(resting).clientOrderId : FIRST_QUOTE_ID + 2;
      return signedCancel({ ...by, clientOrderId: id });
    }
    if (choice < 11) return signedCancelAll(by);
    const instrument = random.pick(this.#instruments.slice(0, 8));
    const side = random.below(2);
    // Half of them at a price that most quotes are better than.
    const fair = fairRank(this.store, instrument);
    const eager = Math.max(1, fair + (side === 0 ? 1 : -1) * Math.floor(fair / 100));
    return signedOrder({
      ...by,
      instrument: instrument.instrument,
      side,
      rank: random.chance(0.5) ? eager : this.#rankNear(instrument),
      lots: this.#size(),
      timeInForce: random.pick([0, 1, 1]),
      options: random.pick([0, 0, 1, 2]),
      restMinutes: random.pick([0, 1]),
      clientOrderId: random.chance(0.02) ? FIRST_QUOTE_ID : by.nonce,
    });
  }

  #risk(): Uint8Array[] {
    const random = this.#random;
    const isLongAfter = random.chance(0.06);
    this.#now += isLongAfter ? 3_700 : 1 + random.below(30);
    if (random.chance(0.005)) this.#now = Math.max(this.#now, expiry);
    const reported = isLongAfter ? symbols.map((_, place) => place + 1) : [1 + random.below(symbols.length)];
    const marks = this.#instruments
      .filter(({ record }) => reported.includes(record.underlying) && random.chance(0.9))
      .map(({ instrument }) => markBytes(instrument));
    return [tickBytes(this.#now), ...reported.map((underlying) => this.#report(underlying)), ...marks];
  }

  #report(underlying: number): Uint8Array {
    const index = Math.round(8_000_00000000 * (0.95 + this.#random.below(100) / 1_000));
    const time = this.#now;
    const surfaces = time < expiry ? [flatSurface(expiry, price(index), 60 + this.#random.below(60), time)] : [];
    return signedReport({ underlying, time, index, surfaces });
  }
}
