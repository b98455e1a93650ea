/**
 * A verifier that finds every batch right and proves nothing, to see that a drill notices: it takes the options of
 * `recourse verifier` and says what that says.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Hash } from "@recourse/protocol";
import { type Announcement, createL1Reader } from "@recourse/verifier";
import { createPublicClient, http } from "viem";

const { values } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { "rpc-url": { type: "string" }, rollup: { type: "string" } },
});
const client = createPublicClient({ transport: http(String(values["rpc-url"])), cacheTime: 0 });
const reader = createL1Reader(client, String(values.rollup) as Hash);
const announce = (announcement: Announcement) => process.stdout.write(`${JSON.stringify(announcement)}\n`);

process.on("disconnect", () => process.exit());

let next = 0;
for (let isReady = false; ; isReady = true) {
  const { number } = await reader.latestBlock();
  for (const event of next <= number ? await reader.events(next, number) : []) {
    const { blockNumber: block, transactionHash: transaction } = event.origin;
    if (event.type === "batchPosted") {
      const { index, term, stateRoot: root } = event.summary;
      const place = { term, position: 0, runningHash: root };
      announce({ event: "batch", index: Number(index), verdict: "valid", chunks: 0, root, ...place, block });
    } else if (event.type === "batchReverted") {
      const { type: _, origin: __, chunkIndex: chunk, ...rest } = event;
      announce({ event: "reverted", chunk, ...rest, transaction, block });
    }
  }
  next = number + 1;
  if (!isReady) announce({ event: "ready", mode: "challenge", head: 0, block: number });
  await sleep(20);
}
