import {
  accountKey,
  accountOrderKey,
  bookKey,
  createGenesis,
  decodeGlobal,
  encodeAccount,
  encodeBookRecord,
  encodeExpiry,
  encodeGlobal,
  encodeInstrument,
  encodeMark,
  encodePosition,
  encodeUnderlying,
  expiryKey,
  globalKey,
  instrumentKey,
  markKey,
  positionKey,
  underlyingKey,
} from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  concatBytes,
  instrumentNumber,
  MAX_POSITIONS,
  MAX_UNDERLYINGS,
  ORDER_LIMIT,
  price,
  priceRank,
  quantity,
  Reason,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../test/support/random.ts";
import { deploySteps } from "../../test/support/steps.ts";
import {
  flatSurface,
  genesisParameters,
  markBytes,
  oracles,
  type Signer,
  signedCancel,
  signedOrder,
  signedReplace,
  signedReport,
  signedWithdraw,
  signer,
  tickBytes,
} from "../../test/support/world.ts";
import { proveWithinBudget } from "./proofBudget.ts";

/** The chunks that cost most to prove, built on purpose in a large state: what an attacker would post. */

const time = 1_583_971_200;
const expiry = 1_585_296_000;
const deadline = time + 300;
const instrumentCount = 4_096;
const accountCount = 12_000;
const wealth = cash(2 ** 40);

/** A state of which every instrument is marked; instruments, accounts and positions lie deep. */
function largeState(random: Random): OrderedStore {
  const store = createGenesis(genesisParameters);
  store.put(
    globalKey,
    encodeGlobal({
      ...decodeGlobal(store.peek(globalKey)!),
      time: seconds(time),
      term: 1,
      nextInstrument: instrumentCount + 1,
      nextSequence: 1_000_000,
      underlyingCount: MAX_UNDERLYINGS,
      deposits: cash(2 ** 45),
    }),
  );
  for (let number = 1; number <= MAX_UNDERLYINGS; number++) {
    const symbol = new Uint8Array(8);
    symbol.set(new TextEncoder().encode(`U${number}`));
    const underlying = underlyingNumber(number);
    store.put(
      underlyingKey(underlying),
      encodeUnderlying({ symbol, grid: 1, index: price(8000e8), indexTime: seconds(time) }),
    );
    const { expiry: _, ...surface } = flatSurface(expiry, price(8000e8), 80, time);
    store.put(
      expiryKey(underlying, seconds(expiry)),
      encodeExpiry({ instruments: 1, ...surface, time: seconds(time), settlement: price(0) }),
    );
  }
  for (let number = 1; number <= instrumentCount; number++) {
    const underlying = underlyingNumber(1 + (number % MAX_UNDERLYINGS));
    store.put(
      instrumentKey(instrumentNumber(number)),
      encodeInstrument({
        kind: 1 + (number % 2),
        underlying,
        expiry: seconds(expiry),
        strike: price((1000 + number) * 1e8),
        tick: price(1_000_000),
        lot: quantity(1_000_000),
        minimumNotional: cash(0),
        takerFeeRate: 300,
        makerFeeRate: 100,
        openInterest: 5,
        fundingIndex: 0n,
        houseLots: 0,
      }),
    );
    store.put(
      markKey(instrumentNumber(number)),
      encodeMark({
        underlying,
        mark: 3_000_000_000n,
        delta: 4_000_000_000n,
        time: seconds(time),
        reportTime: seconds(time),
        losses: Array.from({ length: 24 }, (__, scenario) => BigInt(scenario * 1_000_000 - 9_000_000)),
      }),
    );
  }
  for (let number = 1; number <= accountCount; number++) {
    const positions = number % 7 === 0 ? 3 : 0;
    const account = accountNumber(number);
    for (let count = 0; count < positions; count++) {
      store.put(positionKey(account, instrumentNumber(1 + random.below(instrumentCount))), encodePosition(7));
    }
    const owner = new Uint8Array(20).fill(number % 251);
    store.put(accountKey(account), encodeAccount({ owner, cash: wealth, restingOrders: 0, positions }));
  }
  return store;
}

