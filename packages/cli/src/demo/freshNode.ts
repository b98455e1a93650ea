import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StreamEntry, VerifierSummary } from "@recourse/verifier";
import type { Cleanup } from "./cleanup.ts";
import type { Network } from "./network.ts";
import { Service } from "./service.ts";

const streamFile = "stream.jsonl";

/** What a node finds out that starts from nothing but L1. */
export interface FreshNodeFindings extends VerifierSummary {
  /** The canonical stream: what stands, in order. */
  readonly stream: readonly StreamEntry[];
}

/** Lets a node that has only an RPC URL and the rollup's address, in an empty folder, derive everything. */
export async function runFreshNode(
  { rpcUrl, deployment }: Network,
  folder: string,
  cleanup: Cleanup,
): Promise<FreshNodeFindings> {
  const empty = join(folder, "fresh-node");
  mkdirSync(empty);
  let result = "";
  const node = new Service({
    name: "fresh node",
    args: [
      "verifier",
      "--rpc-url",
      rpcUrl,
      "--rollup",
      deployment.rollup,
      "--once",
      "--json",
      "--export-stream",
      streamFile,
    ],
    folder: empty,
    onLine: (line) => {
      result = line;
    },
  });
  cleanup.add(() => node.stop());
  const status = await node.exited;
  if (status !== 0) throw node.error(`The fresh node could not derive the state (status ${status}).`);
  const lines = readFileSync(join(empty, streamFile), "utf8").trimEnd().split("\n");
  return { ...(JSON.parse(result) as VerifierSummary), stream: lines.map((line) => JSON.parse(line) as StreamEntry) };
}
