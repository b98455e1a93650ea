import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutant.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The text of a mutant's file with the mistake in it.
 * @throws Error where the text to be replaced does not occur exactly once, for then the mutant means something else
 */
export function mutatedText({ file, find, replace }: Mutant): string {
  const text = readFileSync(join(root, file), "utf8");
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`"${find}" occurs ${parts.length - 1} times in ${file}, not once.`);
  return parts.join(replace);
}

/** The packages that make up the TypeScript step function, and which of them each imports. */
const packages = { protocol: [], store: ["protocol"], engine: ["protocol", "store"] } as const;

/**
 * Copies the TypeScript step function into a temporary folder, with a mutant's mistake in it where one is given.
 * @returns the folder, and a function that removes it
 */
export function copyEngine(mutant: Mutant | undefined): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "recourse-mutant-"));
  for (const [name, imports] of Object.entries(packages)) {
    const from = join(root, "packages", name);
    const to = join(folder, "packages", name);
    cpSync(join(from, "src"), join(to, "src"), { recursive: true });
    cpSync(join(from, "package.json"), join(to, "package.json"));
    if (name === "protocol") symlinkSync(join(from, "node_modules"), join(to, "node_modules"));
    else mkdirSync(join(to, "node_modules", "@recourse"), { recursive: true });
    for (const imported of imports) {
      symlinkSync(join(folder, "packages", imported), join(to, "node_modules", "@recourse", imported));
    }
  }
  if (mutant !== undefined) writeFileSync(join(folder, mutant.file), mutatedText(mutant));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
