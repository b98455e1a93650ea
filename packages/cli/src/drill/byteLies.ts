import { executeChunk, readGlobal } from "@recourse/engine";
import { ChunkKind, concatBytes, extendRunningHash, keccak256 } from "@recourse/protocol";
import { alignStream, bent, changeGlobal, executeBent } from "./bending.ts";
import { between, chance, shuffled } from "./chance.ts";
import { chunkOf, type Lie, splitTransactions } from "./draft.ts";
import type { Staging } from "./kinds.ts";

/** The roots are those of other transactions than the posted ones. */
function rootsOf(transactions: readonly Uint8Array[], isStreamAligned: boolean): Lie {
  return {
    tell(store, chunk, context) {
      const before = store.clone();
      executeBent(store, context, chunk.kind, transactions, new Map());
      if (isStreamAligned) alignStream(store, before, chunk, context);
      return undefined;
    },
  };
}

/** The bytes are not those that the roots come from. */
const chunkBytes: Staging = ({ world, random, state, turn }) => {
  const orders = world.market.bustle(state, between(random, 4, 12));
  const whole = concatBytes(...orders);
  const lie = rootsOf(orders, false);
  switch (turn % 4) {
    case 0: {
      const bytes = whole.slice();
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      return { chunk: { kind: ChunkKind.trade, bytes, messages: 0 }, lie, variant: "one bit flipped" };
    }
    case 1: {
      const left = orders.filter((_, place) => place !== 1);
      return { chunk: chunkOf(ChunkKind.trade, left), lie, variant: "a transaction left out" };
    }
    case 2: {
      const extra = world.market.bustle(state, 1);
      return { chunk: chunkOf(ChunkKind.trade, [...orders, ...extra]), lie, variant: "a transaction added" };
    }
    default: {
      const bytes = whole.slice(0, whole.length - between(random, 1, 60));
      return { chunk: { kind: ChunkKind.trade, bytes, messages: 0 }, lie, variant: "cut short" };
    }
  }
};

/** The transactions are posted in another order than they were executed in. */
const transactionOrder: Staging = ({ world, random, state, turn }) => {
  const { market } = world;
  const { instrument, bid, ask } = market.quietBook(state);
  const rank = Math.floor((bid + ask) / 2);
  // Each wants what only one can have, so that the order matters.
  const takers = Array.from({ length: 3 }, () =>
    market.desk.order(market.someone("rich"), { instrument, side: 0, rank, lots: 10, immediate: true }),
  );
  const offer = market.desk.order(market.someone("rich"), { instrument, side: 1, rank, lots: 15 });
  const executed = [...market.bustle(state, between(random, 0, 4), [instrument]), offer, ...takers];
  let posted = executed;
  while (posted.every((bytes, place) => bytes === executed[place])) posted = shuffled(random, executed);
  const isAligned = turn % 2 === 0;
  const variant = isAligned ? "its outcomes" : "its stream as well";
  return { chunk: chunkOf(ChunkKind.trade, posted), lie: rootsOf(executed, isAligned), variant };
};

/** What stands in a chunk of another kind is executed. */
const wrongKind: Staging = ({ world, random, state, draft, turn }) => {
  const { market } = world;
  const { instrument } = market.quietBook(state);
  const orders = market.bustle(state, between(random, 1, 6));
  const news = [market.desk.tick(draft.time), market.desk.mark(instrument)];
  if (turn % 2 === 0) {
    const chunk = chunkOf(ChunkKind.trade, [...orders, ...news]);
    const bends = new Map([orders.length, orders.length + 1].map((place) => [place, { kind: ChunkKind.risk }]));
    return { chunk, lie: bent(bends), variant: "a mark among orders" };
  }
  const chunk = chunkOf(ChunkKind.risk, orders);
  const bends = new Map(orders.map((_, place) => [place, { kind: ChunkKind.trade }]));
  return { chunk, lie: bent(bends), variant: "orders as a risk chunk" };
};

/** Bytes that are no transaction are executed as if they were one, or passed over. */
const trailingGarbage: Staging = ({ world, random, state, turn }) => {
  const orders = world.market.bustle(state, between(random, 2, 6));
  const last = orders.at(-1)!;
  switch (turn % 3) {
    case 0: {
      const bytes = concatBytes(...orders).slice(0, -between(random, 1, last.length - 1));
      return {
        chunk: { kind: ChunkKind.trade, bytes, messages: 0 },
        lie: rootsOf(orders, false),
        variant: "half an order",
      };
    }
    case 1: {
      const chunk = chunkOf(ChunkKind.trade, [
        ...orders.slice(0, -1),
        random.below(2) ? Uint8Array.of(0xff) : new Uint8Array(7),
        last,
      ]);
      return { chunk, lie: rootsOf(orders, false), variant: "passed over" };
    }
    default: {
      const garbage = Uint8Array.from({ length: between(random, 1, 100) }, () => 0x80 | random.below(128));
      const lie: Lie = {
        tell(store, chunk, context) {
          executeChunk(store, context, chunk.kind, chunk.bytes);
          const { position, runningHash } = readGlobal(store);
          changeGlobal(store, {
            position: position + 1,
            runningHash: extendRunningHash(runningHash, keccak256(garbage)),
          });
          return undefined;
        },
      };
      return { chunk: chunkOf(ChunkKind.trade, [...orders, garbage]), lie, variant: "counted in the stream" };
    }
  }
};

/** More transactions than a chunk may execute: all of them are, or fewer than would be. */
const overFull: Staging = ({ world, random, state, draft, turn }) => {
  const orders = world.market.bustle(state, between(random, 90, 120));
  const chunk = chunkOf(ChunkKind.trade, orders);
  if (turn % 2 === 0) return { chunk, lie: rootsOf(orders, false), variant: "all executed" };
  const { executedBytes } = executeChunk(state.clone(), draft.context, chunk.kind, chunk.bytes);
  const fitting = splitTransactions(chunk.bytes.subarray(0, executedBytes));
  const fewer = fitting.slice(0, -between(random, 1, 3));
  return { chunk, lie: rootsOf(fewer, chance(random, 0.5)), variant: "cut off too early" };
};

export const byteLies = {
  "chunk bytes": chunkBytes,
  "transaction order": transactionOrder,
  "wrong kind": wrongKind,
  "trailing garbage": trailingGarbage,
  "over-full chunk": overFull,
};
