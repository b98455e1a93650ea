import { createGenesis, executeChunk, readGlobal } from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  decodeDeposit,
  encodeDeposit,
  encodeMessages,
  type InboxMessage,
  MAX_CHUNK_MESSAGES,
  type StepContext,
  seconds,
} from "@recourse/protocol";
import { type Bend, bent, changeGlobal } from "./bending.ts";
import { between, chance, pick } from "./chance.ts";
import { chunkOf, type Lie } from "./draft.ts";
import type { Scene, Staging } from "./kinds.ts";
import { OWNERS } from "./layer1.ts";
import { SUB_ACCOUNTS } from "./market.ts";
import { bridgeChunk } from "./rollup.ts";
import { anyChunk } from "./rootLies.ts";
import { genesisParameters } from "./world.ts";

/** Messages for a bridge chunk: those that wait, and as many new ones as it takes to have some. */
export async function someMessages({ world, random, state }: Scene, least = 2): Promise<InboxMessage[]> {
  const { inboxCursor } = readGlobal(state);
  const missing = least + random.below(3) - (world.rollup.messages.length - inboxCursor);
  if (missing > 0) {
    await world.rollup.deposit(
      Array.from({ length: missing }, () => ({
        owner: random.below(OWNERS),
        subAccount: random.below(SUB_ACCOUNTS),
        amount: between(random, 10, 5_000) * 1_000_000,
      })),
    );
  }
  return world.rollup.messages.slice(inboxCursor, inboxCursor + MAX_CHUNK_MESSAGES);
}

/** A bridge chunk whose roots are those of other messages than the inbox's. */
const inboxMessage: Staging = async (scene) => {
  const { random, world, turn } = scene;
  const messages = await someMessages(scene);
  const place = random.below(messages.length);
  const one = messages[place]!;
  const trader = pick(random, world.market.traders);
  const body = encodeDeposit({
    account: accountNumber(trader.number),
    owner: trader.signer.address,
    amount: cash(1_000_000_000_000),
  });
  const invented: InboxMessage = { ...one, body };
  const deposit = decodeDeposit(one.body)!;
  const larger: InboxMessage = { ...one, body: encodeDeposit({ ...deposit, amount: cash(deposit.amount * 10) }) };
  const without = messages.filter((_, other) => other !== place);
  const replaced = (by: InboxMessage) => messages.map((message, other) => (other === place ? by : message));
  const variants = [
    { variant: "dropped", executed: without, isCounted: true },
    { variant: "invented", executed: [...messages, invented], isCounted: true },
    { variant: "dropped, and not counted", executed: without, isCounted: false },
    { variant: "invented, and counted", executed: [...messages, invented], isCounted: false },
    { variant: "of ten times the amount", executed: replaced(larger), isCounted: true },
    { variant: "for another account", executed: replaced(invented), isCounted: true },
  ];
  const { variant, executed, isCounted } = variants[turn % variants.length]!;
  const lie: Lie = {
    tell(store, _, context) {
      const { inboxCursor } = readGlobal(store);
      executeChunk(store, context, ChunkKind.bridge, encodeMessages(executed));
      if (isCounted) changeGlobal(store, { inboxCursor: inboxCursor + messages.length });
      return undefined;
    },
  };
  return { chunk: bridgeChunk(messages), lie, variant };
};

/** A chunk executed on another state than the one before it. */
const wrongParent: Staging = (scene) => {
  const { world, draft, turn } = scene;
  const chunk = anyChunk(scene);
  const isFirst = draft.chunks.length === 0;
  const variants = isFirst
    ? [
        { variant: "the state of the batch before", base: world.previous },
        { variant: "the genesis", base: createGenesis(genesisParameters) },
      ]
    : [
        { variant: "the state before the batch", base: draft.before },
        { variant: "the state of the batch before", base: world.previous },
      ];
  const { variant, base } = variants[turn % 2]!;
  const lie: Lie = {
    tell(_, { kind, bytes }, context) {
      const other = base.clone();
      executeChunk(other, context, kind, bytes);
      return other;
    },
  };
  return { chunk, lie, variant };
};

const executedIn = (changes: Partial<StepContext>): Lie => ({
  tell(store, { kind, bytes }, context) {
    executeChunk(store, { ...context, ...changes }, kind, bytes);
    return undefined;
  },
});

/** A chunk executed in another era, from another era's start, or in another term. */
const wrongEra: Staging = (scene) => {
  const { draft, random, turn } = scene;
  const { era, eraStart, term } = draft.context;
  const global = readGlobal(draft.state);
  const chunk = anyChunk(scene);
  // An era's start shows in its first chunk alone, and only where the clock is behind it.
  const isStartFelt = global.era !== era && eraStart > global.time;
  if (isStartFelt && chance(random, 0.7)) {
    const otherStart = chance(random, 0.5) ? 0 : eraStart + between(random, 1, 1_000);
    return { chunk, lie: executedIn({ eraStart: otherStart }), variant: "another start of the era" };
  }
  const variants = [
    { variant: "a later era", changes: { era: era + 1 } },
    { variant: "an earlier era", changes: { era: Math.max(0, era - 1) } },
    { variant: "another term", changes: { term: term + 1 } },
  ];
  const { variant, changes } = variants[turn % 3]!;
  return { chunk, lie: executedIn(changes), variant };
};

/** A tick that the batch's time does not allow is taken, or one that it allows is not. */
const wrongTime: Staging = (scene) => {
  const { world, draft, random, turn } = scene;
  const { desk } = world.market;
  const ahead = between(random, 1, 3_600);
  const future = chunkOf(ChunkKind.risk, [desk.tick(draft.time + ahead)]);
  if (turn % 3 === 1 && draft.clock < draft.time) {
    const chunk = chunkOf(ChunkKind.risk, [desk.tick(draft.time)]);
    return { chunk, lie: executedIn({ batchTime: draft.clock }), variant: "a tick in time, refused" };
  }
  if (turn % 3 === 2) {
    const earlier = seconds(draft.clock - ahead);
    const bend: Bend = { after: (store) => changeGlobal(store, { time: earlier }) };
    const chunk = chunkOf(ChunkKind.risk, [desk.tick(earlier)]);
    return { chunk, lie: bent(new Map([[0, bend]])), variant: "a tick backwards, taken" };
  }
  return { chunk: future, lie: executedIn({ batchTime: draft.time + ahead }), variant: "a tick past the batch, taken" };
};

export const contextLies = {
  "inbox message": inboxMessage,
  "wrong parent": wrongParent,
  "wrong era": wrongEra,
  "wrong time": wrongTime,
};
