import { type ListedInstrument, readBook, readPositions, readRestingOrders } from "@recourse/engine";
import {
  accountNumber,
  POST_ONLY_OPTION,
  REDUCE_ONLY_OPTION,
  SELF_TRADE_PREVENTION_SHIFT,
  TimeInForce,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { Random } from "../support/random.ts";
import { fairRank } from "./extremes.ts";

/** What a generated order says beside who sends it and by which number. */
export interface GeneratedTerms {
  readonly instrument: number;
  readonly side: number;
  readonly rank: number;
  readonly lots: number;
  readonly timeInForce: number;
  readonly options: number;
  readonly restMinutes: number;
}

const LAST_RANK = 2 ** 40 - 1;
const { goodTilCancelled, immediateOrCancel, fillOrKill } = TimeInForce;

/**
 * Terms of an order as an account could send it in a state: mostly near the instrument's mark, so that books fill and
 * orders meet, with every time in force and option, in situations in which those matter.
 */
export function generateTerms(
  random: Random,
  store: OrderedStore,
  account: number,
  instruments: readonly ListedInstrument[],
  now: number,
): GeneratedTerms {
  // A few instruments draw most orders.
  const alive = instruments.filter(({ record }) => record.expiry === 0 || record.expiry > now);
  const positions = readPositions(store, accountNumber(account)).filter((position) =>
    instruments.some(({ instrument }) => instrument === position.instrument),
  );
  const isReduceOnly = random.chance(positions.length > 0 ? 0.35 : 0.05);
  const held = isReduceOnly && positions.length > 0 && random.chance(0.85) ? random.pick(positions) : undefined;
  const chosen =
    instruments.find(({ instrument }) => instrument === held?.instrument) ??
    random.pick(random.chance(0.12) ? instruments : random.chance(0.8) ? alive.slice(0, 3) : alive);
  let side = held === undefined ? random.below(2) : held.lots > 0 ? 1 : 0;

  const fair = fairRank(store, chosen);
  const spread = Math.max(4, Math.floor(fair / 2_000));
  let rank = fair - spread + random.below(2 * spread + 1);
  if (random.chance(0.35)) rank = side === 0 ? fair + spread : fair - spread;
  // One that rests until its position may have changed.
  if (held !== undefined && random.chance(0.6)) rank = side === 0 ? fair - spread : fair + spread;
  const own = readRestingOrders(store, accountNumber(account)).filter(
    ({ instrument }) => instrument === chosen.instrument,
  );
  // One that meets an order of the same account, or closes a position before the order does that was to reduce it.
  if (own.length > 0 && random.chance(0.1)) {
    const { side: ownSide, priceRank } = random.pick(own);
    side = 1 - ownSide;
    rank = priceRank;
  } else if (own.some((order) => order.isReduceOnly) && random.chance(0.5)) {
    side = own.find((order) => order.isReduceOnly)!.side;
    rank = side === 0 ? fair + spread : fair - spread;
  }

  let timeInForce: number = random.pick<number>([
    goodTilCancelled,
    goodTilCancelled,
    goodTilCancelled,
    immediateOrCancel,
    fillOrKill,
  ]);
  const isPostOnly = random.chance(0.12);
  if (isPostOnly && random.chance(0.95)) timeInForce = goodTilCancelled;
  const prevention = random.pick([0, 0, 1, 2]);
  const options =
    (isPostOnly ? POST_ONLY_OPTION : 0) |
    (isReduceOnly ? REDUCE_ONLY_OPTION : 0) |
    (prevention << SELF_TRADE_PREVENTION_SHIFT);

  let lots = 1 + random.below(60);
  // As much as the best price of the other side holds, or a lot more: what fill-or-kill turns on.
  const isExact = timeInForce === fillOrKill && random.chance(0.4);
  const [best] = isExact ? readBook(store, chosen.instrument, side === 0 ? 1 : 0, 1) : [];
  if (best !== undefined) {
    rank = best.priceRank;
    lots = Math.min(2 ** 32 - 1, best.lots + random.below(2));
  }
  return {
    instrument: random.chance(0.01) ? random.pick([0, 2 ** 24 - 1, instruments.length + 1]) : chosen.instrument,
    side,
    rank: random.chance(0.03)
      ? random.pick([0, 1, LAST_RANK, 2 ** 39, fair * 3])
      : Math.min(LAST_RANK, Math.max(0, rank)),
    lots: random.chance(0.06) ? random.pick([0, 1, 2_900, 100_000, 2 ** 32 - 1]) : lots,
    timeInForce: random.chance(0.01) ? 3 : timeInForce,
    options: random.chance(0.01) ? random.below(32) : options,
    restMinutes: random.pick([0, 0, 0, 1, 1, 65_535]),
  };
}
