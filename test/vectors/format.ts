import { ChunkKind, fromHex, type StepContext, toHex } from "@recourse/protocol";
import type { StepResult } from "../differential/comparison.ts";

/**
 * A vector: a state, a chunk, and what must come of it, for any implementation of the step function. As JSON, all bytes
 * are hexadecimal with the prefix 0x.
 */
export interface Vector {
  readonly name: string;
  /** What the vector shows, for a person. */
  readonly why: string;
  readonly kind: ChunkKind;
  readonly context: StepContext;
  readonly chunk: Uint8Array;
  /** Every entry of the state before the chunk, in key order. */
  readonly preState: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  readonly expected: StepResult;
}

const kindNames = Object.keys(ChunkKind) as (keyof typeof ChunkKind)[];

/** Writes a vector as JSON, the same bytes each time. */
export function formatVector({ name, why, kind, context, chunk, preState, expected }: Vector): string {
  const value = {
    name,
    why,
    kind: kindNames.find((kindName) => ChunkKind[kindName] === kind),
    context: {
      era: context.era,
      eraStart: context.eraStart,
      term: context.term,
      batchTime: context.batchTime,
      domainSeparator: toHex(context.domainSeparator),
    },
    chunk: toHex(chunk),
    preState: Object.fromEntries(preState.map((entry) => [toHex(entry.key), toHex(entry.value)])),
    expected: { postRoot: expected.postRoot, meter: expected.meter, reasons: expected.reasons },
  };
  return `${JSON.stringify(value, undefined, 1)}\n`;
}

/** Reads the fields of an object. @throws TypeError where it has others, or lacks one */
function fieldsOf<Name extends string>(value: unknown, names: readonly Name[], where: string): Record<Name, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(`${where} is no object.`);
  const found = Object.keys(value);
  if (found.length !== names.length || names.some((name) => !found.includes(name))) {
    throw new TypeError(`${where} has the fields ${found.join(", ")}, not ${names.join(", ")}.`);
  }
  return value as Record<Name, unknown>;
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== "string") throw new TypeError(`${where} is no text.`);
  return value;
}

function integerOf(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new TypeError(`${where} is no integer.`);
  return value;
}

/** Reads a vector. @throws TypeError for JSON of any other shape */
export function parseVector(json: string): Vector {
  const vector = fieldsOf(
    JSON.parse(json),
    ["name", "why", "kind", "context", "chunk", "preState", "expected"],
    "A vector",
  );
  const context = fieldsOf(vector.context, ["era", "eraStart", "term", "batchTime", "domainSeparator"], "context");
  const expected = fieldsOf(vector.expected, ["postRoot", "meter", "reasons"], "expected");
  const kindName = kindNames.find((name) => name === vector.kind);
  if (kindName === undefined) throw new TypeError(`kind is none of ${kindNames.join(", ")}.`);
  if (typeof vector.preState !== "object" || vector.preState === null) throw new TypeError("preState is no object.");
  if (!Array.isArray(expected.reasons)) throw new TypeError("expected.reasons is no array.");
  return {
    name: textOf(vector.name, "name"),
    why: textOf(vector.why, "why"),
    kind: ChunkKind[kindName],
    context: {
      era: integerOf(context.era, "context.era"),
      eraStart: integerOf(context.eraStart, "context.eraStart"),
      term: integerOf(context.term, "context.term"),
      batchTime: integerOf(context.batchTime, "context.batchTime"),
      domainSeparator: fromHex(textOf(context.domainSeparator, "context.domainSeparator")),
    },
    chunk: fromHex(textOf(vector.chunk, "chunk")),
    preState: Object.entries(vector.preState).map(([key, value]) => ({
      key: fromHex(key),
      value: fromHex(textOf(value, "preState")),
    })),
    expected: {
      postRoot: textOf(expected.postRoot, "expected.postRoot"),
      meter: integerOf(expected.meter, "expected.meter"),
      reasons: expected.reasons.map((reason) => integerOf(reason, "expected.reasons")),
    },
  };
}
