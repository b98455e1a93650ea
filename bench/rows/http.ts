import type { RowGroup } from "../harness.ts";
import type { LoadReport } from "../http/generator.ts";
import { runLoad } from "../http/load.ts";
import { MeasuredProcess } from "../http/measuredProcess.ts";
import { OrderSource } from "../http/orderSource.ts";
import { Venue } from "../http/venue.ts";

const SEED = 20_260_701;
const TRADERS = 64;
const BLOCK_INTERVAL_MS = 1_000;
const CONNECTIONS = 64;
const BULK_CONNECTIONS = 16;
const BULK_ORDERS = 10;
const WARM_UP_SECONDS = 3;
const SECONDS = 8;
const LATENCY_SECONDS = 12;
/** Half of the throughput that the design asks for, one order a request. */
const LATENCY_ORDERS_PER_SECOND = 1_500;

const common = { seed: SEED, warmUpSeconds: WARM_UP_SECONDS };
/** As many orders are signed for each loop as would last for more orders a second than are expected. */
const closedLoops = [
  { name: "http/single", ordersOfRequest: 1, connections: CONNECTIONS, mostOrdersPerSecond: 8_000 },
  {
    name: "http/ten-a-request",
    ordersOfRequest: BULK_ORDERS,
    connections: BULK_CONNECTIONS,
    mostOrdersPerSecond: 14_000,
  },
] as const;
const quantiles = [
  ["p50", "p50"],
  ["p99", "p99"],
  ["p99.9", "p999"],
] as const;

const network =
  "recourse sequencer and the chain each in a process of its own, PGlite with fsync, 64 accounts, 4 instruments";
const floor = "Fastify, bare handler";

/** Orders over HTTP, durable: the whole way from a client's request to the signed acknowledgement. */
export const http: RowGroup = {
  rows: [
    {
      name: "http/single",
      unit: "orders/s",
      better: "more",
      peer: floor,
      budget: { of: "ours", figure: 3_000 },
      how: `Accepted orders, signed beforehand, one a request, in a closed loop of ${CONNECTIONS} connections (undici, own process) for ${SECONDS} s after ${WARM_UP_SECONDS} s of warm-up; ${network}.`,
    },
    {
      name: "http/ten-a-request",
      unit: "orders/s",
      better: "more",
      peer: floor,
      budget: { of: "ours", figure: 5_000 },
      how: `The same, ten orders a request over ${BULK_CONNECTIONS} connections.`,
    },
    ...quantiles.map(([quantile]) => ({
      name: `http/latency-${quantile}`,
      unit: "ms",
      better: "less" as const,
      peer: floor,
      ...(quantile === "p99" ? { budget: { of: "ours" as const, figure: 20 } } : {}),
      how: `Acknowledgement latency, ${quantile}, at ${LATENCY_ORDERS_PER_SECOND} orders/s, one a request, arriving by chance (seeded) for ${LATENCY_SECONDS} s and counted from the scheduled arrival; the generator's own lateness is included.`,
    })),
  ],

  async measure(report, isWanted) {
    if (quantiles.some(([quantile]) => isWanted(`http/latency-${quantile}`))) await measureLatency(report);
    for (const loop of closedLoops) if (isWanted(loop.name)) await measureThroughput(report, loop);
  },
};

type Report = Parameters<RowGroup["measure"]>[0];

function measureLatency(report: Report): Promise<void> {
  return withVenue(async (venue, source, bareUrl) => {
    const requests = LATENCY_ORDERS_PER_SECOND * (LATENCY_SECONDS + WARM_UP_SECONDS + 1);
    const plan = {
      ...common,
      file: await source.writeOrders(requests, 1),
      connections: CONNECTIONS,
      requestsPerSecond: LATENCY_ORDERS_PER_SECOND,
      seconds: LATENCY_SECONDS,
    };
    const bare = await runLoad({ ...plan, url: bareUrl });
    const ours = await runLoad({ ...plan, url: venue.url });
    const note = `${describe(ours)}; the generator's median lateness was ${ours.latenessMs.p50.toFixed(2)} ms.`;
    for (const [quantile, field] of quantiles) {
      report(`http/latency-${quantile}`, { ours: [ours.latencyMs[field]], peer: [bare.latencyMs[field]], note });
    }
  });
}

function measureThroughput(report: Report, loop: (typeof closedLoops)[number]): Promise<void> {
  const { name, ordersOfRequest, connections, mostOrdersPerSecond } = loop;
  return withVenue(async (venue, source, bareUrl) => {
    const requests = Math.ceil((mostOrdersPerSecond * (SECONDS + WARM_UP_SECONDS)) / ordersOfRequest);
    const file = await source.writeOrders(requests, ordersOfRequest);
    const plan = { ...common, file, connections, seconds: SECONDS };
    const bare = await runLoad({ ...plan, url: bareUrl, isRepeating: true });
    const ours = await runLoad({ ...plan, url: venue.url });
    const { batches } = await venue.client.status();
    const latency = `p99 of the latency was ${ours.latencyMs.p99.toFixed(1)} ms`;
    const note = `${describe(ours)}; ${latency}; ${batches.waiting} sealed batches waited for L1 at the end.`;
    report(name, { ours: ours.rates, peer: bare.rates, note });
  });
}

/**
 * Runs something on a network of its own, since what one load leaves to be checked and posted disturbs the next: so the
 * floor is measured first.
 */
async function withVenue(use: (venue: Venue, source: OrderSource, bareUrl: string) => Promise<void>): Promise<void> {
  const venue = await Venue.open({ blockIntervalMs: BLOCK_INTERVAL_MS, traders: TRADERS });
  const bare = MeasuredProcess.bareServer();
  try {
    await use(venue, new OrderSource(venue, SEED), await bare.url());
  } finally {
    await bare.stop();
    await venue.close();
  }
}

/** @throws Error where more than one request in a hundred was refused: the row would show something else */
function describe({ accepted, refused, refusal, processorSeconds }: LoadReport): string {
  if (refused > accepted / 100) throw new Error(`${refused} requests were refused, such as: ${refusal}`);
  return `${accepted} accepted, ${refused} requests refused, ${processorSeconds.toFixed(1)} processor seconds of the generator`;
}
