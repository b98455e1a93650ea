import {
  type Cash,
  MAX_CASH,
  ORDER_END,
  Reason,
  type ReasonCode,
  WITHDRAW_LIMIT,
  type Withdraw,
} from "@recourse/protocol";
import { admit, useNonce } from "./admission.ts";
import { writeAccount } from "./book.ts";
import { withdrawalKey } from "./keys.ts";
import { meetsInitialMargin, readPortfolio } from "./margin.ts";
import { encodeWithdrawal } from "./records.ts";
import { type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";

/** Takes money out of an account, as far as its initial margin allows, and records who may claim it on L1. */
export function withdraw(step: Step, transaction: Withdraw): ReasonCode | NextChunk {
  const { account: number, amount, recipient } = transaction;
  if (amount === 0 || amount > MAX_CASH || recipient.every((byte) => byte === 0)) return Reason.MalformedWithdrawal;
  const { reason, account } = admit(step, transaction);
  if (reason !== Reason.Ok) return reason;
  if (amount > step.global.deposits - step.global.withdrawals) return Reason.VaultExhausted;
  const cash = (account!.cash - amount) as Cash;
  if (cash < -MAX_CASH) return Reason.ValueOutOfRange;
  const portfolio = readPortfolio(step, number, undefined, ORDER_END, WITHDRAW_LIMIT);
  if (portfolio === "limit") return Reason.ExceedsLimit;
  if (portfolio === "chunk") return nextChunk;
  if (!meetsInitialMargin(step, portfolio, cash)) return Reason.InsufficientMargin;

  const withdrawal = step.global.nextWithdrawal;
  const time = step.global.time;
  step.global.nextWithdrawal = withdrawal + 1;
  step.global.withdrawals = (step.global.withdrawals + amount) as Cash;
  account!.cash = cash;
  step.store.put(withdrawalKey(withdrawal), encodeWithdrawal({ recipient, amount, time }));
  useNonce(step, transaction);
  writeAccount(step, number, account!);
  step.events.push({ type: "withdrawn", number: withdrawal, account: number, recipient, amount, time });
  return Reason.Ok;
}
