import { extendRunningHash, type Hash, keccak256, toHex, transactionLength } from "@recourse/protocol";

/** One transaction in the canonical stream: the one that pre-confirmations promise. */
export interface StreamEntry {
  readonly term: number;
  /** The first transaction of a term has position 1. */
  readonly position: number;
  /** keccak of the transaction's bytes. */
  readonly transactionHash: Hash;
  /** The stream's running hash after it, as acknowledgements sign it. */
  readonly runningHash: Hash;
}

/** A place in the stream: what the state's global record says of it. */
export interface StreamPlace {
  readonly term: number;
  readonly position: number;
  /** 32 bytes. */
  readonly runningHash: Uint8Array;
}

/**
 * Lists the transactions of a batch in the stream.
 * @param before the place before the batch; a batch of another term begins the stream anew
 * @param executed the executed bytes of each of its chunks
 */
export function streamEntries(before: StreamPlace, term: number, executed: readonly Uint8Array[]): StreamEntry[] {
  const entries: StreamEntry[] = [];
  let position = before.term === term ? before.position : 0;
  let runningHash: Uint8Array = before.term === term ? before.runningHash : new Uint8Array(32);
  for (const chunk of executed) {
    let offset = 0;
    while (offset < chunk.length) {
      const length = transactionLength(chunk, offset);
      if (length === undefined) throw new RangeError("Executed bytes are whole transactions.");
      const transactionHash = keccak256(chunk.subarray(offset, offset + length));
      runningHash = extendRunningHash(runningHash, transactionHash);
      position++;
      offset += length;
      entries.push({ term, position, transactionHash: toHex(transactionHash), runningHash: toHex(runningHash) });
    }
  }
  return entries;
}
