import { toHex } from "@recourse/protocol";
import { RecourseClient } from "@recourse/sdk";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTraders, order, type Traders } from "./trading.ts";
import {
  createWorld,
  openMarket,
  perpetual,
  type SequencerProcess,
  startSequencerProcess,
  startTime,
  type World,
} from "./world.ts";

/** What a trader does beside plain orders, with real signatures through the whole API. */

let world: World;
let sequencer: SequencerProcess;
let traders: Traders;
let alice: RecourseClient;
let bob: RecourseClient;
let nextId = 1;

beforeAll(async () => {
  world = await createWorld();
  sequencer = await startSequencerProcess(world, await world.temporaryFolder());
  await openMarket(world, sequencer.client);
  traders = await createTraders(world, sequencer);
  ({ alice, bob } = traders);
});

afterAll(async () => {
  expect(await sequencer.stop()).toBe(0);
  await world.close();
});

/** A client of the first trader's account by which a session key signs. */
function withKey(owner: PrivateKeyAccount, signer: number): RecourseClient {
  return new RecourseClient({ url: sequencer.url, owner, account: traders.accounts[0].account, signer });
}

const newKey = () => privateKeyToAccount(generatePrivateKey());

describe("orders that say more", () => {
  test("a post-only order is refused where it would trade, and rests where it would not", async () => {
    const id = nextId++;
    await alice.submitOrder(order(id, { side: "sell", price: "50010" }));
    const crossing = bob.submitOrder(order(nextId++, { price: "50010", postOnly: true }));
    await expect(crossing).rejects.toMatchObject({ code: "WouldCross" });
    const resting = await bob.submitOrder(order(nextId++, { price: "50009.5", postOnly: true }));
    expect(resting).toMatchObject({ status: "resting" });
    await bob.cancel(resting.clientOrderId);
    await alice.cancel(id);
  });

  test("fill-or-kill fills all of it or nothing", async () => {
    const id = nextId++;
    await alice.submitOrder(order(id, { side: "sell", price: "50010", size: "0.01" }));
    const terms = { price: "50010", timeInForce: "fill_or_kill" } as const;
    const tooMuch = bob.submitOrder(order(nextId++, { ...terms, size: "0.02" }));
    await expect(tooMuch).rejects.toMatchObject({ code: "NotFilled" });
    expect(await alice.orders()).toHaveLength(1);
    expect(await bob.submitOrder(order(nextId++, { ...terms, size: "0.01" }))).toMatchObject({ status: "filled" });
  });

  test("a reduce-only order does not go beyond the position", async () => {
    const id = nextId++;
    await alice.submitOrder(order(id, { price: "50000", size: "0.1" }));
    const terms = { side: "sell", price: "50000", reduceOnly: true } as const;
    const closing = await bob.submitOrder(order(nextId++, { ...terms, size: "0.05" }));
    expect(closing).toMatchObject({ status: "partially_filled", filledSize: "0.01", remainingSize: "0" });
    expect(await bob.positions()).toEqual([]);
    const again = bob.submitOrder(order(nextId++, { ...terms, size: "0.05" }));
    await expect(again).rejects.toMatchObject({ code: "WouldNotReduce" });
    await alice.cancel(id);
  });

  test("self-trade prevention is the incoming order's choice", async () => {
    const id = nextId++;
    await alice.submitOrder(order(id, { side: "sell", price: "50010" }));
    const incoming = { price: "50010", selfTradePrevention: "cancel_incoming" } as const;
    await expect(alice.submitOrder(order(nextId++, incoming))).rejects.toMatchObject({ code: "SelfTrade" });
    expect(await alice.orders()).toMatchObject([{ clientOrderId: id }]);
    await alice.cancel(id);
  });

  test("a replacement takes the old order's stead, or leaves it where it was", async () => {
    const [id, other] = [nextId++, nextId++];
    await alice.submitOrder(order(id, { price: "45000", size: "0.02" }));
    const replaced = await alice.replaceOrder(id, order(id, { price: "45001", size: "0.03" }));
    expect(replaced).toMatchObject({ status: "resting", replacedClientOrderId: id, replacedSize: "0.02" });
    expect(await alice.verify(replaced)).toBe(true);
    await expect(alice.replaceOrder(other, order(other))).rejects.toMatchObject({ code: "UnknownOrder" });
    const greedy = alice.replaceOrder(id, order(other, { price: "45000", size: "1000000" }));
    await expect(greedy).rejects.toMatchObject({ code: "ValueOutOfRange" });
    expect(await alice.orders()).toMatchObject([
      { clientOrderId: id, price: "45001", size: "0.03", reduceOnly: false },
    ]);
    await alice.cancel(id);
  });

  test("cancel-all takes all orders, or those of one instrument", async () => {
    const ids = [nextId++, nextId++, nextId++];
    for (const id of ids) await alice.submitOrder(order(id, { price: "40000" }));
    const all = await alice.cancelAll(perpetual);
    expect(all.cancelled).toEqual(ids.map((clientOrderId) => ({ clientOrderId, name: perpetual, size: "0.01" })));
    expect(all.restingOrders).toBe(0);
    expect(await alice.verify(all)).toBe(true);
    await expect(alice.cancelAll()).rejects.toMatchObject({ code: "NothingToCancel" });
    await expect(alice.cancelAll("ETH-PERPETUAL")).rejects.toMatchObject({ code: "NotFound" });
  });
});

