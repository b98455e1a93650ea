import { type Cash, cashDecimals, collateralAbi, type Hash, type Seconds, toHex, vaultAbi } from "@recourse/protocol";
import type { SequencerClient, WithdrawalResponse } from "@recourse/sdk";
import { createWalletClient, formatUnits, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Network } from "./network.ts";
import type { Trader, TransactionFactory } from "./transactions.ts";

/** Nonces of withdrawals are counted from the top, those of a trader's orders from the bottom. */
const lastNonce = 2 ** 16 - 1;

const claimGas = 500_000n;

/** Takes money out of an account for its owner. @returns the withdrawal's number */
export async function requestWithdrawal(
  client: SequencerClient,
  factory: TransactionFactory,
  trader: Trader,
  amount: Cash,
  time: Seconds,
): Promise<number> {
  const recipient = trader.signer.address;
  const { account, deadline, nonce, signature } = factory.withdraw(trader, amount, recipient, time, lastNonce);
  const { number } = await client.withdraw({
    account,
    deadline,
    nonce,
    signature: toHex(signature),
    amount: formatUnits(BigInt(amount), cashDecimals),
    recipient: toHex(recipient),
  });
  return number;
}

/**
 * Claims a withdrawal on L1 with the proof of it, as the recipient.
 * @returns whether the vault has paid the amount
 */
export async function claimWithdrawal(
  { rpcUrl, client, deployment }: Network,
  { signer }: Trader,
  claim: NonNullable<WithdrawalResponse["claim"]>,
): Promise<boolean> {
  const account = privateKeyToAccount(signer.privateKey);
  const wallet = createWalletClient({ account, transport: http(rpcUrl) });
  const vault: { address: Hash; abi: typeof vaultAbi } = { address: deployment.vault, abi: vaultAbi };
  const balance = () =>
    client.readContract({
      address: deployment.token,
      abi: collateralAbi,
      functionName: "balanceOf",
      args: [account.address],
    });

  const before = await balance();
  const { summary, number, recipient, amount, time, proof } = claim;
  const hash = await wallet.writeContract({
    ...vault,
    chain: null,
    functionName: "claim",
    args: [
      {
        ...summary,
        index: BigInt(summary.index),
        inboxTo: BigInt(summary.inboxTo),
        postedAt: BigInt(summary.postedAt),
      },
      BigInt(number),
      recipient,
      BigInt(amount),
      time,
      proof,
    ],
    gas: claimGas,
  });
  const { status } = await client.waitForTransactionReceipt({ hash });
  const isClaimed = await client.readContract({ ...vault, functionName: "isClaimed", args: [BigInt(number)] });
  return status === "success" && isClaimed && (await balance()) - before === BigInt(amount);
}
