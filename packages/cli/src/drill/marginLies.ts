import {
  encodeUnderlying,
  indexValue,
  listUnderlyings,
  readAccount,
  readGlobal,
  readInstrument,
  readMarket,
  readPositions,
  readUnderlying,
  underlyingKey,
} from "@recourse/engine";
import {
  accountNumber,
  price as asPrice,
  ChunkKind,
  type Conditional,
  decodeTransaction,
  encodeTransaction,
  instrumentNumber,
  Side,
  TriggerDirection,
  underlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { type Bend, changeAccount, changeGlobal, meanwhile, signedBy, withMarkets } from "./bending.ts";
import { forgottenInstruments, tradableInstruments } from "./books.ts";
import { between, pick } from "./chance.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import { inTurn, movesOf, prelude, staged } from "./scenes.ts";

/** Lies about bands, old marks, what margins are made of, and orders that wait for a mark. */

const trade = (transactions: readonly Uint8Array[], place: number, bend: Bend, variant: string): Staged =>
  staged(ChunkKind.trade, transactions, { [place]: bend }, variant);

/** The index of every underlying is otherwise for the time of one transaction. */
const withIndexes = (factor: number): Bend =>
  meanwhile((store) => {
    const saved = listUnderlyings(store).map(({ underlying, record }) => ({ key: underlyingKey(underlying), record }));
    for (const { key, record } of saved) {
      store.put(key, encodeUnderlying({ ...record, index: asPrice(Math.round(record.index * factor)) }));
    }
    return (later) => {
      for (const { key, record } of saved) later.put(key, encodeUnderlying(record));
    };
  });

/** An order at a price that is none. */
const band: Staging = (scene) => {
  const { draft, world, random } = scene;
  const { market } = world;
  const { instrument, fair } = pick(
    random,
    tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual),
  );
  const side = random.below(2);
  const rank = Math.round(fair * (side === Side.buy ? 1.3 : 0.7));
  const terms = { instrument, side, rank, lots: between(random, 1, 9) };
  const trader = market.someone("rich");
  if (scene.turn % 3 === 0) {
    return trade(
      [market.desk.order(trader, { ...terms, immediate: true }), market.desk.order(trader, terms)],
      1,
      withIndexes(20),
      "of an order",
    );
  }
  if (scene.turn % 3 === 1) {
    const legs = [terms];
    const bytes = market.desk.blockTrade(trader, market.someone("rich", trader), legs);
    return staged(ChunkKind.block, [bytes], { 0: withIndexes(20) }, "of a block");
  }
  const quote = { rank, lots: terms.lots };
  const bytes = market.desk.quotes(trader, [{ instrument, ...(side === Side.buy ? { bid: quote } : { ask: quote }) }]);
  return staged(ChunkKind.block, [bytes], { 0: withIndexes(20) }, "of a quote");
};

/** An instrument whose mark is too old to be traded by. */
const staleMark: Staging = (scene) => {
  const { draft, world, random } = scene;
  const { market } = world;
  const { instrument } = pick(random, forgottenInstruments(draft.state));
  const { mark, lot } = readMarket(draft.state, instrument)!;
  const { tick } = readInstrument(draft.state, instrument)!;
  const rank = Math.max(2, Number((mark * 10_000_000n) / (BigInt(lot) * BigInt(tick))));
  const trader = market.someone("rich");
  const terms = { instrument, side: random.below(2), rank, lots: between(random, 1, 9) };
  const bend = withMarkets([instrument], (_, store) => ({ reportTime: readGlobal(store).time }));
  if (scene.turn % 3 === 0) return trade([market.desk.order(trader, terms)], 0, bend, "of an order");
  if (scene.turn % 3 === 1) {
    const bytes = market.desk.blockTrade(trader, market.someone("rich", trader), [terms]);
    return staged(ChunkKind.block, [bytes], { 0: bend }, "of a block");
  }
  const bytes = market.desk.quotes(trader, [{ instrument, bid: { rank: rank - 1, lots: 3 } }]);
  return staged(ChunkKind.block, [bytes], { 0: bend }, "of a quote");
};

/** A fill, after which the margin of who takes is written down; all of its marks are as old as its clock. */
function judged(scene: Scene) {
  const { draft, world, random } = scene;
  const { market } = world;
  const { desk } = market;
  prelude(scene, ChunkKind.risk, [desk.tick(draft.time)]);
  const options = tradableInstruments(draft.state).filter(({ isPerpetual }) => !isPerpetual);
  const { instrument, fair } = pick(random, options);
  const taker = market.someone("rich");
  const maker = market.someone("rich", taker);
  const lots = between(random, 1, 9);
  const rank = Math.round(fair * 1.02);
  const transactions = [
    desk.order(maker, { instrument, side: Side.sell, rank: fair, lots }),
    desk.order(taker, { instrument, side: Side.buy, rank, lots, immediate: true }),
  ];
  const held = readPositions(draft.state, accountNumber(taker.number)).map((position) => position.instrument);
  return { taker, instrument, transactions, markets: [...new Set([instrument, ...held])] };
}

