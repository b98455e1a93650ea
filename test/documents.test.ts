import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** What the documents name must exist: files, folders, npm scripts, commands. */

const root = fileURLToPath(new URL("..", import.meta.url));
const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function commandsOfTheCommandLine(): Set<string> {
  const folder = join(root, "packages/cli/src");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const names = sources.flatMap((name) =>
    [...readFileSync(join(folder, name), "utf8").matchAll(/new Command\("([a-z-]+)"/g)].map((match) => match[1]!),
  );
  return new Set(names);
}

describe.each(documents)("%s", (document) => {
  const text = readFileSync(join(root, document), "utf8");

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
  });

  it("names files and folders that exist", () => {
    const paths = [...text.matchAll(/`((?:packages|contracts|scripts|test|docs|\.ci)\/[A-Za-z0-9_./-]+)`/g)].map(
      (match) => match[1]!,
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("names npm scripts that exist", () => {
    const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts as Record<string, string>;
    const named = [...text.matchAll(/npm run ([a-z-]+)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names commands that exist", () => {
    const known = commandsOfTheCommandLine();
    const named = [...text.matchAll(/npx recourse ([a-z]+)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("docs/invariants.md", () => {
  const text = readFileSync(join(root, "docs/invariants.md"), "utf8");

  it("names functions that are in the files beside them", () => {
    const places = [...text.matchAll(/\]\((\.\.\/[^)]+)\)((?:,? `\w+`)+)/g)];
    expect(places.length).toBeGreaterThan(100);
    const missing = places.flatMap(([, file, names]) => {
      const source = readFileSync(join(root, "docs", file!), "utf8");
      return [...names!.matchAll(/\w+/g)]
        .filter(([name]) => !new RegExp(`\\b${name}\\b`).test(source))
        .map(([name]) => `${name} in ${file}`);
    });
    expect(missing).toEqual([]);
  });

  it("names the variables of the environment that make tests longer or choose their seeds, and no others", () => {
    const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/test`);
    const sources = [...packages, "contracts/test", "test", "bench/test"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => readFileSync(join(root, folder, name), "utf8")),
    );
    const read = sources.flatMap((source) =>
      [...source.matchAll(/process\.env\.(RECOURSE_\w+)/g)].map((match) => match[1]!),
    );
    const named = [...text.matchAll(/RECOURSE_\w+/g)].map(([name]) => name);
    expect([...new Set(named)].sort()).toEqual([...new Set(read)].sort());
  });
});
