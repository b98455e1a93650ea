import { RecourseError } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { parseTape, readTape } from "../src/tape/readTape.ts";

const header = "time_ms,instrument,price,size,taker_side,index,forward,iv,source";
const perpetual = "1583971200500,BTC-PERPETUAL,7939.00,1.39,buy,7940.5,,,bitmex";
const option = "1583971585557,BTC-27MAR20-6000-P,39.79,5,sell,7949.12,7957.41,0.9282,deribit";

/** The error that reading a tape gives. */
function errorOf(read: () => unknown): RecourseError {
  try {
    read();
  } catch (error) {
    if (error instanceof RecourseError) return error;
    throw error;
  }
  throw new Error("The tape was read.");
}

const fieldsOf = (text: string): string[] => errorOf(() => parseTape(text, "x.csv")).fields.map(({ field }) => field);

describe("a tape's reader", () => {
  it("reads perpetual and option rows in the protocol's units", () => {
    const rows = parseTape(`${header}\n${perpetual}\n${option}\n`, "x.csv");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      number: 1,
      timeMs: 1583971200500,
      instrument: "BTC-PERPETUAL",
      price: 793_900_000_000,
      size: 139_000_000,
      takerSide: "buy",
      index: 794_050_000_000,
      quote: undefined,
    });
    expect(rows[1]).toMatchObject({
      takerSide: "sell",
      terms: { symbol: "BTC", expiry: Date.UTC(2020, 2, 27, 8) / 1000, strike: 600_000_000_000 },
      quote: { forward: 795_741_000_000, volatility: 0.9282 },
    });
  });

  it("takes Windows line ends, and an end with or without a line break", () => {
    const plain = parseTape(`${header}\n${perpetual}\n${option}`, "x.csv");
    expect(parseTape(`${header}\r\n${perpetual}\r\n${option}\r\n`, "x.csv")).toEqual(plain);
  });

  it("reads no further than it is told", () => {
    expect(parseTape(`${header}\n${perpetual}\nnonsense`, "x.csv", 1)).toHaveLength(1);
  });

  it.each([
    ["header", `time,instrument\n${perpetual}`],
    ["header", ""],
    ["rows", `${header}\n`],
    ["rows.2", `${header}\n${perpetual}\n\n${option}`],
    ["rows.1", `${header}\n${perpetual},more`],
    ["rows.1.time_ms", `${header}\n${perpetual.replace("1583971200500", "12 March")}`],
    ["rows.1.time_ms", `${header}\n${perpetual.replace("1583971200500", "1583971200")}`],
    ["rows.2.time_ms", `${header}\n${option}\n${perpetual}`],
    ["rows.1.instrument", `${header}\n${perpetual.replace("BTC-PERPETUAL", "BTC-FUTURE")}`],
    ["rows.1.instrument", `${header}\n${option.replace("27MAR20", "31FEB20")}`],
    ["rows.1.instrument", `${header}\n${option.replace("-6000-", "-06000-")}`],
    ["rows.1.price", `${header}\n${perpetual.replace("7939.00", "-1")}`],
    ["rows.1.price", `${header}\n${perpetual.replace("7939.00", "0.00")}`],
    ["rows.1.price", `${header}\n${perpetual.replace("7939.00", "7.123456789")}`],
    ["rows.1.price", `${header}\n${perpetual.replace("7939.00", "1e3")}`],
    ["rows.1.price", `${header}\n${perpetual.replace("7939.00", "90071993")}`],
    ["rows.1.size", `${header}\n${perpetual.replace("1.39", "0")}`],
    ["rows.1.taker_side", `${header}\n${perpetual.replace("buy", "BUY")}`],
    ["rows.1.index", `${header}\n${perpetual.replace("7940.5", "")}`],
    ["rows.1.forward", `${header}\n${option.replace("7957.41", "")}`],
    ["rows.1.iv", `${header}\n${option.replace("0.9282", "")}`],
    ["rows.1.iv", `${header}\n${option.replace("0.9282", "101")}`],
  ])("says that %s is wrong", (field, text) => {
    expect(fieldsOf(text)).toContain(field);
    expect(errorOf(() => parseTape(text, "x.csv")).code).toBe("MalformedTape");
  });

  it("names several wrong cells at once, but not thousands", () => {
    expect(fieldsOf(`${header}\n${perpetual.replace("1.39", "x").replace("buy", "y")}`)).toEqual([
      "rows.1.size",
      "rows.1.taker_side",
    ]);
    expect(fieldsOf(`${header}\n${"nonsense\n".repeat(5000)}`).length).toBeLessThan(30);
  });

  it("says that a file cannot be read", () => {
    expect(errorOf(() => readTape("/nowhere/tape.csv"))).toMatchObject({
      code: "FileNotReadable",
      fields: [{ field: "tape" }],
    });
  });
});
