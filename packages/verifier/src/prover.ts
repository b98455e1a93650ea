import { type Hash, rollupAbi, toHex } from "@recourse/protocol";
import {
  BaseError,
  type Chain,
  ContractFunctionRevertedError,
  encodeFunctionData,
  keccak256,
  type PublicClient,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  type Transport,
} from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type { PostedBatch } from "./derivation/events.ts";
import type { L1Block } from "./derivation/reader.ts";
import type { FraudEvidence } from "./judge.ts";

/** Gas of one L1 transaction, at most (EIP-7825). */
export const TRANSACTION_GAS_CAP = 16_777_216n;

/** A proof that has not been mined after so many blocks is sent again with a higher fee. */
const BLOCKS_BEFORE_REPLACEMENT = 3;
/** Nodes want at least a tenth more of a replacement; this is a quarter. */
const raised = (fee: bigint): bigint => (fee * 5n) / 4n + 1n;

/** A batch with the evidence against it. */
export interface Fraud {
  readonly posted: PostedBatch;
  readonly evidence: FraudEvidence;
}

/** What the contract says of a proof without being changed by it. */
export type ProofCheck = { readonly isAccepted: true } | { readonly isAccepted: false; readonly error: string };

/** Where a proof has got to. */
export type ProofProgress =
  | { readonly step: "sent"; readonly transaction: Hash }
  | { readonly step: "waiting" }
  /** The contract would not accept it: nothing was sent. */
  | { readonly step: "refused"; readonly error: string }
  /** It was mined, but the contract refused it. */
  | { readonly step: "failed"; readonly transaction: Hash };

interface PendingProof {
  readonly nonce: number;
  readonly calldata: Hash;
  readonly gas: bigint;
  /** The same proof, sent once for each fee. */
  readonly transactions: Hash[];
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  sentAtBlock: number;
  lookedAtBlock: number;
}

/** The arguments of `proveFraud`. */
function proofArguments({ posted, evidence }: Fraud) {
  const { chunkIndex, chunk, witness } = evidence;
  return [posted.summary, posted.header, BigInt(chunkIndex), toHex(chunk), toHex(witness)] as const;
}

/**
 * Asks the contract by `eth_call` whether it accepts a proof.
 * @param sender from whose account it would be sent
 * @throws whatever the endpoint failed with
 */
export async function checkProof(
  client: PublicClient,
  rollup: Hash,
  sender: Hash | undefined,
  fraud: Fraud,
): Promise<ProofCheck> {
  try {
    await client.simulateContract({
      ...(sender === undefined ? {} : { account: sender }),
      address: rollup,
      abi: rollupAbi,
      functionName: "proveFraud",
      args: proofArguments(fraud),
      gas: TRANSACTION_GAS_CAP,
    });
    return { isAccepted: true };
  } catch (error) {
    const reverted =
      error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
    return { isAccepted: false, error: reverted.data?.errorName ?? reverted.signature ?? reverted.shortMessage };
  }
}

/**
 * Brings proofs onto L1: one transaction for a fraud, replaced by the same one with a higher fee while it is not mined.
 * The only user of its key's nonces.
 */
export class FraudProver {
  readonly #client: PublicClient<Transport, Chain | undefined>;
  readonly #rollup: Hash;
  readonly #chainId: number;
  readonly #account: PrivateKeyAccount;
  readonly #priorityFeePerGas: bigint;
  /** By the hash of the batch that is proved wrong. */
  readonly #pending = new Map<Hash, PendingProof>();

  constructor(client: PublicClient, rollup: Hash, chainId: number, key: Hash, priorityFeePerGas: bigint) {
    this.#client = client;
    this.#rollup = rollup;
    this.#chainId = chainId;
    this.#account = privateKeyToAccount(key);
    this.#priorityFeePerGas = priorityFeePerGas;
  }

  get address(): Hash {
    return this.#account.address;
  }

