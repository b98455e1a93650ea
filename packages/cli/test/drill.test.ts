import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { readArtifact } from "@recourse/contracts";
import { createGenesis, executeChunk } from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  concatBytes,
  encodeDeposit,
  encodeMessages,
  MessageKind,
  seconds,
} from "@recourse/protocol";
import { createWalletClient, http } from "viem";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Cleanup } from "../src/demo/cleanup.ts";
import { Progress } from "../src/demo/progress.ts";
import { replayArchive, type WrittenCase } from "../src/drill/archive.ts";
import { executeBent } from "../src/drill/bending.ts";
import { splitTransactions } from "../src/drill/draft.ts";
import { account, type Layer1 } from "../src/drill/layer1.ts";
import { Market } from "../src/drill/market.ts";
import { type DrillReport, failedChecks, PROOF_BUDGET } from "../src/drill/report.ts";
import { type DrillOptions, runDrill } from "../src/drill/runDrill.ts";
import { schedule } from "../src/drill/schedule.ts";
import { Desk } from "../src/drill/transactions.ts";
import { genesisParameters, lister, oracles } from "../src/drill/world.ts";
import { Output } from "../src/output.ts";
import { SeededRandom } from "../src/random.ts";

const cases = Number(process.env.RECOURSE_DRILL_CASES ?? 30);
const seed = Number(process.env.RECOURSE_DRILL_SEED ?? 1);
/** One of each kind of chunk in a short run: `contracts/test/worstChunks.test.ts` has all of them proved. */
const aFewOfTheWorst = new Set([
  "64 and 64 positions, apart",
  "marks",
  "64 positions to the house, part",
  "quotes of 32 instruments, new and replaced",
]);
const patienceMs = 240_000 + 10_000 * cases;

const folder = mkdtempSync(join(tmpdir(), "recourse-drill-"));
afterAll(() => rmSync(folder, { recursive: true }));
const cleanup = new Cleanup();
afterEach(() => cleanup.run());

function drill(options: Partial<DrillOptions>): Promise<DrillReport> {
  return runDrill({ seed, cases, progress: new Progress(new Output(true)), cleanup, ...options });
}

