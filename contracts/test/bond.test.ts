import { rollupAbi } from "@recourse/protocol";
import { encodeFunctionData, zeroAddress } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readArtifact } from "../artifacts.ts";
import { developmentAccount } from "../local.ts";
import { callerAbi, expectError, honestChunk, type RollupWorld, startRollupWorld, wrongChunk } from "./rollupWorld.ts";

let world: RollupWorld;

beforeEach(async () => {
  world = await startRollupWorld();
});
afterEach(() => world.close());

const withdrawBond = (term: number, sender = 0) =>
  world.send(world.rollup, rollupAbi, "withdrawBond", [term], { sender });

test("a term opens for exactly the bond, one at a time", async () => {
  const openWith = (value: bigint) => world.send(world.rollup, rollupAbi, "openTerm", [], { value });
  await expectError(openWith(world.bond - 1n), "WrongBond", [world.bond - 1n, world.bond]);
  await expectError(openWith(world.bond + 1n), "WrongBond", [world.bond + 1n, world.bond]);
  await world.openTerm();
  expect(await world.read("sequencer")).toBe(developmentAccount(0).address);
  await expectError(world.openTerm(1), "TermIsOpen");
  await expectError(world.closeTerm(1), "NotSequencer");
  await world.closeTerm();
  expect(await world.read("sequencer")).toBe(zeroAddress);
  await world.openTerm(1);
  expect(await world.read("term")).toBe(2);
});

test("a bond comes back when the last batch is final and the claim period is over, once", async () => {
  await world.openTerm(1);
  await world.post({ chunks: [honestChunk] }, 1);
  await expectError(withdrawBond(1, 1), "NoBondToWithdraw");
  await world.closeTerm(1);
  const lockedUntil = BigInt(await world.now()) + 30n + 30n;
  await world.setNextTime(lockedUntil);
  await expectError(withdrawBond(1, 1), "BondIsLocked", [lockedUntil]);
  const before = await world.publicClient.getBalance({ address: developmentAccount(1).address });
  await world.setNextTime(lockedUntil + 1n);
  await withdrawBond(1, 2);
  expect(await world.publicClient.getBalance({ address: developmentAccount(1).address })).toBeGreaterThan(
    before + world.bond - 10n ** 16n,
  );
  await expectError(withdrawBond(1, 1), "NoBondToWithdraw");
  await expectError(withdrawBond(7, 1), "NoBondToWithdraw");
});

test("a convicted poster's bond does not come back, one of a later term does", async () => {
  await world.openTerm(1);
  const wrong = await world.post({ chunks: [wrongChunk] }, 1);
  await world.prove(wrong, 0);
  await world.openTerm(1);
  await world.closeTerm(1);
  await world.mineAt((await world.now()) + 61);
  await expectError(withdrawBond(1, 1), "NoBondToWithdraw");
  await withdrawBond(2, 1);
});

test("a bond stays where its poster's contract takes no payment or reaches for it twice", async () => {
  const caller = await world.deploy(readArtifact("test/CallerMock.sol"));
  const through = (functionName: "openTerm" | "closeTerm", value = 0n) =>
    world.send(caller, callerAbi, "call", [world.rollup, encodeFunctionData({ abi: rollupAbi, functionName })], {
      value,
    });
  await through("openTerm", world.bond);
  await through("closeTerm");
  await world.mineAt((await world.now()) + 61);
  await world.send(caller, callerAbi, "refusePayments", [true]);
  await expectError(withdrawBond(1), "TransferFailed");
  await world.send(caller, callerAbi, "refusePayments", [false]);
  const again = encodeFunctionData({ abi: rollupAbi, functionName: "withdrawBond", args: [1] });
  await world.send(caller, callerAbi, "answerPayments", [world.rollup, again]);
  await expectError(withdrawBond(1), "TransferFailed");
  await world.send(caller, callerAbi, "answerPayments", [zeroAddress, "0x"]);
  await withdrawBond(1);
  expect(await world.publicClient.getBalance({ address: caller })).toBe(world.bond);
});
