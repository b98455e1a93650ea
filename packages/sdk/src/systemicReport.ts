import {
  cashDecimals,
  formatDecimal,
  nanoUsdDecimals,
  priceDecimals,
  priceQuantityPerNanoUsd,
  quantityDecimals,
  RecourseError,
  systemicReportAbi,
} from "@recourse/protocol";
import {
  BaseError,
  ContractFunctionRevertedError,
  maxUint256,
  type PublicClient,
  type ReadContractReturnType,
} from "viem";
import type { Hex, StateProofResponse } from "./wire.ts";

/** What L1 says of the whole rollup in a final state. Amounts are decimal strings in USD; times are seconds since 1970. */
export interface GlobalReport {
  /** The engine's clock. */
  readonly time: number;
  /** The fund's cash; negative while it has paid more than it got. */
  readonly insurance: string;
  /** What accounts are owed above the collateral. */
  readonly deficit: string;
  readonly deposits: string;
  readonly withdrawals: string;
  /** The fund's positions at their marks, and funding that is owed to it. */
  readonly claims: string;
  /** Insurance and claims together. */
  readonly fundEquity: string;
  /** Deposits less withdrawals: what stands behind the state. */
  readonly collateral: string;
  readonly accountCash: string;
  /** The part of its amount that a withdrawal pays: collateral over collateral and deficit, rounded down. */
  readonly withdrawalFactor: string;
  /** Σ over the accounts, each as of the last change of its positions. */
  readonly margin: string;
  readonly notional: string;
  /** Notional over collateral, rounded up; absent where positions stand on nothing. */
  readonly leverage?: string;
}

/** One market in a final state. Prices are for one unit of the underlying, sizes in units of it. */
export interface InstrumentReport {
  readonly underlying: number;
  readonly kind: "perpetual" | "call" | "put";
  readonly lot: string;
  /** Held long by all, and short by all. */
  readonly openInterest: string;
  /** What the house holds; negative if short. */
  readonly houseSize: string;
  readonly mark: string;
  readonly markTime: number;
  /** Of the report that it was marked from; absent once it is settled. */
  readonly reportTime?: number;
  readonly isSettled: boolean;
  /** In that report; the settlement price once it is settled. */
  readonly index: string;
  /** What one unit held long has paid as funding since the listing. */
  readonly funding: string;
}

/** One account in a final state. */
export interface AccountReport {
  readonly owner: Hex;
  readonly cash: string;
  readonly restingOrders: number;
  readonly positions: number;
  /** As of the last change of its positions. */
  readonly margin: string;
  readonly notional: string;
  readonly isLiquidityProvider: boolean;
}

/** A deployed systemic report: every answer is proved on L1 against a batch that the rollup calls final. */
export interface SystemicReport {
  /** The rollup that it speaks of. */
  rollup(): Promise<Hex>;
  /** @throws RecourseError `NotFinal`, `WrongProof` or `UnknownRecord` where the contract does not believe the proof */
  global(proof: StateProofResponse): Promise<GlobalReport>;
  instrument(instrument: number, proof: StateProofResponse): Promise<InstrumentReport>;
  account(account: number, proof: StateProofResponse): Promise<AccountReport>;
}

/** Reads a systemic report by `eth_call`; the proofs come from `SequencerClient`, or from a state rebuilt from L1. */
export function systemicReport(client: Pick<PublicClient, "readContract">, address: Hex): SystemicReport {
  const contract = { address, abi: systemicReportAbi } as const;
  return {
    rollup: () => client.readContract({ ...contract, functionName: "rollup" }),
    async global({ summary, value, proof }) {
      const args = [summaryOf(summary), value, proof] as const;
      return describeGlobal(await believed(client.readContract({ ...contract, functionName: "globalReport", args })));
    },
    async instrument(instrument, { summary, value, proof }) {
      const args = [summaryOf(summary), instrument, value, proof] as const;
      return describeInstrument(
        await believed(client.readContract({ ...contract, functionName: "instrumentReport", args })),
      );
    },
    async account(account, { summary, value, proof }) {
      const args = [summaryOf(summary), account, value, proof] as const;
      return describeAccount(await believed(client.readContract({ ...contract, functionName: "accountReport", args })));
    },
  };
}

