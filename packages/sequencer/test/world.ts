import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningChain, startChain } from "@recourse/contracts/chain";
import {
  type Deployment,
  type DeployParameters,
  deployRecourse,
  readDeployParameters,
} from "@recourse/contracts/deploy";
import { developmentAccount } from "@recourse/contracts/local";
import { createGenesis, encodeParameters } from "@recourse/engine";
import { collateralAbi, fromHex, inboxAbi, toHex } from "@recourse/protocol";
import {
  listInstrument,
  listUnderlying,
  markBytes,
  oracleReport,
  SequencerClient,
  type SigningDomain,
  tickBytes,
} from "@recourse/sdk";
import { createPublicClient, createWalletClient, type Hex, http, type LocalAccount } from "viem";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type { JournalPlace } from "./databases.ts";

/** The engine's clock at which the tests' world begins: long past, as on a replayed tape. */
export const startTime = 1_700_000_000;
export const operatorToken = "a token of at least sixteen characters";
export const perpetual = "BTC-PERPETUAL";

/** Hardhat's accounts are funded; these roles use one each. */
const roles = { deployer: 0, sequencer: 1, lister: 2, oracle: 3, firstTrader: 5 } as const;

const accountKeys = {
  sequencer: "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
} as const;

const BLOCK_INTERVAL_MS = 100;

export interface FundedAccount {
  readonly account: number;
  readonly owner: LocalAccount;
}

/** A chain with the contracts deployed, in a process of its own. */
export interface World {
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  readonly domain: SigningDomain;
  readonly publicClient: ReturnType<typeof createPublicClient>;
  /** Pays collateral in for an owner of their own. @returns the account's number and its owner */
  fund(trader: number, dollars: number): Promise<FundedAccount>;
  temporaryFolder(): Promise<string>;
  close(): Promise<void>;
}

