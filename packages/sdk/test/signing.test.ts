import {
  bytesEqual,
  compactSignature,
  decodeTransaction,
  domainSeparator,
  fromHex,
  type ListInstrument,
  type ListUnderlying,
  type Report,
  recoverSigner,
  type SignedTransaction,
  TransactionKind,
  transactionDigest,
} from "@recourse/protocol";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import {
  listInstrument,
  listUnderlying,
  oracleReport,
  signCancel,
  signCancelAll,
  signOrder,
  signReplace,
  signRevocation,
  signSession,
  signWithdrawal,
} from "../src/index.ts";

const owner = privateKeyToAccount(`0x${"7".repeat(64)}`);
const domain = { chainId: 31_337, rollup: "0x00000000000000000000000000000000000000aa" } as const;
const separator = domainSeparator(domain.chainId, fromHex(domain.rollup));
const admission = { account: 5, deadline: 1_700_000_060, nonce: 9 };
const btc = { instrument: 3, tick: "0.5", lot: "0.001" };

/** Whether the protocol's own digest of a transaction is what the owner signed. */
function isSignedByOwner(transaction: SignedTransaction, signature: Uint8Array): boolean {
  const signer = recoverSigner(transactionDigest(separator, transaction), signature);
  return signer !== undefined && bytesEqual(signer, fromHex(owner.address));
}

