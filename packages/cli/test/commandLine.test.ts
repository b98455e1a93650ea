import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parseTape } from "../src/tape/readTape.ts";

const binary = fileURLToPath(new URL("../bin/recourse.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "recourse-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function recourse(...args: readonly string[]) {
  const { RECOURSE_PRIVATE_KEY: _, ...env } = process.env;
  return spawnSync(process.execPath, [binary, ...args], { cwd: folder, encoding: "utf8", env });
}

const key = `0x${"ab".repeat(32)}`;
const deployAnywhere = ["deploy", "--rpc-url", "http://127.0.0.1:1", "--network-class", "dev"];

describe("the command line", () => {
  it("makes a tape that its own reader takes", () => {
    const { status, stdout } = recourse("tape", "simulate", "--seed", "5", "--rows", "50", "--out", "t.csv", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ file: "t.csv", rows: 50, seed: 5 });
    expect(parseTape(readFileSync(join(folder, "t.csv"), "utf8"), "t.csv")).toHaveLength(50);
  });

  it("explains itself", () => {
    const { status, stdout } = recourse("--help");
    expect(status).toBe(0);
    for (const command of ["demo", "deploy", "keeper", "tape"]) expect(stdout).toContain(command);
  });

  it.each([
    [["nonsense"], "InvalidCommand", "nonsense"],
    [[], "MissingCommand", "command"],
    [["tape"], "MissingCommand", "command"],
    [["demo", "--colour"], "InvalidCommand", "colour"],
    [["demo", "--rows", "0"], "InvalidOption", "rows"],
    [["demo", "--rows", "1.5"], "InvalidOption", "rows"],
    [["demo", "--seed", "-1"], "InvalidOption", "seed"],
    [["demo", "--tape", "missing.csv"], "FileNotReadable", "tape"],
    [["tape", "simulate", "--out", "nowhere/t.csv"], "FileNotWritable", "out"],
    [["deploy", "--network-class", "dev"], "InvalidCommand", "rpc-url"],
    [["deploy", "--rpc-url", "somewhere", "--network-class", "dev"], "InvalidOption", "rpc-url"],
    [["deploy", "--rpc-url", "http://127.0.0.1:1", "--network-class", "moon"], "InvalidOption", "network-class"],
    [[...deployAnywhere, "--max-mark-age", "0"], "InvalidOption", "max-mark-age"],
    [["keeper", "--interval-ms", "1"], "InvalidOption", "interval-ms"],
    [["session", "add", "--account", "1", "--number", "256"], "InvalidOption", "number"],
    [["session", "add", "--account", "1", "--number", "1", "--scope", "withdraw"], "InvalidOption", "scope"],
    [deployAnywhere, "MissingPrivateKey", "private-key"],
    [[...deployAnywhere, "--private-key", "0x12"], "InvalidPrivateKey", "private-key"],
    [[...deployAnywhere, "--private-key-file", "no.key"], "FileNotReadable", "private-key-file"],
  ])("answers %j with %s of the field %s, as JSON and for people", (args, code, field) => {
    const forPrograms = recourse(...args, "--json");
    expect(forPrograms.status).toBe(1);
    expect(forPrograms.stdout.trim().split("\n")).toHaveLength(1);
    const { error } = JSON.parse(forPrograms.stdout);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(error.fields.map((wrong: { field: string }) => wrong.field)).toContain(field);

    const forPeople = recourse(...args);
    expect(forPeople.status).toBe(1);
    expect(forPeople.stdout).toBe("");
    expect(forPeople.stderr).toContain(code);
    expect(forPeople.stderr).not.toMatch(/\n\s+at /);
  });

  it("says which row and column of a tape is wrong", () => {
    const lines = ["time_ms,instrument,price,size,taker_side,index,forward,iv,source", "1,BTC,x,1,buy,1,,,here"];
    writeFileSync(join(folder, "bad.csv"), lines.join("\n"));
    const { status, stdout } = recourse("demo", "--tape", "bad.csv", "--json");
    expect(status).toBe(1);
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe("MalformedTape");
    expect(error.fields.map(({ field }: { field: string }) => field)).toEqual([
      "rows.1.time_ms",
      "rows.1.instrument",
      "rows.1.price",
    ]);
  });

  it("says that nothing answers, and never repeats a private key", () => {
    for (const given of [["--private-key", key], [`--private-kay=${key}`], ["--private-key", key, "--nonsense", key]]) {
      const { status, stdout, stderr } = recourse(...deployAnywhere, ...given, "--json");
      expect(status).toBe(1);
      expect(stdout + stderr).not.toContain(key.slice(4, 40));
    }
    const { stdout } = recourse(...deployAnywhere, "--private-key", key, "--json");
    expect(JSON.parse(stdout).error.code).toBe("EndpointUnreachable");
  });
});
