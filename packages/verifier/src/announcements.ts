import type { Hash } from "@recourse/protocol";
import type { UnknownReason } from "./judge.ts";

/** What the verifier tells its user. Counts, positions and gas are numbers, wei are decimal strings. */
export type Announcement =
  /** Everything up to the newest block has been read and judged. */
  | { readonly event: "ready"; readonly mode: "watch" | "challenge"; readonly head: number; readonly block: number }
  | { readonly event: "term"; readonly term: number; readonly sequencer: Hash }
  | {
      readonly event: "batch";
      readonly index: number;
      readonly verdict: "valid";
      readonly chunks: number;
      readonly root: Hash;
      readonly term: number;
      readonly position: number;
      readonly runningHash: Hash;
      /** L1 block in which it was posted. */
      readonly block: number;
    }
  | {
      readonly event: "fraud";
      readonly index: number;
      readonly chunk: number;
      readonly claimedRoot: Hash;
      readonly correctRoot: Hash;
      /** L1 block in which it was posted. */
      readonly block: number;
    }
  /** The proof has been sent; milliseconds since the fraudulent batch was first seen. */
  | { readonly event: "proofSent"; readonly index: number; readonly transaction: Hash; readonly elapsedMs: number }
  | {
      readonly event: "proved";
      readonly index: number;
      readonly chunk: number;
      readonly transaction: Hash;
      readonly block: number;
      readonly postedBlock: number;
      readonly gasUsed: number;
      readonly gasAt64: number;
      readonly bytes: number;
    }
  /** A batch and all after it are gone, whoever proved it. */
  | {
      readonly event: "reverted";
      readonly index: number;
      readonly chunk: number;
      readonly claimedRoot: Hash;
      readonly correctRoot: Hash;
      readonly era: number;
      readonly prover: Hash;
      readonly transaction: Hash;
      readonly block: number;
    }
  | {
      readonly event: "unknown";
      /** The batch in question; absent where it is the chain as a whole. */
      readonly index?: number;
      readonly reason: UnknownReason;
      readonly detail: string;
    }
  | { readonly event: "reorganized"; readonly keptBlock: number | null }
  | { readonly event: "lowBalance"; readonly address: Hash; readonly balance: string; readonly needed: string }
  | ({ readonly event: "final" } & VerifierSummary);

/** Where the verifier stands. */
export interface VerifierSummary {
  /** Root, index and place in the stream after the newest batch that was verified. */
  readonly root: Hash;
  readonly batch: number;
  readonly term: number;
  readonly position: number;
  readonly runningHash: Hash;
  /** The newest standing batch, verified or not. */
  readonly head: number;
  /** Chunks whose root was found right. */
  readonly chunksVerified: number;
  /** Batches by the verdict last given; those that have been reverted since are counted as well. */
  readonly verdicts: { readonly valid: number; readonly fraud: number; readonly unknown: number };
}

export type Announce = (announcement: Announcement) => void;

/** Announces as one line of JSON each. */
export function announceJson(write: (line: string) => void): Announce {
  return (announcement) => write(`${JSON.stringify(announcement)}\n`);
}

/** Announces in sentences. */
export function announceReadably(write: (line: string) => void): Announce {
  return (announcement) => write(`${sentenceOf(announcement)}\n`);
}

function sentenceOf(announcement: Announcement): string {
  switch (announcement.event) {
    case "ready":
      return `Up to date with block ${announcement.block}, batch ${announcement.head}, in ${announcement.mode} mode.`;
    case "term":
      return `Term ${announcement.term} was opened by ${announcement.sequencer}.`;
    case "batch":
      return `Batch ${announcement.index} is valid: ${announcement.chunks} chunks, root ${announcement.root}, stream ${announcement.term}/${announcement.position}.`;
    case "fraud":
      return `Batch ${announcement.index} is WRONG in chunk ${announcement.chunk}: it claims ${announcement.claimedRoot}, correct is ${announcement.correctRoot}.`;
    case "proofSent":
      return `Proof against batch ${announcement.index} sent after ${announcement.elapsedMs} ms: ${announcement.transaction}.`;
    case "proved":
      return `Batch ${announcement.index} was proved wrong in block ${announcement.block} (posted in ${announcement.postedBlock}): ${announcement.gasUsed} gas, ${announcement.gasAt64} at 64 a byte, ${announcement.bytes} bytes.`;
    case "reverted":
      return `Batch ${announcement.index} and all after it were reverted in block ${announcement.block} by ${announcement.prover}; era ${announcement.era}.`;
    case "unknown":
      return `${announcement.index === undefined ? "The chain's state" : `Batch ${announcement.index}`} is UNKNOWN (${announcement.reason}): ${announcement.detail}`;
    case "reorganized":
      return `L1 was reorganized; block ${announcement.keptBlock ?? "none"} is kept.`;
    case "lowBalance":
      return `LOW BALANCE: ${announcement.address} has ${announcement.balance} wei, two proofs may need ${announcement.needed}.`;
    case "final":
      return `Stopped at batch ${announcement.batch}, root ${announcement.root}.`;
  }
}
