import { type ChunkKind, concatBytes, MAX_CHUNK_BYTES, Reason, type ReasonCode } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { SeededRandom } from "../random.ts";
import type { Desk } from "./transactions.ts";
import { worstAccountChunks } from "./worstAccountChunks.ts";
import { worstBlockChunks } from "./worstBlockChunks.ts";
import { worstDeepChunks } from "./worstDeepChunks.ts";
import { worstHouseChunks } from "./worstHouseChunks.ts";
import { worstOracleChunks } from "./worstOracleChunks.ts";
import { worstOrderChunks } from "./worstOrderChunks.ts";
import { worstPremiumChunks } from "./worstPremiumChunks.ts";
import { worstRiskChunks } from "./worstRiskChunks.ts";
import { largeState, lastCommonInstrument, worstDesk, worstTime } from "./worstState.ts";

/** A chunk that costs as much to prove as one of its sort can. */
export interface WorstChunk {
  readonly name: string;
  readonly kind: ChunkKind;
  /** Signs its transactions, as many as may fit or more. */
  readonly transactions: (desk: Desk) => readonly Uint8Array[];
  /** What its transactions come to: that it is as bad as it was meant to be. */
  readonly reasons: readonly ReasonCode[];
}

/** What the constructions share: the state into which each puts what it needs, and chance. */
export interface WorstMaterial {
  readonly state: OrderedStore;
  /** So many instruments by chance, none of which has a book of its own here. */
  readonly instruments: (count: number) => number[];
}

/**
 * The worst chunks, built on purpose for bytes, depth of the tree, positions and marks, and the one state on which each
 * of them is executed.
 */
export class WorstCase {
  readonly state: OrderedStore;
  readonly chunks: readonly WorstChunk[];

  constructor() {
    const random = new SeededRandom(7);
    this.state = largeState(random);
    const instruments = (count: number): number[] => {
      const chosen = new Set<number>();
      while (chosen.size < count) chosen.add(1 + random.below(lastCommonInstrument));
      return [...chosen];
    };
    const material = { state: this.state, instruments };
    const builders = [
      worstOrderChunks,
      worstAccountChunks,
      worstRiskChunks,
      worstOracleChunks,
      worstDeepChunks,
      worstPremiumChunks,
      worstHouseChunks,
      worstBlockChunks,
    ];
    this.chunks = builders.flatMap((build) => build(material));
  }

  /** A chunk's bytes, signed for one deployment: as many of its transactions as there may be bytes. */
  bytesOf(chunk: WorstChunk, domainSeparator: Uint8Array): Uint8Array {
    const desk = worstDesk(domainSeparator);
    desk.clock = worstTime;
    let length = 0;
    const fitting = chunk.transactions(desk).filter((bytes) => {
      length += bytes.length;
      return length <= MAX_CHUNK_BYTES;
    });
    return concatBytes(...fitting);
  }
}

/** All its transactions are executed. */
export const allOk: readonly ReasonCode[] = [Reason.Ok];
