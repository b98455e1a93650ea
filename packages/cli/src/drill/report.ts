import type { PlannedCase } from "./cases.ts";
import type { CaseResult } from "./referee.ts";

/** What a proof may cost, in gas, as used and at 64 a byte of calldata. */
export const PROOF_BUDGET = 8_000_000;

/** What came of a kind of corruption. */
export interface KindReport {
  cases: number;
  convicted: number;
  refusedAtPost: number;
}

/** What a proof against one of the worst chunks came to. */
export interface WorstReport {
  readonly isConvicted: boolean;
  readonly gasUsed: number;
  readonly gasAt64: number;
}

/** What a drill came to: its JSON. Gas is that of proofs. */
export interface DrillReport {
  readonly seed: number;
  readonly cases: number;
  /** Batches with a wrong root that the contract took. */
  readonly fraudulent: number;
  readonly convicted: number;
  /** Transactions that the verifier sent: one for each conviction. */
  readonly proofs: number;
  readonly honest: number;
  readonly acquitted: number;
  /** Batches that the contract did not take, as it was not to. */
  readonly refusedAtPost: number;
  /** Cases in which verifier, contract and truth were not of one mind. */
  readonly disagreements: number;
  readonly kinds: Readonly<Record<string, KindReport>>;
  /** The worst chunks, by name. */
  readonly worst: Readonly<Record<string, WorstReport>>;
  readonly maxGasUsed: number;
  readonly maxGasAt64: number;
  /** The median over the cases, without the worst chunks. */
  readonly typicalGasUsed: number;
  readonly seconds: number;
}

/** Counts cases as they are judged. */
export class Tally {
  readonly kinds: Record<string, KindReport> = {};
  readonly worst: Record<string, WorstReport> = {};
  readonly #results: CaseResult[] = [];

  /** @param kinds those that a run deals out, so that one that never came up is reported as well */
  constructor(kinds: readonly string[]) {
    for (const kind of kinds) this.kinds[kind] = { cases: 0, convicted: 0, refusedAtPost: 0 };
  }

  get cases(): number {
    return this.#results.length;
  }

  count({ kind }: PlannedCase, result: CaseResult): void {
    this.#results.push(result);
    const counts = this.kinds[kind];
    if (result.truth === "honest" || counts === undefined) return;
    counts.cases++;
    if (result.isConvicted) counts.convicted++;
    if (result.refusedWith !== undefined) counts.refusedAtPost++;
  }

  countWorst(name: string, { isConvicted, gasUsed = 0, gasAt64 = 0, disagreements }: CaseResult): void {
    this.worst[name] = { isConvicted: isConvicted && disagreements.length === 0, gasUsed, gasAt64 };
  }

  /** @param sent transactions that the verifier has sent */
  report(seed: number, sent: number, seconds: number): DrillReport {
    const results = this.#results;
    const number = (holds: (result: CaseResult) => boolean) => results.filter(holds).length;
    const proofs = [...results, ...Object.values(this.worst)];
    const gasOf = (measure: "gasUsed" | "gasAt64") => proofs.map((proof) => proof[measure] ?? 0);
    return {
      seed,
      cases: results.length,
      fraudulent: number(({ truth }) => truth === "fraudulent"),
      convicted: number(({ isConvicted }) => isConvicted),
      proofs: sent,
      honest: number(({ truth }) => truth === "honest"),
      acquitted: number(({ truth, verdict }) => truth === "honest" && verdict === "valid"),
      refusedAtPost: number(({ refusedWith }) => refusedWith !== undefined),
      disagreements: number(({ disagreements }) => disagreements.length > 0),
      kinds: this.kinds,
      worst: this.worst,
      maxGasUsed: Math.max(0, ...gasOf("gasUsed")),
      maxGasAt64: Math.max(0, ...gasOf("gasAt64")),
      typicalGasUsed: median(results.flatMap(({ gasUsed }) => gasUsed ?? [])),
      seconds: Number(seconds.toFixed(1)),
    };
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** What a drill was to show and did not; nothing where all is well. */
export function failedChecks(report: DrillReport, cases: number): string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [report.cases === cases, `all ${cases} cases run, not ${report.cases}`],
    [
      report.convicted === report.fraudulent,
      `all ${report.fraudulent} fraudulent batches convicted, not ${report.convicted}`,
    ],
    [report.proofs === report.convicted, `one transaction for each conviction, not ${report.proofs}`],
    [report.acquitted === report.honest, `all ${report.honest} honest batches acquitted, not ${report.acquitted}`],
    [report.disagreements === 0, `verifier and contract agreed in every case, not all but ${report.disagreements}`],
    [Object.values(report.worst).every(({ isConvicted }) => isConvicted), "every worst chunk convicted"],
    [report.maxGasUsed <= PROOF_BUDGET, `no proof that uses more than ${PROOF_BUDGET} gas`],
    [report.maxGasAt64 <= PROOF_BUDGET, `no proof of more than ${PROOF_BUDGET} gas at 64 a byte`],
  ];
  return checks.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** The report for people. */
export function reportLines(report: DrillReport): string[] {
  const row = (name: string, ...cells: readonly (number | string)[]) =>
    `${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(12)).join("")}`;
  return [
    "",
    row("Corruption", "cases", "convicted", "refused"),
    ...Object.entries(report.kinds).map(([kind, { cases, convicted, refusedAtPost }]) =>
      row(kind, cases, convicted, refusedAtPost),
    ),
    "",
    row("Worst chunk", "gas used", "at 64 a byte"),
    ...Object.entries(report.worst).map(([name, { gasUsed, gasAt64 }]) => row(name, gasUsed, gasAt64)),
    "",
    `Fraudulent    ${report.convicted} of ${report.fraudulent} convicted, each by one transaction`,
    `Honest        ${report.acquitted} of ${report.honest} acquitted`,
    `Refused       ${report.refusedAtPost} not taken by the contract`,
    `Disagreements ${report.disagreements}`,
    `Proof         ${report.typicalGasUsed} gas used in the median, ${report.maxGasUsed} at most; at 64 a byte ${report.maxGasAt64} at most`,
    `Took          ${report.seconds} s`,
  ];
}
