import {
  POST_ONLY_OPTION,
  REDUCE_ONLY_OPTION,
  SELF_TRADE_PREVENTION_SHIFT,
  SelfTradePrevention,
  SessionScope,
  TimeInForce,
  TriggerDirection,
} from "./transactions.ts";

/** The words of the API and the command line for what an order's bits say. */

export const timeInForceByWord = {
  good_til_cancelled: TimeInForce.goodTilCancelled,
  immediate_or_cancel: TimeInForce.immediateOrCancel,
  fill_or_kill: TimeInForce.fillOrKill,
} as const;
export type TimeInForceWord = keyof typeof timeInForceByWord;
export const timeInForceWords = Object.keys(timeInForceByWord) as TimeInForceWord[];

export const selfTradePreventionByWord = {
  cancel_resting: SelfTradePrevention.cancelResting,
  cancel_incoming: SelfTradePrevention.cancelIncoming,
  cancel_both: SelfTradePrevention.cancelBoth,
} as const;
export type SelfTradePreventionWord = keyof typeof selfTradePreventionByWord;
export const selfTradePreventionWords = Object.keys(selfTradePreventionByWord) as SelfTradePreventionWord[];

export const triggerDirectionByWord = {
  at_or_above: TriggerDirection.atOrAbove,
  at_or_below: TriggerDirection.atOrBelow,
} as const;
export type TriggerDirectionWord = keyof typeof triggerDirectionByWord;
export const triggerDirectionWords = Object.keys(triggerDirectionByWord) as TriggerDirectionWord[];

export type SessionScopeWord = keyof typeof SessionScope;
export const sessionScopeWords = Object.keys(SessionScope) as SessionScopeWord[];

/** How an order behaves; what is left out is not asked for. */
export interface OrderBehaviour {
  /** It is refused where it would trade at once. */
  readonly postOnly?: boolean;
  /** It only ever makes the account's position smaller. */
  readonly reduceOnly?: boolean;
  /** What becomes of two orders of the account that meet. */
  readonly selfTradePrevention?: SelfTradePreventionWord;
}

/** An order's `options`. */
export function orderOptions({ postOnly, reduceOnly, selfTradePrevention }: OrderBehaviour): number {
  const prevention = selfTradePreventionByWord[selfTradePrevention ?? "cancel_resting"];
  return (
    (postOnly ? POST_ONLY_OPTION : 0) |
    (reduceOnly ? REDUCE_ONLY_OPTION : 0) |
    (prevention << SELF_TRADE_PREVENTION_SHIFT)
  );
}

/** The bits of what a session key may sign. */
export function sessionScope(words: readonly SessionScopeWord[]): number {
  return words.reduce((scope, word) => scope | SessionScope[word], 0);
}

/** What a session key may sign, from its bits. */
export function sessionScopeWordsOf(scope: number): SessionScopeWord[] {
  return sessionScopeWords.filter((word) => (scope & SessionScope[word]) !== 0);
}
