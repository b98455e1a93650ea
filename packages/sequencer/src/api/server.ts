import Fastify, { type FastifyInstance, LogController } from "fastify";
import { accountRoutes } from "./accounts.ts";
import { batchRoutes } from "./batches.ts";
import { blockTradeRoutes } from "./blockTrades.ts";
import { cancelRoutes } from "./cancels.ts";
import { conditionalOrderRoutes } from "./conditionalOrders.ts";
import type { ApiContext } from "./context.ts";
import { answerUnreadable, installErrorHandling, sendError } from "./errors.ts";
import { historyRoutes } from "./history.ts";
import { houseRoutes } from "./house.ts";
import { instrumentRoutes } from "./instruments.ts";
import { marginRoutes } from "./margins.ts";
import { orderRoutes } from "./orders.ts";
import { proofRoutes } from "./proofs.ts";
import { quoteRoutes } from "./quotes.ts";
import { replacementRoutes } from "./replacements.ts";
import { revocationRoutes } from "./revocations.ts";
import { riskRoutes } from "./risk.ts";
import { sessionRoutes } from "./sessions.ts";
import { statusRoutes } from "./status.ts";
import { streamRoutes } from "./stream.ts";
import { transactionRoutes } from "./transactions.ts";
import { upkeepRoutes } from "./upkeep.ts";
import { withdrawalRoutes } from "./withdrawals.ts";

/** Room for the largest list of orders; a route that takes more says so. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Whoever sends a request slower than this holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 30_000;

/** How long clients may take to read their last answers when the server closes. */
const CLOSING_MS = 2_000;

/** The HTTP API: one plugin a concern. */
export async function createServer(context: ApiContext): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: context.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (error, _, reply) => void sendError(reply, error),
    clientErrorHandler: answerUnreadable,
  });
  installErrorHandling(server);
  server.addHook("preClose", async () => {
    // A client that does not read would keep the server from closing for ever.
    setTimeout(() => server.server.closeAllConnections(), CLOSING_MS).unref();
  });
  for (const routes of [
    statusRoutes,
    riskRoutes,
    orderRoutes,
    cancelRoutes,
    replacementRoutes,
    conditionalOrderRoutes,
    revocationRoutes,
    blockTradeRoutes,
    quoteRoutes,
    houseRoutes,
    sessionRoutes,
    withdrawalRoutes,
    transactionRoutes,
    instrumentRoutes,
    accountRoutes,
    marginRoutes,
    upkeepRoutes,
    historyRoutes,
    batchRoutes,
    proofRoutes,
    streamRoutes,
  ]) {
    await server.register(async (scope) => routes(scope, { context }));
  }
  return server;
}
