import { InstrumentKind, nanoUsdPerCash, type Price } from "@recourse/protocol";
import { ceilDiv, floorDiv, indexValue } from "./arithmetic.ts";
import type { MarketRecord } from "./records.ts";

/** The ranks of the prices at which may be traded. */
export interface Band {
  /** May be below any rank there is. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * How far from the mark an instrument may be traded, so that nobody can give money away, or take it, by a price that is
 * none: a perpetual by a tenth of the index, an option by half of its mark and a twentieth of the index.
 * @param index the underlying's, as the oracle last said
 * @param tickValue cash for one lot and one rank of price
 */
export function priceBand({ kind, mark, lot }: MarketRecord, index: Price, tickValue: number): Band {
  const value = indexValue(index, lot);
  const half = (mark < 0n ? -mark : mark) / 2n;
  const width = kind === InstrumentKind.perpetual ? value / 10n : half + value / 20n;
  const perRank = BigInt(tickValue) * nanoUsdPerCash;
  // |mark| and the width are below 2^63, so the ranks are below 2^53.
  return { lowest: Number(ceilDiv(mark - width, perRank)), highest: Number(floorDiv(mark + width, perRank)) };
}

/** Whether a price lies in a band. */
export function isWithinBand(rank: number, { lowest, highest }: Band): boolean {
  return rank >= lowest && rank <= highest;
}
