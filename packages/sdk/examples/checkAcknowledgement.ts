/** Checks a sequencer's answer to an order, with nobody's help but L1's: it says who the sequencer is. */
import { readFileSync } from "node:fs";
import { rollupAbi } from "@recourse/protocol";
import { hashOrder, SequencerClient, verifyAcknowledgement } from "@recourse/sdk";
import { createPublicClient, http } from "viem";
import { rollup, rpcUrl, url } from "./environment.ts";

const [order, answer] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
const chain = createPublicClient({ transport: http(rpcUrl) });
const instrument = await new SequencerClient({ url }).instrument(order.instrument);
const verdict = verifyAcknowledgement(answer, {
  chainId: await chain.getChainId(),
  rollup,
  sequencer: await chain.readContract({ address: rollup, abi: rollupAbi, functionName: "sequencer" }),
  transactionHashes: [hashOrder(instrument, order)],
});
if (verdict !== true) throw new Error(verdict);
console.log(`The sequencer has signed for this order at position ${answer.position} of its stream.`);
