import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChainProcessReport } from "./chainProcess.ts";

export interface ChainOptions {
  readonly blockIntervalMs: number;
  /** Where it is left out, a free port is taken. */
  readonly port?: number;
}

export interface RunningChain {
  readonly rpcUrl: string;
  readonly processId: number;
  /** Ends the chain; what it held is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a local chain in a process of its own, mined on wall time, with the gas rules of the real chain in force. It
 * answers on this machine alone, prints nothing, does not keep this process alive, and ends with it, however it ends.
 * @throws Error where the chain cannot be started, for example because the port is taken
 */
export async function startChain({ blockIntervalMs, port = 0 }: ChainOptions): Promise<RunningChain> {
  const child = fork(
    fileURLToPath(new URL("./chainProcess.ts", import.meta.url)),
    [String(blockIntervalMs), String(port)],
    {
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    },
  );
  const exited = once(child, "exit");
  const report = await Promise.race([
    once(child, "message").then(([message]) => message as ChainProcessReport),
    exited.then((): ChainProcessReport => ({ error: "its process ended" })),
  ]);
  if ("error" in report) {
    child.kill("SIGKILL");
    throw new Error(`The local chain did not start: ${report.error}.`);
  }
  child.unref();
  child.channel?.unref();
  return {
    rpcUrl: `http://127.0.0.1:${report.port}`,
    processId: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.kill("SIGKILL");
      await exited;
    },
  };
}
