import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { toHex } from "@recourse/protocol";
import { http } from "viem";
import { afterEach, describe, expect, it } from "vitest";
import { startChain } from "../../../contracts/chain.ts";
import type { Announcement } from "../src/index.ts";
import { withRoot, wrongRoot } from "./support/market.ts";
import { developmentKey, RollupChain } from "./support/rollupChain.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startRollup(blockIntervalMs: number) {
  const chain = await startChain({ blockIntervalMs });
  closing.push(() => chain.stop());
  const rollup = await RollupChain.deploy(http(chain.rpcUrl), true);
  return { chain, rollup, market: rollup.market };
}

/** Starts the verifier as another program would, and hears what it says. */
function startProcess(args: readonly string[], environment: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [main, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const exited = once(child, "exit").then(([code]) => code as number);
  closing.push(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const lines: string[] = [];
  const log: string[] = [];
  let heard = (): void => {};
  createInterface({ input: child.stdout! }).on("line", (line) => {
    lines.push(line);
    heard();
  });
  createInterface({ input: child.stderr! }).on("line", (line) => log.push(line));
  /** Waits for an announcement; the process's end is a failure. */
  const hear = async (wanted: Announcement["event"]): Promise<Announcement> => {
    for (;;) {
      const found = lines.map((line) => JSON.parse(line) as Announcement).find(({ event }) => event === wanted);
      if (found) return found;
      const next = new Promise<"line">((resolve) => {
        heard = () => resolve("line");
      });
      if ((await Promise.race([next, exited])) !== "line") throw new Error(`It ended: ${log.join("\n")}`);
    }
  };
  return { child, exited, lines, log, hear };
}

describe("the verifier's process", () => {
  it("proves a wrong batch by a real proof, and its root is a fresh node's and the contract's", async () => {
    const { chain, rollup, market } = await startRollup(500);
    const folder = await mkdtemp(join(tmpdir(), "recourse-verifier-"));
    closing.push(() => rm(folder, { recursive: true }));
    const key = developmentKey(5);
    const target = ["--rpc-url", chain.rpcUrl, "--rollup", rollup.rollup];
    const verifier = startProcess([...target, "--mode", "challenge", "--json", "--poll-interval-ms", "20"], {
      RECOURSE_VERIFIER_KEY: key,
    });
    await verifier.hear("ready");

    await rollup.post(market.batch(market.bridge(await rollup.deposit()), market.opening(), market.orders(20)));
    await verifier.hear("batch");
    const dishonest = market.clone();
    const wrong = withRoot(dishonest.batch(dishonest.orders(30), dishonest.tick(), dishonest.orders(3)), 0, wrongRoot);
    const { block: postedBlock } = await rollup.post(wrong);
    const proved = (await verifier.hear("proved")) as Extract<Announcement, { event: "proved" }>;
    expect(proved).toMatchObject({ index: 2, chunk: 0, postedBlock });
    expect(proved.gasUsed).toBeLessThan(8_000_000);
    // The contract's execution and the engine's come to the same root.
    const [fraud, reverted] = [await verifier.hear("fraud"), await verifier.hear("reverted")];
    expect(reverted).toMatchObject({ correctRoot: (fraud as Extract<Announcement, { event: "fraud" }>).correctRoot });
    expect(await rollup.head()).toBe(1);

    await rollup.openTerm();
    await rollup.post(market.batch(market.orders(10), market.tick()));
    const stream = join(folder, "stream.jsonl");
    const fresh = startProcess([...target, "--once", "--json", "--export-stream", stream]);
    expect(await fresh.exited).toBe(0);
    expect(fresh.lines).toHaveLength(1);
    const result = JSON.parse(fresh.lines[0]!);
    expect(result).toMatchObject({ root: toHex(market.store.root()), batch: 2, head: 2, term: 2, position: 13 });
    const entries = (await readFile(stream, "utf8")).trimEnd().split("\n");
    expect(JSON.parse(entries.at(-1)!)).toMatchObject({ term: 2, position: 13, runningHash: result.runningHash });

    verifier.child.kill("SIGTERM");
    expect(await verifier.exited).toBe(0);
    expect(JSON.parse(verifier.lines.at(-1)!)).toMatchObject({ event: "final", root: result.root, batch: 2 });
    expect(verifier.lines.filter((line) => line.includes('"proofSent"'))).toHaveLength(1);
    expect(verifier.log.join("\n")).not.toContain(key.slice(2));
  });

  it("ends when its parent's end of the pipe closes", async () => {
    const { chain, rollup } = await startRollup(200);
    const verifier = startProcess(["--rpc-url", chain.rpcUrl, "--rollup", rollup.rollup, "--json"]);
    await verifier.hear("ready");
    verifier.child.stdin!.end();
    expect(await verifier.exited).toBe(0);
  });

  it("names everything that is wrong with its configuration, and starts nothing", async () => {
    const verifier = startProcess(["--rpc-url", "nowhere", "--rollup", "0x12", "--mode", "challenge"], {
      RECOURSE_VERIFIER_KEY: "",
    });
    expect(await verifier.exited).toBe(1);
    const report = JSON.parse(verifier.log.at(-1)!);
    expect(report.fields.map(({ field }: { field: string }) => field)).toEqual(["rpcUrls.0", "rollup", "key"]);
  });

  it("takes its key from a file, and says so where it cannot", async () => {
    const folder = await mkdtemp(join(tmpdir(), "recourse-verifier-"));
    closing.push(() => rm(folder, { recursive: true }));
    const keyFile = join(folder, "key");
    await writeFile(keyFile, "not a key\n");
    const target = ["--rpc-url", "http://127.0.0.1:1", "--rollup", `0x${"11".repeat(20)}`, "--mode", "challenge"];
    const wrong = startProcess([...target, "--key-file", keyFile]);
    expect(await wrong.exited).toBe(1);
    expect(wrong.log.join("\n")).toContain('"field":"key"');
    const missing = startProcess([...target, "--key-file", join(folder, "missing")]);
    expect(await missing.exited).toBe(1);
    expect(missing.log.join("\n")).toContain('"field":"keyFile"');
  });
});
