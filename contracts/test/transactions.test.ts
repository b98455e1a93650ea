import {
  chunkKindOf,
  domainSeparator,
  encodeTransaction,
  TransactionKind,
  toHex,
  transactionDigest,
  transactionLength,
} from "@recourse/protocol";
import type { Abi, Hex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../test/support/random.ts";
import { chainId, rollupAddress } from "../../test/support/world.ts";
import { readArtifact } from "../artifacts.ts";
import { startLocalChain } from "../local.ts";
import { anyTransactions } from "./anyTransactions.ts";

let chain: Awaited<ReturnType<typeof startLocalChain>>;
let harness: Hex;
let abi: Abi;

beforeAll(async () => {
  chain = await startLocalChain();
  const artifact = readArtifact("test/TransactionsHarness.sol");
  harness = await chain.deploy(artifact);
  abi = artifact.abi;
});

afterAll(() => chain.close());

async function call<Result>(functionName: string, args: readonly unknown[]): Promise<Result> {
  return (await chain.publicClient.readContract({ address: harness, abi, functionName, args })) as Result;
}

it("every kind of transaction stands in the same kind of chunk in both languages", async () => {
  const kinds = Object.values(TransactionKind);
  const theirs = await call<bigint[]>("chunkKindsOf", [kinds]);
  expect(theirs).toEqual(kinds.map((kind) => BigInt(chunkKindOf(kind))));
});

it("any bytes are the same transaction, or none, in both languages", () =>
  Random.run(1, async (random) => {
    const texts = Array.from({ length: 3 * 256 }, (_, place) => {
      const text = random.bytes(1 + random.below(random.chance(0.2) ? 1_600 : 160));
      text[0] = place % 256;
      return text;
    });
    for (const [, transaction] of anyTransactions(random)) {
      const bytes = encodeTransaction(transaction);
      texts.push(bytes, bytes.subarray(0, -1), Uint8Array.of(...bytes, 0));
    }
    // One more surface, leg or quote than there may be, and as many as there may be.
    for (const [kind, countAt, most] of [
      [TransactionKind.report, 14, 8],
      [TransactionKind.blockTrade, 19, 8],
      [TransactionKind.quotes, 14, 32],
    ] as const) {
      for (const count of [most, most + 1]) {
        const text = new Uint8Array(2_000);
        text[0] = kind;
        text[countAt] = count;
        texts.push(text);
      }
    }
    const theirs = await call<bigint[]>("lengths", [texts.map(toHex)]);
    expect(theirs).toEqual(texts.map((text) => BigInt(transactionLength(text, 0) ?? 0)));
    expect(theirs.slice(-6).map((length) => length > 0n)).toEqual([true, false, true, false, true, false]);
  }));

it("the same is signed in both languages", () =>
  Random.run(2, async (random) => {
    const separator = domainSeparator(chainId, rollupAddress);
    const transactions = Array.from({ length: 10 }, () => anyTransactions(random).map(([, any]) => any)).flat();
    const theirs = await call<Hex[]>("digests", [
      toHex(separator),
      transactions.map((any) => toHex(encodeTransaction(any))),
    ]);
    expect(theirs).toEqual(transactions.map((any) => toHex(transactionDigest(separator, any))));
  }));
