import { type BatchSummary, systemicReportAbi } from "@recourse/protocol";
import { concatHex, type Hex, maxUint256, numberToHex, padHex, slice } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectError, type PostedBatch, type RollupWorld, startRollupWorld } from "./rollupWorld.ts";
import { buildTree, type Leaf } from "./stateTree.ts";

/** Fields of a record, each as width in bytes and value. */
const record = (...fields: (readonly [size: number, value: bigint | number])[]): Hex =>
  concatHex(fields.map(([size, value]) => numberToHex(value, { size, signed: BigInt(value) < 0n })));
const keyOf = (table: number, number: number, size: number): Hex =>
  padHex(record([1, table], [size, number]), { size: 16, dir: "right" });

interface Totals {
  readonly insurance?: bigint;
  readonly deficit?: bigint;
  readonly deposits?: bigint;
  readonly withdrawals?: bigint;
  readonly claims?: bigint;
  readonly margin?: bigint;
  readonly notional?: bigint;
}

function globalLeaf(totals: Totals): Leaf {
  const {
    insurance = 0n,
    deficit = 0n,
    deposits = 0n,
    withdrawals = 0n,
    claims = 0n,
    margin = 0n,
    notional = 0n,
  } = totals;
  const before = [
    [4, 1_700_000_000],
    [4, 3],
    [4, 5],
    [8, 77],
    [32, 0xabcdef],
    [4, 9],
    [8, 1_000],
    [8, 12],
    [8, 4],
  ] as const;
  const value = record(
    ...before,
    [8, insurance],
    [8, deficit],
    [8, deposits],
    [8, withdrawals],
    [2, 2],
    [16, claims],
    [12, margin],
    [12, notional],
  );
  return { key: keyOf(0x00, 0, 0), value };
}

const market = {
  underlying: 2,
  kind: 1,
  mark: -123_456_789n,
  delta: -9_999n,
  time: 1_700_000_001,
  reportTime: 1_699_999_990,
};

function marketLeaf(
  instrument: number,
  { reportTime = market.reportTime, houseLots = -41n, funding = -7_000n } = {},
): Leaf {
  const { underlying, kind, mark, delta, time } = market;
  const losses = Array.from({ length: 24 }, (_, scenario) => [6, -1_000 * scenario] as const);
  const value = record(
    [2, underlying],
    [1, kind],
    [8, mark],
    [8, delta],
    [4, time],
    [4, reportTime],
    [8, 6_000_000_000_000n],
    [5, 100_000],
    [6, 55],
    [8, 2_000_000n],
    [8, houseLots],
    [8, funding],
    ...losses,
  );
  return { key: keyOf(0x0d, instrument, 3), value };
}

const owner = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";

function accountLeaf(account: number, flags: number): Leaf {
  const rest = record([8, -5_000_000n], [2, 3], [2, 64], [8, 1_234n], [8, 98_765_432n], [1, flags]);
  return { key: keyOf(0x05, account, 4), value: concatHex([owner, rest]) };
}

const global = globalLeaf({
  insurance: -2_000_000n,
  deficit: 500_000n,
  deposits: 1_000_000_000n,
  withdrawals: 250_000_000n,
  claims: 1_500_000_001n,
  margin: 12_345_678n,
  notional: 2n ** 80n,
});
const leaves: readonly Leaf[] = [
  global,
  { key: keyOf(0x01, 0, 0), value: "0x0506" },
  accountLeaf(1, 0),
  accountLeaf(2, 1),
  { key: keyOf(0x05, 3, 4), value: "0x01" },
  marketLeaf(1),
  marketLeaf(7, { reportTime: 2 ** 32 - 1, houseLots: 0n, funding: 0n }),
];
const tree = buildTree(leaves);
const leafOf = (table: number, number: number, size: number): Leaf =>
  leaves.find(({ key }) => key === keyOf(table, number, size))!;

