import {
  type Cash,
  MAX_CASH,
  nanoUsdPerCash,
  ORDER_END,
  Reason,
  type ReasonCode,
  WITHDRAW_LIMIT,
  type Withdraw,
} from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { writeAccount } from "./book.ts";
import { adjustTotals } from "./fund.ts";
import { withdrawalKey } from "./keys.ts";
import { evaluate, isStale, readPortfolio } from "./margin.ts";
import { encodeWithdrawal } from "./records.ts";
import { type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { readMaxMarkAge } from "./tradable.ts";

/**
 * Takes money out of an account, as far as its initial margin allows, and records who may claim it on L1. Where there is
 * a deficit, whoever leaves bears a share of it.
 */
export function withdraw(step: Step, transaction: Withdraw): ReasonCode | NextChunk {
  const { account: number, amount, recipient } = transaction;
  const { global } = step;
  if (amount === 0 || amount > MAX_CASH || recipient.every((byte) => byte === 0)) return Reason.MalformedWithdrawal;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  const paid = payOf(amount, global.deposits - global.withdrawals, global.deficit);
  if (paid === 0) return Reason.VaultExhausted;
  const cash = (account!.cash - amount) as Cash;
  if (cash < -MAX_CASH) return Reason.ValueOutOfRange;
  const maxMarkAgeSeconds = readMaxMarkAge(step);
  const portfolio = readPortfolio(step, number, [], ORDER_END, WITHDRAW_LIMIT);
  if (portfolio === "limit") return Reason.ExceedsLimit;
  if (portfolio === "chunk") return nextChunk;
  if (isStale(portfolio, global.time, maxMarkAgeSeconds)) return Reason.MarkTooOld;
  const { initialMargin, notional } = evaluate(step, portfolio, cash);
  // What a mark has over its index may be the account's own doing, so it may not be taken out.
  if (BigInt(cash) * nanoUsdPerCash + portfolio.lowerValue < initialMargin) return Reason.InsufficientMargin;

  const { time, nextWithdrawal: withdrawal } = global;
  const retired = (amount - paid) as Cash;
  global.nextWithdrawal++;
  global.withdrawals = (global.withdrawals + paid) as Cash;
  global.deficit = (global.deficit - retired) as Cash;
  account!.cash = cash;
  adjustTotals(global, account!, initialMargin, notional);
  step.store.put(withdrawalKey(withdrawal), encodeWithdrawal({ recipient, amount: paid, time }));
  useNonce(step, transaction);
  writeAccount(step, number, account!);
  step.events.push({ type: "withdrawn", number: withdrawal, account: number, recipient, amount: paid, retired, time });
  return Reason.Ok;
}

/**
 * What a withdrawal pays: all of it, or with a deficit the share that the vault's assets are of all claims to them,
 * amount × assets / (assets + deficit), rounded down. The rest of the amount makes good as much of the deficit, and
 * never more than there is.
 * @returns 0 where the vault can pay nothing, or the amount is more than all claims
 */
function payOf(amount: Cash, assets: number, deficit: Cash): Cash {
  // Both are below 2^53, and so may their sum be not.
  const claims = BigInt(assets) + BigInt(deficit);
  if (BigInt(amount) > claims) return 0 as Cash;
  return Number((BigInt(amount) * BigInt(assets)) / claims) as Cash;
}
