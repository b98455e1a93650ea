import { performance } from "node:perf_hooks";
import { median } from "./statistics.ts";

/** What a row measures, and against what: everything but the figures. */
export interface RowDefinition {
  /** The group that measures it, a slash, and a name of its own. */
  readonly name: string;
  readonly unit: string;
  /** Whether more is better, or less. */
  readonly better: "more" | "less";
  /** Whom ours is measured against: another program that does the same, or a floor that cannot be beaten. */
  readonly peer: string;
  readonly budget?: Budget;
  /** How the figures are obtained: one sentence. */
  readonly how: string;
}

/** What the design asks for: of our figure, or of the ratio. */
export interface Budget {
  readonly of: "ours" | "ratio";
  readonly figure: number;
}

/** The figures of a row, one for each round. */
export interface Figures {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  /** What this run in particular must be read with. */
  readonly note?: string;
}

/** A row with its figures: the medians of all rounds. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: { readonly name: string; readonly figure: number };
  /** How many times as good ours is as the peer: above 1 where it is better, whether more or less is. */
  readonly ratio: number;
  readonly budget: Budget | null;
  readonly met: boolean | null;
  /** The least and the greatest round. */
  readonly spread: { readonly ours: readonly [number, number]; readonly peer: readonly [number, number] };
  readonly how: string;
}

/** A row that could not be measured. */
export interface FailedRow {
  readonly name: string;
  readonly error: string;
}

/** Rows that are measured together, in a process of their own. */
export interface RowGroup {
  readonly rows: readonly RowDefinition[];
  /**
   * Measures its rows.
   * @param report takes a row's figures
   * @param isWanted whether a row was asked for: what takes long may be left out where it was not
   */
  measure(report: (name: string, figures: Figures) => void, isWanted: (name: string) => boolean): Promise<void>;
}

/** Puts a row together. @throws RangeError where a round has no figure */
export function makeRow(definition: RowDefinition, { ours, peer, note }: Figures): Row {
  const { name, unit, better, budget = null, how } = definition;
  for (const figure of [...ours, ...peer]) {
    if (!Number.isFinite(figure)) throw new RangeError(`${name} was measured as ${figure}.`);
  }
  if (ours.length === 0 || peer.length === 0) throw new RangeError(`${name} has no figures.`);
  const figure = median(ours);
  const peerFigure = median(peer);
  const ratio = better === "more" ? figure / peerFigure : peerFigure / figure;
  return {
    name,
    unit,
    ours: significant(figure),
    peer: { name: definition.peer, figure: significant(peerFigure) },
    ratio: significant(ratio),
    budget,
    met: budget && isMet(budget, better, figure, ratio),
    spread: { ours: range(ours), peer: range(peer) },
    how: note === undefined ? how : `${how} ${note}`,
  };
}

function isMet({ of, figure }: Budget, better: RowDefinition["better"], ours: number, ratio: number): boolean {
  // A ratio is always better when it is more.
  if (of === "ratio") return ratio >= figure;
  return better === "more" ? ours >= figure : ours <= figure;
}

function range(figures: readonly number[]): readonly [number, number] {
  return [significant(Math.min(...figures)), significant(Math.max(...figures))];
}

/** Rounds to four digits, and whole numbers above that to whole numbers. */
export function significant(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
}

/** Something to be timed, again and again. */
export interface Contestant {
  /** Makes what the next run needs; its time does not count. */
  readonly prepare?: () => void;
  /** @returns the operations that it has done */
  run(): number | Promise<number>;
}

/** A contestant each of whose runs needs a state of its own, made while the clock stands. */
export function prepared<State>(prepare: () => State, run: (state: State) => number | Promise<number>): Contestant {
  let state: State;
  return {
    prepare() {
      state = prepare();
    },
    run: () => run(state),
  };
}

export interface Rounds {
  readonly rounds?: number;
  /** Milliseconds that the timed runs of one round take at least. */
  readonly roundMs?: number;
  /** Rounds before those that count. */
  readonly warmUps?: number;
}

/** With RECOURSE_BENCH_QUICK=1 everything is run once: for tests of what is run, since the figures mean nothing. */
const isQuick = process.env.RECOURSE_BENCH_QUICK === "1";

/**
 * Times contestants in turn, A/B/A/B, so that what disturbs the machine disturbs all of them.
 * @returns for each contestant its operations a second, a figure a round
 */
export async function compare<Names extends string>(
  contestants: Readonly<Record<Names, Contestant>>,
  { rounds = 5, roundMs = 200, warmUps = 2 }: Rounds = {},
): Promise<Record<Names, number[]>> {
  if (isQuick) [rounds, roundMs, warmUps] = [1, 1, 0];
  const names = Object.keys(contestants) as Names[];
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Names, number[]>;
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const rate = await timeRound(contestants[name], roundMs);
      if (round >= 0) rates[name].push(rate);
    }
  }
  return rates;
}

async function timeRound({ prepare, run }: Contestant, roundMs: number): Promise<number> {
  let operations = 0;
  let elapsedMs = 0;
  while (elapsedMs < roundMs) {
    prepare?.();
    const start = performance.now();
    const done = run();
    operations += typeof done === "number" ? done : await done;
    elapsedMs += performance.now() - start;
  }
  return (operations * 1000) / elapsedMs;
}

let kept: unknown;

/** Takes a result, so that no compiler can find out that nobody needs it. */
export function keep(result: unknown): void {
  kept = result;
}

/** What was kept last: it is what makes every result needed. */
export function lastKept(): unknown {
  return kept;
}