export async function createWorld(parameters: Partial<DeployParameters> = {}): Promise<World> {
  const chain: RunningChain = await startChain({ blockIntervalMs: BLOCK_INTERVAL_MS });
  const folders: string[] = [];
  const transport = http(chain.rpcUrl);
  const publicClient = createPublicClient({ transport, pollingInterval: 50, cacheTime: 0 });
  const genesisParameters = {
    lister: fromHex(developmentAccount(roles.lister).address),
    oracles: [fromHex(developmentAccount(roles.oracle).address)],
    oracleThreshold: 1,
    maxReportAgeSeconds: 3_600,
    maxMarkAgeSeconds: 3_600,
  };
  const deployment = await deployRecourse({
    publicClient,
    walletClient: createWalletClient({ transport, account: developmentAccount(roles.deployer) }),
    parameters: { ...readDeployParameters("dev"), ...parameters },
    genesisRoot: toHex(createGenesis(genesisParameters).root()),
    genesisParameters: toHex(encodeParameters(genesisParameters)),
  });
  const { rollup, inbox, token, chainId } = deployment;

  async function fund(trader: number, dollars: number): Promise<FundedAccount> {
    const account = developmentAccount(roles.firstTrader + trader);
    const wallet = createWalletClient({ transport, account });
    const amount = BigInt(dollars) * 10n ** 6n;
    const send = async (hash: Promise<Hex>) => publicClient.waitForTransactionReceipt({ hash: await hash });
    const contract = { abi: collateralAbi, address: token, chain: null } as const;
    await send(wallet.writeContract({ ...contract, functionName: "mint", args: [account.address, amount] }));
    await send(wallet.writeContract({ ...contract, functionName: "approve", args: [inbox, amount] }));
    await send(
      wallet.writeContract({ abi: inboxAbi, address: inbox, chain: null, functionName: "deposit", args: [0, amount] }),
    );
    const number = await publicClient.readContract({
      abi: inboxAbi,
      address: inbox,
      functionName: "accountOf",
      args: [account.address, 0],
    });
    return { account: number, owner: account };
  }

  return {
    rpcUrl: chain.rpcUrl,
    deployment,
    domain: { chainId, rollup },
    publicClient,
    fund,
    async temporaryFolder() {
      const folder = await mkdtemp(join(tmpdir(), "recourse-sequencer-"));
      folders.push(folder);
      return folder;
    },
    async close() {
      await chain.stop();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

export interface SequencerProcess {
  readonly url: string;
  readonly client: SequencerClient;
  /** What it wrote to its log so far. */
  log(): string;
  /** Ends it at once, as a power failure would end the process. */
  kill(): Promise<void>;
  /** Asks it to end. @returns its exit status */
  stop(): Promise<number | null>;
  /** Waits for it to end by itself, as is expected of it. @returns its exit status */
  ended(): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

/**
 * Starts the sequencer as it is deployed: in a process of its own, by its own entry.
 * @param journal the data folder, or another place of the journal
 */
export async function startSequencerProcess(
  world: World,
  journal: string | Pick<JournalPlace, "flags" | "environment">,
  flags: Readonly<Record<string, string>> = {},
  owner: PrivateKeyAccount = privateKeyToAccount(accountKeys.sequencer),
): Promise<SequencerProcess> {
  const place = typeof journal === "string" ? { flags: { "data-dir": journal }, environment: {} } : journal;
  const options = {
    "rpc-url": world.rpcUrl,
    rollup: world.deployment.rollup,
    ...place.flags,
    clock: "external",
    "batch-interval-ms": "300",
    "poll-interval-ms": "50",
    ...flags,
  };
  const child: ChildProcess = fork(
    fileURLToPath(new URL("../src/main.ts", import.meta.url)),
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    {
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        ...process.env,
        RECOURSE_DATABASE_URL: "",
        ...place.environment,
        RECOURSE_SEQUENCER_KEY: owner === stranger ? strangerKey : accountKeys.sequencer,
        RECOURSE_OPERATOR_TOKEN: operatorToken,
      },
    },
  );
  let log = "";
  child.stderr!.on("data", (data) => {
    log += data;
  });
  let isExpectedToRun = false;
  const exited = once(child, "exit").then(([status]) => {
    // A test that fails for it would not say why.
    if (isExpectedToRun) console.error(`The sequencer ended with status ${status}:\n${log}`);
    return status as number | null;
  });
  const ready = once(child.stdout!, "data").then(([data]) => JSON.parse(String(data)) as { url: string });
  const { url } = await Promise.race([
    ready,
    exited.then((status) => {
      throw new Error(`The sequencer ended with status ${status}:\n${log}`);
    }),
  ]);
  isExpectedToRun = true;
  return {
    url,
    client: new SequencerClient({ url, operatorToken }),
    log: () => log,
    exited,
    async kill() {
      isExpectedToRun = false;
      child.kill("SIGKILL");
      await exited;
    },
    ended() {
      isExpectedToRun = false;
      return exited;
    },
    async stop() {
      isExpectedToRun = false;
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Lists a perpetual and brings it a price, by the operator's clock. */
export async function openMarket(
  world: World,
  client: SequencerClient,
  time = startTime,
  index = "50000",
): Promise<void> {
  const lister = developmentAccount(roles.lister);
  const deadline = time + 300;
  const { results } = await client.submitTransactions([
    tickBytes(time),
    await listUnderlying(lister, world.domain, { underlying: 1, symbol: "BTC", deadline }),
    await listInstrument(lister, world.domain, {
      name: perpetual,
      underlying: 1,
      tick: "0.5",
      lot: "0.001",
      minimumNotional: "10",
      takerFeeRate: "0.0005",
      makerFeeRate: "0.0001",
      deadline,
    }),
    await reportIndex(world, time, index),
    markBytes(1),
  ]);
  const refused = results.find((result) => "error" in result);
  if (refused) throw new Error(`The market did not open: ${JSON.stringify(refused)}`);
}

export function reportIndex(world: World, time: number, index: string): Promise<Hex> {
  const oracle = { place: 0, account: developmentAccount(roles.oracle) };
  return oracleReport(world.domain, { underlying: 1, time, index, surfaces: [] }, [oracle]);
}

const strangerKey = generatePrivateKey();
/** Somebody whom nobody knows. */
export const stranger = privateKeyToAccount(strangerKey);

export const sequencerKey = accountKeys.sequencer;
export const sequencerAddress = privateKeyToAccount(accountKeys.sequencer).address;

/** Waits until something holds, looking every few milliseconds. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  timeoutMs = 60_000,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const value = await look();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`This did not happen within ${timeoutMs} ms: ${what}`);
}
