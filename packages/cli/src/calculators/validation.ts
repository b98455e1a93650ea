import { type FieldError, RecourseError } from "@recourse/protocol";
import { type Decimal, readDecimal } from "@recourse/sdk/greeks";
import { z } from "zod";

/** A decimal number that a calculator takes; it is written as a string. */
export function decimalField(expected: string, accepts: (value: Decimal) => boolean = () => true) {
  return z.string({ error: expected }).transform((text, context): Decimal => {
    const value = readDecimal(text);
    if (value !== undefined && accepts(value)) return value;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}

/** Whether a number is greater than zero. */
export const isPositive = ({ count }: Decimal): boolean => count > 0n;

/** Whether a number is at most so many. */
export const isAtMost = ({ count, decimals }: Decimal, limit: bigint): boolean =>
  count <= limit * 10n ** BigInt(decimals);

/**
 * Reads JSON. Numbers come out as the digits that were written: a decimal number is exact as text, and not as a double.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  // The reviver's third argument is in ECMAScript 2026, and not yet in TypeScript's library.
  type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
  return (JSON.parse as (text: string, reviver: Reviver) => unknown)(text, (_, value, { source }) =>
    typeof value === "number" ? source : value,
  );
}

/**
 * What a schema makes of an input.
 * @throws RecourseError of this code and sentence, with every field that was wrong
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code: string,
  sentence: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new RecourseError(code, sentence, parsed.error.issues.flatMap(fieldsOf));
  return parsed.data;
}

function fieldsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: [...path, key].join("."), expected: "no such field" }));
  }
  return [{ field: path.join("."), expected: issue.message }];
}
