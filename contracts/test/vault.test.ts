import { collateralAbi, vaultAbi } from "@recourse/protocol";
import { concatHex, getAddress, type Hex, numberToHex, parseEventLogs, slice } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectError, type PostedBatch, type RollupWorld, startRollupWorld } from "./rollupWorld.ts";
import { buildTree, type Leaf } from "./stateTree.ts";

interface Withdrawal {
  readonly number: bigint;
  readonly recipient: Hex;
  readonly amount: bigint;
  readonly time: number;
}

function withdrawalLeaf({ number, recipient, amount, time }: Withdrawal): Leaf {
  return {
    key: concatHex(["0x0b", numberToHex(number, { size: 8 }), numberToHex(0, { size: 7 })]),
    value: concatHex([recipient, numberToHex(amount, { size: 8 }), numberToHex(time, { size: 4 })]),
  };
}

const withdrawals: Withdrawal[] = [0n, 1n, 2n, 9n, 2n ** 40n].map((number, place) => ({
  number,
  recipient: getAddress(numberToHex(0xabc000 + place, { size: 20 })),
  amount: BigInt(1_000_000 * (place + 1)),
  time: 1_700_000_000 + place,
}));
const otherLeaves: Leaf[] = [
  { key: numberToHex(0x01n << 120n, { size: 16 }), value: "0x05" },
  { key: numberToHex((0x0cn << 120n) + 1n, { size: 16 }), value: "0x0607" },
];
const tree = buildTree([...withdrawals.map(withdrawalLeaf), ...otherLeaves]);
const proofOf = (withdrawal: Withdrawal) => tree.proofs.get(withdrawalLeaf(withdrawal).key)!;

let world: RollupWorld;
let batch: PostedBatch;

beforeEach(async () => {
  world = await startRollupWorld();
  await world.deposit(50_000_000);
  await world.openTerm();
  batch = await world.post({ chunks: [{ kind: 0, data: "0x01", postRoot: tree.root }] });
});
afterEach(() => world.close());

const finalize = () => world.mineAt(batch.summary.postedAt + 31n);

function claim(withdrawal: Withdrawal, { proof = proofOf(withdrawal), summary = batch.summary } = {}) {
  const { number, recipient, amount, time } = withdrawal;
  return world.send(world.vault, vaultAbi, "claim", [summary, number, recipient, amount, time, proof], { sender: 3 });
}

const balanceOf = (address: Hex) =>
  world.publicClient.readContract({
    address: world.token,
    abi: collateralAbi,
    functionName: "balanceOf",
    args: [address],
  });
const isClaimed = (number: bigint) =>
  world.publicClient.readContract({
    address: world.vault,
    abi: vaultAbi,
    functionName: "isClaimed",
    args: [number],
  });

describe("a withdrawal", () => {
  test("in a final state is paid to its recipient, whoever claims it, once", async () => {
    await finalize();
    for (const withdrawal of withdrawals) {
      expect(await isClaimed(withdrawal.number)).toBe(false);
      const receipt = await claim(withdrawal);
      const [log] = parseEventLogs({ abi: vaultAbi, eventName: "WithdrawalPaid", logs: receipt.logs });
      const { number, recipient, amount } = withdrawal;
      expect(log!.args).toEqual({ number, recipient, amount });
      expect(await balanceOf(recipient)).toBe(amount);
      expect(await isClaimed(number)).toBe(true);
      await expectError(claim(withdrawal), "AlreadyClaimed", [number]);
    }
    expect(await balanceOf(world.vault)).toBe(35_000_000n);
  });

  test("that is all of the state needs an empty proof", async () => {
    const [withdrawal] = withdrawals;
    const alone = buildTree([withdrawalLeaf(withdrawal!)]);
    batch = await world.post({ chunks: [{ kind: 0, data: "0x01", postRoot: alone.root }] });
    await finalize();
    await claim(withdrawal!, { proof: "0x" });
  });

  test("is claimed once even where a later state still holds it", async () => {
    const later = await world.post({ chunks: [{ kind: 0, data: "0x02", postRoot: tree.root }] });
    await world.mineAt(later.summary.postedAt + 31n);
    await claim(withdrawals[0]!);
    await expectError(claim(withdrawals[0]!, { summary: later.summary }), "AlreadyClaimed");
  });
});

describe("a claim is refused", () => {
  test("while the state can be proved wrong, and for ever once it was", async () => {
    await expectError(claim(withdrawals[0]!), "NotFinal");
    await world.setNextTime(batch.summary.postedAt + 30n);
    await expectError(claim(withdrawals[0]!), "NotFinal");
    await world.testClient.mine({ blocks: 1 });
    await expectError(claim(withdrawals[0]!, { summary: { ...batch.summary, index: 0n } }), "NotFinal");
  });

  test("against a reverted state", async () => {
    await world.prove(batch, 0);
    await finalize();
    await expectError(claim(withdrawals[0]!), "NotFinal");
  });

  test("of anything but what the state holds", async () => {
    await finalize();
    const withdrawal = withdrawals[1]!;
    const others = [
      { ...withdrawal, amount: withdrawal.amount + 1n },
      { ...withdrawal, recipient: withdrawals[2]!.recipient },
      { ...withdrawal, time: withdrawal.time + 1 },
    ];
    for (const other of others) await expectError(claim(other), "WrongProof");
    await expectError(claim({ ...withdrawal, number: 3n }, { proof: proofOf(withdrawal) }), "WrongProof");
  });

  test("with a proof that is bent in any way", async () => {
    await finalize();
    const withdrawal = withdrawals[1]!;
    const proof = proofOf(withdrawal);
    const step = 33;
    const steps = (proof.length - 2) / 2 / step;
    expect(steps).toBeGreaterThan(2);
    const stepAt = (place: number) => slice(proof, place * step, (place + 1) * step);
    const swapped = concatHex([stepAt(1), stepAt(0), slice(proof, 2 * step)]);
    const bent: Hex[] = [
      "0x",
      slice(proof, 0, (steps - 1) * step),
      slice(proof, step),
      concatHex([proof, "0x00"]),
      concatHex([proof, stepAt(steps - 1)]),
      concatHex([stepAt(0), proof]),
      swapped,
      concatHex(["0x80", slice(proof, 1)]),
      concatHex(["0xff", slice(proof, 1)]),
      concatHex([slice(proof, 0, step - 1), "0x00", slice(proof, step)]),
      proofOf(withdrawals[2]!),
    ];
    for (const wrong of bent) await expectError(claim(withdrawal, { proof: wrong }), "WrongProof");
    await claim(withdrawal);
  });

  test("of more than the vault has", async () => {
    await finalize();
    const poor = { ...withdrawals[0]!, amount: 60_000_000n };
    const richTree = buildTree([withdrawalLeaf(poor)]);
    const rich = await world.post({ chunks: [{ kind: 0, data: "0x03", postRoot: richTree.root }] });
    await world.mineAt(rich.summary.postedAt + 31n);
    await expect(claim(poor, { summary: rich.summary, proof: "0x" })).rejects.toThrow();
    expect(await isClaimed(poor.number)).toBe(false);
  });
});
