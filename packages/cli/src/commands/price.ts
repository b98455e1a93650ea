import { pipeline } from "node:stream/promises";
import { RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { type OptionTerms, quote, quoteJson, quoteLines, readOption } from "../calculators/quote.ts";
import { parseJson } from "../calculators/validation.ts";
import { jsonOption } from "../options.ts";
import { describeError, Output } from "../output.ts";

interface PriceCommandOptions {
  readonly stdin?: boolean;
  readonly json?: boolean;
  readonly [field: string]: unknown;
}

/** `recourse price`: what the engine's Black-76 says of an option, and its greeks. */
export function priceCommand(): Command {
  return new Command("price")
    .description("price a European option on a forward, and its greeks (Black-76, undiscounted)")
    .option("--forward <price>", "forward price of the underlying at the option's expiry")
    .option("--strike <price>", "strike price")
    .option("--iv <volatility>", "implied volatility; 0.55 is 55 %")
    .option("--days <days>", "days to expiry, of which a year has 365; fractions are exact")
    .option("--type <type>", "call or put")
    .option("--stdin", "read an option from each line of standard input, as JSON, and answer each with a line of JSON")
    .addOption(jsonOption())
    .action(priceAction);
}

async function priceAction({ stdin = false, json = false, ...fields }: PriceCommandOptions): Promise<void> {
  if (!stdin) {
    const option = readOption(fields);
    const result = quote(option);
    new Output(json).result(quoteJson(result), quoteLines(option, result));
    return;
  }
  if (Object.keys(fields).length > 0) {
    throw new RecourseError(
      "InvalidCommand",
      "With --stdin, options come from standard input alone.",
      Object.keys(fields).map((field) => ({ field, expected: "to be left out" })),
    );
  }
  await priceLines();
}

/** Longer lines are refused: no option is as long, and input without line ends must not fill the memory. */
const MAX_LINE_LENGTH = 10_000;

/** Answers every line of standard input with one of standard output, as fast as that is read. */
async function priceLines(): Promise<void> {
  let wrong = 0;
  let number = 0;
  async function* answers(lines: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const line of lines) {
      number++;
      let answer: object;
      try {
        answer = quoteJson(quote(readLine(line)));
      } catch (error) {
        wrong++;
        answer = atLine(number, describeError(error)).toReport();
      }
      yield `${JSON.stringify(answer)}\n`;
    }
  }
  try {
    await pipeline(process.stdin.setEncoding("utf8"), linesOf, answers, process.stdout, { end: false });
  } catch (error) {
    // Who reads has gone, and there is nobody to tell.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    process.exitCode = 1;
  }
  if (wrong === 0) return;
  process.stderr.write(`${wrong} of ${number} lines could not be priced.\n`);
  process.exitCode = 1;
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!.slice(0, MAX_LINE_LENGTH + 1);
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function readLine(line: string): OptionTerms {
  let input: unknown;
  try {
    if (line.length > MAX_LINE_LENGTH) throw new SyntaxError();
    input = parseJson(line);
  } catch {
    throw new RecourseError("MalformedOption", "This is no JSON of an option.", [
      { field: "", expected: `a JSON object of at most ${MAX_LINE_LENGTH} characters` },
    ]);
  }
  return readOption(input);
}

function atLine(number: number, { code, message, fields }: RecourseError): RecourseError {
  const paths = fields.map(({ field, expected }) => ({
    field: `lines.${number}${field === "" ? "" : `.${field}`}`,
    expected,
  }));
  return new RecourseError(code, `Line ${number}: ${message}`, paths);
}
