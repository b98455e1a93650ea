import type { Deployment } from "@recourse/contracts/deploy";
import {
  type BatchHeader,
  type BatchSummary,
  type ChunkKind,
  collateralAbi,
  domainSeparator,
  encodeMessages,
  fromHex,
  type Hash,
  type InboxMessage,
  inboxAbi,
  keccak256,
  RecourseError,
  rollupAbi,
  type StepContext,
  seconds,
  toHex,
} from "@recourse/protocol";
import { checkProof, hashHeader, hashSummary, type PostedBatch, type ProofCheck } from "@recourse/verifier";
import { BaseError, ContractFunctionRevertedError, encodeFunctionData, parseEventLogs } from "viem";
import { account, type Layer1, OWNERS, owner } from "./layer1.ts";

/** A chunk as it is posted. */
export interface ChunkPlan {
  readonly kind: ChunkKind;
  /** What is executed: the sequencer's bytes, or the serialized inbox messages. */
  readonly bytes: Uint8Array;
  /** Inbox messages, in a bridge chunk. */
  readonly messages: number;
}

/** What is posted: everything that its poster states of a batch. */
export interface BatchClaim {
  readonly time: number;
  readonly chunks: readonly ChunkPlan[];
  /** The root after each chunk, as claimed. */
  readonly postRoots: readonly Hash[];
  /** Where they differ from what a sequencer in its right mind would send. */
  readonly parent?: BatchSummary;
  readonly l1BlockHash?: Hash;
}

/** What a proof has shown: the chunk, and its right root as the contract computes it. */
export interface Conviction {
  readonly chunk: number;
  readonly correctRoot: Hash;
}

const noBytes = new Uint8Array(0);
const BRIDGE: ChunkKind = 2;
const collateralOfOwner = 2n ** 50n;

/** A rollup on the drill's chain, with the sequencer that posts to it. */
export class Rollup {
  readonly deployment: Deployment;
  readonly domainSeparator: Uint8Array;
  /** All inbox messages. */
  readonly messages: InboxMessage[] = [];
  /** Of the newest standing batch, and of those before it. */
  readonly standing: BatchSummary[] = [];
  term = 0;
  era = 0;
  eraStart = 0;
  readonly #layer1: Layer1;

  constructor(layer1: Layer1, deployment: Deployment) {
    this.#layer1 = layer1;
    this.deployment = deployment;
    this.domainSeparator = domainSeparator(deployment.chainId, fromHex(deployment.rollup));
  }

  get address(): Hash {
    return this.deployment.rollup;
  }

  get tip(): BatchSummary {
    return this.standing.at(-1)!;
  }

  /** By what the next batch is going to be judged, if it is posted now. */
  context(time: number): StepContext {
    const { era, eraStart, term, domainSeparator } = this;
    return { era, eraStart, term, batchTime: time, domainSeparator };
  }

