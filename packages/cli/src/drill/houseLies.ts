import {
  decodeExpiry,
  encodeExpiry,
  encodePosition,
  expiryKey,
  instrumentKey,
  positionKey,
  readAccount,
  readInstrument,
  readMarket,
  readPositions,
} from "@recourse/engine";
import {
  accountNumber,
  price as asPrice,
  ChunkKind,
  decodeTransaction,
  encodeTransaction,
  type HouseOrder,
  instrumentNumber,
  priceRank,
  SETTLED_TIME,
  type Settlement,
  Side,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import {
  addCash,
  atTime,
  type Bend,
  changeAccount,
  changeMarket,
  meanwhile,
  signedBy,
  signedInTurnBy,
  withMarkets,
  withRiches,
} from "./bending.ts";
import { tradableInstruments } from "./books.ts";
import { between, pick } from "./chance.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import type { Wealth } from "./market.ts";
import { distress, expiredOptions, inTurn, prelude, settledOptions, settlementPrice, staged } from "./scenes.ts";
import { oracles } from "./world.ts";

/** Lies about what the house gives away, about settling, and about what goes with an expired instrument. */

/** What the house holds after a liquidation, and who wants some of it at any price. */
function inventory(scene: Scene, wealth: Wealth) {
  const { market } = scene.world;
  const { trader, perpetual, isLong } = distress(scene, "in part", wealth);
  prelude(scene, ChunkKind.house, [market.desk.liquidate(trader.number, 0)]);
  const { houseLots } = readMarket(scene.draft.state, instrumentNumber(perpetual))!;
  const side = isLong ? Side.buy : Side.sell;
  const fair = tradableInstruments(scene.draft.state).find(({ instrument }) => instrument === perpetual)!.fair;
  const rank = Math.round(fair * (isLong ? 1.05 : 0.95));
  const lots = between(scene.random, 1, Math.abs(houseLots));
  return {
    taker: market.someone("rich", trader),
    perpetual,
    houseLots,
    terms: { instrument: perpetual, side, rank, lots },
  };
}

function ofTheHouse(scene: Scene): Staged {
  const { market } = scene.world;
  const { taker, perpetual, houseLots, terms } = inventory(scene, scene.turn % 5 === 2 ? "middling" : "poor");
  const { desk } = market;
  const stage = (order: Uint8Array, bend: Bend, variant: string) =>
    staged(ChunkKind.house, [order], { 0: bend }, variant);
  const isLong = houseLots > 0;
  switch (scene.turn % 5) {
    case 0: {
      const rank = Math.round(terms.rank * (isLong ? 0.8 : 1.25));
      const order = desk.houseOrder(taker, { ...terms, rank });
      const other = { ...(decodeTransaction(order)!.transaction as HouseOrder), priceRank: priceRank(terms.rank) };
      const bend: Bend = { instead: [encodeTransaction(other)], recover: signedBy(taker.signer.address) };
      return stage(order, bend, "beyond the order's own price");
    }
    case 1: {
      const order = desk.houseOrder(taker, { ...terms, lots: Math.abs(houseLots) + 50 });
      const more = isLong ? 50 : -50;
      const bend = withMarkets([perpetual], (market) => ({ houseLots: market.houseLots + more }));
      return stage(order, { ...bend, after: (store) => give(store, perpetual, -more) }, "more than it holds");
    }
    case 2: {
      const poor = market.someone("poor");
      const order = desk.houseOrder(poor, { ...terms, lots: Math.abs(houseLots) });
      const bend = withRiches(poor.number);
      return stage(order, bend, "its margin passed over");
    }
    case 3: {
      const bend: Bend = { after: (store) => addCash(store, taker.number, 1) };
      return stage(desk.houseOrder(taker, terms), bend, "cheaper");
    }
    default: {
      const bend: Bend = { after: (store) => give(store, perpetual, isLong ? 1 : -1) };
      return stage(desk.houseOrder(taker, terms), bend, "what it has given away stays its own");
    }
  }
}

function give(store: Parameters<typeof changeMarket>[0], instrument: number, lots: number): void {
  const market = readMarket(store, instrumentNumber(instrument))!;
  changeMarket(store, instrument, { houseLots: market.houseLots + lots });
}

const settlementOf = (bytes: Uint8Array) => decodeTransaction(bytes)!.transaction as Settlement;

/** A settlement price is not the one that the oracles have signed, or not in its time, or not the first. */
function ofThePrice(scene: Scene): Staged {
  const { draft, world, random } = scene;
  const { desk } = world.market;
  const { underlying, expiry } = expiredOptions(scene, draft.state, true)[0]!;
  const settlement = desk.settlement(underlying, expiry, settlementPrice(scene, draft.state, underlying));
  const stage = (transactions: readonly Uint8Array[], place: number, bend: Bend, variant: string) =>
    staged(ChunkKind.risk, transactions, { [place]: bend }, variant);
  switch (scene.turn % 3) {
    case 0: {
      const terms = settlementOf(settlement);
      const other = encodeTransaction({ ...terms, price: asPrice(terms.price + 1_000_000) });
      const recover = signedInTurnBy(...oracles.map(({ address }) => address));
      return stage([settlement], 0, { instead: [other], recover }, "another settlement price");
    }
    case 1: {
      const later = pick(
        random,
        tradableInstruments(draft.state).filter(({ isPerpetual }) => !isPerpetual),
      ).instrument;
      const record = readInstrument(draft.state, later)!;
      const early = desk.settlement(record.underlying, record.expiry, settlementOf(settlement).price);
      return stage([early], 0, atTime(record.expiry), "before it has expired");
    }
    default: {
      const again = desk.settlement(underlying, expiry, settlementOf(settlement).price + 5_000_000);
      const key = expiryKey(underlyingNumber(underlying), seconds(expiry));
      const bend: Bend = {
        before: (store) => store.put(key, encodeExpiry({ ...decodeExpiry(store.peek(key)!), settlement: asPrice(0) })),
      };
      return stage([settlement, again], 1, bend, "changed by a second one");
    }
  }
}

/** A position is paid out at another price, twice, or not at all. */
function ofAPosition(scene: Scene): Staged {
  const { draft, world, random } = scene;
  const { desk } = world.market;
  const { instrument, holders } = pick(random, settledOptions(scene));
  const [holder, other] = [holders[0]!, holders[1]!];
  const account = accountNumber(holder);
  const number = instrumentNumber(instrument);
  const settles = [desk.settle(holder, instrument), desk.settle(other, instrument)];
  const { cash } = readAccount(draft.state, account)!;
  const { lots } = readPositions(draft.state, account).find((position) => position.instrument === instrument)!;
  const stage = (transactions: readonly Uint8Array[], place: number, bend: Bend, variant: string) =>
    staged(ChunkKind.house, transactions, { [place]: bend }, variant);
  switch (scene.turn % 5) {
    case 0:
      return stage(
        settles,
        0,
        withMarkets([instrument], ({ mark }) => ({ mark: mark + 1_000_000_000n })),
        "at another price",
      );
    case 1: {
      const bend: Bend = {
        before: (store) => {
          store.put(positionKey(account, number), encodePosition(lots, 0n));
          changeAccount(store, holder, { positions: readAccount(store, account)!.positions + 1 });
        },
      };
      return stage([...settles, settles[0]!], 2, bend, "a second time");
    }
    case 2:
      return stage(
        settles,
        0,
        { after: (store) => changeAccount(store, holder, { cash: (cash + 1) as typeof cash }) },
        "not paid as it was worth",
      );
    case 3: {
      const after: Bend = { after: (store) => store.put(positionKey(account, number), encodePosition(lots, 0n)) };
      return stage(settles, 0, after, "and kept");
    }
    default:
      return stage(settles, 0, { instead: [] }, "left out");
  }
}

/** Before an option's settlement price is known its positions are settled at the last mark. */
function unsettled(scene: Scene): Staged {
  const { desk } = scene.world.market;
  const { instrument, holders } = expiredOptions(scene, scene.draft.state, true).find(
    ({ holders }) => holders.length > 0,
  )!;
  const bend = withMarkets([instrument], () => ({ reportTime: seconds(SETTLED_TIME) }));
  return staged(ChunkKind.house, [desk.settle(holders[0]!, instrument)], { 0: bend }, "before there is a price");
}

/** An instrument is pruned that somebody holds or that has not expired, or it leaves something behind. */
function ofPruning(scene: Scene): Staged {
  const { draft, world } = scene;
  const { desk } = world.market;
  const options = settledOptions(scene);
  const { instrument, holders } = options[0]!;
  const closed = { openInterest: 0, houseLots: 0 };
  if (scene.turn % 3 === 0) {
    const bend: Bend = { before: (store) => changeMarket(store, instrument, closed) };
    return staged(ChunkKind.house, [desk.prune(instrument)], { 0: bend }, "while it is held");
  }
  if (scene.turn % 3 === 1) {
    const listed = tradableInstruments(draft.state).find(({ isPerpetual }) => !isPerpetual)!.instrument;
    const { expiry } = readInstrument(draft.state, listed)!;
    const early = atTime(expiry);
    const bend: Bend = {
      before: (store) => {
        early.before!(store);
        changeMarket(store, listed, { ...closed, reportTime: seconds(SETTLED_TIME) });
      },
      after: early.after!,
    };
    return staged(ChunkKind.house, [desk.prune(listed)], { 0: bend }, "before it has expired");
  }
  prelude(
    scene,
    ChunkKind.house,
    holders.map((holder) => desk.settle(holder, instrument)),
  );
  const bend = meanwhile((store) => {
    const key = instrumentKey(instrumentNumber(instrument));
    const terms = store.peek(key)!;
    return (later) => later.put(key, terms);
  });
  return staged(ChunkKind.house, [desk.prune(instrument)], { 0: bend }, "and its terms are left");
}

const house: Staging = ofTheHouse;
const settlement: Staging = (scene) => inTurn(scene, [ofThePrice, ofAPosition, unsettled]);
const pruning: Staging = ofPruning;

export const houseLies = { "order to the house": house, settlement, pruning };