describe("what a trader signs is what the protocol hashes", () => {
  test("an order, its price in ticks and its size in lots", async () => {
    const request = await signOrder(owner, domain, btc, {
      ...admission,
      side: "sell",
      timeInForce: "immediate_or_cancel",
      price: "48000.5",
      size: "1.25",
      clientOrderId: 77,
      restMinutes: 5,
    });
    expect(request).toMatchObject({ instrument: 3, price: "48000.5", size: "1.25" });
    const transaction = {
      kind: TransactionKind.order,
      ...admission,
      signer: 0,
      instrument: 3,
      side: 1,
      timeInForce: 1,
      options: 0,
      priceRank: 96_001,
      lots: 1_250,
      restMinutes: 5,
      clientOrderId: 77,
    } as unknown as SignedTransaction;
    expect(isSignedByOwner(transaction, compactSignature(fromHex(request.signature)))).toBe(true);
  });

  test("a cancel and a withdrawal", async () => {
    const cancel = await signCancel(owner, domain, { ...admission, clientOrderId: 77 });
    expect(
      isSignedByOwner(
        { kind: TransactionKind.cancel, ...admission, signer: 0, clientOrderId: 77 } as unknown as SignedTransaction,
        compactSignature(fromHex(cancel.signature)),
      ),
    ).toBe(true);
    const withdrawal = await signWithdrawal(owner, domain, { ...admission, amount: "12.5", recipient: owner.address });
    expect(
      isSignedByOwner(
        {
          kind: TransactionKind.withdraw,
          ...admission,
          signer: 0,
          amount: 12_500_000,
          recipient: fromHex(owner.address),
        } as unknown as SignedTransaction,
        compactSignature(fromHex(withdrawal.signature)),
      ),
    ).toBe(true);
  });

  test("how an order behaves, and what it replaces", async () => {
    const order = {
      ...admission,
      signer: 4,
      side: "buy",
      timeInForce: "fill_or_kill",
      reduceOnly: true,
      selfTradePrevention: "cancel_both",
      price: "48000.5",
      size: "1.25",
      clientOrderId: 78,
    } as const;
    const terms = {
      ...admission,
      signer: 4,
      instrument: 3,
      side: 0,
      timeInForce: 2,
      options: 0b1010,
      priceRank: 96_001,
      lots: 1_250,
      restMinutes: 0,
      clientOrderId: 78,
    };
    const replacement = await signReplace(owner, domain, btc, { ...order, replacedClientOrderId: 77 });
    const requests = [
      [await signOrder(owner, domain, btc, order), { kind: TransactionKind.order, ...terms }],
      [replacement, { kind: TransactionKind.replace, ...terms, replacedClientOrderId: 77 }],
    ] as const;
    for (const [{ signature }, transaction] of requests) {
      const signed = transaction as unknown as SignedTransaction;
      expect(isSignedByOwner(signed, compactSignature(fromHex(signature)))).toBe(true);
    }
  });

  test("a cancel of all, a session key and its revocation", async () => {
    const session = { number: 4, key: owner.address, scope: ["cancel", "trade"], expiry: 1_700_003_600 } as const;
    const requests = [
      [await signCancelAll(owner, domain, admission), { kind: TransactionKind.cancelAll, instrument: 0 }],
      [
        await signCancelAll(owner, domain, { ...admission, instrument: 3 }),
        { kind: TransactionKind.cancelAll, instrument: 3 },
      ],
      [
        await signSession(owner, domain, { ...admission, ...session }),
        { kind: TransactionKind.session, ...session, key: fromHex(owner.address), scope: 3 },
      ],
      [
        await signRevocation(owner, domain, { ...admission, number: 4 }),
        { kind: TransactionKind.session, number: 4, key: new Uint8Array(20), scope: 0, expiry: 0 },
      ],
    ] as const;
    for (const [{ signature }, fields] of requests) {
      const transaction = { ...admission, signer: 0, ...fields } as unknown as SignedTransaction;
      expect(isSignedByOwner(transaction, compactSignature(fromHex(signature)))).toBe(true);
    }
  });

  test("listings and reports, as canonical bytes", async () => {
    const deadline = 1_700_000_060;
    const all = [
      await listUnderlying(owner, domain, { underlying: 1, symbol: "BTC", deadline }),
      await listInstrument(owner, domain, {
        name: "BTC-27DEC24-50000-C",
        underlying: 1,
        tick: "0.5",
        lot: "0.001",
        minimumNotional: "10",
        takerFeeRate: "0.0005",
        makerFeeRate: "0",
        deadline,
      }),
      await oracleReport(
        domain,
        {
          underlying: 1,
          time: 1_700_000_000,
          index: "50000.25",
          surfaces: [
            { expiry: 1_735_286_400, forward: "51000", a: "0.01", b: "0.1", rho: "-0.3", m: "0", sigma: "0.2" },
          ],
        },
        [{ place: 0, account: owner }],
      ),
    ];
    for (const bytes of all) {
      const { transaction, length } = decodeTransaction(fromHex(bytes))!;
      expect(length).toBe(bytes.length / 2 - 1);
      const signed = transaction as Report | ListUnderlying | ListInstrument;
      const signature = signed.kind === TransactionKind.report ? signed.signatures[0]! : signed.signature;
      expect(isSignedByOwner(signed, signature)).toBe(true);
    }
  });
});

describe("what cannot be expressed exactly is refused before it is signed", () => {
  const terms = { ...admission, side: "buy", price: "48000", size: "1", clientOrderId: 1 } as const;

  test.each([
    ["a price off the tick", { price: "48000.25" }, "price"],
    ["a price that is no decimal", { price: "4.8e4" }, "price"],
    ["a size off the lot", { size: "0.0005" }, "size"],
    ["a negative size", { size: "-1" }, "size"],
  ])("%s", async (_, change, field) => {
    await expect(signOrder(owner, domain, btc, { ...terms, ...change })).rejects.toMatchObject({
      code: "InvalidDecimal",
      fields: [{ field }],
    });
  });

  test("a name that is no instrument's", async () => {
    const listing = { name: "BTC-50000", underlying: 1, tick: "1", lot: "1", minimumNotional: "1" };
    const promise = listInstrument(owner, domain, { ...listing, takerFeeRate: "0", makerFeeRate: "0", deadline: 1 });
    await expect(promise).rejects.toMatchObject({ code: "InvalidName" });
  });
});