  /**
   * Takes a proof as far as it can be taken now: sends it, looks for it, or replaces it. Call it again for every look
   * at L1 for as long as the batch stands.
   * @throws whatever the endpoint failed with; calling again goes on from there
   */
  async advance(fraud: Fraud, latest: L1Block): Promise<ProofProgress> {
    const { batchHash } = fraud.posted;
    const pending = this.#pending.get(batchHash);
    if (pending === undefined) return this.#start(fraud, latest);
    if (latest.number === pending.lookedAtBlock) return { step: "waiting" };
    const receipt = await this.#receipt(pending);
    pending.sentAtBlock = Math.min(pending.sentAtBlock, latest.number);
    pending.lookedAtBlock = latest.number;
    if (receipt?.status === "reverted") {
      this.#pending.delete(batchHash);
      return { step: "failed", transaction: receipt.transactionHash };
    }
    if (receipt !== undefined || latest.number - pending.sentAtBlock < BLOCKS_BEFORE_REPLACEMENT) {
      return { step: "waiting" };
    }
    pending.maxPriorityFeePerGas = raised(pending.maxPriorityFeePerGas);
    pending.maxFeePerGas = this.#maximum(
      raised(pending.maxFeePerGas),
      2n * latest.baseFeePerGas + pending.maxPriorityFeePerGas,
    );
    return this.#send(batchHash, pending, latest);
  }

  /**
   * The calldata of a proof of ours, where a transaction is one that carried it. The proof stays noted: if L1 takes the
   * transaction back, it is looked for and replaced under its own nonce instead of being sent twice.
   */
  calldataOf(batchHash: Hash, transaction: Hash): Hash | undefined {
    const pending = this.#pending.get(batchHash);
    return pending?.transactions.includes(transaction) ? pending.calldata : undefined;
  }

  /** What the key has, and what two proofs at the cap may need at present, in wei. */
  async funds(latest: L1Block): Promise<{ readonly balance: bigint; readonly needed: bigint }> {
    const balance = await this.#client.getBalance({ address: this.address });
    return { balance, needed: 2n * TRANSACTION_GAS_CAP * this.#maxFeePerGas(latest) };
  }

  async #start(fraud: Fraud, latest: L1Block): Promise<ProofProgress> {
    const { address } = this;
    const calldata = encodeFunctionData({
      abi: rollupAbi,
      functionName: "proveFraud",
      args: proofArguments(fraud),
    });
    const [check, nonce, balance] = await Promise.all([
      checkProof(this.#client, this.#rollup, address, fraud),
      this.#client.getTransactionCount({ address, blockTag: "pending" }),
      this.#client.getBalance({ address }),
    ]);
    if (!check.isAccepted) return { step: "refused", error: check.error };
    const maxFeePerGas = this.#maxFeePerGas(latest);
    const pending: PendingProof = {
      nonce,
      calldata,
      gas: await this.#gasLimit(calldata, balance / maxFeePerGas),
      transactions: [],
      maxFeePerGas,
      maxPriorityFeePerGas: this.#priorityFeePerGas,
      sentAtBlock: latest.number,
      lookedAtBlock: latest.number,
    };
    this.#pending.set(fraud.posted.batchHash, pending);
    return this.#send(fraud.posted.batchHash, pending, latest);
  }

  /**
   * The cap where the key can afford it: gas that is not used is not paid for, and estimating takes a node several
   * executions, which may cost the next block.
   */
  async #gasLimit(calldata: Hash, affordableGas: bigint): Promise<bigint> {
    if (affordableGas >= TRANSACTION_GAS_CAP) return TRANSACTION_GAS_CAP;
    const estimate = await this.#client.estimateGas({ account: this.address, to: this.#rollup, data: calldata });
    const limit = (estimate * 11n) / 10n;
    return limit < TRANSACTION_GAS_CAP ? limit : TRANSACTION_GAS_CAP;
  }

  async #send(batchHash: Hash, pending: PendingProof, latest: L1Block): Promise<ProofProgress> {
    const serializedTransaction = await this.#account.signTransaction({
      type: "eip1559",
      chainId: this.#chainId,
      nonce: pending.nonce,
      to: this.#rollup,
      data: pending.calldata,
      gas: pending.gas,
      maxFeePerGas: pending.maxFeePerGas,
      maxPriorityFeePerGas: pending.maxPriorityFeePerGas,
    });
    // Noted before it is sent: an endpoint may take a transaction and fail to say so.
    const transaction = keccak256(serializedTransaction);
    pending.transactions.push(transaction);
    pending.sentAtBlock = latest.number;
    try {
      await this.#client.sendRawTransaction({ serializedTransaction });
    } catch (error) {
      const message = error instanceof BaseError ? `${error.shortMessage} ${error.details}` : String(error);
      if (/already known|already imported/i.test(message)) return { step: "sent", transaction };
      // Either one of ours has been mined, whose receipt is found next time, or the nonce is gone and a new one is due.
      if (/nonce.*too low/i.test(message) && (await this.#receipt(pending)) === undefined) {
        this.#pending.delete(batchHash);
      }
      // An underpriced one is raised at the next look instead of after some blocks.
      if (/underpriced/i.test(message)) pending.sentAtBlock = latest.number - BLOCKS_BEFORE_REPLACEMENT;
      throw error;
    }
    return { step: "sent", transaction };
  }

  async #receipt(pending: PendingProof): Promise<TransactionReceipt | undefined> {
    for (const hash of pending.transactions) {
      try {
        return await this.#client.getTransactionReceipt({ hash });
      } catch (error) {
        if (!(error instanceof TransactionReceiptNotFoundError)) throw error;
      }
    }
    return undefined;
  }

  #maxFeePerGas(latest: L1Block): bigint {
    return 2n * latest.baseFeePerGas + this.#priorityFeePerGas;
  }

  #maximum(left: bigint, right: bigint): bigint {
    return left > right ? left : right;
  }
}
