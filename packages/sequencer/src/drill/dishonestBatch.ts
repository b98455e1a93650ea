import { executeChunk } from "@recourse/engine";
import { toHex } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { SealedBatch } from "../execution/liveState.ts";
import type { Claim } from "../posting/poster.ts";
import { seededRandom } from "./random.ts";
import { type CancelledOrder, type DishonestKind, dishonestKinds, tamper } from "./tampering.ts";

export interface DishonestyOptions {
  /** The lie to tell; any that applies where it is left out. */
  readonly kind?: DishonestKind | undefined;
  readonly seed: number;
}

/**
 * Makes a false claim about a batch: after one chunk, executed honestly, the state is tampered with, and everything
 * after it is executed on the lie, so that the roots agree with each other and with nothing else.
 * @param before the honest state before the batch, not changed
 * @returns undefined where no lie of the kind asked for applies to any chunk
 */
export function falseClaim(batch: SealedBatch, before: OrderedStore, options: DishonestyOptions): Claim | undefined {
  const random = seededRandom(options.seed);
  const kinds = shuffled(options.kind === undefined ? dishonestKinds : [options.kind], random);
  const chunks = shuffled([...batch.chunks.keys()], random);
  for (const kind of kinds) {
    for (const chunk of chunks) {
      const postRoots = executeWithLie(batch, before, chunk, kind, random);
      if (postRoots) return { postRoots, dishonest: { chunk, kind } };
    }
  }
  return undefined;
}

function executeWithLie(
  batch: SealedBatch,
  before: OrderedStore,
  lieAfter: number,
  kind: DishonestKind,
  random: () => number,
): Claim["postRoots"] | undefined {
  const store = before.clone();
  const postRoots: Claim["postRoots"][number][] = [];
  for (const [place, chunk] of batch.chunks.entries()) {
    const stateBefore = place === lieAfter ? store.clone() : undefined;
    const { outcomes } = executeChunk(store, chunk.context, chunk.kind, chunk.bytes);
    if (stateBefore) {
      const cancelled = outcomes
        .flatMap(({ events }) => events)
        .filter((event) => event.type === "cancelled") satisfies readonly CancelledOrder[];
      if (!tamper(kind, { before: stateBefore, after: store, cancelled, random })) return undefined;
    }
    postRoots.push(toHex(store.root()));
    if (place === lieAfter && postRoots[place] === chunk.postRoot) return undefined;
  }
  return postRoots;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ item }) => item);
}
