import {
  accountKey,
  accountOrderKey,
  decodeExpiry,
  decodeInstrument,
  decodeMarket,
  encodeAccount,
  encodeExpiry,
  encodeInstrument,
  encodeInstrumentNumber,
  encodeMarket,
  expiryKey,
  instrumentKey,
  listingKey,
  marketKey,
  readAccount,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  instrumentNumber,
  MAX_POSITIONS,
  Reason,
  SETTLED_TIME,
  Side,
  seconds,
  TriggerDirection,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Desk, Trader } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import {
  accountBytes,
  actor,
  bytesFrom,
  deepen,
  instrumentBytes,
  keyHolder,
  listDeep,
  openDeep,
  rest,
  worstExpiry,
  worstTime,
} from "./worstState.ts";

/** Places of instruments that are listed deep for these constructions alone. */
const PRUNED = 80;
const SETTLED = 90;

/** What may be done once and again on the deepest paths, by session keys. */
export function worstDeepChunks({ state }: WorstMaterial): WorstChunk[] {
  return [
    ...conditionalOrders(state),
    ...revocations(state),
    deepHouseOrders(state),
    deepSettlements(state),
    deepPruning(state),
    deepProviders(state),
  ];
}

const chunk = (
  name: string,
  kind: ChunkKind,
  transactions: WorstChunk["transactions"],
  reasons: WorstChunk["reasons"] = allOk,
): WorstChunk => ({ name, kind, transactions, reasons });

/** So many accounts that lie deep and far from each other. */
const deepActors = (state: OrderedStore, pattern: number, count: number): Trader[] =>
  Array.from({ length: count }, (_, place) => {
    const holder = actor(pattern ^ ((place + 1) << 16) ^ (place << 4));
    openDeep(state, holder, []);
    return holder;
  });

function changeMarket(state: OrderedStore, number: number, changes: Partial<ReturnType<typeof decodeMarket>>): void {
  const key = marketKey(instrumentNumber(number));
  state.put(key, encodeMarket({ ...decodeMarket(state.peek(key)!), ...changes }));
}

/** As the dearest plain orders are; and one of many that wait in vain. */
function conditionalOrders(state: OrderedStore): WorstChunk[] {
  const held = Array.from({ length: MAX_POSITIONS }, (_, place) => listDeep(state, place));
  const [maker, taker] = [actor(0x2a2a_aaaa), actor(0x1919_9999)];
  for (const trader of [maker, taker]) openDeep(state, trader, held, trader === maker ? 1 : 0);
  rest(state, maker, held[1]!, 100, 7, 1);
  const terms = { instrument: held[1]!, side: Side.buy, rank: 100, lots: 1, immediate: true, era: 0 };
  const conditional = (desk: Desk, triggerDirection: number) =>
    desk.conditional(keyHolder(taker), {
      ...terms,
      triggerPrice: 1,
      triggerDirection,
      deadline: worstTime + 2_000_000,
    });
  const many = Array.from({ length: 110 });
  return [
    chunk("64 and 64 positions, deep, by a conditional order", ChunkKind.trade, (desk) => [
      conditional(desk, TriggerDirection.atOrAbove),
    ]),
    chunk(
      "conditional orders that wait in vain",
      ChunkKind.trade,
      (desk) => many.map(() => conditional(desk, TriggerDirection.atOrBelow)),
      [Reason.TriggerNotReached],
    ),
  ];
}

/** Two nonces each, of many accounts and of one. */
function revocations(state: OrderedStore): WorstChunk[] {
  const holders = deepActors(state, 0x3555_5555, 16);
  const [one] = deepActors(state, 0x3666_6666, 1);
  const revoke = (desk: Desk, holder: Trader, place: number) =>
    desk.revoke(keyHolder(holder), 0x5555, worstTime + 100_000 + 64 * place);
  return [
    chunk("deep revocations", ChunkKind.trade, (desk) => holders.map((holder) => revoke(desk, holder, 0))),
    chunk("revocations of one account", ChunkKind.trade, (desk) =>
      Array.from({ length: 140 }, (_, place) => revoke(desk, one!, place)),
    ),
  ];
}

