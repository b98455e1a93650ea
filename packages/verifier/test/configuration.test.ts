import { RecourseError } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { type Announcement, announceJson, announceReadably, parseConfiguration } from "../src/index.ts";

const rollup = `0x${"11".repeat(20)}` as const;

/** The fields that a configuration is wrong in. */
function wrongFields(options: unknown): string[] {
  try {
    parseConfiguration(options);
    return [];
  } catch (error) {
    if (!(error instanceof RecourseError)) throw error;
    expect(error.code).toBe("InvalidConfiguration");
    return error.fields.map(({ field }) => field).sort();
  }
}

describe("the configuration", () => {
  it("needs an endpoint and the rollup's address, and has a default for all else", () => {
    expect(parseConfiguration({ rpcUrls: ["http://127.0.0.1:8545"], rollup })).toEqual({
      rpcUrls: ["http://127.0.0.1:8545"],
      rollup,
      mode: "watch",
      pollIntervalMs: 100,
      once: false,
      json: false,
      fromBlock: 0,
      logRangeBlocks: 2_000,
      priorityFeePerGas: 2_000_000_000n,
    });
  });

  it("looks less often at a chain that is elsewhere", () => {
    const rpcUrls = ["http://127.0.0.1:8545", "https://ethereum.example"];
    expect(parseConfiguration({ rpcUrls, rollup }).pollIntervalMs).toBe(2_000);
  });

  it("names every wrong field at once", () => {
    expect(
      wrongFields({ rpcUrls: [], rollup: "0x1", mode: "prove", pollIntervalMs: 1, once: "yes", exportStream: "" }),
    ).toEqual(["exportStream", "mode", "once", "pollIntervalMs", "rollup", "rpcUrls"]);
    expect(wrongFields({ rpcUrls: ["nowhere"], rollup, mode: "challenge", once: true })).toEqual([
      "key",
      "once",
      "rpcUrls.0",
    ]);
    expect(wrongFields({ rpcUrls: ["http://127.0.0.1:1"], rollup, rpcUrl: "typing error" })).toEqual(["rpcUrl"]);
    expect(wrongFields(undefined)).not.toEqual([]);
  });

  it("does not repeat a wrong key", () => {
    const key = `0x${"5e".repeat(31)}`;
    expect(() => parseConfiguration({ rpcUrls: ["http://127.0.0.1:1"], rollup, mode: "challenge", key })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("5e5e") }),
    );
  });
});

describe("announcements", () => {
  const announcement: Announcement = {
    event: "fraud",
    index: 7,
    chunk: 3,
    claimedRoot: `0x${"aa".repeat(32)}`,
    correctRoot: `0x${"bb".repeat(32)}`,
    block: 12,
  };

  it("are one line each, as JSON or in words", () => {
    const lines: string[] = [];
    announceJson((line) => lines.push(line))(announcement);
    announceReadably((line) => lines.push(line))(announcement);
    expect(lines.map((line) => line.split("\n").length)).toEqual([2, 2]);
    expect(JSON.parse(lines[0]!)).toEqual(announcement);
    expect(lines[1]).toBe(
      `Batch 7 is WRONG in chunk 3: it claims 0x${"aa".repeat(32)}, correct is 0x${"bb".repeat(32)}.\n`,
    );
  });
});
