const SELECTOR_BYTES = 4;
const WORD_BYTES = 32;
/** Words of a post without its chunks: arguments' heads with the parent's summary, the batch's own, two list lengths. */
const FIXED_WORDS = 9 + 4 + 1 + 1;
/** Words of a chunk beside its bytes: kind, messages, root; where its bytes begin, and their length. */
const CHUNK_WORDS = 3 + 2;

/** Bytes of the calldata of a post whose chunks have so many bytes of data each (none for a bridge chunk). */
export function postCalldataBytes(chunkDataBytes: readonly number[]): number {
  const words =
    FIXED_WORDS + chunkDataBytes.reduce((sum, bytes) => sum + CHUNK_WORDS + Math.ceil(bytes / WORD_BYTES), 0);
  return SELECTOR_BYTES + words * WORD_BYTES;
}