let world: RollupWorld;
let batch: PostedBatch;

beforeAll(async () => {
  world = await startRollupWorld();
  await world.openTerm();
  batch = await world.post({ chunks: [{ kind: 0, data: "0x01", postRoot: tree.root }] });
  await world.mineAt(batch.summary.postedAt + 31n);
});
afterAll(() => world.close());

interface Change {
  readonly summary?: BatchSummary;
  readonly value?: Hex;
  readonly proof?: Hex;
}

const contract = () => ({ address: world.deployment.systemicReport, abi: systemicReportAbi });
const argumentsOf = (
  leaf: Leaf,
  { summary = batch.summary, value = leaf.value, proof = tree.proofs.get(leaf.key)! }: Change = {},
) => ({ summary, value, proof }) as const;

function readGlobal(change?: Change) {
  const { summary, value, proof } = argumentsOf(global, change);
  return world.publicClient.readContract({
    ...contract(),
    functionName: "globalReport",
    args: [summary, value, proof],
  });
}

function readInstrument(instrument: number, change?: Change, leaf = leafOf(0x0d, instrument, 3)) {
  const { summary, value, proof } = argumentsOf(leaf, change);
  const args = [summary, instrument, value, proof] as const;
  return world.publicClient.readContract({ ...contract(), functionName: "instrumentReport", args });
}

function readAccount(account: number, change?: Change, leaf = leafOf(0x05, account, 4)) {
  const { summary, value, proof } = argumentsOf(leaf, change);
  const args = [summary, account, value, proof] as const;
  return world.publicClient.readContract({ ...contract(), functionName: "accountReport", args });
}

/** The totals of a state that holds nothing else. */
async function readTotals(totals: Totals) {
  const leaf = globalLeaf(totals);
  const posted = await world.post({ chunks: [{ kind: 0, data: "0x01", postRoot: buildTree([leaf]).root }] });
  await world.mineAt(posted.summary.postedAt + 31n);
  return readGlobal({ summary: posted.summary, value: leaf.value, proof: "0x" });
}

describe("a final state's", () => {
  test("totals are read and summed up", async () => {
    expect(await readGlobal()).toEqual({
      time: 1_700_000_000,
      insurance: -2_000_000n,
      deficit: 500_000n,
      deposits: 1_000_000_000n,
      withdrawals: 250_000_000n,
      claims: 1_500_000_001n,
      // 1.500000001 USD of claims are worth 1.5 in cash.
      fundEquity: -500_000n,
      collateral: 750_000_000n,
      accountCash: 752_500_000n,
      withdrawalNumerator: 750_000_000n,
      withdrawalDenominator: 750_500_000n,
      margin: 12_345_678n,
      notional: 2n ** 80n,
      leverageBps: (2n ** 80n * 10_000n + 749_999_999n) / 750_000_000n,
    });
  });

  test("fund is rounded down, below zero as well, and leverage up", async () => {
    const { fundEquity, leverageBps } = await readTotals({
      insurance: 1n,
      claims: -1_001n,
      deposits: 3n,
      notional: 4n,
    });
    expect({ fundEquity, leverageBps }).toEqual({ fundEquity: -1n, leverageBps: 13_334n });
    const widest = { insurance: -(2n ** 52n), claims: -(2n ** 126n - 1n), margin: 2n ** 96n - 1n };
    const { margin, ...least } = await readTotals(widest);
    expect(margin).toBe(widest.margin);
    expect(least.fundEquity).toBe(-(2n ** 52n) - (2n ** 126n - 1n + 999n) / 1_000n);
  });

  test("leverage needs no collateral where nothing is held, and is without bound where something is", async () => {
    expect(await readTotals({})).toMatchObject({ leverageBps: 0n, withdrawalDenominator: 0n });
    expect(await readTotals({ deposits: 8n, withdrawals: 8n, notional: 1n })).toMatchObject({
      leverageBps: maxUint256,
    });
  });

  test("instruments are read, and told apart when settled", async () => {
    const expected = {
      underlying: 2,
      kind: 1,
      lot: 100_000,
      openInterest: 2_000_000n,
      houseLots: -41n,
      mark: market.mark,
      markTime: market.time,
      reportTime: market.reportTime,
      isSettled: false,
      index: 6_000_000_000_000n,
      fundingIndex: -7_000n,
    };
    expect(await readInstrument(1)).toEqual(expected);
    const settled = { reportTime: 2 ** 32 - 1, isSettled: true, houseLots: 0n, fundingIndex: 0n };
    expect(await readInstrument(7)).toEqual({ ...expected, ...settled });
  });

  test("accounts are read", async () => {
    const expected = {
      owner,
      cash: -5_000_000n,
      restingOrders: 3,
      positions: 64,
      margin: 1_234n,
      notional: 98_765_432n,
    };
    expect(await readAccount(1)).toEqual({ ...expected, isLiquidityProvider: false });
    expect(await readAccount(2)).toEqual({ ...expected, isLiquidityProvider: true });
  });
});

