import { RecourseError } from "@recourse/protocol";

/** A place in a file, counted from 1; the file as a whole where there is no line. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Writes a place as compilers do. */
export function formatPlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

/** A file of trades that is not what it is said to be, and where. */
export function malformedExport(place: Place, expected: string, cause?: unknown): RecourseError {
  const where = formatPlace(place);
  return new RecourseError(
    "MalformedTrades",
    `The trades cannot be read: ${where} must be ${expected}.`,
    [{ field: where, expected }],
    { cause },
  );
}

/** Trades and lines are far shorter: a longer one is no trade, and is not kept in memory. */
export const maxRecordCharacters = 1_000_000;
