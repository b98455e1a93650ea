import { type ContractArtifact, readArtifact } from "@recourse/contracts";
import { startLocalChain } from "@recourse/contracts/local";
import { type ChunkKind, fromHex, type StepContext, stepAbi, toHex } from "@recourse/protocol";
import type { Hex } from "viem";

/** What a step contract says of a chunk. */
export interface ContractResult {
  readonly postRoot: string;
  readonly meter: number;
  readonly reasons: readonly number[];
  /** Gas of the call as a transaction by today's rule for calldata, or undefined where it was not asked for. */
  readonly gasUsed?: number;
}

/** The contracts that execute chunks. */
export type StepContractName = "Pricing" | "StepTrade" | "StepRisk" | "StepBridge" | "StepBlock" | "StepHouse";

/**
 * The step contracts on a chain inside this process.
 * @param replaced contracts to deploy in place of those that have been built
 */
export async function deploySteps(replaced: Partial<Record<StepContractName, ContractArtifact>> = {}) {
  const chain = await startLocalChain();
  const artifactOf = (name: StepContractName) => replaced[name] ?? readArtifact(`step/${name}.sol`);
  const pricing = await chain.deploy(artifactOf("Pricing"));
  const steps: readonly Hex[] = [
    await chain.deploy(artifactOf("StepTrade")),
    await chain.deploy(artifactOf("StepRisk"), [], { Pricing: pricing }),
    await chain.deploy(artifactOf("StepBridge")),
    await chain.deploy(artifactOf("StepBlock")),
    await chain.deploy(artifactOf("StepHouse")),
  ];

  function request(kind: ChunkKind, preRoot: Uint8Array, context: StepContext, chunk: Uint8Array, witness: Uint8Array) {
    return {
      address: steps[kind]!,
      abi: stepAbi,
      functionName: "execute",
      args: [
        toHex(preRoot),
        { ...context, domainSeparator: toHex(context.domainSeparator) },
        toHex(chunk),
        toHex(witness),
      ],
      gas: 16_777_216n,
    } as const;
  }

  return {
    chain,
    steps,
    /** Executes a chunk by the contract of its kind. */
    async execute(
      kind: ChunkKind,
      preRoot: Uint8Array,
      context: StepContext,
      chunk: Uint8Array,
      witness: Uint8Array,
    ): Promise<ContractResult> {
      const [postRoot, meter, reasons] = await chain.publicClient.readContract(
        request(kind, preRoot, context, chunk, witness),
      );
      return { postRoot, meter: Number(meter), reasons: [...fromHex(reasons)] };
    },
    /** The gas of executing a chunk as a transaction of its own. */
    async gas(kind: ChunkKind, preRoot: Uint8Array, context: StepContext, chunk: Uint8Array, witness: Uint8Array) {
      return Number(
        await chain.publicClient.estimateContractGas({
          ...request(kind, preRoot, context, chunk, witness),
          account: chain.account.address,
        } as never),
      );
    },
    close: () => chain.close(),
  };
}
