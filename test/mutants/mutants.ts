import { solidityBlockMutants, typeScriptBlockMutants } from "./blockMutants.ts";
import { solidityChunkMutants, typeScriptChunkMutants } from "./chunkMutants.ts";
import { solidityHouseMutants, typeScriptHouseMutants } from "./houseMutants.ts";
import { solidityMarginMutants, typeScriptMarginMutants } from "./marginMutants.ts";
import { solidityMarkMutants, typeScriptMarkMutants } from "./markMutants.ts";
import type { Mutant, SolidityMutant } from "./mutant.ts";
import { solidityTradeMutants, typeScriptTradeMutants } from "./tradeMutants.ts";

export const typeScriptMutants: readonly Mutant[] = [
  ...typeScriptTradeMutants,
  ...typeScriptMarginMutants,
  ...typeScriptMarkMutants,
  ...typeScriptBlockMutants,
  ...typeScriptHouseMutants,
  ...typeScriptChunkMutants,
];

export const solidityMutants: readonly SolidityMutant[] = [
  ...solidityTradeMutants,
  ...solidityMarginMutants,
  ...solidityMarkMutants,
  ...solidityBlockMutants,
  ...solidityHouseMutants,
  ...solidityChunkMutants,
];
