import { executeChunk } from "@recourse/engine";
import { ChunkKind, fromHex, type Hash, keccak256, toHex } from "@recourse/protocol";
import { type DishonestKind, tamper } from "@recourse/sequencer";
import { between } from "./chance.ts";
import { chunkOf, type Lie } from "./draft.ts";
import type { Scene, Staging } from "./kinds.ts";
import type { ChunkPlan } from "./rollup.ts";

/** Any chunk that does something. */
export function anyChunk({ world, random, state, draft }: Scene): ChunkPlan {
  const { market } = world;
  if (random.below(3) === 0 && draft.time > draft.clock) return chunkOf(ChunkKind.risk, market.news(state, draft.time));
  return chunkOf(ChunkKind.trade, market.bustle(state, between(random, 2, 12)));
}

/** A root with nothing behind it, or with a state behind it that no transaction made. */
const postRoot: Staging = (scene) => {
  const { random, turn } = scene;
  const variants: (() => { lie: Lie; variant: string })[] = [
    () => ({ variant: "a root of nothing", lie: { name: (_, right) => toHex(keccak256(fromHex(right))) } }),
    () => ({ variant: "nothing happened", lie: { name: (before) => before } }),
    () => ({
      variant: "one bit",
      lie: {
        name: (_, right): Hash => {
          const bytes = fromHex(right);
          bytes[random.below(32)]! ^= 1 << random.below(8);
          return toHex(bytes);
        },
      },
    }),
    ...(["balance minted", "position erased", "mark altered", "withdrawal invented"] as const).map((kind) => () => ({
      variant: kind,
      lie: tampered(kind, scene),
    })),
  ];
  return { chunk: anyChunk(scene), ...variants[turn % variants.length]!() };
};

/** The chunk is executed rightly, and then the state is tampered with. */
export function tampered(kind: DishonestKind, { random }: Scene): Lie {
  return {
    tell(after, chunk, context) {
      const before = after.clone();
      const { outcomes } = executeChunk(after, context, chunk.kind, chunk.bytes);
      const cancelled = outcomes.flatMap(({ events }) => events).filter((event) => event.type === "cancelled");
      tamper(kind, { before, after, cancelled, random: () => random.uniform() });
      return undefined;
    },
  };
}

export const rootLies = { "post-root": postRoot };
