import {
  accountKey,
  accountOrderKey,
  bookKey,
  createGenesis,
  decodeGlobal,
  encodeAccount,
  encodeBookRecord,
  encodeGlobal,
  encodeSession,
  executeChunk,
  globalKey,
  newAccount,
  nonceKey,
  readAccount,
  signerKey,
} from "@recourse/engine";
import {
  accountNumber,
  CANCEL_ALL_END,
  CANCEL_ALL_LIMIT,
  CANCEL_LIMIT,
  ChunkKind,
  concatBytes,
  instrumentNumber,
  MAX_RESTING_ORDERS,
  ORDER_LIMIT,
  priceRank,
  REMOVAL_BOUND,
  REPLACE_LIMIT,
  Reason,
  SESSION_LIMIT,
  seconds,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dearestTransaction } from "../../test/support/meters.ts";
import { deploySteps } from "../../test/support/steps.ts";
import {
  context,
  genesisParameters,
  signedCancel,
  signedCancelAll,
  signedSession,
  signer,
} from "../../test/support/world.ts";
import { proveWithinBudget } from "./proofBudget.ts";

/** The chunks of cancels of all and of session keys that cost most to prove: every path as deep as its table lets it be. */

const time = 1_583_971_200;
const deadline = time + 300;
const owner = signer(9);
const session = signer(10);
const number = 7;
const account = 0x5555_5555;
const firstInstrument = 0x555_555;

/** A word of nonces of which none is used; what lies beside other paths is never read, so that it does for all. */
const beside = new Uint8Array(32);

/** Makes the path of a key as deep as can be: beside each bit of some of its bytes, another key. */
function deepen(store: OrderedStore, key: Uint8Array, bytes: readonly number[]): void {
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const other = key.slice();
      other[byte]! ^= 1 << bit;
      if (store.peek(other) === undefined) store.put(other, beside);
    }
  }
}

const bytesFrom = (first: number, count: number) => Array.from({ length: count }, (_, place) => first + place);

/** Opens an account whose records lie as deep as they can. */
function openDeepAccount(store: OrderedStore, holder = account): void {
  const of = accountNumber(holder);
  const expiry = seconds(time + 1_000);
  store.put(accountKey(of), encodeAccount(newAccount(owner.address)));
  store.put(signerKey(of, number), encodeSession({ key: session.address, scope: 3, expiry }));
  deepen(store, accountKey(of), bytesFrom(1, 4));
  deepen(store, signerKey(of, number), bytesFrom(1, 5));
  // Two words of nonces whose deadlines have passed, and as many beside them as there can be at a time.
  const oldBucket = (deadline >> 6) - 40;
  for (const bucket of [oldBucket, oldBucket + 1]) {
    store.put(nonceKey(of, bucket, 0), new Uint8Array(32).fill(255));
    deepen(store, nonceKey(of, bucket, 0), [...bytesFrom(1, 4), 9]);
  }
  deepen(store, nonceKey(of, deadline >> 6, 0), [...bytesFrom(1, 4), 8, 9]);
}

/** Lets the account have a resting order whose place in the book lies as deep as it can. */
function restDeep(store: OrderedStore, holder: number, id: number, place: number): void {
  const of = accountNumber(holder);
  const instrument = instrumentNumber(firstInstrument);
  const key = bookKey(instrument, 1, priceRank(0x55_5555_5555 + place * 2 ** 20), 0x5555_5555_5555 + place);
  const order = { account: of, clientOrderId: id, lots: 10, goodTill: 0, era: 0, isReduceOnly: false };
  store.put(key, encodeBookRecord(order));
  deepen(store, key, [...bytesFrom(1, 3), ...bytesFrom(5, 11)]);
  store.put(accountOrderKey(of, id), key.slice(1));
  deepen(store, accountOrderKey(of, id), bytesFrom(1, 4));
  const record = readAccount(store, of)!;
  store.put(accountKey(of), encodeAccount({ ...record, restingOrders: record.restingOrders + 1 }));
}

function emptyState(): OrderedStore {
  const store = createGenesis(genesisParameters);
  const global = { ...decodeGlobal(store.peek(globalKey)!), time: seconds(time), term: 1 };
  store.put(globalKey, encodeGlobal(global));
  return store;
}

