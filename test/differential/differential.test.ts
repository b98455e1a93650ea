import {
  ChunkKind,
  chunkKindOf,
  concatBytes,
  reasonName,
  type TransactionKind,
  transactionLength,
} from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imbalances, stateProblems } from "../support/invariants.ts";
import { Random } from "../support/random.ts";
import { deploySteps } from "../support/steps.ts";
import { context } from "../support/world.ts";
import { compareChunk, compareWithoutRefused, executeInTypeScript } from "./comparison.ts";
import { FuzzWorld } from "./fuzzWorld.ts";

/** How many chunks are compared: `RECOURSE_FUZZ_CHUNKS=2000 npx vitest run test/differential` is the long run. */
const chunks = Number(process.env.RECOURSE_FUZZ_CHUNKS ?? "250");
/** The seed of the first world; the worlds after it have the seeds after it. */
const firstSeed = Number(process.env.RECOURSE_FUZZ_SEED ?? "1");
const CHUNKS_PER_WORLD = 50;

describe("The TypeScript engine and the Solidity step contracts", () => {
  let contracts: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contracts = await deploySteps();
  });
  afterAll(() => contracts.close());

  it(`agree about ${chunks} generated chunks`, { timeout: 60_000 + chunks * 1_000 }, async () => {
    const reasons = new Map<string, number>();
    const events = new Map<string, number>();
    const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
    let done = 0;
    for (let seed = firstSeed; done < chunks; seed++) {
      const world = new FuzzWorld(seed);
      const prelude = world.prelude();
      let before = imbalances(world.store);
      for (let number = 0; number < CHUNKS_PER_WORLD && done < chunks; number++, done++) {
        if (number === prelude.length && seed % 2 === 0) {
          world.goToExtremes();
          before = imbalances(world.store);
        }
        const name = `seed ${seed} chunk ${number}`;
        const input = prelude[number] ?? world.next();
        compareWithoutRefused(world.store, input, name);
        const agreed = await compareChunk(contracts, world.store, input, name);
        for (const reason of agreed.result.reasons) count(reasons, reasonName(reason));
        for (const event of agreed.events)
          count(events, "cause" in event ? `${event.type} ${event.cause}` : event.type);
        expect(imbalances(world.store), name).toEqual(before);
        expect(stateProblems(world.store), name).toEqual([]);
      }
    }
    const written = [reasons, events].map((counts) =>
      [...counts].map(([name, times]) => `${name} ${times}`).join(", "),
    );
    console.log(`${done} chunks.\nReasons: ${written[0]}.\nEvents: ${written[1]}.`);
    // Chunks of nothing but refusals would prove little.
    for (const event of [
      "fill",
      "rested",
      "marked",
      "reported",
      "withdrawn",
      "cancelled margin",
      "cancelled self-trade",
      "cancelled replaced",
      "cancelled reduce-only",
      "remainderCancelled reduce-only",
      "remainderCancelled self-trade",
      "cancelledAll",
      "sessionRegistered",
      "sessionRevoked",
      "revoked",
    ]) {
      expect(events.get(event) ?? 0, event).toBeGreaterThan(0);
    }
    for (const reason of [
      "NotFilled",
      "WouldCross",
      "WouldNotReduce",
      "SelfTrade",
      "MarkTooOld",
      "TriggerNotReached",
    ]) {
      expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
    }
  });

  it("come to one root however a stream is cut into chunks", async () => {
    const random = new Random(firstSeed);
    const world = new FuzzWorld(firstSeed);
    for (const input of world.prelude()) executeInTypeScript(world.store, input);
    const start = world.store.clone();
    const whole = start.clone();
    // The transactions that the generated chunks come to execute, as runs of one kind.
    const runs: { readonly kind: ChunkKind; readonly transactions: Uint8Array[] }[] = [];
    for (let number = 0; number < 40; number++) {
      const { chunk, kind } = world.next();
      if (kind === ChunkKind.bridge) continue;
      const transactions: Uint8Array[] = [];
      for (let offset = 0; transactions.length < 12; ) {
        const length = transactionLength(chunk, offset);
        if (length === undefined) break;
        transactions.push(chunk.subarray(offset, offset + length));
        offset += length;
      }
      runs.push({ kind, transactions });
      const input = { kind, context: context(), chunk: concatBytes(...transactions) };
      const { reasons } = executeInTypeScript(whole, input);
      expect(reasons).toHaveLength(transactions.length);
      executeInTypeScript(world.store, input);
    }
    expect(runs.flatMap(({ transactions }) => transactions).length).toBeGreaterThan(100);
    for (let attempt = 0; attempt < 8; attempt++) {
      const store = start.clone();
      for (const { kind, transactions } of runs) {
        for (let from = 0; from < transactions.length; ) {
          const to = from + 1 + random.below(transactions.length - from);
          const input = { kind, context: context(), chunk: concatBytes(...transactions.slice(from, to)) };
          if (attempt === 0) await compareChunk(contracts, store, input, `cut at ${from}`);
          else executeInTypeScript(store, input);
          from = to;
        }
      }
      expect(store.root(), `attempt ${attempt}`).toEqual(whole.root());
    }
  });

  it("take a transaction of any kind for what it is, in a chunk of any kind", async () => {
    const world = new FuzzWorld(firstSeed);
    for (const input of world.prelude()) executeInTypeScript(world.store, input);
    for (let kind = 0; kind < 256; kind++) {
      const chunk = new Uint8Array(110).fill(0xee, 1);
      chunk[0] = kind;
      for (const chunkKind of Object.values(ChunkKind)) {
        const input = { kind: chunkKind, context: context(), chunk };
        const { result } = await compareChunk(contracts, world.store, input, `kind ${kind} in ${chunkKind}`);
        if (chunkKind === ChunkKind.bridge || transactionLength(chunk, 0) === undefined) continue;
        const isAtHome = chunkKindOf(kind as TransactionKind) === chunkKind;
        expect(result.reasons[0] === 1, `kind ${kind} in ${chunkKind}`).toBe(!isAtHome);
      }
    }
  });
});
