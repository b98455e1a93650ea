import { accountKey, globalKey, listInstruments, marketKey } from "@recourse/engine";
import { accountNumber, type Hash, RecourseError, toHex } from "@recourse/protocol";
import {
  type AccountReport,
  type GlobalReport,
  type InstrumentReport,
  SequencerClient,
  type StateProofResponse,
  systemicReport,
} from "@recourse/sdk";
import { Command, Option } from "commander";
import { createPublicClient, http, isAddressEqual } from "viem";
import { address, integer, jsonOption, rpcUrlOption } from "../options.ts";
import { Output } from "../output.ts";
import { sequencerOption } from "./trader.ts";

interface ReportCommandOptions {
  readonly rpcUrl: string;
  readonly systemicReport: Hash;
  readonly rollup?: Hash;
  readonly sequencer: string;
  readonly fromL1?: boolean;
  readonly fromBlock?: number;
  readonly instrument?: string;
  readonly account?: number;
  readonly json?: boolean;
}

/** `recourse report`: what the rollup owes, holds and risks, as L1 itself says when it is shown the proof. */
export function reportCommand(): Command {
  return new Command("report")
    .description("prove the rollup's totals on L1 against the newest final state; an instrument or an account as well")
    .addOption(rpcUrlOption())
    .addOption(
      new Option("--systemic-report <address>", "address of the systemic report contract")
        .env("RECOURSE_SYSTEMIC_REPORT")
        .argParser(address("systemic-report"))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--rollup <address>", "the rollup that the report must speak of")
        .env("RECOURSE_ROLLUP")
        .argParser(address("rollup")),
    )
    .addOption(sequencerOption())
    .option("--from-l1", "ask no sequencer for the proofs: rebuild the state from L1, executing every batch")
    .option(
      "--from-block <number>",
      "with --from-l1: block of the deployment, or an earlier one",
      integer("from-block", 0, 2 ** 48),
    )
    .option("--instrument <name>", "report an instrument's market too")
    .option("--account <number>", "report an account too", integer("account", 1, 2 ** 32 - 1))
    .addOption(jsonOption())
    .action(reportAction);
}

/** Where records and their proofs come from. What they are worth, L1 says. */
interface ProofSource {
  global(): Promise<StateProofResponse>;
  instrument(name: string): Promise<{ readonly number: number; readonly proof: StateProofResponse }>;
  account(number: number): Promise<StateProofResponse>;
}

async function reportAction(options: ReportCommandOptions): Promise<void> {
  const { rpcUrl, instrument: name, account: number, json = false } = options;
  const report = systemicReport(createPublicClient({ transport: http(rpcUrl) }), options.systemicReport);
  const rollup = await report.rollup();
  if (options.rollup !== undefined && !isAddressEqual(options.rollup, rollup)) {
    throw new RecourseError("WrongDeployment", `The systemic report speaks of the rollup ${rollup}.`, [
      { field: "systemic-report", expected: `the report of the rollup ${options.rollup}` },
    ]);
  }
  const source = options.fromL1
    ? await derivedProofs(rpcUrl, rollup, options.fromBlock)
    : servedProofs(options.sequencer);
  const proof = await source.global();
  const global = await report.global(proof);
  const market = name === undefined ? undefined : await source.instrument(name);
  const instrument = market && (await report.instrument(market.number, market.proof));
  const holder = number === undefined ? undefined : await source.account(number);
  const account = holder && (await report.account(number!, holder));
  // A sequencer may have newer proofs for later questions: each is believed for itself, and says its batch.
  const { index, stateRoot } = proof.summary;
  new Output(json).result(
    {
      rollup,
      batch: index,
      stateRoot,
      global,
      ...(market && { instrument: { batch: market.proof.summary.index, name, ...instrument } }),
      ...(holder && { account: { batch: holder.summary.index, number, ...account } }),
    },
    [
      `Proved on L1 against batch ${index} of ${rollup}, which is final; its root is ${stateRoot}.`,
      ...globalLines(global),
      ...(instrument ? instrumentLines(`${name}, in batch ${market.proof.summary.index}`, instrument) : []),
      ...(account ? accountLines(`Account ${number}, in batch ${holder!.summary.index},`, account) : []),
    ],
  );
}

function servedProofs(url: string): ProofSource {
  const client = new SequencerClient({ url });
  return {
    global: () => client.globalProof(),
    instrument: async (name) => ({
      number: (await client.instrument(name)).instrument,
      proof: await client.instrumentProof(name),
    }),
    account: (number) => client.accountProof(number),
  };
}

async function derivedProofs(rpcUrl: string, rollup: Hash, fromBlock = 0): Promise<ProofSource> {
  const { deriveFinalState } = await import("@recourse/verifier");
  const { summary, store } = await deriveFinalState({ rpcUrl, rollup, fromBlock });
  const prove = async (key: Uint8Array, field: string, expected: string): Promise<StateProofResponse> => {
    const value = store.peek(key);
    if (value === undefined) throw unknownRecord(field, expected);
    return {
      summary: {
        ...summary,
        index: Number(summary.index),
        inboxTo: Number(summary.inboxTo),
        postedAt: Number(summary.postedAt),
      },
      value: toHex(value),
      proof: toHex(store.prove(key)),
    };
  };
  return {
    global: () => prove(globalKey, "global", "a state with totals"),
    async instrument(name) {
      const listed = listInstruments(store).find((candidate) => candidate.name === name);
      const expected = "the name of an instrument that has been marked, such as BTC-PERPETUAL";
      if (listed === undefined) throw unknownRecord("instrument", expected);
      return { number: listed.instrument, proof: await prove(marketKey(listed.instrument), "instrument", expected) };
    },
    account: (number) => prove(accountKey(accountNumber(number)), "account", "the number of an account"),
  };
}

function unknownRecord(field: string, expected: string): RecourseError {
  return new RecourseError("NotFound", `The newest final state has no such ${field}.`, [{ field, expected }]);
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString();

function globalLines(report: GlobalReport): string[] {
  const { leverage = "without bound: there is no collateral" } = report;
  return [
    `Time               ${time(report.time)}`,
    `Collateral         ${report.collateral} USD: ${report.deposits} paid in, ${report.withdrawals} paid out`,
    `Cash of accounts   ${report.accountCash} USD`,
    `Fund               ${report.fundEquity} USD: insurance ${report.insurance}, claims ${report.claims}`,
    `Deficit            ${report.deficit} USD; of a withdrawal, ${report.withdrawalFactor} is paid`,
    `Margin             ${report.margin} USD`,
    `Gross notional     ${report.notional} USD`,
    `Gross leverage     ${leverage}`,
  ];
}

function instrumentLines(title: string, report: InstrumentReport): string[] {
  const { reportTime } = report;
  const source = reportTime === undefined ? "settled at" : `from the report of ${time(reportTime)}, index`;
  return [
    title,
    `  Open interest    ${report.openInterest} held long and short; of it the house holds ${report.houseSize}`,
    `  Mark             ${report.mark} USD of ${time(report.markTime)}, ${source} ${report.index}`,
    `  Funding          ${report.funding} USD paid by one unit held long since the listing`,
  ];
}

function accountLines(title: string, report: AccountReport): string[] {
  return [
    `${title} of ${report.owner}${report.isLiquidityProvider ? ", a liquidity provider" : ""}`,
    `  Cash             ${report.cash} USD`,
    `  Positions        ${report.positions}, resting orders ${report.restingOrders}`,
    `  Margin           ${report.margin} USD, notional ${report.notional} USD`,
  ];
}
