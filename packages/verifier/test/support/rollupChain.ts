import { createGenesis, encodeParameters } from "@recourse/engine";
import { collateralAbi, fromHex, type Hash, type InboxMessage, inboxAbi, rollupAbi, toHex } from "@recourse/protocol";
import {
  type Account,
  type Chain,
  createPublicClient,
  createWalletClient,
  type PublicClient,
  type Transport,
  type WalletClient,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { readArtifact } from "../../../../contracts/artifacts.ts";
import { type Deployment, deployRecourse, readDeployParameters } from "../../../../contracts/deploy.ts";
import { developmentAccount } from "../../../../contracts/local.ts";
import { genesisParameters } from "../../../../test/support/world.ts";
import { createL1Reader, type PostedBatch } from "../../src/index.ts";
import { type BatchPlan, Market, traders } from "./market.ts";

/** A private key of one of the accounts that the local chain funds. */
export function developmentKey(index: number): Hash {
  return toHex(developmentAccount(index).getHdKey().privateKey!);
}

const depositAmount = 1_000_000_000_000n;

/** A rollup on a chain, and the sequencer that posts to it. */
export class RollupChain {
  readonly publicClient: PublicClient<Transport, Chain | undefined>;
  readonly walletClient: WalletClient<Transport, Chain | undefined, Account>;
  readonly transport: Transport;
  readonly deployment: Deployment;
  readonly market: Market;

  private constructor(
    transport: Transport,
    publicClient: RollupChain["publicClient"],
    walletClient: RollupChain["walletClient"],
    deployment: Deployment,
    market: Market,
  ) {
    this.transport = transport;
    this.publicClient = publicClient;
    this.walletClient = walletClient;
    this.deployment = deployment;
    this.market = market;
  }

  /**
   * Deploys a rollup and opens a term.
   * @param areStepsReal whether chunks are judged by the real step contracts, or by one whose root is only a hash
   */
  static async deploy(transport: Transport, areStepsReal: boolean): Promise<RollupChain> {
    const publicClient = createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 });
    const walletClient = createWalletClient({ transport, account: developmentAccount(0) });
    const mock = areStepsReal ? undefined : await deployMock(publicClient, walletClient);
    const deployment = await deployRecourse({
      publicClient,
      walletClient,
      parameters: { ...readDeployParameters("dev"), challengeWindowSeconds: 100_000 },
      genesisRoot: toHex(createGenesis(genesisParameters).root()),
      genesisParameters: toHex(encodeParameters(genesisParameters)),
      ...(mock && { steps: { trade: mock, risk: mock, bridge: mock, block: mock, house: mock } }),
    });
    const domainSeparator = await publicClient.readContract({
      address: deployment.rollup,
      abi: rollupAbi,
      functionName: "domainSeparator",
    });
    const chain = new RollupChain(
      transport,
      publicClient,
      walletClient,
      deployment,
      new Market(fromHex(domainSeparator)),
    );
    await chain.openTerm();
    return chain;
  }

  get rollup(): Hash {
    return this.deployment.rollup;
  }

  async openTerm(): Promise<void> {
    const { publicClient, rollup } = this;
    const value = await publicClient.readContract({ address: rollup, abi: rollupAbi, functionName: "bondAmount" });
    await this.mined(
      await this.walletClient.writeContract({
        address: rollup,
        abi: rollupAbi,
        functionName: "openTerm",
        value,
        chain: null,
      }),
    );
    const term = await publicClient.readContract({ address: rollup, abi: rollupAbi, functionName: "term" });
    const era = await publicClient.readContract({ address: rollup, abi: rollupAbi, functionName: "era" });
    this.market.context = { ...this.market.context, term, era };
  }

  /** Pays in for both traders; answers the messages that the inbox made of it. */
  async deposit(): Promise<InboxMessage[]> {
    const { inbox, token } = this.deployment;
    for (const { privateKey } of traders) {
      const account = privateKeyToAccount(toHex(privateKey));
      const trader = createWalletClient({ transport: this.transport, account });
      const sponsor = this.walletClient;
      await this.mined(
        await sponsor.sendTransaction({ to: account.address, value: 10n ** 18n, chain: null }),
        await sponsor.writeContract({
          address: token,
          abi: collateralAbi,
          functionName: "mint",
          args: [account.address, depositAmount],
          chain: null,
        }),
      );
      await this.mined(
        await trader.writeContract({
          address: token,
          abi: collateralAbi,
          functionName: "approve",
          args: [inbox, depositAmount],
          chain: null,
        }),
      );
      await this.mined(
        await trader.writeContract({
          address: inbox,
          abi: inboxAbi,
          functionName: "deposit",
          args: [0, depositAmount],
          chain: null,
        }),
      );
    }
    const events = await this.#events();
    return events.flatMap((event) => (event.type === "messageQueued" ? [event.message] : []));
  }

  /** Posts a batch, and answers the block in which it is. */
  async post(plan: BatchPlan): Promise<{ readonly block: number; readonly batch: PostedBatch }> {
    const [latest, parent] = await Promise.all([this.publicClient.getBlock(), this.#newestSummary()]);
    const [receipt] = await this.mined(
      await this.walletClient.writeContract({
        address: this.rollup,
        abi: rollupAbi,
        functionName: "post",
        args: [
          { time: plan.time, l1BlockNumber: latest.number, l1BlockHash: latest.hash, chunks: plan.chunks },
          plan.data.map(toHex),
          parent,
        ],
        chain: null,
        gas: 10_000_000n,
      }),
    );
    const posted = (await this.#events()).findLast((event) => event.type === "batchPosted");
    return { block: Number(receipt!.blockNumber), batch: posted as PostedBatch };
  }

  async head(): Promise<number> {
    const head = await this.publicClient.readContract({
      address: this.rollup,
      abi: rollupAbi,
      functionName: "head",
    });
    return Number(head);
  }

  async mined(...hashes: Hash[]) {
    return Promise.all(
      hashes.map(async (hash) => {
        const receipt = await this.publicClient.waitForTransactionReceipt({ hash });
        if (receipt.status !== "success") throw new Error(`The transaction ${hash} failed.`);
        return receipt;
      }),
    );
  }

  async #events() {
    const reader = createL1Reader(this.publicClient as PublicClient, this.rollup);
    return reader.events(0, (await reader.latestBlock()).number);
  }

  async #newestSummary(): Promise<PostedBatch["summary"]> {
    const events = await this.#events();
    const head = BigInt(await this.head());
    for (const event of events.reverse()) {
      if ((event.type === "batchPosted" || event.type === "genesis") && event.summary.index === head) {
        return event.summary;
      }
    }
    throw new Error(`There is no batch ${head}.`);
  }
}

async function deployMock(
  publicClient: RollupChain["publicClient"],
  walletClient: RollupChain["walletClient"],
): Promise<Hash> {
  const { abi, bytecode } = readArtifact("test/StepMock.sol");
  const hash = await walletClient.deployContract({ abi, bytecode, chain: null });
  return (await publicClient.waitForTransactionReceipt({ hash })).contractAddress!;
}
