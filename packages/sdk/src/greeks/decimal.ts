/** An exact decimal number: count × 10^-decimals. */
export interface Decimal {
  readonly count: bigint;
  readonly decimals: number;
}

/** More digits than this on either side of the point are refused. */
const MAX_DIGITS = 40;

/**
 * Reads a decimal number exactly: `0.55`, `-12`, `1e-8`.
 * @returns undefined where the text is none, or has more than 40 digits before or behind the point
 */
export function readDecimal(text: string): Decimal | undefined {
  const match = /^(-?)(\d{1,99})(?:\.(\d{1,99}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const digits = `${match[2]}${match[3] ?? ""}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return { count: 0n, decimals: 0 };
  const point = digits.length - (match[3]?.length ?? 0) + Number(match[4] ?? 0);
  const decimals = Math.max(0, significant.length - point);
  if (point > MAX_DIGITS || decimals > MAX_DIGITS) return undefined;
  const magnitude = BigInt(significant.padEnd(point + decimals, "0"));
  return { count: match[1] === "-" ? -magnitude : magnitude, decimals };
}

/** Divides two integers and rounds to the nearest, a half away from zero; the divisor is positive. */
export function divideNearest(numerator: bigint, divisor: bigint): bigint {
  const magnitude = (2n * (numerator < 0n ? -numerator : numerator) + divisor) / (2n * divisor);
  return numerator < 0n ? -magnitude : magnitude;
}

/** A number as a count of 10^-decimals, rounded to the nearest. */
export function countOf({ count, decimals: own }: Decimal, decimals: number): bigint {
  return own <= decimals ? count * 10n ** BigInt(decimals - own) : divideNearest(count, 10n ** BigInt(own - decimals));
}

/** Exactly the sum of some numbers. */
export function sum(numbers: readonly Decimal[]): Decimal {
  const decimals = Math.max(0, ...numbers.map((number) => number.decimals));
  return { count: numbers.reduce((total, number) => total + countOf(number, decimals), 0n), decimals };
}

/** A quotient, rounded to so many significant digits or one more; the denominator is positive. */
export function toSignificant(numerator: bigint, denominator: bigint, digits: number): Decimal {
  if (numerator === 0n) return { count: 0n, decimals: 0 };
  const magnitude = numerator < 0n ? -numerator : numerator;
  // The quotient is below 10 to the power of the difference in length, plus one.
  const decimals = Math.max(0, digits + denominator.toString().length - magnitude.toString().length);
  return { count: divideNearest(numerator * 10n ** BigInt(decimals), denominator), decimals };
}
