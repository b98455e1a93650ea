import { encodeTransaction, instrumentNumber, seconds, TransactionKind, toHex } from "@recourse/protocol";
import type { Hex } from "./wire.ts";

/** The canonical bytes of a transaction that marks an instrument anew; anyone may send it. */
export function markBytes(instrument: number): Hex {
  return toHex(encodeTransaction({ kind: TransactionKind.mark, instrument: instrumentNumber(instrument) }));
}

/** The canonical bytes of a tick; taken from the operator where the sequencer's clock is external. */
export function tickBytes(time: number): Hex {
  return toHex(encodeTransaction({ kind: TransactionKind.tick, time: seconds(time) }));
}
