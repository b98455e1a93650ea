import {
  collateralAbi,
  decodeDeposit,
  extendInboxHash,
  fromHex,
  inboxAbi,
  MAX_DEPOSITS,
  toHex,
} from "@recourse/protocol";
import type { Hex } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readArtifact } from "../artifacts.ts";
import { deployRecourse } from "../deploy.ts";
import { developmentAccount } from "../local.ts";
import { expectError, genesisParameters, genesisRoot, type RollupWorld, startRollupWorld } from "./rollupWorld.ts";

let world: RollupWorld;

beforeEach(async () => {
  world = await startRollupWorld();
});
afterEach(() => world.close());

const balanceOf = (address: Hex) =>
  world.publicClient.readContract({
    address: world.token,
    abi: collateralAbi,
    functionName: "balanceOf",
    args: [address],
  });
const rollingHash = (index: number) =>
  world.publicClient.readContract({
    address: world.inbox,
    abi: inboxAbi,
    functionName: "rollingHashes",
    args: [BigInt(index)],
  });
const accountOf = (owner: Hex, subAccount: number) =>
  world.publicClient.readContract({
    address: world.inbox,
    abi: inboxAbi,
    functionName: "accountOf",
    args: [owner, subAccount],
  });

test("a deposit goes to the vault and is queued as the protocol encodes it", async () => {
  const { args } = await world.deposit(5_000_000, { sender: 1 });
  const owner = developmentAccount(1).address;
  expect(await balanceOf(world.vault)).toBe(5_000_000n);
  expect(args).toMatchObject({ index: 0n, kind: 1, sender: owner });
  expect(args.time).toBe(await world.now());
  expect(decodeDeposit(fromHex(args.body))).toEqual({
    account: 1,
    owner: fromHex(owner.toLowerCase()),
    amount: 5_000_000,
  });
});

test("each message extends the rolling hash as the protocol does", async () => {
  let expected: Uint8Array = new Uint8Array(32);
  expect(await rollingHash(0)).toBe(toHex(expected));
  for (let index = 0; index < 3; index++) {
    const { args } = await world.deposit(1_000_000 + index, { sender: index });
    expected = extendInboxHash(expected, world.messages[index]!);
    expect(args.rollingHash).toBe(toHex(expected));
    expect(await rollingHash(index + 1)).toBe(toHex(expected));
  }
  expect(await world.publicClient.readContract({ address: world.inbox, abi: inboxAbi, functionName: "count" })).toBe(
    3n,
  );
});

test("accounts are numbered from 1 by owner and sub-account, and keep their numbers", async () => {
  const [alice, bob] = [developmentAccount(1).address, developmentAccount(2).address];
  expect(await accountOf(alice, 0)).toBe(0);
  await world.deposit(1_000_000, { sender: 1 });
  await world.deposit(1_000_000, { sender: 2 });
  await world.deposit(1_000_000, { sender: 1, subAccount: 7 });
  await world.deposit(1_000_000, { sender: 1 });
  expect([await accountOf(alice, 0), await accountOf(bob, 0), await accountOf(alice, 7)]).toEqual([1, 2, 3]);
  expect(decodeDeposit(world.messages[3]!.body)!.account).toBe(1);
});

test("a deposit below the least amount, without allowance or above the cap of all deposits is refused", async () => {
  await expectError(world.deposit(999_999), "DepositTooSmall", [999_999n, 1_000_000n]);
  const deposit = (amount: bigint) => world.send(world.inbox, inboxAbi, "deposit", [0, amount], { sender: 5 });
  await expect(deposit(1_000_000n)).rejects.toThrow();
  await world.deposit(MAX_DEPOSITS - 1_000_000);
  await expectError(world.deposit(1_000_001), "DepositsTooLarge", [1_000_001n, 1_000_000n]);
  await expectError(deposit(2n ** 64n + 1_000_000n), "DepositsTooLarge");
  await world.deposit(1_000_000);
  const total = await world.publicClient.readContract({
    address: world.inbox,
    abi: inboxAbi,
    functionName: "totalDeposits",
  });
  expect(total).toBe(BigInt(MAX_DEPOSITS));
});

test("collateral that takes a fee is refused", async () => {
  const token = await world.deploy(readArtifact("test/FeeDollar.sol"));
  const { publicClient, walletClient, parameters, deployment } = world;
  const { steps } = deployment;
  const { inbox } = await deployRecourse({
    publicClient,
    walletClient,
    parameters,
    genesisRoot,
    genesisParameters,
    token,
    steps,
  });
  await world.send(token, collateralAbi, "mint", [world.account.address, 5_000_000n]);
  await world.send(token, collateralAbi, "approve", [inbox, 5_000_000n]);
  await expectError(world.send(inbox, inboxAbi, "deposit", [0, 5_000_000n]), "AmountNotReceived");
});