describe("a report is refused", () => {
  test("while the batch can be proved wrong, and of a summary that the rollup does not know", async () => {
    const later = await world.post({ chunks: [{ kind: 0, data: "0x02", postRoot: tree.root }] });
    for (const read of [
      readGlobal,
      (change: Change) => readInstrument(1, change),
      (change: Change) => readAccount(1, change),
    ]) {
      await expectError(read({ summary: later.summary }), "NotFinal");
      await expectError(read({ summary: { ...batch.summary, stateRoot: buildTree([global]).root } }), "NotFinal");
    }
    await world.mineAt(later.summary.postedAt + 31n);
    expect(await readGlobal({ summary: later.summary })).toMatchObject({ deposits: 1_000_000_000n });
  });

  test("of any value but the state's", async () => {
    const bend = (value: Hex, place: number): Hex =>
      concatHex([
        slice(value, 0, place),
        slice(value, place, place + 1) === "0x00" ? "0x01" : "0x00",
        slice(value, place + 1),
      ]);
    for (const place of [1, 3, 80, 87, 96, 114, 130, 152]) {
      await expectError(readGlobal({ value: bend(global.value, place) }), "WrongProof");
    }
    for (const value of ["0x", slice(global.value, 1), concatHex([global.value, "0x00"])] as const) {
      await expectError(readGlobal({ value }), "WrongProof");
    }
    await expectError(readInstrument(1, { value: bend(marketLeaf(1).value, 53) }), "WrongProof");
    await expectError(readAccount(1, { value: bend(accountLeaf(1, 0).value, 27) }), "WrongProof");
  });

  test("with a proof of something else", async () => {
    const foreign = tree.proofs.get(leafOf(0x0d, 1, 3).key)!;
    await expectError(readGlobal({ proof: foreign }), "WrongProof");
    await expectError(readGlobal({ proof: concatHex([tree.proofs.get(global.key)!, "0x00"]) }), "WrongProof");
    await expectError(readInstrument(7, {}, leafOf(0x0d, 1, 3)), "WrongProof");
    await expectError(readAccount(2, {}, leafOf(0x05, 1, 4)), "WrongProof");
    // A market is no account, whatever its number.
    await expectError(readAccount(1, {}, leafOf(0x0d, 1, 3)), "WrongProof");
  });

  test("of a record that is not as long as those that are known", async () => {
    await expectError(readAccount(3), "UnknownRecord", [1n]);
  });

  test("against a reverted state", async () => {
    const reverted = await world.post({ chunks: [{ kind: 0, data: "0x03", postRoot: tree.root }] });
    await world.prove(reverted, 0);
    await world.mineAt(reverted.summary.postedAt + 31n);
    await expectError(readGlobal({ summary: reverted.summary }), "NotFinal");
  });
});
