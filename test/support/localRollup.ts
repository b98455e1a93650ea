import { type RunningChain, startChain } from "@recourse/contracts/chain";
import { type Deployment, deployRecourse, readDeployParameters } from "@recourse/contracts/deploy";
import { developmentAccount } from "@recourse/contracts/local";
import { createGenesis, encodeParameters } from "@recourse/engine";
import { collateralAbi, fromHex, inboxAbi, toHex } from "@recourse/protocol";
import type { SigningDomain } from "@recourse/sdk";
import { createPublicClient, createWalletClient, type Hex, http, type LocalAccount, type PublicClient } from "viem";

/** Which of the chain's funded accounts does what. */
const roles = { deployer: 0, sequencer: 1, lister: 2, oracle: 3, firstTrader: 5 } as const;

/** Units of the collateral in a dollar. */
const DOLLAR = 10n ** 6n;

/** Somebody with money in the rollup. */
export interface FundedTrader {
  readonly account: number;
  readonly owner: LocalAccount;
}

/** A chain in a process of its own, mined on wall time, with the real contracts deployed for development. */
export class LocalRollup {
  readonly lister: LocalAccount = developmentAccount(roles.lister);
  readonly oracle: LocalAccount = developmentAccount(roles.oracle);
  readonly sequencer: { readonly address: Hex; readonly privateKey: Hex };
  readonly rpcUrl: string;
  readonly publicClient: PublicClient;
  readonly deployment: Deployment;
  readonly #chain: RunningChain;

  private constructor(chain: RunningChain, publicClient: PublicClient, deployment: Deployment) {
    this.#chain = chain;
    this.rpcUrl = chain.rpcUrl;
    this.publicClient = publicClient;
    this.deployment = deployment;
    const sequencer = developmentAccount(roles.sequencer);
    this.sequencer = { address: sequencer.address, privateKey: toHex(sequencer.getHdKey().privateKey!) };
  }

  static async start(blockIntervalMs: number): Promise<LocalRollup> {
    const chain = await startChain({ blockIntervalMs });
    try {
      const transport = http(chain.rpcUrl);
      const publicClient = createPublicClient({ transport, pollingInterval: 50, cacheTime: 0 });
      const genesis = {
        lister: fromHex(developmentAccount(roles.lister).address),
        oracles: [fromHex(developmentAccount(roles.oracle).address)],
        oracleThreshold: 1,
        maxReportAgeSeconds: 3_600,
        maxMarkAgeSeconds: 3_600,
      };
      const deployment = await deployRecourse({
        publicClient,
        walletClient: createWalletClient({ transport, account: developmentAccount(roles.deployer) }),
        parameters: readDeployParameters("dev"),
        genesisRoot: toHex(createGenesis(genesis).root()),
        genesisParameters: toHex(encodeParameters(genesis)),
      });
      return new LocalRollup(chain, publicClient, deployment);
    } catch (error) {
      await chain.stop();
      throw error;
    }
  }

  get domain(): SigningDomain {
    return { chainId: this.deployment.chainId, rollup: this.deployment.rollup };
  }

  /** Pays collateral in for so many traders, each with an account of their own. */
  fundTraders(count: number, dollars: number): Promise<FundedTrader[]> {
    return Promise.all(Array.from({ length: count }, (_, trader) => this.#fund(trader, BigInt(dollars) * DOLLAR)));
  }

  async #fund(trader: number, amount: bigint): Promise<FundedTrader> {
    const { inbox, token } = this.deployment;
    const owner = developmentAccount(roles.firstTrader + trader);
    const wallet = createWalletClient({ transport: http(this.rpcUrl), account: owner });
    const settle = async (sent: Promise<Hex>) => {
      const { status } = await this.publicClient.waitForTransactionReceipt({ hash: await sent });
      if (status !== "success") throw new Error(`Trader ${trader} could not be funded.`);
    };
    const collateral = { abi: collateralAbi, address: token, chain: null } as const;
    const deposits = { abi: inboxAbi, address: inbox } as const;
    await settle(wallet.writeContract({ ...collateral, functionName: "mint", args: [owner.address, amount] }));
    await settle(wallet.writeContract({ ...collateral, functionName: "approve", args: [inbox, amount] }));
    await settle(wallet.writeContract({ ...deposits, chain: null, functionName: "deposit", args: [0, amount] }));
    const account = await this.publicClient.readContract({
      ...deposits,
      functionName: "accountOf",
      args: [owner.address, 0],
    });
    return { account, owner };
  }

  /** Ends the chain; what it held is gone. */
  stop(): Promise<void> {
    return this.#chain.stop();
  }
}
