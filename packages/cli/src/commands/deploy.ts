import { type Deployment, type NetworkClass, networkClasses } from "@recourse/contracts/deploy";
import { fromHex, type Hash, MAX_ORACLES, RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { createPublicClient, http, keccak256 } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { deployVenue } from "../deployment.ts";
import { address, integer, jsonOption, oneOf, readPrivateKey, rpcUrlOption, withPrivateKey } from "../options.ts";
import { Output } from "../output.ts";

interface DeployCommandOptions {
  readonly rpcUrl: string;
  readonly privateKey?: string;
  readonly privateKeyFile?: string;
  readonly networkClass: NetworkClass;
  readonly token?: Hash;
  readonly lister?: Hash;
  readonly oracle?: Hash[];
  readonly oracleThreshold?: number;
  readonly maxReportAge: number;
  readonly maxMarkAge?: number;
  readonly json?: boolean;
}

/** Where no other age of marks is given, in seconds: what a network is for decides how fresh they have to be. */
const usualMaxMarkAge: Readonly<Record<NetworkClass, number>> = { dev: 3_600, test: 300, main: 60 };

const readOracle = address("oracle");

/** `recourse deploy`: the contracts, on any EVM chain. */
export function deployCommand(): Command {
  return withPrivateKey(
    new Command("deploy")
      .description("deploy the contracts; the deployer lists and is the oracle where nobody else is named (dev only)")
      .addOption(rpcUrlOption())
      .requiredOption(
        "--network-class <class>",
        `delays and bonds: ${networkClasses.join(", ")}`,
        oneOf("network-class", networkClasses),
      ),
  )
    .option(
      "--token <address>",
      "collateral with 6 decimals (dev and test: one that anybody can mint)",
      address("token"),
    )
    .option("--lister <address>", "who may list underlyings and instruments", address("lister"))
    .option(
      "--oracle <address>",
      "a member of the oracle set; give it once for each",
      (text: string, all: Hash[] = []) => [...all, readOracle(text)],
    )
    .option(
      "--oracle-threshold <number>",
      "oracles that must sign a report",
      integer("oracle-threshold", 1, MAX_ORACLES),
    )
    .option(
      "--max-report-age <seconds>",
      "age up to which a report is taken",
      integer("max-report-age", 1, 86_400),
      600,
    )
    .option(
      "--max-mark-age <seconds>",
      "age of the report up to which a mark counts where a risk is taken (dev 3600, test 300, main 60)",
      integer("max-mark-age", 1, 86_400),
    )
    .addOption(jsonOption())
    .action(deployAction);
}

async function deployAction(options: DeployCommandOptions): Promise<void> {
  const { rpcUrl, networkClass, maxReportAge, token, json = false } = options;
  const maxMarkAge = options.maxMarkAge ?? usualMaxMarkAge[networkClass];
  const privateKey = readPrivateKey(options);
  const { lister, oracles, oracleThreshold } = readAuthorities(options, privateKeyToAddress(privateKey));
  const output = new Output(json);
  output.say(`Deploying with the parameters of class ${networkClass} …`);
  const deployment = await deployVenue({
    rpcUrl,
    privateKey,
    networkClass,
    genesis: {
      lister: fromHex(lister),
      oracles: oracles.map(fromHex),
      oracleThreshold,
      maxReportAgeSeconds: maxReportAge,
      maxMarkAgeSeconds: maxMarkAge,
    },
    ...(token && { token }),
  });
  const contracts = await listContracts(rpcUrl, deployment);
  const totalGas = Object.values(deployment.gasUsed).reduce((sum, gas) => sum + gas, 0n);
  output.result(
    {
      chainId: deployment.chainId,
      networkClass,
      rollup: deployment.rollup,
      inbox: deployment.inbox,
      vault: deployment.vault,
      systemicReport: deployment.systemicReport,
      token: deployment.token,
      steps: deployment.steps,
      libraries: deployment.libraries,
      deploymentBlock: Number(deployment.deploymentBlock),
      gasUsed: Number(totalGas),
      contracts,
    },
    [
      ...contracts.map(({ name, address, gasUsed }) => `${name.padEnd(14)} ${address}  ${gasUsed ?? "–"} gas`),
      `Deployed from block ${deployment.deploymentBlock} on for ${totalGas} gas altogether.`,
      "To verify: build the same sources (npm run bootstrap); the runtime code of each contract has these hashes,",
      "immutable values included, and its compiler settings are those of contracts/hardhat.config.ts.",
      ...contracts.map(({ name, codeHash }) => `${name.padEnd(14)} keccak256(code) ${codeHash}`),
    ],
  );
}

/** Who lists and who reports. Beyond a development network they must be named: one key must not hold everything. */
function readAuthorities(options: DeployCommandOptions, deployer: Hash) {
  const { networkClass, lister, oracle } = options;
  if (networkClass !== "dev" && (lister === undefined || oracle === undefined)) {
    throw new RecourseError("MissingAuthorities", `A network of class ${networkClass} needs a lister and oracles.`, [
      { field: lister === undefined ? "lister" : "oracle", expected: "an address: 0x and 40 hexadecimal digits" },
    ]);
  }
  const oracles = oracle ?? [deployer];
  const oracleThreshold = options.oracleThreshold ?? Math.floor(oracles.length / 2) + 1;
  if (oracles.length > MAX_ORACLES || oracleThreshold > oracles.length || new Set(oracles).size < oracles.length) {
    throw new RecourseError("InvalidOption", "The oracle set is wrong.", [
      { field: "oracle", expected: `1 to ${MAX_ORACLES} different addresses, no fewer than --oracle-threshold` },
    ]);
  }
  return { lister: lister ?? deployer, oracles, oracleThreshold };
}

/** What was deployed, with the hash of its code as it stands on the chain. */
async function listContracts(rpcUrl: string, deployment: Deployment) {
  const { rollup, inbox, vault, systemicReport, token, steps, libraries, gasUsed } = deployment;
  const client = createPublicClient({ transport: http(rpcUrl) });
  const addresses = {
    Rollup: rollup,
    Inbox: inbox,
    Vault: vault,
    SystemicReport: systemicReport,
    StepTrade: steps.trade,
    StepRisk: steps.risk,
    StepBridge: steps.bridge,
    StepBlock: steps.block,
    StepHouse: steps.house,
    ...libraries,
    Collateral: token,
  };
  return Promise.all(
    Object.entries(addresses).map(async ([name, contract]) => {
      const code = await client.getCode({ address: contract });
      const gas = gasUsed[name];
      return {
        name,
        address: contract,
        ...(gas !== undefined && { gasUsed: Number(gas) }),
        codeHash: keccak256(code ?? "0x"),
      };
    }),
  );
}
