import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { RecourseError } from "@recourse/protocol";
import { afterAll, describe, expect, it, vi } from "vitest";
import { tapeCommand } from "../src/commands/tape.ts";
import { divideToCount, parseNumber, toCount } from "../src/tape/decimal.ts";
import { impliedForward } from "../src/tape/deribit/forward.ts";
import { readInstrument } from "../src/tape/deribit/instrument.ts";
import { type ImportOptions, type ImportReport, importReportLines, importTape } from "../src/tape/importTape.ts";
import { parseTape } from "../src/tape/readTape.ts";
import { simulateTape } from "../src/tape/simulateTape.ts";
import { tapeHeader } from "../src/tape/tape.ts";
import { asCsv, asJson, asResponse, type Exported, exportOf } from "./deribitExport.ts";

const folder = mkdtempSync(join(tmpdir(), "recourse-import-"));
afterAll(() => rmSync(folder, { recursive: true }));

const out = join(folder, "tape.csv");
let files = 0;
function file(content: string | Uint8Array): string {
  const path = join(folder, `trades-${++files}`);
  writeFileSync(path, content);
  return path;
}

/** Imports texts, each from a file of its own. */
async function importTexts(
  texts: readonly (string | Uint8Array)[],
  options: Partial<ImportOptions> = {},
): Promise<{ report: ImportReport; rows: string[] }> {
  rmSync(out, { force: true });
  const whole = { format: "auto", out, withBlockTrades: false, withComboLegs: false, ...options } as const;
  const report = await importTape(texts.map(file), whole);
  const text = readFileSync(out, "utf8");
  expect(parseTape(text, "imported")).toHaveLength(report.rows);
  const [header, ...rows] = text.trimEnd().split("\n");
  expect(header).toBe(tapeHeader);
  return { report, rows };
}

async function errorOf(run: Promise<unknown>): Promise<RecourseError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RecourseError);
  return error as RecourseError;
}

const perpetual: Exported = {
  trade_seq: "7",
  trade_id: '"48077291"',
  timestamp: "1583971200500",
  instrument_name: '"BTC-PERPETUAL"',
  price: "7939.0",
  index_price: "7940.5",
  direction: '"buy"',
  amount: "10.0",
  mark_price: "7939.2",
};
/** The option of an example in the exchange's own documentation, which names the forward too: 8994.95. */
const option: Exported = {
  trade_seq: "1",
  trade_id: '"48078936"',
  timestamp: "1590480620145",
  instrument_name: '"BTC-27MAY20-8750-C"',
  price: "0.028",
  iv: "38.51",
  index_price: "8993.47",
  direction: '"sell"',
  amount: "1",
};

