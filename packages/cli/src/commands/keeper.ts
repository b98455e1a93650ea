import { SequencerClient } from "@recourse/sdk";
import { Command, Option } from "commander";
import { Keeper } from "../keeper/keeper.ts";
import { amountOf } from "../keeper/venue.ts";
import { httpUrl, integer, jsonOption } from "../options.ts";
import { Output } from "../output.ts";
import { endWithParent } from "../parent.ts";
import { sequencerOption } from "./trader.ts";

/** A sequencer that takes longer than this to answer is as good as gone: the next round asks again. */
const TIMEOUT_MS = 10_000;

interface KeeperCommandOptions {
  readonly sequencer: string;
  readonly sequencerUrl?: string;
  readonly intervalMs: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** `recourse keeper`: marks, liquidates, settles and prunes, which anybody may. */
export function keeperCommand(): Command {
  return new Command("keeper")
    .description("keep a venue healthy, without a key: renew marks, liquidate, pay out and remove what has expired")
    .addOption(sequencerOption())
    .addOption(new Option("--sequencer-url <url>", "the same").argParser(httpUrl("sequencer-url")).hideHelp())
    .option("--interval-ms <ms>", "milliseconds between two rounds", integer("interval-ms", 10, 3_600_000), 1_000)
    .option("--once", "go one round, and end")
    .addOption(jsonOption())
    .action(keeperAction);
}

async function keeperAction(options: KeeperCommandOptions): Promise<void> {
  const { intervalMs, once = false, json = false } = options;
  const url = options.sequencerUrl ?? options.sequencer;
  const output = new Output(json);
  const keeper = new Keeper({
    venue: new SequencerClient({ url, timeoutMs: TIMEOUT_MS }),
    intervalMs,
    say: (line) => output.say(line),
  });
  if (once) {
    await keeper.round();
  } else {
    const stopped = new AbortController();
    const ended = new Promise((resolve) => stopped.signal.addEventListener("abort", resolve));
    endWithParent(() => stopped.abort());
    output.say(`Keeping the venue at ${url}, every ${intervalMs} ms.`);
    // What is under way is no reason to stay: each transaction stands for itself.
    await Promise.race([keeper.run(stopped.signal), ended]);
  }
  const { rounds, marks, liquidations, settlements, prunings, refused } = keeper.report;
  output.result(keeper.report, [
    `${amountOf(rounds, "round")}: ${amountOf(marks, "mark")}, ${amountOf(liquidations, "liquidation")}, ` +
      `${amountOf(settlements, "settlement")}, ${amountOf(prunings, "pruning")}; ${refused} refused.`,
  ]);
}
