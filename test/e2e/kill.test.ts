import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  bytesEqual,
  compactSignature,
  domainSeparator,
  extendRunningHash,
  fromHex,
  preconfirmationDigest,
  recoverSigner,
  rollupAbi,
  toHex,
} from "@recourse/protocol";
import {
  type Hex,
  listInstrument,
  listUnderlying,
  markBytes,
  oracleReport,
  SequencerClient,
  type StatusResponse,
  tickBytes,
} from "@recourse/sdk";
import type { StreamEntry, VerifierSummary } from "@recourse/verifier";
import { afterEach, expect, it } from "vitest";
import { LocalRollup } from "../support/localRollup.ts";
import { Random } from "../support/random.ts";
import { ServiceProcess } from "../support/serviceProcess.ts";
import { type KillMoment, planKills, untilKill } from "./killMoments.ts";
import { type AcknowledgedLine, Load, traded } from "./load.ts";

const seed = Number(process.env.RECOURSE_TEST_SEED ?? 20_250_301);

const BLOCK_INTERVAL_MS = 300;
const BATCH_INTERVAL_MS = 400;
/** The sequencer looks this often whether its post is in a block: long enough to be killed in between. */
const SEQUENCER_POLL_MS = 200;
const TRADERS = 6;
const DEPOSIT_DOLLARS = 1_000_000;
/** How far the engine's clock, which the test moves, begins behind L1's. */
const CLOCK_LAG_SECONDS = 1_200;
const LISTING_DEADLINE_SECONDS = 300;
const LOAD_AFTER_LAST_KILL_MS = 500;
const POLL_MS = 50;
const TEST_TIMEOUT_MS = 600_000;

const operatorToken = "the operator's token of this test";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** One sequencer after another on the same folder. */
class Sequencers {
  readonly dataFolder: string;
  /** How long the last complete start took. */
  startDurationMs = 0;
  readonly #rollup: LocalRollup;
  #isClosed = false;
  #startedAt = 0;
  #process: ServiceProcess | undefined;

  constructor(rollup: LocalRollup, dataFolder: string) {
    this.#rollup = rollup;
    this.dataFolder = dataFolder;
  }

