import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChunkExecution, type EngineEvent, executeChunk } from "@recourse/engine";
import { ChunkKind, concatBytes, Reason, type StepContext, toHex, transactionLength } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import type { deploySteps } from "../support/steps.ts";
import { formatVector } from "../vectors/format.ts";

/** The step contracts, as `deploySteps` gives them. */
export type StepContracts = Pick<Awaited<ReturnType<typeof deploySteps>>, "execute">;

/** A chunk and what it is judged by. */
export interface ChunkInput {
  readonly context: StepContext;
  readonly kind: ChunkKind;
  readonly chunk: Uint8Array;
}

/** What a language makes of a chunk. */
export interface StepResult {
  readonly postRoot: string;
  readonly meter: number;
  readonly reasons: readonly number[];
}

/** A chunk that both languages agree about, with what is needed to ask them again. */
export interface AgreedChunk extends ChunkInput {
  readonly preRoot: Uint8Array;
  readonly witness: Uint8Array;
  readonly result: StepResult;
  /** What happened in it. */
  readonly events: readonly EngineEvent[];
}

/** Executes a chunk by the TypeScript engine; the store holds the state after it. */
export function executeInTypeScript(
  store: OrderedStore,
  { context, kind, chunk }: ChunkInput,
): StepResult & { readonly events: readonly EngineEvent[] } {
  const { meter, reasons, outcomes } = executeChunk(store, context, kind, chunk);
  const events = outcomes.flatMap((outcome) => outcome.events);
  return { postRoot: toHex(store.root()), meter, reasons: [...reasons], events };
}

/** What went wrong where a language gave no result at all. */
function failure(error: unknown): StepResult & { readonly failure: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { postRoot: "", meter: 0, reasons: [], failure: message.slice(0, 500) };
}

function describe(name: string, result: StepResult & { readonly failure?: string }): string {
  if (result.failure !== undefined) return `${name}: ${result.failure}`;
  return `${name}: root ${result.postRoot}, meter ${result.meter}, reasons ${result.reasons.join(" ")}`;
}

function isSame(left: StepResult, right: StepResult): boolean {
  return (
    left.postRoot === right.postRoot &&
    left.meter === right.meter &&
    left.reasons.length === right.reasons.length &&
    left.reasons.every((reason, place) => reason === right.reasons[place])
  );
}

/**
 * Executes a chunk three times: by TypeScript on the whole state, by TypeScript on its witness alone, by Solidity on its
 * witness. The store holds the state after it.
 * @param name says which chunk it is, such as the seed and the number of the chunk; a file is called so
 * @throws Error where the three differ, after writing a vector that reproduces it into a temporary folder
 */
export async function compareChunk(
  contracts: StepContracts,
  store: OrderedStore,
  input: ChunkInput,
  name: string,
): Promise<AgreedChunk> {
  const before = store.clone();
  const preRoot = store.root();
  const { events, ...whole } = executeInTypeScript(store, input);
  const witness = store.witness();

  let partial: StepResult;
  try {
    partial = executeInTypeScript(OrderedStore.fromWitness(preRoot, witness), input);
  } catch (error) {
    partial = failure(error);
  }
  const solidity: StepResult = await contracts
    .execute(input.kind, preRoot, input.context, input.chunk, witness)
    .catch(failure);

  if (!isSame(whole, partial) || !isSame(whole, solidity)) {
    const folder = join(tmpdir(), "recourse-differences");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name.replaceAll(/[^a-zA-Z0-9-]+/g, "-")}.json`);
    const why = "TypeScript and Solidity differ; expected is what TypeScript says.";
    writeFileSync(path, formatVector({ name, why, ...input, preState: [...before.entries()], expected: whole }));
    const results = [
      describe("TypeScript, whole state", whole),
      describe("TypeScript, witness", partial),
      describe("Solidity", solidity),
    ];
    throw new Error(`${name}: the twins differ. It is replayed by ${path}\n${results.join("\n")}`);
  }
  return { ...input, preRoot, witness, result: whole, events };
}

/**
 * Executes a chunk's transactions as the sequencer does, which leaves out those that are refused, and what is left as a
 * chunk of its own: meter, witness and root must be the same.
 * @param before the state before the chunk, which stays as it is
 * @throws Error where they are not, or where a refusal has changed the state
 */
export function compareWithoutRefused(before: OrderedStore, { context, kind, chunk }: ChunkInput, name: string): void {
  if (kind === ChunkKind.bridge) return;
  const store = before.clone();
  const execution = new ChunkExecution(store, context, kind);
  const accepted: Uint8Array[] = [];
  let offset = 0;
  for (let length = transactionLength(chunk, 0); length !== undefined; length = transactionLength(chunk, offset)) {
    const transaction = chunk.subarray(offset, offset + length);
    const outcome = execution.tryRun(transaction);
    if (outcome === undefined) break;
    if (outcome.reason === Reason.Ok) accepted.push(transaction);
    offset += length;
  }
  execution.finish();
  const alone = before.clone();
  const { executedBytes } = executeChunk(alone, context, kind, concatBytes(...accepted));
  const [tried, executed] = [store, alone].map((each) => {
    return `meter ${each.chunkMeter}, root ${toHex(each.root())}, witness ${toHex(each.witness())}`;
  });
  if (tried !== executed || executedBytes !== execution.byteLength) {
    throw new Error(`${name}: refused transactions leave a trace.\nWith them: ${tried}\nWithout: ${executed}`);
  }
}
