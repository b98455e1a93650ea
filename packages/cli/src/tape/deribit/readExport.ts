import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { RecourseError } from "@recourse/protocol";
import { CsvTrades } from "./csvTrades.ts";
import { malformedExport } from "./exportError.ts";
import { JsonTrades } from "./jsonTrades.ts";
import type { TradeSink } from "./tradeSource.ts";

export const exportFormats = ["auto", "json", "csv"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/**
 * Reads a file of exported trades from its beginning to its end, in pieces: only the piece that is being read is in
 * memory.
 * @throws RecourseError `FileNotReadable` or `MalformedTrades`, the latter with the place of what is wrong
 */
export async function readExport(path: string, format: ExportFormat, sink: TradeSink): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let trades: JsonTrades | CsvTrades | undefined;
  let beginning = "";
  const push = (piece: string) => {
    if (trades) return trades.push(piece);
    // White space before the first character says nothing.
    beginning += piece;
    if (!/\S/.test(beginning)) return;
    trades = isJson(beginning, format) ? new JsonTrades(path, sink) : new CsvTrades(path, sink);
    trades.push(beginning);
  };
  for await (const bytes of unpacked(path)) push(decode(decoder, bytes, path));
  push(decode(decoder, undefined, path));
  if (!trades) throw malformedExport({ file: path }, "a file with trades in it: it is empty");
  trades.end();
}

function isJson(text: string, format: ExportFormat): boolean {
  return format === "auto" ? /^\s*[[{]/.test(text) : format === "json";
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array | undefined, file: string): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (cause) {
    throw malformedExport({ file }, "text in UTF-8, or such text packed with gzip", cause);
  }
}

/** The file's bytes, unpacked where they begin as gzip does. */
async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  const bytes = fileBytes(path);
  const first = await bytes.next();
  if (first.done) return;
  const all = prepend(first.value, bytes);
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all;
    return;
  }
  try {
    // Either stream's end is the other's; an error comes out of the one that is read.
    yield* pipeline(Readable.from(all, { objectMode: false }), createGunzip(), () => {});
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_"))) throw cause;
    throw malformedExport({ file: path }, "a whole gzip file", cause);
  }
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    throw new RecourseError(
      "FileNotReadable",
      `The trades ${path} cannot be read.`,
      [{ field: "file", expected: "the path of a file that can be read" }],
      { cause },
    );
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
