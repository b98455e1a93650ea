import { setTimeout as delay } from "node:timers/promises";
import type { Hash } from "@recourse/protocol";
import type { Logger } from "pino";
import { type Hex, keccak256, type TransactionReceipt, TransactionReceiptNotFoundError } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { Layer1 } from "./layer1.ts";
import { shortMessage } from "./shortMessage.ts";

/** EIP-7825: no L1 transaction may use more gas. */
export const MAX_TRANSACTION_GAS = 16_777_216n;

/** A replacement must offer noticeably more than what it replaces, or nodes refuse it. */
const FEE_BUMP_PERCENT = 125n;

export interface OutgoingTransaction {
  readonly to: Hex;
  readonly data: Hex;
  readonly value?: bigint;
  readonly gas: bigint;
  /** Called before the signed transaction is handed to the network. */
  beforeSending?(hash: Hash): Promise<void>;
}

export interface TransactionSenderOptions {
  readonly layer1: Layer1;
  readonly account: PrivateKeyAccount;
  readonly logger: Logger;
  readonly pollIntervalMs: number;
  /** A transaction that is in no block after this long is sent again, with a higher fee. */
  readonly resendAfterMs: number;
}

/**
 * The one owner of the account's nonces: one transaction at a time, the next one only when it is in a block. So no gap
 * in the nonces can hold anything up, and what a crash left behind is replaced by what is sent next.
 */
export class TransactionSender {
  readonly #options: TransactionSenderOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(options: TransactionSenderOptions) {
    this.#options = options;
  }

  /** @returns the receipt, whose status says whether the transaction was reverted */
  send(transaction: OutgoingTransaction): Promise<TransactionReceipt> {
    const receipt = this.#turn.then(() => this.#sendNow(transaction));
    this.#turn = receipt.catch(() => {});
    return receipt;
  }

  /** Gives up waiting for blocks; what has been sent may still get into one. */
  stop(): void {
    this.#isStopped = true;
  }

  async #sendNow(transaction: OutgoingTransaction): Promise<TransactionReceipt> {
    const { layer1, account, logger, resendAfterMs } = this.#options;
    const nonce = await layer1.client.getTransactionCount({ address: account.address, blockTag: "latest" });
    const fees = await layer1.client.estimateFeesPerGas();
    let { maxFeePerGas, maxPriorityFeePerGas } = fees;
    const hashes: Hash[] = [];
    for (;;) {
      const signed = await account.signTransaction({
        type: "eip1559",
        chainId: layer1.deployment.chainId,
        nonce,
        to: transaction.to,
        data: transaction.data,
        value: transaction.value ?? 0n,
        gas: transaction.gas,
        maxFeePerGas,
        maxPriorityFeePerGas,
      });
      const hash = keccak256(signed);
      await transaction.beforeSending?.(hash);
      hashes.push(hash);
      try {
        await layer1.client.sendRawTransaction({ serializedTransaction: signed });
      } catch (error) {
        // The nonce may be used by a predecessor of before a crash or by an earlier attempt: receipts tell.
        logger.warn({ hash, error: shortMessage(error) }, "the transaction was not taken by the L1 node");
      }
      const receipt = await this.#waitForAny(hashes, nonce, resendAfterMs);
      if (receipt) return receipt;
      maxFeePerGas = (maxFeePerGas * FEE_BUMP_PERCENT) / 100n + 1n;
      maxPriorityFeePerGas = (maxPriorityFeePerGas * FEE_BUMP_PERCENT) / 100n + 1n;
      logger.warn({ hash, nonce }, "the transaction is in no block yet: sending it again with a higher fee");
    }
  }

  /** @throws NonceTakenError where another transaction of the account got the nonce */
  async #waitForAny(
    hashes: readonly Hash[],
    nonce: number,
    timeoutMs: number,
  ): Promise<TransactionReceipt | undefined> {
    const { layer1, account, pollIntervalMs } = this.#options;
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (this.#isStopped) throw new Error("The sequencer is stopping.");
      const used = await layer1.client.getTransactionCount({ address: account.address, blockTag: "latest" });
      for (const hash of hashes) {
        const receipt = await this.#readReceipt(hash);
        if (receipt) return receipt;
      }
      if (used > nonce) throw new NonceTakenError(nonce);
      await delay(pollIntervalMs);
    }
    return undefined;
  }

  async #readReceipt(hash: Hash): Promise<TransactionReceipt | undefined> {
    try {
      return await this.#options.layer1.client.getTransactionReceipt({ hash });
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    }
  }
}

/** Another transaction of the account got into a block in place of this one; the chain's state says what it did. */
export class NonceTakenError extends Error {
  override readonly name = "NonceTakenError";

  constructor(nonce: number) {
    super(`The nonce ${nonce} has been used by another transaction of the sequencer's account.`);
  }
}
