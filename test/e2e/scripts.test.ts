import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const script = (name: string) => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
const run = (name: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [script(name), ...args], { encoding: "utf8" });

describe("the set-up", () => {
  it("does and says nothing where everything is set up", () => {
    expect(run("bootstrap.mjs").status).toBe(0);
    expect(run("bootstrap.mjs")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  it("passes exit statuses and arguments through, and keeps standard output for the command", () => {
    const { status, stdout } = run("run.mjs", "demo", "--rows", "none", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({ code: "InvalidOption", fields: [{ field: "rows" }] });
  });

  it("names its commands to whoever asks for another", () => {
    expect(run("run.mjs", "dance")).toMatchObject({ status: 1, stderr: expect.stringContaining("demo|test") });
  });
});
