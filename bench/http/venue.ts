import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { developmentAccount } from "@recourse/contracts/local";
import { cash, formatInstrumentName, InstrumentKind, price, seconds } from "@recourse/protocol";
import { listInstrument, listUnderlying, markBytes, oracleReport, SequencerClient } from "@recourse/sdk";
import { fundTraders } from "../../packages/cli/src/demo/funding.ts";
import { Signer } from "../../packages/cli/src/demo/signing.ts";
import type { Trader } from "../../packages/cli/src/demo/transactions.ts";
import { LocalRollup } from "../../test/support/localRollup.ts";
import { MeasuredProcess } from "./measuredProcess.ts";

const DAY_SECONDS = 86_400;
const EXPIRY_HOUR_SECONDS = 8 * 3_600;
const DAYS_TO_EXPIRY = 30;
const DEPOSIT_DOLLARS = 5_000_000;
const VOLATILITY = 0.6;

/** An instrument of the measured market; prices in USD. */
export interface Market {
  readonly instrument: number;
  readonly name: string;
  readonly underlying: number;
  readonly tick: string;
  readonly lot: string;
  /** The price around which orders are made, in ticks. */
  readonly middleRank: number;
}

const underlyings = [
  { underlying: 1, symbol: "BTC", index: 60_000 },
  { underlying: 2, symbol: "ETH", index: 3_000 },
] as const;

export interface VenueOptions {
  readonly blockIntervalMs: number;
  readonly traders: number;
}

/**
 * A whole network: a chain, a sequencer as `recourse sequencer` starts it, each in a process of its own, four open
 * markets (two perpetuals, a call and a put), and traders with money.
 */
export class Venue {
  readonly rollup: LocalRollup;
  readonly sequencer: MeasuredProcess;
  readonly url: string;
  readonly client: SequencerClient;
  readonly traders: readonly Trader[];
  readonly markets: readonly Market[];
  readonly folder: string;

  private constructor(
    venue: Pick<Venue, "rollup" | "sequencer" | "url" | "client" | "traders" | "markets" | "folder">,
  ) {
    this.rollup = venue.rollup;
    this.sequencer = venue.sequencer;
    this.url = venue.url;
    this.client = venue.client;
    this.traders = venue.traders;
    this.markets = venue.markets;
    this.folder = venue.folder;
  }

  static async open({ blockIntervalMs, traders: count }: VenueOptions): Promise<Venue> {
    const rollup = await LocalRollup.start(blockIntervalMs);
    const folder = await mkdtemp(join(tmpdir(), "recourse-bench-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const { privateKey } = rollup.sequencer;
    const sequencer = MeasuredProcess.recourse(
      ["sequencer", "--rpc-url", rollup.rpcUrl, "--rollup", rollup.deployment.rollup, "--port", "0", "--json"].concat([
        "--data-dir",
        join(folder, "sequencer"),
      ]),
      { RECOURSE_PRIVATE_KEY: privateKey },
    );
    try {
      const url = await sequencer.url();
      const client = new SequencerClient({ url });
      const owners = Array.from({ length: count }, (_, place) => Signer.fromText(`bench: trader ${place}`));
      const traders = await fundTraders({
        rpcUrl: rollup.rpcUrl,
        deployment: rollup.deployment,
        payer: developmentAccount(0),
        owners,
        deposit: cash(DEPOSIT_DOLLARS * 1e6),
      });
      await untilConsumed(client, count);
      const { engineTime } = await client.status();
      const markets = marketsAt(engineTime);
      const venue = new Venue({ rollup, sequencer, url, client, traders, markets, folder });
      await venue.#list(engineTime);
      await venue.refreshMarks();
      return venue;
    } catch (error) {
      await closeAll(sequencer, rollup, folder);
      throw error;
    }
  }

  /** A new report of every underlying, and a new mark of every instrument. */
  async refreshMarks(): Promise<void> {
    const { engineTime } = await this.client.status();
    const oracle = { place: 0, account: this.rollup.oracle };
    const expiry = expiryAt(engineTime);
    const variance = VOLATILITY ** 2 * ((expiry - engineTime) / (365 * DAY_SECONDS));
    const reports = underlyings.map(({ underlying, index }) => {
      const flat = { forward: String(index), a: variance.toFixed(15), b: "0", rho: "0", m: "0", sigma: "0" };
      const surfaces = underlying === 1 ? [{ expiry, ...flat }] : [];
      return oracleReport(this.rollup.domain, { underlying, time: engineTime, index: String(index), surfaces }, [
        oracle,
      ]);
    });
    await this.#submit([
      ...(await Promise.all(reports)),
      ...this.markets.map(({ instrument }) => markBytes(instrument)),
    ]);
  }

  close(): Promise<void> {
    return closeAll(this.sequencer, this.rollup, this.folder);
  }

  async #list(engineTime: number): Promise<void> {
    const { lister, domain } = this.rollup;
    const deadline = engineTime + 300;
    const fees = { minimumNotional: "1", takerFeeRate: "0.0003", makerFeeRate: "0.0001" };
    await this.#submit(
      await Promise.all([
        ...underlyings.map(({ underlying, symbol }) =>
          listUnderlying(lister, domain, { underlying, symbol, deadline }),
        ),
        ...this.markets.map(({ name, underlying, tick, lot }) =>
          listInstrument(lister, domain, { name, underlying, tick, lot, deadline, ...fees }),
        ),
      ]),
    );
  }

  async #submit(transactions: readonly `0x${string}`[]): Promise<void> {
    const { results } = await this.client.submitTransactions(transactions);
    const refused = results.find((result) => "error" in result);
    if (refused) throw new Error(`The market did not open: ${JSON.stringify(refused)}`);
  }
}

async function closeAll(sequencer: MeasuredProcess, rollup: LocalRollup, folder: string): Promise<void> {
  await sequencer.stop();
  await rollup.stop();
  await rm(folder, { recursive: true, force: true });
}

function expiryAt(engineTime: number): number {
  return (Math.floor(engineTime / DAY_SECONDS) + DAYS_TO_EXPIRY) * DAY_SECONDS + EXPIRY_HOUR_SECONDS;
}

function marketsAt(engineTime: number): Market[] {
  const option = (kind: typeof InstrumentKind.call | typeof InstrumentKind.put, strike: number) =>
    formatInstrumentName({ symbol: "BTC", kind, expiry: seconds(expiryAt(engineTime)), strike: price(strike * 1e8) });
  return [
    { instrument: 1, name: "BTC-PERPETUAL", underlying: 1, tick: "0.5", lot: "0.001", middleRank: 120_000 },
    { instrument: 2, name: "ETH-PERPETUAL", underlying: 2, tick: "0.1", lot: "0.01", middleRank: 30_000 },
    {
      instrument: 3,
      name: option(InstrumentKind.call, 65_000),
      underlying: 1,
      tick: "1",
      lot: "0.01",
      middleRank: 2_200,
    },
    {
      instrument: 4,
      name: option(InstrumentKind.put, 55_000),
      underlying: 1,
      tick: "1",
      lot: "0.01",
      middleRank: 2_000,
    },
  ];
}

/** Waits until the sequencer has executed so many inbox messages. */
async function untilConsumed(client: SequencerClient, messages: number): Promise<void> {
  while ((await client.status()).inboxCursor < messages) await new Promise((resolve) => setTimeout(resolve, 50));
}
