/**
 * Writes the vectors anew: `node test/vectors/generate.ts`. Each is what the TypeScript engine makes of a case of
 * `cases`; a test then asks Solidity too. To be run after a change of the protocol, and the difference to be read.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reasonName, transactionLength } from "@recourse/protocol";
import { executeInTypeScript } from "../differential/comparison.ts";
import { context } from "../support/world.ts";
import { vectorCases } from "./cases/index.ts";
import type { VectorCase } from "./cases/terms.ts";
import { gapsOf } from "./coverage.ts";
import { formatVector, type Vector } from "./format.ts";

/** How the files of regressions begin: vectors that a difference left behind, kept by hand. */
export const REGRESSION_PREFIX = "regression-";

/** Executes a case. @throws Error where it comes to anything but what the case says */
export function vectorOf(vectorCase: VectorCase): Vector {
  const { name, why, kind, chunk } = vectorCase;
  const input = { kind, chunk, context: context(vectorCase.context) };
  const store = vectorCase.state();
  const preState = [...store.entries()];
  const { postRoot, meter, reasons: codes } = executeInTypeScript(store, input);
  const found = codes.map(reasonName);
  let transactions = 0;
  for (let offset = 0; offset < chunk.length; transactions++)
    offset += transactionLength(chunk, offset) ?? chunk.length;
  const isAsSaid =
    vectorCase.reasons === "cut off"
      ? found.length > 0 && found.length < transactions
      : found.join() === vectorCase.reasons.join();
  if (!isAsSaid) throw new Error(`${name} came to ${found.join(", ")}.`);
  return { name, why, ...input, preState, expected: { postRoot, meter, reasons: codes } };
}

/** Writes all cases as vectors into a folder; regressions stay, vectors of cases that are no more go. */
function generate(folder: string): void {
  const vectors = vectorCases.map(vectorOf);
  for (const file of readdirSync(folder)) {
    if (file.endsWith(".json") && !file.startsWith(REGRESSION_PREFIX)) rmSync(`${folder}${file}`);
  }
  for (const vector of vectors) writeFileSync(`${folder}${vector.name}.json`, formatVector(vector));
  const missed = Object.values(gapsOf(vectors)).flat();
  if (missed.length > 0) throw new Error(`No case shows ${missed.join(", ")}.`);
}

if (import.meta.main) generate(fileURLToPath(new URL("./", import.meta.url)));
