import { developmentAccount } from "@recourse/contracts/local";
import { FIRST_QUOTE_ID } from "@recourse/protocol";
import {
  type BlockTradeTerms,
  blockTradeBytes,
  listInstrument,
  markBytes,
  type NamedBlock,
  type RecourseClient,
  tickBytes,
} from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTraders, order, readPages, type Traders } from "./trading.ts";
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

const second = "ETH-PERPETUAL";
let world: World;
let sequencer: SequencerProcess;
let traders: Traders;
let alice: RecourseClient;
let bob: RecourseClient;

beforeAll(async () => {
  world = await createWorld();
  sequencer = await startSequencerProcess(world, await world.temporaryFolder());
  await openMarket(world, sequencer.client);
  const listing = await listInstrument(developmentAccount(2), world.domain, {
    name: "BTC-29DEC23-50000-C",
    underlying: 1,
    tick: "0.5",
    lot: "0.001",
    minimumNotional: "10",
    takerFeeRate: "0.0005",
    makerFeeRate: "0.0001",
    deadline: startTime + 300,
  });
  await sequencer.client.submitTransactions([listing]);
  traders = await createTraders(world, sequencer);
  ({ alice, bob } = traders);
});

afterAll(async () => {
  await sequencer?.stop();
  await world?.close();
});

const positionsOf = async (trader: RecourseClient) =>
  Object.fromEntries((await trader.positions()).map(({ name, size }) => [name, size]));

/** A block with alice as its taker and bob as its maker. */
function blockOf(size: string, changes: Partial<NamedBlock> = {}): NamedBlock {
  const [taker, maker] = traders.accounts;
  return {
    account: taker.account,
    deadline: startTime + 60,
    nonce: 7,
    makerAccount: maker.account,
    makerNonce: 8,
    legs: [{ instrument: perpetual, side: "buy", price: "50100", size }],
    ...changes,
  };
}

async function send(block: NamedBlock) {
  const [signature, makerSignature] = await Promise.all([alice.signBlockTrade(block), bob.signBlockTrade(block)]);
  return sequencer.client.submitBlockTrade({ ...block, signature, makerSignature });
}

