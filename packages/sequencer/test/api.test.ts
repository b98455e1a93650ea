import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { json, text } from "node:stream/consumers";
import { developmentAccount } from "@recourse/contracts/local";
import { toHex } from "@recourse/protocol";
import {
  type AcceptedOrder,
  type BulkResponse,
  type Hex,
  listUnderlying,
  type OrderRequest,
  type RecourseClient,
  SequencerClient,
  signCancel,
  signOrder,
  tickBytes,
} from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptedOf, createTraders, order, type Traders } from "./trading.ts";
import {
  createWorld,
  openMarket,
  perpetual,
  reportIndex,
  type SequencerProcess,
  sequencerAddress,
  startSequencerProcess,
  startTime,
  stranger,
  type World,
} from "./world.ts";

let world: World;
let sequencer: SequencerProcess;
let client: SequencerClient;
let traders: Traders;
let alice: RecourseClient;
let bob: RecourseClient;
let nextId = 1;

beforeAll(async () => {
  world = await createWorld();
  sequencer = await startSequencerProcess(world, await world.temporaryFolder());
  client = sequencer.client;
  await openMarket(world, client);
  traders = await createTraders(world, sequencer);
  ({ alice, bob } = traders);
});

afterAll(async () => {
  expect(await sequencer.stop()).toBe(0);
  await world.close();
});

