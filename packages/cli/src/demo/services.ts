import { join } from "node:path";
import { RecourseError } from "@recourse/protocol";
import { SequencerClient } from "@recourse/sdk";
import { SeededRandom } from "../random.ts";
import type { Cleanup } from "./cleanup.ts";
import { fundedKey, type Network } from "./network.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { Service } from "./service.ts";
import { Watchtower } from "./watchtower.ts";

/** The services of a run, each in a process of its own. */
export interface Services {
  readonly sequencer: Service;
  readonly verifier: Service;
  readonly watchtower: Watchtower;
  readonly client: SequencerClient;
  /** Rejects when one of the services ends without having been told to. */
  readonly failure: Promise<never>;
}

/** A request waits while the sequencer recovers from its conviction, or holds back until L1 has taken what it has. */
const requestTimeoutMs = 300_000;

const maxChunksOfBatch = 32;
/** About as many orders as fit one chunk; and every group of rows has a chunk of news. */
const ordersOfChunk = 10;

/**
 * Chooses which batch the sequencer is going to cheat in: one from the second on, before the middle of those that the
 * tape makes at least, so that it is sure to come and that much comes after it.
 */
export function chooseDishonestBatch(plan: Plan, seed: number): number {
  const orders = plan.groups.reduce((sum, { rows }) => sum + 2 * rows, 0);
  const leastBatches = (plan.groups.length + orders / ordersOfChunk) / maxChunksOfBatch;
  return 2 + Math.floor(leastBatches * (0.25 + 0.4 * new SeededRandom(seed).uniform()));
}

/** Starts the dishonest sequencer and the verifier, and waits until both are at work. */
export async function startServices(
  network: Network,
  plan: Plan,
  seed: number,
  folder: string,
  progress: Progress,
  cleanup: Cleanup,
): Promise<Services> {
  const chain = ["--rpc-url", network.rpcUrl, "--rollup", network.deployment.rollup];
  const watchtower = new Watchtower(progress);
  const verifier = new Service({
    name: "verifier",
    args: ["verifier", ...chain, "--mode", "challenge", "--json"],
    environment: { RECOURSE_PRIVATE_KEY: fundedKey("verifier") },
    onLine: (line) => watchtower.take(line),
  });
  cleanup.add(() => verifier.stop());

  const operatorToken = crypto.randomUUID();
  const listening = Promise.withResolvers<string>();
  const sequencer = new Service({
    name: "sequencer",
    args: [
      "sequencer",
      ...chain,
      ...["--data-dir", join(folder, "sequencer"), "--clock", "external", "--port", "0"],
      ...["--dishonest-batch", String(chooseDishonestBatch(plan, seed)), "--dishonest-seed", String(seed), "--json"],
    ],
    environment: {
      RECOURSE_PRIVATE_KEY: fundedKey("sequencer"),
      RECOURSE_OPERATOR_TOKEN: operatorToken,
      RECOURSE_DATABASE_URL: "",
    },
    onLine: (line) => listening.resolve(addressIn(line)),
  });
  cleanup.add(() => sequencer.stop());

  const failure = Promise.race([sequencer.failure(), verifier.failure()]);
  // Whoever waits for something races it against this; at other times it must not end the process.
  failure.catch(() => {});
  const [url] = await Promise.race([
    failure,
    Promise.all([listening.promise, watchtower.until(() => watchtower.isReady)]),
  ]);
  return {
    sequencer,
    verifier,
    watchtower,
    client: new SequencerClient({ url, operatorToken, timeoutMs: requestTimeoutMs }),
    failure,
  };
}

/** The sequencer's first line says where it listens. */
function addressIn(line: string): string {
  const { url } = JSON.parse(line) as { url?: string };
  if (url === undefined) throw new RecourseError("ServiceFailed", "The sequencer does not say where it listens.");
  return url;
}
