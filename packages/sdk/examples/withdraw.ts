/** Takes so many dollars out of an account: signs, waits until the state that says so is final, and claims on L1. */
import { setTimeout as delay } from "node:timers/promises";
import { rollupAbi, vaultAbi } from "@recourse/protocol";
import { RecourseClient, type WithdrawalResponse } from "@recourse/sdk";
import { createPublicClient, createWalletClient, http } from "viem";
import { owner, rollup, rpcUrl, url } from "./environment.ts";

const client = new RecourseClient({ url, owner, account: Number(process.argv[2]) });
const { number } = await client.withdraw(process.argv[3]!);
console.log(`Withdrawal ${number} is in the stream; its batch must be posted and become final.`);

let withdrawal: WithdrawalResponse | undefined;
while (withdrawal?.claim === undefined) {
  await delay(1_000);
  withdrawal = await client.api.withdrawal(number);
}
const { summary, recipient, amount, time, proof } = withdrawal.claim;
const { index, inboxTo, postedAt } = summary;

const chain = createPublicClient({ transport: http(rpcUrl) });
const wallet = createWalletClient({ transport: http(rpcUrl), account: owner });
const hash = await wallet.writeContract({
  address: await chain.readContract({ address: rollup, abi: rollupAbi, functionName: "vault" }),
  abi: vaultAbi,
  functionName: "claim",
  args: [
    { ...summary, index: BigInt(index), inboxTo: BigInt(inboxTo), postedAt: BigInt(postedAt) },
    BigInt(number),
    recipient,
    BigInt(amount),
    time,
    proof,
  ],
  chain: null,
});
const { status } = await chain.waitForTransactionReceipt({ hash });
if (status !== "success") throw new Error(`The claim ${hash} failed.`);
console.log(`The vault has paid ${withdrawal.amount} USD to ${recipient}.`);