/** A request without the client library, as a stranger's program would send it. */
async function request(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(sequencer.url + path, init);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** A signed order as it goes over the wire. */
async function signed(terms: Partial<OrderRequest> = {}): Promise<OrderRequest> {
  const { account } = await alice.account();
  const instrument = { instrument: 1, tick: "0.5", lot: "0.001" };
  return signOrder(developmentAccount(5), world.domain, instrument, {
    account,
    deadline: startTime + 60,
    nonce: 60_000 + (nextId % 5_000),
    side: "buy",
    price: "40000",
    size: "0.01",
    clientOrderId: nextId++,
    ...terms,
  });
}

const errorShape = (code: string, fields: readonly string[]) => ({
  error: {
    code,
    message: expect.stringMatching(/^[A-Z0-9].*\.$/),
    fields: fields.map((field) => ({ field, expected: expect.stringMatching(/./) })),
  },
});

describe("bad input", () => {
  const cases: readonly [
    name: string,
    change: (body: OrderRequest) => unknown,
    code: string,
    fields: readonly string[],
  ][] = [
    ["a price that is a number", (body) => ({ ...body, price: 40_000 }), "MalformedRequest", ["price"]],
    ["a price with an exponent", (body) => ({ ...body, price: "4e4" }), "MalformedRequest", ["price"]],
    ["a negative size", (body) => ({ ...body, size: "-1" }), "MalformedRequest", ["size"]],
    ["a side of another word", (body) => ({ ...body, side: "long" }), "MalformedRequest", ["side"]],
    ["a nonce out of range", (body) => ({ ...body, nonce: 65_536 }), "MalformedRequest", ["nonce"]],
    ["a fractional account", (body) => ({ ...body, account: 1.5 }), "MalformedRequest", ["account"]],
    ["a signature that is too short", (body) => ({ ...body, signature: "0x1234" }), "MalformedRequest", ["signature"]],
    [
      "a signature that is no hexadecimal",
      (body) => ({ ...body, signature: "0xzz" }),
      "MalformedRequest",
      ["signature"],
    ],
    ["an unknown field", (body) => ({ ...body, hidden: true }), "MalformedRequest", ["hidden"]],
    [
      "a time in force of another word",
      (body) => ({ ...body, timeInForce: "day" }),
      "MalformedRequest",
      ["timeInForce"],
    ],
    [
      "a post-only order that may not rest",
      (body) => ({ ...body, postOnly: true, timeInForce: "fill_or_kill" }),
      "MalformedRequest",
      ["postOnly"],
    ],
    ["several wrong fields", ({ price: _, ...body }) => ({ ...body, side: 1 }), "MalformedRequest", ["side", "price"]],
    ["a price off the tick", (body) => ({ ...body, price: "40000.25" }), "InvalidPrice", ["price"]],
    ["a price of zero", (body) => ({ ...body, price: "0" }), "InvalidPrice", ["price"]],
    ["a size off the lot", (body) => ({ ...body, size: "0.0015" }), "InvalidSize", ["size"]],
    ["no object at all", () => [], "MalformedRequest", [""]],
    ["an empty list", () => ({ orders: [] }), "MalformedRequest", ["orders"]],
    [
      "a list with a wrong entry",
      (body) => ({ orders: [body, { ...body, size: 1 }] }),
      "MalformedRequest",
      ["orders.1.size"],
    ],
  ];

  test.each(cases)("%s is reported with its field", async (_, change, code, fields) => {
    const { status, body } = await post("/v1/orders", change(await signed()));
    expect({ status, body }).toEqual({ status: 400, body: errorShape(code, fields) });
  });

  test("the error of a price names the tick", async () => {
    const { body } = await post("/v1/orders", { ...(await signed()), price: "40000.25" });
    expect(body).toMatchObject({ error: { message: expect.stringContaining("BTC-PERPETUAL's tick 0.5") } });
  });

  test.each([
    ["bad JSON", "/v1/orders", "{", "application/json", 400, "MalformedRequest"],
    ["an empty body", "/v1/orders", "", "application/json", 400, "MalformedRequest"],
    ["a body that is no JSON", "/v1/orders", "<order/>", "application/xml", 415, "UnsupportedMediaType"],
    ["an unknown route", "/v1/order", "{}", "application/json", 404, "UnknownRoute"],
  ])("%s is an error like any other", async (_, path, body, type, status, code) => {
    const answer = await post(path, body, { "content-type": type });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code, message: expect.any(String), fields: expect.any(Array) } });
  });

  test("a body that is too large is refused before it is read", async () => {
    const { port } = new URL(sequencer.url);
    const headers = { "content-type": "application/json", "content-length": 9_000_000 };
    const sending = httpRequest({ port, path: "/v1/orders", method: "POST", headers });
    sending.flushHeaders();
    const [response] = (await once(sending, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    expect(await json(response)).toMatchObject(errorShape("RequestTooLarge", []));
    sending.destroy();
  });

  test("what is no HTTP is told so", async () => {
    const socket = connect(Number(new URL(sequencer.url).port), "127.0.0.1");
    socket.write("ORDER 1 BTC\r\n\r\n");
    const answer = await text(socket);
    expect(answer).toContain("400 Bad Request");
    expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toEqual(errorShape("MalformedRequest", []));
  });

  test.each([
    ["/v1/instruments/ETH-PERPETUAL", 404, "NotFound"],
    ["/v1/instruments/BTC-PERPETUAL/book?depth=x", 400, "MalformedRequest"],
    ["/v1/accounts/999", 404, "NotFound"],
    ["/v1/accounts/me", 400, "MalformedRequest"],
    ["/v1/accounts/999/positions", 404, "NotFound"],
    ["/v1/owners/0x12/accounts", 400, "MalformedRequest"],
    ["/v1/batches/99999", 404, "NotFound"],
    ["/v1/withdrawals/99999", 404, "NotFound"],
    ["/v1/stream?from=-1", 400, "MalformedRequest"],
    ["/v1/%zz", 400, "MalformedRequest"],
  ])("GET %s", async (path, status, code) => {
    const answer = await request(path);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });

  test("the fund stands in the status and in the report of what is at risk", async () => {
    const { fund } = await client.status();
    expect(fund).toMatchObject({ deficit: "0", withdrawalFactor: "1" });
    const risk = await client.risk();
    expect(risk.fund).toEqual(fund);
    expect(risk.markets.map(({ name }) => name)).toContain("BTC-PERPETUAL");
  });

  test("canonical bytes that are no transaction are refused one by one", async () => {
    const response = await client.submitTransactions(["0xff", "0x0102", tickBytes(startTime - 1)]);
    expect(response.results).toMatchObject([
      { error: { code: "MalformedRequest" } },
      { error: { code: "MalformedRequest" } },
      { error: { code: "TimeNotIncreasing" } },
    ]);
    expect(response.preconfirmation).toBeUndefined();
  });
});

