import type { Socket } from "node:net";
import {
  type ErrorReport,
  type FieldError,
  type ReasonCode,
  RecourseError,
  reasonName,
  reasons,
} from "@recourse/protocol";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import type { z } from "zod";

/** The API's own codes; every reason of the protocol is a code as well, and 422. */
const statusByCode: Readonly<Record<string, number>> = {
  MalformedRequest: 400,
  InvalidPrice: 400,
  InvalidSize: 400,
  Unauthorized: 401,
  TicksNotTaken: 403,
  UnknownRoute: 404,
  NotFound: 404,
  TooManyConditionalOrders: 409,
  RequestTooLarge: 413,
  UnsupportedMediaType: 415,
  HistoryUnavailable: 503,
  JournalUnavailable: 503,
  Overloaded: 503,
  Rebuilding: 503,
  Stopping: 503,
};

/** The database's own errors, which are the operator's concern: a client is told that there is one. */
const databaseCodes: ReadonlySet<string> = new Set([
  "DatabaseDenied",
  "DatabaseRefused",
  "DatabaseRolledBack",
  "DatabaseUnavailable",
  "JournalInUse",
]);

const RETRY_AFTER_SECONDS = 1;

/** The error that a refused transaction is reported as. */
export function refusal(reason: ReasonCode): RecourseError {
  const name = reasonName(reason);
  return new RecourseError(name, reasons[name].sentence);
}

/** What zod found, as the fields that were wrong. */
export function malformed(error: z.ZodError): RecourseError {
  return new RecourseError(
    "MalformedRequest",
    "The request is not what this route takes.",
    error.issues.flatMap(fieldsOf),
  );
}

function fieldsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: [...path, key].join("."), expected: "no such field" }));
  }
  return [{ field: path.join("."), expected: issue.message }];
}

function statusOf(error: RecourseError): number {
  return statusByCode[error.code] ?? (error.code in reasons ? 422 : 500);
}

function send(reply: FastifyReply, error: RecourseError): FastifyReply {
  const status = statusOf(error);
  if (status === 503) reply.header("retry-after", RETRY_AFTER_SECONDS);
  return reply.code(status).send(error.toReport() satisfies ErrorReport);
}

/** The codes of fastify for requests that never reach a route, as errors of our own. */
function fromFastify(error: FastifyError): RecourseError | undefined {
  switch (error.code) {
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new RecourseError("MalformedRequest", "The body is no JSON.", [{ field: "", expected: "a JSON object" }]);
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new RecourseError("MalformedRequest", "The body is not as long as its header says.");
    case "FST_ERR_BAD_URL":
      return new RecourseError("MalformedRequest", "The path cannot be decoded.");
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new RecourseError("RequestTooLarge", "The body is larger than the sequencer takes.");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new RecourseError(
        "UnsupportedMediaType",
        "The body must be JSON, with the content type application/json.",
      );
    default:
      return undefined;
  }
}

/** Every error leaves the API in one shape, and none with a stack trace. */
export function installErrorHandling(server: FastifyInstance): void {
  server.setNotFoundHandler((request, reply) =>
    send(reply, new RecourseError("UnknownRoute", `There is no ${request.method} ${request.url.split("?")[0]}.`)),
  );
  server.setErrorHandler((error: FastifyError | RecourseError, _, reply) => sendError(reply, error));
}

/** Answers with an error of our own, or of fastify's, or with one that nobody has foreseen. */
export function sendError(reply: FastifyReply, error: FastifyError | RecourseError): FastifyReply {
  if (error instanceof RecourseError && databaseCodes.has(error.code)) {
    reply.log.error({ err: error }, "the database failed a request");
    return send(reply, new RecourseError("JournalUnavailable", "The sequencer's database does not answer."));
  }
  if (error instanceof RecourseError) return send(reply, error);
  const known = fromFastify(error);
  if (known) return send(reply, known);
  reply.log.error({ err: error }, "a request failed");
  return send(reply, new RecourseError("InternalError", "The sequencer could not answer; the operator has been told."));
}

/** Answers what is no HTTP at all, and closes the connection. */
export function answerUnreadable(_: Error, socket: Socket): void {
  if (!socket.writable) return;
  const body = JSON.stringify(new RecourseError("MalformedRequest", "The request is not HTTP.").toReport());
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
