import {
  type AccountNumber,
  IMPACT_VALUE,
  type InstrumentNumber,
  MAX_POSITIONS,
  MEETING_EVENT,
  nanoUsdPerCash,
  PERPETUAL_MARK_LIMIT,
  PREMIUM_BOUND,
  PREMIUM_END,
  PREMIUM_ORDERS,
  priceQuantityPerCash,
  Side,
} from "@recourse/protocol";
import { indexValue } from "./arithmetic.ts";
import { keyAfter, nextOrder, type RestingOrder, readKnownAccount } from "./book.ts";
import { fundingDue } from "./fund.ts";
import { bookSideKey, positionKey } from "./keys.ts";
import { causeOfDeath } from "./matching.ts";
import { decodePosition, type InstrumentRecord, type MarketRecord } from "./records.ts";
import { type Full, fullness } from "./room.ts";
import type { Step } from "./step.ts";

/** A premium is at most this part of the index, in either direction: half a percent. */
const PREMIUM_SHARE = 200;

/** The greatest premium that counts, and the greatest by which a mark lies off its index, in 1e-8 USD. */
export function premiumLimit(index: number): number {
  return Math.floor(index / PREMIUM_SHARE);
}

/** What the orders of an account that the walk has met can stand for. */
interface Means {
  /** Lots, in the account's direction, that orders of the other side may yet close. */
  closable: number;
  /** What it is worth beyond its margin, in nano-USD. */
  readonly free: bigint;
  /** The value of its orders that count and do not close, in cash. */
  used: bigint;
}

interface Walk {
  readonly step: Step;
  readonly number: InstrumentNumber;
  readonly instrument: InstrumentRecord;
  readonly market: MarketRecord | undefined;
  readonly index: number;
  readonly means: Map<AccountNumber, Means>;
}

/**
 * How far a perpetual trades above its index, in 1e-8 USD, seen in its book: by how much the first IMPACT_VALUE of bids
 * lies above the index on average, less by how much the first IMPACT_VALUE of offers lies below it. Depth that is missing
 * counts as at the index, and no order counts as further off than {@link premiumLimit}, which bounds the premium too.
 *
 * Who places orders to move this has to stand by them. Orders count only if their account could have them filled, and
 * only so many are looked at: small ones ahead of the others bring the premium nearer to zero, never further away.
 * @param market as it was before this mark; undefined before the first
 * @returns "chunk" where the chunk has no room for the next order
 */
export function observePremium(
  step: Step,
  number: InstrumentNumber,
  instrument: InstrumentRecord,
  market: MarketRecord | undefined,
  index: number,
): bigint | Extract<Full, "chunk"> {
  const walk: Walk = { step, number, instrument, market, index, means: new Map() };
  const bids = sidePremium(walk, Side.buy);
  if (bids === "chunk") return bids;
  const offers = sidePremium(walk, Side.sell);
  if (offers === "chunk") return offers;
  return bids - offers;
}

/** By how much a side's first IMPACT_VALUE lies on the far side of the index, on average: at least 0. */
function sidePremium(walk: Walk, side: Side): bigint | Extract<Full, "chunk"> {
  const { step, number, instrument, index } = walk;
  const limit = premiumLimit(index);
  const tickValue = Number((BigInt(instrument.tick) * BigInt(instrument.lot)) / priceQuantityPerCash);
  let from = bookSideKey(number, side);
  let depth = 0;
  let sum = 0n;
  for (let orders = 0; orders < PREMIUM_ORDERS && depth < IMPACT_VALUE; orders++) {
    const full = fullness(step.store, PREMIUM_BOUND + PREMIUM_END, PERPETUAL_MARK_LIMIT);
    if (full === "chunk") return full;
    if (full === "limit") break;
    const resting = nextOrder(step, from);
    if (resting === undefined) break;
    // INVARIANT: an order's price is below MAX_PRICE, and its value at most MAX_ORDER_VALUE.
    const price = resting.rank * instrument.tick;
    const distance = side === Side.buy ? price - index : index - price;
    if (distance <= 0) break;
    step.store.charge(MEETING_EVENT);
    from = keyAfter(resting.key);
    if (causeOfDeath(step, resting) !== undefined || resting.isReduceOnly) continue;
    const value = resting.rank * tickValue * resting.lots;
    if (!counts(walk, side, resting, value)) continue;
    const share = Math.min(value, IMPACT_VALUE - depth);
    depth += share;
    sum += BigInt(share) * BigInt(Math.min(distance, limit));
  }
  return sum / BigInt(IMPACT_VALUE);
}

/** Whether an order's account could have it filled: it closes a position, or leaves 16 % of its value as margin. */
function counts(walk: Walk, side: Side, resting: RestingOrder, value: number): boolean {
  const means = walk.means.get(resting.account) ?? readMeans(walk, resting.account);
  walk.means.set(resting.account, means);
  const closable = side === Side.sell ? means.closable : -means.closable;
  if (resting.lots <= closable) {
    means.closable += side === Side.sell ? -resting.lots : resting.lots;
    return true;
  }
  const used = means.used + BigInt(value);
  if (means.free * 25n < 4n * nanoUsdPerCash * used) return false;
  means.used = used;
  return true;
}

/**
 * What an account is worth beyond its margin, without a look at all its positions: its cash says little, as every fill
 * moves that by the whole value. The position in this instrument is valued at its mark; others, if there are any, are
 * taken for debts as large as their notional value.
 */
function readMeans({ step, number, instrument, market }: Walk, account: AccountNumber): Means {
  const { cash, margin, notional, positions } = readKnownAccount(step, account);
  const value = step.store.get(positionKey(account, number));
  let worth = BigInt(cash) * nanoUsdPerCash;
  let others = BigInt(notional);
  let lots = 0;
  // INVARIANT: a position is only ever opened in a marked instrument.
  if (value !== undefined && market !== undefined) {
    const position = decodePosition(value);
    lots = position.lots;
    worth += BigInt(lots) * market.mark - fundingDue(lots, market.fundingIndex, position.fundingIndex);
    others -= (BigInt(Math.abs(lots)) * indexValue(market.index, instrument.lot)) / nanoUsdPerCash;
  }
  if (positions > (lots === 0 ? 0 : 1) && others > 0n) worth -= others * nanoUsdPerCash;
  // Whoever has all the positions that there may be, and none here, is never filled here: that would cost nothing.
  if (lots === 0 && positions >= MAX_POSITIONS) worth = 0n;
  return { closable: lots, free: worth - BigInt(margin) * nanoUsdPerCash, used: 0n };
}