const summaryOf = (summary: StateProofResponse["summary"]) => ({
  ...summary,
  index: BigInt(summary.index),
  inboxTo: BigInt(summary.inboxTo),
  postedAt: BigInt(summary.postedAt),
});

const sentences: Readonly<Record<string, string>> = {
  NotFinal: "The rollup does not call this batch final.",
  WrongProof: "The proof does not lead from this record to the batch's state.",
  UnknownRecord: "The record has another form than the contract knows.",
};

/** Turns what the contract refuses with into an error of our own. */
async function believed<Report>(reading: Promise<Report>): Promise<Report> {
  try {
    return await reading;
  } catch (cause) {
    const reverted =
      cause instanceof BaseError && cause.walk((error) => error instanceof ContractFunctionRevertedError);
    const name = reverted instanceof ContractFunctionRevertedError ? reverted.data?.errorName : undefined;
    const sentence = name === undefined ? undefined : sentences[name];
    if (name === undefined || sentence === undefined) throw cause;
    throw new RecourseError(name, sentence, [], { cause });
  }
}

const usd = (cash: bigint): string => formatDecimal(cash, cashDecimals);

/** Decimals of the withdrawal factor. */
const FACTOR_DECIMALS = 9;

type Read<Name extends "globalReport" | "instrumentReport" | "accountReport"> = ReadContractReturnType<
  typeof systemicReportAbi,
  Name
>;

function describeGlobal(report: Read<"globalReport">): GlobalReport {
  const { withdrawalNumerator, withdrawalDenominator, leverageBps } = report;
  const one = 10n ** BigInt(FACTOR_DECIMALS);
  const factor = withdrawalDenominator === 0n ? one : (withdrawalNumerator * one) / withdrawalDenominator;
  return {
    time: report.time,
    insurance: usd(report.insurance),
    deficit: usd(report.deficit),
    deposits: usd(report.deposits),
    withdrawals: usd(report.withdrawals),
    claims: formatDecimal(report.claims, nanoUsdDecimals),
    fundEquity: usd(report.fundEquity),
    collateral: usd(report.collateral),
    accountCash: usd(report.accountCash),
    withdrawalFactor: formatDecimal(factor, FACTOR_DECIMALS),
    margin: usd(report.margin),
    notional: usd(report.notional),
    ...(leverageBps === maxUint256 ? {} : { leverage: formatDecimal(leverageBps, 4) }),
  };
}

const kinds = ["perpetual", "call", "put"] as const;

function describeInstrument(report: Read<"instrumentReport">): InstrumentReport {
  const lot = BigInt(report.lot);
  const size = (lots: bigint): string => formatDecimal(lots * lot, quantityDecimals);
  /** A value of one lot in nano-USD as that of one unit, rounded down. */
  const perUnit = (nano: bigint): string => {
    const units = nano * priceQuantityPerNanoUsd;
    return formatDecimal((units - (((units % lot) + lot) % lot)) / lot, priceDecimals);
  };
  return {
    underlying: report.underlying,
    kind: kinds[report.kind]!,
    lot: size(1n),
    openInterest: size(report.openInterest),
    houseSize: size(report.houseLots),
    mark: perUnit(report.mark),
    markTime: report.markTime,
    ...(report.isSettled ? {} : { reportTime: report.reportTime }),
    isSettled: report.isSettled,
    index: formatDecimal(report.index, priceDecimals),
    funding: perUnit(report.fundingIndex),
  };
}

function describeAccount({ owner, margin, notional, cash, ...report }: Read<"accountReport">): AccountReport {
  return {
    ...report,
    owner: owner.toLowerCase() as Hex,
    cash: usd(cash),
    margin: usd(margin),
    notional: usd(notional),
  };
}
