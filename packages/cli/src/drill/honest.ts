import {
  ChunkKind,
  decodeTransaction,
  encodeTransaction,
  MAX_CHUNK_MESSAGES,
  MAX_CHUNKS,
  type Order,
} from "@recourse/protocol";
import { between, pick } from "./chance.ts";
import { someMessages } from "./contextLies.ts";
import type { Draft } from "./draft.ts";
import {
  blocksAndQuotes,
  conditionalOrders,
  expiries,
  houseBustle,
  liquidations,
  outOfBounds,
  premiums,
} from "./honestRules.ts";
import type { Scene } from "./kinds.ts";
import { bridgeChunk } from "./rollup.ts";

/** Adds chunks to a batch that look strange and whose roots are right. */
type Strangeness = (scene: Scene, draft: Draft) => void | Promise<void>;

const orders = ({ world, random, state }: Scene, least: number, most: number) =>
  world.market.bustle(state, between(random, least, most));

/** What an honest sequencer may post, however odd: nothing of it is fraud. */
export const honestKinds: Readonly<Record<string, Strangeness>> = {
  plain: () => {},
  /** The term is changed before the batch. */
  "a new term": () => {},
  "garbage at the end": (scene, draft) => {
    const { random } = scene;
    const garbage = Uint8Array.from({ length: between(random, 1, 200) }, () => random.below(256));
    draft.addTransactions(ChunkKind.trade, [...orders(scene, 1, 6), garbage]);
  },
  "nothing but garbage": ({ random }, draft) => {
    const kind = pick(random, [ChunkKind.trade, ChunkKind.risk, ChunkKind.block, ChunkKind.house]);
    draft.addTransactions(kind, [Uint8Array.of(pick(random, [0x00, 0x7f, 0xff]), 0x01, 0x10)]);
  },
  "transactions of another kind": (scene, draft) => {
    const { world } = scene;
    const { instrument } = world.market.quietBook(scene.state);
    draft.addTransactions(ChunkKind.trade, [...orders(scene, 1, 4), world.market.desk.mark(instrument)]);
    draft.addTransactions(ChunkKind.risk, orders(scene, 1, 4));
  },
  "transactions sent again": (scene, draft) => {
    const bytes = orders(scene, 2, 6);
    draft.addTransactions(ChunkKind.trade, [...bytes, ...bytes]);
    draft.addTransactions(ChunkKind.trade, bytes);
  },
  "more than fits": (scene, draft) => {
    draft.addTransactions(ChunkKind.trade, orders(scene, 90, 120));
  },
  "marks that do not fit": ({ random }, draft) => {
    const mark = (instrument: number) => Uint8Array.of(0x14, 0, 0, instrument);
    draft.addTransactions(
      ChunkKind.risk,
      Array.from({ length: 120 }, () => mark(1 + random.below(93))),
    );
  },
  "blocks and quotes": (scene, draft) => {
    draft.addTransactions(ChunkKind.block, blocksAndQuotes(scene, between(scene.random, 2, 8)));
    draft.addTransactions(ChunkKind.trade, orders(scene, 1, 6));
  },
  "conditional orders": (scene, draft) => {
    draft.addTransactions(ChunkKind.trade, conditionalOrders(scene));
  },
  liquidations,
  expiries,
  "premiums and funding": premiums,
  "what anybody may ask of the house": (scene, draft) => {
    draft.addTransactions(ChunkKind.house, houseBustle(scene, between(scene.random, 2, 12)));
  },
  "prices and marks out of bounds": (scene, draft) => {
    draft.addTransactions(ChunkKind.trade, outOfBounds(scene));
  },
  "orders that are refused": (scene, draft) => {
    const { world, random } = scene;
    const { market } = world;
    const [victim, thief] = [market.someone("rich"), market.someone("poor")];
    const { instrument, bid, ask } = market.quietBook(scene.state);
    const terms = { instrument, side: 0, rank: Math.floor((bid + ask) / 2), lots: 5 };
    const forged = market.desk.order({ number: victim.number, signer: thief.signer }, terms);
    const late = market.desk.order(victim, { ...terms, deadline: market.desk.clock - between(random, 1, 90) });
    const early = market.desk.order(victim, { ...terms, deadline: market.desk.clock + 700 });
    const unknown = market.desk.order({ number: 4_000_000_000, signer: victim.signer }, terms);
    const huge = market.desk.order(thief, { ...terms, lots: 4_000_000, immediate: true });
    const malformed = market.desk.order(victim, { ...terms, lots: 0 });
    const unsigned = encodeTransaction({
      ...(decodeTransaction(late)!.transaction as Order),
      signature: new Uint8Array(64),
    });
    draft.addTransactions(ChunkKind.trade, [forged, late, early, unknown, huge, malformed, unsigned]);
  },
  "as many chunks as there may be": (scene, draft) => {
    while (draft.chunks.length < MAX_CHUNKS) draft.addTransactions(ChunkKind.trade, orders(scene, 1, 2));
  },
  "a flood of messages": async (scene, draft) => {
    const messages = await someMessages(scene, MAX_CHUNK_MESSAGES);
    draft.add(bridgeChunk(messages.slice(0, 1)));
    draft.add(bridgeChunk(messages.slice(1)));
  },
  withdrawals: ({ world, random }, draft) => {
    const { market } = world;
    const withdrawals = Array.from({ length: between(random, 1, 4) }, () =>
      market.desk.withdraw(market.someone("rich"), between(random, 1, 2_000) * 1_000_000),
    );
    const greedy = market.desk.withdraw(market.someone("poor"), 50_000_000_000);
    draft.addTransactions(ChunkKind.risk, [...withdrawals, greedy]);
  },
};
