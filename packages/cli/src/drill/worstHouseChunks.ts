import {
  accountKey,
  accountMargin,
  decodeInstrument,
  decodeMarket,
  encodeAccount,
  encodeInstrument,
  encodeMarket,
  encodePosition,
  instrumentKey,
  marketKey,
  positionKey,
  readAccount,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  instrumentNumber,
  MAX_POSITIONS,
  Reason,
  SETTLED_TIME,
  Side,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Trader } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import { actor, books, equip, listDeep, openDeep, rest, worstTime } from "./worstState.ts";

/** Lots of each position that {@link equip} gives, and what a liquidation of two fifths moves of them. */
const LOTS = 11;
const MOVED = 5;

/** Accounts among which some are chosen that nothing else here uses. */
const ACCOUNTS = 11_999;

/** An equity, in thousandths of the maintenance margin, for which two fifths are taken over, and one for all. */
const PART = 960;
const ALL = 750;

/** Liquidations, the house, settling, pruning, liquidity providers. */
export function worstHouseChunks(material: WorstMaterial): WorstChunk[] {
  return [
    ...liquidations(material),
    ...deepLiquidations(material),
    manyLiquidations(material),
    houseOrders(material),
    settlements(material),
    pruning(material),
    providers(material),
    refusals(material),
  ];
}

function house(
  name: string,
  transactions: WorstChunk["transactions"],
  reasons: WorstChunk["reasons"] = allOk,
): WorstChunk {
  return { name, kind: ChunkKind.house, transactions, reasons };
}

/** So many accounts all over the state of which no construction has made use yet. */
function untouched(state: OrderedStore, count: number): Trader[] {
  const found: Trader[] = [];
  for (let place = 0; found.length < count; place++) {
    const number = 201 + 47 * place;
    const record = readAccount(state, accountNumber(number % ACCOUNTS));
    const isFree = record?.positions === 0 && record.restingOrders === 0 && new Set(record.owner).size === 1;
    if (isFree) found.push(actor(number % ACCOUNTS));
  }
  return found;
}

/** Gives an account an equity of so many thousandths of its maintenance margin. */
function setEquity(state: OrderedStore, { number }: Trader, permille: number): void {
  const account = accountNumber(number);
  const record = readAccount(state, account)!;
  const { equity, maintenanceMargin } = accountMargin(state, account)!;
  const change = ((maintenanceMargin * BigInt(permille)) / 1000n - equity) / 1000n;
  state.put(accountKey(account), encodeAccount({ ...record, cash: cash(record.cash + Number(change)) }));
}

/** Makes an account a provider that holds so many lots of some instruments. */
function equipProvider(state: OrderedStore, holder: Trader, held: readonly number[], lots: number): void {
  const account = accountNumber(holder.number);
  for (const instrument of held)
    state.put(positionKey(account, instrumentNumber(instrument)), encodePosition(lots, 0n));
  const record = readAccount(state, account)!;
  state.put(accountKey(account), encodeAccount({ ...record, isProvider: true }));
}

/** As many positions as may be, taken over by the house or by a provider that has as many itself. */
function liquidations({ state, instruments }: WorstMaterial): WorstChunk[] {
  const open = (place: number, permille: number) => {
    const holder = actor(5_401 + 7 * place);
    const held = instruments(MAX_POSITIONS);
    equip(state, holder, held);
    for (const instrument of held) changeMarket(state, instrument, { openInterest: 1_000 });
    setEquity(state, holder, permille);
    return { holder, held };
  };
  const toHouse = (
    [
      ["part", PART],
      ["all", ALL],
      ["bankrupt", -100],
    ] as const
  ).map(([name, permille], place) => {
    const { holder } = open(place, permille);
    return house(`64 positions to the house, ${name}`, (desk) => [desk.liquidate(holder.number, 0)]);
  });
  const toProvider = (
    [
      ["a provider of the same 64", PART, MAX_POSITIONS, 3],
      ["a provider of the same 64, all", ALL, MAX_POSITIONS, 3],
      ["a provider of none", PART, 0, 3],
      // What it has in half of them is closed, so that there is room for the other half beside what else it holds.
      ["a provider of 32 that are closed and 32 others", PART, MAX_POSITIONS / 2, -MOVED],
      ["a provider of 32 that are closed and 32 others, all", ALL, MAX_POSITIONS / 2, -LOTS],
    ] as const
  ).map(([name, permille, sharedCount, lots], place) => {
    const { holder, held } = open(3 + place, permille);
    const provider = actor(6_003 + 7 * place);
    const shared = held.slice(0, sharedCount);
    const others = sharedCount === MAX_POSITIONS / 2 ? instruments(MAX_POSITIONS / 2) : [];
    equip(state, provider, [...shared, ...others]);
    equipProvider(state, provider, shared, lots);
    return house(`64 positions to ${name}`, (desk) => [desk.liquidate(holder.number, provider.number)]);
  });
  return [...toHouse, ...toProvider];
}

