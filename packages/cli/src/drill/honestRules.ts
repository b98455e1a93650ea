import { readAccount, readGlobal, readMarket, readUnderlying } from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  instrumentNumber,
  Side,
  TriggerDirection,
  underlyingNumber,
} from "@recourse/protocol";
import { forgottenInstruments, placedOrders, tradableInstruments } from "./books.ts";
import { between, chance, pick, shuffled } from "./chance.ts";
import type { Scene } from "./kinds.ts";
import { type Distress, distress, expiredOptions, movesOf, prelude, settlementPrice } from "./scenes.ts";

/** What all rules but those of plain orders may be asked for, rightly and wrongly. */

/** Blocks and quotes as they come: some of them are refused, or carried out in part. */
export function blocksAndQuotes({ world: { market }, random, draft }: Scene, count: number): Uint8Array[] {
  const { desk } = market;
  const instruments = tradableInstruments(draft.state);
  const some = (most: number) =>
    shuffled(random, instruments)
      .slice(0, between(random, 1, most))
      .sort((left, right) => left.instrument - right.instrument);
  const near = (fair: number) => Math.max(3, Math.round(fair * (0.99 + 0.02 * random.uniform())));
  return Array.from({ length: count }, () => {
    const trader = market.someone(chance(random, 0.8) ? "rich" : "poor");
    if (chance(random, 0.5)) {
      const quotes = some(6).map(({ instrument, fair }) => {
        const [bid, ask] = [near(fair), near(fair)].sort((left, right) => left - right) as [number, number];
        const lots = between(random, 1, 20);
        const both = { instrument, bid: { rank: bid - 1, lots }, ask: { rank: ask + 1, lots } };
        return pick(random, [both, both, { instrument, bid: both.bid }, { instrument, ask: both.ask }, { instrument }]);
      });
      return desk.quotes(trader, quotes, pick(random, [0, 5, 60]));
    }
    const maker = market.someone(chance(random, 0.8) ? "rich" : "middling", trader);
    const strange = random.below(10);
    const legs = some(4).map(({ instrument, fair }) => ({
      instrument,
      side: random.below(2),
      rank: strange === 0 ? fair * 3 : near(fair),
      lots: between(random, 1, 40),
    }));
    return desk.blockTrade(trader, strange === 1 ? { ...maker, signer: trader.signer } : maker, legs);
  });
}

/** Orders that wait for a mark that is reached or not, and revocations. */
export function conditionalOrders({ world: { market }, random, draft }: Scene): Uint8Array[] {
  const { desk } = market;
  const { era } = readGlobal(draft.state);
  return Array.from({ length: between(random, 2, 5) }, () => {
    const trader = market.someone("rich");
    const { instrument, fair } = pick(
      random,
      tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual),
    );
    const side = random.below(2);
    const deadline = desk.clock + between(random, 200, 2_500_000);
    const nonce = desk.nextNumber % 2 ** 16;
    const order = desk.conditional(trader, {
      instrument,
      side,
      rank: Math.round(fair * (side === Side.buy ? 1.02 : 0.98)),
      lots: between(random, 1, 20),
      immediate: chance(random, 0.5),
      era: chance(random, 0.8) ? era : era + 1,
      triggerPrice: Math.round(readMarket(draft.state, instrument)!.index * pick(random, [0.9, 1, 1.1])),
      triggerDirection: pick(random, [TriggerDirection.atOrAbove, TriggerDirection.atOrBelow]),
      deadline,
      nonce,
    });
    const revocation = desk.revoke(trader, nonce, deadline);
    return pick(random, [[order], [order, order], [revocation, order], [order, revocation]]);
  }).flat();
}

/** What anybody may ask of the house, most of it in vain. */
export function houseBustle(scene: Scene, count: number): Uint8Array[] {
  const { world, random, draft } = scene;
  const { market } = world;
  const { desk } = market;
  const expired = expiredOptions(scene, draft.state, false);
  const instruments = tradableInstruments(draft.state);
  return Array.from({ length: count }, () => {
    const trader = pick(random, market.traders);
    const { instrument, fair } = pick(random, instruments);
    const choice = random.below(6);
    if (choice === 0) return desk.provider(market.someone("rich"), random.below(3));
    if (choice === 1) return desk.liquidate(trader.number, market.someone("rich").number);
    if (choice === 2) {
      const terms = { instrument, side: random.below(2), rank: fair, lots: between(random, 1, 50) };
      return desk.houseOrder(trader, terms);
    }
    if (choice === 3 && expired.length > 0) {
      const { instrument: old, holders } = pick(random, expired);
      return chance(random, 0.3) ? desk.prune(old) : desk.settle(holders[0] ?? trader.number, old);
    }
    return choice === 4 ? desk.prune(instrument) : desk.liquidate(trader.number, 0);
  });
}

