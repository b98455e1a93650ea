import { type ConditionalTerms, markBytes, tickBytes } from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectTraders, createTraders, order, type Traders } from "./trading.ts";
import {
  createWorld,
  openMarket,
  perpetual,
  reportIndex,
  type SequencerProcess,
  startSequencerProcess,
  startTime,
  until,
  type World,
} from "./world.ts";

let world: World;
let folder: string;
let sequencer: SequencerProcess;
let traders: Traders;
let now = startTime;

beforeAll(async () => {
  world = await createWorld();
  folder = await world.temporaryFolder();
  sequencer = await startSequencerProcess(world, folder);
  await openMarket(world, sequencer.client);
  traders = await createTraders(world, sequencer);
  // Alice is long one coin against bob.
  await traders.bob.submitOrder(order(1, { side: "sell", price: "50000", size: "1" }));
  await traders.alice.submitOrder(order(1, { price: "50000", size: "1" }));
});

afterAll(async () => {
  await sequencer?.stop();
  await world?.close();
});

/** Moves the clock, and the index and the mark with it. */
async function moveTo(index: string, seconds = 5): Promise<void> {
  now += seconds;
  const { results } = await sequencer.client.submitTransactions([
    tickBytes(now),
    await reportIndex(world, now, index),
    markBytes(1),
  ]);
  expect(results.filter((result) => "error" in result)).toEqual([]);
}

/** A stop-loss of alice's: it sells what she holds once the mark is at a price or below. */
function stop(clientOrderId: number, triggerPrice: string, changes: Partial<ConditionalTerms> = {}): ConditionalTerms {
  return {
    instrument: perpetual,
    side: "sell",
    price: "44000",
    size: "0.1",
    clientOrderId,
    timeInForce: "immediate_or_cancel",
    reduceOnly: true,
    triggerPrice,
    triggerDirection: "at_or_below",
    ...changes,
  };
}

const held = async () => (await traders.alice.conditionalOrders()).map(({ clientOrderId }) => clientOrderId);
const size = async () => (await traders.alice.positions())[0]?.size ?? "0";

