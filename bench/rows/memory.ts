import { setTimeout as delay } from "node:timers/promises";
import { ChunkExecution } from "@recourse/engine";
import { ChunkKind, Reason, Side } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { context, signedCancel, signedOrder, tickBytes } from "../../test/support/world.ts";
import type { RowGroup } from "../harness.ts";
import { runLoad } from "../http/load.ts";
import { MeasuredProcess } from "../http/measuredProcess.ts";
import { OrderSource } from "../http/orderSource.ts";
import type { MemoryReport } from "../http/probe.ts";
import { Venue } from "../http/venue.ts";
import { Market, marketTime } from "../market/market.ts";
import { slope } from "../statistics.ts";

const SEED = 9;
const TRADERS = 64;
/** Blocks come fast and the load is light, so that all that is acknowledged is soon posted: what stays is a leak. */
const BLOCK_INTERVAL_MS = 500;
const REQUESTS_PER_SECOND = 120;
/** Until batches have become final (the window is 30 s) and caches are full. */
const WARM_UP_SECONDS = 45;
const SECONDS = 45;
const SAMPLE_MS = 1_500;
const MINUTE_SECONDS = 60;
const MEBIBYTE = 2 ** 20;

const CHURN_ACCOUNTS = 64;
const CHURN_ROUNDS = 30;
const CHURN_SETTLED_ROUNDS = 15;
const CHURN_ORDERS = 8;
/** Nonces of one deadline share a bucket for so long. */
const ROUND_SECONDS = 64;

const load = `under ${REQUESTS_PER_SECOND} requests/s of orders, fills and cancels that leave the books as they were, for ${SECONDS} s after ${WARM_UP_SECONDS} s, chain mining every ${BLOCK_INTERVAL_MS} ms`;
const peer = "Fastify, bare handler, same load";
const resident = (who: string) => ({
  unit: "MiB",
  better: "less" as const,
  peer,
  how: `Resident memory of the ${who}'s process, threads and WebAssembly included, ${load}.`,
});
const growth = (who: string) => ({
  unit: "× a minute",
  better: "less" as const,
  peer,
  how: `What the ${who}'s main thread holds after a full collection of garbage, a minute later ÷ now, by the line of least squares through a sample every ${SAMPLE_MS} ms; flat is 1; ${load}.`,
});

/** Memory over time: whatever grows under a constant load has no bound. */
export const memory: RowGroup = {
  rows: [
    { name: "memory/sequencer-resident", ...resident("sequencer") },
    { name: "memory/sequencer-growth", ...growth("sequencer") },
    { name: "memory/verifier-resident", ...resident("verifier") },
    { name: "memory/verifier-growth", ...growth("verifier") },
    {
      name: "memory/store-after-churn",
      unit: "× leaves",
      better: "less",
      peer: "nothing kept",
      how: `Leaves of a state after ${CHURN_ROUNDS} rounds of ${CHURN_ACCOUNTS * CHURN_ORDERS} orders and their cancels ÷ leaves after ${CHURN_SETTLED_ROUNDS}, the clock moving ${ROUND_SECONDS} s a round so that nonces run out: flat is 1.`,
    },
  ],

  async measure(report) {
    const leaves = churn(new Market({ accounts: CHURN_ACCOUNTS, positions: 8, restingOrders: 20, seed: SEED }));
    report("memory/store-after-churn", {
      ours: [leaves.after / leaves.settled],
      peer: [1],
      note: `${leaves.before} leaves before, ${leaves.settled} and ${leaves.after} after.`,
    });

    const venue = await Venue.open({ blockIntervalMs: BLOCK_INTERVAL_MS, traders: TRADERS });
    const { rpcUrl, deployment } = venue.rollup;
    const bare = MeasuredProcess.bareServer();
    const verifier = MeasuredProcess.recourse([
      "verifier",
      "--rpc-url",
      rpcUrl,
      "--rollup",
      deployment.rollup,
      "--json",
    ]);
    try {
      const source = new OrderSource(venue, SEED);
      const plan = {
        file: await source.writeChurn(Math.ceil((REQUESTS_PER_SECOND * (WARM_UP_SECONDS + SECONDS + 5)) / 2)),
        connections: 8,
        requestsPerSecond: REQUESTS_PER_SECOND,
        seed: SEED,
        warmUpSeconds: WARM_UP_SECONDS,
        seconds: SECONDS,
      };
      const running = Promise.all([runLoad({ ...plan, url: venue.url }), runLoad({ ...plan, url: await bare.url() })]);
      await delay(1000 * WARM_UP_SECONDS);
      const [loads, samples] = await Promise.all([
        running,
        takeSamples({ sequencer: venue.sequencer, verifier, bare }),
      ]);
      const { batches } = await venue.client.status();
      const { accepted, refused, refusal } = loads[0];
      if (refused > accepted / 100) throw new Error(`${refused} requests were refused, such as: ${refusal}`);
      for (const who of ["sequencer", "verifier"] as const) {
        const last = samples[who].at(-1)!;
        const note = `${accepted} transactions; ${batches.waiting} sealed batches waited for L1 at the end.`;
        report(`memory/${who}-resident`, {
          ours: samples[who].map(({ residentBytes }) => residentBytes / MEBIBYTE),
          peer: samples.bare.map(({ residentBytes }) => residentBytes / MEBIBYTE),
          note,
        });
        report(`memory/${who}-growth`, {
          ours: [growthOf(samples[who])],
          peer: [growthOf(samples.bare)],
          note: `It held ${((last.heapBytes + last.externalBytes) / MEBIBYTE).toFixed(1)} MiB at the end; ${note}`,
        });
      }
    } finally {
      await verifier.stop();
      await bare.stop();
      await venue.close();
    }
  },
};