/** An account of as many deep positions as fit that buys from the house. */
function deepHouseOrders(state: OrderedStore): WorstChunk {
  const held = Array.from({ length: 40 }, (_, place) => listDeep(state, place));
  const taker = actor(0x2b2b_aaaa);
  openDeep(state, taker, held);
  const [instrument] = held.slice(-1);
  changeMarket(state, instrument!, { houseLots: 1_000, openInterest: 2_000 });
  return chunk("orders to the house, 40 deep positions", ChunkKind.house, (desk) =>
    Array.from({ length: 30 }, () =>
      desk.houseOrder(keyHolder(taker), { instrument: instrument!, side: Side.buy, rank: 2 ** 20, lots: 1 }),
    ),
  );
}

/** Positions, accounts and markets on the deepest paths. */
function deepSettlements(state: OrderedStore): WorstChunk {
  const settles = Array.from({ length: 40 }, (_, place) => {
    const instrument = listDeep(state, SETTLED + place);
    changeMarket(state, instrument, { reportTime: seconds(SETTLED_TIME), openInterest: 11 });
    const holder = actor(0x3799_9999 ^ (place << 18) ^ (place << 5));
    openDeep(state, holder, [instrument]);
    return { holder: holder.number, instrument };
  });
  return chunk("deep settlements", ChunkKind.house, (desk) =>
    settles.map(({ holder, instrument }) => desk.settle(holder, instrument)),
  );
}

/** An expired instrument whose listing, expiry and orders, and the accounts of those, lie on the deepest paths. */
function deepPruning(state: OrderedStore): WorstChunk {
  const pruned = Array.from({ length: 2 }, (_, place) => {
    const number = listDeep(state, PRUNED + place);
    const instrument = instrumentNumber(number);
    const terms = decodeInstrument(state.peek(instrumentKey(instrument))!);
    const expiry = seconds(worstTime - 3 * 86_400 - place);
    state.put(instrumentKey(instrument), encodeInstrument({ ...terms, expiry }));
    const listing = listingKey(terms.underlying, expiry, terms.strike, terms.kind);
    state.put(listing, encodeInstrumentNumber(number));
    deepen(state, listing, bytesFrom(1, 14));
    const model = decodeExpiry(state.peek(expiryKey(terms.underlying, seconds(worstExpiry)))!);
    const key = expiryKey(terms.underlying, expiry);
    state.put(key, encodeExpiry({ ...model, instruments: 1 }));
    deepen(state, key, bytesFrom(1, 6));
    changeMarket(state, number, { reportTime: seconds(SETTLED_TIME), openInterest: 0 });
    // The first book is larger than one transaction can take away; of the second, few are left.
    const holders = deepActors(state, place === 0 ? 0x38aa_aaaa : 0x39aa_aaaa, place === 0 ? 36 : 3);
    for (const [order, holder] of holders.entries()) {
      const account = accountNumber(holder.number);
      const id = 0x5555_5555;
      const key = rest(state, holder, number, 2 ** order + 1, 2 ** order, id);
      deepen(state, key, instrumentBytes);
      deepen(state, accountOrderKey(account, id), accountBytes);
      state.put(accountKey(account), encodeAccount({ ...readAccount(state, account)!, restingOrders: 1 }));
    }
    return number;
  });
  return chunk("deep prunings", ChunkKind.house, (desk) => pruned.map((number) => desk.prune(number)));
}

function deepProviders(state: OrderedStore): WorstChunk {
  const holders = deepActors(state, 0x3a55_5555, 24);
  return chunk("deep liquidity providers", ChunkKind.house, (desk) => holders.map((holder) => desk.provider(holder)));
}
