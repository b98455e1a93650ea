/** Pays so many dollars in, and waits until the sequencer has them. The collateral of a dev network is minted first. */
import { setTimeout as delay } from "node:timers/promises";
import { collateralAbi, inboxAbi, rollupAbi, vaultAbi } from "@recourse/protocol";
import { SequencerClient } from "@recourse/sdk";
import { createPublicClient, createWalletClient, type Hex, http, parseUnits } from "viem";
import { owner, rollup, rpcUrl, url } from "./environment.ts";

const amount = parseUnits(process.argv[2]!, 6);
const chain = createPublicClient({ transport: http(rpcUrl) });
const wallet = createWalletClient({ transport: http(rpcUrl), account: owner });

const inbox = await chain.readContract({ address: rollup, abi: rollupAbi, functionName: "inbox" });
const vault = await chain.readContract({ address: rollup, abi: rollupAbi, functionName: "vault" });
const token = await chain.readContract({ address: vault, abi: vaultAbi, functionName: "token" });

async function mined(sent: Promise<Hex>): Promise<void> {
  const { status } = await chain.waitForTransactionReceipt({ hash: await sent });
  if (status !== "success") throw new Error(`The transaction ${await sent} failed.`);
}

const collateral = { address: token, abi: collateralAbi, chain: null } as const;
await mined(wallet.writeContract({ ...collateral, functionName: "mint", args: [owner.address, amount] }));
await mined(wallet.writeContract({ ...collateral, functionName: "approve", args: [inbox, amount] }));
// An owner may have many accounts, told apart by a number of their own choice; this is their first one.
const deposit = { address: inbox, abi: inboxAbi, functionName: "deposit", args: [0, amount] } as const;
await mined(wallet.writeContract({ ...deposit, chain: null }));

const contract = { address: inbox, abi: inboxAbi } as const;
const messages = await chain.readContract({ ...contract, functionName: "count" });
const account = await chain.readContract({ ...contract, functionName: "accountOf", args: [owner.address, 0] });
const sequencer = new SequencerClient({ url });
while ((await sequencer.status()).inboxCursor < messages) await delay(200);
const { cash } = await sequencer.account(account);
console.log(`Account ${account} of ${owner.address} has ${cash} USD.`);
