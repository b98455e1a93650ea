import { ChunkKind, inboxAbi, rollupAbi, systemicReportAbi, vaultAbi } from "@recourse/protocol";
import { getContract, parseEther, zeroAddress } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readArtifact } from "../artifacts.ts";
import { deployRecourse, networkClasses, parseDeployParameters, readDeployParameters } from "../deploy.ts";
import { genesisParameters, genesisRoot, type RollupWorld, startRollupWorld } from "./rollupWorld.ts";

describe("deployment parameters", () => {
  test("exist for each class of network, with windows of seconds, minutes and days", () => {
    const [dev, local, main] = networkClasses.map((networkClass) => readDeployParameters(networkClass));
    expect([dev, local, main].map((parameters) => parameters!.challengeWindowSeconds)).toEqual([30, 1_800, 604_800]);
    expect(dev!.maxClockLagSeconds).toBe("unlimited");
    expect(local!.maxClockLagSeconds).toBe(300);
    expect(main!.mintableCollateral).toBe(false);
  });

  test("that are unknown, missing or out of range are refused", () => {
    const good = readDeployParameters("dev");
    const parse = (change: object) => parseDeployParameters(JSON.stringify({ ...good, ...change }));
    expect(parse({})).toEqual(good);
    expect(() => parse({ challengeWindowSeconds: 0 })).toThrow();
    expect(() => parse({ maxClockLagSeconds: "none" })).toThrow();
    expect(() => parse({ proverShareBps: 10_001 })).toThrow();
    expect(() => parse({ bondEther: "-1" })).toThrow();
    expect(() => parse({ claimPeriodSeconds: undefined })).toThrow();
    expect(() => parse({ window: 1 })).toThrow();
  });
});

describe("a deployment", () => {
  let world: RollupWorld;
  beforeEach(async () => {
    world = await startRollupWorld();
  });
  afterEach(() => world.close());

  test("joins rollup, inbox and vault, and says where its logs begin", async () => {
    const { deployment, publicClient: client } = world;
    const rollup = getContract({ address: deployment.rollup, abi: rollupAbi, client });
    const inbox = getContract({ address: deployment.inbox, abi: inboxAbi, client });
    const vault = getContract({ address: deployment.vault, abi: vaultAbi, client });
    const same = (address: string) => address.toLowerCase();
    expect(same(await rollup.read.inbox())).toBe(same(deployment.inbox));
    expect(same(await rollup.read.vault())).toBe(same(deployment.vault));
    expect(same(await inbox.read.vault())).toBe(same(deployment.vault));
    expect(same(await vault.read.rollup())).toBe(same(deployment.rollup));
    expect(same(await vault.read.token())).toBe(same(deployment.token));
    const report = getContract({ address: deployment.systemicReport, abi: systemicReportAbi, client });
    expect(same(await report.read.rollup())).toBe(same(deployment.rollup));
    expect(await rollup.read.challengeWindow()).toBe(30n);
    expect(await rollup.read.claimPeriod()).toBe(30n);
    expect(await rollup.read.bondAmount()).toBe(parseEther("1"));
    expect(await rollup.read.proverShareBps()).toBe(3_000);
    expect(await rollup.read.maxClockLag()).toBe(300);
    const kinds = Object.values(ChunkKind);
    for (const kind of kinds) expect(same(await rollup.read.step([kind]))).toBe(same(deployment.steps.trade));
    expect(await rollup.read.step([kinds.length])).toBe(zeroAddress);
    const [log] = await rollup.getEvents.Genesis({ fromBlock: deployment.deploymentBlock });
    expect(log!.args).toMatchObject({ summary: { index: 0n, stateRoot: genesisRoot }, parameters: genesisParameters });
    expect(await rollup.read.isFinal([world.genesis])).toBe(true);
    expect(Object.keys(deployment.gasUsed)).toEqual(["TestDollar", "Vault", "Inbox", "Rollup", "SystemicReport"]);
  });

  test("brings the step contracts and the libraries that they link", async () => {
    const { publicClient, walletClient, parameters } = world;
    const options = { publicClient, walletClient, parameters, genesisRoot, genesisParameters };
    const { rollup, steps, libraries, gasUsed } = await deployRecourse(options);
    expect(Object.keys(libraries)).toEqual(["Pricing"]);
    for (const address of [...Object.values(steps), ...Object.values(libraries)]) {
      expect(await publicClient.getCode({ address })).toBeDefined();
    }
    for (const [name, kind] of Object.entries(ChunkKind)) {
      const step = await publicClient.readContract({
        address: rollup,
        abi: rollupAbi,
        functionName: "step",
        args: [kind],
      });
      expect(step.toLowerCase()).toBe(steps[name as keyof typeof steps].toLowerCase());
    }
    expect(new Set(Object.values(steps)).size).toBe(Object.keys(ChunkKind).length);
    expect(Object.keys(gasUsed)).toEqual(
      expect.arrayContaining(["StepTrade", "StepRisk", "StepBridge", "StepBlock", "StepHouse", "Pricing"]),
    );
  });

  test("asks for real collateral where the class of network does", async () => {
    const { publicClient, walletClient } = world;
    const { steps } = world.deployment;
    const parameters = readDeployParameters("main");
    const options = { publicClient, walletClient, parameters, genesisRoot, genesisParameters, steps };
    await expect(deployRecourse(options)).rejects.toThrow("collateral token");
    expect((await deployRecourse({ ...options, token: world.token })).token).toBe(world.token);
  });

  test("of parts that do not belong together is refused by the contracts", async () => {
    const { deployment, walletClient } = world;
    const { abi, bytecode } = readArtifact("Rollup.sol");
    const { trade } = deployment.steps;
    const config = {
      genesisRoot,
      genesisParameters,
      challengeWindow: 30n,
      claimPeriod: 30n,
      bondAmount: 1n,
      maxClockLag: 300,
      proverShareBps: 3_000,
      steps: [trade, trade, trade, trade, trade],
      inbox: deployment.inbox,
      vault: deployment.vault,
    };
    await expect(walletClient.deployContract({ abi, bytecode, args: [config] })).rejects.toThrow("InvalidConfig");
    const inbox = readArtifact("Inbox.sol");
    await expect(
      walletClient.deployContract({ abi: inbox.abi, bytecode: inbox.bytecode, args: [deployment.vault, 0n] }),
    ).rejects.toThrow("InvalidConfig");
  });
});
