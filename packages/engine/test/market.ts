import {
  accountNumber,
  type Cash,
  ChunkKind,
  concatBytes,
  encodeMessages,
  instrumentNumber,
  price,
  type ReasonName,
  reasonName,
  type StepContext,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { expect } from "vitest";
import { stateProblems } from "../../../test/support/invariants.ts";
import {
  context,
  depositMessage,
  flatSurface,
  genesisParameters,
  markBytes,
  type OrderFields,
  signedCancel,
  signedListing,
  signedOrder,
  signedReplace,
  signedReport,
  signedUnderlying,
  signer,
  tickBytes,
} from "../../../test/support/world.ts";
import {
  accountKey,
  createGenesis,
  type EngineEvent,
  encodeAccount,
  executeChunk,
  readAccount,
  readPositions,
} from "../src/index.ts";

export const start = 1_583_971_200;
export const expiry = 1_585_296_000; // 27MAR20 08:00
export const deadline = start + 60;
export const funds = 1_000_000_000_000;
export const keys = [1, 2, 3, 4].map(signer);
export const perpetual = instrumentNumber(1);
export const put = 2;

/** What a chunk came to: a reason's name for each transaction, and all that happened. */
export interface Result {
  readonly reasons: readonly ReasonName[];
  readonly events: readonly EngineEvent[];
}

export function run(
  store: OrderedStore,
  kind: ChunkKind,
  chunk: Uint8Array,
  changes: Partial<StepContext> = {},
): Result {
  const { reasons, outcomes } = executeChunk(store, context(changes), kind, chunk);
  expect(stateProblems(store)).toEqual([]);
  return { reasons: [...reasons].map(reasonName), events: outcomes.flatMap(({ events }) => events) };
}

export const trade = (store: OrderedStore, ...orders: readonly Uint8Array[]) =>
  run(store, ChunkKind.trade, concatBytes(...orders));

export const tick = (store: OrderedStore, time: number) => run(store, ChunkKind.risk, tickBytes(time));

/** Four funded accounts, a perpetual with an index of 7,961 USD and a put. One lot of the perpetual and one rank: 0.0001 USD. */
export function market(): OrderedStore {
  const store = createGenesis(genesisParameters);
  const deposits = keys.map(({ address }, place) => depositMessage(place + 1, address, funds));
  run(store, ChunkKind.bridge, encodeMessages(deposits));
  const { reasons } = run(
    store,
    ChunkKind.risk,
    concatBytes(
      tickBytes(start),
      signedUnderlying({ underlying: 1, symbol: "BTC", deadline }),
      signedListing({ underlying: 1, name: "BTC-PERPETUAL", deadline }),
      signedListing({ underlying: 1, name: "BTC-27MAR20-6000-P", deadline }),
      signedReport({
        underlying: 1,
        time: start,
        index: 7_961_00000000,
        surfaces: [flatSurface(expiry, price(7_970_00000000), 80, start)],
      }),
      markBytes(perpetual),
      markBytes(put),
    ),
  );
  expect(new Set(reasons)).toEqual(new Set(["Ok"]));
  return store;
}

let lastNonce = 0;

/** A number that no order here has had yet. */
export const freshNumber = () => ++lastNonce;

/** An order of an account under a fresh nonce, which is its client order id too. */
export function order(account: number, side: number, rank: number, size: number, changes: Partial<OrderFields> = {}) {
  const nonce = freshNumber();
  const key = keys[account - 1]!;
  return signedOrder({ account, key, instrument: perpetual, side, rank, lots: size, deadline, nonce, ...changes });
}

export const buy = (account: number, rank: number, size: number, changes: Partial<OrderFields> = {}) =>
  order(account, 0, rank, size, changes);
export const sell = (account: number, rank: number, size: number, changes: Partial<OrderFields> = {}) =>
  order(account, 1, rank, size, changes);
export const immediate = { timeInForce: 1 };

export function cancel(account: number, clientOrderId: number): Uint8Array {
  return signedCancel({ account, key: keys[account - 1]!, deadline, nonce: freshNumber(), clientOrderId });
}

/** Fills in the order in which they happened: who made it, at what rank, how many lots. */
export function fillsOf({ events }: Result): { maker: number; rank: number; lots: number }[] {
  return events.flatMap((event) =>
    event.type === "fill" ? [{ maker: event.maker, rank: event.priceRank, lots: event.lots }] : [],
  );
}

export const causesOf = ({ events }: Result) => events.flatMap((event) => ("cause" in event ? [event.cause] : []));
export const cashOf = (store: OrderedStore, account: number) => readAccount(store, accountNumber(account))!.cash;
export const positionOf = (store: OrderedStore, account: number) =>
  readPositions(store, accountNumber(account))[0]?.lots ?? 0;

export function setCash(store: OrderedStore, account: number, cash: number): void {
  const key = accountNumber(account);
  store.put(accountKey(key), encodeAccount({ ...readAccount(store, key)!, cash: cash as Cash }));
}

/** Replaces an account's order by another. */
export function replace(
  account: number,
  replaced: number,
  side: number,
  rank: number,
  size: number,
  changes: Partial<OrderFields> = {},
) {
  const nonce = freshNumber();
  const key = keys[account - 1]!;
  const terms = { instrument: perpetual, side, rank, lots: size };
  return signedReplace({ account, key, deadline, nonce, ...terms, replaced, ...changes });
}
