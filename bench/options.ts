import { parseArgs } from "node:util";
import { RecourseError } from "@recourse/protocol";

export interface BenchOptions {
  /** One JSON object on standard output, and nothing else there. */
  readonly isJson: boolean;
  /** Groups or rows; empty for all. */
  readonly rows: readonly string[];
  /** Whether what came out is written into docs/performance.md: the table, or with profiles where the time goes. */
  readonly isWriting: boolean;
  /** A folder for profiles: figures mean less then, since profiling takes time too. */
  readonly profiles: string | undefined;
}

/**
 * Reads the command's options.
 * @param known names of groups and rows
 * @throws RecourseError `InvalidCommand` where they are none
 */
export function readOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values } = parse(args);
  const rows = values.rows?.flatMap((text) => text.split(",")).filter((name) => name !== "") ?? [];
  const unknown = rows.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RecourseError("InvalidCommand", `There is no row ${unknown}.`, [
      { field: "rows", expected: `some of: ${known.join(", ")}` },
    ]);
  }
  if (values.write && rows.length > 0 && values.profiles === undefined) {
    throw new RecourseError("InvalidCommand", "Only the table of a whole run is written down.", [
      { field: "write", expected: "no --rows beside it, or --profiles" },
    ]);
  }
  return { isJson: values.json, rows, isWriting: values.write, profiles: values.profiles };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: "boolean", default: false },
        rows: { type: "string", multiple: true },
        write: { type: "boolean", default: false },
        profiles: { type: "string" },
      },
    });
  } catch (error) {
    throw new RecourseError("InvalidCommand", (error as Error).message, [
      { field: "options", expected: "--json, --rows NAME,…, --write, --profiles FOLDER" },
    ]);
  }
}
