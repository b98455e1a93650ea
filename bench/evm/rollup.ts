import { deployRecourse, readDeployParameters, type StepAddresses } from "@recourse/contracts/deploy";
import type { startLocalChain } from "@recourse/contracts/local";
import { parametersKey } from "@recourse/engine";
import {
  type BatchHeader,
  type BatchSummary,
  ChunkKind,
  fromHex,
  rollupAbi,
  type StepContext,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { type ProofGas, proofGas } from "@recourse/verifier";
import { encodeFunctionData, type Hex, parseEventLogs, type TransactionReceipt } from "viem";
import type { ProvableChunk } from "./machine.ts";

/** What a transaction may use on Ethereum. */
const MAX_TRANSACTION_GAS = 16_777_216n;
const NOBODY = "0x000000000000000000000000000000000000dead";
/** A chunk of one byte that decodes to nothing. */
const fillerChunk = { kind: ChunkKind.trade, messages: 0, postRoot: toHex(new Uint8Array(32).fill(1)) };

type Chain = Awaited<ReturnType<typeof startLocalChain>>;

/** What a transaction cost, and what it would cost to send its bytes to nobody. */
export interface MeasuredTransaction extends ProofGas {
  readonly floor: ProofGas;
}

/** A real rollup on a chain in this process that begins in a state of one's choice. */
export class BenchRollup {
  readonly #chain: Chain;
  readonly #rollup: Hex;
  readonly #genesis: BatchSummary;
  readonly steps: StepAddresses;
  /** The context in which its first batch is executed. */
  readonly context: StepContext;

  private constructor(chain: Chain, rollup: Hex, genesis: BatchSummary, steps: StepAddresses, context: StepContext) {
    this.#chain = chain;
    this.#rollup = rollup;
    this.#genesis = genesis;
    this.steps = steps;
    this.context = context;
  }

  /** @param steps the step contracts, where they stand on the chain already */
  static async deploy(chain: Chain, state: OrderedStore, steps?: StepAddresses): Promise<BenchRollup> {
    const { publicClient, walletClient } = chain;
    const { rollup, deploymentBlock, ...deployment } = await deployRecourse({
      publicClient,
      walletClient,
      parameters: readDeployParameters("dev"),
      genesisRoot: toHex(state.root()),
      genesisParameters: toHex(state.peek(parametersKey)!),
      ...(steps === undefined ? {} : { steps }),
    });
    const contract = { address: rollup, abi: rollupAbi } as const;
    const [log] = await publicClient.getContractEvents({
      ...contract,
      eventName: "Genesis",
      fromBlock: deploymentBlock,
      strict: true,
    });
    const value = await publicClient.readContract({ ...contract, functionName: "bondAmount" });
    const separator = await publicClient.readContract({ ...contract, functionName: "domainSeparator" });
    await send(chain, rollup, encodeFunctionData({ abi: rollupAbi, functionName: "openTerm" }), value);
    const { timestamp } = await publicClient.getBlock();
    const context = {
      era: 0,
      eraStart: 0,
      term: 1,
      batchTime: Number(timestamp),
      domainSeparator: fromHex(separator),
    };
    return new BenchRollup(chain, rollup, log!.args.summary, deployment.steps, context);
  }

  /** Posts a batch of these chunks as the first one, and takes it back. */
  async post(chunks: readonly ProvableChunk[]): Promise<MeasuredTransaction> {
    return this.#undo(async () => {
      const data = await this.#postCalldata(
        chunks.map(claimOf),
        chunks.map(({ bytes }) => bytes),
      );
      return this.#measure(data, await send(this.#chain, this.#rollup, data));
    });
  }

  /**
   * Posts a batch whose claim is wrong in one chunk, has it proved wrong by one transaction, and takes both back. Where
   * there are fewer chunks than a batch may have, the rest is filled, because a proof brings the header of all.
   * @throws Error where the rollup is not convinced
   */
  async prove(chunks: readonly ProvableChunk[], place: number, chunksOfBatch: number): Promise<MeasuredTransaction> {
    return this.#undo(async () => {
      const filler = Array.from({ length: chunksOfBatch - chunks.length }, () => fillerChunk);
      const claims = [...chunks.map(claimOf), ...filler];
      claims[place] = { ...claims[place]!, postRoot: fillerChunk.postRoot };
      const bytes = [...chunks.map((chunk) => chunk.bytes), ...filler.map(() => Uint8Array.of(0xff))];
      const posted = await send(this.#chain, this.#rollup, await this.#postCalldata(claims, bytes));
      const [log] = parseEventLogs({ abi: rollupAbi, eventName: "BatchPosted", logs: posted.logs });
      const { summary, header } = log!.args as { summary: BatchSummary; header: BatchHeader };
      const chunk = chunks[place]!;
      const data = encodeFunctionData({
        abi: rollupAbi,
        functionName: "proveFraud",
        args: [summary, header, BigInt(place), toHex(chunk.bytes), toHex(chunk.witness)],
      });
      const receipt = await send(this.#chain, this.#rollup, data);
      const [reverted] = parseEventLogs({ abi: rollupAbi, eventName: "BatchReverted", logs: receipt.logs });
      if (reverted?.args.correctRoot !== toHex(chunk.postRoot)) throw new Error("The contract comes to another root.");
      return this.#measure(data, receipt);
    });
  }

  async #postCalldata(chunks: readonly ReturnType<typeof claimOf>[], data: readonly Uint8Array[]): Promise<Hex> {
    const { number, hash } = await this.#chain.publicClient.getBlock();
    const input = { time: this.context.batchTime, l1BlockNumber: number, l1BlockHash: hash, chunks };
    return encodeFunctionData({
      abi: rollupAbi,
      functionName: "post",
      args: [input, data.map((bytes) => toHex(bytes)), this.#genesis],
    });
  }

  async #measure(data: Hex, receipt: TransactionReceipt): Promise<MeasuredTransaction> {
    const toNobody = await send(this.#chain, NOBODY, data);
    return { ...proofGas(Number(receipt.gasUsed), data), floor: proofGas(Number(toNobody.gasUsed), data) };
  }

  async #undo<Result>(act: () => Promise<Result>): Promise<Result> {
    const id = await this.#chain.testClient.snapshot();
    const result = await act();
    await this.#chain.testClient.revert({ id });
    return result;
  }
}

function claimOf({ kind, postRoot }: ProvableChunk) {
  return { kind, messages: 0, postRoot: toHex(postRoot) };
}

async function send(
  { publicClient, walletClient }: Chain,
  to: Hex,
  data: Hex,
  value = 0n,
): Promise<TransactionReceipt> {
  const hash = await walletClient.sendTransaction({ to, data, value, gas: MAX_TRANSACTION_GAS });
  const receipt = await publicClient.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`A transaction of ${data.length / 2} bytes failed.`);
  return receipt;
}
