import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cash, cash, cashDecimals, fromHex, RecourseError } from "@recourse/protocol";
import type { Tape } from "../tape/tape.ts";
import { AcknowledgementBook } from "./acknowledgements.ts";
import { readChainRecord } from "./chainRecord.ts";
import type { Cleanup } from "./cleanup.ts";
import { runFreshNode } from "./freshNode.ts";
import { fundTraders } from "./funding.ts";
import { HttpVenue } from "./httpVenue.ts";
import { blockIntervalMs, fundedAccount, type Network, startNetwork } from "./network.ts";
import { type Plan, planReplay } from "./plan.ts";
import { poll } from "./polling.ts";
import type { Progress } from "./progress.ts";
import { Replay, type ReplayCounts } from "./replay.ts";
import type { DemoReport, FraudReport } from "./report.ts";
import { type Services, startServices } from "./services.ts";
import { Signer } from "./signing.ts";
import { TransactionFactory } from "./transactions.ts";
import { claimWithdrawal, requestWithdrawal } from "./withdrawal.ts";

/** What the trader takes out at the end. */
const withdrawalAmount: Cash = cash(1_250_000_000);
const withdrawalText = (withdrawalAmount / 10 ** cashDecimals).toFixed(2);

/** How long the services may take for what they do within seconds on an idle machine. */
const patienceMs = 180_000;
/** A service that goes away is noticed as an unanswered request first. */
const failureDelayMs = 1_000;
/** How long posting and verifying may take when the tape is through: the chain takes one batch a block. */
const postingPatienceMs = 600_000;

export interface DemoOptions {
  readonly tape: Tape;
  readonly seed: number;
  readonly progress: Progress;
  /** Takes what has to be undone at the end. */
  readonly cleanup: Cleanup;
}

/** The main job: a tape through the whole rollup, a dishonest batch proved wrong, a withdrawal paid. */
export async function runDemo({ tape, seed, progress, cleanup }: DemoOptions): Promise<DemoReport> {
  const plan = planReplay(tape.rows, seed);
  if (plan.endTime > Date.now() / 1000) {
    throw new RecourseError("TapeFromTheFuture", "The tape ends in the future: the chain would refuse its batches.", [
      { field: "tape", expected: "trades that have happened" },
    ]);
  }
  const folder = mkdtempSync(join(tmpdir(), "recourse-demo-"));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  progress.say(
    `${tape.file}: ${tape.rows.length} rows, ${plan.instruments.length} instruments, ${plan.accounts} accounts.`,
  );

  const network = await startNetwork(seed, cleanup);
  progress.say(
    `A chain that mines every ${blockIntervalMs / 1000} s runs; the rollup is deployed at ${network.deployment.rollup}.`,
  );
  const owners = Array.from({ length: plan.accounts }, (_, place) => Signer.fromText(`demo ${seed}: owner ${place}`));
  const [services, traders] = await Promise.all([
    startServices(network, plan, seed, folder, progress, cleanup),
    fundTraders({
      rpcUrl: network.rpcUrl,
      deployment: network.deployment,
      payer: fundedAccount("payer"),
      owners,
      deposit: plan.deposit,
    }),
  ]);
  const { client, watchtower, failure } = services;
  const fraud = describeFraud(services);
  fraud.catch(() => {});
  /** Whatever is waited for, a service that fails ends the wait, and is the reason that counts. */
  const attended = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await Promise.race([failure, work]);
    } catch (error) {
      return await Promise.race([failure, sleep(failureDelayMs).then(() => Promise.reject(error))]);
    }
  };
  await attended(
    poll("The deposits' arrival", patienceMs, async () => {
      // Their batch is sealed before the first row, so that even one row makes a second batch, which may be wrong.
      const { inboxCursor, batches } = await client.status();
      return (inboxCursor >= plan.accounts && batches.sealed > 0) || undefined;
    }),
  );
  progress.say(`${traders.length} accounts have paid in ${usd(plan.deposit)} each through L1.`);

  const factory = new TransactionFactory(network.domainSeparator, network.authorities);
  const acknowledgements = new AcknowledgementBook(
    network.domainSeparator,
    fromHex(fundedAccount("sequencer").address),
  );
  const counts = await attended(replay(plan, services, { factory, traders, acknowledgements, progress }));

  const trader = traders[0]!;
  const number = await attended(
    requestWithdrawal(client, factory, acknowledgements, trader, withdrawalAmount, plan.endTime),
  );
  progress.say(
    `A trader withdraws ${withdrawalText} USD. First all that was acknowledged must be posted and verified.`,
  );
  await attended(untilVerified(services, progress));
  progress.say("Everything is posted and verified. The withdrawal's batch must become final.");
  const claim = await attended(
    poll("The withdrawal's finality", patienceMs, async () => (await client.withdrawal(number)).claim),
  );
  const isClaimed = await attended(claimWithdrawal(network, trader, claim));
  progress.say(isClaimed ? `The vault has paid ${withdrawalText} USD by proof.` : "The vault has NOT paid.");

  if (watchtower.proofs.length === 0) {
    throw new RecourseError("FraudNotProved", "The sequencer's dishonest batch was not proved wrong.");
  }
  const { state } = await client.status();
  await services.sequencer.stop();
  progress.say("The sequencer is stopped. A fresh node derives everything from L1, in an empty folder.");
  const fresh = await runFreshNode(network, folder, cleanup);
  await services.verifier.stop();
  const chain = await readChainRecord(network.client, network.deployment.rollup, network.deployment.deploymentBlock);
  const roots = [state.root, watchtower.final?.root, chain.root, fresh.root];
  const broken = acknowledgements.findBroken(fresh.stream);
  const distinct = [...new Set(roots)];
  progress.say(`State root of sequencer, verifier, contract and fresh node: ${distinct.join(" or ")}.`);
  progress.say(
    `${acknowledgements.count - broken.length} of ${acknowledgements.count} acknowledged transactions stand.`,
  );

  const { batch, chunk, kind, ...proof } = await fraud;
  return {
    tape: { file: tape.file, rows: tape.rows.length },
    orders: { sent: counts.sent, accepted: counts.accepted, rejected: counts.rejected, reasons: counts.reasons },
    fills: counts.fills,
    fillsAtPrintedPrice: counts.fillsAtPrintedPrice,
    accounts: traders.length,
    batches: { posted: chain.posted.length, finalized: chain.finalized },
    verifier: { chunksVerified: watchtower.chunksVerified, mismatches: watchtower.frauds.length },
    fraud: { batch, chunk, kind, transactions: await countVerifierTransactions(network), ...proof },
    recovered: broken.length === 0,
    withdrawal: { amount: withdrawalText, claimed: isClaimed },
    rootsAgree: distinct.length === 1 && distinct[0] !== undefined,
    seconds: Number(progress.elapsedSeconds.toFixed(1)),
  };
}

