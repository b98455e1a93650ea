import { fileURLToPath } from "node:url";
import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";
import { createPublicClient, createTestClient, createWalletClient, custom, type Hex } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { type ContractArtifact, linkLibraries } from "./artifacts.ts";

const projectRoot = fileURLToPath(new URL(".", import.meta.url));

/** The accounts that Hardhat's chain funds at its start; publicly known keys, for local chains only. */
export function developmentAccount(index: number) {
  return mnemonicToAccount("test test test test test test test test test test test junk", { addressIndex: index });
}

/**
 * Starts a chain inside this process, mining each transaction at once. For tests: it enforces the gas cap of a
 * transaction and the size limit of a contract as the real chain does.
 */
export async function startLocalChain(network: "automine" | "interval" = "automine") {
  const config = await importUserConfig(`${projectRoot}/hardhat.config.ts`);
  const environment = await createHardhatRuntimeEnvironment(config, {}, projectRoot);
  const connection = await environment.network.create({ network, chainType: "l1" });
  const transport = custom(connection.provider, { retryCount: 0 });
  const account = developmentAccount(0);
  const publicClient = createPublicClient({ chain: hardhat, transport, pollingInterval: 50, cacheTime: 0 });
  const walletClient = createWalletClient({ chain: hardhat, transport, account });
  const testClient = createTestClient({ chain: hardhat, transport, mode: "hardhat" });

  /** Deploys a built contract and returns its address. */
  async function deploy(
    artifact: ContractArtifact,
    args: readonly unknown[] = [],
    libraries: Record<string, Hex> = {},
  ): Promise<Hex> {
    const hash = await walletClient.deployContract({
      abi: artifact.abi,
      bytecode: linkLibraries(artifact, libraries),
      args: args as unknown[],
    });
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (!receipt.contractAddress) throw new Error(`${artifact.contractName} could not be deployed.`);
    return receipt.contractAddress;
  }

  return { publicClient, walletClient, testClient, account, deploy, close: () => connection.close() };
}
