import { compactSignature, fromHex, RecourseError, SIGNATURE_BYTES } from "@recourse/protocol";
import { z } from "zod";
import { malformed } from "./errors.ts";

/** A whole number of `bits` bits. */
export function unsigned(bits: number) {
  const expected = `a whole number from 0 to ${2 ** bits - 1}`;
  return z
    .number({ error: expected })
    .int({ error: expected })
    .min(0, { error: expected })
    .max(2 ** bits - 1, { error: expected });
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, { error: words.join(" or ") });
}

export const instrumentReference = z.union([z.string().min(1).max(40), unsigned(24)], {
  error: "an instrument's name or number",
});

export const decimal = z
  .string({ error: "a decimal number as a string" })
  .regex(/^\d{1,16}(\.\d{1,18})?$/, { error: 'a positive decimal number as a string, such as "48000.5"' });

export const address = z
  .string({ error: "an address" })
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: "an address: 0x and 40 hexadecimal digits" })
  .transform(fromHex);

/** 64 or 65 bytes; what comes out has 64. */
export const signature = z.string({ error: "a signature" }).transform((text, context) => {
  try {
    const bytes = fromHex(text);
    return bytes.length === SIGNATURE_BYTES ? bytes : compactSignature(bytes);
  } catch {
    context.addIssue({ code: "custom", message: "64 or 65 bytes in hexadecimal with the prefix 0x" });
    return z.NEVER;
  }
});

/** What every transaction of an account has. */
export const admission = {
  account: unsigned(32),
  signer: unsigned(8).default(0),
  deadline: unsigned(32),
  nonce: unsigned(16),
  signature,
};

/** Numbers in paths and queries. */
export function pathNumber(maximum: number) {
  const expected = `a whole number from 0 to ${maximum}`;
  return z
    .string({ error: expected })
    .regex(/^\d{1,15}$/, { error: expected })
    .transform(Number)
    .refine((value) => value <= maximum, { error: expected });
}

/** @throws RecourseError `MalformedRequest` with the fields that were wrong */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw malformed(parsed.error);
  return parsed.data;
}

/** Whether a body is a list of many under some name, rather than one. */
export function isBulk(body: unknown, name: string): boolean {
  return typeof body === "object" && body !== null && name in body;
}

export function notFound(what: string): RecourseError {
  return new RecourseError("NotFound", `There is no ${what}.`);
}