  start(): void {
    if (this.#isClosed) throw new Error("The test is over.");
    const flags = {
      "rpc-url": this.#rollup.rpcUrl,
      rollup: this.#rollup.deployment.rollup,
      "data-dir": this.dataFolder,
      clock: "external",
      "batch-interval-ms": BATCH_INTERVAL_MS,
      "poll-interval-ms": SEQUENCER_POLL_MS,
      "log-level": "warn",
    };
    this.#startedAt = performance.now();
    this.#process = new ServiceProcess(
      "sequencer",
      Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { RECOURSE_SEQUENCER_KEY: this.#rollup.sequencer.privateKey, RECOURSE_OPERATOR_TOKEN: operatorToken },
    );
  }

  /** Waits until the one that has been started answers. */
  async connect(): Promise<SequencerClient> {
    const line = await this.whileItRuns(this.#process!.firstLine);
    const { url } = JSON.parse(line) as { readonly url: string };
    this.startDurationMs = performance.now() - this.#startedAt;
    return new SequencerClient({ url, operatorToken });
  }

  /** Waits for something that fails when the sequencer ends, and says why it ended. */
  async whileItRuns<Value>(waiting: Promise<Value>): Promise<Value> {
    const running = this.#process!;
    try {
      return await Promise.race([waiting, running.failWhenEnded()]);
    } catch (cause) {
      // What it was needed for may notice its end before the end is reported.
      const error = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${error}\nThe sequencer's log ends:\n${running.log}`, { cause });
    }
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  stop(): Promise<number | null> {
    return this.#process!.stop();
  }

  /** Kills the present one, and starts no more, whoever is still about to. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.kill();
  }
}

async function startRollup(): Promise<LocalRollup> {
  const rollup = await LocalRollup.start(BLOCK_INTERVAL_MS);
  closing.push(() => rollup.stop());
  return rollup;
}

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "recourse-kill-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Lists the perpetual and brings it a price. */
async function openMarket({ domain, lister, oracle }: LocalRollup, load: Load, time: number): Promise<void> {
  const deadline = time + LISTING_DEADLINE_SECONDS;
  await load.submit([
    tickBytes(time),
    await listUnderlying(lister, domain, { underlying: 1, symbol: "BTC", deadline }),
    await listInstrument(lister, domain, {
      ...traded,
      underlying: 1,
      minimumNotional: "10",
      takerFeeRate: "0.0005",
      makerFeeRate: "0.0001",
      deadline,
    }),
    await oracleReport(domain, { underlying: 1, time, index: "50000", surfaces: [] }, [{ place: 0, account: oracle }]),
    markBytes(traded.instrument),
  ]);
}

async function waitForDeposits(client: SequencerClient, signal: AbortSignal): Promise<void> {
  while ((await client.status()).inboxCursor < TRADERS) await delay(POLL_MS, undefined, { signal });
}

/** Kills and restarts the sequencer once for each moment, and leaves one that answers. */
async function killAndRestart(
  moments: readonly KillMoment[],
  sequencers: Sequencers,
  load: Load,
  rollup: LocalRollup,
  signal: AbortSignal,
): Promise<void> {
  for (const moment of moments) {
    if (moment.occasion !== "duringStart") load.connect(await sequencers.connect());
    const { dataFolder, startDurationMs } = sequencers;
    const context = { rollup, blockIntervalMs: BLOCK_INTERVAL_MS, dataFolder, load, startDurationMs, signal };
    await sequencers.whileItRuns(untilKill(moment, context));
    load.disconnect();
    await sequencers.kill();
    sequencers.start();
  }
  load.connect(await sequencers.connect());
}

/** Waits until L1 holds all that the sequencer has executed. */
async function waitUntilPosted(client: SequencerClient, signal: AbortSignal): Promise<StatusResponse> {
  for (;;) {
    const status = await client.status();
    const { sealed, posted } = status.batches;
    if (sealed === posted && (await client.batch(posted)).toPosition === status.position) return status;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** The standing batches as L1 tells of them, in the order in which they were posted. */
async function readPostedBatches({ publicClient, deployment }: LocalRollup) {
  const contract = { address: deployment.rollup, abi: rollupAbi } as const;
  const events = await publicClient.getContractEvents({
    ...contract,
    eventName: "BatchPosted",
    fromBlock: deployment.deploymentBlock,
    strict: true,
  });
  const head = await publicClient.readContract({ ...contract, functionName: "head" });
  const headHash = await publicClient.readContract({ ...contract, functionName: "batchHashes", args: [head] });
  return { batches: events.map(({ args }) => args), head, headHash };
}

/** Derives everything from L1 alone. */
async function verifyFromL1({ rpcUrl, deployment }: LocalRollup, folder: string) {
  const file = join(folder, "stream.jsonl");
  const flags = ["--rpc-url", rpcUrl, "--rollup", deployment.rollup, "--once", "--json", "--export-stream", file];
  const verifier = new ServiceProcess("verifier", flags);
  closing.push(() => verifier.kill());
  const summary = JSON.parse(await verifier.firstLine) as VerifierSummary;
  expect(await verifier.exited, "the verifier's exit status").toBe(0);
  return { summary, stream: await readLines<StreamEntry>(file) };
}

async function readLines<Line>(file: string): Promise<Line[]> {
  const text = await readFile(file, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** One term's stream from its beginning, each transaction once, its hashes running on. */
function expectWholeStream(stream: readonly StreamEntry[]): void {
  let runningHash: Uint8Array = new Uint8Array(32);
  for (const [place, entry] of stream.entries()) {
    runningHash = extendRunningHash(runningHash, fromHex(entry.transactionHash));
    expect(entry).toMatchObject({ term: 1, position: place + 1, runningHash: toHex(runningHash) });
  }
  expect(new Set(stream.map(({ transactionHash }) => transactionHash)).size).toBe(stream.length);
}

/** The client's file, line for line, against the stream that was posted. */
function expectAcknowledgementsKept(
  lines: readonly AcknowledgedLine[],
  stream: readonly StreamEntry[],
  { domain, sequencer }: LocalRollup,
): void {
  const separator = domainSeparator(domain.chainId, fromHex(domain.rollup));
  const signers = new Map<Hex, boolean>();
  const isSigned = ({ term, position, runningHash, signature }: AcknowledgedLine["preconfirmation"]): boolean => {
    const digest = preconfirmationDigest(separator, { term, position, runningHash: fromHex(runningHash) });
    const signer = recoverSigner(digest, compactSignature(fromHex(signature)));
    return signer !== undefined && bytesEqual(signer, fromHex(sequencer.address));
  };
  for (const { preconfirmation, ...line } of lines) {
    expect(line).toEqual(stream[line.position - 1]);
    const { term, position, runningHash, signature } = preconfirmation;
    expect(stream[position - 1]).toMatchObject({ term, position, runningHash });
    if (!signers.has(signature)) signers.set(signature, isSigned(preconfirmation));
    expect(signers.get(signature), `the signature over position ${position}`).toBe(true);
  }
}

it(
  "keeps every acknowledgement through twenty kills",
  async ({ signal }) =>
    Random.run(seed, async (random) => {
      const rollup = await startRollup();
      const folder = await createFolder();
      const sequencers = new Sequencers(rollup, join(folder, "sequencer"));
      closing.push(() => sequencers.close());
      sequencers.start();
      const time = Math.floor(Date.now() / 1000) - CLOCK_LAG_SECONDS;
      const traders = await rollup.fundTraders(TRADERS, DEPOSIT_DOLLARS);
      const file = join(folder, "acknowledgements.jsonl");
      const load = new Load({
        seed,
        domain: rollup.domain,
        file,
        sequencer: rollup.sequencer.address,
        traders,
        time,
      });
      closing.push(async () => load.stop());
      const opening = await sequencers.connect();
      load.connect(opening);
      await sequencers.whileItRuns(waitForDeposits(opening, signal));
      await sequencers.whileItRuns(openMarket(rollup, load, time));

      const moments = planKills(random);
      const trading = load.run();
      const killing = killAndRestart(moments, sequencers, load, rollup, signal).then(async () => {
        await delay(LOAD_AFTER_LAST_KILL_MS, undefined, { signal });
        load.stop();
      });
      await Promise.all([trading, killing]);

      const status = await waitUntilPosted(await sequencers.connect(), signal);
      expect(await sequencers.stop(), "the sequencer's exit status").toBe(0);
      const { batches, head, headHash } = await readPostedBatches(rollup);
      const { summary, stream } = await verifyFromL1(rollup, folder);
      const lines = await readLines<AcknowledgedLine>(file);

      expectWholeStream(stream);
      expectAcknowledgementsKept(lines, stream, rollup);
      expect(new Set(stream.map(({ transactionHash }) => transactionHash))).toEqual(load.sent);

      expect(batches.map(({ index }) => index)).toEqual(
        Array.from({ length: Number(head) }, (_, place) => BigInt(place + 1)),
      );
      expect(batches.at(-1)!.batchHash).toBe(headHash);
      const root = batches.at(-1)!.summary.stateRoot;
      expect(status).toMatchObject({ term: 1, state: { root, position: stream.length }, position: stream.length });
      expect(summary).toMatchObject({ root, batch: Number(head), term: 1, position: stream.length });
      expect(summary.verdicts).toEqual({ valid: Number(head), fraud: 0, unknown: 0 });
      expect([status.runningHash, summary.runningHash]).toEqual(Array(2).fill(stream.at(-1)!.runningHash));

      const { acknowledged, executedWithoutAnswer, unansweredRequests } = load.counts;
      expect(lines).toHaveLength(acknowledged);
      console.log(
        `${moments.length} kills: ${stream.length} transactions in ${head} batches, ${acknowledged} acknowledged, ` +
          `${unansweredRequests} requests without an answer, ${executedWithoutAnswer} transactions executed nevertheless`,
      );
    }),
  TEST_TIMEOUT_MS,
);