/** Accounts and providers on the deepest paths that keys allow, far deeper than numbers given out in order make them. */
function deepLiquidations({ state }: WorstMaterial): WorstChunk[] {
  return (
    [
      [16, 0, 0x0aab_5555, 0x0a28_5555, allOk],
      [MAX_POSITIONS, 0, 0x0a5b_5555, 0x0ad8_5555, allOk],
      [MAX_POSITIONS, MAX_POSITIONS / 2, 0x0b55_5555, 0x0bd6_5555, [Reason.ExceedsLimit]],
    ] as const
  ).map(([count, otherCount, holderNumber, providerNumber, reasons]) => {
    const [holder, provider] = [actor(holderNumber), actor(providerNumber)];
    const deep = Array.from({ length: count + otherCount }, (_, place) => listDeep(state, place));
    const held = deep.slice(0, count);
    const shared = held.slice(0, count / 2);
    openDeep(state, holder, held);
    openDeep(state, provider, [...shared, ...deep.slice(count)]);
    equipProvider(state, provider, shared, -MOVED);
    setEquity(state, holder, PART);
    const name = `${count} deep positions to a provider of ${shared.length} that are closed and ${otherCount} others`;
    return house(name, (desk) => [desk.liquidate(holder.number, provider.number)], reasons);
  });
}

/** More accounts of few positions than a chunk has room for. */
function manyLiquidations({ state, instruments }: WorstMaterial): WorstChunk {
  const holders = untouched(state, 120);
  for (const holder of holders) {
    equip(state, holder, instruments(3));
    setEquity(state, holder, PART);
  }
  return house("liquidations of many accounts", (desk) => holders.map(({ number }) => desk.liquidate(number, 0)));
}

function changeMarket(state: OrderedStore, number: number, changes: Partial<ReturnType<typeof decodeMarket>>): void {
  const key = marketKey(instrumentNumber(number));
  state.put(key, encodeMarket({ ...decodeMarket(state.peek(key)!), ...changes }));
}

/** Accounts of as many positions as may be that take what the house holds. */
function houseOrders({ state, instruments }: WorstMaterial): WorstChunk {
  const taker = actor(5_507);
  const held = instruments(MAX_POSITIONS);
  equip(state, taker, held);
  for (const instrument of held) changeMarket(state, instrument, { houseLots: 1_000 });
  return house("orders for what the house holds, 64 positions", (desk) =>
    Array.from({ length: 30 }, (_, place) =>
      desk.houseOrder(taker, { instrument: held[place]!, side: Side.buy, rank: 2 ** 20, lots: 1 }),
    ),
  );
}

/** More positions than a chunk has room to settle. */
function settlements({ state, instruments }: WorstMaterial): WorstChunk {
  const holders = untouched(state, 200);
  const expired = instruments(200).map((instrument, place) => ({ instrument, holder: holders[place]! }));
  for (const { instrument, holder } of expired) {
    equip(state, holder, [instrument]);
    changeMarket(state, instrument, { reportTime: seconds(SETTLED_TIME), openInterest: LOTS });
  }
  return house("settlements", (desk) =>
    expired.map(({ instrument, holder }) => desk.settle(holder.number, instrument)),
  );
}

/** An expired instrument with resting orders of many accounts, on paths that differ in one bit each. */
function pruning({ state }: WorstMaterial): WorstChunk {
  const number = books.pruned;
  const instrument = instrumentNumber(number);
  const terms = decodeInstrument(state.peek(instrumentKey(instrument))!);
  state.put(instrumentKey(instrument), encodeInstrument({ ...terms, expiry: seconds(worstTime) }));
  changeMarket(state, number, { reportTime: seconds(SETTLED_TIME), openInterest: 0 });
  for (const [place, maker] of untouched(state, 200).entries()) {
    equip(state, maker, [], 1);
    const id = 0x5555_5555 ^ (1 << (place % 32));
    rest(state, maker, number, 2 ** (place % 38) + 1_000 + place, 2 ** (place % 40) + place, id);
  }
  return house("pruning of a book of many accounts", (desk) => Array.from({ length: 20 }, () => desk.prune(number)));
}

/** More accounts than a chunk has room for. */
function providers({ state }: WorstMaterial): WorstChunk {
  const holders = untouched(state, 120);
  for (const holder of holders) equip(state, holder, []);
  return house("liquidity providers", (desk) => holders.map((holder) => desk.provider(holder)));
}

/** An account of as many positions as may be that is not below its maintenance margin. */
function refusals({ state, instruments }: WorstMaterial): WorstChunk {
  const holder = actor(5_605);
  equip(state, holder, instruments(MAX_POSITIONS));
  const ask = (desk: Parameters<WorstChunk["transactions"]>[0]) => desk.liquidate(holder.number, 0);
  return house("liquidations refused", (desk) => Array.from({ length: 40 }, () => ask(desk)), [Reason.NotLiquidatable]);
}
