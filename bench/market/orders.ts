import { Side, TimeInForce } from "@recourse/protocol";
import { Random } from "../../test/support/random.ts";
import { separator, signedOrder } from "../../test/support/world.ts";
import { type Market, type MarketAccount, marketTime } from "./market.ts";

/** How far from the mark makers place their orders, and how far past it takers go, in ticks. */
const REACH = 10;
const MOST_LOTS = 40;
const DEADLINE_SECONDS = 300;

/** An order that is ready to be executed, and what a plain order book needs of it. */
export interface MarketOrder {
  readonly bytes: Uint8Array;
  readonly account: MarketAccount;
  readonly instrument: number;
  readonly isBuy: boolean;
  readonly priceRank: number;
  readonly lots: number;
  readonly isImmediate: boolean;
}

/**
 * Signed orders of a market's accounts in instruments that they hold: half of them rest near the mark, half take what
 * rests there, of like sizes, so that the books stay as deep as they are.
 */
export function makeOrders(market: Market, count: number, seed: number, domain = separator): MarketOrder[] {
  const random = new Random(seed);
  const nonces = new Map<number, number>();
  return Array.from({ length: count }, () => {
    const account = random.pick(market.accounts);
    const { number, fairRank } = market.instrument(random.pick(account.held));
    const isBuy = random.chance(0.5);
    const isImmediate = random.chance(0.5);
    const away = isImmediate ? REACH : -1 - random.below(REACH);
    const nonce = nonces.get(account.number) ?? 0;
    nonces.set(account.number, nonce + 1);
    const priceRank = isBuy ? fairRank + away : fairRank - away;
    const lots = 1 + random.below(MOST_LOTS);
    const bytes = signedOrder({
      account: account.number,
      key: account.key,
      instrument: number,
      side: isBuy ? Side.buy : Side.sell,
      timeInForce: isImmediate ? TimeInForce.immediateOrCancel : TimeInForce.goodTilCancelled,
      rank: priceRank,
      lots,
      deadline: marketTime + DEADLINE_SECONDS,
      nonce,
      clientOrderId: nonce,
      domain,
    });
    return { bytes, account, instrument: number, isBuy, priceRank, lots, isImmediate };
  });
}
