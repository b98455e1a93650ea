import {
  accountKey,
  decodeAccount,
  encodeAccount,
  encodeGlobal,
  executeChunk,
  type GlobalRecord,
  globalKey,
  readGlobal,
} from "@recourse/engine";
import { accountNumber, type Cash, type ChunkKind, recoverSigner, type StepContext } from "@recourse/protocol";
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

/** Signatures that count as those of an address. */
export const signedBy =
  (address: Uint8Array): Recovery =>
  () =>
    address;

/** Signatures that count as nobody's. */
export const signedByNobody: Recovery = () => undefined;
