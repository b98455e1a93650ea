import { InstrumentKind } from "@recourse/protocol";
import { blackPrice } from "../src/tape/arithmetic.ts";
import { parseTape } from "../src/tape/readTape.ts";

/** A trade as Deribit's API prints it, its numbers in the exchange's own notation. */
export type Exported = Readonly<Record<string, string>>;

/**
 * What the exchange would have exported, had a tape's trades been made there: perpetuals' amounts in USD, options' prices
 * in the coin, volatilities in percent. Options' prices are Black's to 15 digits, not to a tick, so that they tell the
 * forward to the cent.
 */
export function exportOf(lines: readonly string[]): Exported[] {
  return parseTape(lines.join("\n"), "tape").map(({ number, timeMs, terms, quote, ...row }) => {
    const trade = {
      trade_seq: String(number),
      trade_id: `"${48_000_000 + number}"`,
      timestamp: String(timeMs),
      tick_direction: "1",
      instrument_name: `"${row.instrument}"`,
      index_price: String(row.index / 1e8),
      direction: `"${row.takerSide}"`,
    };
    if (!quote) {
      const amount = (BigInt(row.price) * BigInt(row.size)) / 10n ** 12n;
      return { ...trade, price: String(row.price / 1e8), amount: `${amount}e-4`, contracts: "1.0" };
    }
    const [forward, strike] = [quote.forward / 1e8, terms.strike / 1e8];
    const years = (terms.expiry - timeMs / 1000) / 31_536_000;
    const isCall = terms.kind === InstrumentKind.call;
    const price = blackPrice(isCall, forward, strike, years, quote.volatility) / forward;
    return {
      ...trade,
      price: price.toExponential(14),
      iv: (100 * quote.volatility).toFixed(2),
      amount: String(row.size / 1e8),
    };
  });
}

export const asJson = (trade: Exported): string =>
  `{${Object.entries(trade)
    .map(([name, value]) => `"${name}": ${value}`)
    .join(", ")}}`;

export const asResponse = (trades: readonly Exported[]): string =>
  `{"jsonrpc":"2.0","id":1,"result":{"trades":[${trades.map(asJson).join(",\n")}],"has_more":false},"usIn":1}`;

/** With the columns in an order of their own, quoted text, Windows line ends and a byte order mark. */
export function asCsv(trades: readonly Exported[]): string {
  const columns = ["iv", "direction", "contracts", "price", "trade_id", "note", "amount", "index_price", "timestamp"];
  columns.push("instrument_name", "trade_seq");
  const lines = trades.map((trade) => columns.map((name) => (name === "note" ? '"a ""b"", c"' : (trade[name] ?? ""))));
  return `\ufeff${[columns, ...lines].map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}
