/** What `recourse demo --json` prints: counts and gas are numbers, money is a decimal string. */
export interface DemoReport {
  readonly tape: { readonly file: string; readonly rows: number };
  readonly orders: {
    readonly sent: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly reasons: Readonly<Record<string, number>>;
  };
  readonly fills: number;
  /** Rows whose whole size was filled at the printed price. */
  readonly fillsAtPrintedPrice: number;
  readonly accounts: number;
  readonly batches: { readonly posted: number; readonly finalized: number };
  readonly verifier: { readonly chunksVerified: number; readonly mismatches: number };
  readonly fraud: FraudReport;
  /** Every acknowledged order, those in reverted batches included, stands in a batch again, in order. */
  readonly recovered: boolean;
  readonly withdrawal: { readonly amount: string; readonly claimed: boolean };
  /** Sequencer, verifier, contract, and a fresh node that knows nothing but L1 have the same state root. */
  readonly rootsAgree: boolean;
  readonly seconds: number;
}

export interface FraudReport {
  readonly batch: number;
  readonly chunk: number;
  /** What the dishonest sequencer did. */
  readonly kind: string;
  /** Transactions that the proof took. */
  readonly transactions: number;
  readonly gasUsed: number;
  /** What the proof would use where a byte of calldata costs 64. */
  readonly gasAt64: number;
  readonly postedBlock: number;
  readonly revertedBlock: number;
}

/** The checks that a run did not pass: none, where the demo shows what it is there to show. */
export function failedChecks(report: DemoReport): string[] {
  const checks: readonly [boolean, string][] = [
    [report.verifier.mismatches === 1, "the verifier finds exactly one batch wrong"],
    [report.fraud.transactions === 1, "one transaction proves the fraud"],
    [report.fraud.revertedBlock > report.fraud.postedBlock, "the wrong batch is reverted"],
    [report.recovered, "every acknowledged order stands in a batch, in order"],
    [report.withdrawal.claimed, "the withdrawal is paid on L1"],
    [report.rootsAgree, "sequencer, verifier, contract and a fresh node have the same state root"],
    [report.batches.posted > 0 && report.batches.finalized > 0, "batches are posted and become final"],
  ];
  return checks.flatMap(([holds, check]) => (holds ? [] : [check]));
}

/** The report for a person. */
export function reportLines(report: DemoReport): string[] {
  const { tape, orders, fraud, batches, verifier, withdrawal } = report;
  const reasons = Object.entries(orders.reasons).map(([reason, count]) => `${count} ${reason}`);
  return [
    "",
    `Tape         ${tape.file}: ${tape.rows} rows, ${report.fillsAtPrintedPrice} filled in full at the printed price`,
    `Orders       ${orders.sent} sent by ${report.accounts} accounts, ${orders.accepted} accepted, ${orders.rejected} rejected${reasons.length > 0 ? ` (${reasons.join(", ")})` : ""}; ${report.fills} fills`,
    `Batches      ${batches.posted} posted, ${batches.finalized} final; ${verifier.chunksVerified} chunks verified, ${verifier.mismatches} wrong`,
    `Fraud        batch ${fraud.batch}, chunk ${fraud.chunk} (${fraud.kind}): posted in block ${fraud.postedBlock}, reverted in block ${fraud.revertedBlock} by ${fraud.transactions} transaction`,
    `Proof        ${fraud.gasUsed} gas used, ${fraud.gasAt64} at 64 a byte of calldata`,
    `Recovered    ${yesNo(report.recovered)}: every acknowledged order stands in a batch, in order`,
    `Withdrawal   ${withdrawal.amount} USD, ${withdrawal.claimed ? "paid on L1 by proof" : "NOT paid"}`,
    `Roots agree  ${yesNo(report.rootsAgree)}: sequencer, verifier, contract, and a fresh node given only L1`,
    `Took         ${report.seconds} s`,
  ];
}

const yesNo = (holds: boolean): string => (holds ? "yes" : "NO");
