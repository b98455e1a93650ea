import { type Deployment, deployRecourse, type NetworkClass, readDeployParameters } from "@recourse/contracts/deploy";
import { createGenesis, encodeParameters, type GenesisParameters } from "@recourse/engine";
import { type Hash, RecourseError, toHex } from "@recourse/protocol";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

export interface DeployVenueOptions {
  readonly rpcUrl: string;
  /** Pays for the deployment. */
  readonly privateKey: Hash;
  readonly networkClass: NetworkClass;
  readonly genesis: GenesisParameters;
  /** The collateral; where it is left out, one that anybody can mint is deployed, if the class allows that. */
  readonly token?: Hash;
}

/** Deploys a rollup whose first state holds the genesis parameters and nothing else. */
export async function deployVenue(options: DeployVenueOptions): Promise<Deployment> {
  const { rpcUrl, privateKey, networkClass, genesis, token } = options;
  const parameters = readDeployParameters(networkClass);
  if (token === undefined && !parameters.mintableCollateral) {
    throw new RecourseError("MissingCollateral", `A network of class ${networkClass} needs a collateral token.`, [
      { field: "token", expected: "the address of a token with 6 decimals" },
    ]);
  }
  const transport = http(rpcUrl, { retryCount: 0 });
  return deployRecourse({
    publicClient: createPublicClient({ transport, pollingInterval: 200, cacheTime: 0 }),
    walletClient: createWalletClient({ transport, account: privateKeyToAccount(privateKey) }),
    parameters,
    genesisRoot: toHex(createGenesis(genesis).root()),
    genesisParameters: toHex(encodeParameters(genesis)),
    ...(token && { token }),
  });
}
