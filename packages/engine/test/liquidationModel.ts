import { ceilDiv } from "../src/index.ts";

/**
 * Liquidation by exact fractions, in dollars, written from its description and not from the engine: shares and factors are
 * fractions, and nothing is rounded but where the rules say so.
 */

/** A fraction of integers; the denominator is positive. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

export const fraction = (over: bigint | number, under: bigint | number = 1n): Fraction => ({
  over: BigInt(over),
  under: BigInt(under),
});
export const plus = (left: Fraction, right: Fraction): Fraction =>
  left.under === right.under
    ? fraction(left.over + right.over, left.under)
    : fraction(left.over * right.under + right.over * left.under, left.under * right.under);
export const times = (left: Fraction, right: Fraction): Fraction =>
  fraction(left.over * right.over, left.under * right.under);
export const minus = (left: Fraction, right: Fraction): Fraction => plus(left, times(fraction(-1n), right));
export const isLess = (left: Fraction, right: Fraction): boolean => left.over * right.under < right.over * left.under;
export const greatest = (...all: readonly Fraction[]): Fraction =>
  all.reduce((best, each) => (isLess(best, each) ? each : best));
const roundedUp = ({ over, under }: Fraction): bigint => ceilDiv(over, under);
const roundedDown = ({ over, under }: Fraction): bigint => -ceilDiv(-over, under);

const zero = fraction(0n);
const NANO = fraction(1n, 1_000_000_000n);
const CASH = fraction(1_000_000n);

/** A position by what the market says of one lot, all in dollars but the delta, which is in underlyings. */
export interface ModelPosition {
  readonly underlying: number;
  readonly lots: bigint;
  readonly mark: Fraction;
  /** Owed by one lot held long. */
  readonly funding: Fraction;
  readonly losses: readonly Fraction[];
  readonly delta: Fraction;
  readonly gap: Fraction;
  /** Dollars for one of the underlying. */
  readonly index: Fraction;
}

const sum = (all: readonly Fraction[]): Fraction => all.reduce(plus, zero);
const size = (value: Fraction): Fraction => (value.over < 0n ? minus(zero, value) : value);

/** What an account is worth, cash (1e-6 USD) and positions. */
export function modelEquity(cash: bigint, positions: readonly ModelPosition[]): Fraction {
  const values = positions.map(({ lots, mark, funding }) => times(fraction(lots), minus(mark, funding)));
  return plus(fraction(cash, 1_000_000n), sum(values));
}

/** The maintenance margin as if all reports were of now: half the greater of scan and minimum, and what long options may hide. */
export function modelMaintenance(positions: readonly ModelPosition[]): Fraction {
  const underlyings = [...new Set(positions.map(({ underlying }) => underlying))];
  return sum(
    underlyings.map((underlying) => {
      const held = positions.filter((position) => position.underlying === underlying);
      const scan = held[0]!.losses.map((_, scenario) =>
        sum(held.map(({ lots, losses }) => times(fraction(lots), losses[scenario]!))),
      );
      const deltas = held.map(({ lots, delta }) => times(fraction(lots), delta));
      const net = size(sum(deltas));
      const hedged = times(fraction(1n, 2n), minus(sum(deltas.map(size)), net));
      const share = plus(times(fraction(2n, 100n), net), times(fraction(1n, 100n), hedged));
      const minimum = times(share, held[0]!.index);
      // Both the minimum and the half are rounded up to a nano-dollar.
      const nano = (value: Fraction) => times(fraction(roundedUp(times(value, fraction(1_000_000_000n)))), NANO);
      const half = nano(times(fraction(1n, 2n), greatest(...scan, nano(minimum), zero)));
      const gaps = held.filter(({ lots }) => lots > 0n).map(({ lots, gap }) => times(fraction(lots), gap));
      return plus(half, sum(gaps));
    }),
  );
}

/** What becomes of an account, and of whoever takes over. Cash in 1e-6 USD. */
export interface ModelResult {
  readonly percent: number;
  readonly penalty: bigint;
  /** Whether the account can pay all of the penalty. */
  readonly isPaidInFull: boolean;
  readonly moved: readonly bigint[];
  readonly cash: bigint;
  /** What is paid for the lots that are moved. */
  readonly paid: bigint;
  /** What the account pays as funding. */
  readonly funding: bigint;
  readonly loss: bigint;
}

/** @returns undefined where the account is not below its maintenance margin */
export function modelLiquidation(cash: bigint, positions: readonly ModelPosition[]): ModelResult | undefined {
  const equity = modelEquity(cash, positions);
  const maintenance = modelMaintenance(positions);
  if (!isLess(equity, maintenance)) return undefined;
  const penaltyOf = (share: Fraction) => times(fraction(7n, 10n), times(share, maintenance));
  const percent =
    [20, 40, 60, 80].find((each) => {
      const share = fraction(each, 100n);
      const left = times(minus(fraction(1n), share), maintenance);
      const covered = times(fraction(9n, 10n), minus(equity, penaltyOf(share)));
      return !isLess(covered, left) && isLess(penaltyOf(share), equity);
    }) ?? 100;
  const share = fraction(percent, 100n);
  const full = penaltyOf(share);
  const available = greatest(equity, zero);
  const penalty = roundedDown(times(isLess(full, available) ? full : available, CASH));
  const moved = positions.map(({ lots }) => {
    const count = roundedUp(times(share, fraction(lots < 0n ? -lots : lots)));
    return lots < 0n ? -count : count;
  });
  const paid = positions.reduce(
    (total, { mark }, place) => total + roundedDown(times(CASH, times(fraction(moved[place]!), mark))),
    0n,
  );
  const funding = positions.reduce(
    (total, { lots, funding: due }) => total + roundedUp(times(CASH, times(fraction(lots), due))),
    0n,
  );
  const rest = cash - funding + paid - penalty;
  const loss = percent === 100 && rest < 0n ? -rest : 0n;
  const isPaidInFull = isLess(zero, equity) && !isLess(equity, full);
  return { percent, penalty, isPaidInFull, moved, cash: rest + loss, paid, funding, loss };
}
