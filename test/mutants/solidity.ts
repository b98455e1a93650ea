import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ContractArtifact } from "@recourse/contracts";
import hardhatConfig from "../../contracts/hardhat.config.ts";
import { deploySteps } from "../support/steps.ts";
import { mutatedText } from "./apply.ts";
import type { RecordedChunk } from "./corpus.ts";
import type { SolidityMutant } from "./mutant.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The compiler's answer, as far as it is read here. */
interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<
    string,
    Record<
      string,
      {
        readonly abi: ContractArtifact["abi"];
        readonly evm: {
          readonly bytecode: { object: string; linkReferences: ContractArtifact["linkReferences"] };
          readonly deployedBytecode: { object: string };
        };
      }
    >
  >;
}

/** The sources that a file needs, by path from the repository's root. */
function collectSources(file: string, replaced: ReadonlyMap<string, string>): Record<string, { content: string }> {
  const sources: Record<string, { content: string }> = {};
  const pending = [file];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (sources[path] !== undefined) continue;
    const content = replaced.get(path) ?? readFileSync(root + path, "utf8");
    sources[path] = { content };
    for (const [, imported] of content.matchAll(/^import [^;]*?"(\.[^"]+)";/gm)) {
      pending.push(posix.join(posix.dirname(path), imported!));
    }
  }
  return sources;
}

function resultOfWorker<Result>(script: string, data: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(script, import.meta.url), { workerData: data, execArgv: [] });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/** Compiles a mutant's contract as `contracts/hardhat.config.ts` says. @throws Error where it does not compile */
async function compileMutant(mutant: SolidityMutant): Promise<ContractArtifact> {
  const file = `contracts/src/step/${mutant.contract}.sol`;
  const { solidity } = hardhatConfig;
  if (typeof solidity !== "object" || !("settings" in solidity)) throw new Error("Hardhat's settings are not read.");
  const input = {
    language: "Solidity",
    sources: collectSources(file, new Map([[mutant.file, mutatedText(mutant)]])),
    settings: {
      ...solidity.settings,
      outputSelection: {
        [file]: {
          [mutant.contract]: [
            "abi",
            "evm.bytecode.object",
            "evm.bytecode.linkReferences",
            "evm.deployedBytecode.object",
          ],
        },
      },
    },
  };
  const output = JSON.parse(
    await resultOfWorker<string>("./compileWorker.ts", JSON.stringify(input)),
  ) as CompilerOutput;
  const errors = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (errors.length > 0) throw new Error(errors[0]!.formattedMessage);
  const { abi, evm } = output.contracts[file]![mutant.contract]!;
  return {
    contractName: mutant.contract,
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    linkReferences: evm.bytecode.linkReferences,
  };
}

/** Tries a mutant on recorded chunks. @returns which chunk caught it, and by what; undefined where none did */
export async function tryInSolidity(
  mutant: SolidityMutant,
  corpus: readonly RecordedChunk[],
): Promise<string | undefined> {
  const contracts = await deploySteps({ [mutant.contract]: await compileMutant(mutant) });
  try {
    for (const { name, preRoot, witness, context, kind, chunk, result } of corpus) {
      const found = await contracts.execute(kind, preRoot, context, chunk, witness).catch(() => undefined);
      if (found === undefined) return `a revert in ${name}`;
      if (found.reasons.join() !== result.reasons.join()) return `the reasons of ${name}`;
      if (found.postRoot !== result.postRoot) return `the root of ${name}`;
      if (found.meter !== result.meter) return `the meter of ${name}`;
    }
    return undefined;
  } finally {
    await contracts.close();
  }
}
