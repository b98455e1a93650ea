import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { RecourseError } from "@recourse/protocol";

/** Where tapes go that are told no other place. It is made where it is missing, unlike others. */
export const tapesFolder = "tapes";

const bufferedCharacters = 1 << 20;

/**
 * Finds out early whether a tape can be written, for those who have a lot to do before.
 * @throws RecourseError `FileNotWritable`
 */
export function prepareTape(out: string): void {
  explained(out, () => {
    const folder = dirname(out);
    if (folder === tapesFolder) mkdirSync(folder, { recursive: true });
    const existing = statSync(out, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw new Error("This is a folder.");
    accessSync(existing && !existing.isFile() ? out : folder, constants.W_OK);
  });
}

/**
 * Writes a tape. The file has its name only when it is whole: until then a tape that was there stays as it was.
 * @param lines the header and the rows
 * @throws RecourseError `FileNotWritable`
 */
export function writeTape(out: string, lines: Iterable<string>): void {
  prepareTape(out);
  explained(out, () => {
    const existing = statSync(out, { throwIfNoEntry: false });
    // A pipe or a device is written as it is.
    if (existing && !existing.isFile()) return writeLines(out, lines);
    const path = existing ? realpathSync(out) : out;
    const partial = `${path}.partial`;
    try {
      writeLines(partial, lines);
      renameSync(partial, path);
    } finally {
      rmSync(partial, { force: true });
    }
  });
}

function writeLines(path: string, lines: Iterable<string>): void {
  const file = openSync(path, "w");
  try {
    let text = "";
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length < bufferedCharacters) continue;
      writeWhole(file, text);
      text = "";
    }
    writeWhole(file, text);
  } finally {
    closeSync(file);
  }
}

function writeWhole(file: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(file, rest));
}

function explained(out: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    throw new RecourseError(
      "FileNotWritable",
      `The tape ${out} cannot be written.`,
      [{ field: "out", expected: "the path of a file that can be written, in a folder that exists" }],
      { cause },
    );
  }
}