function usd(amount: Cash): string {
  return `${(amount / 10 ** cashDecimals).toLocaleString("en")} USD`;
}

interface ReplayParts {
  readonly factory: TransactionFactory;
  readonly traders: Awaited<ReturnType<typeof fundTraders>>;
  readonly acknowledgements: AcknowledgementBook;
  readonly progress: Progress;
}

async function replay(plan: Plan, services: Services, parts: ReplayParts): Promise<ReplayCounts> {
  const { progress } = parts;
  const rows = plan.groups.reduce((sum, group) => sum + group.rows, 0);
  const status = (counts: ReplayCounts) => {
    const { newestBatch } = services.watchtower;
    return `${counts.rows} of ${rows} rows, ${counts.fills} fills; verified up to batch ${newestBatch?.index ?? 0}.`;
  };
  const run = new Replay({
    plan,
    venue: new HttpVenue(services.client, plan.instruments),
    ...parts,
    onGroup: (counts) => progress.show(status(counts)),
  });
  await run.run();
  progress.say(`The tape is through: ${status(run.counts)}`);
  for (const [news, count] of Object.entries(run.counts.refusedNews)) {
    progress.say(`The rules refused this ${count} times: ${news}.`);
  }
  return run.counts;
}

/** Resolves when everything that was acknowledged stands in a batch, and the verifier has found that batch right. */
async function untilVerified({ client, watchtower }: Services, progress: Progress): Promise<void> {
  await poll("The verification of everything that was acknowledged", postingPatienceMs, async () => {
    const { term, position, runningHash, batches } = await client.status();
    const verified = watchtower.newestBatch;
    progress.show(`Batch ${batches.posted} of ${batches.sealed} is posted, batch ${verified?.index ?? 0} verified.`);
    return (
      (verified?.term === term && verified.runningHash === runningHash && verified.position === position) || undefined
    );
  });
}

/** The verifier's account was never used before: whatever it has sent, it has sent to prove the fraud. */
function countVerifierTransactions({ client }: Network): Promise<number> {
  return client.getTransactionCount({ address: fundedAccount("verifier").address });
}

/** What is known of the fraud once it is proved: from the verifier, and from the one who committed it. */
async function describeFraud({ client, watchtower }: Services): Promise<Omit<FraudReport, "transactions">> {
  await watchtower.until(() => watchtower.proofs.length > 0);
  const proof = watchtower.proofs[0]!;
  const dishonest = await poll(
    "The sequencer's account of its fraud",
    patienceMs,
    async () => (await client.batches()).find((batch) => batch.index === proof.index && batch.dishonest)?.dishonest,
  );
  return {
    batch: proof.index,
    chunk: proof.chunk,
    kind: dishonest.kind,
    gasUsed: proof.gasUsed,
    gasAt64: proof.gasAt64,
    postedBlock: proof.postedBlock,
    revertedBlock: proof.block,
  };
}
