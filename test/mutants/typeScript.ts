import { Worker } from "node:worker_threads";
import { copyEngine } from "./apply.ts";
import type { RecordedChunk } from "./corpus.ts";
import type { EngineReport, EngineTask } from "./engineWorker.ts";
import type { Mutant } from "./mutant.ts";

/** A mutant that takes longer than this over the corpus does not end. */
const PATIENCE_MS = 60_000;

/**
 * Tries a mutant on recorded chunks; without one, the engine as it is.
 * @returns which chunk caught it, and by what; undefined where none did
 * @throws Error where the mutated engine cannot even be loaded, for then it shows nothing
 */
export async function tryInTypeScript(
  mutant: Mutant | undefined,
  corpus: readonly RecordedChunk[],
): Promise<string | undefined> {
  const { folder, remove } = copyEngine(mutant);
  const task: EngineTask = { folder, corpus };
  const worker = new Worker(new URL("./engineWorker.ts", import.meta.url), { workerData: task, execArgv: [] });
  const timer = setTimeout(() => void worker.terminate(), PATIENCE_MS);
  try {
    const report = await new Promise<EngineReport>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", () => resolve({ caughtBy: "an endless loop" }));
    });
    if ("loadError" in report) throw new Error(report.loadError);
    return report.caughtBy;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
    remove();
  }
}
