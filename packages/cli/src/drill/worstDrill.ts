import type { StepAddresses } from "@recourse/contracts/deploy";
import { encodeParameters } from "@recourse/engine";
import {
  ChunkKind,
  domainSeparator,
  fromHex,
  keccak256,
  MAX_CHUNK_MESSAGES,
  MAX_CHUNKS,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { startVerifier } from "@recourse/verifier";
import type { ArchivedCase } from "./archive.ts";
import { Draft } from "./draft.ts";
import { account, type Layer1, OWNERS, privateKeyOf } from "./layer1.ts";
import type { CaseResult } from "./referee.ts";
import { bridgeChunk, type ChunkPlan, Rollup } from "./rollup.ts";
import { Verdicts } from "./verdicts.ts";
import { WorstCase } from "./worstChunks.ts";
import { worstParameters } from "./worstState.ts";

/** A worst chunk as it was posted, and what became of it. */
export interface WorstResult {
  readonly planned: ArchivedCase;
  readonly result: CaseResult;
}

/** A chunk as small as can be: the header of a proof is longest where a batch has as many chunks as it may have. */
const filler: ChunkPlan = { kind: ChunkKind.trade, bytes: Uint8Array.of(0xff), messages: 0 };

/**
 * Has each of the worst chunks proved wrong on a rollup that begins with the large state, and is there again for the
 * next. The verifier is the project's own code from L1's logs on; only its first state is handed to it.
 * @param isChosen which of them, by name; all where it is left out
 */
export async function* drillWorstChunks(
  layer1: Layer1,
  steps: StepAddresses,
  isChosen: (name: string) => boolean = () => true,
): AsyncGenerator<WorstResult> {
  const worst = new WorstCase();
  const genesis = { root: toHex(worst.state.root()), parameters: toHex(encodeParameters(worstParameters)) };
  const deployment = await layer1.deploy(genesis, steps);
  const separator = domainSeparator(deployment.chainId, fromHex(deployment.rollup));
  const chosen = worst.chunks.filter(({ name }) => isChosen(name));
  // What nobody signs stands in a bridge chunk.
  for (const chunk of [...chosen, undefined]) {
    yield layer1.undoing(async () => {
      const rollup = new Rollup(layer1, deployment);
      await rollup.open();
      if (chunk === undefined) return prove("messages", layer1, rollup, worst.state, await flood(rollup));
      const bytes = worst.bytesOf(chunk, separator);
      return prove(chunk.name, layer1, rollup, worst.state, { kind: chunk.kind, bytes, messages: 0 });
    });
  }
}

/** As many messages as a chunk may have. */
async function flood(rollup: Rollup): Promise<ChunkPlan> {
  await rollup.endowOwners();
  const payments = Array.from({ length: MAX_CHUNK_MESSAGES }, (_, place) => ({
    owner: place % OWNERS,
    subAccount: place,
    amount: 1_000_000 + place,
  }));
  return bridgeChunk(await rollup.deposit(payments));
}

async function prove(
  name: string,
  layer1: Layer1,
  rollup: Rollup,
  state: OrderedStore,
  chunk: ChunkPlan,
): Promise<WorstResult> {
  const draft = new Draft(state, rollup.context(layer1.time));
  for (let place = 1; place < MAX_CHUNKS; place++) draft.add(filler);
  draft.add(chunk, { name: (_, right) => toHex(keccak256(new TextEncoder().encode(right))) });
  const verdicts = new Verdicts();
  const verifier = startVerifier(
    {
      rpcUrls: [layer1.rpcUrl],
      rollup: rollup.address,
      mode: "challenge",
      key: privateKeyOf(account("secondVerifier")),
      pollIntervalMs: 10,
      fromBlock: Number(rollup.deployment.deploymentBlock),
    },
    { announce: (announcement) => verdicts.take(announcement), genesis: state },
  );
  const { batch } = draft.claim();
  const planned: ArchivedCase = { kind: "worst chunk", variant: name, draft, batch, firstWrong: MAX_CHUNKS - 1 };
  const judged = (findings: Omit<CaseResult, "truth" | "batch" | "batchHash">): WorstResult => ({
    planned,
    result: { truth: "fraudulent", batch: 1, batchHash, ...findings },
  });
  const { batchHash } = await rollup.post(batch);
  try {
    const { verdict } = await verdicts.verdictOf(1);
    const transaction = verdict === "fraud" ? await verdicts.proofSent(1) : undefined;
    if (transaction === undefined) {
      return judged({ verdict, isConvicted: false, disagreements: ["The verifier proves nothing."] });
    }
    await layer1.mine();
    const conviction = await rollup.takeConviction(transaction);
    const proved = await verdicts.proved(1);
    if (conviction === undefined || proved === undefined) {
      return judged({ verdict, isConvicted: false, disagreements: ["The contract does not convict."] });
    }
    const isRight = conviction.chunk === MAX_CHUNKS - 1 && conviction.correctRoot === draft.rightRoots.at(-1);
    const disagreements = isRight ? [] : ["The contract convicts for another reason."];
    return judged({ verdict, isConvicted: true, disagreements, gasUsed: proved.gasUsed, gasAt64: proved.gasAt64 });
  } finally {
    verifier.stop();
    await verifier.done;
  }
}
