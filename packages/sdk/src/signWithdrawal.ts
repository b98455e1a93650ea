import { cashDecimals } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { countOf } from "./decimals.ts";
import { type SigningDomain, signMessage } from "./domain.ts";
import type { WithdrawalRequest } from "./wire.ts";

/**
 * Signs a withdrawal.
 * @throws RecourseError `InvalidDecimal` where the amount has more decimals than the collateral
 */
export async function signWithdrawal(
  account: LocalAccount,
  domain: SigningDomain,
  withdrawal: Omit<WithdrawalRequest, "signature">,
): Promise<WithdrawalRequest> {
  const { account: number, signer = 0, deadline, nonce, amount, recipient } = withdrawal;
  const message = {
    account: number,
    signer,
    deadline,
    nonce,
    amount: countOf("amount", amount, cashDecimals),
    recipient,
  };
  return { ...withdrawal, signature: await signMessage(account, domain, "Withdraw", message) };
}
