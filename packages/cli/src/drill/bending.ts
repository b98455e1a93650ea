import {
  type AccountRecord,
  accountKey,
  decodeAccount,
  decodeMarket,
  encodeAccount,
  encodeGlobal,
  encodeMarket,
  executeChunk,
  type GlobalRecord,
  globalKey,
  type MarketRecord,
  marketKey,
  readGlobal,
} from "@recourse/engine";
import {
  accountNumber,
  type Cash,
  type ChunkKind,
  instrumentNumber,
  recoverSigner,
  type StepContext,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { splitTransactions } from "./draft.ts";
import type { ChunkPlan } from "./rollup.ts";

/** Who counts as the signer, whoever has signed. */
type Recovery = NonNullable<Parameters<typeof executeChunk>[4]>;

/** How one transaction of a chunk is executed otherwise than by the rules. */
export interface Bend {
  /** Changes the state before it, so that the rules come to what the lie wants. */
  readonly before?: (store: OrderedStore) => void;
  /** Takes back, after it, what was changed for it. */
  readonly after?: (store: OrderedStore) => void;
  /** What is executed in its place; nothing where it is empty. */
  readonly instead?: readonly Uint8Array[];
  /** Another kind of chunk to execute it in. */
  readonly kind?: ChunkKind;
  readonly recover?: Recovery;
}

/**
 * Executes transactions one at a time, some of them bent. Since it changes nothing where a stream is cut into chunks,
 * the state comes out as the rules' own but for the bends.
 */
export function executeBent(
  store: OrderedStore,
  context: StepContext,
  kind: ChunkKind,
  transactions: readonly Uint8Array[],
  bends: ReadonlyMap<number, Bend>,
): void {
  // A chunk without transactions opens its era and term all the same.
  executeChunk(store, context, kind, new Uint8Array(0));
  for (const [place, transaction] of transactions.entries()) {
    const bend = bends.get(place) ?? {};
    bend.before?.(store);
    for (const bytes of bend.instead ?? [transaction]) {
      executeChunk(store, context, bend.kind ?? kind, bytes, bend.recover ?? recoverSigner);
    }
    bend.after?.(store);
  }
}

/** Makes the place in the stream that of the right state: the lie is about what the transactions did, not which. */
export function alignStream(store: OrderedStore, before: OrderedStore, chunk: ChunkPlan, context: StepContext): void {
  const right = before.clone();
  executeChunk(right, context, chunk.kind, chunk.bytes);
  const { position, runningHash } = readGlobal(right);
  changeGlobal(store, { position, runningHash });
}

/** Tells a lie about single transactions of a chunk. */
export function bent(bends: ReadonlyMap<number, Bend>) {
  return {
    tell(store: OrderedStore, chunk: ChunkPlan, context: StepContext): undefined {
      const before = store.clone();
      executeBent(store, context, chunk.kind, splitTransactions(chunk.bytes), bends);
      alignStream(store, before, chunk, context);
    },
  };
}

/** Changes the global record. */
export function changeGlobal(store: OrderedStore, changes: Partial<GlobalRecord>): void {
  store.put(globalKey, encodeGlobal({ ...readGlobal(store), ...changes }));
}

/** Changes an account's cash. */
export function addCash(store: OrderedStore, account: number, amount: number): void {
  const key = accountKey(accountNumber(account));
  const record = decodeAccount(store.peek(key)!);
  store.put(key, encodeAccount({ ...record, cash: (record.cash + amount) as Cash }));
}

/** Changes a market, if it is still there. */
export function changeMarket(store: OrderedStore, instrument: number, changes: Partial<MarketRecord>): void {
  const key = marketKey(instrumentNumber(instrument));
  const value = store.peek(key);
  if (value !== undefined) store.put(key, encodeMarket({ ...decodeMarket(value), ...changes }));
}

/** Changes an account. */
export function changeAccount(store: OrderedStore, account: number, changes: Partial<AccountRecord>): void {
  const key = accountKey(accountNumber(account));
  store.put(key, encodeAccount({ ...decodeAccount(store.peek(key)!), ...changes }));
}

/**
 * Changes the state for the time of one transaction.
 * @param change returns what takes it back
 */
export function meanwhile(change: (store: OrderedStore) => (store: OrderedStore) => void): Bend {
  let takeBack = (_: OrderedStore) => {};
  return {
    before: (store) => {
      takeBack = change(store);
    },
    after: (store) => takeBack(store),
  };
}

/** Markets that are otherwise for the time of one transaction. */
export const withMarkets = (
  instruments: readonly number[],
  changesOf: (market: MarketRecord, store: OrderedStore) => Partial<MarketRecord>,
): Bend =>
  meanwhile((store) => {
    const takeBack = instruments.map((instrument) => {
      const market = decodeMarket(store.peek(marketKey(instrumentNumber(instrument)))!);
      const changes = changesOf(market, store);
      changeMarket(store, instrument, changes);
      const fields = Object.keys(changes) as (keyof MarketRecord)[];
      const saved = Object.fromEntries(fields.map((field) => [field, market[field]])) as Partial<MarketRecord>;
      return (later: OrderedStore) => changeMarket(later, instrument, saved);
    });
    return (later) => {
      for (const undo of takeBack) undo(later);
    };
  });

/** The clock is at another time for one transaction. */
export const atTime = (time: number): Bend =>
  meanwhile((store) => {
    const present = readGlobal(store).time;
    changeGlobal(store, { time: seconds(time) });
    return (later) => changeGlobal(later, { time: present });
  });

const RICHES = 2 ** 42;

/** Accounts that are rich for the time of one transaction. */
export const withRiches = (...accounts: readonly number[]): Bend =>
  meanwhile((store) => {
    for (const account of accounts) addCash(store, account, RICHES);
    return (later) => {
      for (const account of accounts) addCash(later, account, -RICHES);
    };
  });

/** Signatures that count as those of some addresses, in the order in which they are checked. */
export function signedInTurnBy(...addresses: readonly Uint8Array[]): Recovery {
  let asked = 0;
  return () => addresses[asked++];
}

/** Signatures that count as those of an address. */
export const signedBy =
  (address: Uint8Array): Recovery =>
  () =>
    address;

/** Signatures that count as nobody's. */
export const signedByNobody: Recovery = () => undefined;
