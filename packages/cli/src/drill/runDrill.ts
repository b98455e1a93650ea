import type { StepAddresses } from "@recourse/contracts/deploy";
import type { Cleanup } from "../demo/cleanup.ts";
import type { Progress } from "../demo/progress.ts";
import { SeededRandom } from "../random.ts";
import { Archive } from "./archive.ts";
import { corruptions, planCase } from "./cases.ts";
import { honestKinds } from "./honest.ts";
import { account, Layer1 } from "./layer1.ts";
import { Referee } from "./referee.ts";
import { refusals } from "./refusals.ts";
import { type DrillReport, Tally } from "./report.ts";
import { schedule } from "./schedule.ts";
import { type StartVerifier, verifierProcess } from "./verdicts.ts";
import { World } from "./world.ts";
import { drillWorstChunks } from "./worstDrill.ts";

export interface DrillOptions {
  readonly seed: number;
  readonly cases: number;
  /** The folder into which each case is written. */
  readonly out?: string | undefined;
  readonly progress: Progress;
  /** Takes what has to be undone at the end. */
  readonly cleanup: Cleanup;
  /** The verifier under test; the project's own where it is left out. */
  readonly startVerifier?: StartVerifier;
  /** Which of the worst chunks are drilled; all belong to every run but those that test the drill. */
  readonly isWorstChosen?: (name: string) => boolean;
  /** Whether they are all left out. */
  readonly isWithoutWorst?: boolean;
  /** The contracts under test; the project's own where they are left out. */
  readonly deploySteps?: (layer1: Layer1) => Promise<StepAddresses>;
}

/** Posts seeded batches, honest and corrupted, and counts what verifier and contract make of them. */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { seed, cases, progress, cleanup, startVerifier = verifierProcess() } = options;
  const archive = options.out === undefined ? undefined : new Archive(options.out);
  const layer1 = await Layer1.start(cleanup);
  const world = await World.create(seed, layer1, await options.deploySteps?.(layer1));
  progress.say(
    `A rollup is in use: ${world.market.traders.length + world.market.patient.length} accounts, ${world.state.size} records, ${world.rollup.standing.length - 1} batches.`,
  );
  const tally = new Tally(Object.keys(corruptions));
  if (options.isWithoutWorst !== true) {
    for await (const { planned, result } of drillWorstChunks(
      layer1,
      world.rollup.deployment.steps,
      options.isWorstChosen,
    )) {
      tally.countWorst(planned.variant, result);
      archive?.add(`worst-${Object.keys(tally.worst).length}`, planned, result);
      for (const sentence of result.disagreements) progress.say(`Worst chunk (${planned.variant}): ${sentence}`);
      const { variant } = planned;
      progress.show(
        `Worst chunk (${variant}): ${result.gasUsed === undefined ? "not convicted" : `${result.gasUsed} gas`}.`,
      );
    }
  }
  const { verdicts, failure } = startVerifier(layer1.rpcUrl, world.rollup.address, cleanup);
  failure.catch(() => {});
  await Promise.race([verdicts.ready(), failure]);
  progress.say("The verifier has read all of it from L1.");

  const referee = new Referee(world, verdicts);
  const kinds = {
    corruptions: Object.keys(corruptions),
    honest: Object.keys(honestKinds),
    refusable: new Set(Object.keys(refusals)),
  };
  for (const assignment of schedule(cases, kinds, new SeededRandom(seed))) {
    const planned = await planCase(world, assignment);
    const result = await Promise.race([referee.judge(planned), failure]);
    tally.count(planned, result);
    archive?.add(String(tally.cases).padStart(5, "0"), planned, result);
    for (const sentence of result.disagreements) {
      progress.say(`Case ${tally.cases} (${planned.kind}, ${planned.variant}): ${sentence}`);
    }
    progress.show(`${tally.cases} of ${cases} cases.`);
    if (result.isStuck === true) break;
  }
  // The verifier's account was never used before: whatever it has sent, it has sent to prove a fraud.
  const sent = await layer1.client.getTransactionCount({ address: account("verifier").address });
  return tally.report(seed, sent, progress.elapsedSeconds);
}
