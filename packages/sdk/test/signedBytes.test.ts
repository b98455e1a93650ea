import {
  decodeTransaction,
  domainName,
  domainSeparator,
  domainVersion,
  fromHex,
  recoverSigner,
  type SignedTransaction,
  type Transaction,
  TransactionKind,
  toHex,
  transactionDigest,
  typedDataTypes,
} from "@recourse/protocol";
import { hashTypedData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import {
  blockTradeBytes,
  type Hex,
  liquidateBytes,
  pruneBytes,
  settleBytes,
  settlementReport,
  signBlockTrade,
  signConditional,
  signHouseOrder,
  signProvider,
  signQuotes,
  signRevoke,
} from "../src/index.ts";

const owner = privateKeyToAccount(`0x${"7".repeat(64)}`);
const maker = privateKeyToAccount(`0x${"8".repeat(64)}`);
const domain = { chainId: 31_337, rollup: "0x00000000000000000000000000000000000000aa" } as const;
const admission = { account: 5, deadline: 1_700_000_060, nonce: 9 };
const btc = { instrument: 3, tick: "0.5", lot: "0.001" };
const eth = { instrument: 7, tick: "0.05", lot: "0.01" };

/** The transaction whose canonical bytes these are, all of them. */
function decoded(bytes: Hex): Transaction {
  const { transaction, length } = decodeTransaction(fromHex(bytes))!;
  expect(length).toBe(bytes.length / 2 - 1);
  return transaction;
}

/** The digest that a wallet's library makes of a transaction, which the protocol's must be, and who signed it. */
function expectSigned(
  transaction: Transaction,
  primaryType: keyof typeof typedDataTypes,
  signature: Uint8Array,
  signer = owner,
): void {
  const { chainId, rollup: verifyingContract } = domain;
  const theirs = hashTypedData({
    domain: { name: domainName, version: domainVersion, chainId, verifyingContract },
    types: typedDataTypes,
    primaryType,
    message: transaction,
  } as never);
  const ours = transactionDigest(
    domainSeparator(chainId, fromHex(verifyingContract)),
    transaction as SignedTransaction,
  );
  expect(toHex(ours)).toBe(theirs);
  expect(toHex(recoverSigner(ours, signature)!)).toBe(signer.address.toLowerCase());
}

describe("what is signed has the bytes that the protocol reads", () => {
  test("a conditional order", async () => {
    const bytes = await signConditional(owner, domain, btc, {
      ...admission,
      side: "sell",
      timeInForce: "immediate_or_cancel",
      reduceOnly: true,
      price: "48000.5",
      size: "1.25",
      clientOrderId: 77,
      era: 2,
      triggerPrice: "49000.00000001",
      triggerDirection: "at_or_below",
    });
    const transaction = decoded(bytes);
    expect(transaction).toMatchObject({
      kind: TransactionKind.conditional,
      ...admission,
      signer: 0,
      instrument: 3,
      side: 1,
      timeInForce: 1,
      options: 2,
      priceRank: 96_001,
      lots: 1_250,
      restMinutes: 0,
      clientOrderId: 77,
      era: 2,
      triggerPrice: 4_900_000_000_001,
      triggerDirection: 1,
    });
    if (transaction.kind === TransactionKind.conditional)
      expectSigned(transaction, "ConditionalOrder", transaction.signature);
  });

  test("a revocation of something signed, and a liquidity provider", async () => {
    const revoke = decoded(
      await signRevoke(owner, domain, {
        ...admission,
        signer: 4,
        revokedDeadline: 1_702_000_000,
        revokedNonce: 65_535,
      }),
    );
    const fields = { revokedDeadline: 1_702_000_000, revokedNonce: 65_535 };
    expect(revoke).toMatchObject({ kind: TransactionKind.revoke, ...admission, signer: 4, ...fields });
    if (revoke.kind === TransactionKind.revoke) expectSigned(revoke, "Revoke", revoke.signature);
    for (const isActive of [true, false]) {
      const provider = decoded(await signProvider(owner, domain, { ...admission, isActive }));
      expect(provider).toMatchObject({ kind: TransactionKind.provider, ...admission, active: isActive ? 1 : 0 });
      if (provider.kind === TransactionKind.provider) expectSigned(provider, "Provider", provider.signature);
    }
  });

  test("a block trade, by both parties, its legs in the order of their instruments", async () => {
    const terms = {
      ...admission,
      makerAccount: 6,
      makerNonce: 3,
      legs: [
        { instrument: eth, side: "sell", price: "3000.05", size: "2" },
        { instrument: btc, side: "buy", price: "48000.5", size: "0.5" },
      ],
    } as const;
    const signatures = [
      await signBlockTrade(owner, domain, terms),
      await signBlockTrade(maker, domain, terms),
    ] as const;
    const block = decoded(blockTradeBytes(terms, ...signatures));
    expect(block).toMatchObject({
      kind: TransactionKind.blockTrade,
      ...admission,
      makerAccount: 6,
      makerSigner: 0,
      makerNonce: 3,
      legs: [
        { instrument: 3, side: 0, priceRank: 96_001, lots: 500 },
        { instrument: 7, side: 1, priceRank: 60_001, lots: 200 },
      ],
    });
    if (block.kind !== TransactionKind.blockTrade) return;
    expectSigned(block, "BlockTrade", block.signature);
    expectSigned(block, "BlockTrade", block.makerSignature, maker);
  });

  test("quotes, in the order of their instruments, a side left out", async () => {
    const quotes = decoded(
      await signQuotes(owner, domain, {
        ...admission,
        restMinutes: 10,
        quotes: [
          { instrument: eth, ask: { price: "3000.05", size: "2" } },
          { instrument: btc, bid: { price: "47999.5", size: "0.5" }, ask: { price: "48000.5", size: "0.25" } },
        ],
      }),
    );
    expect(quotes).toMatchObject({
      kind: TransactionKind.quotes,
      ...admission,
      restMinutes: 10,
      quotes: [
        { instrument: 3, bidPriceRank: 95_999, bidLots: 500, askPriceRank: 96_001, askLots: 250 },
        { instrument: 7, bidPriceRank: 0, bidLots: 0, askPriceRank: 60_001, askLots: 200 },
      ],
    });
    if (quotes.kind === TransactionKind.quotes) expectSigned(quotes, "Quotes", quotes.signature);
  });

  test("an order for what the house holds", async () => {
    const bytes = await signHouseOrder(owner, domain, {
      ...admission,
      instrument: btc,
      side: "buy",
      price: "48000.5",
      size: "0.5",
    });
    const order = decoded(bytes);
    const terms = { instrument: 3, side: 0, priceRank: 96_001, lots: 500 };
    expect(order).toMatchObject({ kind: TransactionKind.houseOrder, ...admission, ...terms });
    if (order.kind === TransactionKind.houseOrder) expectSigned(order, "HouseOrder", order.signature);
  });

  test("a settlement, by oracles named in any order", async () => {
    const settlement = decoded(
      await settlementReport(domain, { underlying: 1, expiry: 1_735_286_400, price: "51000.25" }, [
        { place: 4, account: maker },
        { place: 0, account: owner },
      ]),
    );
    expect(settlement).toMatchObject({
      kind: TransactionKind.settlement,
      underlying: 1,
      expiry: 1_735_286_400,
      price: 5_100_025_000_000,
      signers: 0b10001,
    });
    if (settlement.kind !== TransactionKind.settlement) return;
    expectSigned(settlement, "Settlement", settlement.signatures[0]!);
    expectSigned(settlement, "Settlement", settlement.signatures[1]!, maker);
  });

  test("what anyone may send", () => {
    expect(decoded(liquidateBytes(5))).toEqual({ kind: TransactionKind.liquidate, account: 5, provider: 0 });
    expect(decoded(liquidateBytes(5, 6))).toMatchObject({ provider: 6 });
    expect(decoded(settleBytes(5, 3))).toEqual({ kind: TransactionKind.settle, account: 5, instrument: 3 });
    expect(decoded(pruneBytes(3))).toEqual({ kind: TransactionKind.prune, instrument: 3 });
  });
});

test("a price or a size that cannot be expressed is refused before it is signed", async () => {
  const leg = { instrument: btc, side: "buy", price: "48000.25", size: "0.5" } as const;
  await expect(signHouseOrder(owner, domain, { ...admission, ...leg })).rejects.toMatchObject({
    code: "InvalidDecimal",
    fields: [{ field: "price" }],
  });
  const quotes = [{ instrument: btc, bid: { price: "48000", size: "0.0005" } }];
  await expect(signQuotes(owner, domain, { ...admission, restMinutes: 1, quotes })).rejects.toMatchObject({
    code: "InvalidDecimal",
    fields: [{ field: "size" }],
  });
});