const byAge = (scene: Scene): Staged => {
  const { transactions, markets } = judged(scene);
  const bend = withMarkets(markets, ({ reportTime }, store) => ({
    reportTime: Math.max(reportTime, readGlobal(store).time) as typeof reportTime,
  }));
  return trade(transactions, 1, bend, "the age left out");
};

const betweenNodes = (scene: Scene): Staged => {
  const { transactions, markets } = judged(scene);
  return trade(
    transactions,
    1,
    withMarkets(markets, () => ({ gap: 0n })),
    "between the nodes left out",
  );
};

/** The index has moved since the marks, and all are taken for marks of now. */
const mixedAges = (scene: Scene): Staged => {
  const { draft } = scene;
  const { transactions, markets, instrument } = judged(scene);
  const { underlying } = readInstrument(draft.state, instrumentNumber(instrument))!;
  const { index, indexTime } = readUnderlying(draft.state, underlyingNumber(underlying))!;
  if (indexTime < draft.time) prelude(scene, ChunkKind.risk, movesOf(scene, underlying, draft.time, index * 1.01, []));
  const bend = withMarkets(markets, (market, store) => {
    const newest = readUnderlying(store, market.underlying)!;
    return { reportTime: newest.indexTime, index: newest.index };
  });
  return trade(transactions, 1, bend, "what old legs may lack left out");
};

const scan = (scene: Scene): Staged => {
  const { transactions, markets } = judged(scene);
  const bend = withMarkets(markets, ({ losses, delta }) => ({
    losses: losses.map((loss) => loss / 2n),
    delta: delta / 2n,
  }));
  return trade(transactions, 1, bend, "half of the losses");
};

const totals = (scene: Scene): Staged => {
  const { transactions } = judged(scene);
  const bend: Bend = {
    after: (store) => changeGlobal(store, { margin: readGlobal(store).margin + 1n }),
  };
  return trade(transactions, 1, bend, "another sum of all");
};

const ownTotal = (scene: Scene): Staged => {
  const { transactions, taker } = judged(scene);
  const bend = meanwhile((store) => {
    const { margin, notional } = readAccount(store, accountNumber(taker.number))!;
    return (later) => changeAccount(later, taker.number, { margin: margin + 1, notional });
  });
  return trade(transactions, 1, bend, "an account's own sum");
};

const marginParts: Staging = (scene) => inTurn(scene, [byAge, betweenNodes, mixedAges, totals, scan, ownTotal]);

/** An order that waits for a mark, and what it waits for. */
function waiting(scene: Scene) {
  const { draft, world, random } = scene;
  const { desk } = world.market;
  const { instrument, fair } = pick(
    random,
    tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual),
  );
  const { index } = readMarket(draft.state, instrument)!;
  const isAbove = random.below(2) === 0;
  const trader = world.market.someone("rich");
  const order = (far: number, changes: object = {}) =>
    desk.conditional(trader, {
      instrument,
      side: Side.buy,
      rank: Math.round(fair * 0.97),
      lots: between(random, 1, 9),
      era: readGlobal(draft.state).era,
      triggerPrice: Math.round(index * (isAbove ? 1 + far : 1 - far)),
      triggerDirection: isAbove ? TriggerDirection.atOrAbove : TriggerDirection.atOrBelow,
      deadline: desk.clock + between(random, 300, 2_000_000),
      ...changes,
    });
  const triggered = (store: OrderedStore, factor: number) => {
    const { index: present, lot } = readMarket(store, instrument)!;
    return { mark: indexValue(Math.round(present * factor), lot) };
  };
  return { trader, instrument, isAbove, order, triggered };
}

const conditionalOf = (bytes: Uint8Array) => decodeTransaction(bytes)!.transaction as Conditional;

const conditional: Staging = (scene) => {
  const { trader, instrument, isAbove, order, triggered } = waiting(scene);
  const { desk } = scene.world.market;
  const recover = signedBy(trader.signer.address);
  switch (scene.turn % 4) {
    case 0: {
      const bend = withMarkets([instrument], (_, store) => triggered(store, isAbove ? 1.1 : 0.9));
      return trade([order(0.05)], 0, bend, "fired early");
    }
    case 1: {
      const bytes = order(-0.05);
      const terms = conditionalOf(bytes);
      return trade(
        [desk.revoke(trader, terms.nonce, terms.deadline), bytes],
        0,
        { instead: [] },
        "revoked, and executed",
      );
    }
    case 2: {
      const bytes = order(-0.05, { era: readGlobal(scene.draft.state).era + 1 });
      const terms = { ...conditionalOf(bytes), era: readGlobal(scene.draft.state).era };
      return trade([bytes], 0, { instead: [encodeTransaction(terms)], recover }, "of another era");
    }
    default: {
      const bytes = order(-0.05);
      return trade([bytes], 0, { instead: [] }, "not fired though due");
    }
  }
};

export const marginLies = {
  "price band": band,
  "mark too old": staleMark,
  "parts of a margin": marginParts,
  "conditional order": conditional,
};
