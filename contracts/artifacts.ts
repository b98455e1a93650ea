import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Abi, Hex } from "viem";

/** A compiled contract: its interface and the bytecode that deploys it, library references unlinked. */
export interface ContractArtifact {
  readonly contractName: string;
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
  readonly linkReferences: Record<string, Record<string, { start: number; length: number }[]>>;
}

const artifactsFolder = process.env.RECOURSE_ARTIFACTS ?? fileURLToPath(new URL("./artifacts", import.meta.url));

/**
 * Reads a contract that has been built.
 * @param source the Solidity file below `contracts/src`, such as `Rollup.sol` or `step/Execute.sol`
 * @param name the contract's name; the file's own name where it is left out
 * @throws Error where the contracts have not been built
 */
export function readArtifact(
  source: string,
  name = source.replace(/^.*\//, "").replace(/\.sol$/, ""),
): ContractArtifact {
  const path = `${artifactsFolder}/src/${source}/${name}.json`;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ContractArtifact;
  } catch (cause) {
    throw new Error(`The contract ${name} has not been built: run "npm run bootstrap" first.`, { cause });
  }
}

/** Puts the addresses of deployed libraries into a contract's bytecode. */
export function linkLibraries(artifact: ContractArtifact, addresses: Record<string, Hex>): Hex {
  let code = artifact.bytecode.slice(2);
  for (const libraries of Object.values(artifact.linkReferences)) {
    for (const [library, places] of Object.entries(libraries)) {
      const address = addresses[library];
      if (address === undefined) throw new Error(`${artifact.contractName} needs the address of ${library}.`);
      for (const { start, length } of places) {
        code = code.slice(0, start * 2) + address.slice(2).toLowerCase() + code.slice((start + length) * 2);
      }
    }
  }
  return `0x${code}`;
}
