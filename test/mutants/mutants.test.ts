import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../support/random.ts";
import { deploySteps } from "../support/steps.ts";
import { mutatedText } from "./apply.ts";
import { type RecordedChunk, recordCorpus } from "./corpus.ts";
import type { Mutant } from "./mutant.ts";
import { solidityMutants, typeScriptMutants } from "./mutants.ts";
import { tryInSolidity } from "./solidity.ts";
import { tryInTypeScript } from "./typeScript.ts";

/** All mutants by `RECOURSE_MUTANTS=all npx vitest run test/mutants`, which takes minutes; otherwise a seeded few. */
const all = process.env.RECOURSE_MUTANTS === "all";
const random = new Random(Number(process.env.RECOURSE_MUTANTS_SEED ?? "1"));
const FEW_IN_TYPESCRIPT = 12;
const FEW_IN_SOLIDITY = 1;

/** Some of a list, each at most once, with a title for each. */
function choose<Kind extends Mutant>(mutants: readonly Kind[], count: number): (Kind & { readonly title: string })[] {
  const left = all ? [] : mutants.slice();
  const chosen = all ? mutants.slice() : [];
  while (chosen.length < Math.min(count, mutants.length)) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen.map((mutant) => ({ ...mutant, title: `${mutant.why} (${basename(mutant.file)})` }));
}

describe("Of mistakes in one language the other knows", () => {
  let corpus: RecordedChunk[];
  beforeAll(async () => {
    const contracts = await deploySteps();
    corpus = await recordCorpus(contracts);
    await contracts.close();
  });
  const caught: string[] = [];
  afterAll(() => console.log(caught.join("\n")));

  it("each occurs where its list says", () => {
    for (const mutant of [...typeScriptMutants, ...solidityMutants]) expect(() => mutatedText(mutant)).not.toThrow();
  });

  it("nothing where there is none", async () => {
    expect(await tryInTypeScript(undefined, corpus)).toBeUndefined();
  });

  it.each(choose(typeScriptMutants, FEW_IN_TYPESCRIPT))("$title", async (mutant) => {
    const by = await tryInTypeScript(mutant, corpus);
    caught.push(`${mutant.title}: ${by}`);
    expect(by).toBeDefined();
  });

  it.each(choose(solidityMutants, FEW_IN_SOLIDITY))("$title", async (mutant) => {
    const by = await tryInSolidity(mutant, corpus);
    caught.push(`${mutant.title}: ${by}`);
    expect(by).toBeDefined();
  });
});
