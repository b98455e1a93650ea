import {
  accountNumber,
  encodeTransaction,
  instrumentNumber,
  seconds,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import type { Hex } from "./wire.ts";

/** The canonical bytes of a transaction that marks an instrument anew; anyone may send it. */
export function markBytes(instrument: number): Hex {
  return toHex(encodeTransaction({ kind: TransactionKind.mark, instrument: instrumentNumber(instrument) }));
}

/** The canonical bytes of a tick; taken from the operator where the sequencer's clock is external. */
export function tickBytes(time: number): Hex {
  return toHex(encodeTransaction({ kind: TransactionKind.tick, time: seconds(time) }));
}

/**
 * The canonical bytes of a transaction that liquidates an account; anyone may send it.
 * @param provider the account of the liquidity provider that takes over the positions; 0 is the house
 */
export function liquidateBytes(account: number, provider = 0): Hex {
  return toHex(
    encodeTransaction({
      kind: TransactionKind.liquidate,
      account: accountNumber(account),
      provider: accountNumber(provider),
    }),
  );
}

/** The canonical bytes of a transaction that pays out an account's position in a settled instrument; anyone may send it. */
export function settleBytes(account: number, instrument: number): Hex {
  return toHex(
    encodeTransaction({
      kind: TransactionKind.settle,
      account: accountNumber(account),
      instrument: instrumentNumber(instrument),
    }),
  );
}

/** The canonical bytes of a transaction that removes an expired instrument that nobody holds; anyone may send it. */
export function pruneBytes(instrument: number): Hex {
  return toHex(encodeTransaction({ kind: TransactionKind.prune, instrument: instrumentNumber(instrument) }));
}
