/**
 * Loaded into a measured process before its own code: answers its parent's questions for what memory it uses. The heap
 * is measured after a full collection, so that what is shown is held, not merely left over.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

/** Bytes that a process holds. */
export interface MemoryReport {
  readonly residentBytes: number;
  /** Live objects of the main thread. */
  readonly heapBytes: number;
  /** Typed arrays and other memory outside the heap that the main thread holds. */
  readonly externalBytes: number;
}

if (isMainThread && process.send !== undefined) {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  process.on("message", (message) => {
    if (message !== "memory") return;
    collectGarbage();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send!({ residentBytes: rss, heapBytes: heapUsed, externalBytes: external } satisfies MemoryReport);
  });
}
