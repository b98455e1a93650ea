import { startChain } from "@recourse/contracts/chain";
import type { Deployment } from "@recourse/contracts/deploy";
import { developmentAccount } from "@recourse/contracts/local";
import { domainSeparator, fromHex, type Hash, toHex } from "@recourse/protocol";
import { createPublicClient, http, type PublicClient } from "viem";
import { deployVenue } from "../deployment.ts";
import type { Cleanup } from "./cleanup.ts";
import { Signer } from "./signing.ts";
import type { Authorities } from "./transactions.ts";

export const blockIntervalMs = 2_000;
const oracleCount = 3;
const oracleThreshold = 2;
const maxReportAgeSeconds = 3_600;
const maxMarkAgeSeconds = 3_600;
const pollIntervalMs = 200;

/** Accounts that the local chain funds at its start, by what they do in the demo. */
const fundedAccounts = { payer: 0, sequencer: 1, verifier: 2 } as const;

export const fundedAccount = (role: keyof typeof fundedAccounts) => developmentAccount(fundedAccounts[role]);

export function fundedKey(role: keyof typeof fundedAccounts): Hash {
  return toHex(fundedAccount(role).getHdKey().privateKey!);
}

/** A chain with the rollup on it. */
export interface Network {
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  readonly client: PublicClient;
  /** 32 bytes. */
  readonly domainSeparator: Uint8Array;
  /** Who lists and who reports. */
  readonly authorities: Authorities;
}

/** Starts a chain that mines on wall time, and deploys the rollup on it. */
export async function startNetwork(seed: number, cleanup: Cleanup): Promise<Network> {
  const { rpcUrl, stop } = await startChain({ blockIntervalMs });
  cleanup.add(stop);
  const lister = Signer.fromText(`demo ${seed}: lister`);
  const oracles = Array.from({ length: oracleCount }, (_, place) => Signer.fromText(`demo ${seed}: oracle ${place}`));
  const deployment = await deployVenue({
    rpcUrl,
    privateKey: fundedKey("payer"),
    networkClass: "dev",
    genesis: {
      lister: lister.address,
      oracles: oracles.map(({ address }) => address),
      oracleThreshold,
      maxReportAgeSeconds,
      maxMarkAgeSeconds,
    },
  });
  return {
    rpcUrl,
    deployment,
    client: createPublicClient({
      transport: http(rpcUrl, { batch: true }),
      pollingInterval: pollIntervalMs,
      cacheTime: 0,
    }),
    domainSeparator: domainSeparator(deployment.chainId, fromHex(deployment.rollup)),
    authorities: { lister, reporters: oracles.slice(0, oracleThreshold) },
  };
}
