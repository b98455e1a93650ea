import { RecourseError } from "@recourse/protocol";
import { BaseError } from "viem";

/** Where a command speaks to: sentences for people, or one JSON object for programs. */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** Says how things go. With `--json`, standard output belongs to the result alone. */
  say(line: string): void {
    (this.json ? process.stderr : process.stdout).write(`${line}\n`);
  }

  /** Says what came out: the object for programs, the lines for people. */
  result(object: unknown, lines: readonly string[]): void {
    process.stdout.write(this.json ? `${JSON.stringify(object)}\n` : lines.map((line) => `${line}\n`).join(""));
  }

  /** Says what went wrong: code, sentence and fields, never a stack trace. */
  failure(error: unknown): void {
    const report = describeError(error).toReport();
    if (this.json) {
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return;
    }
    const { code, message, fields } = report.error;
    const lines = [
      `error: ${message} (${code})`,
      ...fields.map(({ field, expected }) => `  ${field}: expected ${expected}`),
    ];
    process.stderr.write(lines.map((line) => `${line}\n`).join(""));
  }
}

/** Makes any error one that a person can read. */
export function describeError(error: unknown): RecourseError {
  if (error instanceof RecourseError) return error;
  if (error instanceof BaseError) {
    const isConnection = error.walk((cause) => (cause as Error).name === "HttpRequestError") !== null;
    return new RecourseError(isConnection ? "EndpointUnreachable" : "ChainError", oneLine(error.shortMessage));
  }
  if (error instanceof Error) return new RecourseError("UnexpectedError", oneLine(error.message));
  return new RecourseError("UnexpectedError", oneLine(String(error)));
}

function oneLine(text: string): string {
  return text.split("\n")[0]!;
}
