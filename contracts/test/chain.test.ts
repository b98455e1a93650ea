import { spawn } from "node:child_process";
import { once } from "node:events";
import { createPublicClient, http } from "viem";
import { expect, test } from "vitest";
import { startChain } from "../chain.ts";

const clientOf = (rpcUrl: string) => createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }), cacheTime: 0 });

async function waitForBlock(rpcUrl: string, block: bigint): Promise<void> {
  while ((await clientOf(rpcUrl).getBlockNumber()) < block) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Waits until nothing answers at an address. */
async function waitForSilence(rpcUrl: string): Promise<void> {
  const answers = () =>
    clientOf(rpcUrl)
      .getChainId()
      .then(
        () => true,
        () => false,
      );
  while (await answers()) await new Promise((resolve) => setTimeout(resolve, 50));
}

test("a chain answers from a process of its own, mines on wall time, and stops", async () => {
  const startedAt = Math.floor(Date.now() / 1000);
  const [first, second] = await Promise.all([
    startChain({ blockIntervalMs: 200 }),
    startChain({ blockIntervalMs: 2_000 }),
  ]);
  expect(first.rpcUrl).not.toBe(second.rpcUrl);
  expect(first.processId).not.toBe(process.pid);
  expect(await clientOf(second.rpcUrl).getChainId()).toBe(31337);
  await waitForBlock(first.rpcUrl, 3n);
  // Blocks are a second apart at least, so only a chain that is slower than that keeps to wall time.
  await waitForBlock(second.rpcUrl, 1n);
  const { timestamp } = await clientOf(second.rpcUrl).getBlock();
  expect(Number(timestamp)).toBeGreaterThanOrEqual(startedAt);
  expect(Number(timestamp)).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
  await Promise.all([first.stop(), second.stop()]);
  await first.stop();
  await waitForSilence(first.rpcUrl);
});

test("a port that is taken is reported", async () => {
  const chain = await startChain({ blockIntervalMs: 1_000 });
  const port = Number(new URL(chain.rpcUrl).port);
  await expect(startChain({ blockIntervalMs: 1_000, port })).rejects.toThrow("EADDRINUSE");
  await chain.stop();
});

test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)("a chain ends with its parent by %s", async (signal) => {
  const program = `
    const { startChain } = await import(${JSON.stringify(new URL("../chain.ts", import.meta.url).href)});
    process.stdout.write((await startChain({ blockIntervalMs: 1_000 })).rpcUrl);
    setInterval(() => {}, 1_000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await once(parent.stdout, "data");
  const rpcUrl = String(output);
  expect(await clientOf(rpcUrl).getChainId()).toBe(31337);
  parent.kill(signal);
  await waitForSilence(rpcUrl);
});