describe("a tape's import", () => {
  const seed = 11;
  const tape = simulateTape(seed, 300);
  const simulated = tape.slice(1).map((row) => row.replace(/simulator$/, "deribit"));
  const trades = exportOf(tape);

  it.each<[string, readonly (string | Uint8Array)[]]>([
    ["an answer", [asResponse(trades)]],
    ["an answer, the newest first", [asResponse(trades.toReversed())]],
    ["a list", [`[${trades.map(asJson).join(",")}]`]],
    ["an object with trades", [`{"trades": [${trades.map(asJson).join(" ,\r\n ")}]}`]],
    ["a trade a line", [trades.map((trade) => `${asJson(trade)}\n`).join("")]],
    ["answers one after another", [asResponse(trades.slice(200)) + asResponse(trades.slice(0, 200)) + asResponse([])]],
    ["a list of answers", [`[${asResponse(trades.slice(0, 9))},${asResponse(trades.slice(9))}]`]],
    ["notifications", [`{"method":"subscription","params":{"channel":"x","data":[${trades.map(asJson).join()}]}}`]],
    ["a table", [asCsv(trades)]],
    ["packed JSON", [gzipSync(asResponse(trades))]],
    ["packed tables", [gzipSync(asCsv(trades.slice(100))), gzipSync(asCsv(trades.slice(0, 100)))]],
    ["JSON and tables", [asResponse(trades.slice(0, 150)), asCsv(trades.slice(150))]],
  ])(`gives back a tape (seed ${seed}) from %s`, async (_, texts) => {
    const { report, rows } = await importTexts(texts);
    expect(rows).toEqual(simulated);
    expect(report).toMatchObject({ out, read: 300, rows: 300, skipped: {}, underlyings: ["BTC"] });
    expect(report.firstTime).toBe(new Date(Number(simulated[0]!.split(",")[0])).toISOString());
    expect(report.lastTime).toBe(new Date(Number(simulated.at(-1)!.split(",")[0])).toISOString());
    expect(report.instruments).toBe(new Set(simulated.map((row) => row.split(",")[1])).size);
  });

  it("reads text in pieces that end anywhere", async () => {
    // A stream's pieces have 65,536 bytes; here their ends fall within characters, escapes, names and numbers.
    for (let filling = 65_300; filling < 65_900; filling += 23) {
      const note = JSON.stringify('é\\"]}'.repeat(1000).padEnd(filling - 4000, "x"));
      const legs = '[{"trades":[{"price":1}]}]';
      const { rows } = await importTexts([asResponse([{ ...perpetual, note }, { ...option, legs }, perpetual])]);
      expect(rows).toHaveLength(2);
      const table = asCsv([perpetual, option]).replace('"a ""b"", c"', `"a\n""${"é".repeat(filling / 2 - 100)}"""`);
      expect((await importTexts([table])).rows).toEqual(rows);
    }
  });

  it("puts trades of one millisecond in the exchange's order, and leaves repeated ones out", async () => {
    const trade = (id: string, amount: string) => ({ ...perpetual, trade_id: `"${id}"`, amount });
    const { report, rows } = await importTexts([
      asResponse([trade("100", "30"), trade("99", "20"), trade("ETH-3", "50")]),
      asResponse([trade("98", "10"), trade("99", "20"), trade("ETH-3", "50"), trade("101", "40")]),
    ]);
    const sizes = rows.map((row) => Number(row.split(",")[3]));
    expect(sizes.map((size) => Math.round(size * 7939))).toEqual([10, 20, 30, 40, 50]);
    expect(report.skipped).toEqual({ duplicate: 2 });
    expect(report.examples.duplicate).toMatch(/trades-\d+:2 \(trade 99\)$/);
  });

  it("takes the number within the instrument where a trade has no id", async () => {
    const { trade_id: _, ...nameless } = perpetual;
    const { report } = await importTexts([
      [nameless, nameless, { ...nameless, trade_seq: "8" }].map(asJson).join("\n"),
    ]);
    expect(report).toMatchObject({ rows: 2, skipped: { duplicate: 1 } });
  });

  it.each<[string, Exported, string]>([
    ["amounts of inverse perpetuals in USD", perpetual, "1583971200500,BTC-PERPETUAL,7939.00,0.0012596,buy,7940.50,,,"],
    [
      "amounts of linear perpetuals in the coin",
      { ...perpetual, instrument_name: '"SOL_USDC-PERPETUAL"', price: "150.1234", amount: "3.5" },
      "1583971200500,SOL-PERPETUAL,150.1234,3.50,buy,7940.50,,,",
    ],
    [
      "prices of inverse options in the coin, at the forward that explains them",
      option,
      "1590480620145,BTC-27MAY20-8750-C,251.86,1.00,sell,8993.47,8994.95,0.3851,",
    ],
    [
      "a forward that the export names",
      { ...option, underlying_price: "9000.5" },
      "1590480620145,BTC-27MAY20-8750-C,252.01,1.00,sell,8993.47,9000.50,0.3851,",
    ],
    [
      "prices of linear options in USD",
      { ...option, instrument_name: '"BTC_USDC-27MAY20-8750-C"', price: "251.8586" },
      "1590480620145,BTC-27MAY20-8750-C,251.8586,1.00,sell,8993.47,8994.95,0.3851,",
    ],
    [
      "strikes with a d for a point, at underlyings of cents",
      {
        ...option,
        instrument_name: '"XRP_USDC-05JUN20-0d625-P"',
        price: "0.0321",
        iv: "80",
        index_price: "0.6171",
        underlying_price: "0.61712",
      },
      "1590480620145,XRP-5JUN20-0.625-P,0.0321,1.00,sell,0.6171,0.61712,0.8000,",
    ],
    [
      "digits beyond the eighth, rounded",
      { ...perpetual, price: "7939.000000005", index_price: "7940.50000000499999999" },
      "1583971200500,BTC-PERPETUAL,7939.00000001,0.0012596,buy,7940.50,,,",
    ],
  ])("understands %s", async (_, trade, expected) => {
    expect((await importTexts([asJson(trade)])).rows).toEqual([`${expected}deribit`]);
  });

  it.each<[string, Exported | string]>([
    ["blockTrade", { ...perpetual, block_trade_id: '"66"' }],
    ["comboLeg", { ...option, combo_id: '"BTC-CS-28FEB25-100000_106000"' }],
    ["notTraded.future", { ...perpetual, instrument_name: '"BTC-27DEC24"' }],
    ["notTraded.future", { ...perpetual, instrument_name: '"BTC_USDC-27DEC24"' }],
    ["notTraded.combo", { ...perpetual, instrument_name: '"BTC-FS-27DEC24_PERP"' }],
    ["notTraded.combo", { ...option, instrument_name: '"BTC-STRG-29MAY26-72000_80000"' }],
    ["notTraded.spot", { ...perpetual, instrument_name: '"BTC_USDC"' }],
    ["notTraded.instrument", { ...perpetual, instrument_name: '"BTC_EURR-PERPETUAL"' }],
    ["notTraded.instrument", { ...option, instrument_name: '"BTC-31FEB20-8750-C"' }],
    ["missing.iv", { ...option, iv: "null" }],
    ["missing.trade_id", { ...perpetual, trade_id: "null", trade_seq: "null" }],
    ["missing.index_price", { ...perpetual, index_price: "null" }],
    ["malformed.price", { ...perpetual, price: '"12,5"' }],
    ["malformed.amount", { ...perpetual, amount: "[1]" }],
    ["malformed.direction", { ...perpetual, direction: '"BUY"' }],
    ["malformed.timestamp", { ...perpetual, timestamp: "1583971200" }],
    ["outOfRange.price", { ...perpetual, price: "-7939.0" }],
    ["outOfRange.price", { ...perpetual, price: "90071992.54740992" }],
    ["outOfRange.iv", { ...option, iv: "0.0" }],
    ["outOfRange.iv", { ...option, iv: "10001" }],
    ["expired", { ...option, timestamp: "1590566400000" }],
    ["noForward", { ...option, price: "0.9" }],
    ["zeroSize", { ...perpetual, amount: "0.00001" }],
    ["notATrade", '{"jsonrpc":"2.0","result":["trades.BTC-PERPETUAL.raw"]}'],
    ["errorResponse", '{"jsonrpc":"2.0","error":{"message":"too_many_requests","code":10028}}'],
  ])("skips by reason: %s (case %#)", async (reason, trade) => {
    const text = typeof trade === "string" ? trade : asJson(trade);
    const { report } = await importTexts([`${asJson({ ...perpetual, trade_id: "1" })}\n${text}`]);
    expect(report).toMatchObject({ read: 2, rows: 1, skipped: { [reason]: 1 } });
    expect(report.examples[reason]).toMatch(/trades-\d+:2:1/);
    expect(importReportLines(report).at(-1)).not.toContain("undefined");
  });

  it("takes block trades and legs of combos where it is told to", async () => {
    const text = asResponse([
      { ...perpetual, block_trade_id: '"66"' },
      { ...option, combo_id: '"c"', combo_trade_id: "3" },
    ]);
    expect((await errorOf(importTexts([text]))).code).toBe("NothingImported");
    expect((await importTexts([text], { withBlockTrades: true })).report.skipped).toEqual({ comboLeg: 1 });
    expect((await importTexts([text], { withComboLegs: true })).report.skipped).toEqual({ blockTrade: 1 });
  });

  it("takes what programs write for an absent value in tables as absent", async () => {
    const text = asCsv([{ ...perpetual, note: "" }]).replaceAll("note", "block_trade_id");
    const { report } = await importTexts([text.replace('"a ""b"", c"', "NaN")]);
    expect(report).toMatchObject({ rows: 1, skipped: {} });
    expect((await errorOf(importTexts([text]))).code).toBe("NothingImported");
  });

  const header = "timestamp,instrument_name,price,amount,direction,index_price";
  it.each<[string, string | Uint8Array, RegExp, RegExp]>([
    ["an empty file", " \n ", /trades-\d+$/, /empty/],
    ["a list with an end missing", asResponse([perpetual]).slice(0, -30), /:1:1$/, /ends before/],
    ["a list of trades with an end missing", `\n[${asJson(perpetual)}`, /:2:1$/, /ends before/],
    ["a trade that is no JSON", `${asJson(perpetual)}\n {"price": 1,}`, /:2:2$/, /JSON/],
    ["a list without commas", `[${asJson(perpetual)}\n  ${asJson(option)}]`, /:2:3$/, /comma/],
    ["a list that ends with a comma", `[${asJson(perpetual)},]`, /:1:\d+$/, /an object/],
    ["a list of numbers", "[1, 2]", /:1:2$/, /an object/],
    ["brackets that do not match", '{"trades": [1}', /:1:14$/, /\], to match/],
    ["an object without an end", `{"trade": "${"x".repeat(1_100_000)}"}`, /:1:1$/, /at most 1000000/],
    ["a table without a header", "1583971200500,BTC-PERPETUAL,1,1,buy,1\n", /:1$/, /a header with the columns/],
    ["a header that lacks columns", `${header.replace("amount,", "")}\n`, /:1$/, /columns amount too/],
    ["a header with a column twice", `${header},price\n`, /:1$/, /one column price/],
    ["a line cut off", `${header}\n1583971200500,BTC-PERPETUAL,79`, /:2$/, /6 cells/],
    ["quotes within a cell", `${header}\n1,2,3,4,5,a"b"\n`, /:2$/, /quotes/],
    ["a quote that is never closed", `${header}\n1,2,3,4,5,"b\n1,2,3,4,5,6\n`, /:2$/, /quotes/],
    ["a packed file cut off", gzipSync(asResponse([perpetual])).subarray(0, 60), /trades-\d+$/, /whole gzip/],
    ["bytes that are no text", Uint8Array.of(0x7b, 0xff, 0xfe), /trades-\d+$/, /UTF-8/],
  ])("says where the fault is in %s", async (_, text, field, expected) => {
    const error = await errorOf(importTexts([text]));
    expect(error.code).toBe("MalformedTrades");
    expect(error.fields[0]!.field).toMatch(field);
    expect(error.fields[0]!.expected).toMatch(expected);
    expect(existsSync(out)).toBe(false);
  });

  it("says why nothing could be imported", async () => {
    const future = { ...perpetual, instrument_name: '"BTC-27DEC24"' };
    const error = await errorOf(importTexts([asResponse([future, future, { ...option, iv: "null" }])]));
    expect(error.code).toBe("NothingImported");
    expect(error.fields.map(({ expected }) => expected)).toEqual([
      expect.stringMatching(/1 more.*future/),
      expect.stringMatching(/0 more.*no iv/),
    ]);
    expect((await errorOf(importTexts([asResponse([])]))).code).toBe("NothingImported");
  });

  it("keeps the tape that was there until the new one is whole, and never writes over an export", async () => {
    writeFileSync(out, "before");
    const path = file("[1]");
    const options = { format: "auto", out, withBlockTrades: false, withComboLegs: false } as const;
    expect((await errorOf(importTape([path], options))).code).toBe("MalformedTrades");
    expect(readFileSync(out, "utf8")).toBe("before");
    expect((await errorOf(importTape([path], { ...options, out: path }))).code).toBe("InvalidOption");
    for (const wrong of [folder, join(folder, "nowhere", "tape.csv")]) {
      expect((await errorOf(importTape([path], { ...options, out: wrong }))).code).toBe("FileNotWritable");
    }
    expect((await errorOf(importTape([join(folder, "missing")], options))).code).toBe("FileNotReadable");
    expect((await errorOf(importTape([folder], options))).code).toBe("FileNotReadable");
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("is a command, whose options decide", async () => {
    const said: string[] = [];
    const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
    try {
      const path = file(
        asResponse([
          { ...perpetual, block_trade_id: '"66"' },
          { ...option, combo_trade_id: "3" },
        ]),
      );
      const options = ["--out", out, "--json", "--with-block-trades", "--with-combo-legs", "--format", "json"];
      await tapeCommand().parseAsync(["import", path, ...options], { from: "user" });
    } finally {
      write.mockRestore();
    }
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0]!)).toEqual({
      out,
      read: 2,
      rows: 2,
      skipped: {},
      examples: {},
      reordered: 0,
      firstTime: "2020-03-12T00:00:00.500Z",
      lastTime: "2020-05-26T08:10:20.145Z",
      instruments: 2,
      underlyings: ["BTC"],
    });
  });

  it("does what its document shows", async () => {
    const document = readFileSync(new URL("../../../docs/tapes.md", import.meta.url), "utf8");
    const block = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(document)![1]!;
    const { report, rows } = await importTexts([block("json")]);
    expect(`${[tapeHeader, ...rows].join("\n")}\n`).toBe(block("csv"));
    const printed = importReportLines(report).join("\n");
    const shown = document.match(/^Read .*?(?=\n```)/ms)![0];
    expect(printed.replace(out, "tapes/imported-trades.csv").replace(/\S*trades-\d+:/, "trades.json:")).toBe(shown);
  });

  it("reads a format that it is told", async () => {
    expect((await errorOf(importTexts([asCsv([perpetual])], { format: "json" }))).fields[0]!.field).toMatch(/:1:1$/);
    expect((await errorOf(importTexts([asJson(perpetual)], { format: "csv" }))).fields[0]!.expected).toMatch(/header/);
  });
});

describe("the import's arithmetic", () => {
  it("reads numbers as they are written", () => {
    const count = (text: string) => {
      const value = parseNumber(text);
      return value && toCount(value, 8);
    };
    expect(["8950", "5.0e-4", "+.5", "1E2", "-1.5"].map(count)).toEqual([
      895_000_000_000n,
      50_000n,
      50_000_000n,
      10_000_000_000n,
      -150_000_000n,
    ]);
    expect(["", ".", "e5", "0x1", "1,5", "NaN", "1e999", "9".repeat(61)].map(count)).toEqual(Array(8).fill(undefined));
  });

  it("rounds halves up", () => {
    const count = (text: string) => toCount(parseNumber(text)!, 2);
    expect(["0.005", "0.0049999", "-0.005", "-0.0051", "-0.015"].map(count)).toEqual([1n, 0n, 0n, -1n, -1n]);
    expect(divideToCount(parseNumber("10")!, parseNumber("3")!, 4)).toBe(33_333n);
    expect(divideToCount(parseNumber("1e-5")!, parseNumber("2e3")!, 8)).toBe(1n);
  });

  it("finds the forward that the exchange's documentation names beside a price and a volatility", () => {
    const years = (Date.UTC(2020, 4, 27, 8) - 1590480620145) / 31_536_000_000;
    const forward = impliedForward({
      isCall: true,
      strike: 8750,
      years,
      volatility: 0.3851,
      price: 0.028,
      isInverse: true,
      index: 8993.47,
    });
    expect(forward).toBeCloseTo(8994.95, 1);
  });

  it("knows the exchange's names", () => {
    expect(readInstrument("ETH-3JAN25-3600-P")).toMatchObject({ name: "ETH-3JAN25-3600-P", isInverse: true });
    expect(readInstrument("BTC_USDT-PERPETUAL")).toMatchObject({ name: "BTC-PERPETUAL", isInverse: false });
    expect(["BTC", "", "-", "btc-perpetual", "A_B_C-PERPETUAL", "BTC-1JAN25-x-C"].map(readInstrument)).toEqual(
      Array(6).fill("instrument"),
    );
  });
});
