import { startLocalChain } from "@recourse/contracts/local";
import { ChunkKind, MAX_CHUNKS } from "@recourse/protocol";
import { BenchRollup, type MeasuredTransaction } from "../evm/rollup.ts";
import type { RowGroup } from "../harness.ts";
import { cutIntoChunks, fullChunks } from "../market/chunks.ts";
import { largeMarket, Market } from "../market/market.ts";
import { makeOrders } from "../market/orders.ts";
import { makeWorstChunks } from "../market/worstChunks.ts";

const SEED = 8;
const ORDERS = 900;

const peer = "the same bytes sent to nobody";
const real = "each posted wrong and proved wrong by the real contracts, in a batch of 32 chunks";
const full = `Full chunks of orders on a state of more than 100,000 leaves and 2,000 accounts with 8 positions each, ${real}`;
const worst = `Chunks made on purpose to be dear, in a state with 4,096 instruments, ${real}: the dearest of them`;
const at64 = "by the rule 21,000 + max(16 × bytes + execution, 64 × bytes)";
const gas = { unit: "gas", better: "less" as const, peer };
const perOrder = "less" as const;

/** What a proof of fraud and a post cost on L1; the same in every run. */
export const layer1: RowGroup = {
  rows: [
    { name: "layer1/proof-median", ...gas, budget: { of: "ours", figure: 5_000_000 }, how: `${full}: gas used.` },
    {
      name: "layer1/proof-median-at-64",
      ...gas,
      budget: { of: "ours", figure: 5_000_000 },
      how: `The same proofs at 64 gas a byte of calldata, ${at64}.`,
    },
    { name: "layer1/proof-worst", ...gas, budget: { of: "ours", figure: 8_000_000 }, how: `${worst}, gas used.` },
    {
      name: "layer1/proof-worst-at-64",
      ...gas,
      budget: { of: "ours", figure: 8_000_000 },
      how: `${worst} at 64 gas a byte of calldata, ${at64}.`,
    },
    {
      name: "layer1/proof-gas-per-order",
      unit: "gas/order",
      better: perOrder,
      peer,
      how: "Gas used of the same proofs of full chunks, divided by the chunk's orders.",
    },
    {
      name: "layer1/post-gas-per-order",
      unit: "gas/order",
      better: perOrder,
      peer,
      how: "Gas used of posting the same batch of 32 full chunks, divided by its orders.",
    },
    {
      name: "layer1/post-bytes-per-order",
      unit: "bytes/order",
      better: perOrder,
      peer: "an ECDSA signature alone",
      budget: { of: "ours", figure: 96 },
      how: "Calldata of the same post, selector and header fields included, divided by its orders.",
    },
  ],

  async measure(report) {
    const market = new Market(largeMarket);
    const chain = await startLocalChain();
    try {
      const rollup = await BenchRollup.deploy(chain, market.store);
      const { context } = rollup;
      const orders = makeOrders(market, ORDERS, SEED, context.domainSeparator).map(({ bytes }) => bytes);
      const stream = cutIntoChunks(market.store.clone(), ChunkKind.trade, orders, context);
      const { chunks, transactions } = fullChunks(stream, MAX_CHUNKS);
      if (chunks.length < MAX_CHUNKS) throw new Error(`The orders fill only ${chunks.length} chunks.`);

      const post = await rollup.post(chunks);
      const note = `${transactions} orders, ${post.bytes} bytes of calldata.`;
      const share = (total: number) => [total / transactions];
      report("layer1/post-gas-per-order", { ours: share(post.gasUsed), peer: share(post.floor.gasUsed), note });
      report("layer1/post-bytes-per-order", { ours: share(post.bytes), peer: [64], note });

      const proofs: MeasuredTransaction[] = [];
      for (let place = 0; place < chunks.length; place++) proofs.push(await rollup.prove(chunks, place, MAX_CHUNKS));
      const figures = (of: (proof: MeasuredTransaction, place: number) => number, peerOf: typeof of) => ({
        ours: proofs.map(of),
        peer: proofs.map(peerOf),
      });
      report(
        "layer1/proof-median",
        figures(
          ({ gasUsed }) => gasUsed,
          ({ floor }) => floor.gasUsed,
        ),
      );
      report(
        "layer1/proof-median-at-64",
        figures(
          ({ gasAt64 }) => gasAt64,
          ({ floor }) => floor.gasAt64,
        ),
      );
      const { counts } = stream;
      report(
        "layer1/proof-gas-per-order",
        figures(
          ({ gasUsed }, place) => gasUsed / counts[place]!,
          ({ floor }, place) => floor.gasUsed / counts[place]!,
        ),
      );

      let dearest: readonly { readonly name: string; readonly proof: MeasuredTransaction }[] = [];
      for (const { name, kind, store, transactions: make } of makeWorstChunks(market)) {
        const world = await BenchRollup.deploy(chain, store, rollup.steps);
        const made = cutIntoChunks(store, kind, make(world.context.domainSeparator), world.context);
        dearest = [...dearest, { name, proof: await world.prove(made.chunks.slice(0, 1), 0, MAX_CHUNKS) }];
      }
      for (const [row, of] of [
        ["layer1/proof-worst", (gas: MeasuredTransaction | MeasuredTransaction["floor"]) => gas.gasUsed],
        ["layer1/proof-worst-at-64", (gas: MeasuredTransaction | MeasuredTransaction["floor"]) => gas.gasAt64],
      ] as const) {
        const ordered = dearest.toSorted((left, right) => of(right.proof) - of(left.proof));
        const { proof } = ordered[0]!;
        const others = ordered.map(({ name, proof: { gasUsed, bytes } }) => `${name}, ${gasUsed} gas, ${bytes} bytes`);
        report(row, { ours: [of(proof)], peer: [of(proof.floor)], note: `From the dearest on: ${others.join("; ")}.` });
      }
    } finally {
      await chain.close();
    }
  },
};
