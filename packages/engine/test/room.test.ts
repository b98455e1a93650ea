import * as protocol from "@recourse/protocol";
import { describe, expect, it } from "vitest";

const { CHUNK_BASE, CHUNK_LIMIT } = protocol;

/** The global record, read when a chunk begins: a leaf of 154 bytes under the branches of the table byte. */
const GLOBAL_READ = 50_000;

const own = Object.entries(protocol).filter(([name]) => /_(LIMIT|START)$/.test(name) && name !== "CHUNK_LIMIT");

describe("an empty chunk has room for any transaction", () => {
  it.each(own)("of %s", (_, units) => {
    expect(CHUNK_BASE + GLOBAL_READ + Number(units)).toBeLessThanOrEqual(CHUNK_LIMIT);
  });
});
