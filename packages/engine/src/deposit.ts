import { type Cash, type Deposit, MAX_DEPOSITS, Reason, type ReasonCode } from "@recourse/protocol";
import { writeAccount } from "./book.ts";
import { accountKey } from "./keys.ts";
import { decodeAccount, newAccount } from "./records.ts";
import type { Step } from "./step.ts";

/**
 * Credits money that was paid in on L1; the account exists from its first deposit on.
 *
 * No deposit that the inbox took fails: the inbox gives each account number to one owner and never lets all deposits
 * together pass MAX_DEPOSITS. INVARIANT: no other operation leaves cash above MAX_CASH, so cash stays below 2^53.
 */
export function deposit(step: Step, { account: number, owner, amount }: Deposit): ReasonCode {
  if (amount > MAX_DEPOSITS - step.global.deposits) return Reason.ValueOutOfRange;
  const value = step.store.get(accountKey(number));
  const account = value === undefined ? newAccount(owner) : decodeAccount(value);
  account.cash = (account.cash + amount) as Cash;
  step.global.deposits = (step.global.deposits + amount) as Cash;
  writeAccount(step, number, account);
  step.events.push({ type: "deposited", account: number, amount });
  return Reason.Ok;
}
