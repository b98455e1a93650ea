import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { missingLine, readBlocks, readSteps, root } from "./readme.ts";

/** The README's commands are run as they stand there, on free ports, and must print what it says that they print. */

const patienceMs = 120_000;

const folder = mkdtempSync(join(tmpdir(), "recourse-readme-"));
const services: Shell[] = [];

afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** Commands in a shell, in a group of processes that ends as a whole: when it is told to, and with this process. */
class Shell {
  output = "";
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcessWithoutNullStreams;

  private constructor(script: string) {
    this.#child = spawn("bash", ["-c", script], { cwd: root, detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.exited = once(this.#child, "close").then(([status]) => status as number | null);
  }

  static run(commands: string): Shell {
    return new Shell(`set -euo pipefail\n${commands}`);
  }

  static serve(commands: string): Shell {
    return new Shell(`{ ${commands}\n} & cat > /dev/null; kill 0`);
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

describe("README.md", () => {
  it("shows programs as they are", () => {
    const programs = readBlocks().filter(({ language }) => language === "ts");
    expect(programs.length).toBeGreaterThan(0);
    for (const { text, links } of programs) expect(text).toBe(readFileSync(join(root, links.at(-1)!), "utf8"));
  });

  it("runs every example", () => {
    const commands = readSteps((text) => text).map((step) => step.commands);
    const examples = readdirSync(join(root, "packages/sdk/examples")).filter((name) => name !== "environment.ts");
    expect(examples.filter((name) => !commands.some((text) => text.includes(`/examples/${name}`)))).toEqual([]);
  });

  it("prints what its commands print", { timeout: 600_000 }, async () => {
    const [chainPort, sequencerPort] = [await freePort(), await freePort()];
    const steps = readSteps((text) =>
      text
        .replaceAll(":8545", `:${chainPort}`)
        .replaceAll(":8080", `:${sequencerPort}`)
        .replaceAll("hardhat node ", `hardhat node --port ${chainPort} `)
        .replaceAll("recourse sequencer ", `recourse sequencer --port ${sequencerPort} `)
        .replaceAll(".recourse/", `${folder}/`),
    );
    const environment = steps[0]!.commands;
    expect(environment).toMatch(/^(export .*\n)+$/);
    for (const { commands, isService, expected } of steps.slice(1)) {
      expect(expected.length, `the output of ${commands}`).toBeGreaterThan(0);
      if (isService) {
        services.push(Shell.serve(environment + commands));
        await untilPrinted(services.at(-1)!, expected, commands);
      } else {
        const shell = Shell.run(environment + commands);
        expect(await shell.exited, `${commands}\n${shell.output}`).toBe(0);
        expect(missingLine(shell.output, expected), `${commands}\n${shell.output}`).toBeUndefined();
      }
    }
  });
});

async function untilPrinted(service: Shell, expected: readonly RegExp[], commands: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const missing = missingLine(service.output, expected);
    if (missing === undefined) return;
    if (Date.now() > deadline) throw new Error(`${commands}\ndoes not print ${missing}, but\n${service.output}`);
    await delay(100);
  }
}