describe("POST /v1/block-trades", () => {
  it("trades what both have signed, acknowledges it, and tells both of it in their histories", async () => {
    const response = await send(blockOf("0.5"));
    expect(response).toMatchObject({
      taker: traders.accounts[0].account,
      maker: traders.accounts[1].account,
      legs: [
        {
          name: perpetual,
          side: "buy",
          price: "50100",
          size: "0.5",
          value: "25050",
          takerFee: "12.525",
          makerFee: "2.505",
        },
      ],
    });
    expect(await alice.verify(response)).toBe(true);
    expect(await positionsOf(alice)).toEqual({ [perpetual]: "0.5" });
    expect(await positionsOf(bob)).toEqual({ [perpetual]: "-0.5" });
    for (const [trader, side, role, fee] of [
      [traders.accounts[0], "buy", "taker", "12.525"],
      [traders.accounts[1], "sell", "maker", "2.505"],
    ] as const) {
      const [fill] = await until("the fill in the history", async () => {
        const fills = await readPages((query) => sequencer.client.fillHistory(trader.account, query));
        return fills.length > 0 && fills;
      });
      expect(fill).toMatchObject({ kind: "block", name: perpetual, side, role, price: "50100", size: "0.5", fee });
      expect(fill).not.toHaveProperty("clientOrderId");
    }
  });

  it("answers the same bytes as before, whichever way they come", async () => {
    const block = blockOf("0.1", { nonce: 9, makerNonce: 10 });
    const first = await send(block);
    const [signature, makerSignature] = [await alice.signBlockTrade(block), await bob.signBlockTrade(block)];
    const listed = await sequencer.client.instrument(perpetual);
    const terms = { ...block, legs: block.legs.map((leg) => ({ ...leg, instrument: listed })) } as BlockTradeTerms;
    const raw = await sequencer.client.submitTransactions([blockTradeBytes(terms, signature, makerSignature)]);
    expect(raw.results[0]).toMatchObject({
      transactionHash: first.transactionHash,
      isRepeated: true,
      legs: first.legs,
    });
  });

  it("refuses with the reason's name, and with every field that is wrong", async () => {
    const block = blockOf("0.1", { nonce: 11, makerNonce: 12 });
    const [signature, makerSignature] = [await alice.signBlockTrade(block), await bob.signBlockTrade(block)];
    const { submitBlockTrade } = sequencer.client;
    const post = submitBlockTrade.bind(sequencer.client);
    const dearer = { ...block, legs: [{ ...block.legs[0]!, price: "50101" }] };
    await expect(post({ ...dearer, signature, makerSignature })).rejects.toMatchObject({ code: "BadSignature" });
    await expect(post({ ...block, signature, makerSignature: signature })).rejects.toMatchObject({
      code: "BadSignature",
    });
    const far = blockOf("0.1", {
      nonce: 13,
      makerNonce: 14,
      legs: [{ instrument: perpetual, side: "buy", price: "60000", size: "0.1" }],
    });
    await expect(send(far)).rejects.toMatchObject({ code: "OutsidePriceBand" });
    await expect(send(blockOf("900", { nonce: 13, makerNonce: 14 }))).rejects.toMatchObject({
      code: "InsufficientMargin",
    });
    const unlisted = { ...block, legs: [{ ...block.legs[0]!, instrument: second }] };
    await expect(post({ ...unlisted, signature, makerSignature })).rejects.toMatchObject({
      code: "UnknownInstrument",
      fields: [{ field: "legs.0.instrument" }],
    });
    const crooked = { ...block, legs: [{ ...block.legs[0]!, price: "50100.3" }] };
    await expect(post({ ...crooked, signature, makerSignature })).rejects.toMatchObject({
      code: "InvalidPrice",
      fields: [{ field: "legs.0.price" }],
    });
    await expect(post({ ...block, legs: [], signature, makerSignature, makerNonce: -1 })).rejects.toMatchObject({
      code: "MalformedRequest",
      fields: [{ field: "makerNonce" }, { field: "legs", expected: "a list of 1 to 8 legs" }],
    });
    expect(await positionsOf(alice)).toEqual({ [perpetual]: "0.6" });
  });
});

describe("POST /v1/quotes", () => {
  const quote = (bid: string, ask: string, size = "0.1") => ({
    instrument: perpetual,
    bid: { price: bid, size },
    ask: { price: ask, size },
  });

  it("puts quotes in the place of the old ones, which anybody can trade with", async () => {
    const first = await alice.submitQuotes([quote("49900", "50200")]);
    expect(await alice.verify(first)).toBe(true);
    const id = FIRST_QUOTE_ID + 2;
    expect(first.quotes).toEqual([
      {
        name: perpetual,
        bid: { status: "resting", clientOrderId: id, price: "49900", size: "0.1" },
        ask: { status: "resting", clientOrderId: id + 1, price: "50200", size: "0.1" },
      },
    ]);
    expect(first.unchanged).toEqual([]);
    await alice.submitQuotes([quote("49950", "50150", "0.2")]);
    const { bids, asks } = await sequencer.client.book(perpetual);
    expect([bids, asks]).toEqual([
      [{ price: "49950", size: "0.2", orders: 1 }],
      [{ price: "50150", size: "0.2", orders: 1 }],
    ]);
    const bought = await bob.submitOrder(
      order(40, { price: "50150", size: "0.05", timeInForce: "immediate_or_cancel" }),
    );
    expect(bought).toMatchObject({ status: "filled", fills: [{ makerClientOrderId: id + 1 }] });
    const fills = await until("the quote's fill in the history", async () => {
      const all = await readPages((query) => sequencer.client.fillHistory(traders.accounts[0].account, query));
      return all.some(({ clientOrderId }) => clientOrderId === id + 1) && all;
    });
    expect(fills[0]).toMatchObject({ kind: "order", clientOrderId: id + 1, role: "maker", side: "sell", size: "0.05" });
    // Quotes are not among the orders of the history.
    const orders = await readPages((query) => sequencer.client.orderHistory(traders.accounts[0].account, query));
    expect(orders).toEqual([]);
  });

  it("says which sides it left out and why, and takes away what is not quoted", async () => {
    await bob.submitOrder(order(41, { side: "sell", price: "50100", size: "0.1" }));
    const response = await alice.submitQuotes([{ instrument: perpetual, bid: { price: "50120", size: "0.1" } }]);
    expect(response.quotes).toEqual([
      { name: perpetual, bid: { status: "left_out", cause: "WouldCross" }, ask: { status: "none" } },
    ]);
    expect(await alice.orders()).toEqual([]);
    await bob.cancelAll();
    await expect(alice.submitQuotes([{ instrument: perpetual }])).rejects.toMatchObject({ code: "NothingToCancel" });
  });

  it("refuses what is malformed, field by field", async () => {
    const bid = { price: "49900", size: "0.1" };
    await expect(
      alice.submitQuotes([{ instrument: perpetual, bid: { ...bid, size: "0.0001" } }]),
    ).rejects.toMatchObject({ code: "InvalidDecimal" });
    const terms = { account: 1, deadline: startTime + 60, nonce: 1, signature: `0x${"00".repeat(64)}` } as const;
    const post = sequencer.client.submitQuotes.bind(sequencer.client);
    await expect(
      post({ ...terms, quotes: [{ instrument: perpetual, bid: { ...bid, size: "0.0001" } }] }),
    ).rejects.toMatchObject({ code: "InvalidSize", fields: [{ field: "quotes.0.bid.size" }] });
    const backwards = quote("50200", "49900");
    await expect(alice.submitQuotes([backwards])).rejects.toMatchObject({ code: "MalformedQuotes" });
  });
});

