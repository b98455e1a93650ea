import {
  accountNumber,
  ChunkKind,
  concatBytes,
  domainSeparator,
  encodeMessages,
  MAX_RESTING_ORDERS,
  type ReasonName,
  reasonName,
  writeUint,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { imbalances, stateProblems } from "../../../test/support/invariants.ts";
import {
  type AdmissionFields,
  chainId,
  context,
  depositMessage,
  genesisParameters,
  markBytes,
  type OrderFields,
  rollupAddress,
  signedCancel,
  signedCancelAll,
  signedListing,
  signedOrder,
  signedReplace,
  signedReport,
  signedSession,
  signedUnderlying,
  signedWithdraw,
  signer,
  tickBytes,
} from "../../../test/support/world.ts";
import {
  createGenesis,
  type EngineEvent,
  executeChunk,
  readAccount,
  readRestingOrders,
  readSessions,
} from "../src/index.ts";

const start = 1_583_971_200;
const deadline = start + 60;
const owners = [signer(1), signer(2)];
const key = signer(21);
const otherKey = signer(22);

interface Result {
  readonly reasons: readonly ReasonName[];
  readonly events: readonly EngineEvent[];
}

function run(store: OrderedStore, kind: ChunkKind, ...transactions: readonly Uint8Array[]): Result {
  const { reasons, outcomes } = executeChunk(store, context(), kind, concatBytes(...transactions));
  expect(stateProblems(store)).toEqual([]);
  return { reasons: [...reasons].map(reasonName), events: outcomes.flatMap(({ events }) => events) };
}

const trade = (store: OrderedStore, ...transactions: readonly Uint8Array[]) =>
  run(store, ChunkKind.trade, ...transactions).reasons;
const risk = (store: OrderedStore, ...transactions: readonly Uint8Array[]) =>
  run(store, ChunkKind.risk, ...transactions).reasons;

/** Two funded accounts and two perpetuals. */
function market(): OrderedStore {
  const store = createGenesis(genesisParameters);
  const deposits = owners.map(({ address }, place) => depositMessage(place + 1, address, 1_000_000_000_000));
  executeChunk(store, context(), ChunkKind.bridge, encodeMessages(deposits));
  const made = risk(
    store,
    tickBytes(start),
    ...["BTC", "ETH"].flatMap((symbol, place) => [
      signedUnderlying({ underlying: place + 1, symbol, deadline }),
      signedListing({ underlying: place + 1, name: `${symbol}-PERPETUAL`, deadline }),
      signedReport({ underlying: place + 1, time: start, index: 8_000_00000000 }),
      markBytes(place + 1),
    ]),
  );
  expect(new Set(made)).toEqual(new Set(["Ok"]));
  return store;
}

/** What the owner of an account signs, unless something else is said. */
function by(account: number, nonce: number, changes: Partial<AdmissionFields> = {}): AdmissionFields {
  return { account, key: owners[account - 1]!, deadline, nonce, ...changes };
}

/** What the session key of an account signs. */
const byKey = (account: number, nonce: number, changes: Partial<AdmissionFields> = {}) =>
  by(account, nonce, { key, signer: 1, ...changes });

const buy = (fields: AdmissionFields, changes: Partial<OrderFields> = {}) =>
  signedOrder({ ...fields, instrument: 1, side: 0, rank: 700_000, lots: 1, ...changes });

const register = (account: number, nonce: number, changes: Partial<Parameters<typeof signedSession>[0]> = {}) =>
  signedSession({ ...by(account, nonce), number: 1, address: key.address, scope: 3, expiry: start + 100, ...changes });
const revoke = (account: number, nonce: number) => signedSession({ ...by(account, nonce), number: 1 });

describe("session keys", () => {
  it("sign from the next transaction on, and no longer from the next after their revocation", () => {
    const store = market();
    const reasons = trade(
      store,
      buy(byKey(1, 1)),
      register(1, 2),
      buy(byKey(1, 3)),
      revoke(1, 4),
      buy(byKey(1, 5)),
      signedCancelAll(byKey(1, 6)),
      revoke(1, 7),
    );
    expect(reasons).toEqual(["UnknownSigner", "Ok", "Ok", "Ok", "UnknownSigner", "UnknownSigner", "UnknownSigner"]);
    expect(readSessions(store, accountNumber(1))).toEqual([]);
    // What the key has done stays: its order rests.
    expect(readRestingOrders(store, accountNumber(1))).toHaveLength(1);
  });

  it("are kept under their numbers, each replaced by its successor", () => {
    const store = market();
    const second = { number: 255, address: otherKey.address, scope: 2, expiry: start + 7 };
    expect(trade(store, register(1, 1), register(1, 2, second), register(1, 3, { scope: 1 }))).toEqual([
      "Ok",
      "Ok",
      "Ok",
    ]);
    expect(readSessions(store, accountNumber(1))).toEqual([
      { number: 1, key: key.address, scope: 1, expiry: start + 100 },
      { number: 255, key: otherKey.address, scope: 2, expiry: start + 7 },
    ]);
    expect(trade(store, register(1, 4, { address: otherKey.address }), buy(byKey(1, 5)))).toEqual([
      "Ok",
      "BadSignature",
    ]);
    expect(imbalances(store)).toEqual({});
  });

  it("sign in the second of their expiry and not in the next", () => {
    const store = market();
    trade(store, register(1, 1, { expiry: start + 5 }));
    expect(risk(store, tickBytes(start + 5))).toEqual(["Ok"]);
    expect(trade(store, buy(byKey(1, 2)))).toEqual(["Ok"]);
    expect(risk(store, tickBytes(start + 6))).toEqual(["Ok"]);
    expect(
      trade(store, buy(byKey(1, 3)), register(1, 4, { expiry: start + 6 }), register(1, 4, { expiry: start + 7 })),
    ).toEqual(["SessionExpired", "MalformedSession", "Ok"]);
    expect(trade(store, buy(byKey(1, 3)))).toEqual(["Ok"]);
  });

  it.each([
    [1, ["Ok", "Ok", "OutOfScope", "OutOfScope"]],
    [2, ["OutOfScope", "OutOfScope", "Ok", "Ok"]],
    [3, ["Ok", "Ok", "Ok", "Ok"]],
  ] as const)("of scope %i sign what it holds", (scope, expected) => {
    const store = market();
    const orders = [1, 2, 3].map((id) => buy(by(1, id), { clientOrderId: id }));
    expect(trade(store, ...orders, register(1, 4, { scope }))).toEqual(["Ok", "Ok", "Ok", "Ok"]);
    const replacement = { instrument: 1, side: 0, rank: 700_001, lots: 1, replaced: 1, clientOrderId: 11 };
    const reasons = trade(
      store,
      buy(byKey(1, 5), { clientOrderId: 5 }),
      signedReplace({ ...byKey(1, 6), ...replacement }),
      signedCancel({ ...byKey(1, 7), clientOrderId: 2 }),
      signedCancelAll(byKey(1, 8)),
    );
    expect(reasons).toEqual(expected);
  });

  it("neither withdraw nor make keys, whatever their scope", () => {
    const store = market();
    trade(store, register(1, 1));
    const withdrawal = { amount: 5, recipient: key.address };
    expect(risk(store, signedWithdraw({ ...byKey(1, 2), ...withdrawal }))).toEqual(["OutOfScope"]);
    expect(risk(store, signedWithdraw({ ...byKey(1, 2), signer: 2, ...withdrawal }))).toEqual(["UnknownSigner"]);
    expect(trade(store, register(1, 3, byKey(1, 3)), signedSession({ ...byKey(1, 3), number: 1 }))).toEqual([
      "OutOfScope",
      "OutOfScope",
    ]);
  });

  it("share the nonces of their account with its owner", () => {
    const store = market();
    expect(
      trade(
        store,
        register(1, 1),
        register(1, 2, { number: 2, address: otherKey.address }),
        buy(byKey(1, 3)),
        buy(by(1, 3), { clientOrderId: 4 }),
        buy(byKey(1, 3, { key: otherKey, signer: 2 }), { clientOrderId: 4 }),
        signedCancelAll(byKey(1, 2)),
        buy(byKey(1, 4, { key: otherKey, signer: 2 })),
      ),
    ).toEqual(["Ok", "Ok", "Ok", "NonceUsed", "NonceUsed", "NonceUsed", "Ok"]);
  });

  it("are not moved to another account, number or deployment by who copies their bytes", () => {
    const store = market();
    expect(trade(store, register(1, 1), register(2, 1), register(1, 2, { number: 2 }))).toEqual(["Ok", "Ok", "Ok"]);
    const order = buy(byKey(1, 5));
    const [otherAccount, otherNumber] = [order.slice(), order.slice()];
    writeUint(otherAccount, 1, 4, 2);
    writeUint(otherNumber, 5, 1, 2);
    const domains = [domainSeparator(chainId + 1, rollupAddress), domainSeparator(chainId, new Uint8Array(20))];
    const elsewhere = domains.map((domain) => buy(byKey(1, 5, { domain })));
    const registration = register(1, 6, { domain: domains[0]! });
    expect(trade(store, otherAccount, otherNumber, ...elsewhere, registration)).toEqual(Array(5).fill("BadSignature"));
    expect(trade(store, order, order)).toEqual(["Ok", "NonceUsed"]);
  });

  it.each([
    ["number 0", { number: 0 }],
    ["no scope", { scope: 0 }],
    ["a scope of no meaning", { scope: 5 }],
    ["an expiry that is not ahead", { expiry: start }],
    ["a revocation with a scope", { address: new Uint8Array(20), expiry: 0 }],
    ["a revocation with an expiry", { address: new Uint8Array(20), scope: 0 }],
  ])("are refused with %s", (_, changes) => {
    expect(trade(market(), register(1, 1, changes))).toEqual(["MalformedSession"]);
  });
});

describe("a cancel of all", () => {
  const orders = (instrument: number, ids: readonly number[]) =>
    ids.map((id) => buy(by(1, id), { instrument, clientOrderId: id }));

  it("takes the account's orders in the order of their client order ids, and says how many", () => {
    const store = market();
    trade(store, ...orders(1, [9, 3]), ...orders(2, [5]), buy(by(2, 1)));
    const { reasons, events } = run(store, ChunkKind.trade, signedCancelAll(by(1, 10)));
    expect(reasons).toEqual(["Ok"]);
    expect(events).toMatchObject([
      { type: "cancelled", clientOrderId: 3, instrument: 1, lots: 1, cause: "requested" },
      { type: "cancelled", clientOrderId: 5, instrument: 2, lots: 1, cause: "requested" },
      { type: "cancelled", clientOrderId: 9, instrument: 1, lots: 1, cause: "requested" },
      { type: "cancelledAll", account: 1, orders: 3, remaining: 0 },
    ]);
    expect(readRestingOrders(store, accountNumber(2))).toHaveLength(1);
    expect(imbalances(store)).toEqual({});
  });

  it("of an instrument leaves the others, and is refused where there is nothing to cancel", () => {
    const store = market();
    trade(store, ...orders(1, [1, 3]), ...orders(2, [2]));
    expect(trade(store, signedCancelAll({ ...by(1, 4), instrument: 3 }))).toEqual(["NothingToCancel"]);
    expect(trade(store, signedCancelAll({ ...by(1, 4), instrument: 1 }))).toEqual(["Ok"]);
    expect(readRestingOrders(store, accountNumber(1))).toMatchObject([{ clientOrderId: 2, instrument: 2 }]);
    expect(trade(store, signedCancelAll({ ...by(1, 5), instrument: 1 }), signedCancelAll(by(1, 5)))).toEqual([
      "NothingToCancel",
      "Ok",
    ]);
    expect(trade(store, signedCancelAll(by(1, 6)))).toEqual(["NothingToCancel"]);
  });

  it("cancels as many as its limit allows, and the next one the rest", () => {
    const store = market();
    const ids = Array.from({ length: MAX_RESTING_ORDERS }, (_, place) => place);
    // Each at a price and in a place of its own, so that their paths share little.
    for (const id of ids) {
      expect(
        trade(store, buy(by(1, id), { clientOrderId: id * 20_000_003, rank: 1_000 + 3_331 * id, lots: 10_000 })),
      ).toEqual(["Ok"]);
    }
    const counts: number[] = [];
    for (let nonce = 1_000; readAccount(store, accountNumber(1))!.restingOrders > 0; nonce++) {
      const { reasons, events } = run(store, ChunkKind.trade, signedCancelAll(by(1, nonce)));
      expect(reasons).toEqual(["Ok"]);
      const last = events.at(-1)!;
      if (last.type === "cancelledAll") counts.push(last.orders);
    }
    expect(counts.length).toBeGreaterThan(1);
    expect(counts.reduce((sum, count) => sum + count)).toBe(MAX_RESTING_ORDERS);
    expect(imbalances(store)).toEqual({});
  });
});
