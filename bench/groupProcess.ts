/**
 * Measures rows of one group in a process of its own, so that no group runs on what another left behind:
 * `node groupProcess.ts GROUP ROW …`.
 */
import { groups } from "./groups.ts";
import { type FailedRow, type Figures, makeRow, type Row } from "./harness.ts";

const [name, ...wanted] = process.argv.slice(2);
const group = groups[name!]!;

// Its own processes end with it, and it with its parent.
process.once("disconnect", () => process.exit());

function send(row: Row | FailedRow): void {
  process.send!(row);
}

/** The whole chain of causes, in one line. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return (cause === undefined ? message : `${message} (${explain(cause)})`).replace(/\s+/g, " ");
}

const missing = new Map(group.rows.filter((row) => wanted.includes(row.name)).map((row) => [row.name, row]));

function report(row: string, figures: Figures): void {
  const definition = missing.get(row);
  if (definition === undefined) return;
  missing.delete(row);
  send(makeRow(definition, figures));
}

try {
  await group.measure(report, (row) => missing.has(row));
  for (const row of missing.keys()) send({ name: row, error: "The group ended without this row." });
} catch (error) {
  for (const row of missing.keys()) send({ name: row, error: explain(error) });
}
process.disconnect!();
