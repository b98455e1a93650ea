import { executeChunk, readAccount, readGlobal, readInstrument, readPositions, readUnderlying } from "@recourse/engine";
import { accountNumber, ChunkKind, instrumentNumber, Reason, Side, underlyingNumber } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { type Bend, bent } from "./bending.ts";
import { expiredInstruments, tradableInstruments } from "./books.ts";
import { pick } from "./chance.ts";
import { chunkOf, type Draft } from "./draft.ts";
import type { Scene, Staged } from "./kinds.ts";
import { type Participant, PERPETUAL_TICK_VALUE, type Wealth } from "./market.ts";

/** A lie about some of the transactions of a chunk, by their places. */
export function staged(
  kind: ChunkKind,
  transactions: readonly Uint8Array[],
  bends: Readonly<Record<number, Bend>>,
  variant: string,
): Staged {
  const byPlace = new Map(Object.entries(bends).map(([place, bend]) => [Number(place), bend]));
  return { chunk: chunkOf(kind, transactions), lie: bent(byPlace), variant };
}

/** The variants of a kind of lie, taken in turn. */
export const inTurn = (scene: Scene, variants: readonly ((scene: Scene) => Staged)[]): Staged =>
  variants[scene.turn % variants.length]!({ ...scene, turn: Math.floor(scene.turn / variants.length) });

/** Adds chunks before the one that matters; whoever signs then knows their clock. */
export function prelude({ draft, world }: Scene, kind: ChunkKind, transactions: readonly Uint8Array[]): void {
  draft.addTransactions(kind, transactions);
  world.market.desk.clock = draft.clock;
}

/** What a house chunk of one transaction would come to. */
function attempt(store: OrderedStore, { context }: Draft, transaction: Uint8Array) {
  const [outcome] = executeChunk(store, context, ChunkKind.house, transaction).outcomes;
  return outcome!;
}

/** How badly an account is off: a part of it is to be taken over, all of it, or the fund has not enough for its loss. */
export type Distress = "in part" | "in full" | "beyond the fund";

/** An account that may be liquidated. */
export interface Victim {
  readonly trader: Participant;
  readonly underlying: number;
  readonly perpetual: number;
  /** Whether it has bought the perpetual. */
  readonly isLong: boolean;
}

const LEVERAGE = 4;
const MOVES = [0.14, 0.16, 0.18, 0.2, 0.21, 0.22, 0.23, 0.25, 0.28, 0.32, 0.4, 0.5];
const ATTEMPTS = 60;

/**
 * Lets somebody buy or sell a perpetual with leverage, and the index move against it until it may be liquidated by the
 * marks that are then made, all in chunks of their own. A third of the time that the batch has is left.
 */
export function distress(
  scene: Scene,
  degree: Distress,
  wealth: Wealth = degree === "beyond the fund" ? "middling" : "poor",
): Victim {
  const { world, draft, random } = scene;
  const { market } = world;
  const { desk } = market;
  const time = draft.clock + Math.floor(((draft.time - draft.clock) * 2) / 3);
  for (let place = 0; place < ATTEMPTS; place++) {
    const state = draft.state.clone();
    const perpetuals = tradableInstruments(state).filter(({ isPerpetual }) => isPerpetual);
    const { instrument: perpetual, fair } = pick(random, perpetuals);
    const trader = market.someone(wealth);
    const { cash } = readAccount(state, accountNumber(trader.number))!;
    const lots = Math.floor((LEVERAGE * cash) / (fair * PERPETUAL_TICK_VALUE));
    if (lots < 1) continue;
    const side = random.below(2);
    const isLong = side === Side.buy;
    const rank = Math.round(fair * (isLong ? 1.01 : 0.99));
    const trades = [
      desk.order(market.someone("rich"), { instrument: perpetual, side: 1 - side, rank: fair, lots }),
      desk.order(trader, { instrument: perpetual, side, rank, lots, immediate: true }),
    ];
    executeChunk(state, draft.context, ChunkKind.trade, chunkOf(ChunkKind.trade, trades).bytes);
    const { underlying } = readInstrument(state, perpetual)!;
    const { index } = readUnderlying(state, underlyingNumber(underlying))!;
    const positions = readPositions(state, accountNumber(trader.number));
    const move = MOVES.find((size) => {
      const moved = state.clone();
      const moves = movesOf(scene, underlying, time, index * (isLong ? 1 - size : 1 + size), positions);
      executeChunk(moved, draft.context, ChunkKind.risk, chunkOf(ChunkKind.risk, moves).bytes);
      return isDistressed(moved, draft, desk.liquidate(trader.number, 0), degree);
    });
    if (move === undefined) continue;
    prelude(scene, ChunkKind.trade, trades);
    prelude(scene, ChunkKind.risk, movesOf(scene, underlying, time, index * (isLong ? 1 - move : 1 + move), positions));
    return { trader, underlying, perpetual, isLong };
  }
  throw new Error(`No account could be brought to be liquidated ${degree} in ${ATTEMPTS} attempts.`);
}

