import { readBook } from "@recourse/engine";
import { Side } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { AcknowledgementBook } from "../src/demo/acknowledgements.ts";
import { planReplay } from "../src/demo/plan.ts";
import { Replay, reasonWord } from "../src/demo/replay.ts";
import { Signer } from "../src/demo/signing.ts";
import { TransactionFactory } from "../src/demo/transactions.ts";
import { parseTape } from "../src/tape/readTape.ts";
import { simulateTape } from "../src/tape/simulateTape.ts";
import type { TapeRow } from "../src/tape/tape.ts";
import { EngineVenue, lister, reporters, separator, sequencer } from "./engineVenue.ts";

const header = "time_ms,instrument,price,size,taker_side,index,forward,iv,source";
const startMs = Date.UTC(2021, 4, 19, 7, 0);

async function replay(rows: readonly TapeRow[]) {
  const plan = planReplay(rows, 1);
  const venue = new EngineVenue();
  const owners = Array.from({ length: plan.accounts }, (_, place) => Signer.fromText(`owner ${place}`));
  const traders = venue.deposit(owners, plan.deposit);
  const acknowledgements = new AcknowledgementBook(separator, sequencer.address);
  const factory = new TransactionFactory(separator, { lister, reporters });
  const run = new Replay({ plan, venue, factory, traders, acknowledgements, onGroup: () => {} });
  await run.run();
  venue.close();
  return { plan, venue, counts: run.counts, acknowledgements };
}

describe("a replay, against the engine itself", () => {
  it("fills every row of the simulated tape at its printed price and leaves nothing in the book", async () => {
    const rows = parseTape(simulateTape(2, 600).join("\n"), "simulated");
    const { counts, plan, venue, acknowledgements } = await replay(rows);
    expect(counts).toEqual({
      rows: 600,
      sent: 1200,
      accepted: 1200,
      rejected: 0,
      reasons: {},
      fills: 600,
      fillsAtPrintedPrice: 600,
      refusedNews: {},
    });
    for (const { number } of plan.instruments) {
      expect(readBook(venue.store, number, Side.buy, 10)).toEqual([]);
      expect(readBook(venue.store, number, Side.sell, 10)).toEqual([]);
    }
    expect(acknowledgements.count).toBe(venue.stream.length);
    expect(acknowledgements.findBroken(venue.stream)).toEqual([]);
  });

  it("counts orders of expired options by reason", async () => {
    const option = (minute: number, day: string) =>
      `${startMs + minute * 60_000},BTC-${day}-40000-C,900,1,sell,40000,40100,0.8,test`;
    const lines = [option(0, "19MAY21"), option(30, "18MAY21"), option(90, "19MAY21"), option(91, "28MAY21")];
    const { counts } = await replay(parseTape([header, ...lines].join("\n"), "test"));
    expect(counts).toMatchObject({
      sent: 8,
      accepted: 4,
      rejected: 4,
      reasons: { expired: 4 },
      fillsAtPrintedPrice: 2,
    });
    expect(counts.refusedNews).toEqual({});
  });

  it("takes tapes of other underlyings, decimals and sizes", async () => {
    const line = (second: number, name: string, price: string, size: string) =>
      `${startMs + second * 1000},${name},${price},${size},buy,${price},,,test`;
    const lines = [
      line(0, "DOGE-PERPETUAL", "0.234567", "150000"),
      line(0, "BTC-PERPETUAL", "41234.5678", "0.0001"),
      line(0, "ETH-PERPETUAL", "3100.05", "1000"),
      line(1, "SHIB-PERPETUAL", "0.00001234", "60000000"),
      line(900, "ETH-PERPETUAL", "3000", "0.004"),
    ];
    const { counts } = await replay(parseTape([header, ...lines].join("\n"), "test"));
    expect(counts).toMatchObject({ fillsAtPrintedPrice: 5, reasons: {}, refusedNews: {} });
  });
});

describe("the book of acknowledgements", () => {
  it("finds what is missing and what has changed places", async () => {
    const rows = parseTape(simulateTape(2, 5).join("\n"), "simulated");
    const { acknowledgements, venue } = await replay(rows);
    const { stream } = venue;
    expect(acknowledgements.findBroken(stream.slice(0, -1))).toHaveLength(1);
    const [first, second, ...rest] = stream.map(({ transactionHash }) => transactionHash);
    const swapped = [second!, first!, ...rest];
    const reordered = stream.map((entry, place) => ({ ...entry, transactionHash: swapped[place]! }));
    expect(acknowledgements.findBroken(reordered)).toHaveLength(2);
    expect(
      acknowledgements.findBroken(stream.map((entry) => ({ ...entry, runningHash: "0x00" as const }))),
    ).not.toEqual([]);
  });

  it("takes a later term for what was reverted", async () => {
    const rows = parseTape(simulateTape(2, 5).join("\n"), "simulated");
    const { acknowledgements, venue } = await replay(rows);
    const moved = venue.stream.map((entry, place) => (place < 4 ? entry : { ...entry, term: 2, position: place - 3 }));
    expect(acknowledgements.findBroken(moved)).toEqual([]);
  });
});

describe("reasons in words", () => {
  it("are short", () => {
    expect(["InstrumentExpired", "InsufficientMargin", "NotFilled"].map(reasonWord)).toEqual([
      "expired",
      "margin",
      "not-filled",
    ]);
  });
});