/** Somebody is liquidated, by the house or by a provider; what the house has got is bought from it. */
export function liquidations(scene: Scene): void {
  const { world, random, draft } = scene;
  const { market } = world;
  const { desk } = market;
  const degree: Distress = pick(random, ["in part", "in full", "beyond the fund"]);
  const { trader, perpetual, isLong } = distress(scene, degree);
  const provider = market.someone("rich", trader);
  const liquidate = (to: number) => desk.liquidate(trader.number, to);
  const tries = [
    liquidate(provider.number),
    desk.provider(provider),
    liquidate(provider.number),
    liquidate(0),
    liquidate(0),
  ];
  prelude(scene, ChunkKind.house, [...(chance(random, 0.5) ? tries : [liquidate(0)]), ...houseBustle(scene, 3)]);
  const { index, lot } = readMarket(draft.state, instrumentNumber(perpetual))!;
  const fair = Math.round((index * lot) / 1e12);
  const orders = [Side.buy, Side.sell].map((side) =>
    desk.houseOrder(market.someone("rich", trader), {
      instrument: perpetual,
      side,
      rank: Math.round(fair * (isLong ? 1.05 : 0.95)),
      lots: between(random, 1, 100),
    }),
  );
  prelude(scene, ChunkKind.house, orders);
}

/** Oracles settle what has expired; it is marked so, paid out and removed, bit by bit, until there is nothing left. */
export function expiries(scene: Scene): void {
  const { world, random, draft } = scene;
  const { desk } = world.market;
  const options = expiredOptions(scene, draft.state, false);
  const gone = { instrument: 2, underlying: 1, expiry: world.market.firstExpiry, holders: [] };
  const some = Array.from({ length: 2 }, () => (options.length === 0 ? gone : pick(random, options)));
  const settlements = some.map(({ underlying, expiry }) =>
    desk.settlement(underlying, expiry, settlementPrice(scene, draft.state, underlying)),
  );
  prelude(scene, ChunkKind.risk, [...settlements, ...some.map(({ instrument }) => desk.mark(instrument))]);
  const settles = some.flatMap(({ instrument, holders }) =>
    holders.slice(0, between(random, 1, 6)).map((holder) => desk.settle(holder, instrument)),
  );
  const prunes = some.map(({ instrument }) => desk.prune(instrument));
  prelude(scene, ChunkKind.house, [...settles, ...prunes]);
}

/** Perpetuals are marked by two reports, and once more by the second; who has a position trades. */
export function premiums(scene: Scene): void {
  const { world, random, draft } = scene;
  const { market } = world;
  const { desk } = market;
  const perpetuals = tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual);
  const half = draft.clock + Math.floor((draft.time - draft.clock) / 2);
  const bids = chance(random, 0.5) ? market.eagerBids(draft.state) : [];
  prelude(scene, ChunkKind.trade, [...bids, ...market.bustle(draft.state, 4)]);
  for (const time of [half, draft.time]) {
    const news = perpetuals.flatMap(({ instrument }, place) => {
      const { index } = readUnderlying(draft.state, underlyingNumber(place + 1))!;
      const moved = movesOf(scene, place + 1, time, index * (0.995 + 0.01 * random.uniform()), [{ instrument }]);
      return [...moved, desk.mark(instrument)];
    });
    prelude(scene, ChunkKind.risk, news);
  }
  prelude(scene, ChunkKind.trade, market.bustle(draft.state, 8));
}

/** Orders at prices that are none, on marks that are too old, and of the names of quotes. */
export function outOfBounds({ world: { market }, random, draft }: Scene): Uint8Array[] {
  const { desk } = market;
  const trader = market.someone("rich");
  const { instrument, fair } = pick(random, tradableInstruments(draft.state));
  const forgotten = pick(random, forgottenInstruments(draft.state)).instrument;
  const { cash } = readAccount(draft.state, accountNumber(trader.number))!;
  const order = (changes: object) =>
    desk.order(trader, { instrument, side: random.below(2), rank: fair, lots: 1, ...changes });
  return [
    order({ rank: fair * 5, side: Side.buy }),
    order({ rank: 1, side: Side.sell }),
    order({ instrument: forgotten, rank: 100 }),
    order({ lots: Math.floor(cash / fair) }),
    ...placedOrders(draft.state)
      .slice(0, 3)
      .map(({ clientOrderId }) => desk.cancel(trader, clientOrderId)),
  ];
}
