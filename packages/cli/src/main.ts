import { RecourseError } from "@recourse/protocol";
import { Command, CommanderError } from "commander";
import { demoCommand } from "./commands/demo.ts";
import { deployCommand } from "./commands/deploy.ts";
import { drillCommand } from "./commands/drill.ts";
import { keeperCommand } from "./commands/keeper.ts";
import { marginCommand } from "./commands/margin.ts";
import { ordersCommand } from "./commands/orders.ts";
import { priceCommand } from "./commands/price.ts";
import { reportCommand } from "./commands/report.ts";
import { sequencerCommand } from "./commands/sequencer.ts";
import { sessionCommand } from "./commands/session.ts";
import { stressCommand } from "./commands/stress.ts";
import { tapeCommand } from "./commands/tape.ts";
import { statusCommand, withdrawCommand } from "./commands/trading.ts";
import { challengeCommand, verifierCommand } from "./commands/verifier.ts";
import { Output } from "./output.ts";

/** Builds the command line. */
function createProgram(): Command {
  const program = new Command("recourse")
    .description("An optimistic rollup for margined crypto derivatives, with fraud proved in one transaction.")
    .version("0.1.0");
  for (const command of [
    demoCommand(),
    deployCommand(),
    sequencerCommand(),
    verifierCommand(),
    challengeCommand(),
    keeperCommand(),
    reportCommand(),
    drillCommand(),
    stressCommand(),
    statusCommand(),
    ordersCommand(),
    sessionCommand(),
    withdrawCommand(),
    tapeCommand(),
    priceCommand(),
    marginCommand(),
  ]) {
    program.addCommand(command);
  }
  setUp(program);
  return program;
}

/** Errors of all commands come here, in one shape, and end the process in one place. */
function setUp(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError(true);
  for (const child of command.commands) setUp(child);
}

/** Turns what the parser refuses into an error like any other. */
function parserError(error: CommanderError): RecourseError {
  // Every command knows --json: it is unknown only where no command was named.
  if (error.code === "commander.help" || error.message.includes("unknown option '--json'")) {
    return new RecourseError("MissingCommand", "A command is missing: recourse --help lists them.", [
      { field: "command", expected: "the name of a command" },
    ]);
  }
  // An option's value may be a secret: of `--key=value`, only the name is repeated.
  const message = error.message
    .replace(/^error: /, "")
    .replace(/(--[\w-]+)=[^']*/g, "$1")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  const field = /'(?:-\w, )?(?:--)?([\w-]+)/.exec(message)?.[1] ?? "command";
  const isIncomplete = /missingMandatoryOptionValue|optionMissingArgument|missingArgument/.test(error.code);
  return new RecourseError("InvalidCommand", `${message[0]!.toUpperCase()}${message.slice(1)}.`, [
    { field, expected: isIncomplete ? "a value" : "one that --help lists" },
  ]);
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError && error.exitCode === 0)) {
    new Output(process.argv.includes("--json")).failure(error instanceof CommanderError ? parserError(error) : error);
    process.exitCode = 1;
  }
}
// What may still be under way, such as a request to a service that is gone, does not keep the process.
process.stdout.write("", () => process.exit());
