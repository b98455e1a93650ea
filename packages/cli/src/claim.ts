import { type Hash, RecourseError, rollupAbi, vaultAbi } from "@recourse/protocol";
import type { WithdrawalResponse } from "@recourse/sdk";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

export type WithdrawalClaim = NonNullable<WithdrawalResponse["claim"]>;

/**
 * Claims a withdrawal from the vault with the proof of it. Anyone may, the money goes to the recipient.
 * @param privateKey pays for the transaction
 * @returns the transaction's hash
 * @throws RecourseError `ClaimRefused` where the vault does not pay
 */
export async function claimOnL1(
  rpcUrl: string,
  rollup: Hash,
  privateKey: Hash,
  { summary, number, recipient, amount, time, proof }: WithdrawalClaim,
): Promise<Hash> {
  const transport = http(rpcUrl);
  const client = createPublicClient({ transport, pollingInterval: 200, cacheTime: 0 });
  const wallet = createWalletClient({ transport, account: privateKeyToAccount(privateKey) });
  const vault = await client.readContract({ address: rollup, abi: rollupAbi, functionName: "vault" });
  const { request } = await client.simulateContract({
    account: wallet.account,
    address: vault,
    abi: vaultAbi,
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
  });
  const hash = await wallet.writeContract({ ...request, chain: null });
  const { status } = await client.waitForTransactionReceipt({ hash });
  if (status !== "success") throw new RecourseError("ClaimRefused", `The vault did not pay: ${hash}.`);
  return hash;
}
