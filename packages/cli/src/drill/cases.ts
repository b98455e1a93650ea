import { readGlobal } from "@recourse/engine";
import { ChunkKind, MAX_CHUNK_MESSAGES } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { admissionLies } from "./admissionLies.ts";
import { blockLies } from "./blockLies.ts";
import { byteLies } from "./byteLies.ts";
import { between, chance } from "./chance.ts";
import { contextLies } from "./contextLies.ts";
import { chunkOf, Draft } from "./draft.ts";
import { fundingLies } from "./fundingLies.ts";
import { honestKinds } from "./honest.ts";
import { blocksAndQuotes, houseBustle } from "./honestRules.ts";
import { houseLies } from "./houseLies.ts";
import type { Scene, Staging } from "./kinds.ts";
import { liquidationLies } from "./liquidationLies.ts";
import { marginLies } from "./marginLies.ts";
import { type Refusal, refusals } from "./refusals.ts";
import { type BatchClaim, bridgeChunk } from "./rollup.ts";
import { rootLies } from "./rootLies.ts";
import type { Assignment, Depth } from "./schedule.ts";
import { tradeLies } from "./tradeLies.ts";
import type { World } from "./world.ts";

/** Every kind of corruption, and how it is staged. */
export const corruptions: Readonly<Record<string, Staging>> = {
  ...rootLies,
  ...byteLies,
  ...admissionLies,
  ...tradeLies,
  ...contextLies,
  ...blockLies,
  ...marginLies,
  ...fundingLies,
  ...liquidationLies,
  ...houseLies,
};

/** A case as it is going to be posted, with the truth about it. */
export interface PlannedCase {
  readonly kind: string;
  readonly variant: string;
  readonly draft: Draft;
  readonly batch: BatchClaim;
  /** The state behind the last claimed root. */
  readonly claimedState: OrderedStore;
  /** The first chunk whose root is wrong; undefined in an honest batch. */
  readonly firstWrong: number | undefined;
  /** A batch that is posted on top of it in the same block. */
  readonly onTop: Draft | undefined;
  /** What the contract must refuse it with. */
  readonly refusal: Refusal | undefined;
}

/** How often a lie that happens to change nothing is staged again. */
const ATTEMPTS = 30;
const SECOND_LIE = 0.3;
const ANOTHER_ON_TOP = 0.25;

/** Builds the batch of a case. */
export async function planCase(
  world: World,
  { kind, turn, depth, isRefused, isFraud }: Assignment,
): Promise<PlannedCase> {
  if (isRefused) return planRefusal(world, kind, turn);
  return isFraud ? planFraud(world, kind, turn, depth) : planHonest(world, kind, turn);
}

async function planFraud(world: World, kind: string, turn: number, depth: Depth): Promise<PlannedCase> {
  const { random, market } = world;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await world.prepare();
    const draft = world.draft();
    if (depth !== "first") addHonestChunks(world, draft, between(random, 1, 3));
    const { chunk, lie, variant } = await corruptions[kind]!(sceneOf(world, draft, turn + attempt));
    const place = draft.chunks.length;
    draft.add(chunk, lie);
    market.desk.clock = draft.clock;
    if (depth !== "last") addHonestChunks(world, draft, between(random, 1, 3));
    if (chance(random, SECOND_LIE)) {
      const second = await corruptions["post-root"]!(sceneOf(world, draft, random.below(100)));
      draft.add(second.chunk, second.lie);
    }
    const { batch, state } = draft.claim();
    if (batch.postRoots[place] === draft.rightRoots[place]) continue;
    const onTop = chance(random, ANOTHER_ON_TOP) ? buildOnTop(world, state, draft) : undefined;
    return { kind, variant, draft, batch, claimedState: state, firstWrong: place, onTop, refusal: undefined };
  }
  throw new Error(`The lie "${kind}" could not be told in ${ATTEMPTS} attempts.`);
}

/** A batch that goes on from a lie, right in itself. */
function buildOnTop(world: World, state: OrderedStore, below: Draft): Draft {
  const draft = new Draft(state, below.context);
  // Orders for the right state: the lie may have left one in which nothing can be traded.
  draft.add(chunkOf(ChunkKind.trade, world.market.bustle(below.state, between(world.random, 1, 5))));
  return draft;
}

async function planHonest(world: World, kind: string, turn: number): Promise<PlannedCase> {
  const { random, market } = world;
  if (kind === "a new term") await world.rollup.changeTerm();
  await world.prepare();
  const draft = world.draft();
  if (chance(random, 0.7)) addHonestChunks(world, draft, between(random, 1, 3));
  await honestKinds[kind]?.(sceneOf(world, draft, turn), draft);
  market.desk.clock = draft.clock;
  if (draft.chunks.length === 0) addHonestChunks(world, draft, between(random, 1, 5));
  const { batch, state } = draft.claim();
  return {
    kind,
    variant: "",
    draft,
    batch,
    claimedState: state,
    firstWrong: undefined,
    onTop: undefined,
    refusal: undefined,
  };
}

async function planRefusal(world: World, kind: string, turn: number): Promise<PlannedCase> {
  const choices = refusals[kind]!;
  const refusal = choices[turn % choices.length]!;
  const draft = world.draft();
  addHonestChunks(world, draft, between(world.random, 1, 3));
  await refusal.prepare?.(world);
  const { batch, state } = draft.claim();
  return {
    kind,
    variant: refusal.variant,
    draft,
    batch: refusal.corrupt(batch, world, draft),
    claimedState: state,
    firstWrong: undefined,
    onTop: undefined,
    refusal,
  };
}

function sceneOf(world: World, draft: Draft, turn: number): Scene {
  return { world, random: world.random, draft, state: draft.state, turn };
}

/** Adds chunks as a sequencer makes them all day. */
function addHonestChunks(world: World, draft: Draft, count: number): void {
  const { random, market, rollup } = world;
  for (let place = 0; place < count; place++) {
    const waiting = rollup.messages.slice(readGlobal(draft.state).inboxCursor);
    if (waiting.length > 0 && chance(random, 0.3)) {
      draft.add(bridgeChunk(waiting.slice(0, between(random, 1, Math.min(waiting.length, MAX_CHUNK_MESSAGES)))));
    } else if (draft.time > draft.clock + 2 && chance(random, 0.6)) {
      // Some of the time is left for what comes after.
      const time = draft.clock + Math.ceil((draft.time - draft.clock) / 3);
      draft.addTransactions(ChunkKind.risk, market.news(draft.state, time));
      market.desk.clock = draft.clock;
    } else if (chance(random, 0.2)) {
      const scene = sceneOf(world, draft, 0);
      const isBlock = chance(random, 0.5);
      const transactions = (isBlock ? blocksAndQuotes : houseBustle)(scene, between(random, 1, 5));
      draft.addTransactions(isBlock ? ChunkKind.block : ChunkKind.house, transactions);
    } else {
      draft.add(chunkOf(ChunkKind.trade, market.bustle(draft.state, between(random, 1, 15))));
    }
  }
}
