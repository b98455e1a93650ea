import {
  accountKey,
  accountOrderKey,
  bookKey,
  encodeAccount,
  encodeBookRecord,
  encodePosition,
  instrumentKey,
  marketKey,
  newAccount,
  positionKey,
  readInstrument,
  readMarket,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  instrumentNumber,
  MAX_POSITIONS,
  priceRank,
  Side,
  TimeInForce,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Random } from "../../test/support/random.ts";
import { markBytes, type Signer, signedOrder, signer } from "../../test/support/world.ts";
import { type Market, marketTime } from "./market.ts";

const SEED = 7;
const INSTRUMENTS = 4_096;
const MARKS = 60;
const MAKERS = 60;
const WEALTH = cash(2 ** 40);
const TAKER = 4_101;
const MAKER = 8_213;
const LOTS = 10;
const SEQUENCE = 10_000_000;

/** A chunk that was made to be as dear as possible, and the state in which it is. */
export interface WorstChunk {
  readonly name: string;
  readonly kind: ChunkKind;
  readonly store: OrderedStore;
  /** Its transactions, more than fit, for a deployment's domain separator. */
  transactions(domain: Uint8Array): Uint8Array[];
}

/** Chunks that an attacker would post: what they touch lies deep in a large state, and far apart. */
export function makeWorstChunks(market: Market): WorstChunk[] {
  const random = new Random(SEED);
  const base = market.store.clone();
  addInstruments(base, market.instruments.length);
  const pick = (count: number, first: readonly number[] = []): number[] => {
    const chosen = new Set(first);
    while (chosen.size < count) chosen.add(2 + random.below(INSTRUMENTS - 2));
    return [...chosen];
  };
  const keys = { taker: signer(TAKER), maker: signer(MAKER) };
  const take = (instrument: number, lots: number, domain: Uint8Array) =>
    signedOrder({
      account: TAKER,
      key: keys.taker,
      instrument,
      side: Side.buy,
      timeInForce: TimeInForce.immediateOrCancel,
      rank: rankAtMark(base, instrument),
      lots,
      deadline: marketTime + 300,
      nonce: 1,
      domain,
    });
  /** A state in which a taker meets resting orders of a maker. */
  const meeting = (takerHolds: readonly number[], makerHolds: readonly number[], makers: number) => {
    const store = base.clone();
    equip(store, TAKER, keys.taker, takerHolds, 0);
    equip(store, MAKER, keys.maker, makerHolds, makers);
    for (let order = 0; order < makers; order++) rest(store, makerHolds[0]!, order);
    store.beginChunk();
    return store;
  };
  const marked = pick(MARKS);
  const shared = pick(MAX_POSITIONS);
  const apart = pick(MAX_POSITIONS, [shared[0]!]);
  const few = pick(8);
  return [
    {
      name: "marks of instruments that lie apart",
      kind: ChunkKind.risk,
      store: base.clone(),
      transactions: () => marked.map(markBytes),
    },
    {
      name: "taker and maker with the same 64 positions",
      kind: ChunkKind.trade,
      store: meeting(shared, shared, 1),
      transactions: (domain) => [take(shared[0]!, LOTS, domain)],
    },
    {
      name: "taker and maker with 32 positions each that share one",
      kind: ChunkKind.trade,
      store: meeting(shared.slice(0, 32), apart.slice(0, 32), 1),
      transactions: (domain) => [take(shared[0]!, LOTS, domain)],
    },
    {
      name: "one taker and as many makers as fit",
      kind: ChunkKind.trade,
      store: meeting(few, few, MAKERS),
      transactions: (domain) => [take(few[0]!, MAKERS * LOTS, domain)],
    },
  ];
}

/** Instruments like those that there are, marked, up to as many as lie deep. */
function addInstruments(store: OrderedStore, present: number): void {
  const copy = (key: typeof instrumentKey, number: number) => {
    // Perpetuals, at the beginning of each half, are cheaper to mark than options.
    const model = 2 + (number % (present / 2 - 1));
    store.put(key(instrumentNumber(number)), store.peek(key(instrumentNumber(model)))!);
  };
  for (let number = present + 1; number <= INSTRUMENTS; number++) {
    copy(instrumentKey, number);
    copy(marketKey, number);
  }
  store.beginChunk();
}

function equip(store: OrderedStore, number: number, key: Signer, held: readonly number[], restingOrders: number): void {
  const account = accountNumber(number);
  for (const instrument of held)
    store.put(positionKey(account, instrumentNumber(instrument)), encodePosition(LOTS, 0n));
  const record = { ...newAccount(key.address), cash: WEALTH, restingOrders, positions: held.length };
  store.put(accountKey(account), encodeAccount(record));
}

/** The price in ticks at an instrument's mark: orders far from it are not filled. */
function rankAtMark(store: OrderedStore, number: number): number {
  const { mark } = readMarket(store, instrumentNumber(number))!;
  const { tick, lot } = readInstrument(store, instrumentNumber(number))!;
  return Math.max(1, Math.round((Number(mark) * 1e7) / (tick * lot)));
}

/** Puts an offer of the maker's into the book. */
function rest(store: OrderedStore, instrument: number, order: number): void {
  const account = accountNumber(MAKER);
  const rank = priceRank(rankAtMark(store, instrument));
  const key = bookKey(instrumentNumber(instrument), Side.sell, rank, SEQUENCE + order);
  const record = { account, clientOrderId: order, lots: LOTS, goodTill: 0, era: 0, isReduceOnly: false };
  store.put(key, encodeBookRecord(record));
  store.put(accountOrderKey(account, order), key.slice(1));
}