/** Client order ids of which each differs from the others in a bit of its own: the deepest paths. */
const deepIds = [0, ...Array.from({ length: 32 }, (_, bit) => 2 ** bit)];

/** What one transaction used, as the limits count it. */
function transactionMeter(store: OrderedStore, transaction: Uint8Array): { meter: number; reason: number } {
  const { reasons } = executeChunk(store.clone(), context(), ChunkKind.trade, transaction);
  return { meter: dearestTransaction(store, ChunkKind.trade, transaction), reason: reasons[0]! };
}

describe("what one transaction of an account may use", () => {
  const by = { account, key: session, signer: number, deadline };

  it("is never passed by the dearest cancel", () => {
    const store = emptyState();
    openDeepAccount(store);
    for (const [place, id] of deepIds.entries()) restDeep(store, account, id, place);
    const { meter, reason } = transactionMeter(store, signedCancel({ ...by, nonce: 1, clientOrderId: 1 }));
    expect(reason).toBe(Reason.Ok);
    expect(meter).toBeLessThanOrEqual(CANCEL_LIMIT);
    expect(meter).toBeGreaterThan(0.6 * CANCEL_LIMIT);
  });

  it("is never passed by the dearest cancel-all, however many orders there are", () => {
    const store = emptyState();
    openDeepAccount(store);
    for (const [place, id] of deepIds.entries()) restDeep(store, account, id, place);
    const { meter, reason } = transactionMeter(store, signedCancelAll({ ...by, nonce: 1 }));
    expect(reason).toBe(Reason.Ok);
    expect(meter).toBeLessThanOrEqual(CANCEL_ALL_LIMIT);
    expect(meter).toBeGreaterThan(CANCEL_ALL_LIMIT - CANCEL_ALL_END - REMOVAL_BOUND);
  });

  it("is never passed by the dearest session key, new or revoked", () => {
    const store = emptyState();
    openDeepAccount(store);
    deepen(store, signerKey(accountNumber(account), 0x55), [5]);
    const own = { account, key: owner, deadline, nonce: 1 };
    const terms = { number: 0x55, address: session.address, scope: 3, expiry: time + 1 };
    for (const transaction of [signedSession({ ...own, ...terms }), signedSession({ ...own, number })]) {
      const { meter, reason } = transactionMeter(store, transaction);
      expect(reason).toBe(Reason.Ok);
      expect(meter).toBeLessThanOrEqual(SESSION_LIMIT);
      expect(meter).toBeGreaterThan(0.5 * SESSION_LIMIT);
    }
  });

  it("is for a replacement what an order may use: finding what it replaces leaves it less for the makers it meets", () => {
    expect(REPLACE_LIMIT).toBe(ORDER_LIMIT);
  });
});

