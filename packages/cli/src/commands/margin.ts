import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { RecourseError } from "@recourse/protocol";
import { Command } from "commander";
import { portfolioMargin } from "../calculators/margin.ts";
import { marginJson, marginLines, simulationJson, simulationLines } from "../calculators/marginReport.ts";
import { readPortfolio } from "../calculators/portfolio.ts";
import { simulateOrders } from "../calculators/simulate.ts";
import { jsonOption } from "../options.ts";
import { Output } from "../output.ts";

interface MarginCommandOptions {
  readonly file: string;
  readonly json?: boolean;
}

/** `recourse margin`: equity and margin of a portfolio in a file, as the engine computes them, and what orders make of it. */
export function marginCommand(): Command {
  return new Command("margin")
    .description("compute the margin of a portfolio that a file describes, scenario by scenario")
    .requiredOption("--file <file>", "portfolio in JSON; - is standard input")
    .addOption(jsonOption())
    .action(async ({ file, json = false }: MarginCommandOptions) => {
      const portfolio = readPortfolio(await readText(file));
      const output = new Output(json);
      if (portfolio.orders.length > 0) {
        const simulation = simulateOrders(portfolio);
        output.result(simulationJson(simulation), simulationLines(simulation));
      } else {
        const result = portfolioMargin(portfolio);
        output.result(marginJson(result), marginLines(portfolio, result));
      }
    });
}

async function readText(path: string): Promise<string> {
  try {
    return await (path === "-" ? text(process.stdin) : readFile(path, "utf8"));
  } catch (cause) {
    throw new RecourseError(
      "FileNotReadable",
      `The portfolio ${path} cannot be read.`,
      [{ field: "file", expected: "a file that can be read, or - for standard input" }],
      { cause },
    );
  }
}
