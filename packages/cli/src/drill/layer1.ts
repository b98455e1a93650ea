import { startChain } from "@recourse/contracts/chain";
import {
  type Deployment,
  type DeployParameters,
  deployRecourse,
  readDeployParameters,
  type StepAddresses,
} from "@recourse/contracts/deploy";
import { developmentAccount } from "@recourse/contracts/local";
import { type Hash, RecourseError, toHex } from "@recourse/protocol";
import {
  createPublicClient,
  createWalletClient,
  type HttpTransport,
  http,
  type LocalAccount,
  type PublicClient,
  parseGwei,
  type TransactionReceipt,
} from "viem";
import type { Cleanup } from "../demo/cleanup.ts";

/** Ethereum's own pace. */
const SECONDS_OF_BLOCK = 12;
/** 1 January 2050: the chain's time is the drill's own, so that a run comes out the same on any day. */
const FIRST_SECOND = 2_524_608_000;
/** From the chain's first block to a deployment's, and from one deployment to the next. */
const SECONDS_OF_DEPLOYMENT = 86_400;
/** What every transaction of the drill may use and pay: what is not used is not paid. */
const gasCap = 16_777_216n;
const fees = { maxFeePerGas: parseGwei("100"), maxPriorityFeePerGas: parseGwei("1") };

/** Which of the accounts that the local chain funds does what. */
const roles = { deployer: 0, sequencer: 1, verifier: 2, secondVerifier: 3, drill: 4, firstOwner: 5 } as const;
/** Accounts that the local chain funds and that own accounts of the rollup. */
export const OWNERS = 15;

export const account = (role: keyof typeof roles) => developmentAccount(roles[role]);
export const owner = (place: number) => developmentAccount(roles.firstOwner + place);
export const privateKeyOf = (holder: ReturnType<typeof developmentAccount>): Hash =>
  toHex(holder.getHdKey().privateKey!);

/** As on a test network, but for the window: whatever the drill posts can be proved wrong until its end. */
const parameters: DeployParameters = {
  ...readDeployParameters("dev"),
  challengeWindowSeconds: 604_800,
  maxClockLagSeconds: 300,
};

export interface Call {
  readonly from: LocalAccount;
  readonly to: Hash;
  readonly data: Hash;
  readonly value?: bigint;
}

/** A chain in a process of its own, on which a block is mined when the drill says so, at the time that it says. */
export class Layer1 {
  readonly rpcUrl: string;
  readonly client: PublicClient<HttpTransport>;
  /** Of the newest block, in seconds. */
  time = FIRST_SECOND;
  readonly #chainId: number;
  readonly #nonces = new Map<Hash, number>();

  private constructor(rpcUrl: string, client: PublicClient<HttpTransport>, chainId: number) {
    this.rpcUrl = rpcUrl;
    this.client = client;
    this.#chainId = chainId;
  }

  static async start(cleanup: Cleanup): Promise<Layer1> {
    const { rpcUrl, stop } = await startChain({ blockIntervalMs: 1_000_000 });
    cleanup.add(stop);
    const client = createPublicClient({
      transport: http(rpcUrl, { retryCount: 0, timeout: 120_000 }),
      pollingInterval: 20,
      cacheTime: 0,
    });
    const layer1 = new Layer1(rpcUrl, client, await client.getChainId());
    await layer1.#ask("evm_setIntervalMining", [0]);
    await layer1.mine(0);
    return layer1;
  }

  /** Deploys a rollup that begins with a state. */
  async deploy(genesis: { root: Hash; parameters: Hash }, steps?: StepAddresses): Promise<Deployment> {
    const walletClient = createWalletClient({ transport: http(this.rpcUrl), account: account("deployer") });
    await this.#ask("evm_setAutomine", [true]);
    const deployment = await deployRecourse({
      publicClient: this.client,
      walletClient,
      parameters,
      genesisRoot: genesis.root,
      genesisParameters: genesis.parameters,
      ...(steps && { steps }),
    });
    await this.#ask("evm_setAutomine", [false]);
    // The deployment's blocks were mined at times of the chain's own.
    await this.mine(SECONDS_OF_DEPLOYMENT);
    return deployment;
  }

  /** The time that the next block is going to have. */
  get nextTime(): number {
    return this.time + SECONDS_OF_BLOCK;
  }

  /** Mines a block with all that has been sent. */
  async mine(secondsAhead = SECONDS_OF_BLOCK): Promise<void> {
    this.time += secondsAhead;
    await this.#ask("evm_setNextBlockTimestamp", [this.time]);
    await this.#ask("evm_mine", []);
  }

  /** Does something, and takes everything back that it did to the chain. */
  async undoing<Result>(action: () => Promise<Result>): Promise<Result> {
    const { time } = this;
    const nonces = new Map(this.#nonces);
    const snapshot = await this.#ask("evm_snapshot", []);
    try {
      return await action();
    } finally {
      await this.#ask("evm_revert", [snapshot]);
      this.time = time;
      this.#nonces.clear();
      for (const [address, nonce] of nonces) this.#nonces.set(address, nonce);
    }
  }

  /** Sends a transaction that waits for a block. */
  async send({ from, to, data, value = 0n }: Call): Promise<Hash> {
    const known = this.#nonces.get(from.address);
    const nonce = known ?? (await this.client.getTransactionCount({ address: from.address, blockTag: "pending" }));
    this.#nonces.set(from.address, nonce + 1);
    const serializedTransaction = await from.signTransaction!({
      type: "eip1559",
      chainId: this.#chainId,
      nonce,
      to,
      data,
      value,
      gas: gasCap,
      ...fees,
    });
    return this.client.sendRawTransaction({ serializedTransaction });
  }

  /** What became of a transaction that is in a block, whether it failed or not. */
  receipt(hash: Hash): Promise<TransactionReceipt> {
    return this.client.getTransactionReceipt({ hash });
  }

  /** Sends a transaction, mines it, and expects it not to fail. */
  async execute(call: Call): Promise<TransactionReceipt> {
    const hash = await this.send(call);
    await this.mine();
    const receipt = await this.receipt(hash);
    if (receipt.status !== "success") {
      throw new RecourseError("DrillBroken", `A transaction of the drill's own failed on L1 (${hash}).`);
    }
    return receipt;
  }

  #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.client.request({ method, params } as never);
  }
}
