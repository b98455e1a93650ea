import { executeChunk } from "@recourse/engine";
import { type Hash, rollupAbi, toHex } from "@recourse/protocol";
import type { PostedBatch } from "@recourse/verifier";
import { encodeFunctionData } from "viem";
import type { PlannedCase } from "./cases.ts";
import { chance } from "./chance.ts";
import { account } from "./layer1.ts";
import type { Verdicts } from "./verdicts.ts";
import type { World } from "./world.ts";

/** What became of a case. */
export interface CaseResult {
  /** `refused`: the contract did not take the batch, and was not to. */
  readonly truth: "honest" | "fraudulent" | "refused";
  /** The batch's number on L1, and its hash; absent where it was refused. */
  readonly batch?: number;
  readonly batchHash?: Hash;
  /** The verifier's. */
  readonly verdict?: "valid" | "fraud" | "unknown";
  /** Whether one transaction of the verifier's brought the batch down. */
  readonly isConvicted: boolean;
  /** The error with which the contract refused the batch. */
  readonly refusedWith?: string;
  /** Where verifier, contract and the truth differ, in sentences. */
  readonly disagreements: readonly string[];
  readonly gasUsed?: number;
  readonly gasAt64?: number;
  /** Whether a wrong batch stands that nobody can bring down, so that the chain cannot go on. */
  readonly isStuck?: boolean;
}

/** Seconds by which the block of a proof is late now and then, so that the new era begins after the engine's clock. */
const LATE_SECONDS = 600;
const LATE = 0.3;

/** Posts cases, and hears the verifier and the contract on them. */
export class Referee {
  readonly #world: World;
  readonly #verdicts: Verdicts;

  constructor(world: World, verdicts: Verdicts) {
    this.#world = world;
    this.#verdicts = verdicts;
  }

  async judge(planned: PlannedCase): Promise<CaseResult> {
    const { batch, firstWrong, onTop, refusal } = planned;
    this.#verdicts.turnPage();
    if (refusal !== undefined) return this.#judgeRefused(planned, refusal.error);
    const posted = await this.#world.rollup.post(batch, ...(onTop ? [onTop.claim().batch] : []));
    return firstWrong === undefined
      ? this.#judgeHonest(planned, posted)
      : this.#judgeFraudulent(planned, posted, firstWrong);
  }

  async #judgeRefused({ batch }: PlannedCase, expected: string): Promise<CaseResult> {
    const refusedWith = await this.#world.rollup.refusalOf(batch);
    const disagreements =
      refusedWith === expected ? [] : [`The contract answers ${refusedWith ?? "nothing"} instead of ${expected}.`];
    const outcome = { truth: "refused", isConvicted: false, disagreements } as const;
    return refusedWith === undefined ? { ...outcome, isStuck: true } : { ...outcome, refusedWith };
  }

  async #judgeHonest(planned: PlannedCase, posted: PostedBatch): Promise<CaseResult> {
    const batch = Number(posted.summary.index);
    const [said, disagreements] = await Promise.all([
      this.#verdicts.verdictOf(batch),
      this.#askContract(planned, posted, planned.draft.chunks.length),
    ]);
    this.#world.adopt(planned.claimedState);
    if (said.verdict !== "valid") disagreements.push(`The verifier says "${said.verdict}" of an honest batch.`);
    else if (said.root !== posted.summary.stateRoot) disagreements.push("The verifier comes to another root.");
    const { batchHash } = posted;
    return { truth: "honest", batch, batchHash, verdict: said.verdict, isConvicted: false, disagreements };
  }

  async #judgeFraudulent(planned: PlannedCase, posted: PostedBatch, firstWrong: number): Promise<CaseResult> {
    const { rollup, layer1, random } = this.#world;
    const batch = Number(posted.summary.index);
    const [said, disagreements] = await Promise.all([
      this.#verdicts.verdictOf(batch),
      this.#askContract(planned, posted, firstWrong),
    ]);
    const { batchHash } = posted;
    const outcome = { truth: "fraudulent", batch, batchHash, verdict: said.verdict, disagreements } as const;
    if (said.verdict === "fraud" && said.chunk !== firstWrong) {
      disagreements.push(`The verifier finds chunk ${said.chunk} wrong first, and it is chunk ${firstWrong}.`);
    }
    const sent = said.verdict === "fraud" ? await this.#verdicts.proofSent(batch) : undefined;
    const transaction = sent ?? (await this.#sendProof(planned, posted, firstWrong));
    if (sent === undefined)
      disagreements.push(`The verifier says "${said.verdict}" of a wrong batch and proves nothing.`);
    await layer1.mine(layer1.nextTime - layer1.time + (chance(random, LATE) ? LATE_SECONDS : 0));
    const conviction = await rollup.takeConviction(transaction);
    if (conviction === undefined) {
      disagreements.push("The contract does not convict a wrong batch.");
      return { ...outcome, isConvicted: false, isStuck: true };
    }
    if (conviction.correctRoot !== planned.draft.rightRoots[firstWrong]) {
      disagreements.push(`The contract's root of chunk ${firstWrong} is not the right one.`);
    }
    await this.#verdicts.reverted(batch);
    const proved = sent === undefined ? undefined : await this.#verdicts.proved(batch);
    await rollup.openTerm();
    if (proved === undefined) return { ...outcome, isConvicted: false };
    return { ...outcome, isConvicted: true, gasUsed: proved.gasUsed, gasAt64: proved.gasAt64 };
  }

  /** Asks the contract about the chunks before one, each of which is right. @returns what it says against them */
  async #askContract({ draft }: PlannedCase, posted: PostedBatch, until: number): Promise<string[]> {
    const store = draft.before.clone();
    const answers = draft.chunks.slice(0, until).map(async ({ kind, bytes }, place) => {
      executeChunk(store, draft.context, kind, bytes);
      const check = await this.#world.rollup.checkProof(posted, place, bytes, store.witness());
      if (check.isAccepted) return `The contract would convict chunk ${place}, which is right.`;
      return check.error === "RootIsCorrect" ? undefined : `The contract answers ${check.error} about chunk ${place}.`;
    });
    return (await Promise.all(answers)).filter((answer) => answer !== undefined);
  }

  /** Sends the proof of a wrong batch that the verifier has let pass, so that the drill can go on from its parent. */
  async #sendProof({ draft }: PlannedCase, posted: PostedBatch, firstWrong: number): Promise<Hash> {
    const store = draft.before.clone();
    for (const { kind, bytes } of draft.chunks.slice(0, firstWrong + 1)) {
      executeChunk(store, draft.context, kind, bytes);
    }
    const chunk = toHex(draft.chunks[firstWrong]!.bytes);
    const args = [posted.summary, posted.header, BigInt(firstWrong), chunk, toHex(store.witness())] as const;
    const data = encodeFunctionData({ abi: rollupAbi, functionName: "proveFraud", args });
    return this.#world.layer1.send({ from: account("drill"), to: this.#world.rollup.address, data });
  }
}