describe("Conditional orders", () => {
  it("are held until the mark is there, and then executed as orders", async () => {
    const response = await traders.alice.submitConditionalOrder(stop(10, "48000"));
    expect(response).toMatchObject({
      status: "held",
      account: traders.accounts[0].account,
      name: perpetual,
      clientOrderId: 10,
    });
    // Nobody else learns at which price it waits, nor on which side.
    const [listed] = await traders.alice.conditionalOrders();
    const told = ["transactionHash", "account", "deadline", "nonce", "era", "clientOrderId", "name"];
    expect(Object.keys(listed!).toSorted()).toEqual(told.toSorted());
    await traders.bob.submitOrder(order(2, { price: "47000", size: "1" }));
    await moveTo("48500");
    expect(await held()).toEqual([10]);
    await moveTo("47900");
    await until("the stop order executed", async () => (await held()).length === 0);
    expect(await size()).toBe("0.9");
    const [entry] = await until("the order in the history", async () => {
      const { entries } = await sequencer.client.orderHistory(traders.accounts[0].account);
      return entries.some(({ clientOrderId }) => clientOrderId === 10) && entries;
    });
    expect(entry).toMatchObject({ clientOrderId: 10, status: "filled" });
  });

  it("are executed at once where the mark is there already", async () => {
    const response = await traders.alice.submitConditionalOrder(stop(11, "49000"));
    expect(response).toMatchObject({ status: "executed", order: { clientOrderId: 11, status: "filled" } });
    if (response.status === "executed") expect(await traders.alice.verify(response.order)).toBe(true);
    expect(await held()).toEqual([]);
  });

  it("outlive a power failure, and are executed after it", async () => {
    await traders.alice.submitConditionalOrder(stop(12, "46000"));
    await traders.alice.submitConditionalOrder(stop(13, "60000", { side: "sell", triggerDirection: "at_or_above" }));
    await sequencer.kill();
    sequencer = await startSequencerProcess(world, folder);
    traders = connectTraders(traders.accounts, sequencer.url);
    expect((await held()).toSorted()).toEqual([12, 13]);
    await traders.bob.cancelAll();
    await traders.bob.submitOrder(order(3, { price: "45500", size: "1" }));
    await moveTo("45900");
    await until("the stop order executed", async () => (await held()).length === 1);
    expect(await held()).toEqual([13]);
    expect(await size()).toBe("0.7");
  });

  it("are dropped when they are revoked, or have expired", async () => {
    const [order] = await traders.alice.conditionalOrders();
    const revoked = await traders.alice.revoke(order!.deadline, order!.nonce);
    expect(revoked).toMatchObject({ revokedDeadline: order!.deadline, revokedNonce: order!.nonce });
    expect(await traders.alice.verify(revoked)).toBe(true);
    expect(await held()).toEqual([]);
    await traders.alice.submitConditionalOrder(stop(14, "40000", { deadline: now + 50 }));
    expect(await held()).toEqual([14]);
    await moveTo("46000", 60);
    expect(await held()).toEqual([]);
    // Whoever kept the order cannot use it either.
    await expect(traders.alice.revoke(order!.deadline, order!.nonce)).rejects.toMatchObject({ code: "NonceUsed" });
  });

  it("stay when they are refused for what passes, and say why", async () => {
    await traders.bob.cancelAll();
    await traders.alice.submitConditionalOrder(stop(15, "45000", { price: "44000" }));
    await moveTo("44900");
    await until("the refusal", async () => (await traders.alice.conditionalOrders())[0]?.lastRefusal === "NotFilled");
    await traders.bob.submitOrder(order(4, { price: "44500", size: "1" }));
    await moveTo("44800");
    await until("the stop order executed", async () => (await held()).length === 0);
    expect(await size()).toBe("0.6");
  });

  it("are refused at once where they never could be executed", async () => {
    const { alice } = traders;
    await expect(alice.submitConditionalOrder(stop(16, "40000", { deadline: now - 1 }))).rejects.toMatchObject({
      code: "DeadlinePassed",
    });
    const tooLong = stop(17, "40000", { deadline: now + 31 * 86_400 });
    await expect(alice.submitConditionalOrder(tooLong)).rejects.toMatchObject({ code: "DeadlineTooFar" });
    await expect(alice.submitConditionalOrder(stop(18, "40000", { clientOrderId: 0xfc000000 }))).rejects.toMatchObject({
      code: "MalformedOrder",
    });
    const request = { account: 1, deadline: now + 60, nonce: 1, signature: `0x${"00".repeat(64)}` } as const;
    const fields = { ...stop(19, "40000"), ...request, era: 0, triggerPrice: "0", triggerDirection: "above" as never };
    await expect(sequencer.client.submitConditionalOrder(fields)).rejects.toMatchObject({
      code: "MalformedRequest",
      fields: [{ field: "triggerDirection", expected: "at_or_above or at_or_below" }],
    });
    const zero = { ...fields, triggerDirection: "at_or_above" as const };
    await expect(sequencer.client.submitConditionalOrder(zero)).rejects.toMatchObject({
      code: "InvalidPrice",
      fields: [{ field: "triggerPrice" }],
    });
    const other = { ...zero, triggerPrice: "40000" };
    await expect(sequencer.client.submitConditionalOrder(other)).rejects.toMatchObject({ code: "BadSignature" });
    expect(await held()).toEqual([]);
  });

  it("are held up to a number for an account", async () => {
    const submit = (place: number) => traders.alice.submitConditionalOrder(stop(100 + place, "30000"));
    for (let place = 0; place < 100; place++) expect(await submit(place)).toMatchObject({ status: "held" });
    await expect(submit(100)).rejects.toMatchObject({ code: "TooManyConditionalOrders" });
    expect(await held()).toHaveLength(100);
  });
});
