import { readdirSync, readFileSync } from "node:fs";
import { OrderedStore } from "@recourse/store";
import { type AgreedChunk, compareChunk, type StepContracts } from "../differential/comparison.ts";
import { FuzzWorld } from "../differential/fuzzWorld.ts";
import { MarksWorld } from "../differential/marksWorld.ts";
import { premiumBooks } from "../differential/premiumBooks.ts";
import { Random } from "../support/random.ts";
import { parseVector } from "../vectors/format.ts";

/** A chunk that both languages agreed about, by name. */
export interface RecordedChunk extends Omit<AgreedChunk, "events"> {
  readonly name: string;
}

const vectors = new URL("../vectors/", import.meta.url);
const SEEDS = [1, 2, 3, 4, 5, 6];
const MARKS_SEEDS = [1, 2];
const CHUNKS_PER_WORLD = 40;

/** The chunks on which mutants are tried: all vectors, and the histories of a few generated worlds. */
export async function recordCorpus(contracts: StepContracts): Promise<RecordedChunk[]> {
  const corpus: RecordedChunk[] = [];
  async function record(store: OrderedStore, input: Parameters<typeof compareChunk>[2], name: string) {
    const { events: _events, ...agreed } = await compareChunk(contracts, store, input, name);
    corpus.push({ ...agreed, name });
  }
  for (const file of readdirSync(vectors).filter((name) => name.endsWith(".json"))) {
    const { preState, name, kind, context, chunk } = parseVector(readFileSync(new URL(file, vectors), "utf8"));
    const store = OrderedStore.fromEntries(preState.map(({ key, value }) => [key, value]));
    await record(store, { kind, context, chunk }, name);
  }
  for (const seed of SEEDS) {
    const world = new FuzzWorld(seed);
    const prelude = world.prelude();
    for (let number = 0; number < CHUNKS_PER_WORLD; number++) {
      if (number === prelude.length && seed % 2 === 0) world.goToExtremes();
      await record(world.store, prelude[number] ?? world.next(), `seed ${seed} chunk ${number}`);
    }
  }
  for (const { name, store, input } of premiumBooks()) await record(store, input, name);
  for (const seed of MARKS_SEEDS) {
    const world = new MarksWorld(new Random(seed));
    const prelude = world.prelude();
    for (let number = 0; number < CHUNKS_PER_WORLD; number++) {
      await record(world.store, prelude[number] ?? world.next(), `marks, seed ${seed} chunk ${number}`);
    }
  }
  return corpus;
}
