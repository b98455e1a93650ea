import type { SeededRandom } from "../random.ts";
import { shuffled } from "./chance.ts";

/** Where in its batch a lie stands. */
const depths = ["first", "middle", "last"] as const;
export type Depth = (typeof depths)[number];

/** What a case is going to be. */
export interface Assignment {
  readonly isFraud: boolean;
  /** Of the corruption, or of the honest batch. */
  readonly kind: string;
  /** How many cases of this kind come before it: variants take turns. */
  readonly turn: number;
  readonly depth: Depth;
  /** Whether it is of a form that the contract does not even take. */
  readonly isRefused: boolean;
}

/** The kinds that a run deals out. */
export interface Kinds {
  readonly corruptions: readonly string[];
  readonly honest: readonly string[];
  /** Corruptions some forms of which are refused when they are posted. */
  readonly refusable: ReadonlySet<string>;
}

/** Every so many cases of a kind, beginning with the second, are of a form that is refused. */
const REFUSED_EVERY = 4;

/**
 * Deals out the cases of a run: half are corrupted, their kinds and variants in turn, and then all are shuffled. The
 * first of each kind is of a form that stands.
 */
export function schedule(cases: number, kinds: Kinds, random: SeededRandom): Assignment[] {
  const corrupted = Math.ceil(cases / 2);
  const turns = (place: number, count: number) => Math.floor(place / count);
  // A run too short for all kinds has others for another seed.
  const corruptions = shuffled(random, kinds.corruptions);
  const lies = Array.from({ length: corrupted }, (_, place): Assignment => {
    const kind = corruptions[place % corruptions.length]!;
    const round = turns(place, corruptions.length);
    const isRefused = kinds.refusable.has(kind) && round % REFUSED_EVERY === 1;
    const refusedBefore = kinds.refusable.has(kind) ? Math.floor((round + REFUSED_EVERY - 2) / REFUSED_EVERY) : 0;
    const turn = isRefused ? refusedBefore : round - refusedBefore;
    return {
      isFraud: true,
      kind,
      turn,
      depth: depths[(round + (place % corruptions.length)) % depths.length]!,
      isRefused,
    };
  });
  const honestKinds = shuffled(random, kinds.honest);
  const honest = Array.from({ length: cases - corrupted }, (_, place): Assignment => {
    const kind = honestKinds[place % honestKinds.length]!;
    return { isFraud: false, kind, turn: turns(place, honestKinds.length), depth: "first", isRefused: false };
  });
  return shuffled(random, [...lies, ...honest]);
}
