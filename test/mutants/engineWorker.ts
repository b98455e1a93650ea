/**
 * Runs in a worker thread of its own, because Node loads a module once: imports the engine of some folder, executes the
 * recorded chunks by it, and reports the first that comes out otherwise than recorded.
 */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { RecordedChunk } from "./corpus.ts";

/** What the worker is given. */
export interface EngineTask {
  readonly folder: string;
  readonly corpus: readonly RecordedChunk[];
}

/** What it reports: that the engine could not even be loaded, or the first chunk that differs and in what. */
export type EngineReport = { readonly loadError: string } | { readonly caughtBy: string | undefined };

async function run({ folder, corpus }: EngineTask): Promise<EngineReport> {
  const load = (name: string) => import(pathToFileURL(`${folder}/packages/${name}/src/index.ts`).href);
  let modules: [typeof import("@recourse/engine"), typeof import("@recourse/store")];
  try {
    modules = [await load("engine"), await load("store")];
  } catch (error) {
    return { loadError: String(error) };
  }
  const [{ executeChunk }, { OrderedStore }] = modules;
  for (const { name, preRoot, witness, context, kind, chunk, result } of corpus) {
    try {
      const store = OrderedStore.fromWitness(preRoot, witness);
      const { meter, reasons } = executeChunk(store, context, kind, chunk);
      const root = `0x${Buffer.from(store.root()).toString("hex")}`;
      if (reasons.join() !== result.reasons.join()) return { caughtBy: `the reasons of ${name}` };
      if (root !== result.postRoot) return { caughtBy: `the root of ${name}` };
      if (meter !== result.meter) return { caughtBy: `the meter of ${name}` };
    } catch (error) {
      return { caughtBy: `${(error as Error).name} in ${name}` };
    }
  }
  return { caughtBy: undefined };
}

parentPort!.postMessage(await run(workerData as EngineTask));