interface Sample extends MemoryReport {
  readonly seconds: number;
}

/** Asks processes for their memory again and again, all of them at about the same moments. */
async function takeSamples<Name extends string>(
  processes: Readonly<Record<Name, MeasuredProcess>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(processes) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  const start = performance.now();
  while (performance.now() - start < 1000 * SECONDS) {
    for (const name of names) {
      const memoryReport = await processes[name].memory();
      samples[name].push({ ...memoryReport, seconds: (performance.now() - start) / 1000 });
    }
    await delay(SAMPLE_MS);
  }
  return samples;
}

/** What is held a minute after the first sample, by the trend of all, as a multiple of what is held at first. */
function growthOf(samples: readonly Sample[]): number {
  const held = ({ heapBytes, externalBytes }: MemoryReport) => heapBytes + externalBytes;
  const perSecond = slope(samples.map((sample) => [sample.seconds, held(sample)] as const));
  const mean = samples.reduce((sum, sample) => sum + held(sample), 0) / samples.length;
  const first = mean - perSecond * (samples.at(-1)!.seconds / 2);
  return (first + perSecond * MINUTE_SECONDS) / first;
}

/** Lets every account place orders far from the market and cancel them, round by round. @returns leaves by the time */
function churn(market: Market): Readonly<Record<"before" | "settled" | "after", number>> {
  const { store, accounts } = market;
  const before = store.size;
  let settled = before;
  for (let round = 1; round <= CHURN_ROUNDS; round++) {
    const time = marketTime + round * ROUND_SECONDS;
    execute(store, ChunkKind.risk, [tickBytes(time)]);
    for (const { number: account, key, held } of accounts) {
      const deadline = time + ROUND_SECONDS;
      const { number: instrument, fairRank } = market.instrument(held[0]!);
      const common = { account, key, deadline };
      const orders = Array.from({ length: CHURN_ORDERS }, (_, order) =>
        signedOrder({ ...common, instrument, side: Side.sell, rank: fairRank * 2 + order, lots: 1, nonce: order }),
      );
      const cancels = orders.map((_, order) =>
        signedCancel({ ...common, nonce: CHURN_ORDERS + order, clientOrderId: order }),
      );
      execute(store, ChunkKind.trade, [...orders, ...cancels]);
    }
    if (round === CHURN_SETTLED_ROUNDS) settled = store.size;
  }
  return { before, settled, after: store.size };
}

/** @throws Error where a transaction is refused */
function execute(store: OrderedStore, kind: ChunkKind, transactions: readonly Uint8Array[]): void {
  let execution = new ChunkExecution(store, context(), kind);
  for (const transaction of transactions) {
    let outcome = execution.run(transaction);
    if (outcome === undefined) {
      execution.finish();
      execution = new ChunkExecution(store, context(), kind);
      outcome = execution.run(transaction);
    }
    if (outcome?.reason !== Reason.Ok) throw new Error(`A transaction was refused for reason ${outcome?.reason}.`);
  }
  execution.finish();
}
