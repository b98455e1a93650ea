import type { Deployment } from "@recourse/contracts/deploy";
import {
  type Cash,
  collateralAbi,
  decodeDeposit,
  fromHex,
  type Hash,
  inboxAbi,
  RecourseError,
} from "@recourse/protocol";
import {
  createPublicClient,
  encodeFunctionData,
  http,
  type LocalAccount,
  parseEther,
  parseEventLogs,
  parseGwei,
  type TransactionReceipt,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Signer } from "./signing.ts";
import type { Trader } from "./transactions.ts";

/** What the demo's transactions may use; generous, since what is not used is not paid. */
const gas = { transfer: 21_000n, mint: 100_000n, approve: 80_000n, deposit: 250_000n };
const fees = { maxFeePerGas: parseGwei("20"), maxPriorityFeePerGas: parseGwei("1") };
const etherOfTrader = parseEther("1");

interface Payment {
  readonly account: LocalAccount;
  readonly nonce: number;
  readonly to: Hash;
  readonly gas: bigint;
  readonly value?: bigint;
  readonly data?: Hash;
}

/** A local chain, spoken to without waiting between transactions. */
class Payments {
  readonly client;
  readonly #chainId: number;

  constructor(rpcUrl: string, chainId: number) {
    this.client = createPublicClient({
      transport: http(rpcUrl, { batch: { batchSize: 200 }, retryCount: 0 }),
      pollingInterval: 200,
      cacheTime: 0,
    });
    this.#chainId = chainId;
  }

  async send({ account, ...payment }: Payment): Promise<Hash> {
    const serializedTransaction = await account.signTransaction({
      type: "eip1559",
      chainId: this.#chainId,
      ...fees,
      ...payment,
    });
    return this.client.sendRawTransaction({ serializedTransaction });
  }

  /** Waits until transactions are in blocks. @throws RecourseError where one failed */
  async settle(hashes: readonly Hash[]): Promise<TransactionReceipt[]> {
    const receipts = await Promise.all(hashes.map((hash) => this.client.waitForTransactionReceipt({ hash })));
    for (const { status, transactionHash } of receipts) {
      if (status !== "success") throw new RecourseError("FundingFailed", `The transaction ${transactionHash} failed.`);
    }
    return receipts;
  }
}

export interface FundingOptions {
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  /** Pays for everything. */
  readonly payer: LocalAccount;
  /** Keys of the owners of the accounts. */
  readonly owners: readonly Signer[];
  /** What each pays in. */
  readonly deposit: Cash;
}

/** Gives the owners ether and collateral, and lets each pay in: three blocks, however many there are. */
export async function fundTraders(options: FundingOptions): Promise<Trader[]> {
  const { rpcUrl, deployment, payer, owners, deposit } = options;
  const { chainId, token, inbox } = deployment;
  const payments = new Payments(rpcUrl, chainId);
  const accounts = owners.map(({ privateKey }) => privateKeyToAccount(privateKey));
  const amount = BigInt(deposit);

  let nonce = await payments.client.getTransactionCount({ address: payer.address, blockTag: "pending" });
  const fromPayer = (payment: Omit<Payment, "account" | "nonce">) =>
    payments.send({ account: payer, nonce: nonce++, ...payment });
  const endowments = accounts.flatMap(({ address }) => [
    fromPayer({ to: address, gas: gas.transfer, value: etherOfTrader }),
    fromPayer({
      to: token,
      gas: gas.mint,
      data: encodeFunctionData({ abi: collateralAbi, functionName: "mint", args: [address, amount] }),
    }),
  ]);
  await payments.settle(await Promise.all(endowments));

  const approve = encodeFunctionData({ abi: collateralAbi, functionName: "approve", args: [inbox, amount] });
  const depositCall = encodeFunctionData({ abi: inboxAbi, functionName: "deposit", args: [0, amount] });
  const sent = await Promise.all(
    accounts.map(async (account) => {
      await payments.send({ account, nonce: 0, to: token, gas: gas.approve, data: approve });
      return payments.send({ account, nonce: 1, to: inbox, gas: gas.deposit, data: depositCall });
    }),
  );
  const receipts = await payments.settle(sent);
  return receipts.map((receipt, place) => ({ number: accountOf(receipt), signer: owners[place]! }));
}

/** The account number that the inbox gave to the owner of a deposit. */
function accountOf({ logs }: TransactionReceipt) {
  const [queued] = parseEventLogs({ abi: inboxAbi, eventName: "MessageQueued", logs });
  return decodeDeposit(fromHex(queued!.args.body))!.account;
}
