import { readFileSync } from "node:fs";
import {
  type Account,
  type Chain,
  getContractAddress,
  type Hex,
  type PublicClient,
  parseEther,
  parseUnits,
  type Transport,
  type WalletClient,
} from "viem";
import { z } from "zod";
import { type ContractArtifact, linkLibraries, readArtifact } from "./artifacts.ts";

const collateralDecimals = 6;
const unlimitedClockLag = 2 ** 32 - 1;

export const networkClasses = ["dev", "test", "main"] as const;
/** How much delay and money a deployment asks for: seconds, minutes, or days. */
export type NetworkClass = (typeof networkClasses)[number];

const seconds = z.int().min(1).max(unlimitedClockLag);
const decimal = z.string().regex(/^\d{1,9}(\.\d{1,6})?$/, "Expected a decimal of at most 6 places.");

const deployParametersSchema = z.strictObject({
  challengeWindowSeconds: seconds,
  /** For which the bond of a closed term stays locked after its last batch is final. */
  claimPeriodSeconds: seconds,
  bondEther: decimal,
  /** That a batch's time may lag L1's; unlimited where a tape is replayed that brings its own past. */
  maxClockLagSeconds: z.union([seconds, z.literal("unlimited")]),
  /** The prover's part of a taken bond, in hundredths of a percent; the rest is burned. */
  proverShareBps: z.int().min(0).max(10_000),
  minimumDepositDollars: decimal,
  /** Whether a token that anybody can mint may be deployed as collateral. */
  mintableCollateral: z.boolean(),
});

export type DeployParameters = z.infer<typeof deployParametersSchema>;

/** Reads the parameters of a class of network. */
export function readDeployParameters(networkClass: NetworkClass): DeployParameters {
  return parseDeployParameters(readFileSync(new URL(`./deploy/${networkClass}.json`, import.meta.url), "utf8"));
}

/**
 * Reads deployment parameters from JSON.
 * @throws ZodError where they are incomplete, unknown or out of range
 */
export function parseDeployParameters(json: string): DeployParameters {
  return deployParametersSchema.parse(JSON.parse(json));
}

/** The step contracts by kind of chunk. */
export interface StepAddresses {
  readonly trade: Hex;
  readonly risk: Hex;
  readonly bridge: Hex;
  readonly block: Hex;
  readonly house: Hex;
}

export interface DeployOptions {
  readonly publicClient: PublicClient<Transport, Chain | undefined>;
  /** Its account pays. Nothing else may send from that account meanwhile: addresses are predicted from its nonce. */
  readonly walletClient: WalletClient<Transport, Chain | undefined, Account>;
  readonly parameters: DeployParameters;
  readonly genesisRoot: Hex;
  /** The value of the state's parameters record, which the rollup publishes. */
  readonly genesisParameters: Hex;
  /** The collateral, with 6 decimals; where it is left out, one that anybody can mint is deployed. */
  readonly token?: Hex;
  /** Where they are left out, the step contracts and the libraries that they link are deployed. */
  readonly steps?: StepAddresses;
}

export interface Deployment {
  readonly chainId: number;
  readonly rollup: Hex;
  readonly inbox: Hex;
  readonly vault: Hex;
  /** The view that proves totals of final states. */
  readonly systemicReport: Hex;
  readonly token: Hex;
  readonly steps: StepAddresses;
  /** What the step contracts link, by name. */
  readonly libraries: Readonly<Record<string, Hex>>;
  /** No log of the deployment is in an earlier block. */
  readonly deploymentBlock: bigint;
  /** Gas used by each contract's deployment, by the contract's name. */
  readonly gasUsed: Readonly<Record<string, bigint>>;
}

/** Deploys contracts in a row: sends without waiting, and waits for all at once. */
class DeploymentQueue {
  readonly gasUsed: Record<string, bigint> = {};
  readonly libraries: Record<string, Hex> = {};
  firstBlock: bigint | undefined;
  readonly #publicClient: DeployOptions["publicClient"];
  readonly #walletClient: DeployOptions["walletClient"];
  #nonce: number;
  #sent: { readonly name: string; readonly hash: Hex }[] = [];

  constructor({ publicClient, walletClient }: DeployOptions, nonce: number) {
    this.#publicClient = publicClient;
    this.#walletClient = walletClient;
    this.#nonce = nonce;
  }

