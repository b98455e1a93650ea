import {
  accountKey,
  decodeInstrument,
  decodeMarket,
  encodeAccount,
  encodeInstrument,
  encodeMarket,
  encodePosition,
  encodePremium,
  instrumentKey,
  marketKey,
  positionKey,
  premiumKey,
  readAccount,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  InstrumentKind,
  instrumentNumber,
  PREMIUM_ORDERS,
  price,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import {
  accountBytes,
  actor,
  bytesFrom,
  deepen,
  equip,
  instrumentBytes,
  openDeep,
  rest,
  worstTime,
} from "./worstState.ts";

/** So far below the index that all the orders together are worth less than what a premium is an average over. */
const offerRank = 2 ** 18;

/** Accounts from here on hold these perpetuals alone: their marks are old, and may not be another construction's. */
const firstHolder = 12_001;

/** Lists a perpetual, in the likeness of an option, that was marked more than an hour ago. */
function listPerpetual(state: OrderedStore, number: number): void {
  const instrument = instrumentNumber(number);
  const likeness = instrumentNumber(1 + (number % 16));
  const kind = InstrumentKind.perpetual;
  const terms = decodeInstrument(state.peek(instrumentKey(likeness))!);
  state.put(instrumentKey(instrument), encodeInstrument({ ...terms, kind, expiry: seconds(0), strike: price(0) }));
  const time = seconds(worstTime - 4_000);
  const market = decodeMarket(state.peek(marketKey(likeness))!);
  state.put(marketKey(instrument), encodeMarket({ ...market, kind, time, reportTime: time }));
  state.put(premiumKey(instrument), encodePremium({ time, premium: -7n, average: -7n, hourSum: -7n }));
}

/**
 * Lets an account hold a perpetual and offer it below the index, at a price that differs from the others in one bit.
 * @returns the order's key
 */
function offer(state: OrderedStore, holder: number, instrument: number, place: number): Uint8Array {
  const account = accountNumber(holder);
  state.put(positionKey(account, instrumentNumber(instrument)), encodePosition(-11, 3n));
  const record = readAccount(state, account)!;
  const counts = { positions: record.positions + 1, restingOrders: record.restingOrders + 1, notional: 900_000 };
  state.put(accountKey(account), encodeAccount({ ...record, ...counts }));
  return rest(state, actor(holder), instrument, offerRank + 2 ** place, 2_000_000 + place, instrument);
}

/** Marks of perpetuals at a discount, with as many offers as are looked at, each of an account of its own. */
export function worstPremiumChunks({ state }: WorstMaterial): WorstChunk[] {
  const common = Array.from({ length: 24 }, (_, place) => 0x30_0000 + place * 0x0f_1357);
  for (const [place, instrument] of common.entries()) {
    listPerpetual(state, instrument);
    for (let order = 0; order < PREMIUM_ORDERS; order++) {
      const holder = actor(firstHolder + place * PREMIUM_ORDERS + order);
      equip(state, holder, []);
      offer(state, holder.number, instrument, order);
    }
  }
  const deep = [0x15_5555, 0x6a_aaaa];
  for (const instrument of deep) {
    listPerpetual(state, instrument);
    for (const key of [instrumentKey, marketKey, premiumKey]) {
      deepen(state, key(instrumentNumber(instrument)), instrumentBytes);
    }
    for (let order = 0; order < PREMIUM_ORDERS; order++) {
      const holder = (0x2222_0000 ^ (order * 0x0123_4567)) + (instrument & 0xff);
      openDeep(state, actor(holder), []);
      const key = offer(state, holder, instrument, order);
      deepen(state, key, instrumentBytes);
      deepen(state, positionKey(accountNumber(holder), instrumentNumber(instrument)), [
        ...accountBytes,
        ...bytesFrom(5, 3),
      ]);
    }
  }
  const marks = (name: string, instruments: readonly number[]): WorstChunk => ({
    name,
    kind: ChunkKind.risk,
    transactions: (desk) => instruments.map((instrument) => desk.mark(instrument)),
    reasons: allOk,
  });
  return [marks("marks of perpetuals at a discount", common), marks("deep marks of perpetuals at a discount", deep)];
}