describe("a drill", () => {
  it(
    "convicts what is wrong and nothing else, and writes cases that replay",
    async () => {
      const out = join(folder, "cases");
      const isWorstChosen = (name: string) => cases >= 100 || aFewOfTheWorst.has(name);
      const report = await drill({ out, isWorstChosen });
      expect(failedChecks(report, cases), `seed ${seed}`).toEqual([]);
      expect(report).toMatchObject({
        cases,
        fraudulent: report.convicted,
        honest: Math.floor(cases / 2),
        acquitted: Math.floor(cases / 2),
        disagreements: 0,
      });
      expect(report.fraudulent + report.honest + report.refusedAtPost).toBe(cases);
      expect(report.maxGasAt64).toBeLessThanOrEqual(PROOF_BUDGET);
      expect(report.maxGasUsed).toBeGreaterThanOrEqual(report.worst.marks!.gasUsed);
      const worst = Object.keys(report.worst).length;
      expect(worst).toBeGreaterThan(aFewOfTheWorst.size);
      if (cases >= 100) {
        for (const [kind, { convicted }] of Object.entries(report.kinds)) expect(convicted, kind).toBeGreaterThan(0);
      }

      expect(replayArchive(out)).toMatchObject({ cases: cases + worst, matching: cases + worst, mismatches: [] });
      const [name] = readdirSync(join(out, "cases"));
      const path = join(out, "cases", name!);
      const written = JSON.parse(readFileSync(path, "utf8")) as WrittenCase;
      const context = { ...written.context, term: written.context.term + 1 };
      writeFileSync(path, JSON.stringify({ ...written, truth: "honest", context }));
      expect(replayArchive(out).matching).toBe(cases + worst - 1);
    },
    patienceMs,
  );

  it("fails, and says by how much, where the verifier finds everything right", async () => {
    const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
    const child = spawn(
      process.execPath,
      [
        path("../bin/recourse.js"),
        ...["drill", "--cases", "4", "--seed", "1", "--no-worst", "--json", "--verifier", path("support/acquitter.ts")],
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const [output, [status]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    const report = JSON.parse(output) as DrillReport;
    expect(report).toMatchObject({ cases: 4, fraudulent: 2, convicted: 0, honest: 2, acquitted: 2, disagreements: 2 });
    expect(status).toBe(1);
  });

  it("fails where the contract executes otherwise than the engine", async () => {
    const report = await drill({ cases: 4, isWithoutWorst: true, deploySteps: deployMocks });
    expect(report.disagreements).toBe(report.cases);
    expect(failedChecks(report, 4)).not.toEqual([]);
  });
});

/** Step contracts whose root is a hash of what they are given. */
async function deployMocks(layer1: Layer1) {
  const { abi, bytecode } = readArtifact("test/StepMock.sol");
  const wallet = createWalletClient({ transport: http(layer1.rpcUrl), account: account("drill") });
  const hash = await wallet.deployContract({ abi, bytecode, chain: null });
  await layer1.mine();
  const mock = (await layer1.client.getTransactionReceipt({ hash })).contractAddress!;
  return { trade: mock, risk: mock, bridge: mock, block: mock, house: mock };
}

describe("the parts of a drill", () => {
  it("deals out every kind, first in a form that stands", () => {
    const kinds = { corruptions: ["a", "b", "c"], honest: ["d", "e"], refusable: new Set(["b"]) };
    const dealt = schedule(60, kinds, new SeededRandom(3));
    expect(dealt.filter(({ isFraud }) => isFraud)).toHaveLength(30);
    const ofB = dealt.filter(({ kind }) => kind === "b");
    expect(ofB).toHaveLength(10);
    expect(ofB.filter(({ isRefused }) => isRefused)).toHaveLength(3);
    expect(new Set(ofB.map(({ isRefused, turn }) => `${isRefused} ${turn}`)).size).toBe(10);
    expect(schedule(1, { ...kinds, corruptions: ["b"] }, new SeededRandom(3))[0]!.isRefused).toBe(false);
    expect(new Set(dealt.map(({ depth }) => depth)).size).toBe(3);
  });

  it("tells no lie where nothing is bent", () => {
    const desk = new Desk(new Uint8Array(32), lister, oracles);
    const random = new SeededRandom(5);
    const market = new Market(desk, random);
    const context = { era: 2, eraStart: 0, term: 3, batchTime: 2 ** 32 - 1, domainSeparator: new Uint8Array(32) };
    const store = createGenesis(genesisParameters);
    const time = seconds(2_524_608_000);
    const messages = market.openingPayments().map((payment, place) => {
      const sender = market.ownerAddress(payment.owner);
      const deposit = { account: accountNumber(place + 1), owner: sender, amount: cash(payment.amount) };
      market.join(deposit.account, sender, deposit.amount);
      return { kind: MessageKind.deposit, sender, time, body: encodeDeposit(deposit) };
    });
    executeChunk(store, context, ChunkKind.bridge, encodeMessages(messages));
    for (const bytes of market.opening(time)) executeChunk(store, context, ChunkKind.risk, bytes);
    for (let round = 0; round < 20; round++) {
      const transactions = market.bustle(store, 12);
      const [whole, bent] = [store.clone(), store.clone()];
      const bytes = concatBytes(...transactions);
      const { executedBytes } = executeChunk(whole, context, ChunkKind.trade, bytes);
      executeBent(bent, context, ChunkKind.trade, splitTransactions(bytes.subarray(0, executedBytes)), new Map());
      expect(bent.root()).toEqual(whole.root());
      executeChunk(store, context, ChunkKind.trade, bytes);
    }
  });
});
