import {
  domainSeparator,
  fromHex,
  inboxAbi,
  MAX_CALLDATA_BYTES,
  MAX_CHUNK_BYTES,
  MAX_CHUNK_MESSAGES,
  MAX_CHUNKS,
  MAX_DEPOSITS,
  rollupAbi,
  stepAbi,
  systemicReportAbi,
  toHex,
  vaultAbi,
} from "@recourse/protocol";
import { type Abi, type AbiParameter, size } from "viem";
import { describe, expect, test } from "vitest";
import { readArtifact } from "../artifacts.ts";
import { startLocalChain } from "../local.ts";
import { startRollupWorld } from "./rollupWorld.ts";

const MAX_CONTRACT_BYTES = 24_576;

/** An interface's entries in one form, order and spelling, without what only the compiler adds. */
function normalize(abi: Abi): string[] {
  const parameter = (value: AbiParameter & { indexed?: boolean }): unknown => ({
    name: value.name ?? "",
    type: value.type,
    indexed: value.indexed ?? false,
    components: "components" in value ? value.components.map(parameter) : [],
  });
  return abi
    .filter((item) => item.type !== "constructor")
    .map((item) =>
      JSON.stringify({
        type: item.type,
        name: "name" in item ? item.name : "",
        inputs: "inputs" in item ? (item.inputs as readonly AbiParameter[]).map(parameter) : [],
        outputs: "outputs" in item ? item.outputs.map(parameter) : [],
        stateMutability: "stateMutability" in item ? item.stateMutability : "",
      }),
    )
    .sort();
}

describe("the protocol's interfaces are the compiled contracts'", () => {
  test.each([
    ["Rollup.sol", rollupAbi],
    ["Inbox.sol", inboxAbi],
    ["Vault.sol", vaultAbi],
    ["SystemicReport.sol", systemicReportAbi],
    ["interfaces/IStep.sol", stepAbi],
  ] as const)("%s", (source, abi) => {
    expect(normalize(abi)).toEqual(normalize(readArtifact(source).abi));
  });
});

test.each(["Rollup.sol", "Inbox.sol", "Vault.sol", "SystemicReport.sol"])("%s fits a contract", (source) => {
  expect(size(readArtifact(source).deployedBytecode)).toBeLessThanOrEqual(MAX_CONTRACT_BYTES);
});

test("the limits of posting are the protocol's", async () => {
  const chain = await startLocalChain();
  const artifact = readArtifact("test/PostingLimitsHarness.sol");
  const address = await chain.deploy(artifact);
  const limits = { MAX_CALLDATA_BYTES, MAX_CHUNK_BYTES, MAX_CHUNK_MESSAGES, MAX_CHUNKS, MAX_DEPOSITS };
  expect(artifact.abi).toHaveLength(Object.keys(limits).length);
  for (const [functionName, limit] of Object.entries(limits)) {
    expect(await chain.publicClient.readContract({ address, abi: artifact.abi, functionName })).toBe(BigInt(limit));
  }
  await chain.close();
});

test("the rollup's domain is the protocol's", async () => {
  const world = await startRollupWorld();
  expect(world.domainSeparator).toBe(toHex(domainSeparator(31337, fromHex(world.rollup))));
  await world.close();
});
