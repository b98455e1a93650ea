import { FUNDING_PERIODS, priceQuantityPerNanoUsd, type Seconds } from "@recourse/protocol";
import { floorDiv } from "./arithmetic.ts";
import type { PremiumRecord } from "./records.ts";

const SECONDS_PER_HOUR = 3_600;
/** A premium counts wholly in the average once it has been in force for so long; before that, in part. */
const AVERAGING_SECONDS = 300;
/** Funding for an hour is at most this part of the index, in either direction: 0.05 %. */
const FUNDING_SHARE = 2_000;
/** The funding index stays below this in magnitude, so that it fits 64 bits with room to spare. */
export const FUNDING_INDEX_LIMIT = 1n << 62n;

/** Funding that fell due with a mark. */
export interface Funding {
  /** What a long position pays for one unit of the underlying and one hour, in 1e-8 USD. */
  readonly rate: bigint;
  /** What it pays for one lot, in nano-USD. */
  readonly perLot: bigint;
}

/** Brings a number to within ± a limit. */
export function clampTo(value: bigint, limit: bigint): bigint {
  if (value > limit) return limit;
  return value < -limit ? -limit : value;
}

/** The end of the hour in which a time lies: at a full hour, of the one that begins. */
export function hourEndOf(time: Seconds): Seconds {
  return ((Math.floor(time / SECONDS_PER_HOUR) + 1) * SECONDS_PER_HOUR) as Seconds;
}

/** Seconds for which the premium before has been in force at a mark. */
const secondsSince = ({ time }: PremiumRecord, now: Seconds): bigint => BigInt(now - time);

/**
 * The average premium at a mark: it moves towards the premium in force by its share of {@link AVERAGING_SECONDS}, rounded
 * down. It lies between the premiums that were in force, so it is below 2^46 like them.
 */
export function averagePremium(before: PremiumRecord, now: Seconds): bigint {
  const seconds = secondsSince(before, now);
  const horizon = BigInt(AVERAGING_SECONDS);
  const share = seconds < horizon ? seconds : horizon;
  return before.average + floorDiv((before.premium - before.average) * share, horizon);
}

/**
 * Adds up what the premium was, second by second, and makes funding of it where an hour has ended: the mean premium of
 * that hour, an eighth of which is paid for it (FUNDING_PERIODS), clamped. For hours in which nobody marked nothing
 * is paid. Sums are of at most 3,600 premiums below 2^46: below 2^58.
 * @param index of the underlying, which bounds the rate
 * @param lot in 1e-8 of the underlying
 * @returns the sum of the hour that runs now, and the funding of the one that has ended, if any
 */
export function accrueFunding(
  before: PremiumRecord,
  now: Seconds,
  index: number,
  lot: number,
): { readonly hourSum: bigint; readonly funding: Funding | undefined } {
  const hourEnd = hourEndOf(before.time);
  if (now < hourEnd) {
    return { hourSum: before.hourSum + before.premium * secondsSince(before, now), funding: undefined };
  }
  const total = before.hourSum + before.premium * BigInt(hourEnd - before.time);
  const mean = floorDiv(total, BigInt(SECONDS_PER_HOUR * FUNDING_PERIODS));
  const rate = clampTo(mean, BigInt(Math.floor(index / FUNDING_SHARE)));
  const perLot = floorDiv(rate * BigInt(lot), priceQuantityPerNanoUsd);
  const isNextHour = now < hourEnd + SECONDS_PER_HOUR;
  return { hourSum: isNextHour ? before.premium * BigInt(now - hourEnd) : 0n, funding: { rate, perLot } };
}