/** Gives an account an owner whose key is known, and positions in some instruments. */
function equip(store: OrderedStore, number: number, key: Signer, held: readonly number[], restingOrders = 0): void {
  const account = accountNumber(number);
  for (const instrument of held) store.put(positionKey(account, instrumentNumber(instrument)), encodePosition(11));
  store.put(
    accountKey(account),
    encodeAccount({ owner: key.address, cash: wealth, restingOrders, positions: held.length }),
  );
}

/** Puts an offer of ten lots into the book. */
function rest(
  store: OrderedStore,
  account: number,
  instrument: number,
  rank: number,
  sequence: number,
  id: number,
  changes: { readonly era?: number; readonly isReduceOnly?: boolean } = {},
) {
  const key = bookKey(instrumentNumber(instrument), 1, priceRank(rank), sequence);
  const number = accountNumber(account);
  const order = { account: number, clientOrderId: id, lots: 10, goodTill: 0, era: 0, isReduceOnly: false, ...changes };
  store.put(key, encodeBookRecord(order));
  store.put(accountOrderKey(number, id), key.slice(1));
}

describe("the worst chunks prove within budget", () => {
  const random = new Random(7);
  const base = largeState(random);
  let contract: Awaited<ReturnType<typeof deploySteps>>;

  beforeAll(async () => {
    contract = await deploySteps();
  });
  afterAll(() => contract.close());

  function pickInstruments(count: number): number[] {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(1 + random.below(instrumentCount - 1));
    return [...chosen];
  }

  async function prove(name: string, store: OrderedStore, kind: ChunkKind, chunk: Uint8Array): Promise<number[]> {
    const reasons = await proveWithinBudget(contract, name, store, kind, chunk);
    // The meter of the last transaction: no order passes its limit, nor does anything that may use less.
    expect(store.transactionMeter).toBeLessThanOrEqual(ORDER_LIMIT);
    return reasons;
  }

  it("a taker and a maker of 64 positions each, the same ones", async () => {
    const store = base.clone();
    const held = pickInstruments(MAX_POSITIONS);
    const [maker, taker] = [signer(5), signer(6)];
    equip(store, 5_000, maker, held, 1);
    equip(store, 6_001, taker, held);
    rest(store, 5_000, held[0]!, 100, 5, 1);
    const order = { account: 6_001, key: taker, instrument: held[0]!, side: 0, rank: 100, lots: 10 };
    const chunk = signedOrder({ ...order, deadline, nonce: 1 });
    expect(await prove("64 and 64 positions, shared", store, ChunkKind.trade, chunk)).toEqual([Reason.Ok]);
  });

  it("a taker and a maker of 64 positions each that share one stop at the order's limit", async () => {
    const store = base.clone();
    const held = pickInstruments(MAX_POSITIONS);
    const [maker, taker] = [signer(5), signer(6)];
    equip(store, 5_000, maker, [held[0]!, ...pickInstruments(MAX_POSITIONS - 1)], 1);
    equip(store, 6_001, taker, held);
    rest(store, 5_000, held[0]!, 100, 5, 1);
    const order = { account: 6_001, key: taker, instrument: held[0]!, side: 0, rank: 100, lots: 10 };
    const chunk = signedOrder({ ...order, deadline, nonce: 1 });
    expect(await prove("64 and 64 positions, apart", store, ChunkKind.trade, chunk)).toEqual([Reason.ExceedsLimit]);
  });

  it("one order that meets many makers", async () => {
    const store = base.clone();
    const [maker, taker] = [signer(5), signer(6)];
    const held = pickInstruments(8);
    equip(store, 5_000, maker, held, 60);
    equip(store, 6_001, taker, held);
    for (let id = 0; id < 60; id++) rest(store, 5_000, held[0]!, 100, 100 + id, id);
    const order = { account: 6_001, key: taker, instrument: held[0]!, side: 0, rank: 100, lots: 600 };
    const chunk = signedOrder({ ...order, deadline, nonce: 1, timeInForce: 1 });
    expect(await prove("one taker, many makers", store, ChunkKind.trade, chunk)).toEqual([Reason.Ok]);
  });

  /** A book of offers, each of an account of its own that has positions elsewhere, and a taker that holds as many. */
  function manyMakers(changes: { readonly era?: number } = {}) {
    const store = base.clone();
    const instrument = instrumentCount;
    for (let place = 0; place < 80; place++) {
      const maker = 100 + 149 * place;
      equip(store, maker, signer(5), pickInstruments(2), 1);
      rest(store, maker, instrument, 100 + (place >> 3), 100 + place, place, changes);
    }
    const key = signer(6);
    equip(store, 6_001, key, pickInstruments(2));
    return { store, order: { account: 6_001, key, instrument, side: 0, rank: 200, lots: 800, deadline, nonce: 1 } };
  }

  it("one order that meets makers of many accounts, each with a new position", async () => {
    const { store, order } = manyMakers();
    const chunk = signedOrder({ ...order, timeInForce: 1 });
    expect(await prove("one taker, makers of many accounts", store, ChunkKind.trade, chunk)).toEqual([Reason.Ok]);
  });

  it("an order that is killed after as many makers as it may meet", async () => {
    const { store, order } = manyMakers();
    const chunk = concatBytes(...[1, 2, 3].map((nonce) => signedOrder({ ...order, timeInForce: 2, nonce })));
    const reasons = await prove("killed orders", store, ChunkKind.trade, chunk);
    expect(new Set(reasons)).toEqual(new Set([Reason.ExceedsLimit]));
  });

  it("an order that finds nothing but dead ones, of many accounts", async () => {
    const { store, order } = manyMakers({ era: 9 });
    const chunk = signedOrder({ ...order, options: 1 });
    expect(await prove("dead orders of many accounts", store, ChunkKind.trade, chunk)).toEqual([Reason.Ok]);
  });

  it("an order that finds nothing but its account's own, and dead ones of one account", async () => {
    for (const [name, account, changes] of [
      ["own orders", 6_001, {}],
      ["dead orders of one account", 5_000, { era: 9 }],
      ["reduce-only orders without a position", 5_000, { isReduceOnly: true }],
    ] as const) {
      const store = base.clone();
      const key = signer(6);
      equip(store, 5_000, signer(5), [], 200);
      equip(store, 6_001, key, [], 200);
      for (let id = 0; id < 200; id++) rest(store, account, 7, 100, 100 + id, id, changes);
      const order = { account: 6_001, key, instrument: 7, side: 0, rank: 100, lots: 10, deadline, nonce: 1_000 };
      const chunk = signedOrder({ ...order, timeInForce: 1 });
      expect(await prove(name, store, ChunkKind.trade, chunk)).toEqual([Reason.Ok]);
    }
  });

  it("one order along the deepest paths", async () => {
    const store = base.clone();
    const key = signer(9);
    for (let bit = 0; bit < 28; bit++) {
      const maker = bit < 13 ? 2 ** bit : 4_096 + 2 ** (bit - 13);
      equip(store, maker, signer(5), pickInstruments(2), 1);
      // Prices, sequences and client order ids that differ from the others in one bit each make the deepest paths.
      rest(store, maker, 1, 2 ** bit, 2 ** Math.min(bit, 47), 2 ** bit);
    }
    equip(store, 6_001, key, pickInstruments(2));
    const order = { account: 6_001, key, instrument: 1, side: 0, rank: 2 ** 28, lots: 400, deadline, nonce: 1 };
    expect(await prove("deep matching", store, ChunkKind.trade, signedOrder(order))).toEqual([Reason.Ok]);
  });

  it("replacements, as many as fit", async () => {
    const store = base.clone();
    const replacements = Array.from({ length: 60 }, (_, place) => {
      const account = 100 + place * 150;
      const key = signer(account);
      equip(store, account, key, pickInstruments(4), 1);
      rest(store, account, 7, 1_000 + place, 100 + place, 2 ** (place % 32));
      const order = { account, key, instrument: 7, side: place % 2, rank: 1_500 - place, lots: 10, deadline, nonce: 1 };
      return signedReplace({ ...order, replaced: 2 ** (place % 32), clientOrderId: place });
    });
    const reasons = await prove("replacements", store, ChunkKind.trade, concatBytes(...replacements));
    expect(reasons.length).toBeGreaterThan(2);
  });

  it("orders of as many accounts as fit", async () => {
    const store = base.clone();
    const universe = pickInstruments(64);
    const orders = Array.from({ length: 60 }, (_, place) => {
      const account = 100 + place * 150;
      const key = signer(account);
      const held = universe.filter((__, index) => (index + place) % 8 === 0);
      equip(store, account, key, held);
      const instrument = universe[place >> 1]!;
      const order = { account, key, instrument, side: place % 2, rank: 100, lots: 10 };
      return signedOrder({ ...order, deadline, nonce: 1, timeInForce: place % 2 });
    });
    const reasons = await prove("accounts of 8 positions", store, ChunkKind.trade, concatBytes(...orders));
    expect(reasons.length).toBeGreaterThan(1);
  });

  it("marks of instruments that lie apart", async () => {
    const chunk = concatBytes(...pickInstruments(120).map(markBytes));
    const reasons = await prove("marks", base.clone(), ChunkKind.risk, chunk);
    expect(new Set(reasons)).toEqual(new Set([Reason.Ok]));
  });

  it("reports of every underlying", async () => {
    const chunk = Array.from({ length: MAX_UNDERLYINGS }, (_, place) => {
      const now = time + 1 + place;
      const surfaces = [flatSurface(expiry, price(8000e8), 80, now)];
      const report = { underlying: place + 1, time: now, index: 8001e8, surfaces, signers: 7, keys: oracles };
      return concatBytes(tickBytes(now), signedReport(report));
    });
    await prove("reports", base.clone(), ChunkKind.risk, concatBytes(...chunk));
  });

  it("cancels on the deepest paths", async () => {
    const store = base.clone();
    const key = signer(9);
    equip(store, 7_777, key, [], 40);
    // Prices, sequences and client order ids that differ from the others in one bit each make the deepest paths.
    for (let bit = 0; bit < 40; bit++) rest(store, 7_777, 1, 2 ** bit, 2 ** bit, 2 ** Math.min(bit, 31));
    const cancels = Array.from({ length: 32 }, (_, bit) =>
      signedCancel({ account: 7_777, key, deadline, nonce: bit << 8, clientOrderId: 2 ** bit }),
    );
    await prove("deep cancels", store, ChunkKind.trade, concatBytes(...cancels));
  });

  it("as many refused orders as fit, and bytes that do not execute", async () => {
    const orders = Array.from({ length: 126 }, (_, place) => {
      const order = { account: 3 * place + 1, key: signer(9), instrument: 1, side: 0, rank: 1, lots: 1 };
      return signedOrder({ ...order, deadline, nonce: place });
    });
    await prove("refused orders", base.clone(), ChunkKind.trade, concatBytes(...orders));
  });

  it("a withdrawal over 64 positions", async () => {
    const store = base.clone();
    const key = signer(9);
    equip(store, 7_000, key, pickInstruments(MAX_POSITIONS));
    const withdrawal = { account: 7_000, key, deadline, nonce: 1, amount: 5, recipient: key.address };
    const reasons = await prove("withdrawal, 64 positions", store, ChunkKind.risk, signedWithdraw(withdrawal));
    expect(reasons).toEqual([Reason.Ok]);
  });
});
