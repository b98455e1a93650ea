/** Measures one group of rows in a process of its own, so that no group runs on what another left behind. */
import { groups } from "./groups.ts";
import { type FailedRow, type Figures, makeRow, type Row } from "./harness.ts";

const group = groups[process.argv[2]!]!;

function send(row: Row | FailedRow): void {
  process.send!(row);
}

/** The whole chain of causes, in one line. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return (cause === undefined ? message : `${message} (${explain(cause)})`).replace(/\s+/g, " ");
}

const missing = new Map(group.rows.map((row) => [row.name, row]));
function report(name: string, figures: Figures): void {
  const definition = missing.get(name)!;
  missing.delete(name);
  send(makeRow(definition, figures));
}

try {
  await group.measure(report);
  for (const name of missing.keys()) send({ name, error: "The group ended without this row." });
} catch (error) {
  for (const name of missing.keys()) send({ name, error: explain(error) });
}
process.disconnect!();
