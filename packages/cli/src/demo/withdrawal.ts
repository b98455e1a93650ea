import { type Cash, cashDecimals, collateralAbi, encodeTransaction, type Seconds, toHex } from "@recourse/protocol";
import type { SequencerClient } from "@recourse/sdk";
import { formatUnits } from "viem";
import { claimOnL1, type WithdrawalClaim } from "../claim.ts";
import type { AcknowledgementBook } from "./acknowledgements.ts";
import { readAcknowledgement } from "./httpVenue.ts";
import type { Network } from "./network.ts";
import type { Trader, TransactionFactory } from "./transactions.ts";

/** Nonces of withdrawals are counted from the top, those of a trader's orders from the bottom. */
const lastNonce = 2 ** 16 - 1;

/** Takes money out of an account for its owner, and takes down the acknowledgement. @returns the withdrawal's number */
export async function requestWithdrawal(
  client: SequencerClient,
  factory: TransactionFactory,
  acknowledgements: AcknowledgementBook,
  trader: Trader,
  amount: Cash,
  time: Seconds,
): Promise<number> {
  const withdrawal = factory.withdraw(trader, amount, trader.signer.address, time, lastNonce);
  const { account, deadline, nonce, signature, recipient } = withdrawal;
  const accepted = await client.withdraw({
    account,
    deadline,
    nonce,
    signature: toHex(signature),
    amount: formatUnits(BigInt(amount), cashDecimals),
    recipient: toHex(recipient),
  });
  acknowledgements.record([encodeTransaction(withdrawal)], {
    results: [{ isAccepted: true, position: accepted.position, fills: [] }],
    acknowledgement: readAcknowledgement(accepted),
  });
  return accepted.number;
}

/** Claims a withdrawal on L1 as its recipient. @returns whether the recipient has got the amount */
export async function claimWithdrawal(
  { rpcUrl, client, deployment }: Network,
  { signer }: Trader,
  claim: WithdrawalClaim,
): Promise<boolean> {
  const balance = () =>
    client.readContract({
      address: deployment.token,
      abi: collateralAbi,
      functionName: "balanceOf",
      args: [claim.recipient],
    });
  const before = await balance();
  await claimOnL1(rpcUrl, deployment.rollup, signer.privateKey, claim);
  return (await balance()) - before === BigInt(claim.amount);
}
