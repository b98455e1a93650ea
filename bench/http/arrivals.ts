import { Random } from "../../test/support/random.ts";

const STEPS = 2 ** 31;

/** Milliseconds between arrivals that come by chance, so many a second on average (a Poisson process). */
export function exponentialGaps(perSecond: number, seed: number): () => number {
  const random = new Random(seed);
  return () => (-Math.log(1 - random.below(STEPS) / STEPS) * 1000) / perSecond;
}
