import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { json } from "node:stream/consumers";
import { developmentAccount } from "@recourse/contracts/local";
import { type OrderRequest, SequencerClient, signOrder } from "@recourse/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningSequencer, startSequencer } from "../src/start.ts";
import { createWorld, openMarket, operatorToken, sequencerKey, startTime, until, type World } from "./world.ts";

/** More than this at a time is turned away. */
const maxQueuedTransactions = 24;
const instrument = { instrument: 1, tick: "0.5", lot: "0.001" };

let world: World;
let sequencer: RunningSequencer;
let client: SequencerClient;
let account: number;
let nextId = 1;

beforeAll(async () => {
  world = await createWorld();
  sequencer = await startSequencer({
    rpcUrl: world.rpcUrl,
    rollup: world.deployment.rollup,
    key: sequencerKey,
    dataDir: await world.temporaryFolder(),
    clock: "external",
    operatorToken,
    batchIntervalMs: 300,
    pollIntervalMs: 50,
    maxQueuedTransactions,
    logLevel: "silent",
  });
  client = new SequencerClient({ url: sequencer.url, operatorToken });
  await openMarket(world, client);
  ({ account } = await world.fund(0, 1_000_000));
  await until("the deposit executed", async () => (await client.status()).inboxCursor === 1);
});

afterAll(async () => {
  await sequencer.close();
  await world.close();
});

function signedOrders(count: number): Promise<OrderRequest[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      const id = nextId++;
      const terms = { side: "buy", price: "30000", size: "0.001", clientOrderId: id } as const;
      return signOrder(developmentAccount(5), world.domain, instrument, {
        ...terms,
        account,
        deadline: startTime + 300,
        nonce: id,
      });
    }),
  );
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: { readonly position?: number; readonly error?: { readonly code: string } };
}

async function post(body: unknown, path = "/v1/orders"): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(sequencer.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: (await response.json()) as Answer["body"],
  };
}

const overloaded = { status: 503, retryAfter: "1", body: { error: { code: "Overloaded" } } };

test("what does not fit the queue is turned away as a whole, and may come again", async () => {
  const { position } = await client.status();
  const orders = await signedOrders(maxQueuedTransactions + 1);
  expect(await post({ orders })).toMatchObject(overloaded);
  expect((await client.status()).position).toBe(position);
  expect(await post({ orders: orders.slice(1) })).toMatchObject({ status: 200 });
  expect((await client.status()).position).toBe(position + maxQueuedTransactions);
});

test("in a flood each order is either acknowledged and in the stream, or turned away and not", async () => {
  const { position } = await client.status();
  let left = await signedOrders(120);
  const positions: number[] = [];
  while (left.length > 0) {
    const answers = await Promise.all(left.map((order) => post(order)));
    const accepted = answers.flatMap(({ body }) => body.position ?? []);
    for (const answer of answers) if (answer.body.position === undefined) expect(answer).toMatchObject(overloaded);
    // What is acknowledged is executed, and nothing else is.
    positions.push(...accepted);
    expect((await client.status()).position).toBe(position + positions.length);
    left = left.filter((_, place) => answers[place]!.body.position === undefined);
  }
  expect(positions.toSorted((a, b) => a - b)).toEqual(positions.map((_, place) => position + 1 + place));
  expect((await client.status()).waitingTransactions).toBe(0);
});

test("a body that never says how long it is, is cut off at the limit", async () => {
  const sending = httpRequest(`${sequencer.url}/v1/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  sending.on("error", () => {});
  const answered = once(sending, "response");
  const part = " ".repeat(256 * 1024);
  for (let parts = 0; parts < 5; parts++) sending.write(part);
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(413);
  expect(await json(response)).toMatchObject({ error: { code: "RequestTooLarge" } });
  sending.destroy();
});

test("long lists of transactions have room", async () => {
  const transactions = Array.from({ length: 2_001 }, () => `0x${"00".repeat(700)}`);
  expect(await post({ transactions }, "/v1/transactions")).toMatchObject({
    status: 400,
    body: { error: { code: "MalformedRequest" } },
  });
});

test("a client that never reads stops nobody, nor the end of the sequencer", async () => {
  const { hostname, port } = new URL(sequencer.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.pause();
  const closed = once(socket, "close");
  // Its answers together are far more than the buffers between the two hold.
  socket.write("GET /v1/stream?limit=2000 HTTP/1.1\r\nhost: here\r\n\r\n".repeat(1_000));
  const [order] = await signedOrders(1);
  expect(await post(order)).toMatchObject({ status: 200 });
  await sequencer.close();
  socket.resume();
  await closed;
});
