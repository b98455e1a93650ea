import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadPlan, LoadReport } from "./generator.ts";

const generator = fileURLToPath(new URL("./generator.ts", import.meta.url));

/**
 * Runs the load generator in a process of its own.
 * @throws Error where a request gets no answer at all
 */
export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const child = fork(generator, [JSON.stringify(plan)], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const report = await Promise.race([
    once(child, "message").then(([message]) => message as LoadReport),
    exited.then(([status]) => {
      throw new Error(`The load generator ended with status ${status}.`);
    }),
  ]);
  await exited;
  return report;
}
