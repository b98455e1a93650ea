import { type Hash, RecourseError } from "@recourse/protocol";
import type { DishonestKind } from "@recourse/sequencer";
import { Command, Option } from "commander";
import { integer, jsonOption, oneOf, readPrivateKey, rollupOption, rpcUrlOption, withPrivateKey } from "../options.ts";
import { Output } from "../output.ts";
import { endWithParent } from "../parent.ts";

interface SequencerCommandOptions {
  readonly rpcUrl: string;
  readonly rollup: Hash;
  readonly privateKey?: string;
  readonly privateKeyFile?: string;
  readonly dataDir?: string;
  readonly databaseUrlFile?: string;
  readonly host: string;
  readonly port: number;
  readonly deploymentBlock: number;
  readonly clock: "wall" | "external";
  readonly operatorToken?: string;
  readonly dishonestBatch?: number;
  readonly dishonestKind?: DishonestKind;
  readonly dishonestSeed: number;
  readonly json?: boolean;
}

const defaultPort = 8080;

/** `recourse sequencer`: orders, executes, acknowledges and posts. */
export function sequencerCommand(): Command {
  return withPrivateKey(
    new Command("sequencer")
      .description("take orders over HTTP, execute and acknowledge them, and post batches to L1")
      .addOption(rpcUrlOption())
      .addOption(rollupOption()),
  )
    .option("--data-dir <folder>", "folder of the journal, unless a PostgreSQL database is named")
    .option(
      "--database-url-file <file>",
      "file with the postgres:// URL of the journal's database (or in the environment: RECOURSE_DATABASE_URL)",
    )
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0 takes a free one", integer("port", 0, 65_535), defaultPort)
    .option(
      "--deployment-block <number>",
      "block of the deployment, or an earlier one",
      integer("deployment-block", 0, 2 ** 48),
      0,
    )
    .option(
      "--clock <clock>",
      "who moves the engine's clock: wall, or external by ticks",
      oneOf("clock", ["wall", "external"]),
      "wall",
    )
    .addOption(new Option("--operator-token <token>", "with which ticks are taken").env("RECOURSE_OPERATOR_TOKEN"))
    .option("--dishonest-batch <number>", "a drill: make this batch wrong", integer("dishonest-batch", 1, 2 ** 48))
    .option("--dishonest-kind <kind>", "a drill: how")
    .option("--dishonest-seed <number>", "a drill: where", integer("dishonest-seed", 0, Number.MAX_SAFE_INTEGER), 1)
    .addOption(jsonOption())
    .action(sequencerAction);
}

async function sequencerAction(options: SequencerCommandOptions): Promise<void> {
  const { rpcUrl, rollup, dataDir, host, port, deploymentBlock, clock, operatorToken, json = false } = options;
  const { dishonestBatch, dishonestKind, dishonestSeed } = options;
  if (clock === "external" && operatorToken === undefined) {
    throw new RecourseError("MissingOperatorToken", "An external clock needs a token with which ticks are taken.", [
      { field: "operator-token", expected: "a text of at least 16 characters" },
    ]);
  }
  const { readDatabaseUrl, startSequencer } = await import("@recourse/sequencer");
  const databaseUrl = readDatabaseUrl(options.databaseUrlFile);
  const stopped = Promise.withResolvers<void>();
  endWithParent(stopped.resolve);
  const sequencer = await startSequencer({
    rpcUrl,
    rollup,
    key: readPrivateKey(options),
    ...(dataDir !== undefined && { dataDir }),
    ...(databaseUrl !== undefined && { databaseUrl }),
    host,
    port,
    deploymentBlock,
    clock,
    ...(operatorToken !== undefined && { operatorToken }),
    ...(dishonestBatch !== undefined && {
      dishonest: {
        batch: dishonestBatch,
        seed: dishonestSeed,
        ...(dishonestKind !== undefined && { kind: dishonestKind }),
      },
    }),
  });
  new Output(json).result({ ready: true, url: sequencer.url }, [`The sequencer answers at ${sequencer.url}.`]);
  await stopped.promise;
  await sequencer.close();
}
