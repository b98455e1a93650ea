/** Decimal numbers of any precision, as exchanges print them: nothing passes through a double. */
export interface Decimal {
  readonly digits: bigint;
  /** The value is digits × 10^-scale; below 0 where an exponent says so. */
  readonly scale: number;
}

/** More digits or zeros than any market needs: what has more of them is no price, and would be slow to compute with. */
const maxDigits = 60;

/** Reads `8950`, `-0.5`, `5.0e-4`. @returns undefined where the text is no number, or one of more than 60 digits */
export function parseNumber(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  const digits = whole! + fraction;
  const scale = fraction.length - Number(exponent);
  if (digits === "" || digits.length > maxDigits || Math.abs(scale) > maxDigits) return undefined;
  return { digits: BigInt(sign === "-" ? `-${digits}` : digits), scale };
}

/** The value as a count of 10^-decimals, rounded to the nearest, halves up. */
export function toCount({ digits, scale }: Decimal, decimals: number): bigint {
  const shift = decimals - scale;
  return shift >= 0 ? digits * 10n ** BigInt(shift) : divideToNearest(digits, 10n ** BigInt(-shift));
}

/** The nearest value with so many decimals, halves up. */
export function roundTo(value: Decimal, decimals: number): Decimal {
  return { digits: toCount(value, decimals), scale: decimals };
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

/** left ÷ right as a count of 10^-decimals, rounded to the nearest, halves up; right must be above 0. */
export function divideToCount(left: Decimal, right: Decimal, decimals: number): bigint {
  const shift = BigInt(decimals - left.scale + right.scale);
  return shift >= 0n
    ? divideToNearest(left.digits * 10n ** shift, right.digits)
    : divideToNearest(left.digits, right.digits * 10n ** -shift);
}

/** Halves go up; the denominator must be above 0. */
function divideToNearest(numerator: bigint, denominator: bigint): bigint {
  const doubled = 2n * numerator + denominator;
  const quotient = doubled / (2n * denominator);
  return doubled < 0n && quotient * 2n * denominator !== doubled ? quotient - 1n : quotient;
}
