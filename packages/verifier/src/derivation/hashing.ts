import { type BatchHeader, type BatchSummary, type Hash, rollupAbi } from "@recourse/protocol";
import { encodeAbiParameters, getAbiItem, keccak256 } from "viem";

const [, , summaryType, headerType] = getAbiItem({ abi: rollupAbi, name: "BatchPosted" }).inputs;

/** The hash of a header that a batch's summary holds: keccak of its ABI encoding, as `Rollup` computes it. */
export function hashHeader(header: BatchHeader): Hash {
  return keccak256(encodeAbiParameters([headerType], [header]));
}

/** The hash that `Rollup` stores for a batch: keccak of its summary's ABI encoding. */
export function hashSummary(summary: BatchSummary): Hash {
  return keccak256(encodeAbiParameters([summaryType], [summary]));
}
