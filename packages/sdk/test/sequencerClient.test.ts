import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SequencerClient } from "../src/index.ts";

let server: Server;
let client: SequencerClient;
const seen: { method: string | undefined; url: string | undefined; authorization: string | undefined }[] = [];
let answer: { status: number; body: string } = { status: 200, body: "{}" };

beforeAll(async () => {
  server = createServer(({ method, url, headers }, response) => {
    seen.push({ method, url, authorization: headers.authorization });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  client = new SequencerClient({ url: `http://127.0.0.1:${port}/`, operatorToken: "secret", timeoutMs: 2_000 });
});

afterAll(() => {
  server.close();
});

test("asks for what it is told to", async () => {
  await client.book("BTC-PERPETUAL", 5);
  await client.submitTransactions(["0x14000001"]);
  expect(seen).toEqual([
    { method: "GET", url: "/v1/instruments/BTC-PERPETUAL/book?depth=5", authorization: undefined },
    { method: "POST", url: "/v1/transactions", authorization: "Bearer secret" },
  ]);
});

test("throws the sequencer's own error", async () => {
  const error = {
    code: "NonceUsed",
    message: "The nonce has been used.",
    fields: [{ field: "nonce", expected: "new" }],
  };
  answer = { status: 422, body: JSON.stringify({ error }) };
  await expect(client.status()).rejects.toMatchObject(error);
});

test.each([
  [502, "<html>"],
  [500, "{}"],
  [500, "null"],
])("says so where the answer is no sequencer's: %d %s", async (status, body) => {
  answer = { status, body };
  await expect(client.status()).rejects.toMatchObject({ code: "Unreachable" });
});

test("says so where nobody answers", async () => {
  const nobody = new SequencerClient({ url: "http://127.0.0.1:9" });
  await expect(nobody.status()).rejects.toMatchObject({ code: "Unreachable" });
});
