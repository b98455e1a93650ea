import { ChunkKind, keccak256, toHex } from "@recourse/protocol";
import { judgeBatch, type PostedBatch } from "@recourse/verifier";
import { context } from "../../test/support/world.ts";
import {
  executeCalldata,
  executeOn,
  type ProvableChunk,
  sendToNobody,
  startAnvil,
  startEdr,
  withoutOverhead,
} from "../evm/machine.ts";
import { compare, keep, type RowGroup } from "../harness.ts";
import { cutIntoChunks, fullChunks } from "../market/chunks.ts";
import { largeMarket, Market } from "../market/market.ts";
import { makeOrders } from "../market/orders.ts";

const SEED = 6;
const ORDERS = 900;
const CHUNKS = 32;

const row = (name: string) => ({
  unit: "orders/s",
  better: "more" as const,
  peer: `${name}, the Solidity twin`,
  budget: { of: "ratio" as const, figure: 10 },
  how: `A batch of ${CHUNKS} full chunks on a state of more than 100,000 leaves, judged as the verifier does it (decode, recover signers, execute, root after each chunk), in turn with the same chunks by the step contract on ${name}: calls less empty calls with the same calldata.`,
});

/** Re-execution of what stands on L1, beside an EVM that runs the same rules. */
export const reexecution: RowGroup = {
  rows: [
    { name: "reexecution/edr", ...row("EDR") },
    { name: "reexecution/anvil", ...row("anvil") },
  ],

  async measure(report) {
    const market = new Market(largeMarket);
    const orders = makeOrders(market, ORDERS, SEED).map(({ bytes }) => bytes);
    const stream = cutIntoChunks(market.store.clone(), ChunkKind.trade, orders);
    const { chunks, transactions } = fullChunks(stream, CHUNKS);
    if (chunks.length < CHUNKS) throw new Error(`The orders fill only ${chunks.length} chunks.`);
    const calldata = chunks.map(executeCalldata);
    const batch = postedBatch(chunks);
    const judge = () => {
      const verdict = judgeBatch(market.store, batch, [], context().domainSeparator);
      if (verdict.verdict !== "valid") throw new Error("An honest batch was not found valid.");
      keep(verdict);
      return transactions;
    };
    for (const [name, start] of [
      ["reexecution/edr", startEdr],
      ["reexecution/anvil", startAnvil],
    ] as const) {
      const machine = await start();
      try {
        const { ours, calls, empty } = await compare(
          {
            ours: { run: judge },
            calls: { run: async () => executeOn(machine, chunks, calldata).then(() => transactions) },
            empty: { run: async () => sendToNobody(machine, calldata).then(() => transactions) },
          },
          { rounds: 5, warmUps: 1 },
        );
        report(name, { ours, peer: withoutOverhead(calls, empty), note: `${transactions} orders.` });
      } finally {
        await machine.close();
      }
    }
  },
};

/** A batch as the verifier reads it from L1's log, as far as it judges by it. */
function postedBatch(chunks: readonly ProvableChunk[]): PostedBatch {
  const { era, eraStart, term, batchTime: time } = context();
  const header = {
    preRoot: toHex(chunks[0]!.preRoot),
    era,
    eraStart,
    term,
    time,
    chunks: chunks.map(({ kind, bytes, postRoot }) => {
      return { kind, messages: 0, dataHash: toHex(keccak256(bytes)), postRoot: toHex(postRoot) };
    }),
  };
  return { header, data: chunks.map(({ bytes }) => bytes) } as unknown as PostedBatch;
}
