import { readdirSync, readFileSync } from "node:fs";
import { ChunkKind, MessageKind, reasons, TransactionKind } from "@recourse/protocol";
import { OrderedStore } from "@recourse/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareChunk } from "../differential/comparison.ts";
import { deploySteps } from "../support/steps.ts";
import { vectorCases } from "./cases/index.ts";
import { gapsOf } from "./coverage.ts";
import { formatVector, parseVector } from "./format.ts";
import { REGRESSION_PREFIX, vectorOf } from "./generate.ts";

const folder = new URL("./", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
const readVector = (file: string) => parseVector(readFileSync(new URL(file, folder), "utf8"));

describe("The vectors", () => {
  let contracts: Awaited<ReturnType<typeof deploySteps>>;
  beforeAll(async () => {
    contracts = await deploySteps();
  });
  afterAll(() => contracts.close());

  it.each(files)("%s holds in TypeScript and in Solidity", async (file) => {
    const vector = readVector(file);
    const store = OrderedStore.fromEntries(vector.preState.map(({ key, value }) => [key, value]));
    const { result } = await compareChunk(contracts, store, vector, vector.name);
    expect(result).toEqual(vector.expected);
  });

  it("are what their generator writes, and regressions", () => {
    const generated = new Set<string>();
    for (const vectorCase of vectorCases) {
      const file = `${vectorCase.name}.json`;
      generated.add(file);
      const found = readFileSync(new URL(file, folder), "utf8");
      expect(found, `run "node test/vectors/generate.ts" for ${file}`).toBe(formatVector(vectorOf(vectorCase)));
    }
    expect(files.filter((file) => !generated.has(file) && !file.startsWith(REGRESSION_PREFIX))).toEqual([]);
  });

  it("are named as their files are, and no other file lies beside them", () => {
    for (const file of files) expect(`${readVector(file).name}.json`).toBe(file);
    const others = readdirSync(folder).filter((file) => !file.endsWith(".json"));
    expect(others.sort()).toEqual(["cases", "coverage.ts", "format.ts", "generate.ts", "vectors.test.ts"]);
  });

  it("reach every reason code and every operation", () => {
    expect(gapsOf(files.map(readVector))).toEqual({ reasons: [], operations: [], messages: [] });
  });

  it("would show a gap wherever one were missing", () => {
    const vectors = files.map(readVector);
    for (const [name, { code }] of Object.entries(reasons)) {
      const without = vectors.filter(({ expected }) => !expected.reasons.includes(code));
      expect(gapsOf(without).reasons).toContain(name);
    }
    for (const [name, kind] of Object.entries(TransactionKind)) {
      expect(gapsOf(vectors.filter(({ chunk }) => !chunk.includes(kind))).operations).toContain(name);
    }
    expect(gapsOf(vectors.filter(({ kind }) => kind !== ChunkKind.bridge)).messages).toEqual(Object.keys(MessageKind));
  });

  it("are refused in any other shape", () => {
    const json = readFileSync(new URL(files[0]!, folder), "utf8");
    const value = JSON.parse(json) as Record<string, unknown>;
    for (const field of Object.keys(value)) {
      const { [field]: _left, ...others } = value;
      expect(() => parseVector(JSON.stringify(others)), field).toThrow(TypeError);
      expect(() => parseVector(JSON.stringify({ ...value, [field]: 1 })), field).toThrow(TypeError);
    }
    expect(() => parseVector(JSON.stringify({ ...value, more: 1 }))).toThrow(TypeError);
  });
});
