import { readFileSync } from "node:fs";
import { RecourseError } from "@recourse/protocol";
import type { NamedQuote, QuotedSideResponse } from "@recourse/sdk";
import { Command } from "commander";
import { z } from "zod";
import { integer } from "../options.ts";
import { Output } from "../output.ts";
import { type AccountOptions, checkAcknowledgement, traderClient, withAccount, withSigner } from "./trader.ts";

const sideSchema = z.strictObject({ price: z.string(), size: z.string() });
const quotesSchema = z
  .array(z.strictObject({ instrument: z.string(), bid: sideSchema.optional(), ask: sideSchema.optional() }))
  .min(1)
  .max(32);

interface QuoteOptions extends AccountOptions {
  readonly instrument?: string;
  readonly bid?: NamedQuote["bid"];
  readonly ask?: NamedQuote["ask"];
  readonly file?: string;
  readonly restMinutes: number;
}

/** `recourse orders quote`: bids and offers that take the place of the old ones. */
export function quoteCommand(): Command {
  return withSigner(
    withAccount(new Command("quote").description("replace an account's quotes of one instrument, or of many")),
  )
    .option("--instrument <name>", "such as BTC-PERPETUAL")
    .option("--bid <price:size>", "such as 59000:0.5; left out, nothing is bid", sideOf("bid"))
    .option("--ask <price:size>", "such as 59100:0.5; left out, nothing is offered", sideOf("ask"))
    .option("--file <file>", 'many: a JSON list of {"instrument", "bid": {"price", "size"}, "ask": {…}}')
    .option(
      "--rest-minutes <number>",
      "how long they rest; 0 is until they are replaced",
      integer("rest-minutes", 0, 65_535),
      0,
    )
    .action(async (options: QuoteOptions) => {
      const client = traderClient(options);
      const accepted = await client.submitQuotes(quotesOf(options), options.restMinutes);
      await checkAcknowledgement(client, accepted);
      const { quotes, unchanged } = accepted;
      new Output(options.json ?? false).result(accepted, [
        ...quotes.map(({ name, bid, ask }) => `${name}: ${describe("bid", bid)}, ${describe("offer", ask)}`),
        ...(unchanged.length === 0 ? [] : [`As they were, for want of room: ${unchanged.join(", ")}`]),
      ]);
    });
}

function describe(what: string, side: QuotedSideResponse): string {
  if (side.status === "resting") return `${what} ${side.size} at ${side.price}`;
  return side.status === "none" ? `no ${what}` : `no ${what} (${side.cause})`;
}

function sideOf(option: string): (text: string) => { price: string; size: string } {
  return (text) => {
    const parts = /^(\d{1,16}(?:\.\d{1,8})?):(\d{1,16}(?:\.\d{1,8})?)$/.exec(text);
    if (parts === null) {
      const expected = "a price and a size with a colon between them, such as 59000:0.5";
      throw new RecourseError("InvalidOption", `The option --${option} must be ${expected}.`, [
        { field: option, expected },
      ]);
    }
    return { price: parts[1]!, size: parts[2]! };
  };
}

function quotesOf({ instrument, bid, ask, file }: QuoteOptions): readonly NamedQuote[] {
  if ((instrument === undefined) === (file === undefined)) {
    throw new RecourseError("InvalidCommand", "Quotes are of one instrument, or in a file.", [
      { field: "instrument", expected: "either --instrument or --file" },
    ]);
  }
  if (file === undefined) return [{ instrument: instrument!, ...(bid && { bid }), ...(ask && { ask }) }];
  return readJson(file, quotesSchema, "a JSON list of 1 to 32 quotes") as readonly NamedQuote[];
}

/** What a file holds. @throws RecourseError where it cannot be read or holds something else */
export function readJson<Schema extends z.ZodType>(path: string, schema: Schema, expected: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const fields = [{ field: "file", expected }];
    throw new RecourseError("FileNotReadable", `The file ${path} cannot be read as JSON.`, fields, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RecourseError(
    "InvalidFile",
    `The file ${path} does not hold ${expected}.`,
    parsed.error.issues.map(({ path: place, message }) => ({ field: place.join(".") || "file", expected: message })),
  );
}
