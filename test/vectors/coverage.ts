import {
  ChunkKind,
  decodeMessage,
  MessageKind,
  Reason,
  reasonName,
  reasons,
  TransactionKind,
  transactionLength,
} from "@recourse/protocol";
import type { Vector } from "./format.ts";

/** What no vector shows: reason codes that none comes to, and operations that none carries out. */
export interface Gaps {
  readonly reasons: string[];
  readonly operations: string[];
  readonly messages: string[];
}

/** Looks for what a list of vectors leaves out of the protocol's reasons and operations. */
export function gapsOf(vectors: readonly Vector[]): Gaps {
  const reached = new Set<string>();
  const operations = new Set<number>();
  const messages = new Set<number>();
  for (const { kind, chunk, expected } of vectors) {
    let offset = 0;
    for (const reason of expected.reasons) {
      reached.add(reasonName(reason));
      if (reason === Reason.Ok) (kind === ChunkKind.bridge ? messages : operations).add(chunk[offset]!);
      const length =
        kind === ChunkKind.bridge ? decodeMessage(chunk, offset)?.length : transactionLength(chunk, offset);
      offset += length ?? 0;
    }
  }
  const namesWithout = (kinds: Readonly<Record<string, number>>, shown: ReadonlySet<number>) =>
    Object.keys(kinds).filter((name) => !shown.has(kinds[name]!));
  return {
    reasons: Object.keys(reasons).filter((name) => !reached.has(name)),
    operations: namesWithout(TransactionKind, operations),
    messages: namesWithout(MessageKind, messages),
  };
}
