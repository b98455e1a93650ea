import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executeChunk } from "@recourse/engine";
import { type ChunkKind, fromHex, type Hash, RecourseError, toHex } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import type { PlannedCase } from "./cases.ts";
import type { CaseResult } from "./referee.ts";

/** A case as it is written, for others to replay; `docs/drill.md` explains it. Bytes are hexadecimal. */
export interface WrittenCase {
  readonly name: string;
  readonly kind: string;
  readonly variant: string;
  readonly truth: CaseResult["truth"];
  readonly preRoot: Hash;
  readonly context: {
    readonly era: number;
    readonly eraStart: number;
    readonly term: number;
    readonly batchTime: number;
    readonly domainSeparator: Hash;
  };
  readonly chunks: readonly {
    readonly kind: number;
    readonly messages: number;
    /** What is executed. */
    readonly bytes: Hash;
    readonly postedRoot: Hash;
    /** Absent for what the contract has refused. */
    readonly rightRoot?: Hash;
  }[];
  readonly firstWrongChunk: number | null;
  /** What verifier and contract made of it. */
  readonly outcome: Omit<CaseResult, "truth">;
}

/** What a replay came to. */
export interface ReplayReport {
  readonly cases: number;
  readonly matching: number;
  readonly fraudulent: number;
  readonly honest: number;
  readonly refusedAtPost: number;
  /** In sentences. */
  readonly mismatches: readonly string[];
}

/** What of a case is written. */
export type ArchivedCase = Pick<PlannedCase, "kind" | "variant" | "draft" | "batch" | "firstWrong">;

const casesFolder = "cases";
const statesFolder = "states";

/** Writes cases into a folder. Each state is written once, under its root. */
export class Archive {
  readonly #folder: string;

  /** @throws RecourseError `FileNotWritable` */
  constructor(folder: string) {
    this.#folder = folder;
    this.#write(() => {
      mkdirSync(join(folder, casesFolder), { recursive: true });
      mkdirSync(join(folder, statesFolder), { recursive: true });
      if (readdirSync(join(folder, casesFolder)).length > 0) {
        throw new RecourseError("FolderNotEmpty", `The folder ${folder} holds the cases of another run.`, [
          { field: "out", expected: "a folder that is empty or does not exist" },
        ]);
      }
    });
  }

  /** @param name of the file, and of the case */
  add(name: string, planned: ArchivedCase, { truth, ...outcome }: CaseResult): void {
    const { kind, variant, draft, batch, firstWrong } = planned;
    const preRoot = draft.rootBefore(0);
    const { era, eraStart, term, domainSeparator } = draft.context;
    const written: WrittenCase = {
      name,
      kind,
      variant,
      truth,
      preRoot,
      context: { era, eraStart, term, batchTime: batch.time, domainSeparator: toHex(domainSeparator) },
      chunks: batch.chunks.map((chunk, place) => ({
        kind: chunk.kind,
        messages: chunk.messages,
        bytes: toHex(chunk.bytes),
        postedRoot: batch.postRoots[place]!,
        ...(truth !== "refused" && { rightRoot: draft.rightRoots[place]! }),
      })),
      firstWrongChunk: firstWrong ?? null,
      outcome,
    };
    const statePath = join(this.#folder, statesFolder, `${preRoot}.txt`);
    this.#write(() => {
      if (!existsSync(statePath)) writeFileSync(statePath, stateText(draft.before));
      writeFileSync(join(this.#folder, casesFolder, `${name}.json`), `${JSON.stringify(written, undefined, 1)}\n`);
    });
  }

  #write(action: () => void): void {
    try {
      action();
    } catch (cause) {
      if (cause instanceof RecourseError) throw cause;
      throw new RecourseError(
        "FileNotWritable",
        `Cases cannot be written to ${this.#folder}.`,
        [{ field: "out", expected: "a folder that can be written to" }],
        { cause },
      );
    }
  }
}

/** Entries in key order, one a line: key, space, value. */
function stateText(store: OrderedStore): string {
  return [...store.entries()].map(({ key, value }) => `${plainHex(key)} ${plainHex(value)}\n`).join("");
}

const plainHex = (bytes: Uint8Array): string => toHex(bytes).slice(2);

/**
 * Executes the cases of a folder again, from nothing but what is written there.
 * @throws RecourseError `FileNotReadable` where there are none, or one is damaged
 */
export function replayArchive(folder: string): ReplayReport {
  const names = read(folder, () => readdirSync(join(folder, casesFolder)).filter((name) => name.endsWith(".json")));
  const mismatches: string[] = [];
  const truths: CaseResult["truth"][] = [];
  let matching = 0;
  for (const name of names.sort()) {
    const found = read(folder, () => {
      const written = JSON.parse(readFileSync(join(folder, casesFolder, name), "utf8")) as WrittenCase;
      truths.push(written.truth);
      return replayCase(written, readState(folder, written.preRoot)).map((sentence) => `${written.name}: ${sentence}`);
    });
    mismatches.push(...found);
    if (found.length === 0) matching++;
  }
  const count = (truth: CaseResult["truth"]) => truths.filter((one) => one === truth).length;
  return {
    cases: names.length,
    matching,
    fraudulent: count("fraudulent"),
    honest: count("honest"),
    refusedAtPost: count("refused"),
    mismatches,
  };
}

function readState(folder: string, root: Hash): OrderedStore {
  const lines = readFileSync(join(folder, statesFolder, `${root}.txt`), "utf8").split("\n");
  return OrderedStore.fromEntries(
    lines
      .filter((line) => line !== "")
      .map((line) => {
        const [key, value] = line.split(" ");
        return [fromHex(`0x${key}`), fromHex(`0x${value}`)] as const;
      }),
  );
}

/** @returns how the engine differs from what is written, in sentences */
function replayCase(written: WrittenCase, store: OrderedStore): string[] {
  const { preRoot, context, chunks, truth, firstWrongChunk } = written;
  const differences: string[] = [];
  if (toHex(store.root()) !== preRoot) return ["the state has another root than the case names."];
  if (truth === "refused") return differences;
  const step = { ...context, domainSeparator: fromHex(context.domainSeparator) };
  let firstWrong: number | null = null;
  for (const [place, { kind, bytes, postedRoot, rightRoot }] of chunks.entries()) {
    executeChunk(store, step, kind as ChunkKind, fromHex(bytes));
    const root = toHex(store.root());
    if (root !== rightRoot) differences.push(`the engine's root of chunk ${place} is ${root}, not ${rightRoot}.`);
    if (root !== postedRoot) firstWrong ??= place;
  }
  if (firstWrong !== firstWrongChunk) {
    differences.push(`the first wrong chunk is ${firstWrong ?? "none"}, not ${firstWrongChunk ?? "none"}.`);
  }
  if ((firstWrong !== null) !== (truth === "fraudulent")) differences.push(`it is not ${truth}.`);
  return differences;
}

function read<Result>(folder: string, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    throw new RecourseError(
      "FileNotReadable",
      `The cases in ${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      [{ field: "replay", expected: "a folder that recourse drill --out has written" }],
      { cause },
    );
  }
}