describe("what anybody may ask for", () => {
  it("is refused by the rules alone", async () => {
    const { client } = sequencer;
    const { account } = traders.accounts[0];
    await expect(client.liquidate({ account })).rejects.toMatchObject({ code: "NotLiquidatable" });
    await expect(client.liquidate({ account: 99 })).rejects.toMatchObject({ code: "UnknownAccount" });
    await expect(client.settle({ account, instrument: perpetual })).rejects.toMatchObject({ code: "NotSettled" });
    await expect(client.settle({ account, instrument: second })).rejects.toMatchObject({ code: "UnknownInstrument" });
    await expect(client.prune({ instrument: perpetual })).rejects.toMatchObject({ code: "NotSettled" });
    await expect(
      alice.submitHouseOrder({ instrument: perpetual, side: "buy", price: "50000", size: "0.1" }),
    ).rejects.toMatchObject({ code: "NoHouseInventory" });
  });

  it("declares a liquidity provider, liquidates, deals with the house, and tells of it", async () => {
    const { client } = sequencer;
    const [{ account: aliceAccount }, { account: bobAccount }] = traders.accounts;
    expect(await alice.setProvider(true)).toMatchObject({ account: aliceAccount, isProvider: true });
    // Alice is long against bob by more than he could bear if the price rose by a third.
    await send(blockOf("30", { nonce: 20, makerNonce: 21 }));
    const time = startTime + 30;
    const { results } = await client.submitTransactions([
      tickBytes(time),
      await reportIndex(world, time, "80000"),
      markBytes(1),
    ]);
    expect(results.filter((result) => "error" in result)).toEqual([]);
    const liquidated = await client.liquidate({ account: bobAccount });
    expect(liquidated).toMatchObject({ account: bobAccount, provider: 0 });
    expect(liquidated.legs).toMatchObject([{ name: perpetual }]);
    const bought = await alice.submitHouseOrder({ instrument: perpetual, side: "sell", price: "79000", size: "0.5" });
    expect(bought).toMatchObject({ name: perpetual, side: "sell", size: "0.5" });
    const [history] = [
      await until("the liquidation in the history", async () => {
        const entries = await readPages((query) => client.houseHistory(bobAccount, query));
        return entries.length > 0 && entries;
      }),
    ];
    expect(history.map(({ kind }) => kind)).toContain("liquidation");
    const own = await until("the house trade in the history", async () => {
      const entries = await readPages((query) => client.houseHistory(aliceAccount, query));
      return entries.length > 0 && entries;
    });
    expect(own).toMatchObject([{ kind: "house_trade", name: perpetual, size: "-0.5" }]);
  });
});
