import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of the README, with the files that the paragraph before it links to. */
export interface Block {
  readonly language: string;
  readonly text: string;
  readonly links: readonly string[];
}

export function readBlocks(): Block[] {
  const readme = readFileSync(`${root}/README.md`, "utf8");
  let end = 0;
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => {
    const before = readme.slice(end, match.index);
    end = match.index + match[0].length;
    const links = [...before.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link!);
    return { language: match[1]!, text: match[2]!, links };
  });
}

/** Commands, and what the README says that they print. */
export interface Step {
  readonly commands: string;
  /** Whether they stay, in a terminal of their own. */
  readonly isService: boolean;
  readonly expected: readonly RegExp[];
}

/** Takes the README's shell blocks in their order, each with the block of output that follows it. */
export function readSteps(substitute: (text: string) => string): Step[] {
  const blocks = readBlocks();
  return blocks.flatMap(({ language, text }, place) => {
    if (language !== "sh") return [];
    const output = blocks[place + 1];
    const commands = substitute(text);
    return [{ commands, isService: /^# in a terminal of its own$/m.test(text), expected: linesOf(output, substitute) }];
  });
}

function linesOf(output: Block | undefined, substitute: (text: string) => string): RegExp[] {
  if (output?.language !== "text" && output?.language !== "json") return [];
  // The sequencer answers in one line without spaces; the README breaks it.
  const text = output.language === "json" ? JSON.stringify(JSON.parse(output.text)) : output.text;
  return substitute(text)
    .split("\n")
    .filter((line) => line !== "" && line !== "…")
    .map(patternOf);
}

/** What differs from run to run: hashes, which the README cuts short, gas, and whatever follows from the clock. */
function patternOf(line: string): RegExp {
  const pattern = line
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/(deadline|nonce|position)(":| )\d+/g, "$1$2\\d+")
    .replace(/\d+ (gas|chunks)/g, "\\d+ $1")
    .replace(/(stream \d+\/)\d+/g, "$1\\d+")
    .replace(/0x[0-9a-f]+…/g, "0x[0-9a-f]{8,}")
    .replace(/…/g, ".*");
  return new RegExp(pattern);
}

/** @returns the first line that does not follow, in order, in the output; undefined where all do */
export function missingLine(output: string, expected: readonly RegExp[]): RegExp | undefined {
  let place = 0;
  return expected.find((line) => {
    const match = line.exec(output.slice(place));
    if (match === null) return true;
    place += match.index + match[0].length;
    return false;
  });
}