describe("session keys", () => {
  test("sign what their scope holds, from the next transaction on until they are revoked", async () => {
    const key = newKey();
    const session = withKey(key, 7);
    const id = nextId++;
    await expect(session.submitOrder(order(id))).rejects.toMatchObject({ code: "UnknownSigner" });
    const registered = await alice.registerSession({
      number: 7,
      key: key.address,
      scope: ["trade"],
      expiry: startTime + 3_600,
    });
    expect(registered).toMatchObject({ number: 7 });
    expect(await alice.verify(registered)).toBe(true);
    expect((await alice.account()).sessions).toEqual([
      { number: 7, key: key.address.toLowerCase(), scope: ["trade"], expiry: startTime + 3_600 },
    ]);

    expect(await session.submitOrder(order(id))).toMatchObject({ status: "resting" });
    await expect(session.cancel(id)).rejects.toMatchObject({ code: "OutOfScope" });
    await expect(session.cancelAll()).rejects.toMatchObject({ code: "OutOfScope" });
    // Withdrawals and session keys are the owner's alone: what another signs in the owner's name is badly signed.
    await expect(session.withdraw("1")).rejects.toMatchObject({ code: "BadSignature" });
    await expect(session.revokeSession(7)).rejects.toMatchObject({ code: "BadSignature" });
    const stranger = withKey(newKey(), 7);
    await expect(stranger.submitOrder(order(nextId++))).rejects.toMatchObject({ code: "BadSignature" });

    expect(await alice.revokeSession(7)).toMatchObject({ number: 7 });
    await expect(session.submitOrder(order(nextId++))).rejects.toMatchObject({ code: "UnknownSigner" });
    expect((await alice.account()).sessions).toEqual([]);
    await expect(alice.revokeSession(7)).rejects.toMatchObject({ code: "UnknownSigner" });
    await alice.cancel(id);
  });

  test("are replaced under their number at once", async () => {
    const [first, second] = [newKey(), newKey()];
    const terms = { number: 8, scope: ["trade", "cancel"], expiry: startTime + 60 } as const;
    await alice.registerSession({ ...terms, key: first.address });
    const id = nextId++;
    await withKey(first, 8).submitOrder(order(id));
    await alice.registerSession({ ...terms, key: second.address });
    await expect(withKey(first, 8).cancel(id)).rejects.toMatchObject({ code: "BadSignature" });
    expect(await withKey(second, 8).cancelAll()).toMatchObject({ cancelled: [{ clientOrderId: id }] });
    await alice.revokeSession(8);
  });

  test("are refused with the field that is wrong", async () => {
    const terms = { account: 1, deadline: startTime, nonce: 1, number: 1, signature: toHex(new Uint8Array(64)) };
    const good = { ...terms, key: newKey().address, scope: ["trade"], expiry: startTime + 1 };
    const cases: readonly [field: string, body: Record<string, unknown>][] = [
      ["number", { ...good, number: 0 }],
      ["key", { ...good, key: toHex(new Uint8Array(20)) }],
      ["scope", { ...good, scope: [] }],
      ["scope.0", { ...good, scope: ["withdraw"] }],
      ["expiry", { ...good, expiry: -1 }],
    ];
    for (const [field, body] of cases) {
      const response = await fetch(`${sequencer.url}/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(response.status, field).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: "MalformedRequest", fields: [{ field }] } });
    }
    const past = alice.registerSession({ number: 1, key: newKey().address, scope: ["trade"], expiry: startTime - 1 });
    await expect(past).rejects.toMatchObject({ code: "MalformedSession" });
  });
});

describe("the same bytes again", () => {
  test("are answered with what was answered first, and not executed twice", async () => {
    const request = await alice.signOrder(order(nextId++, { price: "45000" }));
    const first = await sequencer.client.submitOrder(request);
    const between = await alice.submitOrder(order(nextId++, { price: "45000" }));
    const before = await sequencer.client.status();
    const again = await sequencer.client.submitOrder(request);
    expect(again).toEqual({ ...first, isRepeated: true });
    expect(await alice.verify(again)).toBe(true);
    const after = await sequencer.client.status();
    expect([after.position, after.runningHash]).toEqual([before.position, before.runningHash]);

    // Its order is cancelled; the answer is still that of then.
    await alice.cancelAll();
    expect(await sequencer.client.submitOrder(request)).toEqual({ ...first, isRepeated: true });
    expect(between.position).toBe(first.position + 1);
  });

  test("are told apart in a list, each with its own acknowledgement", async () => {
    const [old, fresh] = [await alice.signOrder(order(nextId++)), await alice.signOrder(order(nextId++))];
    const first = await sequencer.client.submitOrder(old);
    const response = await sequencer.client.submitOrders([old, fresh, fresh]);
    const [repeated, executed, twice] = response.results;
    expect(repeated).toEqual({ ...first, isRepeated: true });
    expect(executed).toMatchObject({ status: "resting", position: first.position + 1 });
    expect(twice).toMatchObject({ isRepeated: true, position: first.position + 1 });
    expect(await alice.verify(response)).toBe(true);
    const forged = { ...response, results: [{ ...first, isRepeated: true, position: 1 } as const, executed!, twice!] };
    expect(await alice.verify(forged)).not.toBe(true);
    await alice.cancelAll();
  });

  test("sent at the same time are executed once", async () => {
    const request = await alice.signOrder(order(nextId++));
    const answers = await Promise.all(Array.from({ length: 5 }, () => sequencer.client.submitOrder(request)));
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(answers.filter(({ isRepeated }) => isRepeated !== true)).toHaveLength(1);
    for (const answer of answers) expect(await alice.verify(answer)).toBe(true);
    expect(await alice.orders()).toHaveLength(1);
    await alice.cancelAll();
  });

  test("that were refused may be tried again", async () => {
    const id = nextId++;
    const request = await bob.signOrder(order(nextId++, { price: "50010", timeInForce: "immediate_or_cancel" }));
    await expect(sequencer.client.submitOrder(request)).rejects.toMatchObject({ code: "NotFilled" });
    await alice.submitOrder(order(id, { side: "sell", price: "50010" }));
    expect(await sequencer.client.submitOrder(request)).toMatchObject({ status: "filled" });
  });
});
