import { type Cash, cashDecimals, formatDecimal, type Price, priceDecimals, type Seconds } from "@recourse/protocol";

/** One liquidation, or one step of it. */
export interface Liquidation {
  readonly time: Seconds;
  readonly index: Price;
  readonly account: number;
  /** Who took the positions; 0 is the house. */
  readonly provider: number;
  readonly percent: number;
  readonly penalty: Cash;
  /** What the account could not pay. */
  readonly loss: Cash;
  /** Before, in nano-USD. */
  readonly equity: string;
  readonly maintenance: string;
  readonly legs: readonly { readonly instrument: string; readonly lots: number }[];
}

/** The venue after a group of the tape's rows. */
export interface Moment {
  readonly time: Seconds;
  readonly index: Price;
  /** The perpetual's mark, as a price. */
  readonly mark: number;
  /** In cash. */
  readonly fundEquity: number;
  readonly deficit: number;
  /** So far. */
  readonly liquidations: number;
  /** Accounts with negative equity that nobody has liquidated yet, and what they owe, in cash. */
  readonly underwater: number;
  readonly owed: number;
}

export interface StressReport {
  readonly tape: { readonly file: string; readonly rows: number };
  readonly seed: number;
  readonly accounts: number;
  readonly liquidationIntervalSeconds: number;
  readonly fills: number;
  readonly fundingPayments: number;
  readonly houseTrades: number;
  readonly settledPositions: number;
  /** Leveraged accounts that lost everything. */
  readonly closedAccounts: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Chunks after which every sum was zero. */
  readonly chunksAudited: number;
  /** Deposits less withdrawals. */
  readonly vault: Cash;
  /** What all accounts could withdraw at the marks. */
  readonly claims: Cash;
  readonly liquidations: readonly Liquidation[];
  readonly moments: readonly Moment[];
  /** Two runs of the same tape and seed have the same. */
  readonly stateRoot: string;
  readonly runningHash: string;
}

const usd = (amount: number): string => formatDecimal(Math.round(amount), cashDecimals);

/** The figures that a program wants: the report without its long lists, money as decimal strings. */
export function summary({ liquidations, moments, ...report }: StressReport) {
  const last = moments.at(-1);
  return {
    ...report,
    vault: usd(report.vault),
    claims: usd(report.claims),
    isSolvent: report.claims <= report.vault,
    liquidations: liquidations.length,
    liquidatedAccounts: new Set(liquidations.map(({ account }) => account)).size,
    takenOverByProviders: liquidations.filter(({ provider }) => provider !== 0).length,
    penalties: usd(liquidations.reduce((sum, { penalty }) => sum + penalty, 0)),
    losses: usd(liquidations.reduce((sum, { loss }) => sum + loss, 0)),
    lowestIndex: formatDecimal(Math.min(...moments.map(({ index }) => index)), priceDecimals),
    highestIndex: formatDecimal(Math.max(...moments.map(({ index }) => index)), priceDecimals),
    lowestFundEquity: usd(Math.min(...moments.map(({ fundEquity }) => fundEquity))),
    fundEquity: usd(last?.fundEquity ?? 0),
    greatestDeficit: usd(Math.max(...moments.map(({ deficit }) => deficit))),
    deficit: usd(last?.deficit ?? 0),
    mostUnderwater: Math.max(...moments.map(({ underwater }) => underwater)),
    greatestOwed: usd(Math.max(...moments.map(({ owed }) => owed))),
  };
}

export type StressSummary = ReturnType<typeof summary>;

/** What a person reads at the end of a run. */
export function stressLines(found: StressSummary): string[] {
  return [
    `Tape          ${found.tape.file}: ${found.tape.rows} rows, index ${found.lowestIndex} to ${found.highestIndex} USD`,
    `Accounts      ${found.accounts} leveraged, ${found.closedAccounts} of them left with nothing; ${found.fills} fills`,
    `Liquidations  ${found.liquidations} of ${found.liquidatedAccounts} accounts, ${found.takenOverByProviders} taken over by providers; ${found.houseTrades} trades with the house`,
    `Fund          penalties ${found.penalties}, losses borne ${found.losses}; worth ${found.fundEquity} USD, ${found.lowestFundEquity} at worst`,
    `Deficit       ${found.deficit} USD now, ${found.greatestDeficit} at worst`,
    `Vault         holds ${found.vault} USD, claims on it come to ${found.claims}: ${found.isSolvent ? "solvent" : "INSOLVENT"}`,
    `Conservation  exact after each of ${found.chunksAudited} chunks`,
    `State root    ${found.stateRoot}`,
  ];
}