describe("orders", () => {
  test("an order rests, is met, and both sides can be checked offline", async () => {
    const resting = await alice.submitOrder(order(nextId++, { side: "sell", price: "50000.5", size: "0.1" }));
    expect(resting).toMatchObject({ status: "resting", filledSize: "0", remainingSize: "0.1", fills: [] });
    expect(await alice.verify(resting)).toBe(true);

    const taker = await bob.submitOrder(order(nextId++, { price: "50001", size: "0.04" }));
    expect(taker).toMatchObject({ status: "filled", filledSize: "0.04", remainingSize: "0" });
    expect(taker.fills).toMatchObject([{ price: "50000.5", size: "0.04", value: "2000.02" }]);
    expect(taker.position).toBe(resting.position + 1);

    const book = await client.book(perpetual);
    expect(book.asks).toEqual([{ price: "50000.5", size: "0.06", orders: 1 }]);
    expect(await bob.positions()).toEqual([{ instrument: 1, name: perpetual, size: "0.04" }]);
    expect(await alice.orders()).toMatchObject([{ name: perpetual, side: "sell", price: "50000.5", size: "0.06" }]);

    const rest = await bob.submitOrder(
      order(nextId++, { price: "50000.5", size: "0.1", timeInForce: "immediate_or_cancel" }),
    );
    expect(rest).toMatchObject({ status: "partially_filled", filledSize: "0.06", remainingSize: "0" });
    expect(rest.cancelCause).toBe("immediate-or-cancel");
  });

  test("a cancel takes the order out of the book", async () => {
    const clientOrderId = nextId++;
    await alice.submitOrder(order(clientOrderId, { price: "45000", size: "0.02" }));
    const cancelled = await alice.cancel(clientOrderId);
    expect(cancelled).toMatchObject({ clientOrderId, cancelledSize: "0.02" });
    expect(await alice.verify(cancelled)).toBe(true);
    await expect(alice.cancel(clientOrderId)).rejects.toMatchObject({ code: "UnknownOrder" });
  });

  test("many orders are answered in order, what is refused in its place", async () => {
    const good = [await signed(), await signed()];
    const { account } = await bob.account();
    const forged = await signed({ account });
    const response = (await post("/v1/orders", {
      orders: [
        good[0],
        { ...(await signed()), price: "0.1" },
        forged,
        { ...(await signed()), instrument: "X" },
        good[1],
      ],
    })) as { status: number; body: BulkResponse<AcceptedOrder> };
    expect(response.status).toBe(200);
    expect(response.body.results).toMatchObject([
      { status: "resting", clientOrderId: good[0]!.clientOrderId },
      { error: { code: "InvalidPrice", fields: [{ field: "orders.1.price" }] } },
      { error: { code: "BadSignature" } },
      { error: { code: "UnknownInstrument", fields: [{ field: "orders.3.instrument" }] } },
      { status: "resting", clientOrderId: good[1]!.clientOrderId },
    ]);
    expect(await alice.verify(response.body)).toBe(true);
    const [first, last] = acceptedOf(response.body);
    expect(last!.position).toBe(first!.position + 1);
  });

  test("a nonce is taken once, and a refused order leaves no trace", async () => {
    const first = await signed();
    expect((await post("/v1/orders", first)).status).toBe(200);
    const before = await client.status();
    const again = await post("/v1/orders", await signed({ nonce: first.nonce }));
    expect(again).toMatchObject({ status: 422, body: errorShape("NonceUsed", []) });
    const late = await post("/v1/orders", await signed({ deadline: startTime - 1 }));
    expect(late).toMatchObject({ status: 422, body: { error: { code: "DeadlinePassed" } } });
    const unknown = await post("/v1/orders", await signed({ account: 77 }));
    expect(unknown).toMatchObject({ status: 422, body: { error: { code: "UnknownAccount" } } });
    const after = await client.status();
    expect([after.position, after.runningHash]).toEqual([before.position, before.runningHash]);
  });

  test("orders that arrive together are acknowledged by one signature, each with its own proof", async () => {
    const orders = await Promise.all(Array.from({ length: 40 }, () => signed({ price: "30000" })));
    const answers = await Promise.all(orders.map((body) => client.submitOrder(body)));
    for (const answer of answers) expect(await alice.verify(answer)).toBe(true);
    const signatures = new Set(answers.map(({ preconfirmation }) => preconfirmation.signature));
    expect(signatures.size).toBeLessThan(answers.length);
    const [tampered] = answers;
    expect(await alice.verify({ ...tampered!, transactionHash: toHex(new Uint8Array(32)) })).not.toBe(true);
    const { chainId, rollup } = world.domain;
    const cancels = await Promise.all(
      orders.map(({ account, deadline, clientOrderId }, place) =>
        signCancel(
          developmentAccount(5),
          { chainId, rollup },
          { account, deadline, clientOrderId, nonce: 100 + place },
        ),
      ),
    );
    const { results } = await client.cancelOrders(cancels);
    expect(results.every((result) => !("error" in result))).toBe(true);
  });
});