  /** The address of the contract that is sent after `others` others. */
  addressAfter(others: number): Hex {
    return getContractAddress({ from: this.#walletClient.account.address, nonce: BigInt(this.#nonce + others) });
  }

  /** Sends a contract's deployment, after those of the libraries that it links. */
  async send(artifact: ContractArtifact, args: readonly unknown[] = []): Promise<Hex> {
    for (const [source, libraries] of Object.entries(artifact.linkReferences)) {
      for (const library of Object.keys(libraries)) {
        this.libraries[library] ??= await this.send(readArtifact(source.replace(/^.*?src\//, ""), library));
      }
    }
    const address = this.addressAfter(0);
    const hash = await this.#walletClient.deployContract({
      abi: artifact.abi,
      bytecode: linkLibraries(artifact, this.libraries),
      args,
      nonce: this.#nonce,
      chain: null,
    });
    this.#nonce += 1;
    this.#sent.push({ name: artifact.contractName, hash });
    return address;
  }

  /** Waits until all that was sent is in a block. */
  async settle(): Promise<void> {
    const receipts = await Promise.all(
      this.#sent.map(async ({ name, hash }) => ({
        name,
        receipt: await this.#publicClient.waitForTransactionReceipt({ hash }),
      })),
    );
    this.#sent = [];
    for (const { name, receipt } of receipts) {
      if (receipt.status !== "success") throw new Error(`${name} could not be deployed (${receipt.transactionHash}).`);
      this.gasUsed[name] = receipt.gasUsed;
      if (this.firstBlock === undefined || receipt.blockNumber < this.firstBlock) this.firstBlock = receipt.blockNumber;
    }
  }
}

/**
 * Deploys a rollup with its inbox and vault, and what of collateral and step contracts is not given.
 * @throws Error where no collateral is given and the parameters do not allow one that anybody can mint
 */
export async function deployRecourse(options: DeployOptions): Promise<Deployment> {
  const { publicClient, walletClient, parameters, genesisRoot, genesisParameters } = options;
  if (options.token === undefined && !parameters.mintableCollateral) {
    throw new Error("This class of network needs the address of a collateral token.");
  }
  const nonce = await publicClient.getTransactionCount({ address: walletClient.account.address, blockTag: "pending" });
  const queue = new DeploymentQueue(options, nonce);

  const token = options.token ?? (await queue.send(readArtifact("test/TestDollar.sol")));
  const steps = options.steps ?? {
    trade: await queue.send(readArtifact("step/StepTrade.sol")),
    risk: await queue.send(readArtifact("step/StepRisk.sol")),
    bridge: await queue.send(readArtifact("step/StepBridge.sol")),
    block: await queue.send(readArtifact("step/StepBlock.sol")),
    house: await queue.send(readArtifact("step/StepHouse.sol")),
  };
  // Vault and rollup name each other: the vault is told where the rollup is going to be, and the rollup's constructor
  // checks that it was told right.
  const rollupAddress = queue.addressAfter(2);
  const vault = await queue.send(readArtifact("Vault.sol"), [token, rollupAddress]);
  // Constructors from here on call contracts of before, which must be in a block when their gas is estimated.
  await queue.settle();
  const inbox = await queue.send(readArtifact("Inbox.sol"), [
    vault,
    parseUnits(parameters.minimumDepositDollars, collateralDecimals),
  ]);
  await queue.settle();
  const rollup = await queue.send(readArtifact("Rollup.sol"), [
    {
      genesisRoot,
      genesisParameters,
      challengeWindow: BigInt(parameters.challengeWindowSeconds),
      claimPeriod: BigInt(parameters.claimPeriodSeconds),
      bondAmount: parseEther(parameters.bondEther),
      maxClockLag: parameters.maxClockLagSeconds === "unlimited" ? unlimitedClockLag : parameters.maxClockLagSeconds,
      proverShareBps: parameters.proverShareBps,
      steps: [steps.trade, steps.risk, steps.bridge, steps.block, steps.house],
      inbox,
      vault,
    },
  ]);
  const systemicReport = await queue.send(readArtifact("SystemicReport.sol"), [rollup]);
  await queue.settle();

  return {
    chainId: await publicClient.getChainId(),
    rollup,
    inbox,
    vault,
    systemicReport,
    token,
    steps,
    libraries: queue.libraries,
    deploymentBlock: queue.firstBlock!,
    gasUsed: queue.gasUsed,
  };
}
