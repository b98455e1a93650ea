import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { type ContractArtifact, linkLibraries, readArtifact } from "@recourse/contracts";
import { developmentAccount, startLocalChain } from "@recourse/contracts/local";
import { type ChunkKind, type StepContext, stepAbi, toHex } from "@recourse/protocol";
import { createPublicClient, createWalletClient, encodeFunctionData, type Hex, http } from "viem";

/** Gas that a transaction may use on Ethereum. */
const MAX_TRANSACTION_GAS = 16_777_216;
/** An address without code: a call of it costs what comes before and after execution. */
const NOBODY = "0x000000000000000000000000000000000000dead";

/** An EVM with the step contracts on it. */
export interface Machine {
  /** Calls a contract and resolves with what it returned. */
  call(to: Hex, data: Hex): Promise<Hex>;
  /** The step contract of a kind of chunk. */
  readonly steps: Readonly<Record<ChunkKind, Hex>>;
  close(): Promise<void>;
}

type Deploy = (artifact: ContractArtifact, args?: readonly unknown[], libraries?: Record<string, Hex>) => Promise<Hex>;
type Request = (request: { readonly method: string; readonly params: readonly unknown[] }) => Promise<unknown>;

/** Hardhat's chain (EDR), in this process: nothing travels. */
export async function startEdr(): Promise<Machine> {
  const chain = await startLocalChain();
  return machine(chain.publicClient.request as unknown as Request, chain.deploy, () => chain.close());
}

/** Foundry's chain, in a process of its own. @throws Error where the platform has no binary of it */
export async function startAnvil(): Promise<Machine> {
  const port = await freePort();
  const child = spawn(
    anvilBinary(),
    ["--port", String(port), "--silent", "--gas-limit", "60000000", "--accounts", "1"],
    {
      stdio: "ignore",
    },
  );
  // It would outlive a process that is told to end.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const url = `http://127.0.0.1:${port}`;
  const publicClient = createPublicClient({ transport: http(url, { retryCount: 0 }), pollingInterval: 20 });
  const wallet = createWalletClient({ transport: http(url), account: developmentAccount(0) });
  const close = async () => {
    process.off("exit", kill);
    await end(child);
  };
  try {
    await untilAnswers(child, () => publicClient.getChainId());
    const deploy: Deploy = async (artifact, args = [], libraries = {}) => {
      const bytecode = linkLibraries(artifact, libraries);
      const hash = await wallet.deployContract({ abi: artifact.abi, bytecode, args: args as unknown[], chain: null });
      const { contractAddress } = await publicClient.waitForTransactionReceipt({ hash });
      return contractAddress!;
    };
    return await machine(publicClient.request as unknown as Request, deploy, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function machine(request: Request, deploy: Deploy, close: () => Promise<void>): Promise<Machine> {
  const pricing = await deploy(readArtifact("step/Pricing.sol"));
  const steps = [
    await deploy(readArtifact("step/StepTrade.sol")),
    await deploy(readArtifact("step/StepRisk.sol"), [], { Pricing: pricing }),
    await deploy(readArtifact("step/StepBridge.sol")),
    await deploy(readArtifact("step/StepBlock.sol")),
    await deploy(readArtifact("step/StepHouse.sol")),
  ] as unknown as Machine["steps"];
  const gas = `0x${MAX_TRANSACTION_GAS.toString(16)}`;
  return {
    steps,
    call: async (to, data) => (await request({ method: "eth_call", params: [{ to, data, gas }, "latest"] })) as Hex,
    close,
  };
}

/** A chunk as the step contract executes it. */
export interface ProvableChunk {
  readonly kind: ChunkKind;
  readonly preRoot: Uint8Array;
  readonly postRoot: Uint8Array;
  readonly context: StepContext;
  readonly bytes: Uint8Array;
  readonly witness: Uint8Array;
}

/** The calldata of a chunk's execution. */
export function executeCalldata({ preRoot, context, bytes, witness }: ProvableChunk): Hex {
  return encodeFunctionData({
    abi: stepAbi,
    functionName: "execute",
    args: [
      toHex(preRoot),
      { ...context, domainSeparator: toHex(context.domainSeparator) },
      toHex(bytes),
      toHex(witness),
    ],
  });
}

/** Executes chunks one by one. @throws Error where the contract comes to another root */
export async function executeOn(
  evm: Machine,
  chunks: readonly ProvableChunk[],
  calldata: readonly Hex[],
): Promise<void> {
  for (const [place, chunk] of chunks.entries()) {
    const result = await evm.call(evm.steps[chunk.kind], calldata[place]!);
    if (!result.startsWith(toHex(chunk.postRoot))) throw new Error("The contract comes to another root.");
  }
}

/** Sends the same bytes to nobody: what execution is not. */
export async function sendToNobody(evm: Machine, calldata: readonly Hex[]): Promise<void> {
  for (const data of calldata) await evm.call(NOBODY, data);
}

/** Operations a second of execution alone, round by round: the time of the calls less that of empty calls. */
export function withoutOverhead(calls: readonly number[], empty: readonly number[]): number[] {
  return calls.map((rate, round) => 1 / (1 / rate - 1 / empty[round]!));
}

/** The binary itself: the package's own script may want to fetch it. */
function anvilBinary(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const platform = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const require = createRequire(import.meta.url);
  const fromAnvil = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
  try {
    const folder = dirname(fromAnvil.resolve(`${platform}/package.json`));
    return join(folder, "bin", process.platform === "win32" ? "anvil.exe" : "anvil");
  } catch (cause) {
    throw new Error(`There is no anvil for this platform (${platform}).`, { cause });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return (address as { port: number }).port;
}

async function untilAnswers(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`anvil ended with status ${child.exitCode}.`);
    try {
      await ask();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
