import { nanoUsdPerCash } from "@recourse/protocol";
import { floorDiv } from "./arithmetic.ts";

/** How much of an account is taken over, and what it pays for that. */
export interface LiquidationTerms {
  /** The share of every position. */
  readonly percent: number;
  /** In cash. */
  readonly penalty: bigint;
  /** The part of the penalty that a liquidity provider gets, in cash; undefined where there is none to be had. */
  readonly reward: bigint | undefined;
}

/** With a share of 20 % no penalty would leave an account above its maintenance margin that was below it. */
const PARTIAL_PERCENTS = [40, 60, 80];
const ALL = 100;

/** The penalty is this share of the maintenance margin of what is taken over: 0.7 %, for a share in per cent. */
const PENALTY_NUMERATOR = 7n;
const PENALTY_DENOMINATOR = 1000n;

/** A provider gets a quarter of the penalty. */
const REWARD_DIVISOR = 4n;

/**
 * The terms on which an account is liquidated that has an equity E below its maintenance margin M, both in nano-USD.
 *
 * The whole portfolio shrinks by the least share x for which what is left is covered by nine tenths of the equity that is
 * left, (1 − x) M ≤ 0.9 (E − 0.7 x M); where none does, all of it goes. The penalty is 0.7 x M, or the equity if that is
 * less, in whole cash, rounded down. A provider is worth its part only where the penalty is paid in full: it takes
 * over risk at a mark that others choose the moment for, and nobody shall be able to hand it that for nothing.
 */
export function liquidationTerms(equity: bigint, maintenance: bigint): LiquidationTerms {
  // The penalty is below the equity wherever the condition holds, as the left side is not negative.
  const percent =
    PARTIAL_PERCENTS.find((share) => {
      const x = BigInt(share);
      return 100n * (100n - x) * maintenance <= 9000n * equity - 63n * x * maintenance;
    }) ?? ALL;
  const full = (PENALTY_NUMERATOR * BigInt(percent) * maintenance) / PENALTY_DENOMINATOR;
  const penalty = floorDiv(equity < 0n ? 0n : equity < full ? equity : full, nanoUsdPerCash);
  return { percent, penalty, reward: equity > 0n && equity >= full ? penalty / REWARD_DIVISOR : undefined };
}
