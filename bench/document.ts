import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../docs/performance.md", import.meta.url));

/** Between these lines stands what a run has written; nobody writes there by hand. */
export const begin = "<!-- npm run bench -- --write: begin -->";
export const end = "<!-- npm run bench -- --write: end -->";

/** Puts a text between the markers of a document. @throws Error where the markers are missing */
export function replaceBetweenMarkers(document: string, text: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The document has no place for the table: ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

/** Writes a run's table into docs/performance.md. */
export function writeTable(text: string): void {
  writeFileSync(file, replaceBetweenMarkers(readFileSync(file, "utf8"), text));
}
