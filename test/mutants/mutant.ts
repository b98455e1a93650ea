import type { StepContractName } from "../support/steps.ts";

/** A mistake of one line, such as a person makes, that the comparison of the two languages has to find. */
export interface Mutant {
  readonly language: "TypeScript" | "Solidity";
  /** From the repository's root. */
  readonly file: string;
  /** Text that occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What kind of mistake it is. */
  readonly why: string;
}

/** A mistake in a Solidity file, with the contract that has to be compiled to see it. */
export interface SolidityMutant extends Mutant {
  readonly language: "Solidity";
  readonly contract: StepContractName;
}

/** What is found, what stands there instead, and what kind of mistake that is. */
type Mistake = readonly [find: string, replace: string, why: string];

/** Mistakes in a TypeScript file. @param file below `packages` */
export const mistakes = (file: string, list: readonly Mistake[]): Mutant[] =>
  list.map(([find, replace, why]) => ({ language: "TypeScript", file: `packages/${file}`, find, replace, why }));

/** Mistakes in a Solidity file of the step contracts. */
export const mistakesIn = (contract: StepContractName, file: string, list: readonly Mistake[]): SolidityMutant[] =>
  list.map(([find, replace, why]) => {
    return { language: "Solidity", contract, file: `contracts/src/step/${file}`, find, replace, why };
  });
