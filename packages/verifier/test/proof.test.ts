import { type InboxMessage, toHex } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { custom, type PublicClient } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalChain } from "../../../contracts/local.ts";
import { checkProof, judgeBatch, type PostedBatch, proofGas, type Verdict } from "../src/index.ts";
import { withRoot, wrongRoot } from "./support/market.ts";
import { RollupChain } from "./support/rollupChain.ts";

const kinds = ["bridge", "risk", "trade"] as const;

describe("a proof before the real step contracts", () => {
  let close: () => Promise<void>;
  let rollup: RollupChain;
  let parent: OrderedStore;
  let messages: InboxMessage[];
  let honest: PostedBatch;

  beforeAll(async () => {
    const chain = await startLocalChain("automine");
    close = () => chain.close();
    rollup = await RollupChain.deploy(custom(chain.publicClient), true);
    const { market } = rollup;
    messages = await rollup.deposit();
    parent = market.store.clone();
    const plan = market.batch(market.bridge(messages), market.opening(), market.orders(12));
    honest = (await rollup.post(plan)).batch;
  });

  afterAll(() => close());

  const client = () => rollup.publicClient as PublicClient;

  /** The evidence against a batch that claims a wrong root for one chunk, and is honest otherwise. */
  function evidenceAgainst(chunkIndex: number): Extract<Verdict, { verdict: "fraud" }> {
    const chunks = honest.header.chunks.map((chunk, place) =>
      place === chunkIndex ? { ...chunk, postRoot: wrongRoot } : chunk,
    );
    const header = { ...honest.header, chunks };
    const verdict = judgeBatch(parent, { ...honest, header }, messages, rollup.market.context.domainSeparator);
    if (verdict.verdict !== "fraud") throw new Error(JSON.stringify(verdict));
    return verdict;
  }

  it.each(kinds.map((kind, chunkIndex) => ({ kind, chunkIndex })))(
    "executes an honest $kind chunk to the root that the engine gives it",
    async ({ chunkIndex }) => {
      const check = await checkProof(client(), rollup.rollup, undefined, {
        posted: honest,
        evidence: evidenceAgainst(chunkIndex),
      });
      expect(check).toEqual({ isAccepted: false, error: "RootIsCorrect" });
    },
  );

  it("is refused by name where its bytes are not the chunk's", async () => {
    const evidence = evidenceAgainst(2);
    const check = await checkProof(client(), rollup.rollup, undefined, {
      posted: honest,
      evidence: { ...evidence, chunk: evidence.chunk.slice(1) },
    });
    expect(check).toEqual({ isAccepted: false, error: "WrongChunkBytes" });
  });

  it("is accepted against a wrong root of any kind of chunk", async () => {
    const { market } = rollup;
    const before = market.store.clone();
    const plan = market.batch(market.tick(), market.orders(5));
    for (const chunkIndex of [0, 1]) {
      const snapshot = await rollup.publicClient.request({ method: "evm_snapshot" } as never);
      const { batch: posted } = await rollup.post(withRoot(plan, chunkIndex, wrongRoot));
      const verdict = judgeBatch(before, posted, [], market.context.domainSeparator);
      if (verdict.verdict !== "fraud") throw new Error(JSON.stringify(verdict));
      expect(verdict.correctRoot).toBe(plan.chunks[chunkIndex]!.postRoot);
      expect(await checkProof(client(), rollup.rollup, undefined, { posted, evidence: verdict })).toEqual({
        isAccepted: true,
      });
      await rollup.publicClient.request({ method: "evm_revert", params: [snapshot] } as never);
    }
  });
});

describe("a proof's gas at 64 a byte", () => {
  const calldata = toHex(new Uint8Array([0, 1, 0, 2, 3, 0]));

  it("takes today's price of the calldata out and puts 16 a byte in", () => {
    // 3 bytes that are zero, 3 that are not: 60 today, 96 at 16 a byte.
    expect(proofGas(21_000 + 60 + 1_000, calldata)).toEqual({
      gasUsed: 22_060,
      gasAt64: 21_000 + 96 + 1_000,
      bytes: 6,
    });
  });

  it("is the floor where execution is cheap", () => {
    expect(proofGas(21_000 + 60 + 100, calldata)).toMatchObject({ gasAt64: 21_000 + 6 * 64 });
  });
});
