import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../docs/performance.md", import.meta.url));

/** Parts of docs/performance.md that a run writes; nobody writes there by hand. */
export type WrittenPart = "table" | "profiles";

/** Puts a text between the markers of a part. @throws Error where the document has no such part */
export function replacePart(document: string, part: WrittenPart, text: string): string {
  const [begin, end] = [`<!-- begin of ${part} -->`, `<!-- end of ${part} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The document has no place for the ${part}: ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}

/** Writes what a run came to into docs/performance.md. */
export function writePart(part: WrittenPart, text: string): void {
  writeFileSync(file, replacePart(readFileSync(file, "utf8"), part, text));
}