  /** Reads the genesis, and puts up a bond. */
  async open(): Promise<void> {
    const [genesis] = await this.#layer1.client.getContractEvents({
      address: this.address,
      abi: rollupAbi,
      eventName: "Genesis",
      fromBlock: this.deployment.deploymentBlock,
      strict: true,
    });
    this.standing.push(genesis!.args.summary);
    await this.openTerm();
  }

  async openTerm(): Promise<void> {
    const { client } = this.#layer1;
    const value = await client.readContract({ address: this.address, abi: rollupAbi, functionName: "bondAmount" });
    const data = encodeFunctionData({ abi: rollupAbi, functionName: "openTerm" });
    await this.#layer1.execute({ from: account("sequencer"), to: this.address, data, value });
    this.term++;
  }

  /** Gives the term up and takes a new one: an honest sequencer may do that at any time. */
  async changeTerm(): Promise<void> {
    const data = encodeFunctionData({ abi: rollupAbi, functionName: "closeTerm" });
    await this.#layer1.execute({ from: account("sequencer"), to: this.address, data });
    await this.openTerm();
  }

  /** Gives every owner collateral, which they let the inbox take. */
  async endowOwners(): Promise<void> {
    const { token, inbox } = this.deployment;
    for (let place = 0; place < OWNERS; place++) {
      const { address } = owner(place);
      const args = [address, collateralOfOwner] as const;
      const mint = encodeFunctionData({ abi: collateralAbi, functionName: "mint", args });
      const allowance = [inbox, collateralOfOwner] as const;
      const approve = encodeFunctionData({ abi: collateralAbi, functionName: "approve", args: allowance });
      await this.#layer1.send({ from: owner(place), to: token, data: mint });
      await this.#layer1.send({ from: owner(place), to: token, data: approve });
    }
    await this.#layer1.mine();
  }

  /** Pays in, all in one block. @returns the messages, in the inbox's order */
  async deposit(
    payments: readonly { readonly owner: number; readonly subAccount: number; readonly amount: number }[],
  ): Promise<InboxMessage[]> {
    const hashes: Hash[] = [];
    for (const payment of payments) {
      const args = [payment.subAccount, BigInt(payment.amount)] as const;
      const data = encodeFunctionData({ abi: inboxAbi, functionName: "deposit", args });
      hashes.push(await this.#layer1.send({ from: owner(payment.owner), to: this.deployment.inbox, data }));
    }
    await this.#layer1.mine();
    const receipts = await Promise.all(hashes.map((hash) => this.#layer1.receipt(hash)));
    const logs = parseEventLogs({ abi: inboxAbi, eventName: "MessageQueued", logs: receipts.flatMap((r) => r.logs) });
    const queued = logs
      .sort((left, right) => Number(left.args.index - right.args.index))
      .map(({ args: { kind, sender, time, body } }) => ({
        kind,
        sender: fromHex(sender),
        time: seconds(time),
        body: fromHex(body),
      }));
    if (queued.length !== payments.length) throw new RecourseError("DrillBroken", "A deposit of the drill's failed.");
    this.messages.push(...queued);
    return queued;
  }

  /**
   * Posts batches, one on top of the other, in one block.
   * @returns the first
   * @throws RecourseError where the contract does not take one, or makes of it something else than was meant
   */
  async post(claim: BatchClaim, ...onTop: readonly BatchClaim[]): Promise<PostedBatch> {
    const first = await this.#send(claim, this.tip);
    const sent = [first];
    for (const further of onTop) sent.push(await this.#send(further, sent.at(-1)!.posted.summary));
    await this.#layer1.mine();
    for (const { hash, posted } of sent) {
      const { logs } = await this.#layer1.receipt(hash);
      const [log] = parseEventLogs({ abi: rollupAbi, eventName: "BatchPosted", logs });
      if (log?.args.batchHash !== posted.batchHash) {
        throw new RecourseError("DrillBroken", "The contract did not take a batch of the drill's as it was meant.");
      }
      this.standing.push(posted.summary);
    }
    return first.posted;
  }

  /** Posts a batch that the contract is to refuse. @returns the error's name; undefined where it takes the batch */
  async refusalOf(claim: BatchClaim): Promise<string | undefined> {
    const { hash, args } = await this.#send(claim, this.tip);
    await this.#layer1.mine();
    const { status, blockNumber } = await this.#layer1.receipt(hash);
    if (status === "success") return undefined;
    try {
      const contract = { address: this.address, abi: rollupAbi, functionName: "post", args } as const;
      const sender = account("sequencer");
      await this.#layer1.client.simulateContract({ ...contract, account: sender, gas: 16_777_216n, blockNumber });
    } catch (error) {
      const reverted = error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError);
      if (reverted instanceof ContractFunctionRevertedError) return reverted.data?.errorName ?? "an unknown error";
      throw error;
    }
    throw new RecourseError("DrillBroken", "The contract refused a batch that it would take.");
  }

  /**
   * Reads what a proof has brought about, and forgets the batches that are gone.
   * @returns undefined where it has brought nothing about
   */
  async takeConviction(transaction: Hash): Promise<Conviction | undefined> {
    const { logs } = await this.#layer1.receipt(transaction);
    const [log] = parseEventLogs({ abi: rollupAbi, eventName: "BatchReverted", logs });
    if (log === undefined) return undefined;
    const { index, chunkIndex, correctRoot, era, eraStart } = log.args;
    this.standing.length = Number(index);
    this.era = era;
    this.eraStart = eraStart;
    return { chunk: Number(chunkIndex), correctRoot };
  }

  /** Asks the contract what it says of a proof. */
  checkProof(posted: PostedBatch, chunkIndex: number, chunk: Uint8Array, witness: Uint8Array): Promise<ProofCheck> {
    const nothing: Hash = "0x";
    const evidence = { chunkIndex, claimedRoot: nothing, correctRoot: nothing, chunk, witness };
    return checkProof(this.#layer1.client, this.address, account("drill").address, { posted, evidence });
  }

  /** Sends a batch that waits for a block. @returns also the batch as its log is going to show it */
  async #send(claim: BatchClaim, above: BatchSummary) {
    const { number, hash: blockHash } = await this.#layer1.client.getBlock();
    const { args, posted } = this.#describe(claim, { number, hash: blockHash }, above);
    const data = encodeFunctionData({ abi: rollupAbi, functionName: "post", args });
    const hash = await this.#layer1.send({ from: account("sequencer"), to: this.address, data });
    return { hash, args, posted };
  }

  #describe(claim: BatchClaim, block: { readonly number: bigint; readonly hash: Hash }, tip: BatchSummary) {
    const { time, chunks, postRoots, l1BlockHash = block.hash } = claim;
    const parent = claim.parent ?? tip;
    const data = chunks.map(({ kind, bytes }) => (kind === BRIDGE ? noBytes : bytes));
    const input = {
      time,
      l1BlockNumber: block.number,
      l1BlockHash,
      chunks: chunks.map(({ kind, messages }, place) => ({ kind, messages, postRoot: postRoots[place]! })),
    };
    const header: BatchHeader = {
      version: 1,
      verifierVersion: 1,
      index: tip.index + 1n,
      parentHash: hashSummary(tip),
      preRoot: tip.stateRoot,
      term: this.term,
      era: this.era,
      eraStart: this.eraStart,
      time,
      l1BlockNumber: block.number,
      l1BlockHash,
      inboxFrom: tip.inboxTo,
      inboxTo: tip.inboxTo + BigInt(chunks.reduce((sum, { messages }) => sum + messages, 0)),
      chunks: input.chunks.map((chunk, place) => ({ ...chunk, dataHash: toHex(keccak256(data[place]!)) })),
    };
    const summary: BatchSummary = {
      index: header.index,
      headerHash: hashHeader(header),
      stateRoot: postRoots.at(-1)!,
      term: this.term,
      time,
      inboxTo: header.inboxTo,
      postedAt: BigInt(this.#layer1.nextTime),
    };
    const args = [input, data.map(toHex), parent] as const;
    return {
      args,
      posted: { batchHash: hashSummary(summary), summary, header, data },
    };
  }
}

/** A bridge chunk of inbox messages. */
export function bridgeChunk(messages: readonly InboxMessage[]): ChunkPlan {
  return { kind: BRIDGE, bytes: encodeMessages(messages), messages: messages.length };
}