/** A report of an index, and marks of what somebody holds. */
export function movesOf(
  { world: { market } }: Scene,
  underlying: number,
  time: number,
  index: number,
  held: readonly { readonly instrument: number }[],
): Uint8Array[] {
  const { desk } = market;
  const rounded = Math.round(index / 1e6) * 1e6;
  const marks = held.map(({ instrument }) => desk.mark(instrument));
  return [desk.tick(time), market.report(underlying, time, rounded), ...marks];
}

function isDistressed(store: OrderedStore, draft: Draft, liquidation: Uint8Array, degree: Distress): boolean {
  const { reason, events } = attempt(store, draft, liquidation);
  const event = events.find(({ type }) => type === "liquidated");
  if (reason !== Reason.Ok || event?.type !== "liquidated") return false;
  // A provider may only be named where it would be paid: that is asked of those of which a part is taken over.
  if (degree === "in part") return event.percent < 100;
  return event.loss > 0 && (degree === "in full" || readGlobal(store).deficit > 0);
}

/** Has an account liquidated that has lost more than the fund has, so that there is a deficit. */
export function deficit(scene: Scene): void {
  const { trader } = distress(scene, "beyond the fund");
  prelude(scene, ChunkKind.house, [scene.world.market.desk.liquidate(trader.number, 0)]);
}

/** What is known of an expired option that somebody holds. */
export interface Expired {
  readonly instrument: number;
  readonly underlying: number;
  readonly expiry: number;
  readonly holders: readonly number[];
}

/** Lies are told about expired options on this underlying, so that honest batches leave it alone. */
export const UNDERLYING_OF_LIES = 3;

/** The expired options on some underlyings with those who hold them. */
export function expiredOptions({ world }: Scene, state: OrderedStore, isForLies: boolean): Expired[] {
  const accounts = world.market.patient.map(({ number }) => accountNumber(number));
  const positions = accounts.flatMap((account) =>
    readPositions(state, account).map(({ instrument }) => ({ account, instrument })),
  );
  return expiredInstruments(state)
    .filter(({ record }) => (record.underlying === UNDERLYING_OF_LIES) === isForLies)
    .map(({ instrument, record: { underlying, expiry } }) => ({
      instrument,
      underlying,
      expiry,
      holders: positions.filter((position) => position.instrument === instrument).map(({ account }) => account),
    }));
}

/** An index such that the options on it are worth something, or not, when they are settled by it. */
export function settlementPrice({ random }: Scene, state: OrderedStore, underlying: number): number {
  const { index } = readUnderlying(state, underlyingNumber(underlying))!;
  return Math.round((index * (0.9 + 0.2 * random.uniform())) / 1e6) * 1e6;
}

/** Has the oracles settle an expiry, and everything that somebody holds of it marked so. */
export function settledOptions(scene: Scene): Expired[] {
  const { desk } = scene.world.market;
  const options = expiredOptions(scene, scene.draft.state, true).filter(({ holders }) => holders.length > 1);
  const { underlying, expiry } = options[0]!;
  const price = settlementPrice(scene, scene.draft.state, underlying);
  prelude(scene, ChunkKind.risk, [
    desk.settlement(underlying, expiry, price),
    ...options.map(({ instrument }) => desk.mark(instrumentNumber(instrument))),
  ]);
  return options;
}
