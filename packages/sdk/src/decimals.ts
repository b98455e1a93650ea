import { parseDecimal, RecourseError } from "@recourse/protocol";

/**
 * Reads a decimal string as a positive count of some unit.
 * @param unit the unit, in 10^-decimals; 1 where the decimals alone say it
 * @throws RecourseError `InvalidDecimal` where it is no multiple of the unit
 */
export function countOf(field: string, text: string, decimals: number, unit = 1n): bigint {
  const value = parseDecimal(text, decimals);
  if (value === undefined || value < 0n || value % unit !== 0n) {
    throw new RecourseError("InvalidDecimal", `${field} ${text} cannot be expressed exactly.`, [
      { field, expected: `a multiple of ${unit} × 10^-${decimals}` },
    ]);
  }
  return value / unit;
}