describe("the worst chunks of cancels of all and of session keys prove within budget", () => {
  let contract: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contract = await deploySteps();
  });
  afterAll(() => contract.close());

  const prove = (name: string, store: OrderedStore, chunk: Uint8Array) =>
    proveWithinBudget(contract, name, store, ChunkKind.trade, chunk);

  it("a cancel-all on the deepest paths, after as many session keys as leave it room", async () => {
    const store = emptyState();
    openDeepAccount(store);
    for (const [place, id] of deepIds.entries()) restDeep(store, account, id, place);
    const others = Array.from({ length: 6 }, (_, place) => account ^ ((place + 1) << 16));
    for (const holder of others) openDeepAccount(store, holder);
    const chunk = [
      ...others.map((holder) => signedSession({ account: holder, key: owner, deadline, nonce: 1, number })),
      signedCancelAll({ account, key: session, signer: number, deadline, nonce: 1 }),
    ];
    const reasons = await prove("a deep cancel-all", store, concatBytes(...chunk));
    expect(reasons).toEqual(chunk.map(() => Reason.Ok));
    expect(store.chunkMeter).toBeGreaterThan(CANCEL_ALL_LIMIT);
  });

  it("a cancel-all of as many orders as an account may have", async () => {
    const store = emptyState();
    openDeepAccount(store);
    const of = accountNumber(account);
    for (let id = 0; id < MAX_RESTING_ORDERS; id++) {
      const key = bookKey(instrumentNumber(1 + (id % 4)), id & 1, priceRank(1_000 + 37 * id), id);
      const order = { account: of, clientOrderId: id, lots: 10, goodTill: 0, era: 0, isReduceOnly: false };
      store.put(key, encodeBookRecord(order));
      store.put(accountOrderKey(of, id), key.slice(1));
    }
    const record = readAccount(store, of)!;
    store.put(accountKey(of), encodeAccount({ ...record, restingOrders: MAX_RESTING_ORDERS }));
    const by = { account, key: session, signer: number, deadline };
    const chunk = [0, 1].map((nonce) => signedCancelAll({ ...by, nonce, instrument: nonce === 0 ? 4 : 0 }));
    const reasons = await prove("cancel-alls of 200 orders", store, concatBytes(...chunk));
    expect(reasons[0]).toBe(Reason.Ok);
  });

  it("as many cancel-alls of nothing as fit", async () => {
    const store = emptyState();
    openDeepAccount(store);
    const by = { account, key: session, signer: number, deadline };
    const chunk = Array.from({ length: 150 }, (_, nonce) => signedCancelAll({ ...by, nonce }));
    const reasons = await prove("cancel-alls of nothing", store, concatBytes(...chunk));
    expect(new Set(reasons)).toEqual(new Set([Reason.NothingToCancel]));
  });

  it("what is refused or does next to nothing, in a state of next to nothing", async () => {
    const store = emptyState();
    store.put(accountKey(accountNumber(1)), encodeAccount(newAccount(owner.address)));
    const terms = { number: 1, address: session.address, scope: 3, expiry: time + 1 };
    const own = { account: 1, key: owner, deadline };
    const by = { account: 1, key: session, signer: 1, deadline };
    const first = signedSession({ ...own, nonce: 0, ...terms });
    const chunks: readonly [name: string, reason: number, make: (nonce: number) => Uint8Array][] = [
      ["registered again and again", Reason.Ok, (nonce) => signedSession({ ...own, nonce, ...terms })],
      ["of another owner", Reason.BadSignature, (nonce) => signedSession({ ...own, key: session, nonce, ...terms })],
      ["of a wrong number", Reason.UnknownSigner, (nonce) => signedCancelAll({ ...by, signer: 2, nonce })],
      ["out of scope", Reason.OutOfScope, (nonce) => signedSession({ ...by, nonce, ...terms })],
      ["badly signed", Reason.BadSignature, (nonce) => signedCancel({ ...by, key: owner, nonce, clientOrderId: 1 })],
      ["of nothing", Reason.NothingToCancel, (nonce) => signedCancelAll({ ...by, nonce })],
    ];
    for (const [name, reason, make] of chunks) {
      const others = Array.from({ length: 116 }, (_, place) => make(1 + place));
      const reasons = await prove(name, store.clone(), concatBytes(first, ...others));
      expect(new Set(reasons.slice(1))).toEqual(new Set([reason]));
    }
  });

  it("session keys on the deepest paths", async () => {
    const store = emptyState();
    const accounts = Array.from({ length: 16 }, (_, place) => account ^ (place << 16) ^ (place << 4));
    for (const holder of accounts) openDeepAccount(store, holder);
    const chunk = accounts.map((holder, place) => {
      const own = { account: holder, key: owner, deadline, nonce: 1 };
      const terms = { number: 0x55, address: session.address, scope: 3, expiry: time + 1 };
      return signedSession(place % 2 === 0 ? { ...own, ...terms } : { ...own, number });
    });
    const reasons = await prove("deep session keys", store, concatBytes(...chunk));
    expect(reasons.length).toBeGreaterThan(5);
    expect(new Set(reasons)).toEqual(new Set([Reason.Ok]));
  });

  it("as many session keys of one account as fit, registered and revoked", async () => {
    const store = emptyState();
    openDeepAccount(store);
    const chunk = Array.from({ length: 117 }, (_, place) => {
      const own = { account, key: owner, deadline, nonce: place << 8 };
      const keyNumber = 1 + (place >> 1);
      if (place % 2 === 1) return signedSession({ ...own, number: keyNumber });
      return signedSession({ ...own, number: keyNumber, address: session.address, scope: 3, expiry: time + 1 });
    });
    const reasons = await prove("session keys of one account", store, concatBytes(...chunk));
    expect(reasons.length).toBeGreaterThan(20);
  });
});