describe("other transactions", () => {
  test("ticks are the operator's alone", async () => {
    const impostors = [new SequencerClient(sequencer), new SequencerClient({ ...sequencer, operatorToken: "guess" })];
    for (const impostor of impostors) {
      await expect(impostor.submitTransactions([tickBytes(startTime + 1)])).rejects.toMatchObject({
        code: "Unauthorized",
      });
    }
  });

  test("time, reports and marks arrive as canonical bytes, in the order given", async () => {
    const time = startTime + 5;
    const response = await client.submitTransactions([
      tickBytes(time),
      await reportIndex(world, time, "50500"),
      "0x14000001",
      await listUnderlying(stranger, world.domain, { underlying: 2, symbol: "ETH", deadline: time + 60 }),
    ]);
    expect(response.results.slice(0, 3).map((result) => "position" in result)).toEqual([true, true, true]);
    expect(response.results[3]).toMatchObject({ error: { code: "BadSignature" } });
    expect(await alice.verify(response)).toBe(true);
    expect(await client.instrument(perpetual)).toMatchObject({ index: "50500", mark: { price: "50500", time } });
    expect((await client.status()).engineTime).toBe(time);
  });

  test("the stream gives back what was acknowledged", async () => {
    const accepted = await alice.submitOrder(order(nextId++, { price: "20000" }));
    const { term, transactions } = await client.stream(accepted.position, 1);
    expect(term).toBe(1);
    expect(transactions).toMatchObject([{ position: accepted.position, transactionHash: accepted.transactionHash }]);
    expect(transactions[0]!.bytes.length).toBe(2 + 2 * 95);
    await alice.cancel(accepted.clientOrderId);
  });
});

describe("views", () => {
  test("the status names the deployment", async () => {
    expect(await client.status()).toMatchObject({
      chainId: world.domain.chainId,
      rollup: world.domain.rollup,
      domain: { name: "Recourse", version: "1", verifyingContract: world.domain.rollup },
      sequencer: sequencerAddress,
      clock: "external",
      term: 1,
      era: 0,
      inboxCursor: 2,
    });
    expect(await request("/healthz")).toMatchObject({ status: 200, body: { healthy: true } });
  });

  test("an account is worth its cash and its positions", async () => {
    const account = await bob.account();
    expect(account).toMatchObject({ owner: developmentAccount(6).address.toLowerCase(), positions: 1 });
    expect(Number(account.equity)).toBeGreaterThan(0);
    expect(Number(account.initialMargin)).toBeGreaterThanOrEqual(Number(account.maintenanceMargin));
    expect(await client.accountsOfOwner(toHex(new Uint8Array(20).fill(1)) as Hex)).toEqual([]);
    expect(await client.accountsOfOwner(account.owner)).toEqual([account.account]);
  });

  test("walks through the accounts say who holds what, and nobody is at risk or provides liquidity", async () => {
    const { positions, next } = await client.openPositions(perpetual, { limit: 1 });
    const rest = await client.openPositions(perpetual, { after: next! });
    expect([...positions, ...rest.positions]).toMatchObject([{ account: 1 }, { account: 2 }]);
    expect(Number(positions[0]!.size)).toBe(-Number(rest.positions[0]!.size));
    expect(rest).not.toHaveProperty("next");
    expect(await client.accountsAtRisk()).toMatchObject({ accounts: [], engineTime: expect.any(Number) });
    expect(await client.providers()).toMatchObject({ accounts: [] });
  });

  test.each<[string, number, string, readonly string[]]>([
    ["/v1/accounts/at-risk?limit=0", 400, "MalformedRequest", ["limit"]],
    ["/v1/accounts/at-risk?limit=501", 400, "MalformedRequest", ["limit"]],
    ["/v1/providers?after=-1", 400, "MalformedRequest", ["after"]],
    ["/v1/providers?before=1", 400, "MalformedRequest", ["before"]],
    [`/v1/instruments/${perpetual}/positions?after=x`, 400, "MalformedRequest", ["after"]],
    ["/v1/instruments/ETH-PERPETUAL/positions", 404, "NotFound", []],
    ["/v1/instruments/99", 404, "NotFound", []],
  ])("%s is answered with %i", async (path, status, code, fields) => {
    expect(await request(path)).toMatchObject({ status, body: errorShape(code, fields) });
  });

  test("a second sequencer is not let into office", async () => {
    const rival = startSequencerProcess(world, await world.temporaryFolder(), {}, stranger);
    await expect(rival).rejects.toThrow("TermTaken");
  });
});
