import type { OrderedStore } from "@recourse/store";
import type { SeededRandom } from "../random.ts";
import type { Draft, Lie } from "./draft.ts";
import type { ChunkPlan } from "./rollup.ts";
import type { World } from "./world.ts";

/** What a corruption has to work with. */
export interface Scene {
  readonly world: World;
  readonly random: SeededRandom;
  /** The batch so far. */
  readonly draft: Draft;
  /** The right state before the chunk in which the lie is to be told. */
  readonly state: OrderedStore;
  /** How often the kind has been staged before in this run: the variants take turns. */
  readonly turn: number;
}

/** A chunk with the lie about it. */
export interface Staged {
  readonly chunk: ChunkPlan;
  readonly lie: Lie;
  /** What the lie is, in a few words. */
  readonly variant: string;
}

/** Stages a lie of one kind. */
export type Staging = (scene: Scene) => Staged | Promise<Staged>;
