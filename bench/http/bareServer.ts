/** The floor of the HTTP rows: Fastify with a handler that parses the same JSON and answers as many transactions. */
import Fastify from "fastify";

interface Body {
  readonly orders?: readonly unknown[];
}

const server = Fastify();
const accepted = { transactionHash: `0x${"00".repeat(32)}` };

for (const path of ["/v1/orders", "/v1/cancels"]) {
  server.post<{ Body: Body }>(path, async ({ body }) =>
    body.orders === undefined ? accepted : { results: body.orders.map(() => accepted) },
  );
}
const url = await server.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
for (const signal of ["SIGTERM", "SIGINT", "disconnect"]) process.once(signal, () => process.exit());
